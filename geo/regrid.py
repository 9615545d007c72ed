"""The grid of a published snapshot from its own tables, bit for bit the one it was made on; no boundaries are read."""

from __future__ import annotations

import h3ronpy
import numpy as np
import pyarrow as pa

from core.cells import resolution
from geo.grid import Grid
from geo.overlap import centres


def rebuilt(cells: pa.Table, crosswalk: pa.Table, *, indicative: bool) -> Grid:
    """The grid of the tables `cells` (cell, kode, gap) and `crosswalk` (kode, cell, share), in their order.

    Every village has a pair, so the crosswalk, which is sorted by village, names them all. Raises KeyError for an owner it does not name.
    """
    cell = cells["cell"].to_numpy()
    named = _encoded(crosswalk)
    villages: list[str] = named.dictionary.to_pylist()
    number = {code: i for i, code in enumerate(villages)}
    owner = _encoded(cells)
    owners = np.array([number[code] for code in owner.dictionary.to_pylist()], np.int32)
    lon, lat = centres(cell)
    return Grid(
        resolution=int(resolution(cell[:1])[0]),
        cell=cell,
        owner=owners[owner.indices.to_numpy()],
        gap=cells["gap"].to_numpy(),
        lon=lon,
        lat=lat,
        cell_km2=pa.array(h3ronpy.cells_area_km2(pa.array(cell))).to_numpy().astype(np.float64),
        villages=tuple(villages),
        pair_village=named.indices.to_numpy().astype(np.int32),
        pair_cell=np.searchsorted(cell, crosswalk["cell"].to_numpy()).astype(np.int32),
        pair_share=crosswalk["share"].to_numpy(),
        indicative=indicative,
    )


def _encoded(table: pa.Table) -> pa.DictionaryArray:
    """Codes as numbers into a list of those there are, in the order they first appear."""
    return table["kode"].combine_chunks().dictionary_encode()
