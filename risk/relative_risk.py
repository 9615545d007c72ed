"""Relative risk of the people near something against the rest of the same stratum, from incidents and where people live.

Conditional Poisson likelihood (Breslow & Day 1987, section 4; Armstrong, Gasparrini & Tobias 2014), people as exposure: given that an
incident befell stratum s, the chance that it befell the near part is q rr / (1 + q (rr - 1)), q the near share of the stratum's
people. An incident known only to an area with near share n of its people says 1 + n (rr - 1) over 1 + q (rr - 1) (coarse data, Heitjan &
Rubin 1991). Letters: E incidents, B blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, t

from geo.grid import FloatArray, IntArray

_GRID = np.linspace(-5.0, 5.0, 1001)  # log relative risk: 1/148 to 148; beyond there is nothing to tell apart
_AT_ONCE = 2_000  # incidents x grid points in memory


@dataclass(frozen=True)
class Cases:
    """Incidents of strata that have people both near and not.

    near : (E,) share of the people where it may have been who live near, 0 or 1 where the point is known.
    share : (E,) that share in its stratum, above 0 and below 1. block : (E,) 0..B-1, incidents of one block may depend on one another.
    """

    near: FloatArray
    share: FloatArray
    block: IntArray


@dataclass(frozen=True)
class Estimate:
    """rr with low and high, the wider of profile and block bootstrap on either side; `standard_error` of log rr by blocks."""

    rr: float
    low: float
    high: float
    standard_error: float
    p: float


def estimate(cases: Cases, *, level: float, replicates: int, rng: np.random.Generator) -> Estimate:
    """The relative risk and its two-sided interval at `level`; the p-value against 1 goes by the wider error as well.

    Blocks are resampled `replicates` times; their spread about the estimate counts with Student's t on B - 1 degrees of freedom, as
    few blocks spread too little. Raises ValueError with fewer than two blocks.
    """
    blocks = int(cases.block.max()) + 1 if len(cases.block) else 0
    if blocks < 2:
        raise ValueError("fewer than two blocks of incidents")
    score, log_likelihood = _by_block(cases, blocks)
    at = float(_roots(score.sum(axis=0)[None, :])[0])
    drawn = rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=replicates).astype(np.float64)
    spread = float(np.sqrt(np.square(_roots(drawn @ score) - at).mean()))
    reach = float(t.ppf(0.5 + level / 2.0, blocks - 1)) * spread
    low, high = _profile(log_likelihood.sum(axis=0), at, float(chi2.ppf(level, 1)) / 2.0)
    low, high = min(low, at - reach), max(high, at + reach)
    here = log_likelihood.sum(axis=0)
    gain = max(0.0, 2.0 * float(here.max() - np.interp(0.0, _GRID, here)))
    p = float(chi2.sf(gain, 1))
    if spread > 0.0:
        p = max(p, float(2.0 * t.sf(abs(at) / spread, blocks - 1)))
    return Estimate(float(np.exp(at)), float(np.exp(low)), float(np.exp(high)), spread, p)


def _by_block(cases: Cases, blocks: int) -> tuple[FloatArray, FloatArray]:
    """(B, grid) derivative of the log likelihood by log rr, and (B, grid) the log likelihood, summed in block order."""
    rr = np.exp(_GRID)
    score, value = np.zeros((blocks, len(rr))), np.zeros((blocks, len(rr)))
    order = np.argsort(cases.block, kind="stable")
    for start in range(0, len(order), _AT_ONCE):
        part = order[start : start + _AT_ONCE]
        near, share = cases.near[part, None], cases.share[part, None]
        over, under = 1.0 + near * (rr - 1.0), 1.0 + share * (rr - 1.0)
        first = np.flatnonzero(np.append(True, np.diff(cases.block[part]) != 0))
        owner = cases.block[part][first]
        score[owner] += np.add.reduceat(rr * (near / over - share / under), first, axis=0)
        value[owner] += np.add.reduceat(np.log(over / under), first, axis=0)
    return score, value


def _roots(score: FloatArray) -> FloatArray:
    """(R,) log rr where each row of the score (R, grid) first falls through 0; the end of the grid where it does not."""
    fallen = score <= 0.0
    after = np.where(fallen.any(axis=1), fallen.argmax(axis=1), len(_GRID) - 1)
    before = np.maximum(after - 1, 0)
    row = np.arange(len(score))
    high, low = score[row, before], score[row, after]
    step = np.where((high > 0.0) & (low <= 0.0), high / np.where(high > low, high - low, 1.0), 1.0)
    return np.asarray(_GRID[before] + step * (_GRID[after] - _GRID[before]), dtype=np.float64)


def _profile(log_likelihood: FloatArray, at: float, fall: float) -> tuple[float, float]:
    """The grid points about `at` from which on the log likelihood lies more than `fall` under its top, half a grid step wide of them."""
    inside = np.flatnonzero(log_likelihood >= log_likelihood.max() - fall)
    half = (_GRID[1] - _GRID[0]) / 2.0
    return min(float(_GRID[inside[0]]) - half, at), max(float(_GRID[inside[-1]]) + half, at)
