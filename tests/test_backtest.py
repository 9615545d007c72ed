"""Promises of the back-test: nothing from after an origin is seen, chance is called chance, skill skill, and every number is one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.errors import InputError
from core.words import LANGUAGES, catalogue
from geo.grid import FloatArray
from risk.backtest import baselines, gate, protocol, rules, windows
from risk.forecast import models, spec
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook
from risk.simulate.recipe import recipe
from risk.simulate.simulate import shuffled, simulate

SPEC = spec.load()
RULES = rules.of(SPEC)
RIWAYAT = models.models()["riwayat"]
END = 12_000
Entry = dict[str, Any]


def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _history(
    seed: int = 1, events: int = 1_500, years: float = 6.0, size: int = 60, rate: FloatArray | None = None
) -> History:
    """A province of `size` kecamatan in six kabupaten; where incidents lie does not change, 5 % are known to their kabupaten only."""
    rng = _rng(seed)
    regency = np.sort(np.arange(size) % 6).astype(np.int32)
    rate = rng.gamma(0.4, 1.0, size) if rate is None else rate
    day = np.sort(rng.integers(END - int(365 * years), END, events)).astype(np.int64)
    area = rng.choice(size, events, p=rate / rate.sum()).astype(np.int32)
    vague = rng.random(events) < 0.05
    numbers = np.zeros(6, int)
    areas = []
    for g in regency.tolist():
        numbers[g] += 1
        areas.append(f"99.{g + 1:02d}.{numbers[g]:02d}")
    return History(
        province="99",
        kind="konflik",
        areas=tuple(areas),
        regencies=tuple(f"99.{g + 1:02d}" for g in range(6)),
        regency=regency,
        people=np.round(rng.lognormal(9.5, 0.7, size)),
        km2=rng.uniform(80.0, 300.0, size),
        lon=116.0 + rng.random(size),
        lat=rng.random(size),
        seat_lon=np.full(6, np.nan),
        seat_lat=np.full(6, np.nan),
        day=day,
        known=day.copy(),
        area=np.where(vague, -1, area).astype(np.int32),
        home=regency[area],
        event_lon=np.full(events, np.nan),
        event_lat=np.full(events, np.nan),
        since=None,
    )


def _run(history: History, *others: Model, origins: int = 12, horizon: int = 30, **more: Any) -> Entry:
    return protocol.run(
        history, SPEC, horizon=horizon, origins=origins, end=END, models=[RIWAYAT, *others], seed=1, **more
    )


def _model(key: str, expected: Callable[[History, int, int], FloatArray]) -> Model:
    def predict(history: History, _c: Covariates | None, origin: int, days: int, _p: Any) -> Outlook:
        found = expected(history, origin, days)
        return Outlook(found, found[:, None], ("all",), "additive")

    return Model(key=key, tune=lambda *_: None, predict=predict, needs_covariates=False)


def _default(history: History, origin: int, days: int) -> FloatArray:
    return RIWAYAT.predict(history, None, origin, days, SPEC).expected


@pytest.fixture(scope="module")
def steady() -> Entry:
    return _run(_history())


def test_a_card_is_plain_json_and_the_same_bytes_again(steady: Entry) -> None:
    assert json.dumps(steady, allow_nan=False, sort_keys=True) == json.dumps(
        _run(_history()), allow_nan=False, sort_keys=True
    )
    assert set(steady) == {
        *("province", "class", "months", "n_test", "n_test_located", "n_new", "n_history", "heap_share", "level_eo"),
        *("areas", "models", "verdict", "label", "offered", "why", "spatial", "notes"),
    }
    assert set(steady["models"]) == {*baselines.KEYS[:-1], "riwayat"}
    assert steady["n_test"] > steady["n_test_located"] > 200


def test_windows_end_before_the_end_and_are_a_month_apart() -> None:
    days = windows.origins(END, 30, 12, 30)
    assert days[-1] + 30 == END
    assert set(np.diff(days).tolist()) == {30}
    assert protocol.span((0, 31)) == ("1970-01-01", "1970-02-01")


def test_the_numbers_that_are_always_printed_add_up(steady: Entry) -> None:
    history = _history()
    inside = history.between(END - 360, END)
    assert steady["n_test"] == np.count_nonzero(inside)
    assert steady["n_test_located"] == np.count_nonzero(inside & (history.area >= 0))
    assert steady["n_history"] == np.count_nonzero(history.day < END - 360)
    for model in steady["models"].values():
        assert sum(row[2] for row in model["reliability"]) == 60 * 12
        for share, value in model["hit"]["area"].items():
            assert model["pai"]["area"][share] == pytest.approx([100 / float(share) * v for v in value], abs=1e-4)
        assert model["curve"]["area"][-1] == [1.0, 1.0]
    assert steady["models"]["nol"]["eo"] == 0.0
    assert steady["models"]["nol"]["log_score"] is None


def test_no_model_sees_what_was_not_known_and_tuning_ends_before_the_first_origin() -> None:
    history = _history(events=900)
    late = history.known.copy()
    late[::7] += 45  # reported a month and a half later
    history = replace(history, known=late)
    seen: list[tuple[int, int, int]] = []

    def watch(past: History, origin: int, days: int) -> FloatArray:
        seen.append((origin, int(past.day.max()), int(past.known.max())))
        return _default(past, origin, days)

    tuned: list[tuple[int, int]] = []

    def tune(past: History, _c: Covariates | None, origin: int) -> None:
        tuned.append((origin, int(max(past.day.max(), past.known.max()))))

    spy = replace(_model("8e", watch), tune=tune)
    _run(history, spy)
    first = END - 360
    assert tuned == [(first, tuned[0][1])]
    assert tuned[0][1] < first
    assert {origin for origin, _, _ in seen} == set(windows.origins(END, 30, 12, 30))
    assert all(day < origin and known < origin for origin, day, known in seen)


def test_what_comes_after_an_origin_changes_no_forecast_made_at_it() -> None:
    history, origin = _history(), END - 180
    later = history.day >= origin
    area = np.where(later, (history.area + 17) % 60, history.area).astype(np.int32)
    other = replace(history, area=area, home=history.regency[area])
    made = [baselines.Baselines(h, 30, origin, None, RULES).at(origin, h.known_by(origin)) for h in (history, other)]
    for key, forecast in made[0].items():
        assert (forecast.expected == made[1][key].expected).all(), key


def test_every_baseline_has_the_level_it_states() -> None:
    history, origin = _history(), END - 30
    past = history.known_by(origin)
    made = baselines.Baselines(history, 30, END - 360, lambda _day: np.arange(60.0), RULES).at(origin, past)
    year = np.count_nonzero(past.between(origin - 365, origin)) / 365 * 30
    for key in ("penduduk", "counts_12", "conflictology", "kde", "indeks"):
        assert made[key].expected.sum() == pytest.approx(year), key
        assert (made[key].expected >= 0).all()
    assert made["bulan_lalu"].expected.sum() == pytest.approx(np.count_nonzero(past.between(origin - 30, origin)))
    assert made["counts_all"].expected.sum() == pytest.approx(len(past) / (origin - past.day.min()) * 30)
    assert made["nol"].expected.sum() == 0.0
    draws = made["conflictology"].draws
    assert draws is not None
    assert draws.mean(axis=0) == pytest.approx(made["conflictology"].expected)
    assert np.argmax(made["indeks"].expected) == 59


def test_the_floor_of_counts_is_chosen_and_is_the_known_one_where_there_is_little() -> None:
    dense = baselines.Baselines(_history(), 30, END - 360, None, RULES).tuned
    sparse = baselines.Baselines(_history(events=40), 30, END - 360, None, RULES).tuned
    assert set(dense.floor.values()) <= set(RULES.floors)
    assert set(sparse.floor.values()) == {RULES.default_floor}


def test_the_gain_is_what_a_plain_loop_gives(steady: Entry) -> None:
    history = _history()
    heads, size = history.people / history.people.sum(), 60
    floor = baselines.Baselines(history, 30, END - 360, None, RULES).tuned.floor["counts_all"]
    lead, where, events = 0.0, 0.0, 0
    for origin in windows.origins(END, 30, 12, 30):
        new, old = [0.1 * size * share for share in heads], [floor] * size
        year, all_past = 0, 0
        for day, area in zip(history.day.tolist(), history.area.tolist(), strict=True):
            if day >= origin:
                continue
            year += day >= origin - 365
            all_past += 1
            if area >= 0:
                new[area] += 0.5 ** ((origin - day) / 365)
                old[area] += 1
        first = int(history.day.min())
        rates = []
        for mass, level in ((new, year / 365), (old, all_past / (origin - first))):
            shares = [0.9999 * m / sum(mass) + 0.0001 / size for m in mass]
            rates.append([30 * level * share for share in shares])
        lead -= sum(rates[0]) - sum(rates[1])
        for day, area, home in zip(history.day.tolist(), history.area.tolist(), history.home.tolist(), strict=True):
            if not origin <= day < origin + 30:
                continue
            events += 1
            at = [area] if area >= 0 else [a for a in range(size) if history.regency[a] == home]
            one, other = (sum(rate[a] for a in at) for rate in rates)
            lead += np.log(one / other)
            if area >= 0:
                where += np.log(one / sum(rates[0])) - np.log(other / sum(rates[1]))
    default = steady["models"]["riwayat"]
    assert steady["n_test"] == events
    assert default["gain"]["counts_all"][0] == pytest.approx(lead / events, abs=2e-6)
    assert default["where_gain"]["counts_all"][0] == pytest.approx(where / steady["n_test_located"], abs=2e-6)


def test_an_unknown_index_is_no_rival_and_an_unknown_score_counts_as_the_mean() -> None:
    assert "indeks" not in _run(_history(events=300), index=lambda _day: None)["models"]

    def scores(_day: int) -> FloatArray:
        return np.append(np.full(30, 40.0), np.full(30, np.nan))

    entry = _run(_history(events=300), index=scores)
    assert entry["models"]["indeks"]["pai"]["area"]["5"] == pytest.approx([1.0, 1.0, 1.0])


@pytest.mark.parametrize("seed", [1, 2])
def test_on_shuffled_incidents_pai_is_about_1_and_the_map_is_an_index(seed: int) -> None:
    history = shuffled(simulate(recipe("base"), seed).history, seed)
    end = int(history.day.max()) + 1
    entry = protocol.run(history, SPEC, horizon=30, origins=24, end=end, models=[RIWAYAT], seed=seed)
    value, low, high = entry["models"]["riwayat"]["pai"]["area"]["10"]
    # Picking at random has the standard deviation sqrt((1 - f) / (N f)); RISK, the back-test card.
    assert abs(value - 1.0) < 4.0 * np.sqrt(0.9 / (0.1 * entry["n_test_located"]))
    assert low < 1.15 and high > 0.85
    assert entry["label"] == "indeks"
    assert entry["verdict"] in {"no_advantage", "worse"}


@pytest.mark.parametrize("seed", [1, 2])
def test_on_evenly_drawn_kecamatan_the_map_is_an_index_too(seed: int) -> None:
    entry = _run(_history(seed, rate=np.ones(60)), origins=24)
    assert entry["label"] == "indeks"
    assert entry["models"]["riwayat"]["pai"]["area"]["10"][0] == pytest.approx(1.0, abs=0.45)


def test_where_reporting_grows_and_places_move_the_default_is_a_forecast() -> None:
    rng = _rng(1)
    before, after = (_history(1, 500, rate=rng.gamma(0.4, 1.0, 60)), _history(2, 1_800, rate=rng.gamma(0.4, 1.0, 60)))
    before, after = before.only(before.day < END - 900), after.only(after.day >= END - 900)
    names = ("day", "known", "area", "home", "event_lon", "event_lat")
    joined = {name: np.concatenate((getattr(before, name), getattr(after, name))) for name in names}
    entry = _run(replace(before, **joined))
    assert entry["verdict"] == "better"
    assert entry["label"] == "prakiraan"
    assert entry["models"]["riwayat"]["gain"]["counts_all"][1] > 0.05


def test_under_100_test_incidents_only_baselines_are_shown_and_nothing_is_claimed() -> None:
    entry = _run(_history(events=300), _model("8e", _default))
    assert entry["n_test"] < 100
    assert "8e" not in entry["models"]
    assert (entry["verdict"], entry["label"], entry["offered"]) == ("too_few", "indeks", ["riwayat"])
    assert entry["why"] == {"8e": "too_few"}
    assert "too_few" in entry["notes"]


def test_a_fitted_model_is_offered_only_when_it_is_surely_better() -> None:
    rate = _rng(5).gamma(0.4, 1.0, 60)
    history = _history(5, rate=rate)

    def knows(past: History, origin: int, days: int) -> FloatArray:
        return np.asarray(_default(past, origin, days).sum() * (rate + 1e-6) / (rate + 1e-6).sum())

    def guesses(past: History, origin: int, days: int) -> FloatArray:
        return _default(past, origin, days)[::-1].copy()

    entry = _run(history, _model("8e", knows), _model("8a", _default), _model("8b", guesses), origins=24)
    assert entry["offered"] == ["riwayat", "8e"]
    assert entry["why"] == {"8a": "no_advantage", "8b": "worse"}
    assert entry["models"]["8a"]["gain"]["riwayat"] == [0.0, 0.0, 0.0]
    assert set(entry["models"]["8e"]["gain"]) == {"counts_all", "counts_12", "riwayat"}
    short = _run(history, _model("8e", knows))
    assert short["why"] == {"8e": "few_months"}


@pytest.mark.parametrize(
    ("months", "test", "history", "said"),
    [
        (23, 500, 900, "few_months"),
        (24, 199, 900, "few_test"),
        (24, 200, 399, "few_history"),
        (24, 200, 400, None),
    ],
)
def test_the_gate_names_what_is_missing(months: int, test: int, history: int, said: str | None) -> None:
    assert gate.reason([0.1, 0.05, 0.2], months, test, history, RULES) == said


@pytest.mark.parametrize(
    ("judged", "pai", "label"),
    [
        ("better", {"5": [2.0, 0.9, 3.0], "10": [1.6, 1.1, 2.0]}, "prakiraan"),
        ("better", {"5": [2.0, 0.9, 3.0], "10": [1.6, 1.0, 2.0]}, "indeks"),
        ("no_advantage", {"5": [9.0, 8.0, 10.0], "10": [6.0, 5.0, 7.0]}, "indeks"),
        ("too_few", {"5": [None, None, None], "10": [None, None, None]}, "indeks"),
    ],
)
def test_the_label_wants_both_the_gain_and_the_hits(judged: str, pai: dict[str, Any], label: str) -> None:
    assert gate.label(judged, pai, RULES) == label


def test_a_model_that_refuses_the_history_is_left_out_with_its_reason() -> None:
    def refuse(*_: Any) -> None:
        raise InputError("E_FIT_FEW", found=1, needed=2)

    entry = _run(_history(), replace(_model("8e", _default), tune=refuse))
    assert entry["why"] == {"8e": "E_FIT_FEW"}
    assert "8e" not in entry["models"]


@pytest.mark.parametrize("case", ["none", "one", "one place", "same day", "unlocated", "no people"])
def test_hostile_histories_give_a_card_without_a_claim(case: str) -> None:
    history = _history(events=400)
    if case == "none":
        history = history.only(np.zeros(400, bool))
    elif case == "one":
        history = history.only(np.arange(400) == 399)
    elif case == "one place":
        history = replace(history, area=np.full(400, 3, np.int32), home=np.full(400, history.regency[3], np.int32))
    elif case == "same day":
        history = replace(history, day=np.full(400, END - 5), known=np.full(400, END - 5))
    elif case == "unlocated":
        history = replace(history, area=np.full(400, -1, np.int32), home=np.full(400, -1, np.int32))
    else:
        history = replace(history, people=np.full(60, np.nan))
        assert _run(history)["models"]["riwayat"]["pai"]["people"] is None
    entry = _run(history)
    assert set(entry["models"]) == {*baselines.KEYS[:-1], "riwayat"}
    json.dumps(entry, allow_nan=False)
    assert entry["label"] == "indeks"
    assert entry["verdict"] in {"too_few", "no_advantage", "worse"} or case == "same day"


def test_zero_people_and_unknown_people_are_no_fault() -> None:
    history = _history(events=300)
    people = history.people.copy()
    people[:10], people[10:20] = 0.0, np.nan
    hit = _run(replace(history, people=people))["models"]["riwayat"]["hit"]["people"]
    assert hit is not None
    assert 0.0 <= hit["1"][0] <= hit["5"][0] <= hit["10"][0] <= 1.0


def test_windows_that_overlap_are_said_to() -> None:
    history = _history()
    entry = _run(history, horizon=90)
    assert "overlap" in entry["notes"]
    # From 90 days before the end back 11 months more; each incident once.
    assert entry["n_test"] == np.count_nonzero(history.between(END - 90 - 330, END))
    sparse = _run(_history(events=300), horizon=90)
    assert sparse["verdict"] == "too_few"
    assert sparse["n_test"] < 100


def test_a_regency_left_out_is_forecast_without_its_past() -> None:
    rate = _rng(5).gamma(0.4, 1.0, 60)
    history, asked = _history(5, rate=rate), set[int]()

    def knows(past: History, origin: int, days: int) -> FloatArray:
        asked.update(set(range(6)) - set(past.home.tolist()))
        return np.asarray(_default(past, origin, days).sum() * (rate + 1e-6) / (rate + 1e-6).sum())

    entry = _run(history, _model("8e", knows))
    assert asked == set(range(6))
    assert entry["spatial"]["regencies"] == 6
    assert entry["spatial"]["gain"]["8e"][1] > 0


def test_the_interval_of_the_default_holds_nine_in_ten(steady: Entry) -> None:
    default = steady["models"]["riwayat"]
    assert set(default["coverage_by"]) == {"province", "regency", "district"}
    assert default["coverage"] == pytest.approx(0.90, abs=0.03)
    assert steady["models"]["counts_all"]["coverage"] is None


def test_a_run_without_the_default_or_an_origin_is_refused() -> None:
    with pytest.raises(ValueError, match="default"):
        protocol.run(_history(events=50), SPEC, horizon=30, origins=12, end=END, models=[], seed=1)
    with pytest.raises(ValueError, match="origin"):
        _run(_history(events=50), origins=0)
    with pytest.raises(ValueError, match="not a number"):
        protocol.plain({"a": [float("nan")]})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_has_words(lang: str) -> None:
    words = catalogue(lang)
    keys = [f"backtest.model.{key}" for key in (*baselines.KEYS, *models.models())]
    keys += [f"backtest.verdict.{code}" for code in ("better", "no_advantage", "worse", "too_few")]
    keys += [f"backtest.label.{code}" for code in (gate.INDEX, gate.FORECAST)]
    notes = ("too_few", "no_advantage_12", "worse_12", "level_only", "unlocated", "short", "overlap", "no_people")
    keys += [f"backtest.note.{code}" for code in notes]
    why = ("too_few", "few_months", "few_test", "few_history", "no_advantage", "worse")
    refusals = ("E_FIT_FEW", "E_ETAS_FEW", "E_ETAS_PLACES", "E_ETAS_FIT")
    keys += [f"backtest.why.{code}" for code in (*why, *refusals)]
    assert not [key for key in keys if key not in words]
