"""Promises of the index: exact contributions, honest coverage, one roll-up rule, fixed bounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import ConfigError, Faults
from geo.joins import Evidence
from risk import model as models
from risk.normalise import normalise
from risk.rollup import groups_mean, highest, ranks
from risk.score import FactorTable, classify, combine, measure
from tests import scene

MODEL = models.load("kaltim")
F = len(MODEL.keys)
tables = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, (n, F), elements=st.floats(0, 1, allow_nan=False, width=32)),
        hnp.arrays(np.bool_, (n, F)),
    )
)


def _table(value: np.ndarray, known: np.ndarray) -> FactorTable:
    value = np.where(known, value, np.nan)
    return FactorTable(MODEL.keys, value, value, known)


@settings(deadline=None)
@given(tables)
def test_contributions_sum_to_the_score_and_coverage_decides(pair: tuple[np.ndarray, np.ndarray]) -> None:
    scores = combine(_table(*pair), MODEL)
    scored = np.isfinite(scores.score)
    assert np.array_equal(scored, scores.coverage >= MODEL.file.coverage_floor - 1e-12)
    assert np.array_equal(scored, scores.classes > 0)
    assert np.allclose(scores.contribution[scored].sum(axis=1), scores.score[scored], atol=1e-9)
    assert ((scores.score[scored] >= 0) & (scores.score[scored] <= 100 + 1e-9)).all()
    assert np.isnan(scores.contribution[~scored]).all()


@settings(deadline=None)
@given(tables, st.integers(0, F - 1))
def test_more_of_a_factor_never_lowers_the_score(pair: tuple[np.ndarray, np.ndarray], f: int) -> None:
    value, known = pair
    raised = value.copy()
    raised[:, f] = np.minimum(1, raised[:, f] + 0.3)
    a, b = combine(_table(value, known), MODEL).score, combine(_table(raised, known), MODEL).score
    assert (b[np.isfinite(a)] >= a[np.isfinite(a)] - 1e-9).all()


def test_unknown_is_not_zero() -> None:
    value, known = np.full((1, F), 0.6), np.ones((1, F), bool)
    full = combine(_table(value, known), MODEL).score[0]
    known[0, -1] = False
    without = combine(_table(value, known), MODEL)
    assert full == pytest.approx(60)
    assert without.score[0] == pytest.approx(60), "leaving out an unknown factor must not pull the score down"
    assert without.coverage[0] == pytest.approx(1 - MODEL.weights[-1])
    assert without.contribution[0, -1] == 0


def test_a_place_without_incident_history_is_never_scored() -> None:
    known = np.array([[item.dimension != "history" for item in MODEL.file.factor]])
    scores = combine(_table(np.zeros((1, F)), known), MODEL)
    assert np.isnan(scores.score[0])
    assert scores.classes[0] == 0


def test_thresholds_belong_to_the_class_above() -> None:
    scores = np.array([np.nan, 0, 9.999, 10, 19.99, 20, 35, 50, 100])
    assert classify(scores, [10, 20, 35, 50]).tolist() == [0, 1, 1, 2, 2, 3, 4, 5, 5]


def test_normalise_keeps_its_bounds_and_direction() -> None:
    item = MODEL.file.factor[0]
    raw = np.array([item.lo, item.hi, item.hi * 9, np.nan])
    assert normalise(raw, item, 1)[:3].tolist() == [0, 1, 1]
    assert normalise(raw, item, -1)[:3].tolist() == [1, 0, 0]
    assert np.isnan(normalise(raw, item, 1)[3])
    half = float(np.expm1((np.log1p(item.lo) + np.log1p(item.hi)) / 2))
    assert normalise(np.array([half]), item, 1)[0] == pytest.approx(0.5)


@settings(deadline=None)
@given(tables, st.integers(1, 4))
def test_roll_up_is_a_weighted_mean_within_the_values(pair: tuple[np.ndarray, np.ndarray], groups: int) -> None:
    value, known = pair
    n = len(value)
    group = (np.arange(n) % groups).astype(np.int32)
    rng = np.random.default_rng(n)
    km2, people = rng.random(n) + 0.1, np.where(rng.random(n) < 0.3, np.nan, rng.random(n) * 100)
    table = groups_mean(_table(value, known), np.arange(n, dtype=np.int32), group, groups, km2, people)
    for g in range(groups):
        for f in range(F):
            mine = (group == g) & known[:, f]
            if table.known[g, f]:
                assert value[mine, f].min() - 1e-9 <= table.value[g, f] <= value[mine, f].max() + 1e-9
            else:
                assert np.isnan(table.value[g, f])


def test_roll_up_by_hand() -> None:
    value = np.tile(np.array([[0.2], [0.8], [0.5]]), (1, F))
    known = np.ones((3, F), bool)
    known[2] = False
    zero = np.zeros(3, np.int32)
    cells = np.arange(3, dtype=np.int32)
    by_km2 = groups_mean(_table(value, known), cells, zero, 1, np.array([1.0, 3.0, 2.0]), None)
    assert by_km2.value[0, 0] == pytest.approx((0.2 + 3 * 0.8) / 4)
    by_people = groups_mean(
        _table(value, known), cells, zero, 1, np.array([1.0, 3.0, 2.0]), np.array([30.0, 10.0, 0.0])
    )
    assert by_people.value[0, 0] == pytest.approx((30 * 0.2 + 10 * 0.8) / 40)
    few = groups_mean(_table(value, known), cells, zero, 1, np.array([1.0, 1.0, 9.0]), None)
    assert not few.known[0, 0], "less than half of the weight is known"


def test_ranks_start_anew_per_level_and_share_ties() -> None:
    score = np.array([50, 70, 70, np.nan, 10, 20.0])
    level = np.array([4, 4, 4, 4, 3, 3], np.int8)
    assert ranks(score, level).tolist() == [3, 1, 1, 0, 2, 1]


def test_highest_cell() -> None:
    scores = combine(_table(np.array([[0.1], [0.9], [0.9], [0.3]]) * np.ones((4, F)), np.ones((4, F), bool)), MODEL)
    assert highest(scores, np.array([0, 0, 0, 2], np.int32), 3).tolist() == [1, -1, 3]


def test_removing_a_source_hides_only_its_factors() -> None:
    grid = scene.grid()
    evidence = scene.evidence(grid)
    full = measure(MODEL, evidence, grid, scene.AS_OF)
    less = measure(MODEL, replace(evidence, sites=None), grid, scene.AS_OF)
    for f, key in enumerate(MODEL.keys):
        if key in ("quarry_pressure", "project_dispute"):
            assert not less.known[:, f].any()
        else:
            assert np.array_equal(full.raw[:, f], less.raw[:, f], equal_nan=True)


def test_no_evidence_no_score() -> None:
    grid = scene.grid()
    scores = combine(
        measure(MODEL, Evidence(None, None, None, None, None, np.empty(0), np.empty(0)), grid, scene.AS_OF), MODEL
    )
    assert not (scores.classes > 0).any()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("weight = 0.28", "weight = 0.30"), "E_MODEL_WEIGHTS"),
        (('key = "near_repeat"', 'key = "horoscope"'), "E_MODEL_FACTOR"),
        (('key = "near_repeat"', 'key = "escalation"'), "E_MODEL_PARAMS"),
        (("hi = 12.0", "hi = -1.0"), "E_MODEL_BOUNDS"),
        (("[10.0, 18.0, 28.0, 42.0]", "[10.0, 9.0, 28.0, 42.0]"), "E_MODEL_THRESHOLDS"),
        (('combination = "arithmetic"', 'combination = "magic"'), "E_MODEL_FILE"),
        (("params.days = 30", "params.dayz = 30"), "E_MODEL_PARAMS"),
        (("params.days = 30", "params.days = 0"), "E_MODEL_VALUE"),
        (("params.days = 30", "params.days = { default = 30 }"), "E_MODEL_VALUE"),
        (("params.kind = { default = 0.0, galian_c = 1.0,", "params.kind = { galian_c = 1.0,"), "E_MODEL_VALUE"),
        (("hate_speech = 180", "hate_speech = 0"), "E_MODEL_VALUE"),
        (("disputed = 1.0, proposed = 0.6", "disputed = -1.0, proposed = 0.6"), "E_MODEL_VALUE"),
        (("lo = 0.0", "lo = -2.0"), "E_MODEL_LOG"),
        (("[[factor]]", "[[factor"), "E_MODEL_FILE"),
    ],
)
def test_a_bad_model_is_told(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    text = (models.MODELS / "kaltim.toml").read_text()
    assert change[0] in text
    (tmp_path / "m.toml").write_text(text.replace(*change, 1))
    with pytest.raises(ConfigError if code == "E_MODEL_FILE" else (ConfigError, Faults)) as caught:
        models.load("m.toml", tmp_path)
    codes = [error.code for error in getattr(caught.value, "errors", [caught.value])]
    assert code in codes
    assert "m.toml" in caught.value.message()


def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="bulan") as caught:
        models.load("bulan")
    assert "kaltim" in caught.value.hint()
