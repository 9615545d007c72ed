"""Raw measures to 0..1 by the model's fixed bounds."""

from __future__ import annotations

import numpy as np

from geo.grid import FloatArray
from risk.model import Weighted


def normalise(raw: FloatArray, item: Weighted, direction: int) -> FloatArray:
    """u (N,) = clip((g(raw) - g(lo)) / (g(hi) - g(lo)), 0, 1), g identity or log1p; 1 - u for direction -1; NaN stays NaN."""
    if item.transform == "log1p":
        low, high, x = np.log1p(item.lo), np.log1p(item.hi), np.log1p(np.maximum(raw, 0.0))
    else:
        low, high, x = item.lo, item.hi, raw
    u = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(u if direction > 0 else 1.0 - u, dtype=np.float64)
