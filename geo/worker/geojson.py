"""Task `geojson`: a FeatureCollection by our own parser, feature by feature, so that a big file takes no more memory than its text.

The standard parser, not a faster one: it alone shows a key that stands twice, and refuses NaN. The crs member is never followed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from math import isinf
from pathlib import Path
from typing import Any, NoReturn

from core.errors import InputError, Place
from geo.sources.content import text as text_of
from geo.worker import shapes
from geo.worker.frames import Writer
from geo.worker.positions import shape_of
from geo.worker.shapes import data_folders

__all__ = ["data_folders", "run"]
MAX_COLUMNS = 2_000
_BLANK = re.compile(r"[ \t\r\n]*")
_LONLAT_NAMES = ("CRS84", "OGC:1.3:CRS84", "4326", "EPSG::4326", "EPSG:4326")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def run(read: Mapping[str, Path], params: Mapping[str, Any], write: Writer) -> None:
    """Frames of rows as `shapes.Rows` (cells as [key, value] pairs), then {columns, crs}; params : crs, vertices, most.

    Raises InputError E_JSON, E_JSON_KEY_TWICE, E_JSON_DEPTH, E_NOT_FEATURES, E_CRS_MEMBER, E_GEOJSON_VERTICES, E_LAYER_WIDE, or what
    `content.text` raises; ConfigError E_CRS.
    """
    content = text_of(read["file"])
    system = shapes.system(params["crs"]) if params.get("crs") else None
    ahead = None if system is None else shapes.to_lonlat(system)
    crs = "OGC:CRS84" if system is None else shapes.name_of(system)
    halves = bool(_HALF.search(content))
    rows = shapes.Rows(write)
    columns: dict[str, None] = {}
    top: dict[str, Any] = {}
    for number, feature in enumerate(features(content, top), start=1):
        if halves:
            _refuse_half_letters(feature)
        properties = _properties(feature)
        fault, wkb, tall = None, None, False
        if properties is None:
            fault = shapes.NoShape("R_NOT_FEATURE")
        else:
            columns |= dict.fromkeys(properties)
            try:
                shape, tall = shape_of(feature.get("geometry"), number, int(params["vertices"]))
                if shape is not None:
                    wkb, _ = shapes.out(shape, ahead, crs)
            except shapes.NoShape as reason:
                fault = reason
        if len(columns) > MAX_COLUMNS:
            raise InputError("E_LAYER_WIDE", limit=MAX_COLUMNS)
        rows.add([[key, _cell(value)] for key, value in (properties or {}).items()], [], wkb, tall, fault)
        if number == params.get("most"):  # the rest is not even parsed
            top.setdefault("type", "FeatureCollection")
            break
    if top.get("type") != "FeatureCollection" or "features" not in top:
        raise InputError("E_NOT_FEATURES")
    if "crs" in top and system is None and not _is_lonlat(top["crs"]):
        raise InputError("E_CRS_MEMBER", place=Place(value=json.dumps(top["crs"])[:120]))
    rows.flush()
    if halves:
        _refuse_half_letters(top)
    write({"columns": list(columns), "crs": crs})


class _KeyTwice(ValueError):
    """The same key twice in one object; the last would win unseen."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _KeyTwice(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def features(text: str, top: dict[str, Any]) -> Iterator[Any]:
    """The items of `features`, one by one; every other member goes to `top` (`features` itself as True).

    Raises InputError E_JSON with the line, E_JSON_KEY_TWICE, E_JSON_DEPTH, E_NOT_FEATURES.
    """
    try:
        yield from _members(text, top)
    except _KeyTwice as error:
        raise InputError("E_JSON_KEY_TWICE", key=str(error)[:120]) from error
    except RecursionError as error:
        raise InputError("E_JSON_DEPTH") from error
    except ValueError as error:
        raise InputError("E_JSON", place=Place(row=getattr(error, "lineno", None)), detail=str(error)[:120]) from error


def _members(text: str, top: dict[str, Any]) -> Iterator[Any]:
    at = _blank(text, 0)
    if text[at : at + 1] != "{":
        _value(text, at)
        raise InputError("E_NOT_FEATURES")
    at = _blank(text, at + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("a name in quotes is missing", text, at)
        key, at = _value(text, at)
        if key in top:
            raise _KeyTwice(key)
        at = _mark(text, at, ":")
        if key == "features" and text[at : at + 1] == "[":
            top[key] = True
            at = yield from _items(text, at)
        else:
            top[key], at = _value(text, at)
        if text[at : at + 1] != "}":
            at = _mark(text, at, ",")
            if text[at : at + 1] == "}":
                raise json.JSONDecodeError("a comma before the end", text, at)
    if at + 1 < len(text) and _blank(text, at + 1) < len(text):
        raise json.JSONDecodeError("more after the end", text, at + 1)
    if top.get("features", True) is not True:
        raise InputError("E_NOT_FEATURES")


def _items(text: str, at: int) -> Generator[Any, None, int]:
    """The items of the list that begins here; returns where the next mark stands."""
    at = _blank(text, at + 1)
    if text[at : at + 1] == "]":
        return _blank(text, at + 1)
    while True:
        item, at = _value(text, at)
        yield item
        if text[at : at + 1] == "]":
            return _blank(text, at + 1)
        at = _mark(text, at, ",")


def _value(text: str, at: int) -> tuple[Any, int]:
    """The JSON value here, and where the next mark stands."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except StopIteration as error:
        raise json.JSONDecodeError("a value is missing", text, at) from error
    return value, _blank(text, end)


def _mark(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(f"'{mark}' is missing", text, at)
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _properties(feature: object) -> dict[str, Any] | None:
    """The properties of a feature; None for anything else."""
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else None


def _is_lonlat(member: object) -> bool:
    """Whether a crs member names lon/lat; a link never does, and is never followed."""
    properties = member.get("properties") if isinstance(member, dict) and member.get("type") == "name" else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return isinstance(name, str) and name.upper().endswith(_LONLAT_NAMES)


def _refuse_half_letters(tree: object) -> None:
    """Raise InputError E_JSON for text with half of a surrogate pair, which is no letter and cannot be written anywhere."""
    try:
        json.dumps(tree, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("E_JSON", detail=f"{error.object[error.start]!a}") from error


def _cell(value: Any) -> Any:
    """A property as a cell: nested ones as their JSON text, numbers too big for a machine as text."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and isinf(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    return value
