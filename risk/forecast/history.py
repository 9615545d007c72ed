"""History: the incidents of one class in one province by kecamatan, which is all that a forecast may look at.

Letters: A kecamatan, G kabupaten, R incidents, V villages, N cells, P pairs. Days are counted from 1970-01-01.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from core.codes import ancestor, level
from geo.grid import BoolArray, FloatArray, Grid, IntArray, cells_at
from geo.joins import DAY, KNOWN_SHARE, Evidence, Records, owner_groups, settled_weights
from risk.forecast.spec import Spec

DayArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """Incidents ordered by (day, input order); an area or a home of -1: only a larger area is known.

    `known` is the day the incident was known, at least its day. `since` is the first day anything at all was recorded in the province
    (None: that of the first incident here), `source` numbers the input each incident came from (None: all from one).
    """

    province: str
    kind: str  # key of the class in the spec
    areas: tuple[str, ...]  # (A,) kecamatan, ascending
    regencies: tuple[str, ...]  # (G,) ascending
    regency: IntArray  # (A,) index into regencies
    people: FloatArray  # (A,) NaN unknown
    km2: FloatArray  # (A,) > 0
    lon: FloatArray  # (A,) centre, weighted by people where they are known; degrees
    lat: FloatArray
    seat_lon: FloatArray  # (G,) regency capital, NaN where unknown
    seat_lat: FloatArray
    day: DayArray  # (R,)
    known: DayArray  # (R,)
    area: IntArray  # (R,) kecamatan
    home: IntArray  # (R,) kabupaten
    event_lon: FloatArray  # (R,) NaN where there is no point
    event_lat: FloatArray
    since: int | None = None
    source: IntArray | None = None  # (R,)

    def __post_init__(self) -> None:
        """Raises ValueError where lengths, order or indices do not fit."""
        a, g, r = len(self.areas), len(self.regencies), len(self.day)
        for names, size in ((_PER_AREA, a), (_PER_REGENCY, g), (_PER_INCIDENT, r)):
            for name in names:
                column = getattr(self, name)
                if column is not None and column.shape != (size,):
                    raise ValueError(f"{name} has shape {column.shape}, not ({size},)")
        if not a or not (self.km2 > 0).all():
            raise ValueError("a history needs at least one kecamatan, each with an area above 0")
        if list(self.areas) != sorted(set(self.areas)) or list(self.regencies) != sorted(set(self.regencies)):
            raise ValueError("codes must ascend")
        if (np.diff(self.day) < 0).any() or (self.known < self.day).any():
            raise ValueError("incidents must be in the order of their days and known no earlier")
        for index, size in ((self.regency, g), (self.area, a), (self.home, g)):
            if len(index) and (index.min() < -1 or index.max() >= size):
                raise ValueError("an index points outside its table")
        if (self.regency < 0).any() or ((self.area >= 0) & (self.regency[self.area] != self.home)).any():
            raise ValueError("an incident's kecamatan lies in another kabupaten")

    def __len__(self) -> int:
        return len(self.day)

    @property
    def located(self) -> BoolArray:
        """(R,) whether the kecamatan is known."""
        return np.asarray(self.area >= 0)

    @property
    def start(self) -> int | None:
        """First day of observation; None where nothing was ever recorded."""
        first = int(self.day[0]) if len(self.day) else None
        if self.since is None or first is None:
            return first if self.since is None else self.since
        return min(self.since, first)

    def only(self, chosen: BoolArray) -> History:
        """The history with the chosen incidents (R,) alone; what is known of the area stays."""
        kept = {name: getattr(self, name)[chosen] for name in _PER_INCIDENT if getattr(self, name) is not None}
        return replace(self, **kept, since=self.start)

    def known_by(self, origin: int) -> History:
        """Only what had happened and was known before `origin`, the first day of what is to be forecast."""
        return self.only((self.day < origin) & (self.known < origin))

    def between(self, first: int, end: int) -> BoolArray:
        """(R,) whether the incident happened in first <= day < end."""
        return np.asarray((self.day >= first) & (self.day < end))

    def counts(self, first: int, end: int) -> FloatArray:
        """(A,) located incidents in first <= day < end."""
        return np.bincount(self.area[self.between(first, end) & self.located], minlength=len(self.areas)).astype(float)

    def digest(self) -> str:
        """SHA-256, hexadecimal, over everything a forecast can depend on."""
        sha = hashlib.sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            sha.update(f"{field.name}\0".encode())
            if isinstance(value, np.ndarray):
                wide = np.float64 if value.dtype.kind == "f" else np.int64
                sha.update(np.ascontiguousarray(value, np.dtype(wide).newbyteorder("<")).tobytes())
            else:
                sha.update(repr(value).encode())
        return sha.hexdigest()


_PER_AREA = ("regency", "people", "km2", "lon", "lat")
_PER_REGENCY = ("seat_lon", "seat_lat")
_PER_INCIDENT = ("day", "known", "area", "home", "event_lon", "event_lat", "source")


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(day, "D").astype(np.int64))


def build(grid: Grid, evidence: Evidence, spec: Spec, as_of: date) -> tuple[History, ...]:
    """The histories of every province of the grid and class of the spec, in that order; incidents after as_of are left out.

    evidence.incidents needs the columns occurred_on, kind and kode; known_on and source where there are any. Without an incident layer,
    or without an incident of a class, R is 0.
    """
    codes, of_village, _ = owner_groups(grid, 3)
    ground = _ground(grid, evidence, codes, of_village)
    provinces = sorted({code[:2] for code in codes})
    happened = _happened(evidence.incidents, as_of)
    where = np.array([kode[:2] for kode in happened.kode.tolist()], dtype="U2")
    return tuple(
        _history(province, item.key, item.kinds, codes, ground, here)
        for province in provinces
        for here in (happened.only(where == province),)
        for item in spec.classes
    )


@dataclass(frozen=True)
class _Ground:
    """What is known of every kecamatan (A,) of the grid, and where capitals lie (S,)."""

    people: FloatArray
    km2: FloatArray
    lon: FloatArray
    lat: FloatArray
    seat_home: npt.NDArray[np.object_]
    seat_lon: FloatArray
    seat_lat: FloatArray


@dataclass(frozen=True)
class _Happened:
    """Incidents up to as_of in order of their day; columns (R,)."""

    day: DayArray
    known: DayArray
    kind: npt.NDArray[np.object_]
    kode: npt.NDArray[np.object_]
    lon: FloatArray
    lat: FloatArray
    source: IntArray

    def only(self, chosen: BoolArray) -> _Happened:
        return _Happened(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def _ground(grid: Grid, evidence: Evidence, codes: list[str], of_village: IntArray) -> _Ground:
    pair_area = of_village[grid.pair_village]
    size = len(codes)
    km2 = np.bincount(pair_area, grid.pair_km2, size).astype(np.float64)
    heads = np.full(size, np.nan)
    if evidence.people is not None:
        figure = evidence.people[grid.pair_cell]
        seen = np.bincount(pair_area, grid.pair_km2 * np.isfinite(figure), size)
        total = np.bincount(pair_area, np.nan_to_num(figure) * grid.pair_part, size)
        heads = np.where(seen >= KNOWN_SHARE * km2, total, np.nan)
    weight = np.where(heads[pair_area] > 0, settled_weights(grid, evidence.people), grid.pair_km2)
    mass = np.bincount(pair_area, weight, size)
    lon, lat = (
        np.bincount(pair_area, weight * axis[grid.pair_cell], size) / np.where(mass > 0, mass, 1.0)
        for axis in (grid.lon, grid.lat)
    )
    usable = np.isfinite(evidence.seat_lon) & np.isfinite(evidence.seat_lat)
    seat_lon, seat_lat = evidence.seat_lon[usable], evidence.seat_lat[usable]
    # A capital counts for the kabupaten its point lies in: some kabupaten are governed from a kota next door.
    cell = cells_at(seat_lon, seat_lat, grid.resolution)
    at = np.minimum(np.searchsorted(grid.cell, cell), grid.size - 1)
    inside = grid.cell[at] == cell
    home = np.array([ancestor(grid.villages[v], 2) for v in grid.owner[at[inside]].tolist()], dtype=object)
    return _Ground(heads, km2, lon, lat, home, seat_lon[inside], seat_lat[inside])


def _happened(incidents: Records | None, as_of: date) -> _Happened:
    if incidents is None:
        none, nothing = np.empty(0), np.empty(0, object)
        whole = np.empty(0, np.int64)
        return _Happened(whole, whole, nothing, nothing, none, none, np.empty(0, np.int32))
    columns = incidents.columns
    day = columns["occurred_on"].astype(DAY).astype(np.int64)
    known = day
    if "known_on" in columns:
        told = columns["known_on"].astype(DAY)
        known = np.maximum(day, np.where(np.isnat(told), day, told.astype(np.int64)))
    source = np.zeros(len(day), np.int32)
    if "source" in columns:
        source = np.unique(columns["source"].astype(str), return_inverse=True)[1].astype(np.int32)
    order = np.argsort(day, kind="stable")
    order = order[day[order] <= day_number(as_of)]
    return _Happened(
        day[order],
        known[order],
        columns["kind"].astype(object)[order],
        columns["kode"].astype(object)[order],
        incidents.placement.lon[order],
        incidents.placement.lat[order],
        source[order],
    )


def _history(
    province: str, key: str, kinds: tuple[str, ...], codes: list[str], ground: _Ground, happened: _Happened
) -> History:
    mine = np.array([code[:2] == province for code in codes])
    areas = tuple(code for code in codes if code[:2] == province)
    regencies = tuple(sorted({ancestor(code, 2) for code in areas}))
    area_of, home_of = ({code: i for i, code in enumerate(names)} for names in (areas, regencies))
    seat_lon, seat_lat = np.full(len(regencies), np.nan), np.full(len(regencies), np.nan)
    for home, lon, lat in zip(ground.seat_home[::-1], ground.seat_lon[::-1], ground.seat_lat[::-1], strict=True):
        if home in home_of:  # of two capitals in one kabupaten the first counts
            seat_lon[home_of[home]], seat_lat[home_of[home]] = lon, lat
    chosen = np.isin(happened.kind.astype(str), kinds)
    kode = [str(code) for code in happened.kode[chosen]]
    return History(
        province=province,
        kind=key,
        areas=areas,
        regencies=regencies,
        regency=np.array([home_of[ancestor(code, 2)] for code in areas], np.int32),
        people=ground.people[mine],
        km2=ground.km2[mine],
        lon=ground.lon[mine],
        lat=ground.lat[mine],
        seat_lon=seat_lon,
        seat_lat=seat_lat,
        day=happened.day[chosen],
        known=happened.known[chosen],
        area=np.array([area_of[ancestor(code, 3)] if level(code) >= 3 else -1 for code in kode], np.int32),
        home=np.array([home_of[ancestor(code, 2)] if level(code) >= 2 else -1 for code in kode], np.int32),
        event_lon=happened.lon[chosen],
        event_lat=happened.lat[chosen],
        since=int(happened.day[0]) if len(happened.day) else None,
        source=happened.source[chosen],
    )
