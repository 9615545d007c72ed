"""From kecamatan to cells by people: "sebaran penduduk, bukan ketelitian lokasi"."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from geo.grid import FloatArray, Grid
from geo.joins import place


def over_cells(grid: Grid, people: FloatArray | None, areas: tuple[str, ...]) -> sp.csr_array:
    """(A, N) share of each area's people in every cell, rows sum to 1; areas ascending, people (N,) NaN unknown.

    Over the villages by people where each has a figure and anybody lives there, else by km2; inside a village likewise, as incidents
    known only to their kecamatan are spread.
    """
    kode = np.array(areas, dtype=object)
    nowhere = np.full(len(areas), np.nan)
    precision = np.full(len(areas), "district", dtype=object)
    return place(grid, kode, precision, nowhere, nowhere, people).area_cells


def cells(shares: sp.csr_array, amount: FloatArray) -> FloatArray:
    """(N,) `amount` (A,) shared out; the total is kept."""
    return np.asarray(shares.T @ amount, dtype=np.float64)
