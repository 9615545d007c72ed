"""How much the weights decide: the share of places that keep their class when a model's weights are changed and scaled to sum to 1.

Saisana, Saltelli & Tarantola 2005 (uncertainty and sensitivity of composite indicators); OECD & JRC 2008, step 7. Letters: A places,
F factors, D dimensions, K sets of weights.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from geo.grid import BoolArray, FloatArray
from risk.model import RiskModel
from risk.score import FactorTable, classify

_AT_ONCE = 16  # sets of weights whose scores are in memory together


@dataclass(frozen=True)
class Plan:
    """By how much weights change, how often all at once, and which middle part of the draws is told."""

    change: float
    draws: int
    interval: float


@cache
def plan() -> Plan:
    """What stands in sensitivity.toml."""
    return Plan(**tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")))


def sensitivity(table: FactorTable, model: RiskModel, seed: int, shaken: Plan | None = None) -> dict[str, Any]:
    """What happens to the classes of A places (villages, say), of which those with a score count.

    {"change", "places", "factors": [{"key", "up", "down", "rank_up", "rank_down"}], "random": {"draws", "seed", "kept", "low", "high",
    "always", "rank", "rank_low"}, "least": key}: shares 0..1 that keep their class with one weight higher or lower, and with all weights
    times a random number in 1 - change .. 1 + change (mean and middle of the draws; `always` keep it in every draw); rank: Spearman's
    correlation of the scores. A place that loses its score for want of coverage has not kept its class. Without a place with a score
    only "change" and "places" are there.
    """
    shaken = shaken or plan()
    weight = model.weights
    before, scored = _scores(table, model, weight[None])
    here = np.flatnonzero(scored[:, 0])
    found: dict[str, Any] = {"change": shaken.change, "places": len(here)}
    if not len(here):
        return found
    part = FactorTable(table.keys, table.raw[here], table.value[here], table.known[here])
    base, count = before[here, 0], len(weight)
    step = np.ones((2 * count, count))
    step[np.arange(count), np.arange(count)] += shaken.change
    step[count + np.arange(count), np.arange(count)] -= shaken.change
    rng = np.random.default_rng(seed)
    draws = rng.uniform(1.0 - shaken.change, 1.0 + shaken.change, (shaken.draws, count))
    weights = weight * np.concatenate((step, draws))
    kept, rank, always = _compare(part, model, weights / weights.sum(axis=1, keepdims=True), base, 2 * count)
    up, down, random = np.split(kept, [count, 2 * count])
    rank_up, rank_down, rank_random = np.split(rank, [count, 2 * count])
    edge = 0.5 * (1.0 - shaken.interval)
    found["factors"] = [
        {
            "key": key,
            "up": _round(up[f]),
            "down": _round(down[f]),
            "rank_up": _round(rank_up[f]),
            "rank_down": _round(rank_down[f]),
        }
        for f, key in enumerate(table.keys)
    ]
    found["random"] = {
        "draws": shaken.draws,
        "seed": seed,
        "kept": _round(random.mean()),
        "low": _round(np.quantile(random, edge)),
        "high": _round(np.quantile(random, 1.0 - edge)),
        "always": _round(always),
        "rank": _round(rank_random.mean()),
        "rank_low": _round(rank_random.min()),
    }
    found["least"] = table.keys[int(np.argmin(np.minimum(up, down)))]
    return found


def _round(share: float) -> float:
    return round(float(share), 4)


def _compare(
    table: FactorTable, model: RiskModel, weights: FloatArray, base: FloatArray, single: int
) -> tuple[FloatArray, FloatArray, float]:
    """Share (K,) that keeps its class, rank correlation (K,) with `base`; share that keeps it under all weights from `single` on."""
    thresholds = model.file.thresholds
    classes = classify(base, thresholds)
    kept, rank = np.zeros(len(weights)), np.zeros(len(weights))
    steady = np.ones(len(base), bool)
    ranked = rankdata(base)
    for start in range(0, len(weights), _AT_ONCE):
        score, scored = _scores(table, model, weights[start : start + _AT_ONCE])
        for i in range(score.shape[1]):
            same = scored[:, i] & (classify(score[:, i], thresholds) == classes)
            kept[start + i] = same.mean()
            still = scored[:, i]
            own = ranked if still.all() else rankdata(base[still])
            rank[start + i] = _spearman(own, rankdata(score[still, i]))
            if start + i >= single:
                steady &= same
    return kept, rank, float(steady.mean())


def _spearman(a: FloatArray, b: FloatArray) -> float:
    """Correlation of ranks (equal scores share theirs); 1 where all scores of both are equal or there are fewer than two."""
    if len(a) < 2:
        return 1.0
    x, y = a - 0.5 * (len(a) + 1), b - 0.5 * (len(b) + 1)
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else float(np.array_equal(x, y))


def _scores(table: FactorTable, model: RiskModel, weights: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Score (A, K) under each set of weights (K, F), and where there is one (coverage over the floor): risk.score without the parts."""
    known = table.known.astype(np.float64)
    value = np.where(table.known, table.value, 0.0)
    coverage = known @ weights.T
    scored = coverage >= model.file.coverage_floor - 1e-12
    whole = np.where(coverage > 0, coverage, 1.0)
    floor = model.file.geometric_floor
    if floor is None:
        return 100.0 * (value @ weights.T) / whole, scored
    log = np.zeros_like(coverage)
    names = sorted(set(model.dimensions))
    for name in names:
        mine = np.array([own == name for own in model.dimensions])
        mass = known[:, mine] @ weights[:, mine].T
        mean = (value[:, mine] @ weights[:, mine].T) / np.where(mass > 0, mass, 1.0)
        log += mass / whole * np.log(np.maximum(mean, floor))
    return 100.0 * (np.exp(log) - floor) / (1.0 - floor), scored
