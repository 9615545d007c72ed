"""Town stand-ins: points at a regency capital that carry too many of a source's incidents, and where their weight goes back to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.crs import arc_km, unit_vectors
from geo.grid import BoolArray, FloatArray
from risk.forecast.history import History
from risk.forecast.spec import Heap


@dataclass(frozen=True)
class Heaping:
    """phi (R,) part of each incident's weight that is moved, 0 where nothing is.

    share: of all located incidents, those within reach of a capital; None where no incident has a point or no capital is known.
    moved: part of all located incidents that is moved; regencies: the kabupaten whose capital stands in for others, in code order.
    """

    phi: FloatArray
    share: float | None
    moved: float
    regencies: tuple[str, ...]


def find(history: History, rule: Heap) -> Heaping:
    """Which incidents are heaped: per source, where the share of its located incidents with a point at a capital is above the rule's."""
    phi = np.zeros(len(history))
    at_capital = near_capital(history, rule.radius_km)
    located = history.located
    if not np.isfinite(history.event_lon[located]).any() or not np.isfinite(history.seat_lon).any():
        return Heaping(phi, None, 0.0, ())
    source = np.zeros(len(history), np.int32) if history.source is None else history.source
    for number in np.unique(source).tolist():
        mine = located & (source == number)
        share = int(np.count_nonzero(at_capital & mine)) / max(1, int(np.count_nonzero(mine)))
        if share > rule.share:
            phi[at_capital & mine] = rule.high_phi if share > rule.high_share else rule.phi
    whole = max(1, int(np.count_nonzero(located)))
    heaped = sorted({history.regencies[g] for g in history.home[phi > 0].tolist()})
    return Heaping(phi, int(np.count_nonzero(at_capital & located)) / whole, float(phi.sum() / whole), tuple(heaped))


def near_capital(history: History, radius_km: float) -> BoolArray:
    """(R,) whether the incident has a point within radius_km of a capital."""
    near = np.zeros(len(history), bool)
    point = np.flatnonzero(np.isfinite(history.event_lon) & np.isfinite(history.event_lat))
    there = unit_vectors(history.event_lon[point], history.event_lat[point])
    known = np.isfinite(history.seat_lon) & np.isfinite(history.seat_lat)
    for seat in unit_vectors(history.seat_lon[known], history.seat_lat[known]):
        near[point] |= arc_km(np.sqrt(np.square(there - seat).sum(axis=1))) <= radius_km
    return near


def moved(history: History, heaping: Heaping, weight: FloatArray) -> FloatArray:
    """(A,) what the correction adds to each kecamatan's weight; it sums to 0 in every kabupaten.

    weight (R,). phi of a heaped incident's weight leaves its kecamatan and goes over its kabupaten by people: everywhere the same where
    nobody's number is known there.
    """
    size, homes = len(history.areas), len(history.regencies)
    leaving = np.where(history.located, heaping.phi * weight, 0.0)
    if not leaving.any():
        return np.zeros(size)
    inside = history.located
    out = np.bincount(history.area[inside], leaving[inside], size)
    pool = np.bincount(history.home[inside], leaving[inside], homes)
    known = np.isfinite(history.people)
    count = np.bincount(history.regency[known], minlength=homes)
    mean = np.bincount(history.regency[known], history.people[known], homes) / np.maximum(count, 1)
    heads = np.where(known, history.people, np.where(count > 0, mean, 1.0)[history.regency])
    heads = np.where((np.bincount(history.regency, heads, homes) > 0)[history.regency], heads, 1.0)
    return np.asarray(pool[history.regency] * heads / np.bincount(history.regency, heads, homes)[history.regency] - out)
