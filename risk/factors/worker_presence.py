"""Worker presence: foreign workers (TKA) per thousand inhabitants, as a figure of an area and never of persons."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.figures import in_force, of_cells, of_villages, without_whole
from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, unknown


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) workers per 1,000 inhabitants of the area the figure is of, the same over all of it; in cells of several areas their mean.

    Known where the figure is (it is withheld for 1 to 4 workers) and the area has inhabitants. An area's own figure is not used where its
    parts have figures: what was withheld for a part could be had by subtraction. Summed over people, an area has its workers again.
    """
    if evidence.workers is None:
        return unknown(grid)
    counts = without_whole(in_force(evidence.workers, as_of))
    inhabited = counts.people > 0  # NaN is not
    rate = np.where(inhabited, 1000.0 * counts.value / np.where(inhabited, counts.people, 1.0), np.nan)
    return of_cells(grid, of_villages(grid, counts, rate))


FACTOR = Factor(
    key="worker_presence",
    unit="workers per 1,000 inhabitants",
    direction=1,
    needs=("workers", "population"),
    cites="UU 7/2012 art. 5 (unequal distribution); PP 34/2021 (use of foreign workers); Hundepool et al. 2012 (withholding small counts)",
    caveat="Pressure on work and housing around large projects; presence is no offence, nationality plays no part, permits undercount.",
    params=(),
    measure=measure,
)
