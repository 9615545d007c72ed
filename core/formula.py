"""Text that a spreadsheet would run as a formula: made harmless on the way out, given back exactly on the way in.

A text that (after any apostrophes) begins with = + - @, their full-width twins, tab, carriage return or line feed gets one apostrophe
in front; taking one off such a text restores it, so every text survives the round trip (OWASP, "CSV Injection").
"""

from __future__ import annotations

import re

DANGEROUS = "=+\\-@＝＋－＠\\t\\r\\n"
PATTERN = f"^('*[{DANGEROUS}])"
_BEFORE = re.compile(PATTERN)
_AFTER = re.compile(f"^'('*[{DANGEROUS}])")


def neutralise(text: str) -> str:
    """The text as a CSV may hold it."""
    return _BEFORE.sub(r"'\1", text)


def restore(text: str) -> str:
    """The text as it was before `neutralise`."""
    return _AFTER.sub(r"\1", text)
