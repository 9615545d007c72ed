"""Promises of the measures: each against its definition or another way to the same number, and relations that hold for any forecast."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from geo.grid import FloatArray
from risk.backtest import bootstrap, metrics

RATES = np.array([0.0, 0.004, 0.3, 1.0, 2.5, 40.0])
COUNTS = np.array([0.0, 1.0, 0.0, 3.0, 2.0, 33.0])


def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _crps(cdf: FloatArray, count: float) -> float:
    """By definition, over k = 0, 1, ..."""
    return float(np.square(cdf - (np.arange(len(cdf)) >= count)).sum())


def test_crps_of_poisson_is_its_definition() -> None:
    k = np.arange(400)
    wanted = sum(_crps(poisson.cdf(k, rate), count) for rate, count in zip(RATES, COUNTS, strict=True))
    assert metrics.crps_poisson(RATES, COUNTS) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("size", [0.05, 0.7, 3.0, 1e9])
def test_crps_of_negative_binomial_is_its_definition(size: float) -> None:
    k = np.arange(20_000)
    rates = np.maximum(RATES, 1e-6)
    wanted = sum(
        _crps(nbinom.cdf(k, size, size / (size + rate)), count) for rate, count in zip(rates, COUNTS, strict=True)
    )
    assert metrics.crps_negative_binomial(rates, size, COUNTS) == pytest.approx(wanted, rel=1e-5)


def test_a_negative_binomial_of_infinite_size_scores_as_poisson() -> None:
    assert metrics.crps_negative_binomial(RATES, 1e12, COUNTS) == pytest.approx(
        metrics.crps_poisson(RATES, COUNTS), rel=1e-6
    )


def test_crps_of_an_ensemble_is_its_definition() -> None:
    draws = _rng(1).poisson(2.0, (12, 6)).astype(float)
    near = np.abs(draws - COUNTS).mean(axis=0)
    between = np.abs(draws[:, None] - draws[None]).mean(axis=(0, 1))
    assert metrics.crps_ensemble(draws, COUNTS) == pytest.approx(float((near - 0.5 * between).sum()))
    assert metrics.crps_ensemble(COUNTS[None], COUNTS) == 0.0


def test_log_score_is_the_poisson_likelihood_where_all_is_located() -> None:
    rates = np.maximum(RATES, 1e-3)
    wanted = poisson.logpmf(COUNTS, rates).sum() - poisson.logpmf(COUNTS, 1.0).sum() - len(COUNTS)
    found = metrics.log_score(rates, COUNTS, np.zeros(6, np.int32), np.zeros(1), 0.0)
    assert found == pytest.approx(float(wanted))


def test_an_event_known_only_to_its_regency_is_scored_by_the_regency() -> None:
    rates, regency, none = np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1], np.int32), np.zeros(3)
    assert metrics.log_score(rates, none, regency, np.array([1.0, 0.0]), 0.0) == pytest.approx(np.log(3.0) - 7.0)
    assert metrics.log_score(rates, none, regency, np.zeros(2), 2.0) == pytest.approx(2.0 * np.log(7.0) - 7.0)
    at = metrics.log_score(rates, np.array([0.0, 1.0, 0.0]), regency, np.zeros(2), 0.0)
    assert at == pytest.approx(np.log(2.0) - 7.0)


def test_the_log_score_is_best_in_the_long_run_for_the_truth() -> None:
    rng, truth = _rng(2), np.array([0.2, 1.0, 3.0, 0.05])
    wrong = [truth * 1.3, truth * 0.8, truth[::-1], np.full(4, truth.mean())]
    drawn = rng.poisson(truth, (3_000, 4)).astype(float)

    def mean(rates: FloatArray) -> float:
        none = np.zeros(1)
        return float(np.mean([metrics.log_score(rates, n, np.zeros(4, np.int32), none, 0.0) for n in drawn]))

    assert all(mean(truth) > mean(rates) for rates in wrong)


def test_a_mixture_of_equal_draws_is_the_single_forecast() -> None:
    rates = np.maximum(RATES, 1e-3)
    assert metrics.mixture_gain(np.tile(rates, (5, 1)), rates, COUNTS) == pytest.approx(0.0, abs=1e-9)
    two = np.array([[1.0], [3.0]])
    mixed = np.log(poisson.pmf(4, two).mean()) - poisson.logpmf(4, 2.0)
    assert metrics.mixture_gain(two, np.array([2.0]), np.array([4.0])) == pytest.approx(mixed)


def test_a_guarded_forecast_keeps_its_sum_and_says_0_nowhere() -> None:
    kept = metrics.guarded(RATES, 0.1, 1e-4)
    assert kept.sum() == pytest.approx(RATES.sum())
    assert (kept > 0).all()
    nothing = metrics.guarded(np.zeros(4), 0.1, 1e-4)
    assert nothing.tolist() == pytest.approx([0.025] * 4)


def test_where_does_not_see_the_level() -> None:
    rates = np.maximum(RATES, 1e-3)
    assert metrics.where_score(rates, COUNTS) == pytest.approx(metrics.where_score(7.0 * rates, COUNTS))


def test_hits_of_a_forecast_that_says_nothing_are_what_random_picking_gives() -> None:
    rng = _rng(3)
    counts, size = rng.poisson(1.0, 50).astype(float), rng.uniform(1.0, 100.0, 50)
    shares = (0.01, 0.05, 0.5, 1.0)
    assert metrics.hits(np.ones(50), counts, size, shares) == pytest.approx(counts.sum() * np.array(shares))


def test_hits_follow_the_order_and_take_the_last_place_in_part() -> None:
    counts, size = np.array([4.0, 0.0, 6.0]), np.array([1.0, 1.0, 2.0])
    expected = np.array([3.0, 1.0, 2.0])
    assert metrics.hits(expected, counts, size, (0.125, 0.25, 0.5, 0.75, 1.0)).tolist() == [2.0, 4.0, 7.0, 10.0, 10.0]
    assert metrics.best_hits(counts, size, (0.25, 0.5)).tolist() == [4.0, 7.0]


def test_nobody_catches_more_than_the_best_choice() -> None:
    rng = _rng(4)
    for _ in range(50):
        counts, size, forecast = rng.poisson(0.7, 30).astype(float), rng.uniform(1, 50, 30), rng.random(30)
        shares = tuple(np.sort(rng.random(5)).tolist())
        caught, best = metrics.hits(forecast, counts, size, shares), metrics.best_hits(counts, size, shares)
        assert (caught <= best + 1e-9).all()


def test_brier_of_a_sure_and_right_forecast_is_0() -> None:
    assert metrics.brier(np.array([0.0, 1e3]), np.array([0.0, 2.0])) == 0.0
    assert metrics.brier(np.array([0.0]), np.array([1.0])) == 1.0


def test_reliability_keeps_both_sums() -> None:
    rng = _rng(5)
    expected = rng.gamma(0.3, 1.0, 1_003)
    counts = rng.poisson(expected).astype(float)
    rows = metrics.reliability(expected, counts, 10)
    assert len(rows) == 10
    assert sum(row[2] for row in rows) == 1_003
    assert sum(row[0] * row[2] for row in rows) == pytest.approx(expected.sum())
    assert sum(row[1] * row[2] for row in rows) == pytest.approx(counts.sum())
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_intervals_are_seeded_and_hold_their_value() -> None:
    above, below = _rng(6).normal(1.0, 1.0, 24), np.full(24, 2.0)
    one, again, other = (bootstrap.months(24, 1, 1_000, 0.95, seed).ratio(above, below) for seed in (1, 1, 2))
    assert one == again != other
    value, low, high = one
    assert value is not None and low is not None and high is not None
    assert low < value < high
    assert value == pytest.approx(above.sum() / 48.0)


def test_nothing_to_divide_by_gives_no_number() -> None:
    months = bootstrap.months(12, 1, 100, 0.95, 1)
    assert months.ratio(np.zeros(12), np.zeros(12)) == [None, None, None]
    once = np.zeros(12)
    once[3] = 2.0  # resamples without that month say nothing
    assert months.ratio(once, once) == [1.0, 1.0, 1.0]


def test_windows_that_overlap_stay_together() -> None:
    draw = bootstrap.months(12, 3, 500, 0.95, 1).draw
    assert draw.shape == (500, 12)
    runs = draw.reshape(500, 4, 3)
    assert ((np.diff(runs, axis=2) % 12) == 1).all()
    assert bootstrap.months(2, 3, 10, 0.95, 1).draw.shape == (10, 2)


def test_intervals_cover_about_what_they_state() -> None:
    rng = _rng(7)
    held = 0
    months = bootstrap.months(24, 1, 300, 0.95, 1)
    for _ in range(300):
        events = rng.negative_binomial(5, 0.25, 24).astype(float)
        gain = events * 0.1 + rng.normal(0.0, 1.0, 24) * np.sqrt(events)
        _, low, high = months.ratio(gain, events)
        assert low is not None and high is not None
        held += low <= 0.1 <= high
    assert 0.88 <= held / 300 <= 0.98  # percentile intervals of 24 blocks fall a little short of 0.95


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ([0.1, 0.01, 0.2], "better"),
        ([0.1, -0.01, 0.2], "no_advantage"),
        ([0.1, 0.0, 0.2], "no_advantage"),
        ([-0.1, -0.2, -0.01], "worse"),
        ([None, None, None], "no_advantage"),
    ],
)
def test_an_interval_that_holds_0_is_no_advantage(interval: bootstrap.Triple, said: str) -> None:
    assert bootstrap.compare(interval) == said
