"""Poisson and negative binomial regression with an elastic net: proximal Newton steps, each solved on the Gram matrix.

Minimised: (1/M) sum of -log likelihood + penalty x (mix x |coef|_1 + (1 - mix)/2 x |coef|^2), the intercept free: the scaling of
Friedman, Hastie & Tibshirani 2010 (glmnet) and of sklearn and statsmodels, so that answers compare. Letters: M rows, K columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from geo.grid import FloatArray

_STEPS = 100  # Newton steps; six to ten are usual
_SWEEPS = 1_000  # coordinate sweeps inside a step
_SWEEPS_A_TRY = 3  # then the exact solution is tried on what is not 0
_HALVINGS = 40
_ENOUGH = 1e-13  # a step that promises less than this part of the objective is the last
_TOP = 60.0  # a log rate above it is no rate of incidents; exp stays finite
_DISPERSION = (1e-4, 1e2)  # variance = mu + dispersion x mu^2; outside of these it is 0 or not to be told apart
_ROUNDS = 25  # of coefficients given the dispersion and the dispersion given them
_SETTLED = 1e-6


@dataclass(frozen=True)
class Fit:
    """intercept and coef (K,) of the log rate; dispersion of the negative binomial (NB2), 0 for Poisson; objective as minimised."""

    intercept: float
    coef: FloatArray
    dispersion: float
    objective: float
    converged: bool


def fit(
    x: FloatArray,
    y: FloatArray,
    offset: FloatArray,
    *,
    penalty: float,
    mix: float,
    dispersion: float,
    start: Fit | None = None,
) -> Fit:
    """Coefficients of y (M,) counts on x (M, K), log rate = intercept + x coef + offset (M,), at a known dispersion (0: Poisson).

    Collinear columns share their effect by the ridge part, or by the least norm where there is none. Raises ValueError when no row has an
    event (the intercept would be minus infinity) or anything is not finite.
    """
    if not y.sum() > 0 or not (np.isfinite(x).all() and np.isfinite(y).all() and np.isfinite(offset).all()):
        raise ValueError("counts without an event, or rows that are not finite")
    rows, columns = x.shape
    design = np.column_stack((np.ones(rows), x))
    lasso = np.append(0.0, np.full(columns, penalty * mix))
    ridge = np.append(0.0, np.full(columns, penalty * (1.0 - mix)))
    if start is None:
        beta = np.zeros(columns + 1)
        beta[0] = np.log(y.sum() / np.exp(np.minimum(offset, _TOP)).sum())
    else:
        beta = np.append(start.intercept, start.coef)
    eta = offset + design @ beta
    value = _loss(y, eta, dispersion) + _penalty(beta, lasso, ridge)
    converged = False
    for _ in range(_STEPS):
        mu = np.exp(np.minimum(eta, _TOP))
        shrink = 1.0 + dispersion * mu
        gradient = design.T @ ((mu - y) / shrink) / rows
        hessian = (design.T * (mu / shrink)) @ design / rows
        step = _newton_step(beta, gradient, hessian, lasso, ridge)
        promise = -(gradient @ step + _penalty(beta + step, lasso, ridge) - _penalty(beta, lasso, ridge))
        if promise <= _ENOUGH * (1.0 + abs(value)):
            converged = True
            break
        move, size = design @ step, 1.0
        for _ in range(_HALVINGS):
            tried = _loss(y, eta + size * move, dispersion) + _penalty(beta + size * step, lasso, ridge)
            if tried <= value - 1e-4 * size * promise:
                break
            size /= 2.0
        else:
            converged = True  # no float lies lower
            break
        beta, eta, value = beta + size * step, eta + size * move, tried
    return Fit(float(beta[0]), beta[1:], dispersion, float(value), converged)


def fit_negative_binomial(
    x: FloatArray, y: FloatArray, offset: FloatArray, *, penalty: float, mix: float, start: Fit | None = None
) -> Fit:
    """As `fit`, the dispersion by maximum likelihood in turn with the coefficients (Cameron & Trivedi 2013, section 3.3); 0 where
    Poisson fits as well."""
    found = fit(x, y, offset, penalty=penalty, mix=mix, dispersion=0.0, start=start)
    before = 0.0
    for _ in range(_ROUNDS):
        spread = dispersion_of(y, rate(found, x, offset))
        if spread == 0.0 or abs(spread - before) <= _SETTLED * (1.0 + before):
            break
        found = fit(x, y, offset, penalty=penalty, mix=mix, dispersion=spread, start=found)
        before = spread
    return found


def rate(found: Fit, x: FloatArray, offset: FloatArray) -> FloatArray:
    """(M,) expected counts."""
    return np.exp(np.minimum(found.intercept + x @ found.coef + offset, _TOP))


def dispersion_of(y: FloatArray, mu: FloatArray) -> float:
    """NB2 dispersion of counts y (M,) about means mu (M,) > 0 by maximum likelihood, 0 where no dispersion fits better than Poisson."""
    low, high = np.log(_DISPERSION[0]), np.log(_DISPERSION[1])
    found = minimize_scalar(
        lambda log_a: -log_likelihood(y, mu, float(np.exp(log_a))), bounds=(low, high), method="bounded"
    )
    better = -float(found.fun) > log_likelihood(y, mu, 0.0)
    return float(np.exp(found.x)) if better and found.x > low + 1e-3 else 0.0


def log_likelihood(y: FloatArray, mu: FloatArray, dispersion: float) -> float:
    """Sum of log probabilities of counts y (M,) with means mu (M,): Poisson at dispersion 0, else NB2."""
    some = y > 0
    told = y[some]
    if dispersion == 0.0:
        return float((told * np.log(mu[some])).sum() - mu.sum() - gammaln(told + 1.0).sum())
    size = 1.0 / dispersion
    at_zero = -size * np.log1p(dispersion * mu)
    more = (
        gammaln(told + size) - gammaln(size) - gammaln(told + 1.0) + told * np.log(mu[some] / (size + mu[some]))
    ).sum()
    return float(at_zero.sum() + more)


def _loss(y: FloatArray, eta: FloatArray, dispersion: float) -> float:
    """Mean negative log likelihood but for what no coefficient changes."""
    mu = np.exp(np.minimum(eta, _TOP))
    if dispersion == 0.0:
        return float((mu - y * eta).mean())
    return float(((y + 1.0 / dispersion) * np.log1p(dispersion * mu) - y * eta).mean())


def _penalty(beta: FloatArray, lasso: FloatArray, ridge: FloatArray) -> float:
    return float((lasso * np.abs(beta)).sum() + 0.5 * (ridge * np.square(beta)).sum())


def _newton_step(
    beta: FloatArray, gradient: FloatArray, hessian: FloatArray, lasso: FloatArray, ridge: FloatArray
) -> FloatArray:
    """The move that minimises the quadratic model plus the penalties."""
    if not lasso.any():
        curved = hessian + np.diag(ridge)
        return np.asarray(np.linalg.lstsq(curved, -(gradient + ridge * beta), rcond=1e-12)[0], dtype=np.float64)
    step, slope = np.zeros(len(beta)), gradient.copy()  # slope: of the quadratic model at the step so far
    for sweep in range(_SWEEPS):
        largest = 0.0
        for k in range(len(beta)):
            bend = hessian[k, k]
            if bend <= 0.0:
                continue
            here = beta[k] + step[k]
            pull = bend * here - slope[k]
            there = np.sign(pull) * max(abs(pull) - lasso[k], 0.0) / (bend + ridge[k])
            move = there - here
            if move != 0.0:
                step[k] += move
                slope += move * hessian[k]
                largest = max(largest, abs(move) * np.sqrt(bend))
        if largest <= 1e-13:
            break
        if sweep % _SWEEPS_A_TRY == _SWEEPS_A_TRY - 1:
            exact = _on_support(beta, step, gradient, hessian, lasso, ridge)
            if exact is not None:
                return exact
    return step


def _on_support(
    beta: FloatArray, step: FloatArray, gradient: FloatArray, hessian: FloatArray, lasso: FloatArray, ridge: FloatArray
) -> FloatArray | None:
    """The exact minimum if the coefficients that are not 0, and their signs, are those of beta + step; None if they are not.

    Collinear columns make sweeps slow and this quick.
    """
    sign = np.sign(beta + step)
    live = (sign != 0.0) | (lasso == 0.0)
    wanted = hessian @ beta - gradient - lasso * sign
    there = np.zeros(len(beta))
    curved = hessian[np.ix_(live, live)] + np.diag(ridge[live])
    there[live] = np.linalg.lstsq(curved, wanted[live], rcond=1e-12)[0]
    slope = gradient + hessian @ (there - beta) + ridge * there
    penalised = lasso > 0.0
    kept = (np.sign(there) == sign)[penalised & live].all()
    still = (np.abs(slope) <= lasso * (1.0 + 1e-9))[~live].all()
    solved = (np.abs(slope + lasso * sign)[live] <= 1e-11 * (1.0 + np.abs(gradient).max())).all()
    return there - beta if kept and still and solved else None
