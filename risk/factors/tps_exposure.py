"""TPS exposure: polling stations within reach."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence, owner_groups
from risk.factor import Factor, Measured, Params, number, unknown
from risk.kernels import near_sum, within


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) polling stations within `radius_km` of the cell's centre; known in districts where the source has any TPS.

    Stations and not voters: every source of the country has the number of stations, few have voters, and a station is what is guarded.
    """
    tps = evidence.tps
    if tps is None or not len(tps):
        return unknown(grid)
    one = np.ones(len(tps))
    radius = number(params, "radius_km")
    _, of_village, of_cell = owner_groups(grid, 3)
    covered = np.bincount(of_village, tps.placement.villages(one)) > 1e-9
    return near_sum(grid, tps, one, radius, within(radius)), covered[of_cell]


FACTOR = Factor(
    key="tps_exposure",
    unit="TPS",
    direction=1,
    needs=("tps",),
    cites="Bawaslu, Indeks Kerawanan Pemilu (exposure of polling stations); PKPU on the number of voters per TPS",
    caveat="Public files give no coordinates of stations: they are spread over the village by population.",
    params=("radius_km",),
    measure=measure,
    sums="tps",
)
