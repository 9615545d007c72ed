"""Outlines and centres of many H3 cells at once, as arrays.

Most cells have six corners; cells crossed by an edge of the icosahedron at odd resolutions have up to ten, so outlines come in
groups of one corner count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from h3ronpy import vector

from core.cells import CellArray

Floats = npt.NDArray[np.float64]
_AT_ONCE = 65_536  # where each byte lies takes eight times the room of the bytes


@dataclass(frozen=True)
class Group:
    """Cells of one corner count K: `rows` (G,) are their positions, `lonlat` (G, K, 2) degrees, anticlockwise, not closed."""

    rows: npt.NDArray[np.int64]
    lonlat: Floats


def outlines(cells: CellArray) -> list[Group]:
    """The outlines of all cells (N,), grouped by number of corners, ascending."""
    if not cells.size:
        return []
    wkb = pa.array(vector.cells_to_wkb_polygons(cells)).cast(pa.large_binary())
    offsets = np.frombuffer(wkb.buffers()[1], dtype=np.int64, count=len(wkb) + 1, offset=8 * wkb.offset)
    data = np.frombuffer(wkb.buffers()[2], dtype=np.uint8)
    sizes = np.diff(offsets)
    groups = []
    for size in np.unique(sizes).tolist():
        rows = np.flatnonzero(sizes == size)
        # WKB polygon of one ring: order (1), type (4), rings (4), points (4), then x y pairs; the last point repeats the first.
        lonlat = np.empty((len(rows), (size - 29) // 16, 2))
        for first in range(0, len(rows), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            raw = data[offsets[rows[part]][:, None] + np.arange(13, size - 16)]
            lonlat[part] = raw.view("<f8").reshape(len(raw), -1, 2)
        groups.append(Group(rows, lonlat))
    return groups


def centres(cells: CellArray) -> tuple[Floats, Floats]:
    """Longitude and latitude of the centres, degrees (N,), (N,)."""
    batch = pa.record_batch(vector.cells_to_coordinates(cells))
    return np.asarray(batch["lng"], dtype=np.float64), np.asarray(batch["lat"], dtype=np.float64)
