"""A log-linear forecast: tuned by rolling origin, fitted on the rows before an origin, and explained part by part.

log rate = offset + intercept + sum of coefficient x feature is fitted; it answers where. How many stays with the default forecast, whose
expected number of the whole province is kept (an intercept learned over years lags where reporting changes: on SNPK NTT 2001-02 it took E/O
from 1.4 to 1.6). Each part is coefficient x (value - provincial mean); what is the same in every kecamatan is the level. Letters: A
kecamatan, K features, M rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.grid import BoolArray, FloatArray
from risk.forecast import features, glm, spec
from risk.forecast.constants import Fitted, fitted
from risk.forecast.features import Features, Rows
from risk.forecast.history import History
from risk.forecast.models import Covariates
from risk.forecast.outlook import Outlook

LEVEL, RIWAYAT = "level", "riwayat"
_DEPENDENT = (
    1e-6  # a standardised column that is a sum of those before it but for less than this says nothing of its own
)
_Family = Callable[..., glm.Fit]


@dataclass(frozen=True)
class Form:
    """What a model takes: names of features it leaves out; whether log riwayat is its offset and first column (else the level is)."""

    without: tuple[str, ...]
    on_riwayat: bool


@dataclass(frozen=True)
class Tuned:
    """The penalty and the family chosen before the first test month; `gain` over the offset alone in the folds, nats per incident."""

    penalty: float
    negative_binomial: bool
    gain: float


@dataclass(frozen=True)
class Fitting:
    """Coefficients (K,) per unit of each feature, 0 for what is constant or a sum of those before it; dispersion 0 for Poisson."""

    names: tuple[str, ...]
    coef: FloatArray
    dispersion: float


def tune(form: Form, history: History, covariates: Covariates | None, origin: int) -> Tuned:
    """Penalty and family by rolling origin over the training windows before `origin`; raises InputError E_FIT_FEW.

    Fold by fold the windows before it are fitted and its own are scored by where (multinomial log score); of the penalties not worse than
    the best by more than their standard errors over windows the strongest is taken, so the offset is left only where that pays.
    """
    constants = fitted()
    ground = features.frame(history, covariates, constants)
    every = features.rows(history, ground, spec.load(), constants, origin)
    features.demand(every, constants)
    rule = constants.penalty
    _, x, offset = columns(form, every)
    penalties = _penalties(x, every.y, offset, constants)
    last = int(every.window[-1]) + 1
    tested = min(rule.folds * rule.fold_windows, last // 2)
    firsts = sorted({last - tested + (tested * fold) // rule.folds for fold in range(rule.folds)})
    scores: list[FloatArray] = []
    for first, end in zip(firsts, [*firsts[1:], last], strict=True):
        past, now = every.window < first, (every.window >= first) & (every.window < end)
        if not every.y[past].any():
            continue
        scores.append(_scores(x, every, offset, past, now, penalties, rule.mix))
    if not scores:
        return Tuned(float(penalties[0]), False, 0.0)
    table = np.concatenate(scores)  # (windows, 2 families x penalties)
    events = max(1.0, float(every.y[every.window >= firsts[0]].sum()))
    best = int(table.mean(axis=0).argmax())
    family, steps = best // len(penalties), len(penalties)
    lag = table[:, best, None] - table[:, family * steps : (family + 1) * steps]
    error = rule.standard_errors * lag.std(axis=0, ddof=1) / np.sqrt(len(lag)) if len(lag) > 1 else np.zeros(steps)
    chosen = int(np.flatnonzero(lag.mean(axis=0) <= error + 1e-12)[0])
    gain = float((table[:, family * steps + chosen] - table[:, 0]).sum() / events)
    return Tuned(float(penalties[chosen]), family == 1, gain)


def predict(
    form: Form, history: History, covariates: Covariates | None, origin: int, horizon_days: int, tuned: Tuned
) -> Outlook:
    """Fitted on all rows known by `origin` with the penalty tuned before; parts sum to the log of the expected number.

    It refuses nothing: the fewer incidents the rows hold, the nearer the penalty keeps it to the offset (past errors are learned from early
    origins as well).
    """
    constants = fitted()
    ground = features.frame(history, covariates, constants)
    found = fitting(form, features.rows(history, ground, spec.load(), constants, origin), tuned, constants)
    now = features.at(history, ground, spec.load(), constants, origin)
    return outlook(form, found, now, horizon_days / constants.window_days)


def columns(form: Form, from_: Rows | Features) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Names (K,), values (M or A, K) and offset of a model."""
    value = from_.x if isinstance(from_, Rows) else from_.value
    kept = [k for k, name in enumerate(from_.names) if name not in form.without]
    names, value = tuple(from_.names[k] for k in kept), value[:, kept]
    if form.on_riwayat:
        return (RIWAYAT, *names), np.column_stack((from_.riwayat, value)), from_.riwayat
    return names, value, np.broadcast_to(from_.level, len(value))


