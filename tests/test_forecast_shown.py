"""Promises of what may be shown: stages by the data, town stand-ins moved back, intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from risk.forecast import heaping, interval, shrunken, spec, stages
from risk.forecast.history import History
from risk.simulate.recipe import recipe
from risk.simulate.simulate import simulate
from tests.histories import ORIGIN, drawn, history

SPEC = spec.load()
HEAP, RULE = SPEC.heap, SPEC.interval


def stage(events: int, areas: int, back: int = 100) -> stages.Stage:
    told = [(back, i % areas) for i in range(events)]
    return stages.decide(history(told, areas=areas, since=0), SPEC, ORIGIN - 1)


@pytest.mark.parametrize(
    ("events", "areas", "shown", "reason"),
    [
        (0, 105, "none", "no_incident"),
        (1, 105, "none", "too_few"),
        (20, 105, "none", "too_few"),
        (29, 105, "none", "too_few"),
        (30, 105, "regency", "few"),
        (60, 105, "regency", "few"),
        (99, 105, "regency", "few"),
        (100, 105, "monthly", "enough"),
        (150, 105, "monthly", "enough"),
        (600, 105, "monthly", "enough"),
        (150, 600, "regency", "sparse"),
        (179, 600, "regency", "sparse"),
        (180, 600, "monthly", "enough"),
        (59, 600, "watch", "thin"),
        (60, 600, "regency", "few"),
        (29, 600, "none", "too_few"),
    ],
)
def test_the_data_decide_what_is_shown(events: int, areas: int, shown: str, reason: str) -> None:
    found = stage(events, areas)
    assert (found.stage, found.reason, found.events) == (shown, reason, events)
    assert found.per_area == pytest.approx(events / areas)
    assert found.levels == {"none": (), "monthly": (1, 2, 3)}.get(shown, (1, 2))


def test_only_located_known_incidents_of_five_years_count() -> None:
    assert stage(150, 105, back=1826).events == 150
    assert stage(150, 105, back=1827).stage == "none"
    vague = history([(50, -1, 0)] * 150, areas=105, since=0)
    assert stages.decide(vague, SPEC, ORIGIN - 1).events == 0
    late = history([(10, 1)] * 150, areas=105, since=0, delay=10)
    assert stages.decide(late, SPEC, ORIGIN - 1).events == 0, "known only on the day after as_of"


def heaped(at_capital: int, elsewhere: int, *, source: list[int] | None = None, far: float = 0.02) -> History:
    """Incidents with a point: some 2 km from the first capital, the others in kecamatan 1 and 2 in turn."""
    told = [(30, 0)] * at_capital + [(30, 1 + i % 2) for i in range(elsewhere)]
    points = [(116.0 + far, 0.0)] * at_capital + [(116.1 + 0.1 * (i % 2), 0.01) for i in range(elsewhere)]
    return history(told, people=[600, 300, 100, 1, 1, 1], points=points, source=source)


@pytest.mark.parametrize(
    ("at_capital", "elsewhere", "phi"), [(30, 70, 0.0), (31, 69, 0.5), (60, 40, 0.5), (61, 39, 0.75), (100, 0, 0.75)]
)
def test_how_much_of_a_heap_is_moved(at_capital: int, elsewhere: int, phi: float) -> None:
    past = heaped(at_capital, elsewhere)
    found = heaping.find(past, HEAP)
    assert found.share == pytest.approx(at_capital / 100)
    assert found.moved == pytest.approx(phi * at_capital / 100)
    assert found.regencies == (("64.01",) if phi else ())
    change = heaping.moved(past, found, np.ones(len(past)))
    assert change == pytest.approx(phi * at_capital * np.array([-0.4, 0.3, 0.1, 0, 0, 0]))


@given(st.integers(0, 60), st.integers(0, 60), st.lists(st.floats(0, 1e6) | st.just(np.nan), min_size=6, max_size=6))
@settings(max_examples=50, deadline=None)
def test_moving_keeps_the_sum_of_every_kabupaten(at_capital: int, elsewhere: int, people: list[float]) -> None:
    past = heaped(at_capital, elsewhere)
    past = history(
        list(zip((ORIGIN - past.day).tolist(), past.area.tolist(), strict=True)),
        people=people,
        points=list(zip(past.event_lon.tolist(), past.event_lat.tolist(), strict=True)),
    )
    weight = shrunken.decayed(past, 365.0, ORIGIN)
    change = heaping.moved(past, heaping.find(past, HEAP), weight)
    assert np.bincount(past.regency, change) == pytest.approx([0, 0], abs=1e-9)
    assert (np.bincount(past.area, weight, 6) + change > -1e-9).all() and np.isfinite(change).all()
    made = shrunken.forecast(past, SPEC, ORIGIN, 30)
    assert ("heap" in made.names) == bool(change.any())


def test_a_heap_is_of_one_source() -> None:
    mixed = heaped(20, 80, source=[0] * 20 + [0] * 20 + [1] * 60)
    assert heaping.find(mixed, HEAP).moved == pytest.approx(0.5 * 20 / 100)
    assert heaping.find(heaped(20, 80), HEAP).moved == 0


def test_no_points_no_capital_or_too_far_is_no_heap() -> None:
    assert heaping.find(history([(3, 0)] * 50), HEAP).share is None
    assert heaping.find(heaped(50, 0, far=0.0280), HEAP).share == 0.0
    assert heaping.find(heaped(50, 0, far=0.0269), HEAP).share == 1.0
    assert heaping.find(history(), HEAP).share is None


@pytest.mark.parametrize(("mean", "size"), [(0.02, 0.5), (0.7, 1.0), (8.0, 3.0), (60.0, 20.0), (0.0, 1.0)])
def test_the_interval_and_its_coverage(mean: float, size: float) -> None:
    low, high = interval.bounds(np.array([mean]), size, 0.9)
    counts = np.arange(2000.0)
    chance = nbinom.pmf(counts, size, size / (size + mean)) if mean else (counts == 0).astype(float)
    assert chance[(counts >= low[0]) & (counts <= high[0])].sum() >= 0.9
    assert chance[counts < low[0]].sum() <= 0.05 and chance[counts > high[0]].sum() <= 0.05 + 1e-12
    covered = interval.coverage(counts, np.full(2000, mean), size, 0.9)
    assert (covered * chance).sum() == pytest.approx(0.9, abs=1e-6), (
        "exactly the level, without the slack of whole numbers"
    )


def test_a_part_of_an_area_keeps_its_size() -> None:
    """Thinning a negative binomial: each incident falls into the cell with chance p."""
    size, mean, p, n = 1.7, 6.0, 0.3, np.arange(400)
    whole = nbinom.pmf(n, size, size / (size + mean))
    from scipy.stats import binom

    thinned = np.array([(whole * binom.pmf(k, n, p)).sum() for k in range(12)])
    assert thinned == pytest.approx(nbinom.pmf(np.arange(12), size, size / (size + p * mean)), rel=1e-9)


def test_without_past_errors_the_spread_is_the_stated_one_and_more_errors_move_it() -> None:
    def predict(past: History, origin: int, days: int) -> np.ndarray:
        return shrunken.forecast(past, SPEC, origin, days).expected

    nothing = interval.learn(history(), ORIGIN, 30, predict, RULE)
    assert nothing.alpha == pytest.approx(RULE.alpha, rel=1e-3) and nothing.pairs == (0, 0, 0)
    assert nothing.size(3) == pytest.approx(1 / RULE.alpha[2], rel=1e-3)
    learned = interval.learn(drawn(2), ORIGIN, 30, predict, RULE)
    assert learned.pairs == (36, 108, 432)
    assert learned.alpha[0] < 0.1, "incidents without any clustering: the province's total is nearly Poisson"
    assert learned == interval.learn(drawn(2), ORIGIN, 30, predict, RULE)


def test_the_spread_is_found_again() -> None:
    """Counts drawn from negative binomials of known spread around what is expected."""
    rng = np.random.Generator(np.random.PCG64(8))
    for alpha in (0.1, 1.0, 5.0):
        mean = np.tile(np.linspace(0.2, 4.0, 20), 36)
        counted = rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mean)).astype(float)
        plain = interval._alpha(mean, counted, 0.5, RULE.model_copy(update={"least_pairs": 1000}))
        assert plain == pytest.approx(alpha, rel=0.25, abs=0.05)
        assert plain <= interval._alpha(mean, counted, 0.5, RULE) <= 2 * plain, "widened until it covered, and no more"


@pytest.mark.parametrize("variant", ["base", "growing", "town_heaping"])
def test_intervals_cover_on_invented_provinces(variant: str) -> None:
    """One province of each; the table over all variants and many seeds is in docs/recovery.md."""

    def predict(past: History, origin: int, days: int) -> np.ndarray:
        return shrunken.forecast(past, SPEC, origin, days).expected

    made = simulate(recipe(variant), 4)
    found = []
    for back in range(8):
        origin = made.end - 30 - 90 * back
        past = made.history.known_by(origin)
        spread = interval.learn(past, origin, 30, predict, RULE)
        share, _ = interval.located_share(past, origin, RULE.share_days)
        counted = made.history.counts(origin, origin + 30)
        found.append(interval.coverage(counted, predict(past, origin, 30) * share, spread.size(3), RULE.level).mean())
    assert 0.86 < float(np.mean(found)) < 0.94
