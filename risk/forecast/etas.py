"""Model 8b: self-exciting incidents on a log-linear background (Reinhart & Greenhouse 2018), by kecamatan and day; an experiment.

What it calls triggered is what followed near and soon; a missing covariate looks the same (Reinhart & Greenhouse 2018, section 4): the
branching is no proof of contagion. Letters: A kecamatan, K covariates, B coefficients, F free parameters.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, minimize
from scipy.special import ndtri

from core.errors import InputError
from geo.grid import BoolArray, FloatArray
from risk.forecast import etas_likelihood as likelihood
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook

BACKGROUND, TRIGGERED, CHAIN = "background", "triggered", "chain"
PEOPLE, LAND = "people", "km2"
_SHAPE = (
    "branching",
    "decay_days",
    "range_km",
)  # the first of a point; then the level and the effects of the background
_FILE = Path(__file__).with_name("etas.toml")


@dataclass(frozen=True)
class Estimate:
    """One parameter with its interval; where the data say nothing or it stands at its bound, low and high are its bounds."""

    value: float
    low: float
    high: float
    told: bool  # whether the data tell it


@dataclass(frozen=True)
class Fit:
    """What was learned; names, shift and scale (B - 1,) are of the background's columns, coefficient (B,) of the standardised ones."""

    branching: Estimate
    decay_days: Estimate
    range_km: Estimate
    effects: tuple[Estimate, ...]  # (B - 1,) relative rate per standard deviation of each column
    names: tuple[str, ...]
    shift: FloatArray
    scale: FloatArray
    coefficient: FloatArray
    gain: float  # nats over the background alone
    events: int


def fit(history: History, covariates: Covariates | None, origin: int) -> Fit:
    """Maximum a posteriori by L-BFGS-B from two starts, intervals by the observed information on the logarithmic scale.

    history is history.known_by(origin); only located incidents are used, those of the last window_days are explained, older ones may
    trigger. Raises InputError: E_ETAS_SHORT and E_ETAS_FEW (too little history), E_ETAS_PLACES (all in too few kecamatan),
    E_ETAS_FIT (no maximum found).
    """
    rule = constants()
    first = origin - int(rule["window_days"])
    first = first if history.start is None else max(first, history.start)
    if len(history) and origin - first < rule["min_days"]:
        raise InputError("E_ETAS_SHORT", found=origin - first, wanted=int(rule["min_days"]))
    seen = history.counts(first, origin)
    if seen.sum() < rule["min_events"]:
        raise InputError("E_ETAS_FEW", found=int(seen.sum()), wanted=int(rule["min_events"]))
    if np.count_nonzero(seen) < rule["min_areas"]:
        raise InputError("E_ETAS_PLACES", found=int(np.count_nonzero(seen)), wanted=int(rule["min_areas"]))
    names, columns = _columns(history, covariates)
    shift, scale = columns.mean(axis=0), columns.std(axis=0)
    varies = scale > rule["same"] * np.maximum(1.0, np.abs(shift))
    names = tuple(name for name, kept in zip(names, varies.tolist(), strict=True) if kept)
    shift, scale = shift[varies], scale[varies]
    design = np.column_stack((np.ones(len(seen)), (columns[:, varies] - shift) / scale))
    data = likelihood.gather(history, design, (first, origin), int(rule["memory_days"]))
    point, value = _climb(data, float(seen.sum()) / ((origin - first) * len(seen)), rule)
    low, high = _limits(rule, len(point))
    gain = _alone(point, data, rule) - value
    free = (point > low + _EDGE) & (point < high - _EDGE)
    free[:3] &= gain >= rule["least_gain"]
    spread, told = _spread(point, data, free, rule)
    reach = float(ndtri(0.5 + rule["interval"] / 2.0))
    below = np.exp(np.where(told, np.maximum(point - reach * spread, low), low))
    above = np.exp(np.where(told, np.minimum(point + reach * spread, high), high))
    branching, decay, within, _, *effects = (
        Estimate(float(np.exp(point[i])), float(below[i]), float(above[i]), bool(told[i])) for i in range(len(point))
    )
    return Fit(branching, decay, within, tuple(effects), names, shift, scale, point[3:], gain, int(seen.sum()))


def predict(history: History, covariates: Covariates | None, origin: int, horizon_days: int, fitted: Fit) -> Outlook:
    """Expected incidents, chains of later offspring included, by the mean of the process day after day.

    The background's level is set anew so that background and triggered together give the incidents of the last level_days, and all is
    raised by those known only to their regency. Parts: the background, what known incidents still trigger, and what incidents still to
    come will.
    """
    rule = constants()
    q = float(np.exp(-1.0 / fitted.decay_days.value))
    share, _ = likelihood.shares(*_ground(history), float(np.log(fitted.range_km.value)))
    into = fitted.branching.value * share.T
    names, columns = _columns(history, covariates)
    chosen = [names.index(name) for name in fitted.names]
    shape = np.exp((columns[:, chosen] - fitted.shift) / fitted.scale @ fitted.coefficient[1:])
    located = history.located
    weight = np.where(located, (1.0 - q) * q ** (origin - history.day - 1.0), 0.0)
    past = np.bincount(history.area[located], weight[located], len(shape)).astype(np.float64)
    background, raised = _level(history, origin, shape, fitted.branching.value, q, rule)
    known, chain = np.zeros((2, len(shape)))
    stirred = np.zeros(len(shape))
    for _ in range(horizon_days):
        first, later = _flow(into, past), _flow(into, stirred)
        known += first
        chain += later
        past = q * past + (1.0 - q) * first
        stirred = q * stirred + (1.0 - q) * (background + later)
    parts = raised * np.column_stack((background * horizon_days, known, chain))
    return Outlook(parts.sum(axis=1), parts, (BACKGROUND, TRIGGERED, CHAIN), "additive")


