"""Where incident history may be read at all: a district that never reported is not monitored, whatever its neighbours say."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import BoolArray, FloatArray, Grid
from geo.joins import DAY, Records, owner_groups


def age_days(incidents: Records, as_of: date) -> FloatArray:
    """(R,) days from each incident to as_of; negative after it."""
    days = np.datetime64(as_of, "D") - incidents.columns["occurred_on"].astype(DAY)
    return np.asarray(days.astype(np.int64), dtype=np.float64)


def monitored(incidents: Records, grid: Grid, as_of: date, window_days: float) -> BoolArray:
    """(N,) whether the cell's district (kecamatan) has at least one report of any kind in the window up to as_of.

    A report known only to its regency says nothing about which district reports, so it does not count.
    """
    age = age_days(incidents, as_of)
    local = np.isin(incidents.columns["precision"], ("exact", "village", "district"))
    seen = incidents.placement.villages((local & (age >= 0) & (age <= window_days)).astype(np.float64))
    _, of_village, of_cell = owner_groups(grid, 3)
    reports = np.bincount(of_village, seen)
    return np.asarray(reports[of_cell] > 1e-9)
