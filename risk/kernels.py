"""Sums over everything near, exact and bit-reproducible: neighbour pairs from a k-d tree on the unit sphere, added in a fixed order.

Letters: S sources, N targets (cells).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from core.crs import arc_km, chord, unit_vectors
from geo.grid import FloatArray, Grid
from geo.joins import Records

_PAIRS_AT_ONCE = 4_000_000
Weight = Callable[[FloatArray], FloatArray]


def quartic(h: float) -> Weight:
    """Quartic (biweight) density per km2 with bandwidth h km: 3/(pi h2) (1 - (d/h)2)2 (Silverman 1986, eq. 4.5)."""
    return lambda d: np.asarray(3.0 / (np.pi * h * h) * np.square(1.0 - np.minimum(np.square(d / h), 1.0)))


def exponential(decay: float) -> Weight:
    """exp(-d/decay), without unit."""
    return lambda d: np.asarray(np.exp(-d / decay))


def within(_radius: float) -> Weight:
    """1 for everything the cut lets through."""
    return np.ones_like


def kernel_sum(
    targets: FloatArray, sources: FloatArray, amount: FloatArray, cut_km: float, weight: Weight
) -> FloatArray:
    """(N,) sum over sources within cut_km of amount x weight(distance in km).

    targets (N, 3) and sources (S, 3) are unit vectors, amount (S,). Sums run in source order, whatever the tree does, so the same
    input gives the same bits.
    """
    result = np.zeros(len(targets))
    some = np.flatnonzero(amount)
    if not len(some) or not len(targets):
        return result
    target_tree = cKDTree(targets)
    radius = chord(cut_km)
    counts = np.asarray(target_tree.query_ball_point(sources[some], radius, return_length=True))
    ends = np.searchsorted(
        np.cumsum(counts), np.arange(_PAIRS_AT_ONCE, counts.sum() + _PAIRS_AT_ONCE, _PAIRS_AT_ONCE), "right"
    )
    start = 0
    for end in np.unique(np.append(ends, len(some))).tolist():
        part = some[start : max(end, start + 1)]
        start += len(part)
        if not len(part):
            continue
        pairs = cKDTree(sources[part]).sparse_distance_matrix(target_tree, radius, output_type="ndarray")
        order = np.lexsort((pairs["i"], pairs["j"]))
        i, j, d = pairs["i"][order], pairs["j"][order], arc_km(pairs["v"][order])
        # Goes on where the last part ended: how the sources are parted does not show in the last bit.
        every = np.concatenate((np.arange(len(targets)), j))
        sums = np.bincount(every, np.concatenate((result, amount[part][i] * weight(d))), len(targets))
        result = sums.astype(np.float64)
    return result


def near_sum(grid: Grid, records: Records, amount: FloatArray, cut_km: float, weight: Weight) -> FloatArray:
    """(N,) kernel_sum of records on the grid: points where they are, area records as mass at the centres of their cells."""
    cells = grid.xyz()
    sources, mass = sources_of(records, amount, cells)
    return kernel_sum(cells, sources, mass, cut_km, weight)


def sources_of(records: Records, amount: FloatArray, cells: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors (S, 3) and amounts (S,) of records: the points in their order, then every cell an area record is spread to."""
    placement = records.placement
    point = placement.area < 0
    mass = placement.spread_cells(amount)
    heavy = np.flatnonzero(mass)
    places = np.concatenate((unit_vectors(placement.lon[point], placement.lat[point]), cells[heavy]))
    return places, np.concatenate((amount[point], mass[heavy]))


def nearest_km(grid: Grid, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """(N,) km from each cell centre to the nearest of the points."""
    distance, _ = cKDTree(unit_vectors(lon, lat)).query(grid.xyz())
    return arc_km(np.asarray(distance, dtype=np.float64))
