"""What the fitted models see of a province at one origin, and the rows they learn from.

Letters: A kecamatan, K features, W training windows, M = W x A rows. Every row is made from history.known_by(its own first day).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.crs import arc_km, unit_vectors
from core.errors import InputError
from geo.grid import FloatArray
from risk.forecast import shrunken
from risk.forecast.constants import Fitted
from risk.forecast.covariates import filled, prepared
from risk.forecast.history import History
from risk.forecast.models import Covariates
from risk.forecast.spec import Spec

YEAR, POPULATION, DENSITY = "year", "population", "density"
_GROWN = ("recent", YEAR, "long", "near", "unlocated")  # made of the history, in the order of `at`


@dataclass(frozen=True)
class Features:
    """value (A, K), finite; riwayat (A,) log expected incidents of the default forecast in a window; level: log of their mean over A."""

    names: tuple[str, ...]
    value: FloatArray
    riwayat: FloatArray
    level: float


@dataclass(frozen=True)
class Rows:
    """x (M, K), y (M,) located incidents, riwayat and level (M,) logs as in Features, window (M,) 0 for the oldest; area by area in each.

    The logs are those of located incidents: lowered by the located share of all training incidents, which a forecast does not do.
    """

    names: tuple[str, ...]
    x: FloatArray
    y: FloatArray
    riwayat: FloatArray
    level: FloatArray
    window: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Frame:
    """What stays the same at every origin: names and values (A, K0) of people, density and covariates; nearness (A, A), 0 on itself."""

    names: tuple[str, ...]
    fixed: FloatArray
    nearness: FloatArray


def frame(history: History, covariates: Covariates | None, constants: Fitted) -> Frame:
    """The unknown take the provincial mean, so they add nothing to an explanation; people of 0 count as 1 in a logarithm."""
    people = np.log(np.maximum(history.people, 1.0))
    told = prepared(covariates)
    columns = [filled(people), filled(people - np.log(history.km2)), *told.value.T]
    xyz = unit_vectors(history.lon, history.lat)
    distance = arc_km(np.sqrt(np.maximum(2.0 - 2.0 * (xyz @ xyz.T), 0.0)))
    nearness = np.exp(-distance / constants.kernel.near_km)
    np.fill_diagonal(nearness, 0.0)
    return Frame((POPULATION, DENSITY, *told.names), np.column_stack(columns), nearness)


def at(history: History, ground: Frame, spec: Spec, constants: Fitted, origin: int) -> Features:
    """Features at `origin` of a history already known_by(origin)."""
    size, kernel = len(history.areas), constants.kernel
    located = history.located

    def decayed(half_life: float) -> FloatArray:
        weight = np.exp2((history.day[located] - origin) / half_life)
        return np.bincount(history.area[located], weight, size).astype(np.float64)

    year = decayed(kernel.year_days)
    homed = ~located & (history.home >= 0)
    vague = np.bincount(
        history.home[homed], np.exp2((history.day[homed] - origin) / kernel.year_days), len(history.regencies)
    )
    kecamatan = np.bincount(history.regency, minlength=len(history.regencies))
    grown = (
        decayed(kernel.recent_days),
        year,
        decayed(kernel.long_days),
        ground.nearness @ year,
        (vague / np.maximum(kecamatan, 1))[history.regency],
    )
    expected = shrunken.forecast(history, spec, origin, constants.window_days).expected
    return Features(
        names=(*_GROWN, *ground.names),
        value=np.column_stack([*(np.log1p(column) for column in grown), ground.fixed]),
        riwayat=np.log(expected),
        level=float(np.log(expected.sum() / size)),
    )


def rows(history: History, ground: Frame, spec: Spec, constants: Fitted, origin: int) -> Rows:
    """Training rows of the windows before `origin`, history known_by(origin); M is 0 where the record is too young for one."""
    start, length, size = history.start, constants.window_days, len(history.areas)
    room = 0 if start is None else (origin - start - constants.first_days) // length
    count = max(0, min(constants.windows, room))
    firsts = [origin - length * (count - w) for w in range(count)]
    seen = [at(history.known_by(first), ground, spec, constants, first) for first in firsts]
    y = np.array([history.counts(first, first + length) for first in firsts]).reshape(-1)
    every = np.count_nonzero(history.between(firsts[0], origin)) if firsts else 0
    lowered = np.log(y.sum() / every) if y.any() else 0.0
    return Rows(
        names=(*_GROWN, *ground.names),
        x=np.array([item.value for item in seen]).reshape(count * size, len(_GROWN) + len(ground.names)),
        y=y,
        riwayat=np.array([item.riwayat for item in seen]).reshape(-1) + lowered,
        level=np.repeat([item.level for item in seen], size) + lowered,
        window=np.repeat(np.arange(count), size),
    )


def demand(found: Rows, constants: Fitted) -> None:
    """Raise InputError E_FIT_FEW when the rows hold fewer than `least_events` located incidents."""
    events = int(found.y.sum())
    if events < constants.least_events:
        raise InputError("E_FIT_FEW", found=events, needed=constants.least_events)
