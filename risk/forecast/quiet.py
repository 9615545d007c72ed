"""Quiet places: kecamatan without an incident in 24 months, ranked among themselves."""

from __future__ import annotations

import numpy as np

from geo.grid import BoolArray, FloatArray, IntArray
from risk.forecast.history import History


def quiet(history: History, quiet_days: int, origin: int) -> BoolArray:
    """(A,) whether no located incident happened in the `quiet_days` before `origin`; history is history.known_by(origin)."""
    return np.asarray(history.counts(origin - quiet_days, origin) == 0)


def ranks(expected: FloatArray, chosen: BoolArray) -> IntArray:
    """(A,) 1 for the most expected among the chosen, 0 for the others; equal numbers share the better rank."""
    rank = np.zeros(len(expected), np.int32)
    ordered = np.sort(expected[chosen])
    rank[chosen] = 1 + len(ordered) - np.searchsorted(ordered, expected[chosen], side="right")
    return rank
