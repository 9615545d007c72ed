"""From cells to areas and to coarser cells, by one stated rule; scores are never averaged.

value_area = people-weighted mean of the cells' values where known (by km2 where fewer than half of the area's km2 has a population
figure); a factor is known in an area when at least half of its weight is. Then risk.score.combine gives score and contributions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.grid import FloatArray, IntArray
from geo.joins import KNOWN_SHARE
from risk.score import FactorTable, ScoreTable, as_published


def groups_mean(
    table: FactorTable, cell: IntArray, group: IntArray, n_groups: int, km2: FloatArray, people: FloatArray | None
) -> FactorTable:
    """FactorTable of G groups from pairs (group, cell); cell, group, km2 (P,), people (P,) NaN where unknown."""
    area = np.bincount(group, km2, n_groups)
    weight = km2
    if people is not None:
        heads = np.nan_to_num(people)
        total = np.bincount(group, heads, n_groups)
        seen = np.bincount(group, np.where(np.isfinite(people), km2, 0.0), n_groups)
        by_people = (total > 0) & (seen >= KNOWN_SHARE * area)
        weight = np.where(by_people[group], heads, km2)
    whole = np.bincount(group, weight, n_groups)
    shape = (n_groups, len(table.keys))
    raw, value, known = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, bool)
    for f in range(len(table.keys)):
        here = np.where(table.known[cell, f], weight, 0.0)
        mass = np.bincount(group, here, n_groups)
        known[:, f] = (mass > 0) & (mass >= KNOWN_SHARE * whole - 1e-12)
        for target, source in ((raw, table.raw), (value, table.value)):
            mean = np.bincount(group, here * np.nan_to_num(source[cell, f]), n_groups) / np.where(mass > 0, mass, 1.0)
            target[:, f] = np.where(known[:, f], as_published(mean), np.nan)
    return FactorTable(table.keys, raw, np.clip(value, 0.0, 1.0), known)


def ranks(score: FloatArray, level: npt.NDArray[np.int8]) -> IntArray:
    """(A,) 1 for the highest score of each level, equal scores share the better rank; 0 where there is no score."""
    rank = np.zeros(len(score), np.int32)
    published = score.astype(np.float32)
    for lev in np.unique(level):
        mine = np.flatnonzero((level == lev) & np.isfinite(score))
        ordered = np.sort(published[mine])
        rank[mine] = 1 + len(mine) - np.searchsorted(ordered, published[mine], side="right")
    return rank


def highest(scores: ScoreTable, group: IntArray, n_groups: int) -> IntArray:
    """(G,) index of the highest-scoring cell of every group, -1 where none is scored; group (N,); equal scores: the first cell."""
    best = np.full(n_groups, -1, np.int32)
    order = np.lexsort((np.arange(len(group)), -np.nan_to_num(scores.score, nan=-1.0), group))
    unique, first = np.unique(group[order], return_index=True)
    top = order[first]
    best[unique] = np.where(np.isfinite(scores.score[top]), top, -1)
    return best
