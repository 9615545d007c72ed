"""The shapes of the hand-out: every level simplified as one coverage, so neighbours keep one border between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import shapely

from core import codes
from formats import rows

MOST_POINTS = 60_000  # of all levels together; about 22 bytes each in the file, and the borders at most as many again
TOLERANCES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)  # degrees; the first is less than a pixel at zoom 12
LEVELS = (2, 3, 4)  # the province alone has nothing to compare


@dataclass(frozen=True)
class Level:
    """One level: `row` (A,) are positions in the table, `shape` (A,) polygons in degrees."""

    level: int
    row: npt.NDArray[np.int64]
    shape: rows.Shapes


def levels(table: pa.Table) -> list[Level]:
    """The levels that the table has (the province only where it has no other), by the finest tolerance that keeps the file small."""
    of = table["level"].to_numpy()
    shape = rows.shapes("areas", table)
    mixed = np.flatnonzero(shapely.get_type_id(shape) == shapely.GeometryType.GEOMETRYCOLLECTION)
    shape[mixed] = [_polygons(one) for one in shape[mixed]]
    here = [n for n in LEVELS if (of == n).any()] or np.unique(of).tolist()
    found: list[Level] = []
    for tolerance in TOLERANCES:
        found = []
        for n in here:
            row = np.flatnonzero(of == n)
            found.append(Level(n, row, shapely.transform(shapely.coverage_simplify(shape[row], tolerance), _round)))
        if sum(int(shapely.get_num_coordinates(item.shape).sum()) for item in found) <= MOST_POINTS:
            break
    return found


def borders(kode: list[str], level: Level) -> list[tuple[int, Any]]:
    """(n, lines): the edges between areas of every level n above, taken from the shapes as drawn, each once.

    n = 0 is the outer edge, where the areas themselves have thin lines.
    """
    edge = shapely.boundary(shapely.coverage_union_all(level.shape))
    drawn = [(0, edge)] if level.level > 2 else []
    for above in [n for n in LEVELS if n < level.level]:
        group = np.array([codes.ancestor(kode[row], above) for row in level.row.tolist()])
        outlines = [shapely.boundary(shapely.coverage_union_all(level.shape[group == one])) for one in np.unique(group)]
        drawn.append((above, shapely.line_merge(shapely.difference(shapely.union_all(outlines), edge))))
    return [(above, lines) for above, lines in drawn if not shapely.is_empty(lines)]


def feature(shape: Any, number: int) -> dict[str, Any]:
    """A GeoJSON feature that holds numbers only: what people wrote never passes through a template."""
    return {"type": "Feature", "id": number, "properties": {}, "geometry": orjson.loads(shapely.to_geojson(shape))}


def land(raw: bytes, bounds: tuple[float, float, float, float]) -> Any:
    """The part of the land (a GeoJSON feature) inside `bounds` (west, south, east, north), in degrees."""
    return shapely.transform(_polygons(shapely.intersection(shapely.from_geojson(raw), shapely.box(*bounds))), _round)


def _polygons(shape: Any) -> Any:
    """Without the points and lines that cutting leaves where shapes only touch: Leaflet would draw a pin there."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def _round(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.round(xy, rows.DECIMALS) + 0.0
