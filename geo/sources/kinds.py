"""Words people use for kinds, permits, stages and precisions, to our closed lists; the words stand in kinds.toml."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path

from core.taxonomy import INCIDENT_KINDS
from geo.sources.headers import normal

# Words that mean something only alone: "tidak" in "tidak ada data" says nothing.
_ALONE = frozenset(
    {"tidak", "ya", "no", "yes", "sudah", "belum", "pos", "lain", "sah", "batu", "tanah", "benar", *"abcdef", *"123456"}
)
_NOT = frozenset({"tidak", "tak", "tanpa", "belum", "bukan", "gagal", "no", "not"})
# Where a word of _NOT beside the phrase turns its meaning round, so that nothing is known: "tidak terverifikasi", "mediasi gagal".
_TURNED = frozenset({"verification", "outcome"})


@cache
def _words(category: str) -> dict[str, str]:
    """Normalised word or phrase -> value; the value's own key is a word too."""
    tree = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text(encoding="utf-8"))[category]
    return {normal(word): value for value, words in tree.items() for word in (value, *words)}


@lru_cache(maxsize=1 << 16)  # a table repeats its words; free text must not fill the memory
def classify(category: str, text: str) -> str | None:
    """The value a text means, None when it is not known.

    The whole text first, then phrases inside it: of several the most harmful kind of incident ("unjuk rasa berujung bentrok" is
    violence), else the longest phrase ("tanpa izin" before "izin").
    """
    words, plain = _words(category), normal(text)
    if plain in words:
        return words[plain]
    inside = [phrase for phrase in words if f" {phrase} " in f" {plain} " and phrase not in _ALONE]
    if not inside:
        return None
    if category == "incident":
        return max((words[phrase] for phrase in inside), key=lambda kind: (INCIDENT_KINDS[kind], kind))
    phrase = max(inside, key=lambda item: (len(item), item))
    value = words[phrase]
    said = set(plain.split())
    if category in _TURNED and (said - set(phrase.split())) & _NOT:
        return None
    return None if value == "legal" and said & _NOT else value
