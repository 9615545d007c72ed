"""Covariates on the scale fitted.toml gives them, and which of them say something the models do not know already.

Letters: A kecamatan, K covariates.
"""

from __future__ import annotations

import numpy as np

from geo.grid import FloatArray
from risk.forecast.constants import fitted
from risk.forecast.models import Covariates

LEFT_OUT, LOG1P = "left_out", "log1p"


def prepared(covariates: Covariates | None) -> Covariates:
    """Transformed by name, unlisted ones as they are; the unknown (not finite) take the mean of the known, so they add nothing to an
    explanation. One known nowhere, and one to be left out, is not among them."""
    names: list[str] = []
    columns: list[FloatArray] = []
    if covariates is None:
        return Covariates((), np.empty((0, 0)))
    rules = fitted().covariates
    for name, raw in zip(covariates.names, covariates.value.T, strict=True):
        rule = rules.get(name)
        if rule == LEFT_OUT or not np.isfinite(raw).any():
            continue
        names.append(name)
        columns.append(filled(np.log1p(np.maximum(raw, 0.0)) if rule == LOG1P else raw))
    value = np.column_stack(columns) if columns else np.empty((len(covariates.value), 0))
    return Covariates(tuple(names), value)


def filled(column: FloatArray) -> FloatArray:
    """(A,) the column with the mean of its known values where it is not finite, 0 where none is."""
    known = np.isfinite(column)
    return np.where(known, column, column[known].mean() if known.any() else 0.0)
