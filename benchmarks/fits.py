"""The fits of 8a and 8e on a simulated province, against statsmodels and scikit-learn fitting the same model to the same rows.

The rows are those the models learn from (168 kecamatan, 48 months), features standardised; the answers are coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import statsmodels.api as sm
from sklearn.linear_model import PoissonRegressor

from benchmarks.race import Race
from risk.forecast import eight_a, eight_e, features, glm, loglinear, spec
from risk.forecast.constants import fitted
from risk.simulate.recipe import recipe
from risk.simulate.simulate import simulate

SEED = 4
PENALTY = 0.005
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


@cache
def rows(form: loglinear.Form) -> Arrays:
    """Standardised features, counts and offset."""
    made = simulate(recipe("base"), SEED)
    past = made.history.known_by(made.end)
    ground = features.frame(past, made.covariates, fitted())
    found = features.rows(past, ground, spec.load(), fitted(), made.end)
    _, x, offset = loglinear.columns(form, found)
    return loglinear._standard(x)[0], found.y, offset


def _near(tolerance: float) -> Callable[[object, object], bool]:
    return lambda a, b: bool(np.allclose(a, b, rtol=0, atol=tolerance))  # type: ignore[arg-type]


def _coefficients(found: glm.Fit) -> np.ndarray:
    return np.append(found.intercept, found.coef)


def _size(x: np.ndarray) -> str:
    return f"{x.shape[0]:,} rows, {x.shape[1]} features"


def races() -> tuple[Race, ...]:
    return (_poisson(), _negative_binomial(), _ridge("lbfgs"), _ridge("newton-cholesky"), _elastic_net())


def _poisson() -> Race:
    x, y, offset = rows(eight_a.FORM)

    def ours() -> object:
        return _coefficients(glm.fit(x, y, offset, penalty=0.0, mix=0.5, dispersion=0.0))

    def theirs() -> object:
        model = sm.GLM(y, sm.add_constant(x), family=sm.families.Poisson(), offset=offset)
        return model.fit(tol=1e-10).params

    return Race("8a fit, Poisson", _size(x), ours, theirs, _near(1e-5), "statsmodels GLM", 5)


def _negative_binomial() -> Race:
    x, y, offset = rows(eight_a.FORM)

    def ours() -> object:
        found = glm.fit_negative_binomial(x, y, offset, penalty=0.0, mix=0.5)
        return np.append(_coefficients(found), found.dispersion)

    def theirs() -> object:
        model = sm.NegativeBinomial(y, sm.add_constant(x), offset=offset)
        return model.fit(disp=0, method="newton", maxiter=200).params

    return Race("8a fit, negative binomial", _size(x), ours, theirs, _near(1e-3), "statsmodels NegativeBinomial", 2)


def _ridge(solver: str) -> Race:
    x, y, offset = rows(eight_e.FORM)
    exposure = np.exp(offset)
    alpha = PENALTY * len(y) / exposure.sum()  # theirs is a mean over weights, ours over rows

    def ours() -> object:
        return _coefficients(glm.fit(x, y, offset, penalty=PENALTY, mix=0.0, dispersion=0.0))

    def theirs() -> object:
        model = PoissonRegressor(alpha=alpha, solver=solver, tol=1e-7, max_iter=10_000)
        model.fit(x, y / exposure, sample_weight=exposure)
        return np.append(model.intercept_, model.coef_)

    return Race("8e fit, ridge", _size(x), ours, theirs, _near(1e-4), f"sklearn PoissonRegressor, {solver}", 1)


def _elastic_net() -> Race:
    x, y, offset = rows(eight_e.FORM)
    mix = fitted().penalty.mix
    alpha = np.append(0.0, np.full(x.shape[1], PENALTY))

    def ours() -> object:
        return _coefficients(glm.fit(x, y, offset, penalty=PENALTY, mix=mix, dispersion=0.0))

    def theirs() -> object:
        model = sm.GLM(y, sm.add_constant(x), family=sm.families.Poisson(), offset=offset)
        return model.fit_regularized(alpha=alpha, L1_wt=mix, maxiter=1000, cnvrg_tol=1e-6, zero_tol=0.0).params

    return Race("8e fit, elastic net", _size(x), ours, theirs, _near(1e-3), "statsmodels fit_regularized", 20)
