"""Covariates of the fitted models: the factors that are not made of incidents, by kecamatan, on the scale fitted.toml gives.

They are taken as they stand at as_of, for every origin of a back-test: what changed since (a quarry opened last year) is known too early
there. Letters: A kecamatan, F factors, K covariates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo.grid import FloatArray
from risk.forecast.constants import fitted
from risk.forecast.history import History
from risk.forecast.models import Covariates


def choose(keys: Sequence[str], raw: FloatArray, codes: Sequence[str], history: History) -> Covariates:
    """The usable ones among factors `keys` (F,), raw (C, F) of kecamatan `codes` (C,), in the order of the history's kecamatan.

    A kecamatan that is not in `codes`, and a value that is not finite, is unknown (NaN): the models give it the provincial mean. A factor
    known nowhere in the province is left out.
    """
    rules = fitted().covariates
    place = {code: i for i, code in enumerate(codes)}
    rows = np.array([place.get(code, -1) for code in history.areas])
    names: list[str] = []
    columns: list[FloatArray] = []
    for f, key in enumerate(keys):
        if key not in rules:
            continue
        column = np.where(rows >= 0, raw[rows, f] if len(raw) else np.nan, np.nan)
        column = np.where(np.isfinite(column), column, np.nan)
        if np.isfinite(column).any():
            names.append(key)
            columns.append(np.log1p(np.maximum(column, 0.0)) if rules[key] == "log1p" else column)
    value = np.column_stack(columns) if columns else np.empty((len(rows), 0))
    return Covariates(tuple(names), value)
