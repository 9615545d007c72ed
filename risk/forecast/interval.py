"""Intervals: negative binomials whose spread is learned from the past errors of the very forecast they stand beside.

Var = m + alpha m^2 with one alpha for kecamatan, one for kabupaten, one for the province, and size = 1 / alpha. Letters: A kecamatan,
G kabupaten, U areas of one level, P pairs (area, past origin).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln
from scipy.stats import nbinom

from geo.grid import FloatArray, IntArray
from risk.forecast.history import History
from risk.forecast.spec import Interval

Predict = Callable[[History, int, int], FloatArray]  # (history known by then, origin, horizon in days) -> expected (A,)
LEVELS = (1, 2, 3)  # province, kabupaten, kecamatan
_WIDENINGS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)


@dataclass(frozen=True)
class Dispersion:
    """alpha by level (province, kabupaten, kecamatan), and from how many pairs of a past forecast and what came each was learned."""

    alpha: tuple[float, float, float]
    pairs: tuple[int, int, int]

    def size(self, level: int) -> float:
        """Size of the negative binomial of one area of the level; of several kecamatan of one kabupaten: level 2, beyond it: level 1.

        A part of an area that each incident falls into with the same chance (a cell) keeps the size of the area.
        """
        return 1.0 / self.alpha[level - 1]


def learn(history: History, origin: int, horizon_days: int, predict: Predict, rule: Interval) -> Dispersion:
    """The spread of `predict` at `origin`, from its errors at earlier origins whose window had ended and was known by then.

    alpha maximises the likelihood of what came, with a wide log-normal prior (few errors: the prior; many: the errors), and is then
    widened, at most four times, until the interval covered its share of the pairs, where these are many.
    history is history.known_by(origin).
    """
    pairs = _pairs(history, origin, horizon_days, predict, rule)
    found = [_alpha(*pair, centre, rule) for pair, centre in zip(pairs, rule.alpha, strict=True)]
    sizes = [len(counted) for _, counted in pairs]
    return Dispersion((found[0], found[1], found[2]), (sizes[0], sizes[1], sizes[2]))


def bounds(expected: FloatArray, size: float, level: float) -> tuple[IntArray, IntArray]:
    """(U,), (U,) lower and upper end of the central interval: the negative binomial gives it at least the chance `level`."""
    chance = size / (size + expected)
    low, high = (nbinom.ppf(p, size, chance) for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
    return np.asarray(low, np.int32), np.asarray(high, np.int32)


def coverage(counted: FloatArray, expected: FloatArray, size: float | FloatArray, level: float) -> FloatArray:
    """(U,) part of the randomised PIT of each count that lies in the central interval; its mean is the coverage without the slack of
    whole numbers: a right forecast has exactly `level` (Czado, Gneiting & Held 2009, the nonrandomised form)."""
    chance = size / (size + expected)
    below = np.where(counted > 0, nbinom.cdf(counted - 1.0, size, chance), 0.0)
    upto = nbinom.cdf(counted, size, chance)
    inside = np.minimum(upto, (1.0 + level) / 2.0) - np.maximum(below, (1.0 - level) / 2.0)
    width = upto - below
    sure = (below > (1.0 - level) / 2.0) & (upto < (1.0 + level) / 2.0)
    return np.asarray(np.where(width > 0, np.clip(inside, 0.0, None) / np.where(width > 0, width, 1.0), sure))


def located_share(history: History, origin: int, days: int) -> tuple[float, float]:
    """Shares of the last `days` days' incidents whose kecamatan, and whose kabupaten, is known; half an incident keeps them above 0."""
    recent = history.between(origin - days, origin)
    whole = np.count_nonzero(recent) + 0.5
    known = (int(np.count_nonzero(recent & (index >= 0))) for index in (history.area, history.home))
    kecamatan, kabupaten = ((count + 0.5) / whole for count in known)
    return float(kecamatan), float(kabupaten)


_Pairs = list[tuple[FloatArray, FloatArray]]


def _pairs(history: History, origin: int, horizon: int, predict: Predict, rule: Interval) -> _Pairs:
    """By level: expected (P,) and counted (P,). What is known only to a larger area is expected at the smaller one no more than seen."""
    made: list[list[tuple[FloatArray, FloatArray]]] = [[], [], []]
    start = history.start
    first = origin if start is None else start + rule.least_days
    size, homes = len(history.areas), len(history.regencies)
    for number in range(rule.most_origins):
        then = origin - horizon - number * rule.step_days
        if then < first:
            break
        past = history.known_by(then)
        expected = predict(past, then, horizon)
        kecamatan, kabupaten = located_share(past, then, rule.share_days)
        came = history.between(then, then + horizon)
        by_home = np.bincount(history.regency, expected, homes).astype(np.float64)
        whole = np.asarray(expected.sum(keepdims=True), dtype=np.float64)
        made[0].append((whole, np.array([float(np.count_nonzero(came))])))
        made[1].append((by_home * kabupaten, _counted(history.home[came], homes)))
        made[2].append((expected * kecamatan, _counted(history.area[came], size)))
    return [_joined(level) for level in made]


def _counted(index: IntArray, size: int) -> FloatArray:
    return np.bincount(index[index >= 0], minlength=size).astype(np.float64)


def _joined(level: list[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    if not level:
        return np.empty(0), np.empty(0)
    return np.concatenate([expected for expected, _ in level]), np.concatenate([counted for _, counted in level])


def _alpha(expected: FloatArray, counted: FloatArray, prior: float, rule: Interval) -> float:
    centre, width = float(np.log(prior)), rule.alpha_log_sd
    objective = partial(_loss, expected=expected, counted=counted, centre=centre, width=width)
    reach = 6.0 * width
    best = minimize_scalar(
        objective, bounds=(centre - reach, centre + reach), method="bounded", options={"xatol": 1e-4}
    )
    alpha = float(np.exp(best.x))
    if len(counted) < rule.least_pairs:
        return alpha
    for factor in _WIDENINGS:
        if factor > rule.widest or _covered(expected, counted, alpha * factor, rule.level) >= rule.level:
            return alpha * min(factor, rule.widest)
    return alpha * min(_WIDENINGS[-1], rule.widest)


def _covered(expected: FloatArray, counted: FloatArray, alpha: float, level: float) -> float:
    return float(coverage(counted, expected, 1.0 / alpha, level).mean())


def _loss(log_alpha: float, expected: FloatArray, counted: FloatArray, centre: float, width: float) -> float:
    """Minus the log posterior of alpha, without what does not depend on it."""
    size = float(np.exp(-log_alpha))
    some = counted > 0
    y = counted[some]
    each = np.log1p(expected / size).sum() * size + (y * np.log(size + expected[some])).sum()
    more = float((gammaln(y + size) - gammaln(size)).sum())
    return float(each - more + 0.5 * ((log_alpha - centre) / width) ** 2)
