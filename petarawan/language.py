"""The language of the command line: PETARAWAN_LANG, else Indonesian."""

from __future__ import annotations

import os

from core import words


def language() -> str:
    """'id' or 'en'."""
    wanted = os.environ.get("PETARAWAN_LANG", words.DEFAULT_LANGUAGE)
    return wanted if wanted in words.LANGUAGES else words.DEFAULT_LANGUAGE
