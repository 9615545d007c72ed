"""Gradient boosting as one more model of the back-test (extra `petarawan[boosting]`): the default times step functions.

HistGradientBoosting of scikit-learn with Poisson loss and no interactions: every tree splits on one feature alone, so the log rate is a sum
of one function per feature (a boosted additive model, Friedman 2001; Lou, Caruana & Gehrke 2012) and its parts are exact, not an
approximation. How many stays with the default forecast, as in 8e. Letters: A kecamatan, K features, M rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.grid import FloatArray
from risk.forecast import features, loglinear, spec
from risk.forecast.constants import Boosting, Fitted, fitted
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook

FORM = loglinear.Form(without=(), on_riwayat=True)


def _tune(history: History, covariates: Covariates | None, origin: int) -> Fitted:
    """Nothing is searched for: the constants as shipped; raises InputError E_FIT_FEW where the history cannot carry it."""
    constants = fitted()
    ground = features.frame(history, covariates, constants)
    features.demand(features.rows(history, ground, spec.load(), constants, origin), constants)
    return constants


def _predict(
    history: History, covariates: Covariates | None, origin: int, horizon_days: int, constants: Fitted
) -> Outlook:
    ground = features.frame(history, covariates, constants)
    rows = features.rows(history, ground, spec.load(), constants, origin)
    names, x, offset = loglinear.columns(FORM, rows)
    now = features.at(history, ground, spec.load(), constants, origin)
    _, value, here = loglinear.columns(FORM, now)
    effect = np.zeros_like(value)
    if rows.y.any():
        effect = _functions(_grown(x, rows.y, np.exp(offset), constants.boosting), value)
    effect[:, 0] += here  # log riwayat, offset and feature, is one part
    return loglinear.shared_out(names, effect, now.level, horizon_days / constants.window_days)


def _grown(x: FloatArray, y: FloatArray, exposure: FloatArray, rule: Boosting) -> Any:
    """The trees: counts over what the default expects, weighted by it, which is Poisson regression with that offset."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=rule.iterations,
        learning_rate=rule.learning_rate,
        max_leaf_nodes=rule.leaves,
        min_samples_leaf=rule.least_rows,
        l2_regularization=rule.l2,
        max_bins=rule.bins,
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=0,  # nothing is drawn: no early stopping, no subsampling
    )
    return model.fit(x, y / exposure, sample_weight=exposure)


def _functions(model: Any, value: FloatArray) -> FloatArray:
    """(A, K) each feature's function but for a constant: the log rate when that feature alone leaves its median."""
    base = np.median(value, axis=0)
    parts = np.empty_like(value)
    for k in range(value.shape[1]):
        alone = np.tile(base, (len(value), 1))
        alone[:, k] = value[:, k]
        parts[:, k] = np.log(model.predict(alone))
    return parts


MODEL = Model(key="boosting", tune=_tune, predict=_predict, needs_covariates=True, needs="sklearn")
