"""What every format writes of a table: its declared columns, H3 cells as text, `snapshot`, and the mark of sample data on every row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from core.cells import CellArray, to_texts
from core.words import say
from formats.hexagons import outlines
from store.manifest import Manifest

ID = {"cells": "cell", "areas": "kode"}  # other tables: id
POLYGONS = ("cells", "areas")
GEOMETRY = "geometry"
Shapes = npt.NDArray[np.object_]
DECIMALS = 5  # of a degree, about 1 m


def attributes(table: pa.Table, manifest: Manifest) -> pa.Table:
    """All columns but the geometry, with H3 indices as text, and `snapshot` and (sample data) `catatan` at the end."""
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for name in table.column_names:
        if name == GEOMETRY:
            continue
        column = table[name]
        columns[name] = _texts(column) if column.type == pa.uint64() else column
    extra = {"snapshot": manifest.id} | ({"catatan": say("mark.sample")} if manifest.sample else {})
    for name, text in extra.items():
        columns[name] = pa.repeat(pa.scalar(text, pa.string()), table.num_rows)
    return pa.table(columns)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    known = column.drop_null().to_numpy().astype(np.uint64, copy=False)
    texts = np.full(len(column), None, dtype=object)
    texts[np.asarray(column.is_valid().to_numpy(zero_copy_only=False))] = to_texts(known)
    return pa.array(texts, pa.string())


def shapes(name: str, table: pa.Table) -> Shapes:
    """Shapely geometries (N,) in degrees to 5 decimals, outer rings anticlockwise; None where the place is not known."""
    out = np.full(table.num_rows, None, dtype=object)
    if name == "cells":
        for group in outlines(cells_of(table)):
            out[group.rows] = shapely.polygons(_round(group.lonlat))
    elif name == "areas":
        stored = shapely.from_wkb(table[GEOMETRY].to_numpy())
        out[:] = shapely.orient_polygons(_rounded(stored))
    else:
        lon, lat = (floats(table[column]) for column in ("lon", "lat"))
        placed = np.isfinite(lon) & np.isfinite(lat)
        out[placed] = shapely.points(_round(np.column_stack((lon[placed], lat[placed]))))
    return out


def _rounded(stored: Shapes) -> Shapes:
    """Coordinates to 5 decimals; where that spoils a polygon its shape is snapped to the same grid instead. None is lost."""
    rounded = shapely.transform(stored, _round)
    spoilt = np.flatnonzero(~shapely.is_valid(rounded))
    snapped = shapely.transform(shapely.set_precision(shapely.make_valid(stored[spoilt]), 10.0**-DECIMALS), _round)
    rounded[spoilt] = np.where(shapely.is_empty(snapped), stored[spoilt], snapped)
    return rounded


def _round(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.round(xy, DECIMALS) + 0.0  # no minus zero


def with_geometry(name: str, table: pa.Table, manifest: Manifest) -> pa.Table:
    """The attributes and a WKB column `geometry`, null where the place is not known."""
    wkb = pa.array(shapely.to_wkb(shapes(name, table), byte_order=1).tolist(), pa.binary())
    return attributes(table, manifest).append_column(GEOMETRY, wkb)


def finite(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A float column with NaN and infinity made null, for neither is a value; other columns as they are."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))


def degrees(values: npt.NDArray[np.float64]) -> pa.Array:
    """Degrees (N,) to 5 decimals; null where not finite."""
    return pa.array(_round(values), pa.float64(), mask=~np.isfinite(values))


def cells_of(table: pa.Table) -> CellArray:
    """The column `cell` as uint64 (N,)."""
    return np.asarray(table["cell"].to_numpy(), dtype=np.uint64)


def floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """A number column as float64 (N,), NaN where null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
