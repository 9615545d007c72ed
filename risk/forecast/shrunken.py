"""The default forecast, "riwayat tersusut": how many by the last year, where by decayed history and a little of the people's share."""

from __future__ import annotations

import numpy as np

from geo.grid import FloatArray
from risk.forecast import heaping, spec
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook

HISTORY, HEAP, PEOPLE, REGENCY, EVEN = "history", "heap", "people", "regency", "even"  # names of the parts


def level(history: History, rule: spec.Riwayat, origin: int) -> float:
    """Incidents per day: those of the last `level_days`, located or not, over the days that were observed."""
    start = history.start
    observed = rule.level_days if start is None else min(rule.level_days, max(origin - start, rule.level_least_days))
    counted = int(np.count_nonzero(history.between(origin - rule.level_days, origin)))
    return max(float(counted), rule.level_least_events) / observed


def people_share(history: History) -> FloatArray:
    """(A,) share of the province's people; an area without a figure takes the mean of those with one, all the same where none has.

    An area where nobody lives counts one person: nothing is impossible.
    """
    known = np.isfinite(history.people)
    mean = history.people[known].mean() if known.any() else 1.0
    heads = np.maximum(np.where(known, history.people, mean), 1.0)
    return np.asarray(heads / heads.sum(), dtype=np.float64)


def decayed(history: History, half_life_days: float, origin: int) -> FloatArray:
    """(R,) weight 2^(-age / half-life) of each incident, 0 where its kecamatan is not known."""
    return np.where(history.located, np.exp2((history.day - origin) / half_life_days), 0.0)


def forecast(history: History, constants: spec.Spec, origin: int, horizon_days: int) -> Outlook:
    """lambda(a) = level x share(a), share ~ sum of 2^(-age / 365 d) + 0.1 A people share(a); RISK, Prakiraan 1.

    history is history.known_by(origin). Parts: what decayed history gives, what the correction of heaped points moves (where it does),
    and what people give. Where people say nothing (a class without the population prior, or no figures) the last is a floor of its own:
    one part by the history of the kabupaten, spread evenly inside it, one part the same everywhere.
    """
    rule, size = constants.riwayat, len(history.areas)
    weight = decayed(history, rule.half_life_days, origin)
    past = np.bincount(history.area[history.located], weight[history.located], size).astype(np.float64)
    parts = {HISTORY: past}
    moved = heaping.moved(history, heaping.find(history, constants.heap), weight)
    if moved.any():
        parts[HEAP] = moved
    if constants.kind(history.kind).prior == "people" and np.isfinite(history.people).mean() >= rule.people_known:
        parts[PEOPLE] = rule.prior * size * people_share(history)
    else:
        by_regency = rule.floor_regency * float(past.sum() > 0)
        parts[REGENCY] = rule.floor * size * by_regency * _regency_share(history, past)
        parts[EVEN] = np.full(size, rule.floor * (1.0 - by_regency))
    scale = level(history, rule, origin) * horizon_days / sum(part.sum() for part in parts.values())
    shares = np.column_stack(list(parts.values())) * scale
    return Outlook(shares.sum(axis=1), shares, tuple(parts), "additive")


def _regency_share(history: History, past: FloatArray) -> FloatArray:
    """(A,) share of the kabupaten in the decayed history, the same in each of its kecamatan; 0 where there is no history at all."""
    homes = len(history.regencies)
    inside = np.bincount(history.regency, minlength=homes)
    by_home = np.bincount(history.regency, past, homes)
    return np.asarray((by_home / inside)[history.regency] / (past.sum() or 1.0))


def _tune(_history: History, _covariates: Covariates | None, _origin: int) -> spec.Spec:
    """Nothing is fitted: the constants as shipped."""
    return spec.load()


def _predict(
    history: History, _covariates: Covariates | None, origin: int, horizon_days: int, constants: spec.Spec
) -> Outlook:
    return forecast(history, constants, origin, horizon_days)


MODEL = Model(key="riwayat", tune=_tune, predict=_predict, needs_covariates=False)
