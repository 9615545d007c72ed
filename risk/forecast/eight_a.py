"""Model 8a: the regression of 8e without the default forecast among its features.

How many is still answered by the default forecast's level of the last twelve months; where, by history kernels, people and covariates
alone.
"""

from __future__ import annotations

from functools import partial

from risk.forecast import loglinear
from risk.forecast.models import Model

FORM = loglinear.Form(without=(), on_riwayat=False)
MODEL = Model(
    key="8a",
    tune=partial(loglinear.tune, FORM),
    predict=partial(loglinear.predict, FORM),
    needs_covariates=True,
)
