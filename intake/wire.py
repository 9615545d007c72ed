"""Errors and phrases as JSON and back: what went wrong in one process is told by another, in the language asked for there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from core.errors import Faults, PetarawanError, Place
from core.words import Phrase, say

Tree = dict[str, Any]
# Codes that mean: the file asked for more memory or time than a job may have.
LIMITS = frozenset({"E_JOB_MEMORY", "E_JOB_TIME", "E_WORKER_LIMIT"})


def packed(value: object) -> object:
    """A parameter of a message as JSON: phrases stay phrases, so that any language can say them."""
    if isinstance(value, Phrase):
        return {"phrase": value.key, "params": {name: packed(item) for name, item in value.params.items()}}
    if isinstance(value, tuple | list):
        return [packed(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def unpacked(value: object) -> object:
    """The parameter again."""
    if isinstance(value, Mapping) and "phrase" in value:
        return Phrase(str(value["phrase"]), {name: unpacked(item) for name, item in value["params"].items()})
    return tuple(unpacked(item) for item in value) if isinstance(value, list) else value


def packed_params(params: Mapping[str, object]) -> Tree:
    """All parameters of one message."""
    return {name: packed(value) for name, value in params.items()}


def unpacked_params(params: Mapping[str, object]) -> dict[str, object]:
    """All parameters again."""
    return {name: unpacked(value) for name, value in params.items()}


def packed_error(error: PetarawanError) -> list[Tree]:
    """One entry per error: code, parameters and place."""
    parts = error.errors if isinstance(error, Faults) else (error,)
    return [{"code": one.code, "params": packed_params(one.params), "place": asdict(one.place)} for one in parts]


def told_error(entries: Sequence[Tree], file: str, lang: str) -> Tree:
    """`code detail hint limit` for a person, of several errors all; `file` is the user's name for what lies here as something else."""
    errors = [_error(entry, file) for entry in entries]
    return {
        "code": errors[0].code,
        "detail": "\n".join(error.message(lang) for error in errors),
        "hint": "\n".join(dict.fromkeys(error.hint(lang) for error in errors)),
        "limit": errors[0].code in LIMITS,
    }


def told_warning(entry: Tree, lang: str) -> Tree:
    """`code text` of a warning {code, params}."""
    return {"code": entry["code"], "text": say(f"warning.{entry['code']}", lang, **unpacked_params(entry["params"]))}


def _error(entry: Tree, file: str) -> PetarawanError:
    place = Place(**entry["place"])
    if place.file is not None:
        place = replace(place, file=file)
    return PetarawanError(entry["code"], place=place, **unpacked_params(entry["params"]))
