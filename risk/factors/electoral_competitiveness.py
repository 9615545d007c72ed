"""Electoral competitiveness: how near the second came to the first at the last election."""

from __future__ import annotations

from datetime import date

from geo.figures import in_force, of_cells, of_villages
from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, unknown


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) margin of the winner, 100 x (first - second) / valid votes, of the last election held by as_of.

    A cell has the margin of the smallest area with a figure that it lies in; a cell of several villages their mean by area. Known where
    at least half of the cell lies in areas with a figure.
    """
    if evidence.elections is None:
        return unknown(grid)
    results = in_force(evidence.elections, as_of)
    return of_cells(grid, of_villages(grid, results, results.value))


FACTOR = Factor(
    key="electoral_competitiveness",
    unit="percent of valid votes",
    direction=-1,
    needs=("elections",),
    cites="Wilkinson 2004 (electoral competition and riots); Harish & Toha 2019 (Indonesia); Bawaslu, Indeks Kerawanan Pemilu",
    caveat="The last contest, not the next one; a narrow result is no fault of anybody and most narrow results stay calm.",
    params=(),
    measure=measure,
)
