"""Promises of the alarms: the tail is the chance it says, the rate of false alarms is what it says, and the future is never seen."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.joins import Records, place
from risk import alerts
from tests import scene

RULE = alerts.rule()
AS_OF = date(2024, 12, 31)
NOW = (AS_OF - date(1970, 1, 1)).days + 1


def events(day: np.ndarray, unit: np.ndarray, units: int, known: np.ndarray | None = None) -> alerts.Watched:
    row = np.arange(len(day), dtype=np.int32)
    day = day.astype(np.int64)
    return alerts.Watched(units, day, day if known is None else known, row, unit.astype(np.int32), np.ones(len(day)))


def quiet_country(seed: int, years: float = 8, units: int = 400) -> alerts.Watched:
    """Nothing ever changes: rates differ between villages, gamma with shape .4, and stay."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.4, 1.0, units)
    n = rng.poisson(rate * years)
    unit = np.repeat(np.arange(units), n)
    return events(NOW - 1 - rng.integers(0, int(years * 365), len(unit)), unit, units)


def test_the_tail_is_the_negative_binomial_chance_of_at_least_so_many() -> None:
    day = np.concatenate((NOW - RULE.recent_days - 1 - np.arange(20) * 40, [NOW - 3, NOW - 5, NOW - 9]))
    found = alerts._look(events(day, np.array([0] * 15 + [1] * 5 + [0, 0, 1]), 3), NOW, RULE)
    start = NOW - RULE.recent_days
    past = np.bincount([0] * 15 + [1] * 5, 0.5 ** ((start - day[:20]) / RULE.half_life_days), 3)
    length = start - day.min()
    exposure = RULE.half_life_days / np.log(2) * (1 - 0.5 ** (length / RULE.half_life_days))
    shape, time = alerts._prior(past, length, RULE)
    p = (time + exposure) / (time + exposure + RULE.recent_days)
    assert found.tail == pytest.approx(stats.nbinom.sf(found.recent - 1, shape + past, p))
    assert found.expected == pytest.approx((shape + past) / (time + exposure) * RULE.recent_days)
    assert found.recent.tolist() == [2, 1, 0]
    assert found.tail[2] == 1


def test_the_prior_finds_the_spread_between_villages() -> None:
    rng = np.random.default_rng(5)
    rate = rng.gamma(0.5, 2.0 / 365, 4000)
    days = 3650
    n = rng.poisson(rate * days)
    age = rng.uniform(0, days, n.sum())
    past = np.bincount(np.repeat(np.arange(4000), n), 0.5 ** (age / RULE.half_life_days), 4000)
    shape, time = alerts._prior(past, days, RULE)
    assert shape == pytest.approx(0.5, rel=0.15)
    assert shape / time == pytest.approx(1.0 / 365, rel=0.1)


def test_in_a_country_where_nothing_changes_the_stated_rate_comes_true() -> None:
    """The threshold of each country is tried on three more years of it that it never saw."""
    stated, came, years = 0.0, 0.0, 0.0
    for seed in range(8):
        whole = quiet_country(seed, years=9)
        rule = RULE.model_copy(update={"most_months": 36})
        then = AS_OF - timedelta(days=3 * 365)
        told = alerts.escalation(whole, then, 1, rule)
        assert told.why == ""
        assert told.per_year is not None
        looks = [NOW - rule.follow_days - k * rule.step_days for k in range(30)]
        tails, falses, _ = alerts._replayed(whole, looks, rule)
        stated += told.per_year / 8
        came += float((falses & (tails < told.threshold)).sum())
        years += alerts._years(len(looks), rule)
    assert stated <= RULE.false_per_year + 1e-9
    assert came / years == pytest.approx(stated, rel=0.25)


def test_a_village_that_flares_up_is_found_and_one_that_always_was_lively_is_not() -> None:
    calm = quiet_country(1)
    extra = np.array([NOW - 2, NOW - 6, NOW - 11, NOW - 20])
    lively = NOW - 1 - np.arange(0, 2900, 10)
    day = np.concatenate((calm.day, extra, lively))
    unit = np.concatenate((calm.unit, np.full(4, 400), np.full(len(lively), 401)))
    found = alerts.escalation(events(day, unit, 402), AS_OF, 1, RULE)
    assert found.alarm[400]
    assert found.recent[400] == 4
    assert not found.alarm[401]
    assert found.recent[401] == pytest.approx(found.expected[401], rel=0.25)


def test_reporting_that_grows_everywhere_is_no_wave_of_alarms() -> None:
    rng = np.random.default_rng(3)
    units, years = 400, 8
    rate = rng.gamma(0.4, 1.0, units)
    unit = np.repeat(np.arange(units), rng.poisson(rate * years))
    age = years * 365 * (1 - np.sqrt(rng.random(len(unit))))  # the rate of reports grows from 0 in a straight line
    found = alerts.escalation(events(NOW - 1 - age.astype(int), unit, units), AS_OF, 1, RULE)
    assert found.per_year is not None
    assert found.per_year <= RULE.false_per_year + 1e-9
    assert found.alarm.mean() < 0.02


