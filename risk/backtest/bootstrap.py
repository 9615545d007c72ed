"""Intervals by resampling whole months: every measure is a ratio of sums over windows, and all measures see the same draws (paired)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.grid import FloatArray

Triple = list[float | None]


@dataclass(frozen=True)
class Months:
    """draw : (B, O) the windows of every resample, B resamples of O windows; `confidence` of two-sided percentile intervals."""

    draw: npt.NDArray[np.int64]
    confidence: float

    def ratio(self, above: FloatArray, below: FloatArray) -> Triple:
        """[value, low, high] of sum(above) / sum(below), both (O,) over windows; None where it does not exist.

        Percentile interval (Efron & Tibshirani 1993, 13.3). Resamples without anything below are left out.
        """
        total = float(below.sum())
        if not total > 0:
            return [None, None, None]
        value = float(above.sum()) / total
        under = below[self.draw].sum(axis=1)
        some = under > 0
        drawn = above[self.draw].sum(axis=1)[some] / under[some]
        tail = 0.5 * (1.0 - self.confidence)
        low, high = np.quantile(drawn, [tail, 1.0 - tail]).tolist()
        return [value, low, high]


def months(windows: int, block: int, resamples: int, confidence: float, seed: int) -> Months:
    """Draws of `windows` windows in runs of `block` consecutive ones (circular), so that windows which overlap stay together.

    Kuensch 1989, Politis & Romano 1992; block 1 for windows that do not overlap.
    """
    block = max(1, min(block, windows))
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, windows, size=(resamples, -(-windows // block)))
    runs = (starts[:, :, None] + np.arange(block)) % windows
    return Months(runs.reshape(resamples, -1)[:, :windows], confidence)


def compare(interval: Triple) -> str:
    """What a paired gain says: "better", "worse", or "no_advantage" when its interval contains 0 or does not exist."""
    _, low, high = interval
    if low is None or high is None:
        return "no_advantage"
    return "better" if low > 0 else "worse" if high < 0 else "no_advantage"
