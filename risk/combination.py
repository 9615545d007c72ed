"""Two ways to combine known values in 0..1 into a score of 0..100, each with contributions that sum to it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import factorial

import numpy as np

from geo.grid import BoolArray, FloatArray


def arithmetic(value: FloatArray, known: BoolArray, weight: FloatArray) -> FloatArray:
    """Points (N, F) of the weighted mean of the known values: 100 w_f u_f / sum of known w; value, known (N, F), weight (F,)."""
    part = np.where(known, 100.0 * weight * np.nan_to_num(value), 0.0)
    return np.asarray(part / _known_weight(known, weight)[:, None])


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
    member = np.array([[name == own for own in dimension] for name in names])
    mass = np.where(known, weight, 0.0) @ member.T
    held = np.where(known, weight * np.nan_to_num(value), 0.0)
    inside = held @ member.T
    mean = inside / np.where(mass > 0, mass, 1.0)
    share = mass / _known_weight(known, weight)[:, None]
    # Logarithms above the floor: 0 for a dimension at the floor or without a known factor, so leaving it out is adding nothing.
    lift = share * (np.log(np.maximum(mean, floor)) - np.log(floor))
    points = np.zeros_like(lift)
    count = len(names)
    for d in range(count):
        others = [i for i in range(count) if i != d]
        for size in range(count):
            odds = factorial(size) * factorial(count - size - 1) / factorial(count)
            for subset in combinations(others, size):
                before = lift[:, list(subset)].sum(axis=1)
                points[:, d] += odds * (np.exp(before + lift[:, d]) - np.exp(before))
    # exp of all lifts is G / floor; its distance from 1 is what the points sum to.
    points *= 100.0 * floor / (1.0 - floor)
    portion = held / np.where(inside > 0, inside, 1.0)[:, member.argmax(axis=0)]
    return np.asarray(points[:, member.argmax(axis=0)] * portion)


def _known_weight(known: BoolArray, weight: FloatArray) -> FloatArray:
    """(N,) sum of the weights of what is known, 1 where nothing is."""
    total = np.where(known, weight, 0.0).sum(axis=1)
    return np.where(total > 0, total, 1.0)
