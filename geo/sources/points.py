"""Coordinates of rows: checked for range, order, projection and the mapped area, then given to their village."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError

from core.crs import LONLAT, FloatArray, in_indonesia
from core.errors import ConfigError, InputError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.sources import coordinates
from geo.sources.faults import BadValue
from geo.sources.records import Record

_AUTHORITY = re.compile(r"[A-Za-z]{2,8}:[A-Za-z0-9]{1,12}", re.ASCII)
OFFER_KM = 2.0  # a point this near to a village is told its name, for a person to decide
_METRES = 1e7 + 1.0  # northings end here; nothing on earth is farther in any grid we meet


@dataclass(frozen=True)
class Spot:
    """A point in degrees and its village; `away_km` is above 0 when the village is only the nearest."""

    kode: str
    lon: float
    lat: float
    away_km: float = 0.0


@dataclass
class Points:
    """The coordinates of a source: every row is seen once, the file judged as a whole, then rows get their spots.

    Raises ConfigError E_CRS when made with a `crs` nobody knows.
    """

    source: Source
    places: Places
    reach_km: float = 0.0
    _ahead: pyproj.Transformer | None = field(init=False)
    _seen: int = field(init=False, default=0)
    _wrong: dict[str, int] = field(init=False, default_factory=dict)
    _example: dict[str, Place] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._ahead = _transformer(self.source)

    def see(self, records: Sequence[Record]) -> None:
        """Count the rows with coordinates, and those swapped or in metres."""
        index, pairs, _ = _pairs(records)
        if not index:
            return
        self._seen += len(index)
        lon, lat = self._degrees(pairs)
        for code, wrong in (("E_SWAPPED", _swapped(lon, lat)), ("E_PROJECTED", _metres(lon, lat))):
            count = int(wrong.sum())
            self._wrong[code] = self._wrong.get(code, 0) + count
            if count and code not in self._example:
                at = int(np.argmax(wrong))
                value = f"{pairs[at, 0]:g}, {pairs[at, 1]:g}"
                self._example[code] = replace(records[index[at]].place, value=value)

    def judge(self) -> None:
        """Raise InputError E_SWAPPED or E_PROJECTED when more than half of the rows with coordinates are so."""
        for code, rows in self._wrong.items():
            if 2 * rows > self._seen:
                raise InputError(code, place=self._example[code], rows=rows, total=self._seen)

    def spots(self, records: Sequence[Record]) -> list[Spot | BadValue | None]:
        """A spot, a fault, or None where the row has no coordinates."""
        index, pairs, faults = _pairs(records)
        found: list[Spot | BadValue | None] = [None] * len(records)
        for i, bad in faults:
            found[i] = bad
        if not index:
            return found
        lon, lat = self._degrees(pairs)
        owner = self.places.at(lon, lat)
        spots = list(zip(lon.tolist(), lat.tolist(), strict=True))
        for i, kode, spot in zip(index, owner.tolist(), spots, strict=True):
            if kode is not None:
                found[i] = Spot(kode, *spot)
        nowhere = np.flatnonzero(owner == None)  # noqa: E711
        if len(nowhere):
            near, away = self.places.near(lon[nowhere], lat[nowhere], max(self.reach_km, OFFER_KM))
            swapped, metres = _swapped(lon, lat), _metres(lon, lat)
            for k, kode, km in zip(nowhere.tolist(), near.tolist(), away.tolist(), strict=True):
                if kode is not None and km <= self.reach_km:
                    found[index[k]] = Spot(kode, *spots[k], away_km=km)
                else:
                    found[index[k]] = _why_not(spots[k], bool(swapped[k]), bool(metres[k]), kode, km, self.places)
        return found

    def _degrees(self, pairs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Columns lon, lat of the pairs; the source's own CRS is transformed."""
        if self._ahead is None:
            return pairs[:, 0], pairs[:, 1]
        lon, lat = self._ahead.transform(pairs[:, 0], pairs[:, 1])
        # What the projection cannot invert comes back infinite: out of range, like any other such number.
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _pairs(records: Sequence[Record]) -> tuple[list[int], FloatArray, list[tuple[int, BadValue]]]:
    """Which rows have coordinates, these as (lon, lat) rows of float64 (N, 2), and the rows whose cells are no coordinates."""
    index: list[int] = []
    pairs: list[tuple[float, float]] = []
    faults: list[tuple[int, BadValue]] = []
    for i, record in enumerate(records):
        try:
            lon, lat = record.read("bujur", coordinates.lon), record.read("lintang", coordinates.lat)
            if lon is None and lat is None and "koordinat" in record.layout.columns:
                lon, lat = record.read("koordinat", coordinates.pair) or (None, None)
            if (lon is None) != (lat is None):
                raise BadValue("R_COORDINATE_HALF", "bujur" if lon is None else "lintang")
        except BadValue as bad:
            faults.append((i, bad.again()))
            continue
        if lon is not None and lat is not None:
            index.append(i)
            pairs.append((lon, lat))
    return index, np.array(pairs, dtype=np.float64).reshape(-1, 2), faults


def _transformer(source: Source) -> pyproj.Transformer | None:
    """From the source's own CRS to degrees; None where it names none. Raises ConfigError E_CRS."""
    if source.crs is None:
        return None
    if not _AUTHORITY.fullmatch(source.crs):  # a PROJ string may name files, and this text can come over HTTP
        raise ConfigError("E_CRS", value=source.crs)
    try:
        return pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(source.crs), LONLAT, always_xy=True)
    except CRSError as error:
        raise ConfigError("E_CRS", value=source.crs) from error


def _swapped(lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
    return ~in_indonesia(lon, lat) & in_indonesia(lat, lon)


def _metres(lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
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
