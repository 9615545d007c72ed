"""Border proximity: nearness of a district border, where border disputes are at home."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence, border_edge
from risk.factor import Factor, Measured, Params, unknown
from risk.kernels import nearest_km


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) km from the cell's centre to the nearest cell that a district border runs through.

    Unknown on indicative boundaries: a border that was derived cannot say where people dispute one. Resolution: one cell.
    """
    if grid.indicative:
        return unknown(grid)
    edge = evidence.edge or border_edge(grid, 3)
    if not len(edge.lon):
        return unknown(grid)
    return nearest_km(grid, edge.lon, edge.lat), np.ones(grid.size, bool)


FACTOR = Factor(
    key="border_proximity",
    unit="km",
    direction=-1,
    needs=("boundaries",),
    cites="UU 7/2012 art. 5c (boundary disputes); Permendagri 141/2017 (boundary affirmation)",
    caveat="Nearness of a border, not a dispute; most borders are quiet.",
    params=(),
    measure=measure,
)
