"""Promises of the sensitivity to weights: the scores are risk.score's own, shares are shares, the same seed gives the same answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from core.steadiness import told
from core.words import LANGUAGES, say
from risk.model import RiskModel
from risk.score import FactorTable, combine
from risk.sensitivity import Plan, _scores, plan, sensitivity
from tests.test_factors import MODELS

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.file.name)


def table(model: RiskModel, rows: int = 300, known: float = 0.93) -> FactorTable:
    rng = np.random.default_rng(8)
    shape = (rows, len(model.keys))
    value, seen = rng.random(shape) ** 2, rng.random(shape) < known
    return FactorTable(model.keys, value, np.where(seen, value, np.nan), seen)


def with_weights(model: RiskModel, weight: np.ndarray) -> RiskModel:
    items = [item.model_copy(update={"weight": w}) for item, w in zip(model.file.factor, weight.tolist(), strict=True)]
    return replace(model, file=model.file.model_copy(update={"factor": items}))


@every_model
def test_the_scores_are_those_of_the_combination(model: RiskModel) -> None:
    places = table(model, known=0.7)
    weights = np.random.default_rng(2).dirichlet(np.ones(len(model.keys)), 5)
    score, scored = _scores(places, model, weights)
    for k, weight in enumerate(weights):
        whole = combine(places, with_weights(model, weight))
        assert np.array_equal(scored[:, k], np.isfinite(whole.score))
        assert np.allclose(score[scored[:, k], k], whole.score[scored[:, k]], atol=1e-9)


@every_model
def test_one_weight_at_a_time_as_by_hand(model: RiskModel) -> None:
    places = table(model)
    found = sensitivity(places, model, 1)
    before = combine(places, model)
    for f in (0, len(model.keys) - 1):
        for name, step in (("up", 1.25), ("down", 0.75)):
            weight = model.weights.copy()
            weight[f] *= step
            after = combine(places, with_weights(model, weight / weight.sum()))
            scored = before.classes > 0
            share = (after.classes == before.classes)[scored].mean()
            assert found["factors"][f][name] == pytest.approx(share, abs=1e-4)
    assert found["places"] == int((before.classes > 0).sum())
    assert [item["key"] for item in found["factors"]] == list(model.keys)


@every_model
def test_same_seed_same_answer_and_shares_are_shares(model: RiskModel) -> None:
    places = table(model)
    found = sensitivity(places, model, 7)
    assert orjson.dumps(found) == orjson.dumps(sensitivity(places, model, 7))
    random = found["random"]
    assert random["draws"] == plan().draws == 200
    assert 0 <= random["always"] <= random["low"] <= random["kept"] <= random["high"] <= 1
    assert 0.5 < random["rank_low"] <= random["rank"] <= 1
    assert found["least"] in model.keys
    order = np.random.default_rng(3).permutation(len(places.value))
    shuffled = FactorTable(places.keys, places.raw[order], places.value[order], places.known[order])
    assert sensitivity(shuffled, model, 7)["random"]["kept"] == random["kept"]


@every_model
def test_weights_that_hardly_change_change_hardly_a_class(model: RiskModel) -> None:
    places = table(model, known=1.0)
    little, much = (sensitivity(places, model, 7, Plan(change, 50, 0.9))["random"]["kept"] for change in (1e-9, 0.9))
    assert little == 1.0
    assert much < little


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_told_in_words(lang: str) -> None:
    model = MODELS[0]
    found = sensitivity(table(model), model, 7)
    first, second = told(found, lang)
    assert f"{100 * found['random']['kept']:.0f} %" in first
    assert say(f"factor.{found['least']}.label", lang) in second
    assert told({}, lang) == []
    assert told({"change": 0.25, "places": 0}, lang) == [say("sensitivity.none", lang)]


def test_places_alike_cannot_be_told_apart_by_any_weights() -> None:
    model = MODELS[0]
    value = np.full((20, len(model.keys)), 0.5)
    found = sensitivity(FactorTable(model.keys, value, value, np.ones(value.shape, bool)), model, 1)
    assert found["random"]["kept"] == found["random"]["rank"] == 1.0


def test_without_a_scored_place_there_is_nothing_to_say() -> None:
    model = MODELS[0]
    nothing = np.full((4, len(model.keys)), np.nan)
    found = sensitivity(FactorTable(model.keys, nothing, nothing, np.zeros(nothing.shape, bool)), model, 1)
    assert found == {"change": 0.25, "places": 0}
