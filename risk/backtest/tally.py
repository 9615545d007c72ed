"""Sums of every measure of one forecast in one window, and what they come to over all windows. Letters: A places, O windows, S shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.grid import BoolArray, FloatArray
from risk.backtest import metrics
from risk.backtest.baselines import Forecast
from risk.backtest.bootstrap import Months, Triple
from risk.backtest.rules import Rules
from risk.backtest.windows import Window
from risk.forecast import interval
from risk.forecast.history import History
from risk.forecast.interval import Dispersion

LEVELS = ("province", "regency", "district")


@dataclass(frozen=True)
class Ground:
    """What every window has in common with the forecast that is scored in it."""

    history: History
    horizon: int
    rules: Rules
    heads: FloatArray | None  # (A,) people, 0 where unknown; None where too few places have a figure

    @staticmethod
    def of(history: History, horizon: int, rules: Rules) -> Ground:
        known = np.isfinite(history.people)
        heads = np.where(known, history.people, 0.0)
        told = known.mean() >= rules.people_known and heads.sum() > 0
        return Ground(history, horizon, rules, heads if told else None)


@dataclass(frozen=True)
class Scene:
    """One window with what was known of it at its origin: places quiet by then, and the located part of all events."""

    window: Window
    quiet: BoolArray
    located_share: tuple[float, float]  # known kecamatan, known kabupaten


@dataclass(frozen=True)
class Sums:
    """Numerators of one window; what they are divided by stands in the windows themselves."""

    log_score: float
    where: float
    expected: float
    area: FloatArray  # (S,) hits by area, then by people
    people: FloatArray
    area_curve: FloatArray
    people_curve: FloatArray
    pei: float
    brier: float
    crps: float
    coverage: FloatArray  # (3,) units of the province, the kabupaten, the kecamatan inside their interval
    persistent: float  # hits inside the group of places
    new: float
    placed: FloatArray  # (A,) expected at each place, of the part that gets located


def measure(forecast: Forecast, scene: Scene, ground: Ground) -> Sums:
    """All sums of one forecast in one window."""
    rules, history, window = ground.rules, ground.history, scene.window
    counts = window.counts
    least = rules.level_least_events / rules.level_days * ground.horizon
    scored = metrics.guarded(forecast.expected, least, rules.even_share)
    score = metrics.log_score(scored, counts, history.regency, window.vague, window.nowhere)
    if forecast.draws is not None:
        score += metrics.mixture_gain(forecast.draws, forecast.draws.mean(axis=0), counts)
    placed = forecast.expected * scene.located_share[0]
    coverage = np.zeros(len(LEVELS))
    if forecast.dispersion is not None:
        crps = metrics.crps_negative_binomial(placed, forecast.dispersion.size(3), counts)
        coverage = _coverage(forecast.expected, forecast.dispersion, scene, ground)
    elif forecast.draws is not None:
        crps = metrics.crps_ensemble(forecast.draws * scene.located_share[0], counts)
    else:
        crps = metrics.crps_poisson(placed, counts)
    none, expected = np.zeros(len(rules.shares)), forecast.expected
    heads = ground.heads
    known = None if heads is None else np.where(np.isfinite(history.people), counts, 0.0)
    return Sums(
        log_score=score,
        where=metrics.where_score(scored, counts),
        expected=float(expected.sum()),
        area=metrics.hits(expected, counts, history.km2, rules.shares),
        people=none if heads is None or known is None else metrics.hits(expected, known, heads, rules.shares),
        area_curve=metrics.hits(expected, counts, history.km2, rules.curve),
        people_curve=none if heads is None or known is None else metrics.hits(expected, known, heads, rules.curve),
        pei=float(metrics.hits(expected, counts, history.km2, (rules.pei_share,))[0]),
        brier=metrics.brier(placed, counts),
        crps=crps,
        coverage=coverage,
        persistent=_among(~scene.quiet, expected, counts, ground),
        new=_among(scene.quiet, expected, counts, ground),
        placed=placed,
    )


def _coverage(expected: FloatArray, dispersion: Dispersion, scene: Scene, ground: Ground) -> FloatArray:
    """(3,) sums over the units of every level of the part of each count's randomised PIT inside the interval."""
    history, window = ground.history, scene.window
    homes, (kecamatan, kabupaten) = len(history.regencies), scene.located_share
    by_home = np.bincount(history.regency, expected, homes) * kabupaten
    came_home = np.bincount(history.regency, window.counts, homes) + window.vague
    levels = (
        (np.array([window.total]), expected.sum(keepdims=True)),
        (came_home, by_home),
        (window.counts, expected * kecamatan),
    )
    return np.array(
        [
            interval.coverage(came, mean, dispersion.size(number), ground.rules.interval).sum()
            for number, (came, mean) in enumerate(levels, start=1)
        ]
    )


def _among(chosen: BoolArray, expected: FloatArray, counts: FloatArray, ground: Ground) -> float:
    """Hits in the first `places_share` of the area of some places, ranked among themselves."""
    if not chosen.any():
        return 0.0
    size = ground.history.km2[chosen]
    return float(metrics.hits(expected[chosen], counts[chosen], size, (ground.rules.places_share,))[0])


