"""From what comes in to rows of the tables and back: checked, without what no database can hold, personal data flagged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import orjson
import sqlalchemy as sa

from core import privacy
from core.taxonomy import VERIFICATIONS, ZONES, zone_of
from store.register import models
from store.register.nouns import ALWAYS, ReportVersion

_NAMES = {kind: tuple(column.name for column in columns) for kind, columns in models.CONTENT.items()}
_ALLOWED = {kind: {*names, "id", "source", "known_on", "verification", "flags"} for kind, names in _NAMES.items()}
_NEVER_NULL = {
    kind: tuple(column.name for column in columns if not column.nullable) for kind, columns in models.CONTENT.items()
}
_WHOLE = {
    kind: tuple(column.name for column in columns if str(column.dtype).startswith("int"))
    for kind, columns in models.CONTENT.items()
}
_MOST = 2**31 - 1
_PLAIN = {bool, int, float, str, date, datetime}
_EASY = {bool, int, float, date, type(None)}
_FIRST = list(models.reports.c.keys()).index(_NAMES["incidents"][0])
_LAST = _FIRST + len(_NAMES["incidents"])
# What a person may have written a name or a number into.
_FREE = {"incidents": ("text", "source_name"), "tps": (), "sites": ("name",), "posts": ("name",)}
_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_UNFIT = str.maketrans({0: "\ufffd"} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))


def content_of(kind: str, content: Mapping[str, object]) -> dict[str, object]:
    """The declared columns of a kind by name, absent ones None; raises ValueError for what no column holds."""
    if not content.keys() <= _ALLOWED[kind]:
        raise ValueError(f"{kind} has no columns {sorted(content.keys() - _ALLOWED[kind])}")
    row: dict[str, Any] = dict(zip(_NAMES[kind], map(content.get, _NAMES[kind]), strict=True))
    for name, value in row.items():  # quick ways past what needs no care: this runs for every cell of a million rows
        if type(value) is str:
            if not value.isascii() or "\0" in value:
                row[name] = _fit(value)
        elif type(value) not in _EASY or value != value:
            row[name] = _fit(value)
    for name in _NEVER_NULL[kind]:
        if row[name] is None:
            raise ValueError(f"{kind}.{name} is never null")
    for name in _WHOLE[kind]:
        if row[name] is not None and not -_MOST <= row[name] <= _MOST:
            raise ValueError(f"{kind}.{name} is out of range")
    return row


def _fit(value: object) -> object:
    """The value as both databases hold it: no NUL and no lone surrogate in a text, NaN is None, numpy's numbers are plain.

    Raises ValueError for a type no column has.
    """
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else value.translate(_UNFIT)
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float):
        return None if math.isnan(plain) else plain
    if plain is None or type(plain) in _PLAIN:
        return plain
    raise ValueError(f"the register keeps no {type(value).__name__}")


def is_fit(text: str) -> bool:
    """Whether both databases can hold the text as it is."""
    return (text.isascii() or text.translate(_UNFIT) == text) and "\0" not in text


def fit(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values with texts both databases can hold."""
    return {name: _fit(value) for name, value in values.items()}


def packed(value: object) -> str:
    """JSON with sorted keys."""
    try:
        return orjson.dumps(value, option=_JSON).decode()
    except TypeError:  # a lone surrogate
        return orjson.dumps(_deep(value), option=_JSON).decode()


def _deep(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(_fit(str(name))): _deep(item) for name, item in value.items()}
    return [_deep(item) for item in value] if isinstance(value, list | tuple) else _fit(value)


def flags_of(kind: str, content: Mapping[str, object]) -> tuple[str, ...]:
    """Kinds of personal data in the free text of a record, sorted."""
    texts = [content.get(name) for name in _FREE[kind]]
    found = {flag.kind for text in texts if isinstance(text, str) for flag in privacy.flags(text)}
    return tuple(sorted(found))


def stored(kind: str, content: Mapping[str, object], flags: Sequence[str], verification: str) -> dict[str, Any]:
    """The columns of a version that come from its content; raises ValueError for a verification that is none."""
    if verification not in VERIFICATIONS:
        raise ValueError(f"no verification {verification!r}")
    beside: dict[str, Any] = {"verification": verification, "flags": ",".join(flags)}
    if kind == "incidents":
        return {**content, **beside}
    return {"kind": kind, "kode": content["kode"], "content": packed(content), **beside}


def unpacked(kind: str, row: sa.Row[Any]) -> dict[str, object]:
    """The content of a stored version by column name; the row begins with all columns of its table."""
    if kind == "incidents":
        return dict(zip(_NAMES[kind], row[_FIRST:_LAST], strict=True))
    content: dict[str, object] = orjson.loads(row.content)
    for name in ("valid_from", "valid_to"):
        value = content.get(name)
        if isinstance(value, str):
            content[name] = date.fromisoformat(value)
    return content


def version_of(kind: str, row: sa.Row[Any]) -> ReportVersion:
    """A stored row, joined with its import (`import_id import_who`), as the noun."""
    return ReportVersion(
        seq=row.seq,
        kind=kind,
        key=row.key,
        version=row.version,
        recorded_at=row.recorded_at,
        who=row.who or row.import_who or "",
        why=row.why or "",
        known_on=row.known_on,
        known_assumed=row.known_assumed,
        verification=row.verification,
        flags=tuple(row.flags.split(",")) if row.flags else (),
        import_id=row.import_id,
        row=row.row,
        content=unpacked(kind, row),
    )


def day_of(now: datetime, kode: object) -> date:
    """The day it is at a place; `now` is aware."""
    return now.astimezone(timezone(timedelta(hours=ZONES[zone_of(str(kode))]))).date()


def since_when(kind: str, known_on: date | None, occurred_on: date | None) -> tuple[date, bool]:
    """Since when a first version counts as known, and whether that is only assumed."""
    if known_on is not None:
        return known_on, False
    return (occurred_on if kind == "incidents" and occurred_on is not None else ALWAYS), True
