"""Test windows of a rolling origin and what happened in them. Letters: A places, G regencies, O windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.grid import BoolArray, FloatArray
from risk.forecast.history import History


@dataclass(frozen=True)
class Window:
    """What happened from day `origin` to before day `end`; counts (A,), vague (G,) known to their regency only, nowhere to the province."""

    origin: int
    end: int
    counts: FloatArray
    vague: FloatArray
    nowhere: float

    @property
    def located(self) -> float:
        return float(self.counts.sum())

    @property
    def total(self) -> float:
        return self.located + float(self.vague.sum()) + self.nowhere


def origins(end: int, horizon: int, number: int, step: int) -> tuple[int, ...]:
    """Days of `number` forecasts, `step` apart, the last one's window ending just before day `end`."""
    last = end - horizon
    return tuple(last - step * back for back in range(number - 1, -1, -1))


def observe(history: History, origin: int, end: int) -> Window:
    """The window's events as all records tell them, whenever they became known."""
    inside = history.between(origin, end)
    placed = inside & (history.area >= 0)
    home = inside & (history.area < 0)
    at_home = home & (history.home >= 0)
    return Window(
        origin=origin,
        end=end,
        counts=np.bincount(history.area[placed], minlength=len(history.areas)).astype(np.float64),
        vague=np.bincount(history.home[at_home], minlength=len(history.regencies)).astype(np.float64),
        nowhere=float(np.count_nonzero(home & ~at_home)),
    )


def numbers(history: History, seen: Sequence[tuple[Window, BoolArray]]) -> tuple[int, int, int]:
    """Different events in the windows, those of them whose place is known, and those at places (A,) quiet at the origin of a window.

    Each counts once, in however many windows that overlap it lies.
    """
    inside, new = np.zeros(len(history), np.bool_), np.zeros(len(history), np.bool_)
    located = history.located
    for window, calm in seen:
        here = history.between(window.origin, window.end)
        inside |= here
        new |= here & located & calm[history.area]
    return int(inside.sum()), int((inside & located).sum()), int(new.sum())
