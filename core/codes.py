"""Kemendagri area codes: dotted text, 64 / 64.08 / 64.08.01 / 64.08.01.2001, levels 1 to 4."""

from __future__ import annotations

import re

_DOTTED = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")
_DIGITS = {2: (2,), 4: (2, 2), 6: (2, 2, 2), 10: (2, 2, 2, 4)}


def is_code(text: str) -> bool:
    """Whether the text is a dotted Kemendagri code of any level."""
    return _DOTTED.fullmatch(text) is not None


def level(code: str) -> int:
    """1 province, 2 regency, 3 district, 4 village."""
    return code.count(".") + 1


def parent(code: str) -> str | None:
    """The code one level up; None for a province."""
    return code.rpartition(".")[0] or None


def ancestor(code: str, at_level: int) -> str:
    """The code cut to `at_level` (1..4)."""
    return ".".join(code.split(".")[:at_level])


def dotted(digits: str) -> str | None:
    """'6408012001' to '64.08.01.2001'; None where the number of digits fits no level."""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in _DIGITS:
        return None
    parts, start = [], 0
    for width in _DIGITS[len(digits)]:
        parts.append(digits[start : start + width])
        start += width
    return ".".join(parts)


def covers(prefix: str, code: str) -> bool:
    """Whether `code` is the area `prefix` or lies inside it."""
    return code == prefix or code.startswith(prefix + ".")