@dataclass(frozen=True)
class Books:
    """Denominators over the windows, (O,) each."""

    total: FloatArray
    located: FloatArray
    known_people: FloatArray  # located events at places with a population figure
    persistent: FloatArray
    new: FloatArray
    best: FloatArray  # most hits possible at the PEI's share

    @staticmethod
    def of(scenes: Sequence[Scene], ground: Ground) -> Books:
        told, km2, pei = np.isfinite(ground.history.people), ground.history.km2, (ground.rules.pei_share,)
        counts = [scene.window.counts for scene in scenes]
        return Books(
            total=np.array([scene.window.total for scene in scenes]),
            located=np.array([scene.window.located for scene in scenes]),
            known_people=np.array([c[told].sum() for c in counts]),
            persistent=np.array([scene.window.counts[~scene.quiet].sum() for scene in scenes]),
            new=np.array([scene.window.counts[scene.quiet].sum() for scene in scenes]),
            best=np.array([metrics.best_hits(c, km2, pei)[0] for c in counts]),
        )


def column(sums: Sequence[Sums], name: str) -> FloatArray:
    """(O,) or (O, S) of one measure."""
    return np.array([getattr(item, name) for item in sums], dtype=np.float64)


def _ratio(above: FloatArray, below: FloatArray) -> float | None:
    return float(above.sum() / below.sum()) if below.sum() > 0 else None


def summary(
    sums: Sequence[Sums],
    against: dict[str, Sequence[Sums]],
    scenes: Sequence[Scene],
    books: Books,
    ground: Ground,
    months: Months,
    *,
    brief: bool,
) -> dict[str, object]:
    """A model's part of the card; `against` are the forecasts its gain is paired with, by key; `brief` leaves out what plots need."""
    rules, people = ground.rules, ground.heads is not None
    counts = np.array([scene.window.counts for scene in scenes])
    placed = column(sums, "placed")
    cells = np.full(len(sums), float(placed.shape[1]))
    reach: dict[str, dict[str, Triple] | None] = {"area": _hits(column(sums, "area"), books.located, rules, months)}
    reach["people"] = _hits(column(sums, "people"), books.known_people, rules, months) if people else None
    curve: dict[str, list[list[float]] | None] = dict.fromkeys(("area", "people"))
    if not brief:
        curve["area"] = _curve(column(sums, "area_curve"), books.located, rules)
        curve["people"] = _curve(column(sums, "people_curve"), books.known_people, rules) if people else None
    coverage = column(sums, "coverage")
    units = len(sums) * np.array([1.0, len(ground.history.regencies), placed.shape[1]])
    covered = dict(zip(LEVELS, (coverage.sum(axis=0) / units).tolist(), strict=True)) if coverage.any() else None
    silent = not column(sums, "expected").sum() > 0  # a forecast of nothing has no finite log score
    rivals = {} if silent else against
    return {
        "log_score": None if silent else _ratio(column(sums, "log_score"), books.total),
        "where": None if silent else _ratio(column(sums, "where"), books.located),
        "gain": {key: gain(sums, other, "log_score", books.total, months) for key, other in rivals.items()},
        "where_gain": {key: gain(sums, other, "where", books.located, months) for key, other in rivals.items()},
        "hit": reach,
        "pai": {by: None if held is None else _pai(held) for by, held in reach.items()},
        "pei": _ratio(column(sums, "pei"), books.best),
        "brier": _ratio(column(sums, "brier"), cells),
        "crps": _ratio(column(sums, "crps"), cells),
        "coverage": None if covered is None else covered[LEVELS[-1]],
        "coverage_by": covered,
        "eo": _ratio(column(sums, "expected"), books.total),
        "reliability": [] if brief else metrics.reliability(placed.ravel(), counts.ravel(), rules.bins),
        "curve": curve,
        "persistent": _scaled(months.ratio(column(sums, "persistent"), books.persistent), 1.0 / rules.places_share),
        "new": _scaled(months.ratio(column(sums, "new"), books.new), 1.0 / rules.places_share),
    }


def gain(one: Sequence[Sums], other: Sequence[Sums], name: str, below: FloatArray, months: Months) -> Triple:
    """Nats per event by which `one` is better than `other`, paired window by window."""
    return months.ratio(column(one, name) - column(other, name), below)


def _hits(caught: FloatArray, below: FloatArray, rules: Rules, months: Months) -> dict[str, Triple]:
    """Hit rate with its interval by share, keyed in percent."""
    return {f"{100 * share:g}": months.ratio(caught[:, i], below) for i, share in enumerate(rules.shares)}


def _pai(held: dict[str, Triple]) -> dict[str, Triple]:
    """Prediction accuracy index, hit rate over share (Chainey, Tompson & Uhlig 2008)."""
    return {key: _scaled(value, 100.0 / float(key)) for key, value in held.items()}


def _scaled(value: Triple, by: float) -> Triple:
    return [None if item is None else item * by for item in value]


def _curve(caught: FloatArray, below: FloatArray, rules: Rules) -> list[list[float]] | None:
    total = below.sum()
    if not total > 0:
        return None
    return [[share, float(hit / total)] for share, hit in zip(rules.curve, caught.sum(axis=0), strict=True)]
