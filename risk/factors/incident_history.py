"""Incident history: decayed, severity-weighted incidents near the cell."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, lookup, number, unknown
from risk.factors.monitoring import age_days, monitored
from risk.kernels import near_sum, quartic


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) harm-weighted incidents per 100 km2 per year, each counted severity x 2^(-age/half-life) x ln2/half-life.

    The factor ln2/half-life turns the decayed sum into a yearly rate, so kinds with long and short memory compare. Space by a quartic
    kernel of `bandwidth_km`. Known where the district has any report in `monitor_days`.
    """
    incidents = evidence.incidents
    if incidents is None or not len(incidents):
        return unknown(grid)
    age = age_days(incidents, as_of)
    half_life = lookup(params, "half_life_days", incidents.columns["kind"])
    decayed = (
        incidents.columns["severity"] * np.exp2(-np.maximum(age, 0.0) / half_life) * (np.log(2.0) * 365.25 / half_life)
    )
    amount = np.where(age >= 0, decayed, 0.0)
    h = number(params, "bandwidth_km")
    raw = 100.0 * near_sum(grid, incidents, amount, h, quartic(h))
    return raw, monitored(incidents, grid, as_of, number(params, "monitor_days"))


FACTOR = Factor(
    key="incident_history",
    unit="incidents/100 km2/year",
    direction=1,
    needs=("incidents",),
    cites="Silverman 1986 (kernel); Chainey, Tompson & Uhlig 2008 (hot-spot mapping); UU 7/2012 art. 9 (early warning)",
    caveat="Only what was reported; a quiet place and an unwatched place look alike, therefore districts without reports are unknown.",
    params=("bandwidth_km", "half_life_days", "monitor_days"),
    measure=measure,
    tables=("half_life_days",),
    sums="incidents",
)
