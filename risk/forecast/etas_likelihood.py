"""The likelihood of the self-exciting model by kecamatan and day, with its exact gradient.

Expected incidents in kecamatan b on day d (Reinhart & Greenhouse 2018, eq. 2, summed over the kecamatan and counted in days):

    lambda(b, d) = exp(x_b . beta) + branching x sum over earlier incidents j of (1 - q) q^(d - d_j - 1) K(a_j, b),   q = exp(-1 / decay)

K(a, b) is the share of the Gaussian (standard deviation `range` on each axis) around an incident somewhere in kecamatan a that falls into
b: each kecamatan stands for a disc of its area, whose variance on an axis, km2 / (4 pi), is added to the Gaussian's; shares are
taken among the kecamatan of the province. Letters: A kecamatan, P those of them with an incident, T days since the first incident
that counts, U pairs of day and kecamatan with incidents in the window, B coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from core.crs import arc_km, unit_vectors
from geo.grid import FloatArray, IntArray
from risk.forecast.history import History

_AT_ONCE = 200_000  # numbers in memory at a time: they stay in the cache


@dataclass(frozen=True)
class Data:
    """What the likelihood looks at."""

    count: FloatArray  # (T, P) located incidents by day and kecamatan, up to the end of the window
    parent: IntArray  # (P,) kecamatan
    open_day: int  # first day of the window, counted from the first that counts
    row: npt.NDArray[np.int64]  # (U,) day
    area: IntArray  # (U,) kecamatan
    number: FloatArray  # (U,) incidents
    design: FloatArray  # (A, B) first column 1
    distance2: FloatArray  # (A, A) km2 between centres
    km2: FloatArray  # (A,)


def gather(history: History, design: FloatArray, window: tuple[int, int], memory_days: int) -> Data:
    """The window (first, end) of a history, days since 1970-01-01, with what came up to memory_days before as possible triggers."""
    first, end = window
    located = history.located & history.between(first - memory_days, end)
    day, area = history.day[located], history.area[located]
    start = int(min(day.min(), first))
    parent, place = np.unique(area, return_inverse=True)
    count = np.zeros((end - start, len(parent)))
    np.add.at(count, (day - start, place), 1.0)
    row, column = np.nonzero(count[first - start :])
    return Data(
        count=count,
        parent=parent.astype(np.int32),
        open_day=first - start,
        row=row + first - start,
        area=parent[column].astype(np.int32),
        number=count[row + first - start, column],
        design=design,
        distance2=between(history.lon, history.lat),
        km2=history.km2,
    )


def between(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """(A, A) km2, squared distances between centres (A,) in degrees."""
    xyz = unit_vectors(lon, lat)
    chords = np.linalg.norm(xyz[:, None, :] - xyz[None, :, :], axis=2)
    return np.square(arc_km(chords))


def shares(distance2: FloatArray, km2: FloatArray, log_range: float) -> tuple[FloatArray, FloatArray]:
    """(A, A) K, whose rows sum to 1, and its derivative by the logarithm of the range."""
    sigma2 = float(np.exp(2.0 * log_range))
    disc = km2 / (4.0 * np.pi)
    variance = sigma2 + disc[:, None] + disc[None, :]
    weight = km2[None, :] * np.exp(-distance2 / (2.0 * variance)) / variance
    share = weight / weight.sum(axis=1, keepdims=True)
    slope = 2.0 * sigma2 * (distance2 / (2.0 * np.square(variance)) - 1.0 / variance)
    return share, share * (slope - (share * slope).sum(axis=1, keepdims=True))


def excitation(count: FloatArray, decay_days: float) -> tuple[FloatArray, FloatArray]:
    """(T + 1, P) sum of (1 - q) q^(lag - 1) over incidents before each day, the day after the last included; and its derivative by q."""
    q = float(np.exp(-1.0 / decay_days))
    padded = np.concatenate((count, np.zeros((1, count.shape[1]))))
    echo = np.asarray(lfilter([0.0, 1.0], [1.0, -q], padded, axis=0), dtype=np.float64)
    again = np.asarray(lfilter([0.0, 1.0], [1.0, -q], echo, axis=0), dtype=np.float64)
    return (1.0 - q) * echo, (1.0 - q) * again - echo


def negative(point: FloatArray, data: Data, prior_sd: float) -> tuple[float, FloatArray]:
    """Minus the log posterior and its gradient at point = log branching, log decay, log range, beta (B,).

    beta has independent normal priors of `prior_sd`, but for its first, the level.
    """
    branching, decay = float(np.exp(point[0])), float(np.exp(point[1]))
    beta = point[3:]
    q = float(np.exp(-1.0 / decay))
    q_slope = q / decay  # dq / d log decay
    rate = np.exp(data.design @ beta)
    share, share_slope = shares(data.distance2, data.km2, float(point[2]))
    now, now_slope = excitation(data.count, decay)
    to_share, to_slope = (np.ascontiguousarray(matrix[data.parent].T) for matrix in (share, share_slope))
    across, across_range, across_q = (np.empty(len(data.row)) for _ in range(3))
    for part in _parts(len(data.row), len(data.parent)):
        here, there = data.row[part], data.area[part]
        into = to_share[there]
        across[part] = np.einsum("up,up->u", now[here], into)
        across_range[part] = np.einsum("up,up->u", now[here], to_slope[there])
        across_q[part] = np.einsum("up,up->u", now_slope[here], into)
    expected = rate[data.area] + branching * across
    pull = data.number / expected
    days = len(data.count) - data.open_day
    reach, reach_q = now[data.open_day : -1].sum(), now_slope[data.open_day : -1].sum()
    value = (data.number * np.log(expected)).sum() - days * rate.sum() - branching * reach
    gradient = np.empty(len(point))
    gradient[0] = branching * ((pull * across).sum() - reach)
    gradient[1] = branching * q_slope * ((pull * across_q).sum() - reach_q)
    gradient[2] = branching * (pull * across_range).sum()
    seen = np.bincount(data.area, pull, len(rate))
    gradient[3:] = data.design.T @ (rate * (seen - days))
    value -= 0.5 * np.square(beta[1:] / prior_sd).sum()
    gradient[4:] -= beta[1:] / prior_sd**2
    return -float(value), -gradient


def information(point: FloatArray, data: Data, prior_sd: float, free: npt.NDArray[np.bool_]) -> FloatArray:
    """(F, F) observed information of the free parameters: central differences of the exact gradient."""
    step = float(np.finfo(np.float64).eps ** (1.0 / 3.0))
    columns = []
    for index in np.flatnonzero(free):
        shift = np.zeros(len(point))
        shift[index] = step
        above, below = (negative(point + sign * shift, data, prior_sd)[1] for sign in (1.0, -1.0))
        columns.append((above - below)[free] / (2.0 * step))
    matrix = np.array(columns)
    return np.asarray(0.5 * (matrix + matrix.T), dtype=np.float64)


def _parts(size: int, width: int) -> Iterator[slice]:
    rows = max(1, _AT_ONCE // width)
    yield from (slice(start, start + rows) for start in range(0, size, rows))
