"""Escalation: the district's recent rate against its own past."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import FloatArray, Grid
from geo.joins import Evidence, owner_groups
from risk.factor import Factor, Measured, Params, number, unknown
from risk.factors.monitoring import age_days, monitored


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) (recent + a) / (expected from the past + a) for the cell's district; 1 means as before.

    recent counts the last `recent_days`; expected is the count of the `past_days` before them, scaled to `recent_days`; a is `prior`
    events, so that one event in a quiet district is no alarm (Gamma-Poisson shrinkage, Clayton & Kaldor 1987). Only harmful kinds count
    (severity above 0). Known as incident_history.
    """
    incidents = evidence.incidents
    if incidents is None or not len(incidents):
        return unknown(grid)
    age = age_days(incidents, as_of)
    recent_days, past_days, prior = (number(params, name) for name in ("recent_days", "past_days", "prior"))
    harmful = incidents.columns["severity"].astype(np.float64) > 0
    _, of_village, of_cell = owner_groups(grid, 3)

    def by_district(first: float, last: float) -> FloatArray:
        chosen = harmful & (age >= first) & (age < last)
        per_village = incidents.placement.villages(chosen.astype(np.float64))
        return np.bincount(of_village, per_village).astype(np.float64)

    recent = by_district(0, recent_days)
    expected = by_district(recent_days, recent_days + past_days) * recent_days / past_days
    raw = ((recent + prior) / (expected + prior))[of_cell]
    return raw, monitored(incidents, grid, as_of, number(params, "monitor_days"))


FACTOR = Factor(
    key="escalation",
    unit="ratio",
    direction=1,
    needs=("incidents",),
    cites="Clayton & Kaldor 1987 (shrunken rates); UU 7/2012 art. 9-10 (early warning)",
    caveat="A district that began to report lately looks as if it escalated.",
    params=("recent_days", "past_days", "prior", "monitor_days"),
    measure=measure,
)
