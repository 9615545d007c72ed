"""Numbers as people type them: '1.234,56' and '1,234.56', Excel floats, and nothing that only looks like a number."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from babel.numbers import NumberFormatError, parse_decimal

from geo.sources.faults import BadValue

Style = Literal["id", "en"]
MOST = 100_000_000  # a count above this is a code or a telephone number, not a count
_PLAIN = re.compile(r"[+-]?\d+")
_SIGNS = re.compile(r"[+-]?[\d.,]+")
_COORDINATE = re.compile(r"[+-]?\d{1,9}([.,]\d+)?|[+-]?[.,]\d+")


def reads(text: str, style: Style) -> float | None:
    """The number under one style, None where it is not one there; strict, so that '117.1' never becomes 1171."""
    try:
        return float(parse_decimal(text, locale=style, strict=True))
    except NumberFormatError:
        return None


@dataclass
class StyleCount:
    """Learns the way a column writes numbers from all of its cells: the style most of its texts read only under."""

    lead: int = 0

    def see(self, value: object) -> None:
        """Take note of one cell."""
        if isinstance(value, str) and not value.isdigit() and _SIGNS.fullmatch(value) and not _PLAIN.fullmatch(value):
            self.lead += (reads(value, "en") is None) - (reads(value, "id") is None)

    @property
    def style(self) -> Style:
        """Indonesian where it cannot be told."""
        return "en" if self.lead < 0 else "id"


def column_style(values: Iterable[object]) -> Style:
    """The style of a column given whole."""
    count = StyleCount()
    for value in values:
        count.see(value)
    return count.style


def decimal(value: object, style: Style) -> float | None:
    """A number, None for an empty cell; raises BadValue R_NUMBER."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue("R_NUMBER")
    if isinstance(value, str):
        number = float(value) if _PLAIN.fullmatch(value) else reads(value, style) if _SIGNS.fullmatch(value) else None
    else:
        number = float(value)
    if number is None or not math.isfinite(number):
        raise BadValue("R_NUMBER")
    return number


def count(value: object, style: Style) -> int | None:
    """A whole number of people or things, None for an empty cell; raises BadValue R_NUMBER or R_COUNT (negative, broken)."""
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and len(value) < 9:  # nearly all of them
            return int(value)
        if value.lower() == "nihil":
            return 0
    number = decimal(value, style)
    if number is None:
        return None
    if number < 0 or number != int(number) or number > MOST:
        raise BadValue("R_COUNT")
    return int(number)


def coordinate(value: object) -> float | None:
    """A coordinate with point or comma before the decimals (never thousands), None for an empty cell; BadValue R_COORDINATE."""
    if value is None:
        return None
    if isinstance(value, str):
        if not _COORDINATE.fullmatch(value):
            value = value.replace("−", "-").strip()
            if not _COORDINATE.fullmatch(value):
                raise BadValue("R_COORDINATE")
        return float(value.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadValue("R_COORDINATE")
    return float(value)
