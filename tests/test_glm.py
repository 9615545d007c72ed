"""The fitted models: the regression against other people's, and what 8e, 8a and boosting promise whatever the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError, InputError
from core.words import say
from risk.forecast import eight_a, eight_e, features, glm, loglinear, shrunken, spec
from risk.forecast.constants import FILE, Fitted, fitted, read
from risk.forecast.covariates import prepared
from risk.forecast.history import History
from risk.forecast.models import Covariates, models

ORIGIN = 20_000
DAYS = 5 * 365


def _rows(seed: int, m: int = 3_000, k: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(m, k))
    offset = rng.normal(size=m) * 0.3
    mu = np.exp(-1.5 + x @ np.linspace(-0.4, 0.5, k) + offset)
    return x, rng.poisson(mu).astype(float), offset, rng


def _history(
    seed: int = 1, *, effect: float = 0.0, per_day: float = 0.6, areas: int = 40
) -> tuple[History, np.ndarray]:
    """Four kabupaten of square kecamatan; incidents by people and by exp(effect x a hidden covariate), one in ten without a kecamatan."""
    rng = np.random.default_rng(seed)
    regency = np.repeat(np.arange(4), areas // 4)
    people = np.exp(rng.normal(9.0, 0.8, areas))
    hidden = rng.normal(size=areas)
    weight = people**0.5 * np.exp(effect * hidden)
    r = rng.poisson(per_day * DAYS)
    day = np.sort(rng.integers(ORIGIN - DAYS, ORIGIN + 400, r))
    area = rng.choice(areas, r, p=weight / weight.sum())
    vague = rng.random(r) < 0.1
    history = History(
        province="99",
        kind="konflik",
        areas=tuple(f"99.{g + 1:02d}.{a + 1:02d}" for a, g in enumerate(regency.tolist())),
        regencies=tuple(f"99.{g + 1:02d}" for g in range(4)),
        regency=regency.astype(np.int32),
        people=people,
        km2=np.full(areas, 100.0),
        lon=117.0 + 0.1 * (np.arange(areas) % 8),
        lat=0.1 * (np.arange(areas) // 8),
        seat_lon=np.full(4, np.nan),
        seat_lat=np.full(4, np.nan),
        day=day,
        known=day + rng.integers(0, 20, r),
        area=np.where(vague, -1, area).astype(np.int32),
        home=regency[area].astype(np.int32),
        event_lon=np.full(r, np.nan),
        event_lat=np.full(r, np.nan),
    )
    return history, hidden


def _where_gain(history: History, key: str, covariates: Covariates | None) -> float:
    """Nats per incident over the default forecast by where, over a year of monthly origins."""
    model, gain, events = models()[key], 0.0, 0.0
    tuned = model.tune(history.known_by(ORIGIN), covariates, ORIGIN)
    for origin in range(ORIGIN, ORIGIN + 360, 60):
        past = history.known_by(origin)
        y = history.counts(origin, origin + 30)
        mine, default = (
            item.expected / item.expected.sum()
            for item in (
                model.predict(past, covariates, origin, 30, tuned),
                shrunken.forecast(past, spec.load(), origin, 30),
            )
        )
        gain += float((y * np.log(mine / default)).sum())
        events += float(y.sum())
    return gain / events


def test_poisson_without_penalty_is_that_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    x, y, offset, _ = _rows(1)
    theirs = sm.GLM(y, sm.add_constant(x), family=sm.families.Poisson(), offset=offset).fit(tol=1e-12)
    ours = glm.fit(x, y, offset, penalty=0.0, mix=0.5, dispersion=0.0)
    assert ours.converged
    np.testing.assert_allclose([ours.intercept, *ours.coef], theirs.params, rtol=1e-6)
    mu = glm.rate(ours, x, offset)
    assert glm.log_likelihood(y, mu, 0.0) == pytest.approx(theirs.llf, rel=1e-10)


def test_negative_binomial_is_that_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    x, _, offset, rng = _rows(2)
    mu = np.exp(-0.5 + x @ np.linspace(-0.4, 0.5, 5) + offset)
    y = rng.negative_binomial(2.0, 2.0 / (2.0 + mu)).astype(float)
    theirs = sm.NegativeBinomial(y, sm.add_constant(x), offset=offset).fit(disp=0, method="newton", maxiter=200)
    ours = glm.fit_negative_binomial(x, y, offset, penalty=0.0, mix=0.5)
    np.testing.assert_allclose([ours.intercept, *ours.coef, ours.dispersion], theirs.params, rtol=2e-4, atol=1e-5)
    assert glm.log_likelihood(y, glm.rate(ours, x, offset), ours.dispersion) == pytest.approx(theirs.llf, rel=1e-8)


def test_counts_without_more_spread_than_poisson_have_dispersion_0() -> None:
    y = np.tile([0.0, 1.0], 500)
    assert glm.dispersion_of(y, np.full(1000, 0.5)) == 0.0


def test_ridge_is_that_of_sklearn() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    x, y, _, _ = _rows(3)
    theirs = linear.PoissonRegressor(alpha=0.05, tol=1e-10, max_iter=10_000).fit(x, y)
    ours = glm.fit(x, y, np.zeros(len(y)), penalty=0.05, mix=0.0, dispersion=0.0)
    np.testing.assert_allclose([ours.intercept, *ours.coef], [theirs.intercept_, *theirs.coef_], atol=1e-6)


@pytest.mark.parametrize("dispersion", [0.0, 0.7])
@pytest.mark.parametrize("mix", [0.3, 1.0])
def test_the_elastic_net_meets_its_conditions(mix: float, dispersion: float) -> None:
    """Zero slope where a coefficient is not 0, a slope no steeper than the lasso where it is (Karush-Kuhn-Tucker)."""
    x, y, offset, rng = _rows(4)
    x = np.column_stack((x, x[:, 0] + 0.01 * rng.normal(size=len(x)), rng.normal(size=len(x))))
    penalty = 0.03
    found = glm.fit(x, y, offset, penalty=penalty, mix=mix, dispersion=dispersion)
    mu = glm.rate(found, x, offset)
    residual = (mu - y) / (1.0 + dispersion * mu) / len(y)
    slope = x.T @ residual + penalty * (1 - mix) * found.coef
    live = found.coef != 0.0
    assert 0 < live.sum() < x.shape[1]
    assert abs(residual.sum()) < 1e-7
    np.testing.assert_allclose(slope[live], -penalty * mix * np.sign(found.coef[live]), atol=1e-7)
    assert (np.abs(slope[~live]) <= penalty * mix + 1e-7).all()


def test_twins_share_their_effect_and_a_constant_has_none() -> None:
    x, y, offset, _ = _rows(5)
    alone = glm.fit(x, y, offset, penalty=0.0, mix=0.0, dispersion=0.0)
    twins = glm.fit(np.column_stack((x, x[:, 0])), y, offset, penalty=0.0, mix=0.0, dispersion=0.0)
    assert twins.coef[0] == pytest.approx(twins.coef[5], abs=1e-6)
    assert twins.coef[0] + twins.coef[5] == pytest.approx(alone.coef[0], abs=1e-6)
    flat = glm.fit(np.column_stack((x, np.zeros(len(x)))), y, offset, penalty=0.01, mix=0.5, dispersion=0.0)
    assert flat.coef[5] == 0.0


def test_counts_without_an_event_are_refused() -> None:
    x, y, offset, _ = _rows(6)
    with pytest.raises(ValueError, match="without an event"):
        glm.fit(x, np.zeros(len(y)), offset, penalty=0.1, mix=0.5, dispersion=0.0)
    with pytest.raises(ValueError, match="not finite"):
        glm.fit(np.where(x > 3, np.nan, x), y, offset, penalty=0.1, mix=0.5, dispersion=0.0)


@pytest.mark.parametrize("key", ["8e", "8a", "boosting"])
def test_parts_sum_and_the_level_is_that_of_the_default(key: str) -> None:
    if key not in models():
        pytest.skip("scikit-learn is not here")
    history, hidden = _history(effect=0.7)
    past, model = history.known_by(ORIGIN), models()[key]
    covariates = Covariates(("border_proximity", "post_distance"), np.column_stack((hidden, np.full(40, np.nan))))
    tuned = model.tune(past, covariates, ORIGIN)
    month, quarter = (model.predict(past, covariates, ORIGIN, days, tuned) for days in (30, 90))
    default = shrunken.forecast(past, spec.load(), ORIGIN, 30)
    assert month.scale == "log" and month.names[0] == "level" and np.ptp(month.parts[:, 0]) == 0.0
    np.testing.assert_allclose(month.parts.sum(axis=1), np.log(month.expected), rtol=0, atol=1e-9)
    np.testing.assert_allclose(month.parts[:, 1:].mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(month.expected.sum(), default.expected.sum(), rtol=1e-9)
    np.testing.assert_allclose(quarter.expected, 3.0 * month.expected, rtol=1e-9)
    assert "post_distance" not in month.names  # known nowhere: says nothing
    again = model.predict(past, covariates, ORIGIN, 30, model.tune(past, covariates, ORIGIN))
    assert again.expected.tobytes() == month.expected.tobytes() and again.parts.tobytes() == month.parts.tobytes()
    for name in month.names:
        assert {say(f"forecast.part.{name}", lang) for lang in ("id", "en")}


def test_8e_is_the_default_where_nothing_else_pays() -> None:
    history, _ = _history(3)
    past = history.known_by(ORIGIN)
    top = loglinear.Tuned(penalty=1e3, negative_binomial=False, gain=0.0)
    alone = eight_e.MODEL.predict(past, None, ORIGIN, 30, top)
    np.testing.assert_allclose(alone.expected, shrunken.forecast(past, spec.load(), ORIGIN, 30).expected, rtol=1e-9)
    assert alone.names == ("level", "riwayat")


def test_a_covariate_that_matters_is_found_and_one_that_does_not_costs_little() -> None:
    history, hidden = _history(7, effect=0.9, per_day=1.0)
    noise = np.random.default_rng(8).normal(size=40)
    for key in ("8e", "8a"):
        told = _where_gain(history, key, Covariates(("border_proximity",), hidden[:, None]))
        assert told > _where_gain(history, key, None) - 0.01
        assert _where_gain(history, key, Covariates(("border_proximity",), noise[:, None])) > -0.05
    tuned = eight_a.MODEL.tune(
        history.known_by(ORIGIN),
        Covariates(("border_proximity", "unrelated"), np.column_stack((hidden, noise))),
        ORIGIN,
    )
    assert tuned.gain > 0.0


def test_rows_are_made_of_what_was_known_before_their_own_first_day() -> None:
    history, _ = _history(9)
    past, constants = history.known_by(ORIGIN), fitted()
    ground = features.frame(past, None, constants)
    rows = features.rows(past, ground, spec.load(), constants, ORIGIN)
    windows = int(rows.window[-1]) + 1
    assert windows == min(constants.windows, (ORIGIN - past.start - constants.first_days) // constants.window_days)
    for w in (0, windows // 2, windows - 1):
        first = ORIGIN - constants.window_days * (windows - w)
        here = rows.window == w
        seen = features.at(history.known_by(first), ground, spec.load(), constants, first)
        np.testing.assert_array_equal(rows.x[here], seen.value)
        np.testing.assert_array_equal(rows.y[here], past.counts(first, first + constants.window_days))


def test_too_little_history_is_refused_in_words() -> None:
    history, _ = _history(10, per_day=0.05)
    empty = history.only(np.zeros(len(history), bool))
    for past in (history.known_by(ORIGIN), empty, replace(empty, since=None)):
        for model in (eight_e.MODEL, eight_a.MODEL):
            with pytest.raises(InputError) as caught:
                model.tune(past, None, ORIGIN)
            assert caught.value.code == "E_FIT_FEW" and "100" in caught.value.message("id")


def test_nobody_lives_there_and_everything_happens_in_one_place() -> None:
    history, _ = _history(11)
    deserted = replace(history, people=np.where(np.arange(40) < 3, 0.0, np.where(np.arange(40) < 6, np.nan, 5e3)))
    one_place = replace(
        history,
        area=np.zeros(len(history), np.int32),
        home=np.zeros(len(history), np.int32),
    )
    flat = replace(history, people=np.full(40, 1e4))  # population and density are then constant
    tuned = loglinear.Tuned(penalty=1e-4, negative_binomial=True, gain=0.0)
    for past in (deserted.known_by(ORIGIN), one_place.known_by(ORIGIN), flat.known_by(ORIGIN)):
        for model in (eight_e.MODEL, eight_a.MODEL):
            found = model.predict(past, None, ORIGIN, 30, tuned)
            assert np.isfinite(found.expected).all() and (found.expected > 0).all()
    assert eight_e.MODEL.tune(one_place.known_by(ORIGIN), None, ORIGIN).penalty > 0.0


def test_collinear_covariates_change_nothing_but_the_share_between_them() -> None:
    history, hidden = _history(12, effect=0.8)
    past = history.known_by(ORIGIN)
    tuned = loglinear.Tuned(penalty=1e-3, negative_binomial=False, gain=0.0)
    once = eight_a.MODEL.predict(past, Covariates(("border_proximity",), hidden[:, None]), ORIGIN, 30, tuned)
    twice = eight_a.MODEL.predict(
        past,
        Covariates(("border_proximity", "night_light_change"), np.column_stack((hidden, 2.0 * hidden + 1.0))),
        ORIGIN,
        30,
        tuned,
    )
    np.testing.assert_allclose(once.expected, twice.expected, rtol=1e-9)
    assert once.names == twice.names


def test_the_parts_of_boosting_are_the_model_itself() -> None:
    pytest.importorskip("sklearn")
    from risk.forecast import boosting

    history, hidden = _history(13, effect=0.8, per_day=1.0)
    past, constants = history.known_by(ORIGIN), fitted()
    ground = features.frame(past, Covariates(("border_proximity",), hidden[:, None]), constants)
    rows = features.rows(past, ground, spec.load(), constants, ORIGIN)
    _, x, offset = loglinear.columns(boosting.FORM, rows)
    model = boosting._grown(x, rows.y, np.exp(offset), constants.boosting)
    _, value, _ = loglinear.columns(boosting.FORM, features.at(past, ground, spec.load(), constants, ORIGIN))
    whole = np.log(model.predict(value))
    apart = boosting._functions(model, value).sum(axis=1)
    assert np.ptp(whole - apart) < 1e-9 and np.ptp(whole) > 0.1


def test_covariates_are_put_on_their_scale_and_unknown_is_not_0() -> None:
    raw = np.full((40, 5), 3.0)
    raw[:10, 0], raw[4, 1], raw[:, 3] = 8.0, np.nan, np.nan
    raw[4, 0] = np.nan
    names = ("remoteness", "border_proximity", "population", "post_distance", "site")
    told = prepared(Covariates(names, raw))
    assert told.names == ("remoteness", "border_proximity", "site")  # known nowhere, and held already: not among them
    assert told.value[39, 0] == pytest.approx(np.log(4.0)) and told.value[39, 2] == 3.0
    assert told.value[4, 0] == pytest.approx((9 * np.log(9.0) + 30 * np.log(4.0)) / 39) and told.value[4, 1] == 3.0
    assert prepared(None).names == () and fitted().covariates["population"] == "left_out"


def test_before_there_is_anything_to_learn_from_it_is_the_default() -> None:
    history, _ = _history(15)
    young = history.known_by(int(history.day[0]) + 90)
    for key in ("8e", "boosting"):
        if key not in models():
            continue
        model, tuned = models()[key], loglinear.Tuned(penalty=0.01, negative_binomial=True, gain=0.0)
        origin = int(history.day[0]) + 90
        found = model.predict(young, None, origin, 30, fitted() if key == "boosting" else tuned)
        default = shrunken.forecast(young, spec.load(), origin, 30)
        np.testing.assert_allclose(found.expected, default.expected, rtol=1e-9)


def test_a_file_of_constants_with_faults_is_refused_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "fitted.toml"
    broken.write_text(FILE.read_text(encoding="utf-8").replace("windows = 48", "windows = 0"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(Fitted, broken)
    assert caught.value.code == "E_FITTED_FILE" and "windows" in caught.value.message("id")
