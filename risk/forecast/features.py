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
from risk.forecast.history import History
from risk.forecast.models import Covariates
from risk.forecast.spec import Spec

RECENT, YEAR, LONG, NEAR, UNLOCATED, POPULATION, DENSITY = (
    "recent", "year", "long", "near", "unlocated", "population", "density",
)  # fmt: skip


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
    density = np.log(np.maximum(history.people, 1.0) / history.km2)
    names, columns = [POPULATION, DENSITY], [people, density]
    if covariates is not None:
        names += covariates.names
        columns += list(covariates.value.T)
    xyz = unit_vectors(history.lon, history.lat)
    distance = arc_km(np.sqrt(np.maximum(2.0 - 2.0 * (xyz @ xyz.T), 0.0)))
    nearness = np.exp(-distance / constants.kernel.near_km)
    np.fill_diagonal(nearness, 0.0)
    return Frame(tuple(names), np.column_stack([_filled(column) for column in columns]), nearness)


def _filled(column: FloatArray) -> FloatArray:
    known = np.isfinite(column)
    return np.where(known, column, column[known].mean() if known.any() else 0.0)


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
        (RECENT, decayed(kernel.recent_days)),
        (YEAR, year),
        (LONG, decayed(kernel.long_days)),
        (NEAR, ground.nearness @ year),
        (UNLOCATED, (vague / np.maximum(kecamatan, 1))[history.regency]),
    )
    expected = shrunken.forecast(history, spec, origin, constants.window_days).expected
    return Features(
        names=(*(name for name, _ in grown), *ground.names),
        value=np.column_stack([*(np.log1p(column) for _, column in grown), ground.fixed]),
        riwayat=np.log(expected),
        level=float(np.log(expected.sum() / size)),
    )


def rows(history: History, ground: Frame, spec: Spec, constants: Fitted, origin: int) -> Rows:
    """Training rows of the windows before `origin`, history known_by(origin).

    Raises InputError E_FIT_FEW when they hold fewer than `least_events` located incidents.
    """
    start, length = history.start, constants.window_days
    room = 0 if start is None else (origin - start - constants.first_days) // length
    count = max(0, min(constants.windows, room))
    firsts = [origin - length * (count - w) for w in range(count)]
    y = [history.counts(first, first + length) for first in firsts]
    events = sum(float(column.sum()) for column in y)
    if events < constants.least_events:
        raise InputError("E_FIT_FEW", found=int(events), needed=constants.least_events)
    seen = [at(history.known_by(first), ground, spec, constants, first) for first in firsts]
    every = int(np.count_nonzero(history.between(firsts[0], origin)))
    lowered = float(np.log(events / every))
    size = len(history.areas)
    return Rows(
        names=seen[0].names,
        x=np.concatenate([item.value for item in seen]),
        y=np.concatenate(y),
        riwayat=np.concatenate([item.riwayat for item in seen]) + lowered,
        level=np.repeat([item.level for item in seen], size) + lowered,
        window=np.repeat(np.arange(count), size),
    )
