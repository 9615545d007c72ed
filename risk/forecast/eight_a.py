"""Model 8a: the regression of 8e without the default forecast among its features.

How many is still answered by the default forecast's level of the last twelve months; where, by history kernels, people and covariates
alone.
"""

from __future__ import annotations

from risk.forecast import loglinear
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook

FORM = loglinear.Form(without=(), on_riwayat=False)


def _tune(history: History, covariates: Covariates | None, origin: int) -> loglinear.Tuned:
    return loglinear.tune(FORM, history, covariates, origin)


def _predict(
    history: History, covariates: Covariates | None, origin: int, horizon_days: int, tuned: loglinear.Tuned
) -> Outlook:
    return loglinear.predict(FORM, history, covariates, origin, horizon_days, tuned)


MODEL = Model(key="8a", tune=_tune, predict=_predict, needs_covariates=True)
