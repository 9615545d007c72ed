"""Mining areas seen from space (Maus et al., PANGAEA 910894 and 942325): polygons with ISO3_CODE and COUNTRY_NAME, the whole world.

Taken over is Indonesia: a point inside each polygon, and its area. A satellite sees that there is a mine, not who may dig there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from core.settings import Source
from geo.boundaries import areas_km2
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import LAT, LON, Placement
from geo.sources.records import Record, row_id
from geo.sources.sheets import Cell, Grid
from geo.sources.stream import Context, LayerRow, Spec
from geo.sources.vectors import Feature, read_features
from store.manifest import Warning_

LON_TITLE, LAT_TITLE, AREA_TITLE = "bujur titik dalam", "lintang titik dalam", "luas terhitung km2"
FIELDS = (
    Field("iso3", ("iso3 code", "iso3"), True),
    Field("negara", ("country name",)),
    replace(LON, names=(LON_TITLE,), required=True),
    replace(LAT, names=(LAT_TITLE,), required=True),
    Field("luas", (AREA_TITLE,)),
)
MARKS = frozenset({"iso3 code", "country name"})
LICENCE = "CC BY-SA 4.0"
ATTRIBUTION = "Maus et al., Global-scale mining polygons (PANGAEA)"
_CODE, _NAME = "IDN", "indonesia"
_POLYGON = int(shapely.GeometryType.POLYGON)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One site per polygon, kind mine, permit and stage unknown; polygons of other countries are counted in a warning and left out.

    Rows carry `area_km2` (EPSG:6933) beside the declared columns. Raises as `vectors.read_features` and `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def grids(path: Path) -> list[Grid]:
    """The file as one table: its own columns, then a point inside each polygon of Indonesia and its area."""
    found = read_features(path)
    columns = list(dict.fromkeys([*found.columns, *(key for row in found.rows for key in row.properties)]))
    mine = [row for row in found.rows if _is_ours(row)]
    rows: list[tuple[int, tuple[Cell, ...]]] = [(0, (*columns, LON_TITLE, LAT_TITLE, AREA_TITLE))]
    faults: dict[tuple[int, int], str] = {}
    for row, inside in zip(mine, _insides([row.wkb for row in mine]), strict=True):
        if row.number in found.faults:
            faults[row.number, len(columns)] = found.faults[row.number].code
        elif inside is None:
            faults[row.number, len(columns)] = "R_NO_PLACE" if row.wkb is None else "R_NOT_AREA"
        cells = (_cell(row.properties.get(column)) for column in columns)
        rows.append((row.number, (*cells, *(inside or (None, None, None)))))
    left = len(found.rows) - len(mine)
    warnings = (Warning_("FOREIGN", {"file": path.name, "rows": left}),) if left else ()
    return [Grid(path.name, found.layer, rows, faults, warnings=warnings)]


def _is_ours(row: Feature) -> bool:
    cells = {key.lower(): str(value or "").strip() for key, value in row.properties.items()}
    return cells.get("iso3_code", "").upper() == _CODE or cells.get("country_name", "").lower() == _NAME


def _insides(wkb: Sequence[bytes | None]) -> list[tuple[float, float, float] | None]:
    """Longitude and latitude of a point inside each polygon (its largest part), and km2 of all parts; None for what is no polygon."""
    shapes = shapely.make_valid(shapely.from_wkb(np.array(wkb, dtype=object)))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    areal = (shapely.get_type_id(parts) == _POLYGON) & (shapely.area(parts) > 0)
    parts, owner = parts[areal], owner[areal]
    km2 = areas_km2(parts) if len(parts) else np.zeros(0)
    whole = np.bincount(owner, km2, len(shapes))
    order = np.argsort(km2, kind="stable")
    largest = dict(zip(owner[order].tolist(), order.tolist(), strict=True))  # the last written is the largest
    points = shapely.point_on_surface(parts)
    return [
        (float(points[at].x), float(points[at].y), round(float(whole[i]), 6))
        if (at := largest.get(i)) is not None
        else None
        for i in range(len(shapes))
    ]


def _cell(value: Cell) -> Cell:
    return (value.strip() or None) if isinstance(value, str) else value


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    if isinstance(where, BadValue):
        raise where
    identity = row_id(ctx.name, record)
    return [
        {
            "id": identity,
            "name": identity,
            "kind": "mine",
            "permit": "unknown",
            "stage": "unknown",
            "valid_from": None,
            "valid_to": None,
            "area_km2": record.read("luas", lambda value: numbers.decimal(value, "en")),
            **where.columns(ctx.name),
        }
    ]


SPEC = Spec(kind="sites", fields=FIELDS, row=_row, open=grids, licence=LICENCE, attribution=ATTRIBUTION)
