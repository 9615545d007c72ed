"""Figures that each stand for a whole area (a margin, a head count), brought to villages and cells; what is not known stays unknown.

Letters: R figures, V villages, N cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from geo.grid import BoolArray, FloatArray, Grid

DAY = "datetime64[D]"
KNOWN_SHARE = 0.5  # of a cell: where less of it lies in areas with a figure, nothing is said of it


@dataclass(frozen=True)
class Figures:
    """kode (R,) dotted codes; since datetime64 (R,) first day of use, NaT always; value (R,) NaN withheld; people (R,) NaN unknown."""

    kode: npt.NDArray[np.object_]
    since: npt.NDArray[np.datetime64]
    value: FloatArray
    people: FloatArray

    def __len__(self) -> int:
        return len(self.kode)

    def take(self, chosen: npt.NDArray[np.int64]) -> Figures:
        """Some of them, by index."""
        return Figures(self.kode[chosen], self.since[chosen], self.value[chosen], self.people[chosen])


@dataclass(frozen=True)
class Lights:
    """Mean radiance of the cells by calendar year: years (Y,) ascending, radiance (Y, N), NaN where not known."""

    years: tuple[int, ...]
    radiance: FloatArray

    def __post_init__(self) -> None:
        if len(self.years) != len(self.radiance) or list(self.years) != sorted(set(self.years)):
            raise ValueError("years ascend, each once, each with its radiance")


def in_force(figures: Figures, as_of: date) -> Figures:
    """The newest figure of every area that may be used on as_of, by code; one without a day is older than all that have one.

    Of two on the same day the larger counts, and one that is withheld before both: the order of rows decides nothing.
    """
    day = np.where(np.isnat(figures.since), np.datetime64("0001-01-01"), figures.since).astype(DAY)
    usable = np.flatnonzero(day <= np.datetime64(as_of, "D"))
    kode = figures.kode.astype(str)
    order = usable[np.lexsort((figures.people[usable], figures.value[usable], day[usable], kode[usable]))]
    last = np.ones(len(order), bool)
    last[:-1] = kode[order[1:]] != kode[order[:-1]]
    return figures.take(order[last])


def without_whole(figures: Figures) -> Figures:
    """Without the figure of an area that has figures of its parts as well, so that no part can be had by subtraction; codes ascend."""
    kode = figures.kode.tolist()
    # "." sorts before every digit, so what follows an area's code directly is its first part, if there is one.
    keep = [not (i + 1 < len(kode) and kode[i + 1].startswith(f"{code}.")) for i, code in enumerate(kode)]
    return figures.take(np.flatnonzero(np.array(keep, dtype=bool)))


def of_villages(grid: Grid, figures: Figures, value: FloatArray) -> FloatArray:
    """(V,) `value` (R,) of the smallest area that holds the village, NaN where there is none; codes are unique."""
    found = np.full(len(grid.villages), np.nan)
    codes = np.array(grid.villages)
    level = np.array([code.count(".") for code in figures.kode.tolist()])
    for i in np.argsort(level, kind="stable").tolist():
        # Codes ascend and "." sorts just before "/", so an area's villages stand between its code and its code + "/".
        first, last = np.searchsorted(codes, [figures.kode[i], f"{figures.kode[i]}/"]).tolist()
        found[first:last] = value[i]
    return found


def of_cells(grid: Grid, value: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(N,) mean of `value` (V,) over the villages a cell lies in, by their part of it, and where it is known.

    A cell that one village fills has exactly its value. For a rate per head the heads of all cells times the rate are the village's
    count again, because people are shared by the same parts.
    """
    part = np.where(np.isfinite(value), 1.0, 0.0)[grid.pair_village] * grid.pair_part
    seen = np.bincount(grid.pair_cell, part, grid.size)
    total = np.bincount(grid.pair_cell, part * np.nan_to_num(value)[grid.pair_village], grid.size)
    known = seen >= KNOWN_SHARE
    return np.where(known, total / np.where(known, seen, 1.0), np.nan), known
