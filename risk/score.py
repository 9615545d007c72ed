"""FactorTable and ScoreTable, and the one combination that makes the second of the first, for cells and areas alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from geo.grid import BoolArray, FloatArray, Grid
from geo.joins import Evidence
from risk.combination import arithmetic, geometric
from risk.factor import factors
from risk.model import RiskModel
from risk.normalise import normalise


@dataclass(frozen=True)
class FactorTable:
    """raw and value (N, F) float64, NaN where not known; known (N, F); columns in the model's order."""

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
    raws, values, knowns = [], [], []
    for item in model.file.factor:
        factor = registered[item.key]
        raw, known = factor.measure(evidence, grid, as_of, item.params)
        if not np.isfinite(raw[known]).all():
            raise ValueError(f"{item.key}: not finite where known")
        raw = np.where(known, raw, np.nan)
        raws.append(raw)
        values.append(normalise(raw, item, factor.direction))
        knowns.append(known)
    return FactorTable(model.keys, np.column_stack(raws), np.column_stack(values), np.column_stack(knowns))


def combine(table: FactorTable, model: RiskModel) -> ScoreTable:
    """The model's combination of the known values; score = sum of contributions (in factor order), coverage = sum of known weights."""
    weight = model.weights
    coverage = np.where(table.known, weight, 0.0).sum(axis=1)
    scored = coverage >= model.file.coverage_floor - 1e-12
    if model.file.geometric_floor is None:
        points = arithmetic(table.value, table.known, weight)
    else:
        points = geometric(table.value, table.known, weight, model.dimensions, model.file.geometric_floor)
    contribution = np.where(scored[:, None], points, np.nan)
    score = contribution.sum(axis=1)
    return ScoreTable(score, contribution, coverage, classify(score, model.file.thresholds))


def classify(score: FloatArray, thresholds: list[float]) -> npt.NDArray[np.int8]:
    """0 for NaN, else 1..5: a score equal to a threshold belongs to the class above it."""
    # Judged on the published precision (float32), so that class and score never contradict each other.
    published = score.astype(np.float32).astype(np.float64)
    classes = 1 + np.searchsorted(np.asarray(thresholds), np.nan_to_num(published), side="right")
    return np.where(np.isnan(score), 0, classes).astype(np.int8)
