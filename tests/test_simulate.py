"""Promises of the simulator: seeded, shaped as documented, and each variant spoils exactly what it names."""

from __future__ import annotations

import numpy as np
import pytest

from risk.simulate.ground import survey
from risk.simulate.process import background, happen
from risk.simulate.recipe import names, recipe
from risk.simulate.simulate import Simulated, shuffled, simulate


def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.fixture(scope="module")
def base() -> Simulated:
    return simulate(recipe("base"), 1)


@pytest.mark.parametrize("name", names())
def test_a_seed_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    one, again, other = (simulate(recipe(name, years=1.0), seed) for seed in (7, 7, 8))
    assert one.history.digest() == again.history.digest() != other.history.digest()
    assert (one.covariates.value == again.covariates.value).all()


def test_variants_of_a_seed_share_ground_and_incidents(base: Simulated) -> None:
    heaped = simulate(recipe("town_heaping"), 1)
    assert (heaped.history.people == base.history.people).all()
    assert (heaped.history.day == base.history.day).all()
    assert (heaped.history.area != base.history.area).any()


def test_points_lie_in_their_kecamatan_and_every_kecamatan_in_a_regency() -> None:
    ground = survey(recipe("base"), _rng(3))
    area = np.repeat(np.arange(len(ground.km2), dtype=np.int32), 20)
    assert (ground.locate(*ground.scatter(area, _rng(4))) == area).all()
    assert set(ground.regency.tolist()) == set(range(recipe("base").regencies))
    assert (ground.regency[ground.seat] == np.arange(recipe("base").regencies)).all()
    assert ground.km2.sum() == pytest.approx(14 * 12 * 12.0**2)
    assert (ground.locate(np.array([-0.1, 1e4]), np.array([5.0, 5.0])) == -1).all()


def test_numbers_are_those_of_a_branching_process(base: Simulated) -> None:
    wanted = base.recipe.background_per_year * base.recipe.years / (1.0 - base.recipe.branching)
    assert len(base.history) == pytest.approx(
        wanted, rel=0.12
    )  # sd of the total is 2 x sqrt(wanted): 3 %, the first lags are short
    assert base.truth.triggered == pytest.approx(base.recipe.branching, abs=0.05)
    quiet = simulate(recipe("base", branching=0.0), 1)
    assert quiet.truth.triggered == 0.0
    per_day = quiet.history.counts(quiet.recipe.first, quiet.end) / quiet.recipe.days
    expected = quiet.truth.background
    pearson = (np.square(per_day - expected) / expected).sum() * quiet.recipe.days
    assert pearson == pytest.approx(len(expected), abs=4.5 * np.sqrt(2 * len(expected)))  # chi-square of A cells


def test_offspring_come_as_soon_and_as_near_as_the_recipe_says() -> None:
    chosen = recipe("base", branching=0.6, burn_years=0.0, columns=40, rows=40, years=2.0)
    ground = survey(chosen, _rng(5))
    found = happen(ground, chosen, _rng(6))
    assert found.triggered.mean() == pytest.approx(0.6, abs=0.04)
    calm = happen(ground, recipe("base", branching=0.0, columns=40, rows=40, years=2.0), _rng(6))
    # each incident's nearest in the ten days after it is far nearer where there is a trigger
    assert _after(found.x, found.y, found.day) < 0.5 * _after(calm.x, calm.y, calm.day)


def _after(x: np.ndarray, y: np.ndarray, day: np.ndarray) -> float:
    gap = np.hypot(x[:, None] - x, y[:, None] - y)
    lag = day[None, :] - day[:, None]
    gap = np.where((lag > 0) & (lag <= 10), gap, np.inf)
    return float(np.median(gap.min(axis=1)[gap.min(axis=1) < np.inf]))


def test_the_background_follows_people_and_sites() -> None:
    ground = survey(recipe("base"), _rng(2))
    rate = background(ground, recipe("base"))
    assert rate.sum() * 365.25 == pytest.approx(300.0)
    twice = background(ground, recipe("base", site_risk=4.0))
    ratio = (twice / rate) / (twice / rate)[~ground.site][0]
    np.testing.assert_allclose(ratio, np.where(ground.site, 2.0, 1.0))


def test_heaping_puts_records_at_the_capitals(base: Simulated) -> None:
    history = simulate(recipe("town_heaping"), 1).history
    at_seat = np.hypot(
        history.event_lon - history.seat_lon[history.home], history.event_lat - history.seat_lat[history.home]
    )
    assert (at_seat < 1e-9).mean() == pytest.approx(0.6, abs=0.03)
    assert (history.home == base.history.home).mean() == 1.0  # only inside the regency


def test_noise_moves_records_and_growth_and_coarseness_lose_them(base: Simulated) -> None:
    noisy = simulate(recipe("location_noise"), 1).history
    assert 0.2 < (noisy.area != base.history.area).mean() < 0.3  # of 30 % some stay in their kecamatan
    growing = simulate(recipe("growing"), 1)
    first, last = (growing.history.between(day, day + 730).sum() for day in (growing.recipe.first, growing.end - 730))
    assert last > 2.0 * first
    coarse = simulate(recipe("unlocated"), 1).history
    assert (~coarse.located).mean() == pytest.approx(0.2, abs=0.02)
    assert (coarse.home >= 0).all()
    assert np.isnan(coarse.event_lon[~coarse.located]).all()


def test_power_law_offspring_have_a_longer_tail(base: Simulated) -> None:
    heavy = simulate(recipe("power_law"), 1)
    assert heavy.truth.triggered == pytest.approx(0.5, abs=0.08)
    assert heavy.history.digest() != base.history.digest()


def test_hidden_causes_make_hot_spots_that_move_on() -> None:
    world = simulate(recipe("hidden"), 1)
    assert world.truth.triggered == 0.0
    years = np.array(
        [world.history.counts(world.recipe.first + 365 * y, world.recipe.first + 365 * (y + 1)) for y in range(7)]
    )
    busy = np.sort(years, axis=1)[:, ::-1][:, :17].sum() / years.sum()
    assert busy > 0.45  # a tenth of the kecamatan
    logs = np.log(years + 0.5)
    assert np.corrcoef(logs[0], logs[1])[0, 1] > 0.4 > np.corrcoef(logs[0], logs[6])[0, 1]


def test_a_shuffled_history_has_no_pattern_left(base: Simulated) -> None:
    plain = shuffled(base.history, 3)
    counts = plain.counts(base.recipe.first, base.end)
    expected = base.history.km2 / base.history.km2.sum() * len(plain)
    pearson = (np.square(counts - expected) / expected).sum()
    assert pearson == pytest.approx(len(expected), abs=4.5 * np.sqrt(2 * len(expected)))
    assert (plain.day == base.history.day).all()
    assert plain.digest() == shuffled(base.history, 3).digest()


def test_a_wrong_recipe_is_refused() -> None:
    with pytest.raises(KeyError, match="unknown constants"):
        recipe("base", brnching=0.5)
    with pytest.raises(KeyError):
        recipe("nonsense")
    for wrong in ({"branching": 1.0}, {"heap_share": 1.5}, {"trigger": "magic"}, {"regencies": 0}):
        with pytest.raises(ValueError, match=r"recipe|trigger|regenc"):
            recipe("base", **wrong)
