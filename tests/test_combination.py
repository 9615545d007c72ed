"""Promises of the two combinations: exact sums, Shapley by brute force, monotone, honest about unknown dimensions."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import ConfigError
from risk import model as models
from risk.combination import arithmetic, geometric
from risk.score import FactorTable, combine

DIMENSION = ("a", "a", "b", "b", "c", "d")
WEIGHT = np.array([0.3, 0.1, 0.2, 0.1, 0.2, 0.1])
FLOOR = 0.05
F = len(DIMENSION)
values = hnp.arrays(np.float64, (3, F), elements=st.floats(0, 1, allow_nan=False))
some = hnp.arrays(np.bool_, (3, F)).filter(lambda known: bool(known.any(axis=1).all()))


def _score(value: np.ndarray, known: np.ndarray) -> np.ndarray:
    return geometric(value, known, WEIGHT, DIMENSION, FLOOR).sum(axis=1)


def _mean(value: np.ndarray, known: np.ndarray, present: set[str]) -> float:
    """The score of one place by the formula as it is written, the dimensions not present at the floor."""
    total, log = 0.0, 0.0
    for name in sorted(set(DIMENSION)):
        mine = [i for i in range(F) if DIMENSION[i] == name and known[i]]
        mass = sum(WEIGHT[i] for i in mine)
        if mass:
            level = sum(WEIGHT[i] * value[i] for i in mine) / mass if name in present else 0.0
            log += mass * np.log(max(level, FLOOR))
            total += mass
    return float(100 * (np.exp(log / total) - FLOOR) / (1 - FLOOR))


@settings(deadline=None, max_examples=40)
@given(values, some)
def test_points_are_the_shapley_values_of_all_orders(value: np.ndarray, known: np.ndarray) -> None:
    points = geometric(value, known, WEIGHT, DIMENSION, FLOOR)
    names = sorted(set(DIMENSION))
    orders = list(permutations(names))
    for row in range(len(value)):
        expected = dict.fromkeys(names, 0.0)
        for order in orders:
            present: set[str] = set()
            for name in order:
                before = _mean(value[row], known[row], present)
                present.add(name)
                expected[name] += (_mean(value[row], known[row], present) - before) / len(orders)
        for name in names:
            mine = [i for i in range(F) if DIMENSION[i] == name]
            assert abs(points[row, mine].sum() - expected[name]) < 1e-9


@settings(deadline=None)
@given(values, some)
def test_points_sum_to_the_score_and_unknown_adds_nothing(value: np.ndarray, known: np.ndarray) -> None:
    points = geometric(value, known, WEIGHT, DIMENSION, FLOOR)
    whole = [_mean(value[i], known[i], set(DIMENSION)) for i in range(len(value))]
    assert np.allclose(points.sum(axis=1), whole, atol=1e-9)
    assert (points >= 0).all()
    assert (points[~known] == 0).all()
    assert np.array_equal(points, geometric(np.where(known, value, np.nan), known, WEIGHT, DIMENSION, FLOOR))


@settings(deadline=None)
@given(values, some, st.integers(0, F - 1))
def test_more_of_a_factor_never_lowers_the_score(value: np.ndarray, known: np.ndarray, f: int) -> None:
    more = value.copy()
    more[:, f] = np.minimum(1.0, more[:, f] + 0.3)
    assert (_score(more, known) >= _score(value, known) - 1e-9).all()


def test_all_equal_is_that_level_above_the_floor_and_one_low_dimension_pulls_down() -> None:
    known = np.ones((3, F), bool)
    level = np.array([[0.4] * F, [1.0] * F, [0.0] * F])
    assert np.allclose(_score(level, known), [100 * (0.4 - FLOOR) / (1 - FLOOR), 100, 0])
    uneven = np.array([[1, 1, 1, 1, 0, 1.0]] * 3)
    assert 0 < _score(uneven, known)[0] < arithmetic(uneven, known, WEIGHT).sum(axis=1)[0]


@settings(deadline=None)
@given(values, some)
def test_arithmetic_points_are_weight_times_value(value: np.ndarray, known: np.ndarray) -> None:
    points = arithmetic(value, known, WEIGHT)
    for row in range(len(value)):
        mine = known[row]
        mean = 100 * np.average(value[row][mine], weights=WEIGHT[mine])
        assert abs(points[row].sum() - mean) < 1e-9


def _changed(folder: Path, combination: str) -> Path:
    text = (models.MODELS / "kaltim.toml").read_text(encoding="utf-8")
    (folder / "uji.toml").write_text(text.replace('combination = "arithmetic"', combination), encoding="utf-8")
    return folder


def test_a_geometric_model_publishes_contributions_that_sum(tmp_path: Path) -> None:
    model = models.load("uji.toml", _changed(tmp_path, 'combination = "geometric"\ngeometric_floor = 0.05'))
    value = np.full((1, len(model.keys)), 0.3)
    scores = combine(FactorTable(model.keys, value, value, np.ones_like(value, bool)), model)
    assert np.allclose(scores.score, 100 * 0.25 / 0.95)
    assert np.allclose(scores.contribution.sum(axis=1), scores.score, atol=1e-9)


@pytest.mark.parametrize(
    "combination", ['combination = "geometric"', 'combination = "arithmetic"\ngeometric_floor = 0.05']
)
def test_a_floor_without_geometric_or_the_reverse_is_refused(tmp_path: Path, combination: str) -> None:
    with pytest.raises(ConfigError) as caught:
        models.load("uji.toml", _changed(tmp_path, combination))
    assert caught.value.code == "E_MODEL_COMBINATION"
