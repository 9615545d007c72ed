"""Model 8e: a Poisson or negative binomial regression on the log of the default forecast, history kernels and covariates; elastic net.

The log of the default forecast is the offset and, beside it, a feature: with every coefficient at 0 the model is the default forecast, so
the penalty shrinks towards what it has to beat. Fitted province by province (RISK, Prakiraan 2).
"""

from __future__ import annotations

from functools import partial

from risk.forecast import features, loglinear
from risk.forecast.models import Model

# The default forecast holds the last year's decayed history already.
FORM = loglinear.Form(without=(features.YEAR,), on_riwayat=True)
MODEL = Model(
    key="8e",
    tune=partial(loglinear.tune, FORM),
    predict=partial(loglinear.predict, FORM),
    needs_covariates=True,
)
