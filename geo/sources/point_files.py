"""Map files (GeoJSON, GeoPackage, zipped shapefile) as tables: their attributes are cells, their points two columns more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from geo.sources.sheets import Cell, Grid
from geo.sources.vectors import Features, read_features
from store.manifest import Warning_

LON_TITLE, LAT_TITLE = "bujur (geometri)", "lintang (geometri)"  # what placing.LON and LAT look for first
FORMS = frozenset({"json", "gpkg", "shapefile", "filegdb"})
Pair = tuple[Cell, Cell]


def grid_of(path: Path, *, crs: str | None = None, layer: str | None = None, areas: bool = False) -> Grid:
    """The one layer of a map file, or the one named; its features are numbered from 1, the header is row 0.

    A feature without geometry is a row without coordinates. `areas` lets a line or an area count for a point on it (sites are often
    drawn so, with a warning); else it is a fault of its row. Raises as `vectors.read_features`.
    """
    found = read_features(path, crs=crs, layer=layer)
    columns = list(dict.fromkeys([*found.columns, *(key for row in found.rows for key in row.properties)]))
    points, drawn = _points([row.wkb for row in found.rows], areas=areas)
    rows: list[tuple[int, tuple[Cell, ...]]] = [(0, (*columns, LON_TITLE, LAT_TITLE))]
    rows += [
        (row.number, (*(_cell(row.properties.get(column)) for column in columns), *(pair or (None, None))))
        for row, pair in zip(found.rows, points, strict=True)
    ]
    warnings = (Warning_("SHAPE_POINT", {"file": path.name, "rows": drawn}),) if drawn else ()
    return Grid(path.name, found.layer, rows, _faults(found, points, len(columns)), warnings=warnings)


def _points(shapes: Sequence[bytes | None], *, areas: bool) -> tuple[list[Pair | None], int]:
    """Longitude and latitude of each shape, None where it has none to give; and how many are points on a line or an area."""
    found = shapely.from_wkb(np.array(shapes, dtype=object))
    single = (shapely.get_num_geometries(found) == 1) & (shapely.get_dimensions(found) == 0)
    wide = (shapely.get_dimensions(found) > 0) & ~shapely.is_empty(found)
    if not areas:
        wide[:] = False
    at = shapely.get_coordinates(shapely.point_on_surface(found[single | wide]))
    pairs: list[Pair | None] = [None] * len(found)
    for i, (lon, lat) in zip(np.flatnonzero(single | wide).tolist(), at.tolist(), strict=True):
        pairs[i] = (lon, lat)
    return pairs, int(wide.sum())


def _faults(found: Features, points: Sequence[Pair | None], column: int) -> dict[tuple[int, int], str]:
    """Features whose shape nobody can use, by what the reader of shapes said, and those that are no point."""
    faults = {}
    for row, pair in zip(found.rows, points, strict=True):
        if row.number in found.faults:
            faults[row.number, column] = found.faults[row.number].code
        elif pair is None and row.wkb is not None and not shapely.from_wkb(row.wkb).is_empty:
            faults[row.number, column] = "R_NOT_POINT"
    return faults


def _cell(value: Cell) -> Cell:
    return (value.strip() or None) if isinstance(value, str) else value
