"""Population: people per km2 of the cell."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, unknown


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) people per km2; known where the population source has data."""
    if evidence.people is None:
        return unknown(grid)
    known = np.isfinite(evidence.people)
    return np.where(known, evidence.people / grid.cell_km2, np.nan), known


FACTOR = Factor(
    key="population",
    unit="people/km2",
    direction=1,
    needs=("population",),
    cites="INFORM Risk (exposure); Raleigh & Hegre 2009 (population and conflict events)",
    caveat="Population models smear people over forest; the value is exposure, not blame.",
    params=(),
    measure=measure,
)
