"""Coordinates of rows: checked for range, order, projection and the mapped area, then given to their village."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from core.crs import LONLAT, FloatArray, in_indonesia
from core.errors import ConfigError, InputError
from core.settings import Source
from geo.gazetteer import Places
from geo.sources import numbers
from geo.sources.faults import BadValue
from geo.sources.records import Record

OFFER_KM = 2.0  # a point this near to a village is told its name, for a person to decide
_METRES = 1e7 + 1.0  # northings end here; nothing on earth is farther in any grid we meet


@dataclass(frozen=True)
class Spot:
    """A point in degrees and its village; `away_km` is above 0 when the village is only the nearest."""

    kode: str
    lon: float
    lat: float
    away_km: float = 0.0


def points(records: Sequence[Record], source: Source, places: Places, reach_km: float) -> list[Spot | BadValue | None]:
    """A spot, a fault, or None where the row has no coordinates.

    Raises InputError E_SWAPPED and E_PROJECTED when more than half of the rows with coordinates are so; ConfigError E_CRS.
    """
    found: list[Spot | BadValue | None] = [None] * len(records)
    index: list[int] = []
    pairs: list[tuple[float, float]] = []
    for i, record in enumerate(records):
        try:
            lon, lat = record.read("bujur", numbers.coordinate), record.read("lintang", numbers.coordinate)
            if (lon is None) != (lat is None):
                raise BadValue("R_COORDINATE_HALF", "bujur" if lon is None else "lintang")
        except BadValue as bad:
            found[i] = bad
            continue
        if lon is not None and lat is not None:
            index.append(i)
            pairs.append((lon, lat))
    ahead = _transformer(source)
    if not index:
        return found
    lon_, lat_ = _degrees(np.array(pairs, dtype=np.float64), ahead)
    swapped = ~in_indonesia(lon_, lat_) & in_indonesia(lat_, lon_)
    metres = _metres(lon_, lat_)
    first = records[index[0]].place
    for code, wrong in (("E_SWAPPED", swapped), ("E_PROJECTED", metres)):
        if 2 * int(wrong.sum()) > len(index):
            example = int(np.argmax(wrong))
            value = f"{pairs[example][0]:g}, {pairs[example][1]:g}"
            place = replace(first, row=records[index[example]].place.row, value=value)
            raise InputError(code, place=place, rows=int(wrong.sum()), total=len(index))
    owner = places.at(lon_, lat_)
    near, away = places.near(lon_, lat_, max(reach_km, OFFER_KM))
    for k, i in enumerate(index):
        spot = (float(lon_[k]), float(lat_[k]))
        if owner[k] is not None:
            found[i] = Spot(owner[k], *spot)
        elif near[k] is not None and away[k] <= reach_km:
            found[i] = Spot(near[k], *spot, away_km=float(away[k]))
        else:
            found[i] = _why_not(spot, bool(swapped[k]), bool(metres[k]), near[k], float(away[k]), places)
    return found


def _transformer(source: Source) -> pyproj.Transformer | None:
    """From the source's own CRS to degrees; None where it names none. Raises ConfigError E_CRS."""
    if source.crs is None:
        return None
    try:
        return pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(source.crs), LONLAT, always_xy=True)
    except CRSError as error:
        raise ConfigError("E_CRS", value=source.crs) from error


def _degrees(pairs: FloatArray, ahead: pyproj.Transformer | None) -> tuple[FloatArray, FloatArray]:
    """Columns lon, lat of the pairs; the source's own CRS is transformed."""
    if ahead is None:
        return pairs[:, 0], pairs[:, 1]
    lon, lat = ahead.transform(pairs[:, 0], pairs[:, 1])
    # What the projection cannot invert comes back infinite: out of range, like any other such number.
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _metres(lon: FloatArray, lat: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    far = (np.abs(lon) > 360.0) | (np.abs(lat) > 360.0)
    return np.asarray(far & (np.abs(lon) <= _METRES) & (np.abs(lat) <= _METRES))


def _why_not(
    spot: tuple[float, float], swapped: bool, metres: bool, near: str | None, away: float, places: Places
) -> BadValue:
    lon, lat = spot
    if lon == 0.0 and lat == 0.0:
        return BadValue("R_NULL_ISLAND", "bujur")
    if swapped:
        return BadValue("R_SWAPPED", "bujur")
    if metres:
        return BadValue("R_PROJECTED", "bujur")
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        return BadValue("R_COORDINATE_RANGE", "bujur" if not abs(lon) <= 180.0 else "lintang")
    if near is not None:
        return BadValue("R_OUTSIDE_NEAR", "bujur", near=f"{near} {places.names[near]}", km=f"{away:.2f}")
    return BadValue("R_OUTSIDE", "bujur")