_EDGE = 1e-6  # nearer to a bound than this, on the logarithmic scale, an estimate stands at it


@cache
def constants() -> dict[str, Any]:
    """etas.toml as it stands, where the reasons are."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _columns(history: History, covariates: Covariates | None) -> tuple[tuple[str, ...], FloatArray]:
    """(A, K) the background's columns; what is not known takes the mean of what is."""
    columns = [np.log1p(history.people), np.log(history.km2)]
    names: tuple[str, ...] = (PEOPLE, LAND)
    if covariates is not None:
        names = (*names, *covariates.names)
        columns += list(covariates.value.T)
    known = [np.isfinite(column) for column in columns]
    filled = [
        np.where(seen, column, column[seen].mean() if seen.any() else 0.0)
        for seen, column in zip(known, columns, strict=True)
    ]
    return names, np.column_stack(filled)


def _ground(history: History) -> tuple[FloatArray, FloatArray]:
    return likelihood.between(history.lon, history.lat), history.km2


def _limits(rule: dict[str, Any], size: int) -> tuple[FloatArray, FloatArray]:
    """(B + 3,), (B + 3,) lower and upper bounds of the point."""
    names = (*_SHAPE, "level", *["effect"] * (size - len(_SHAPE) - 1))
    low, high = np.log([rule["bounds"][name] for name in names]).T
    return low.copy(), high.copy()


def _climb(data: likelihood.Data, rate: float, rule: dict[str, Any]) -> tuple[FloatArray, float]:
    """The best point of the starts and minus its log posterior; raises InputError E_ETAS_FIT."""
    best: tuple[FloatArray, float] | None = None
    for start in rule["start"]:
        point = np.zeros(3 + data.design.shape[1])
        point[:3] = [np.log(start[name]) for name in _SHAPE]
        point[3] = np.log(rate * (1.0 - start["branching"]))
        answer = minimize(
            likelihood.negative,
            point,
            args=(data, rule["prior_sd"]),
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(*_limits(rule, len(point))),
            options={"maxiter": int(rule["max_iterations"])},
        )
        found = bool(answer.success) and bool(np.isfinite(answer.fun))
        if found and (best is None or float(answer.fun) < best[1]):
            best = np.asarray(answer.x, dtype=np.float64), float(answer.fun)
    if best is None:
        raise InputError("E_ETAS_FIT")
    return best


def _alone(point: FloatArray, data: likelihood.Data, rule: dict[str, Any]) -> float:
    """Minus the log posterior of the best background without any triggering."""
    low, high = _limits(rule, len(point))
    start = np.append([low[0], point[1], point[2]], point[3:])
    low[:3] = high[:3] = start[:3]
    answer = minimize(
        likelihood.negative, start, args=(data, rule["prior_sd"]), jac=True, method="L-BFGS-B", bounds=Bounds(low, high)
    )
    return float(answer.fun)


def _spread(
    point: FloatArray, data: likelihood.Data, free: BoolArray, rule: dict[str, Any]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """(B + 3,) standard errors, and of which parameters the data tell one."""
    spread = np.zeros(len(point))
    matrix = likelihood.information(point, data, rule["prior_sd"], free)
    values, vectors = np.linalg.eigh(matrix)
    if values[0] <= 0:
        return spread, np.zeros(len(point), bool)
    spread[free] = np.sqrt(np.square(vectors / np.sqrt(values)).sum(axis=1))
    return spread, free


def _level(
    history: History, origin: int, shape: FloatArray, branching: float, q: float, rule: dict[str, Any]
) -> tuple[FloatArray, float]:
    """(A,) background incidents a day by the last level_days, and the factor for incidents known only to their regency."""
    opening = origin - int(rule["level_days"])
    opening = opening if history.start is None else max(opening, history.start)
    located = history.located
    recent = history.between(opening, origin)
    number = np.count_nonzero(recent & located) + rule["level_prior"]
    day = history.day[located]
    reached = q ** np.maximum(opening - day - 1.0, 0.0) - q ** (origin - day - 1.0)
    triggered = branching * float(reached.sum())
    left = max(number - triggered, rule["level_floor"] * number)
    raised = (np.count_nonzero(recent) + rule["level_prior"]) / number
    return shape * (left / (max(origin - opening, 1) * shape.sum())), float(raised)


def _flow(into: FloatArray, state: FloatArray) -> FloatArray:
    """(A,) what the state of every kecamatan sends into each, summed in the order of the kecamatan."""
    return np.asarray(np.einsum("ba,a->b", into, state), dtype=np.float64)


MODEL = Model(key="8b", tune=fit, predict=predict, needs_covariates=False)
