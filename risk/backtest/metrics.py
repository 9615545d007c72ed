"""Measures of one forecast in one window: arrays in, sums out, so that windows can be added and resampled. Letters: A places, S shares."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, i0e, i1e, pdtr

from geo.grid import FloatArray, IntArray

_TAIL = 1e-9  # probability beyond which the sum of a CRPS ends
_MOST = 100_000


def guarded(expected: FloatArray, least: float, even_share: float) -> FloatArray:
    """(A,) the forecast as it is scored: at least `least` events in all, and `even_share` of it spread evenly over the places.

    The same for every model and baseline, so that none loses by infinity where it said 0.
    """
    total, count = float(expected.sum()), len(expected)
    share = expected / total if total > 0 else np.full(count, 1.0 / count)
    return np.asarray(max(total, least) * ((1.0 - even_share) * share + even_share / count))


def log_score(expected: FloatArray, counts: FloatArray, regency: IntArray, vague: FloatArray, nowhere: float) -> float:
    """Poisson process log likelihood of a window, nats: sum over events of the log rate where they are, less what was expected in all.

    counts (A,) events known to their place; vague (G,) known to their regency only, scored by the regency's sum; nowhere the number known
    to the province only. Terms no forecast changes (log n!) are left out (Daley & Vere-Jones 2003, 7.1).
    """
    total = expected.sum()
    some = counts > 0
    score = float((counts[some] * np.log(expected[some])).sum() - total)
    home = np.flatnonzero(vague > 0)
    if len(home):
        by_regency = np.bincount(regency, expected, len(vague))
        score += float((vague[home] * np.log(by_regency[home])).sum())
    return score + nowhere * float(np.log(total)) if nowhere else score


def mixture_gain(draws: FloatArray, expected: FloatArray, counts: FloatArray) -> float:
    """What a mixture of Poissons with rates draws (J, A), of mean expected (A,), adds to `log_score` of the single Poisson, nats."""
    with np.errstate(divide="ignore"):
        rate = np.where(counts > 0, counts * np.log(np.where(draws > 0, draws, 1e-300)), 0.0) - draws
    top = rate.max(axis=0)
    mixed = top + np.log(np.exp(rate - top).mean(axis=0))
    single = np.where(counts > 0, counts * np.log(np.where(expected > 0, expected, 1e-300)), 0.0) - expected
    return float((mixed - single).sum())


def where_score(expected: FloatArray, counts: FloatArray) -> float:
    """Multinomial log likelihood of the places of located events, nats: the level plays no part."""
    some = counts > 0
    return float((counts[some] * np.log(expected[some] / expected.sum())).sum())


def hits(expected: FloatArray, counts: FloatArray, size: FloatArray, shares: tuple[float, ...]) -> FloatArray:
    """(S,) events caught in the first `shares` of `size` (km2 or people), places taken in the published order: most expected first.

    The last place is taken in part; places of equal forecast are taken together, which is what a random order among them gives on average.
    """
    order = np.argsort(-expected, kind="stable")
    ranked = expected[order]
    start = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    spent = np.append(0.0, np.cumsum(np.add.reduceat(size[order], start)))
    caught = np.append(0.0, np.cumsum(np.add.reduceat(counts[order], start)))
    return np.asarray(np.interp(np.array(shares) * spent[-1], spent, caught), dtype=np.float64)


def best_hits(counts: FloatArray, size: FloatArray, shares: tuple[float, ...]) -> FloatArray:
    """(S,) the most events any choice of that much `size` could have caught, places taken in part: densest first."""
    density = counts / np.maximum(size, np.finfo(np.float64).tiny)
    return hits(density, counts, size, shares)


def brier(expected: FloatArray, counts: FloatArray) -> float:
    """Sum over places of the squared error of the chance of at least one event, 1 - exp(-expected) (Brier 1950)."""
    return float(np.square(-np.expm1(-expected) - (counts > 0)).sum())


def crps_poisson(expected: FloatArray, counts: FloatArray) -> float:
    """Sum over places of the continuous ranked probability score of Poisson forecasts, events (Wei & Held 2014, table 2)."""
    below = pdtr(counts, expected)
    rate = np.where(expected > 0, expected, 1.0)
    at = np.where(expected > 0, np.exp(counts * np.log(rate) - expected - gammaln(counts + 1.0)), counts == 0)
    bessel = expected * (i0e(2.0 * expected) + i1e(2.0 * expected))
    return float(((counts - expected) * (2.0 * below - 1.0) + 2.0 * expected * at - bessel).sum())


def crps_ensemble(draws: FloatArray, counts: FloatArray) -> float:
    """Sum over places of the CRPS of draws (J, A) taken as they are (Gneiting & Raftery 2007, eq. 21)."""
    near = np.abs(draws - counts).mean(axis=0)
    ordered, count = np.sort(draws, axis=0), len(draws)
    weight = 2.0 * np.arange(1, count + 1) - count - 1.0
    spread = (weight[:, None] * ordered).sum(axis=0) / count**2  # half the mean distance of two draws
    return float((near - spread).sum())


def crps_negative_binomial(expected: FloatArray, size: float, counts: FloatArray) -> float:
    """Sum over places of the CRPS of negative binomials with mean `expected` and variance m + m^2 / size.

    Summed over the distribution from 0 up until 1e-9 of it is left (Gneiting & Raftery 2007, eq. 20, for counts).
    """
    grow = expected / (size + expected)
    at = np.exp(-size * np.log1p(expected / size))
    reached, score = np.zeros_like(expected), np.zeros_like(expected)
    for k in range(_MOST):
        reached = np.minimum(reached + at, 1.0)
        score += np.square(reached - (counts <= k))
        at = at * (k + size) / (k + 1.0) * grow
        if k >= counts.max(initial=0.0) and float((1.0 - reached).max(initial=0.0)) < _TAIL:
            break
    return float(score.sum())


def reliability(expected: FloatArray, counts: FloatArray, bins: int) -> list[list[float]]:
    """Up to `bins` rows of mean expected, mean observed and number, over all places and windows by tenths of the forecast."""
    order = np.argsort(expected, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)]
    return [[float(expected[part].mean()), float(counts[part].mean()), len(part)] for part in parts]
