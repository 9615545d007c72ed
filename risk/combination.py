"""Two ways to combine known values in 0..1 into a score of 0..100, each with contributions that sum to it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import factorial

import numpy as np

from geo.grid import BoolArray, FloatArray


def arithmetic(value: FloatArray, known: BoolArray, weight: FloatArray) -> FloatArray:
    """Points (N, F) of the weighted mean of the known values: 100 w_f u_f / sum of known w; value, known (N, F), weight (F,)."""
    total = _above_zero(known_weight(known, weight))
    part = np.empty(value.shape, order="F")
    for f in range(value.shape[1]):
        np.multiply(value[:, f], 100.0 * weight[f], out=part[:, f])
        part[:, f] /= total
        np.copyto(part[:, f], 0.0, where=~known[:, f])
    return part


def geometric(
    value: FloatArray, known: BoolArray, weight: FloatArray, dimension: Sequence[str], floor: float
) -> FloatArray:
    """Points (N, F) of the weighted geometric mean over dimensions, each the weighted mean of its known values.

    score = 100 (G - floor) / (1 - floor), G = prod max(v_d, floor)^(W_d / sum of known W): a dimension at 0 pulls the score down but
    does not decide alone (INFORM and BNPB rescale for the same reason). The points of a dimension are its Shapley value in the game
    "the others at the floor or as they are" (Shapley 1953; exact, over all subsets), shared inside by w_f u_f. A dimension of which
    nothing is known takes no part. Shapes as `arithmetic`.
    """
    names = sorted(set(dimension))
    count = len(names)
    of = [names.index(own) for own in dimension]
    held = np.where(known, weight * np.nan_to_num(value), 0.0)
    mass, inside = (np.zeros((len(value), count), order="F") for _ in range(2))
    for f, d in enumerate(of):
        # Added one by one, first to last: a matrix product gives other last bits for other numbers of rows.
        mass[:, d] += np.where(known[:, f], weight[f], 0.0)
        inside[:, d] += held[:, f]
    mean = inside / np.where(mass > 0, mass, 1.0)
    share = mass / _above_zero(known_weight(known, weight))[:, None]
    # Logarithms above the floor: 0 for a dimension at the floor or without a known factor, so leaving it out is adding nothing.
    lift = share * (np.log(np.maximum(mean, floor)) - np.log(floor))
    factor = np.exp(lift)
    points = np.zeros_like(lift)
    for d in range(count):
        others = [i for i in range(count) if i != d]
        for size in range(count):
            odds = factorial(size) * factorial(count - size - 1) / factorial(count)
            for subset in combinations(others, size):
                before = np.full(len(value), odds)
                for i in subset:
                    before *= factor[:, i]
                points[:, d] += before
        # What d adds to the others present is their product times (its factor - 1).
        points[:, d] *= np.expm1(lift[:, d])
    # The product of all factors is G / floor; its distance from 1 is what the points sum to.
    points *= 100.0 * floor / (1.0 - floor)
    portion = held / np.where(inside > 0, inside, 1.0)[:, of]
    return np.asarray(points[:, of] * portion)


def known_weight(known: BoolArray, weight: FloatArray) -> FloatArray:
    """(N,) sum of the weights of what is known, first to last."""
    total = np.zeros(len(known))
    for f in range(known.shape[1]):
        total += known[:, f] * weight[f]
    return total


def _above_zero(total: FloatArray) -> FloatArray:
    """1 instead of 0, to divide by."""
    return np.where(total > 0, total, 1.0)


def row_sum(parts: FloatArray) -> FloatArray:
    """(N,) sums over the columns of (N, F), first to last: the same bits however the array lies in memory."""
    total = parts[:, 0].copy()
    for f in range(1, parts.shape[1]):
        total += parts[:, f]
    return total
