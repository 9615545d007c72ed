"""What a forecast has to beat: nothing, people, last month, last year, all the past, conflictology, a kernel map, the index.

A baseline says where (shares) and how many (a level) like any forecast and sees only what was known at its origin. Letters: A places,
J draws, Q distinct spots of events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
        nearest = distance.min(axis=1, keepdims=True)
        weight = np.exp(-0.5 * (np.square(distance) - np.square(nearest)) / km**2) * history.km2
        self.weight = weight / weight.sum(axis=1, keepdims=True)

    def mass(self, history: History, origin: int) -> FloatArray:
        """(A,) events known by the origin, spread."""
        seen = (history.day < origin) & (history.known < origin) & (self.spot >= 0)
        count = np.bincount(self.spot[seen], minlength=len(self.weight)).astype(np.float64)
        some = count > 0
        return np.asarray((count[some, None] * self.weight[some]).sum(axis=0))


class Baselines:
    """All baselines of one history: tuned once on what was known at the first test origin, then asked at every origin."""

    def __init__(self, history: History, horizon: int, first: int, index: Index | None, rules: Rules) -> None:
        self.history, self.horizon, self.index, self.rules = history, horizon, index, rules
        self.share = people_share(history)
        self.tuned = _tune(history.known_by(first), horizon, first, rules)
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


def _tune(past: History, horizon: int, first: int, rules: Rules) -> Tuned:
    """Floors and the kernel width with the best log score of places over the year before the first test origin."""
    backs = windows.origins(first, horizon, rules.tune_origins, rules.step_days)
    came = [windows.observe(past, origin, origin + horizon) for origin in backs]
    known = [past.known_by(origin) for origin in backs]
    floor = dict.fromkeys((*COUNTED, "kde"), rules.default_floor)
    if sum(window.located for window in came) < rules.tune_events:
        return Tuned(floor, rules.kde_km[0])
    for key in COUNTED:
        spans = [_span(key, seen, origin, rules) for seen, origin in zip(known, backs, strict=True)]
        masses = [seen.counts(o - days, o) for seen, o, days in zip(known, backs, spans, strict=True)]
        floor[key] = _best(masses, came, rules)[1]
    tried = []
    for km in rules.kde_km:
        kernel = _Kernel(past, km)
        tried.append((*_best([kernel.mass(past, origin) for origin in backs], came, rules), km))
    _, floor["kde"], width = max(tried)
    return Tuned(floor, width)


def _best(masses: Sequence[FloatArray], came: Sequence[windows.Window], rules: Rules) -> tuple[float, float]:
    """The best summed log score of places, and the floor that gives it: of equals the higher."""
    scores = [
        sum(
            metrics.where_score(_floored(mass, floor), window.counts) for mass, window in zip(masses, came, strict=True)
        )
        for floor in rules.floors
    ]
    return max(zip(scores, rules.floors, strict=True))
