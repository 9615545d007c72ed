"""Every sentence a person reads, by key and language, from core/words/<lang>/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("id", "en")
DEFAULT_LANGUAGE = "id"
_ROOT = Path(__file__).parent / "words"


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = str(value)
    return flat


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All words of one language: dotted key to text; raises KeyError for an unknown language or a key defined twice."""
    if lang not in LANGUAGES:
        raise KeyError(f"unknown language {lang!r}")
    words: dict[str, str] = {}
    for path in sorted((_ROOT / lang).glob("*.toml")):
        new = _flatten(tomllib.loads(path.read_text(encoding="utf-8")))
        twice = words.keys() & new.keys()
        if twice:
            raise KeyError(f"{path.name} defines again: {sorted(twice)}")
        words |= new
    return words


@dataclass(frozen=True)
class Phrase:
    """Words that stand inside other words: told in the language of the sentence around them."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


class _Missing(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "-"


def say(key: str, lang: str = DEFAULT_LANGUAGE, /, **params: object) -> str:
    """The text for `key` with {params} filled in; a parameter not given shows as '-'; an unknown key raises KeyError.

    A parameter that is a Phrase, or a tuple of them, or a text "@key", is said in the same language.
    """
    return catalogue(lang)[key].format_map(_Missing({name: _told(value, lang) for name, value in params.items()}))


def _told(value: object, lang: str) -> object:
    if isinstance(value, Phrase):
        return say(value.key, lang, **value.params)
    if isinstance(value, str) and value.startswith("@"):  # as a manifest keeps it, which holds plain values only
        return catalogue(lang).get(value[1:], value)
    if isinstance(value, tuple) and any(isinstance(item, Phrase) for item in value):
        return "; ".join(str(_told(item, lang)) for item in value)
    return value
