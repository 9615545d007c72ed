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

# How the work is cut shows in time and memory only.
_TARGETS_AT_ONCE, _LEAST_TARGETS = 4_096, 64  # cells in a row mostly lie together
_STRAGGLING = 2.5  # times the median distance from the middle: a run that reaches farther is cut in two
_PAIRS_AT_ONCE = 2_000_000
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

    targets (N, 3) and sources (S, 3) are unit vectors, amount (S,). Every target's sum runs in source order, whatever the trees do and
    whatever other targets there are, so the same input gives the same bits, all at once or part by part.
    """
    result = np.zeros(len(targets))
    some = np.flatnonzero(amount)
    if not len(some) or not len(targets):
        return result
    places, radius = sources[some], chord(cut_km)
    tree = _tree(places)
    waiting = [
        (first, min(first + _TARGETS_AT_ONCE, len(targets))) for first in range(0, len(targets), _TARGETS_AT_ONCE)
    ]
    while waiting:
        first, last = waiting.pop()
        here = targets[first:last]
        middle = here.mean(axis=0)
        x, y, z = (here - middle).T
        off = np.sqrt(x * x + y * y + z * z)
        far = off.max()
        if last - first > _LEAST_TARGETS and far > _STRAGGLING * np.median(off):
            waiting += _halves(first, last)
            continue
        near = np.array(tree.query_ball_point(middle, (far + radius) * (1 + 1e-9), return_sorted=True), dtype=np.int64)
        if not len(near):
            continue
        mine, theirs = _tree(here), _tree(places[near])
        if last - first > _LEAST_TARGETS:
            sample = here[:: len(here) // _LEAST_TARGETS]
            each = np.mean(theirs.query_ball_point(sample, radius, return_length=True))
            if each * len(here) > _PAIRS_AT_ONCE:
                waiting += _halves(first, last)
                continue
        pairs = mine.sparse_distance_matrix(theirs, radius, output_type="ndarray")
        source = pairs["j"].astype(np.uint16 if len(near) <= 1 << 16 else np.uint32)  # short numbers sort in few passes
        order = np.argsort(source, kind="stable")
        d = arc_km(pairs["v"][order])
        part = amount[some[near]][source[order]] * weight(d)
        result[first:last] = np.bincount(pairs["i"][order], part, last - first)
    return result


def _halves(first: int, last: int) -> list[tuple[int, int]]:
    middle = (first + last) // 2
    return [(first, middle), (middle, last)]


def _tree(places: FloatArray) -> cKDTree:
    """A tree that is quickly built: it is asked but a few times."""
    return cKDTree(places, compact_nodes=False, balanced_tree=False)


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
