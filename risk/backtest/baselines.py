"""What a forecast has to beat: nothing, people, last month, last year, all the past, conflictology, a kernel map, the index.

A baseline says where (shares) and how many (a level) like any forecast and sees only what was known at its origin. Letters: A places,
J draws, Q distinct spots of events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.crs import arc_km, unit_vectors
from geo.grid import FloatArray
from risk.backtest import metrics, windows
from risk.backtest.rules import Rules
from risk.forecast.history import History
from risk.forecast.interval import Dispersion
from risk.forecast.shrunken import people_share

Index = Callable[[int], FloatArray | None]
COUNTED = ("counts_all", "counts_12", "bulan_lalu")
KEYS = ("nol", "penduduk", *COUNTED[::-1], "conflictology", "kde", "indeks")
_SPOT = (
    2  # decimals of a degree to which events share a spot in the kernel map: 1.1 km against kernels of 5 km and more
)


@dataclass(frozen=True)
class Forecast:
    """expected (A,) events in the window; draws (J, A) of mean expected where it is an ensemble; dispersion where it has an interval."""

    expected: FloatArray
    draws: FloatArray | None = None
    dispersion: Dispersion | None = None


@dataclass(frozen=True)
class Tuned:
    """Choices made before the first test origin: events added to every place by key, and the kernel's width in km."""

    floor: dict[str, float]
    kde_km: float


def level(past: History, origin: int, days: int, horizon: int, rules: Rules) -> float:
    """Expected events in the window: those of the last `days` days, located or not, over the part of them that was observed."""
    start = past.start
    observed = days if start is None else min(days, max(origin - start, rules.level_least_days))
    count = int(np.count_nonzero(past.between(origin - days, origin)))
    return max(float(count), rules.level_least_events) / observed * horizon


def _span(key: str, past: History, origin: int, rules: Rules) -> int:
    """Days a count baseline looks back."""
    if key == "counts_all":
        return max(rules.level_least_days, origin - (origin if past.start is None else past.start))
    return rules.level_days if key == "counts_12" else rules.month_days


def _floored(mass: FloatArray, floor: float) -> FloatArray:
    """(A,) shares of mass with `floor` events added to every place."""
    raised = mass + floor
    return np.asarray(raised / raised.sum())


class _Kernel:
    """How the events of every spot lie over the places under a Gaussian kernel: weight (Q, A), rows summing to 1."""

    def __init__(self, history: History, km: float) -> None:
        point = np.isfinite(history.event_lon)
        placed = history.area >= 0
        lon = np.where(point, history.event_lon, history.lon[history.area])
        lat = np.where(point, history.event_lat, history.lat[history.area])
        spots = np.round(np.column_stack((lon, lat))[placed], _SPOT)
        unique, inverse = np.unique(spots, axis=0, return_inverse=True)
        self.spot = np.full(len(history.day), -1)
        self.spot[placed] = inverse.ravel()
        there = unit_vectors(history.lon, history.lat)
        here = unit_vectors(unique[:, 0], unique[:, 1])
        chord = np.sqrt(np.maximum(2.0 - 2.0 * np.einsum("qc,ac->qa", here, there), 0.0))
        distance = arc_km(chord)
        nearest = distance.min(axis=1, keepdims=True) if len(unique) else distance
        weight = np.exp(-0.5 * (np.square(distance) - np.square(nearest)) / km**2) * history.km2
        self.weight = weight / weight.sum(axis=1, keepdims=True)

    def mass(self, history: History, origin: int) -> FloatArray:
        """(A,) events known by the origin, spread."""
        seen = (history.day < origin) & (history.known < origin) & (self.spot >= 0)
        count = np.bincount(self.spot[seen], minlength=len(self.weight)).astype(np.float64)
        return np.asarray((count[:, None] * self.weight).sum(axis=0))


