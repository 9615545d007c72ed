"""Model 8e: a Poisson or negative binomial regression on the log of the default forecast, history kernels and covariates; elastic net.

The log of the default forecast is the offset and, beside it, a feature: with every coefficient at 0 the model is the default forecast, so
the penalty shrinks towards what it has to beat. Fitted province by province (RISK, Prakiraan 2).
"""

from __future__ import annotations

from risk.forecast import features, loglinear
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook

# The default forecast holds the last year's decayed history already.
FORM = loglinear.Form(without=(features.YEAR,), on_riwayat=True)


def _tune(history: History, covariates: Covariates | None, origin: int) -> loglinear.Tuned:
    return loglinear.tune(FORM, history, covariates, origin)


def _predict(
    history: History, covariates: Covariates | None, origin: int, horizon_days: int, tuned: loglinear.Tuned
) -> Outlook:
    return loglinear.predict(FORM, history, covariates, origin, horizon_days, tuned)


MODEL = Model(key="8e", tune=_tune, predict=_predict, needs_covariates=True)