def test_what_was_not_known_or_had_not_happened_is_not_seen() -> None:
    calm = quiet_country(2)
    late = calm.known.copy()
    late[calm.day >= NOW - RULE.recent_days] = NOW + 10
    blind = alerts.escalation(events(calm.day, calm.unit, calm.units, late), AS_OF, 1, RULE)
    assert blind.recent.sum() == 0
    assert not blind.alarm.any()
    first = alerts._look(calm, NOW - 400, RULE)
    past = calm.day < NOW - 400
    only = events(calm.day[past], calm.unit[past], calm.units)
    assert np.array_equal(first.tail, alerts._look(only, NOW - 400, RULE).tail)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.5, 60))
def test_no_more_false_alarms_than_allowed(seed: int, allowed: float) -> None:
    rng = np.random.default_rng(seed)
    tails = np.round(rng.random(200) * 0.06, 3)  # many equal ones
    tails = tails[tails < RULE.most_tail]
    falses = rng.random(len(tails)) < 0.7
    threshold = alerts._threshold(tails, falses, allowed, RULE.most_tail)
    assert (falses & (tails < threshold)).sum() <= allowed
    higher = np.sort(tails[falses & (tails >= threshold)])
    if len(higher):
        assert (falses & (tails <= higher[0])).sum() > allowed, "no larger threshold would do"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (events(np.array([NOW - 5]), np.array([0]), 4), "few_months"),
        (events(np.array([NOW - 2000]), np.array([0]), 4), "few_events"),
        (events(np.empty(0), np.empty(0), 4), "few_months"),
        (events(NOW - 1 - np.arange(40) * 60, np.zeros(40), 4), "never"),
    ],
)
def test_too_little_is_said_and_raises_no_alarm(found: alerts.Watched, why: str) -> None:
    made = alerts.escalation(found, AS_OF, 1, RULE)
    assert (made.why, made.per_year, alerts.note(made)) == (why, None, None)
    assert not made.alarm.any()
    assert np.isfinite(made.expected).all()
    assert np.isfinite(made.tail).all()


def test_the_order_of_the_rows_is_irrelevant_and_the_same_input_gives_the_same_bits() -> None:
    calm = quiet_country(4)
    turn = np.random.default_rng(0).permutation(len(calm.day))
    a, b = (alerts.escalation(e, AS_OF, 1, RULE) for e in (calm, events(calm.day[turn], calm.unit[turn], calm.units)))
    again = alerts.escalation(calm, AS_OF, 1, RULE)
    assert a.tail == pytest.approx(b.tail, abs=1e-12)
    assert np.array_equal(a.tail, again.tail)
    assert (a.threshold, a.alarms, a.false_alarms) == (again.threshold, again.alarms, again.false_alarms)


def test_the_interval_is_garwoods_and_the_note_is_plain() -> None:
    low, high = alerts._interval(10, 0.90)
    assert (low, high) == pytest.approx((stats.chi2.ppf(0.05, 20) / 2, stats.chi2.ppf(0.95, 22) / 2))
    assert alerts._interval(0, 0.90) == pytest.approx((0.0, stats.chi2.ppf(0.95, 2) / 2))
    told = alerts.note(alerts.escalation(quiet_country(6), AS_OF, 1, RULE))
    assert told is not None
    assert told["low"] <= told["false_alarms_per_year"] <= told["high"]
    assert told["months"] * RULE.step_days / 365.25 * told["false_alarms_per_year"] == pytest.approx(
        told["false_alarms"], rel=0.01
    )


def test_more_provinces_may_have_more_false_alarms() -> None:
    calm = quiet_country(7, units=2000)
    one, four = (alerts.escalation(calm, AS_OF, n, RULE) for n in (1, 4))
    assert four.threshold > one.threshold
    assert one.false_alarms < four.false_alarms <= 4 * RULE.false_per_year * alerts._years(four.months, RULE)


def test_records_become_parts_of_villages_that_sum_to_one() -> None:
    grid = scene.grid()
    kode = np.array(["64.08.01.2001", "64.08.02", "64.08", "64.08.03.2001"], dtype=object)
    precision = np.array(["exact", "district", "regency", "village"], dtype=object)
    lon, lat = np.array([117.05, np.nan, np.nan, np.nan]), np.array([0.05, np.nan, np.nan, np.nan])
    records = Records(
        place(grid, kode, precision, lon, lat, None),
        {
            "precision": precision,
            "severity": np.array([1.0, 0.5, 1.0, 0.0]),
            "occurred_on": np.array(["2024-01-01"] * 4, dtype="datetime64[D]"),
            "known_on": np.array(["2023-01-01", "2024-03-01", "NaT", "NaT"], dtype="datetime64[D]"),
        },
    )
    found = alerts.watched(records, len(grid.villages))
    assert len(found.day) == 2, "harmless incidents and those known only to a regency say nothing of a village"
    assert np.bincount(found.row, found.part) == pytest.approx(1)
    assert found.unit[found.row == 0].tolist() == [0]
    assert sorted(found.unit[found.row == 1].tolist()) == [3, 4, 5]
    assert (found.known - found.day).tolist() == [0, 60], "nothing is known before it happens"
    assert len(alerts.watched(None, 5).day) == 0
