"""Near repeat: harmful incidents very near and very recent."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, number, unknown
from risk.factors.monitoring import age_days, monitored
from risk.kernels import near_sum, within


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) severity-weighted incidents within `radius_km` of the cell's centre in the last `days`; known as incident_history."""
    incidents = evidence.incidents
    if incidents is None or not len(incidents):
        return unknown(grid)
    age = age_days(incidents, as_of)
    recent = (age >= 0) & (age <= number(params, "days"))
    radius = number(params, "radius_km")
    amount = np.where(recent, incidents.columns["severity"], 0.0).astype(np.float64)
    raw = near_sum(grid, incidents, amount, radius, within(radius))
    return raw, monitored(incidents, grid, as_of, number(params, "monitor_days"))


FACTOR = Factor(
    key="near_repeat",
    unit="incidents",
    direction=1,
    needs=("incidents",),
    cites="Townsley, Homel & Chaseling 2003; Johnson et al. 2007 (near repeat)",
    caveat="An incident known only to its village is spread over the village and hardly shows here.",
    params=("radius_km", "days", "monitor_days"),
    measure=measure,
    sums="incidents",
)