class Baselines:
    """All baselines of one history: tuned once on what was known at the first test origin, then asked at every origin."""

    def __init__(self, history: History, horizon: int, first: int, index: Index | None, rules: Rules) -> None:
        self.history, self.horizon, self.index, self.rules = history, horizon, index, rules
        self.share = people_share(history)
        self.tuned, self.kernel = _tune(history.known_by(first), horizon, first, rules)
        if self.kernel is not None:
            self.kernel = _Kernel(history, self.tuned.kde_km)

    @property
    def keys(self) -> tuple[str, ...]:
        """The baselines there are; without an index not that one."""
        return KEYS if self.index is not None else KEYS[:-1]

    def at(self, origin: int, past: History) -> dict[str, Forecast]:
        """The forecasts at `origin` by key, from `past` = what was known then; the index is left out where it says None."""
        rules, horizon = self.rules, self.horizon
        year = level(past, origin, rules.level_days, horizon, rules)
        made = {"nol": Forecast(np.zeros(len(past.areas))), "penduduk": Forecast(year * self.share)}
        for key in COUNTED:
            days = _span(key, past, origin, rules)
            where = _floored(past.counts(origin - days, origin), self.tuned.floor[key])
            made[key] = Forecast(level(past, origin, days, horizon, rules) * where)
        made["conflictology"] = self._conflictology(origin, past, year)
        if self.kernel is not None:
            made["kde"] = Forecast(year * _floored(self.kernel.mass(self.history, origin), self.tuned.floor["kde"]))
        scored = None if self.index is None else self.index(origin)
        if scored is not None:
            known = np.isfinite(scored)
            if known.any() and scored[known].sum() > 0:
                filled = np.where(known, scored, scored[known].mean())
                made["indeks"] = Forecast(year * filled / filled.sum())
        return made

    def _conflictology(self, origin: int, past: History, year: float) -> Forecast:
        """The last windows of the horizon's length as they were, one draw each."""
        backs = range(1, self.rules.ensemble + 1)
        drawn = np.array(
            [past.counts(origin - self.horizon * i, origin - self.horizon * (i - 1)) for i in backs], dtype=np.float64
        )
        floored = drawn + self.tuned.floor["counts_12"] / self.rules.ensemble
        scale = year / floored.sum() * len(floored)
        return Forecast(scale * floored.mean(axis=0), draws=scale * floored)


def _tune(past: History, horizon: int, first: int, rules: Rules) -> tuple[Tuned, _Kernel | None]:
    """Floors and the kernel width with the best mean log score of places over the year before the first test origin."""
    backs = windows.origins(first, horizon, rules.tune_origins, rules.step_days)
    seen = [(windows.observe(past, origin, origin + horizon), past.known_by(origin)) for origin in backs]
    enough = sum(window.located for window, _ in seen) >= rules.tune_events
    floor = dict.fromkeys((*COUNTED, "kde"), rules.default_floor)
    located = bool((past.area >= 0).any())
    if not enough:
        kernel = _Kernel(past, rules.kde_km[0]) if located else None
        return Tuned(floor, rules.kde_km[0]), kernel

    def best(masses: list[FloatArray]) -> tuple[float, float]:
        tried = [
            (
                sum(metrics.where_score(_floored(m, c), w.counts) for m, (w, _) in zip(masses, seen, strict=True)),
                c,
            )
            for c in rules.floors
        ]
        return max(tried)

    for key in COUNTED:
        floor[key] = best([known.counts(w.origin - _span(key, known, w.origin, rules), w.origin) for w, known in seen])[
            1
        ]
    kernels = [(km, _Kernel(past, km)) for km in rules.kde_km]
    scores = [(*best([kernel.mass(past, w.origin) for w, _ in seen]), -km, kernel) for km, kernel in kernels]
    chosen = max(scores, key=lambda item: item[:3])
    floor["kde"] = chosen[1]
    return Tuned(floor, -chosen[2]), chosen[3]
