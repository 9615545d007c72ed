"""Promises of model 8b: the likelihood is the one that is written down, its gradient exact, its parts exact, and poor data are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.words import say
from risk.forecast import etas
from risk.forecast import etas_likelihood as likelihood
from risk.forecast.history import History
from risk.forecast.models import Covariates
from risk.simulate.recipe import recipe
from risk.simulate.simulate import Simulated, simulate

TRUTHS = ("branching", "decay_days", "range_km")


@pytest.fixture(scope="module")
def world() -> Simulated:
    return simulate(recipe("sparse"), 5)


@pytest.fixture(scope="module")
def fitted(world: Simulated) -> etas.Fit:
    return etas.fit(world.history, world.covariates, world.end)


@pytest.fixture
def tiny() -> History:
    """Four kecamatan in a row, eleven days."""
    day = np.array([0, 1, 1, 4, 5, 5, 5, 9], np.int64)
    area = np.array([0, 0, 1, 3, 2, 2, -1, 0], np.int32)
    nan = np.full(len(day), np.nan)
    return History(
        province="99",
        kind="konflik",
        areas=("99.01.01", "99.01.02", "99.01.03", "99.01.04"),
        regencies=("99.01",),
        regency=np.zeros(4, np.int32),
        people=np.array([100.0, 0.0, np.nan, 5_000.0]),
        km2=np.array([80.0, 120.0, 60.0, 200.0]),
        lon=116.0 + np.arange(4) * 0.09,
        lat=np.zeros(4),
        seat_lon=np.array([116.0]),
        seat_lat=np.array([0.0]),
        day=day,
        known=day,
        area=area,
        home=np.zeros(len(day), np.int32),
        event_lon=nan,
        event_lat=nan,
    )


def _few(history: History, number: int) -> History:
    return history.only(np.arange(len(history)) < number)


def test_the_likelihood_is_the_one_written_down(tiny: History) -> None:
    design = np.column_stack((np.ones(4), [0.3, -1.0, 0.2, 0.5]))
    data = likelihood.gather(tiny, design, (1, 11), 100)
    point = np.array([np.log(0.4), np.log(3.0), np.log(7.0), -2.0, 0.6])
    branching, q = 0.4, np.exp(-1.0 / 3.0)
    share, _ = likelihood.shares(data.distance2, tiny.km2, np.log(7.0))
    rate = np.exp(design @ point[3:])
    located = tiny.located
    days, areas = tiny.day[located], tiny.area[located]
    total = 0.0
    for day in range(1, 11):
        for area in range(4):
            expected = rate[area] + branching * sum(
                (1 - q) * q ** (day - d - 1) * share[a, area] for d, a in zip(days, areas, strict=True) if d < day
            )
            seen = np.count_nonzero((days == day) & (areas == area))
            total += (seen * np.log(expected) if seen else 0.0) - expected
    value, _ = likelihood.negative(point, data, 2.0)
    assert -value == pytest.approx(total - 0.5 * (0.6 / 2.0) ** 2, abs=1e-10)


def test_the_gradient_is_exact(world: Simulated) -> None:
    design = np.column_stack((np.ones(168), np.log(world.history.people) - 9.0))
    data = likelihood.gather(world.history, design, (world.end - 700, world.end), 1000)
    point = np.array([np.log(0.3), np.log(20.0), np.log(5.0), -6.0, 0.4])
    gradient = likelihood.negative(point, data, 1.0)[1]
    for index in range(len(point)):
        step = np.zeros(len(point))
        step[index] = 1e-5
        above, below = (likelihood.negative(point + sign * step, data, 1.0)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((above - below) / 2e-5, rel=1e-5, abs=1e-5)


def test_shares_of_the_kernel_sum_to_one_and_reach_farther_with_its_range(world: Simulated) -> None:
    history = world.history
    distance2 = likelihood.between(history.lon, history.lat)
    own = []
    for log_range in np.log([0.01, 4.0, 16.0, 60.0]):
        share, slope = likelihood.shares(distance2, history.km2, log_range)
        np.testing.assert_allclose(share.sum(axis=1), 1.0, atol=1e-12)
        np.testing.assert_allclose(slope.sum(axis=1), 0.0, atol=1e-10)
        own.append(np.diag(share).mean())
    assert own == sorted(own, reverse=True)
    assert own[0] > 0.8  # the rest is the Gaussian's picture of a neighbour


@pytest.mark.parametrize("name", TRUTHS)
def test_the_truth_lies_within_the_errors_told(world: Simulated, fitted: etas.Fit, name: str) -> None:
    estimate: etas.Estimate = getattr(fitted, name)
    error = np.log(estimate.high / estimate.low) / (2.0 * 1.6449)
    assert estimate.told
    assert abs(np.log(estimate.value / getattr(world.truth, name))) < 3.5 * error
    assert error < 0.15


def test_the_same_history_gives_the_same_bits(world: Simulated, fitted: etas.Fit) -> None:
    again = etas.fit(world.history, world.covariates, world.end)
    assert (again.coefficient == fitted.coefficient).all()
    assert [getattr(again, name) for name in TRUTHS] == [getattr(fitted, name) for name in TRUTHS]
    one, two = (etas.predict(world.history, world.covariates, world.end, 30, fit) for fit in (fitted, again))
    assert one.parts.tobytes() == two.parts.tobytes()


def test_the_forecast_is_the_mean_of_the_process(tiny: History) -> None:
    """Against the mean by explicit sums over all earlier days, expected incidents included."""
    known = etas.Estimate(0.4, 0.3, 0.5, True), etas.Estimate(3.0, 2.0, 4.0, True), etas.Estimate(7.0, 6.0, 8.0, True)
    zero = np.zeros(1)
    fitted = etas.Fit(*known, (known[0],), ("people",), zero, np.ones(1), np.array([-2.0, 0.3]), 0.0, 8)
    outlook = etas.predict(tiny, None, 11, 20, fitted)
    background = outlook.parts[:, 0] / 20
    factor = 8.5 / 7.5  # one of eight incidents is known to its regency only
    share, _ = likelihood.shares(likelihood.between(tiny.lon, tiny.lat), tiny.km2, np.log(7.0))
    q = np.exp(-1.0 / 3.0)
    mean = np.zeros((31, 4))
    np.add.at(mean, (tiny.day[tiny.located], tiny.area[tiny.located]), factor)
    for day in range(11, 31):
        weight = (1 - q) * q ** (day - np.arange(day) - 1.0)
        mean[day] = background + 0.4 * (weight @ mean[:day]) @ share
    np.testing.assert_allclose(outlook.expected, mean[11:].sum(axis=0), rtol=1e-12)
    assert outlook.names == (etas.BACKGROUND, etas.TRIGGERED, etas.CHAIN)
    assert (outlook.parts > 0).all()


def test_parts_sum_and_a_longer_horizon_expects_more(world: Simulated, fitted: etas.Fit) -> None:
    month, quarter = (etas.predict(world.history, world.covariates, world.end, days, fitted) for days in (30, 90))
    np.testing.assert_allclose(month.parts.sum(axis=1), month.expected, rtol=1e-12)
    assert (quarter.expected > month.expected).all()
    year = world.history.between(world.end - 365, world.end).sum()
    assert month.expected.sum() == pytest.approx(year / 365 * 30, rel=0.35)


def test_the_level_follows_the_last_year_and_counts_records_without_a_place(world: Simulated, fitted: etas.Fit) -> None:
    history = world.history
    old = history.day < world.end - 365
    thinned = history.only(old | (np.arange(len(history)) % 2 == 0))
    full, half = (etas.predict(h, world.covariates, world.end, 30, fitted).expected.sum() for h in (history, thinned))
    assert 0.4 < half / full < 0.6
    coarse = replace(history, area=np.where(np.arange(len(history)) % 4 == 0, -1, history.area).astype(np.int32))
    assert etas.predict(coarse, world.covariates, world.end, 30, fitted).expected.sum() == pytest.approx(full, rel=0.1)


def test_poor_covariates_do_no_harm(world: Simulated) -> None:
    site = world.covariates.value[:, 0]
    hole = np.where(np.arange(len(site)) % 3 == 0, np.nan, site)
    value = np.column_stack((site, site, np.full(len(site), 3.0), np.full(len(site), np.nan), hole))
    offered = Covariates(("one", "twin", "constant", "unknown", "hole"), value)
    bare = replace(world.history, people=np.where(np.arange(len(site)) < 5, 0.0, world.history.people))
    found = etas.fit(bare, offered, world.end)
    assert found.names == ("people", "km2", "one", "twin", "hole")
    effects = dict(zip(found.names, found.effects, strict=True))
    assert effects["one"].value == pytest.approx(effects["twin"].value, rel=1e-3)  # collinear: they share it
    assert effects["one"].low < effects["one"].value < effects["one"].high
    outlook = etas.predict(bare, offered, world.end, 30, found)
    assert np.isfinite(outlook.parts).all()


def test_without_people_or_covariates_it_still_works(world: Simulated) -> None:
    bare = replace(world.history, people=np.full(168, np.nan))
    found = etas.fit(bare, None, world.end)
    assert found.names == ("km2",)
    assert (etas.predict(bare, None, world.end, 30, found).expected > 0).all()


def test_too_little_history_is_refused(world: Simulated) -> None:
    for number in (0, 1, 60):
        with pytest.raises(InputError) as caught:
            etas.fit(_few(world.history, number), world.covariates, world.end)
        assert caught.value.code == "E_ETAS_FEW"
        assert caught.value.params["wanted"] == 100
    late = np.full(len(world.history), world.end - 1, np.int64)
    with pytest.raises(InputError) as caught:
        etas.fit(replace(world.history, day=late, known=late), world.covariates, world.end)
    assert (caught.value.code, caught.value.params["found"]) == ("E_ETAS_SHORT", 1)
    assert "100" in say("error.E_ETAS_FEW.message", "id", found=1, wanted=100)


def test_all_incidents_on_one_point_are_refused(world: Simulated) -> None:
    history = world.history
    at = int(history.area[0])
    heap = replace(
        history,
        area=np.full(len(history), at, np.int32),
        home=np.full(len(history), history.regency[at], np.int32),
        event_lon=np.full(len(history), history.lon[at]),
        event_lat=np.full(len(history), history.lat[at]),
    )
    with pytest.raises(InputError) as caught:
        etas.fit(heap, world.covariates, world.end)
    assert (caught.value.code, caught.value.params["found"]) == ("E_ETAS_PLACES", 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_nothing_is_triggered_none_is_told(seed: int) -> None:
    calm = simulate(recipe("sparse", branching=0.0), seed)
    found = etas.fit(calm.history, calm.covariates, calm.end)
    assert found.gain < 3.91
    for name in TRUTHS:
        estimate: etas.Estimate = getattr(found, name)
        assert not estimate.told
        assert estimate.low <= estimate.value <= estimate.high
    assert (found.branching.low, found.branching.high) == pytest.approx((1e-4, 0.95))


def test_every_part_has_its_words() -> None:
    for name in (etas.BACKGROUND, etas.TRIGGERED, etas.CHAIN):
        assert say(f"forecast.part.{name}", "id") != say(f"forecast.part.{name}", "en")
