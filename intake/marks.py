"""The columns we write beside a quarantined row, by which a mended file is known again; readers pass them by."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from core.words import DEFAULT_LANGUAGE, LANGUAGES, say

NAMES = ("reason", "todo", "code", "row", "origin")


def titles(lang: str = DEFAULT_LANGUAGE) -> tuple[str, ...]:
    """The headers in the order of NAMES."""
    return tuple(say(f"intake.mark.{name}", lang) for name in NAMES)


@cache
def _known() -> dict[str, str]:
    return {say(f"intake.mark.{name}", lang): name for lang in LANGUAGES for name in NAMES}


def is_ours(title: str) -> bool:
    """Whether a header is one of those, in any language, also where a sheet has it twice ('... #14')."""
    return title.partition(" #")[0] in _known()


def find(headers: Iterable[str], name: str) -> str | None:
    """The header of one of NAMES among a file's, None where it has none."""
    return next((title for title in headers if _known().get(title) == name), None)
