"""Finding: what one rule of `petarawan check` has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.numerals import number
from core.words import say


@dataclass(frozen=True)
class Finding:
    """One rule's answer: `rule` has words `check.<rule>` and, for the figures, `check.detail.<rule>`; `trouble` names what is wrong."""

    rule: str
    ok: bool
    figures: Mapping[str, float | str]
    trouble: str = ""

    def detail(self, lang: str) -> str:
        """The figures in words, then what is wrong."""
        shown = {
            name: value if isinstance(value, str) else number(value, 0, lang) for name, value in self.figures.items()
        }
        return " ".join(filter(None, (say(f"check.detail.{self.rule}", lang, **shown), self.trouble)))
