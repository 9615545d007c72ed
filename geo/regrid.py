"""The grid of a published snapshot from its own tables, bit for bit the one it was made on; no boundaries are read."""

from __future__ import annotations

from collections.abc import Sequence

import h3ronpy
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.cells import CellArray, resolution
from geo.grid import BoolArray, Grid
from geo.overlap import centres


def rebuilt(
    cell: CellArray,
    owner: Sequence[str],
    gap: BoolArray,
    pairs: tuple[npt.NDArray[np.object_], CellArray, npt.NDArray[np.float32]],
    *,
    indicative: bool,
) -> Grid:
    """The grid of cells (N,) with owners by code, and of pairs (kode, cell, share), each (P,), in the crosswalk's order.

    Every village has a pair, so the crosswalk names them all. Raises KeyError for an owner it does not name.
    """
    kode, pair_cell, share = pairs
    villages, pair_village = np.unique(kode.astype(str), return_inverse=True)
    number = {code: i for i, code in enumerate(villages.tolist())}
    lon, lat = centres(cell)
    return Grid(
        resolution=int(resolution(cell[:1])[0]),
        cell=cell,
        owner=np.array([number[code] for code in owner], np.int32),
        gap=gap,
        lon=lon,
        lat=lat,
        cell_km2=pa.array(h3ronpy.cells_area_km2(pa.array(cell))).to_numpy().astype(np.float64),
        villages=tuple(number),
        pair_village=pair_village.astype(np.int32),
        pair_cell=np.searchsorted(cell, pair_cell).astype(np.int32),
        pair_share=share,
        indicative=indicative,
    )
