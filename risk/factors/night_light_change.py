"""Night-light change: how fast a place grew brighter between two calendar years."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, number, unknown


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) 100 x (((late + a) / (early + a))^(1 / years) - 1) of the cell's mean radiance; negative where it grew darker.

    early and late are the first and the last year that had ended by as_of; a is `floor_radiance`, in the raster's unit, so that the
    sensor's noise over dark forest is no growth. A yearly rate, so that pairs of years compare. Known where both years are.
    """
    lights = evidence.lights
    if lights is None:
        return unknown(grid)
    ended = [i for i, year in enumerate(lights.years) if date(year, 12, 31) <= as_of]
    if len(ended) < 2:
        return unknown(grid)
    early, late = lights.radiance[ended[0]], lights.radiance[ended[-1]]
    years = lights.years[ended[-1]] - lights.years[ended[0]]
    floor = number(params, "floor_radiance")
    raw = 100.0 * (((late + floor) / (early + floor)) ** (1.0 / years) - 1.0)
    return raw, np.isfinite(raw)


FACTOR = Factor(
    key="night_light_change",
    unit="percent per year",
    direction=1,
    needs=("night_lights",),
    cites="Henderson, Storeygard & Weil 2012 (growth from lights); Elvidge et al. 2017 (VIIRS); Berman et al. 2017 (mines)",
    caveat="Growth is change, not conflict: a mine, a town, or one new lamp; flares and clouds disturb; use two years of one sensor.",
    params=("floor_radiance",),
    measure=measure,
)
