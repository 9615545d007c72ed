"""What pydantic found wrong in a TOML file, as words of ours: which key, what stands there, what must stand there."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import ValidationError

from core.words import Phrase

_LONGEST = 60
# Beginnings of pydantic's error types -> words `fault.<name>`; the first that fits counts.
_KINDS = (
    ("missing", "missing"),
    ("extra_forbidden", "unknown"),
    ("finite_number", "number"),
    ("int_", "whole"),
    ("float_", "number"),
    ("bool_", "boolean"),
    ("date", "date"),
    ("string_too_short", "blank"),
    ("string_too_long", "long"),
    ("string_", "text"),
    ("too_short", "nothing"),
    ("list_", "list"),
    ("dict_", "table"),
    ("model_", "table"),
    ("literal_error", "one_of"),
    ("greater_than_equal", "at_least"),
    ("greater_than", "above"),
    ("less_than_equal", "at_most"),
    ("less_than", "below"),
    ("codes", "codes"),
    ("control", "control"),
)


def phrases(error: ValidationError) -> tuple[Phrase, ...]:
    """One phrase per key at fault, in the order of the file's model."""
    found: dict[str, Phrase] = {}
    for item in error.errors(include_url=False, include_context=True):
        field = _field(item["loc"])
        name = next((words for begins, words in _KINDS if item["type"].startswith(begins)), "other")
        # Of a value that may be of several types, the first type stands for all.
        found.setdefault(
            field, Phrase(f"fault.{name}", {"field": field, "value": _shown(item["input"]), **_limit(item)})
        )
    return tuple(found.values())


def _field(loc: tuple[int | str, ...]) -> str:
    """('source', 0, 'path', 'list[str]', 1) is 'source[1].path[2]': counted from 1, without pydantic's own names of types."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif part != "str" and "[" not in part:
            text += f".{part}" if text else part
    return text


def _shown(value: object) -> str:
    """The value as TOML writes it, cut short."""
    text = (
        str(value).lower() if isinstance(value, bool) else value.isoformat() if isinstance(value, date) else repr(value)
    )
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _limit(item: Any) -> dict[str, str]:
    """What pydantic tells of the limit: `expected` of a list of choices, else the one number."""
    context = item.get("ctx") or {}
    limit = next((context[name] for name in ("ge", "gt", "le", "lt", "max_length", "wrong") if name in context), "")
    return {"limit": str(limit), "expected": str(context.get("expected", "")).replace(" or ", ", ")}
