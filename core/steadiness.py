"""What a manifest's `sensitivity` (risk/sensitivity.py) means, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.numerals import number
from core.words import DEFAULT_LANGUAGE, say


def told(found: Mapping[str, Any], lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """How many villages keep their class under other weights, and which weight decides most; nothing for a snapshot without it."""
    if not found:
        return []
    if not found["places"]:
        return [say("sensitivity.none", lang)]

    def percent(share: float) -> str:
        return number(100.0 * share, 0, lang)

    random, change = found["random"], percent(found["change"])
    decides = next(item for item in found["factors"] if item["key"] == found["least"])
    shares = {name: percent(random[name]) for name in ("kept", "low", "high")}
    return [
        say("sensitivity.text", lang, percent=change, rank=number(random["rank"], 2, lang), **shares),
        say(
            "sensitivity.one",
            lang,
            percent=change,
            factor=say(f"factor.{decides['key']}.label", lang),
            kept=percent(min(decides["up"], decides["down"])),
        ),
    ]