def fitting(form: Form, rows: Rows, tuned: Tuned, constants: Fitted) -> Fitting:
    """The coefficients of the rows at a penalty; all 0 where no row has an incident."""
    names, x, offset = columns(form, rows)
    if not rows.y.any():
        return Fitting(names, np.zeros(len(names)), 0.0)
    z, used, _, scale = _standard(x)
    fit: _Family = glm.fit_negative_binomial if tuned.negative_binomial else _poisson
    found = fit(z, rows.y, offset, penalty=tuned.penalty, mix=constants.penalty.mix)
    coef = np.zeros(len(names))
    coef[used] = found.coef / scale[used]
    return Fitting(names, coef, found.dispersion)


def outlook(form: Form, found: Fitting, now: Features, windows: float) -> Outlook:
    """The forecast over `windows` windows; log riwayat, offset and feature, is one part."""
    value = columns(form, now)[1]
    coef = found.coef.copy()
    if form.on_riwayat:
        coef[0] += 1.0
    return shared_out(found.names, coef * value, now.level, windows)


def shared_out(names: tuple[str, ...], effect: FloatArray, level: float, windows: float) -> Outlook:
    """The default forecast's expected number of the province, shared out by the exponent of the summed effects (A, K).

    level : log of its mean over A in one window. Parts are the effects less their provincial means, those that are 0 everywhere left out.
    """
    parts = effect - effect.mean(axis=0)
    told = np.ptp(effect, axis=0) > 0.0
    share = np.exp(parts[:, told].sum(axis=1))
    height = np.log(windows) + level + np.log(len(share)) - np.log(share.sum())
    parts = np.column_stack((np.full(len(share), height), parts[:, told]))
    kept = tuple(name for name, here in zip(names, told.tolist(), strict=True) if here)
    return Outlook(np.exp(parts.sum(axis=1)), parts, (LEVEL, *kept), "log")


def _poisson(
    x: FloatArray, y: FloatArray, offset: FloatArray, *, penalty: float, mix: float, start: glm.Fit | None = None
) -> glm.Fit:
    return glm.fit(x, y, offset, penalty=penalty, mix=mix, dispersion=0.0, start=start)


def _standard(x: FloatArray) -> tuple[FloatArray, BoolArray, FloatArray, FloatArray]:
    """Standardised columns that say something of their own, which they are (K,), and means and standard deviations (K,)."""
    centre, scale = x.mean(axis=0), x.std(axis=0)
    varied = scale > _DEPENDENT * (1.0 + np.abs(centre))
    z = (x - centre) / np.where(varied, scale, 1.0)
    own = np.abs(np.diag(np.linalg.qr(z * varied, mode="r"))) / np.sqrt(len(x)) > _DEPENDENT
    used = varied & own
    return np.ascontiguousarray(z[:, used]), used, centre, scale


def _penalties(x: FloatArray, y: FloatArray, offset: FloatArray, constants: Fitted) -> FloatArray:
    """From the least penalty that leaves no coefficient down, evenly in the logarithm."""
    rule = constants.penalty
    z = _standard(x)[0]
    base = np.exp(offset) * (y.sum() / np.exp(offset).sum())
    top = float(np.abs(z.T @ (y - base)).max()) / len(y) / max(rule.mix, 1e-3) * (1.0 + 1e-9)
    return np.asarray(top * rule.span ** np.linspace(0.0, 1.0, rule.steps), dtype=np.float64)


def _scores(
    x: FloatArray, every: Rows, offset: FloatArray, past: BoolArray, now: BoolArray, penalties: FloatArray, mix: float
) -> FloatArray:
    """(windows of the fold, 2 x penalties) log score of where, of both families."""
    _, used, centre, scale = _standard(x[past])
    z = (x[:, used] - centre[used]) / scale[used]
    window = every.window[now] - every.window[now].min()
    found: list[FloatArray] = []
    families: tuple[_Family, ...] = (_poisson, glm.fit_negative_binomial)
    for fit in families:
        start: glm.Fit | None = None
        for penalty in penalties.tolist():
            start = fit(z[past], every.y[past], offset[past], penalty=penalty, mix=mix, start=start)
            mu = glm.rate(start, z[now], offset[now])
            where = np.log(mu) - np.log(np.bincount(window, mu))[window]
            found.append(np.bincount(window, every.y[now] * where).astype(np.float64))
    return np.column_stack(found)
