"""FactorTable and ScoreTable, and the one combination that makes the second of the first, for cells and areas alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from geo.grid import BoolArray, FloatArray, Grid
from geo.joins import Evidence
from risk.combination import arithmetic, geometric, known_weight, row_sum
from risk.factor import factors
from risk.model import RiskModel, Weighted
from risk.normalise import normalise

_AT_ONCE = 1 << 14  # rows judged together: their numbers stay in the processor's cache


def as_published(numbers: FloatArray) -> FloatArray:
    """The nearest float32 of every number, as float64: what a snapshot holds."""
    return numbers.astype(np.float32).astype(np.float64)


@dataclass(frozen=True)
class FactorTable:
    """raw and value (N, F) float64, NaN where not known; known (N, F); columns in the model's order.

    Both hold numbers `as_published`, so whatever is made of them can be made again, to the last bit, from a snapshot (risk.scenario).
    """

    keys: tuple[str, ...]
    raw: FloatArray
    value: FloatArray
    known: BoolArray


@dataclass(frozen=True)
class ScoreTable:
    """score (N,) 0..100 and contribution (N, F), NaN where coverage (N,) is under the floor; classes int8 (N,), 0 there."""

    score: FloatArray
    contribution: FloatArray
    coverage: FloatArray
    classes: npt.NDArray[np.int8]


def measure(model: RiskModel, evidence: Evidence, grid: Grid, as_of: date) -> FactorTable:
    """Every factor of the model on every cell; raises ValueError when a factor breaks its promise (finite where known)."""
    registered = factors()
    # Columns lie together in memory: everything after this works factor by factor.
    shape = (grid.size, len(model.keys))
    raws, values = np.empty(shape, order="F"), np.empty(shape, order="F")
    knowns = np.empty(shape, np.bool_, order="F")
    for f, item in enumerate(model.file.factor):
        raw, known = registered[item.key].measure(evidence, grid, as_of, item.params)
        raws[:, f], values[:, f] = finished(raw, known, item, registered[item.key].direction)
        knowns[:, f] = known
    return FactorTable(model.keys, raws, values, knowns)


def finished(raw: FloatArray, known: BoolArray, item: Weighted, direction: int) -> tuple[FloatArray, FloatArray]:
    """raw and value (N,) as a snapshot holds them; raises ValueError when the factor broke its promise (finite where known)."""
    if not np.isfinite(raw[known]).all():
        raise ValueError(f"{item.key}: not finite where known")
    raw = as_published(np.where(known, raw, np.nan))
    return raw, as_published(normalise(raw, item, direction))


def combine(table: FactorTable, model: RiskModel) -> ScoreTable:
    """The model's combination of the known values; score = sum of contributions (in factor order), coverage = sum of known weights."""
    rows, count = table.value.shape
    made = ScoreTable(np.empty(rows), np.empty((rows, count), order="F"), np.empty(rows), np.empty(rows, np.int8))
    for start in range(0, rows, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        _combine(table.value[part], table.known[part], model, part, made)
    return made


def _combine(value: FloatArray, known: BoolArray, model: RiskModel, rows: slice, made: ScoreTable) -> None:
    """Fill some rows of `made`; every row is computed by itself."""
    weight = model.weights
    coverage = known_weight(known, weight)
    hidden = np.flatnonzero(coverage < model.file.coverage_floor - 1e-12)
    if model.file.geometric_floor is None:
        points = arithmetic(value, known, weight)
    else:
        points = geometric(value, known, weight, model.dimensions, model.file.geometric_floor)
    points[hidden] = np.nan
    score = row_sum(points)
    made.contribution[rows], made.coverage[rows], made.score[rows] = points, coverage, score
    made.classes[rows] = classify(score, model.file.thresholds)


def classify(score: FloatArray, thresholds: list[float]) -> npt.NDArray[np.int8]:
    """0 for NaN, else 1..5: a score equal to a threshold belongs to the class above it."""
    # Judged on the published precision (float32), so that class and score never contradict each other.
    published = as_published(score)
    classes = np.ones(len(score), np.int8)
    for lowest in thresholds:
        classes += published >= lowest
    classes[np.isnan(score)] = 0
    return classes
