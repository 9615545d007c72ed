"""Remoteness: distance to the nearest regency seat."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, unknown
from risk.kernels import nearest_km


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) km, great circle, from the cell's centre to the nearest regency capital; known everywhere."""
    if not len(evidence.seat_lon):
        return unknown(grid)
    return nearest_km(grid, evidence.seat_lon, evidence.seat_lat), np.ones(grid.size, bool)


FACTOR = Factor(
    key="remoteness",
    unit="km",
    direction=1,
    needs=("boundaries",),
    cites="Buhaug & Rod 2006; Tollefsen & Buhaug 2015 (distance to the capital and conflict)",
    caveat="Straight line, not travel time: rivers and roads are not seen.",
    params=(),
    measure=measure,
)
