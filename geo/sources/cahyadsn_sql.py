"""Village polygons from the SQL files of github.com/cahyadsn/wilayah_boundaries (db/kel/...), plain or gzipped, one or several.

Their `path` holds [lat, lng] pairs: nesting 3 is a Polygon, 4 a MultiPolygon. Codes are Kemendagri. Files of the upper levels are refused:
they are simplified apart from the villages and do not meet them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import shapely

from core.errors import InputError, Place
from core.settings import Source
from geo.layer import Layer
from geo.sources.content import needed, text
from geo.sources.polygons import BadShape, is_blank, polygon
from geo.sources.sql_values import Row, SqlFault, Value, rows
from geo.sources.villages import RawVillage, layer_of

ORIGIN = "cahyadsn/wilayah_boundaries (GitHub), after BIG and Kemendagri"
LICENCE = "MIT"
_TABLE = "wilayah_boundaries"
_COLUMNS = ("kode", "nama", "lat", "lng", "path", "status")  # the order of its CREATE TABLE


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village; raises InputError as `villages.layer_of`, `content.text`, and E_SQL_QUOTE, E_SQL_ROW, E_SQL_NONE."""
    needed(paths, "cahyadsn_sql")
    found = [village for path in paths for village in _villages(path)]
    return layer_of(
        source.model_copy(update={"code_system": source.code_system or "kemendagri"}),
        "cahyadsn_sql",
        paths,
        found,
        origin=ORIGIN,
        licence=LICENCE,
    )


def _villages(path: Path) -> list[RawVillage]:
    content = text(path)
    try:
        found = [_village(path, row) for row in rows(content) if row.table == _TABLE]
    except SqlFault as fault:
        raise InputError(fault.code, place=Place(file=str(path), row=fault.line)) from fault
    if not found:
        raise InputError("E_SQL_NONE", place=Place(file=str(path)), table=_TABLE)
    return found


def _village(path: Path, row: Row) -> RawVillage:
    columns = row.columns or _COLUMNS[: len(row.values)]
    place = Place(file=path.name, row=row.line)
    cells: dict[str, Value] = dict(zip(columns, row.values, strict=False))
    kode, name = cells.get("kode"), cells.get("nama")
    shape: shapely.Geometry | BadShape | None
    if len(columns) != len(row.values) or not isinstance(kode, str):
        return RawVillage(
            place, str(kode or ""), str(name or ""), BadShape("R_SQL_COLUMNS", found=str(len(row.values)))
        )
    try:
        shape = _shape(cells.get("path"))
    except BadShape as fault:
        shape = fault
    return RawVillage(place, kode, str(name or ""), shape)


def _shape(path: Value) -> shapely.Geometry | None:
    """The polygon of a `path`; None where there is none."""
    if path is None or (isinstance(path, str) and not path.strip()):
        return None
    if not isinstance(path, str):
        raise BadShape("R_POLYGON_NESTING", found="0")
    try:
        tree = orjson.loads(path)
    except orjson.JSONDecodeError as error:
        raise BadShape("R_POLYGON_JSON") from error
    return None if is_blank(tree) else polygon(tree, lat_first=True)
