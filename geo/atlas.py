"""The national gazetteer without polygons: every province, regency, district and village by code, name and point, in memory.

A name is matched exactly after normalising (geo.names), also by its reviewed other names (geo.aliases); what only looks alike is
offered by `locate` with its score, for a person, and never found by `find`.
"""

from __future__ import annotations

import csv
import gzip
import io
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core import codes
from core.crs import FloatArray, arc_km, unit_vectors
from geo import registry
from geo.aliases import aliases
from geo.locate import Found, locate
from geo.lookalikes import Lookalikes
from geo.names import is_city, is_city_prefix, other_halves, spaced


class Spot(NamedTuple):
    """Name, level 1..4 and point (degrees, EPSG:4326) of an area; no point where the register has none in the country."""

    name: str
    level: int
    lon: float | None
    lat: float | None


Index = dict[str, tuple[int, ...]]  # a spelling without word breaks to the rows that have it


@dataclass(frozen=True, eq=False)
class Atlas:
    """Rows in code order. `exact` (the registry's names) and `other` (aliases) hold, by level, the rows of each spelling; `seats` those
    of the regencies a town is the capital of.
    """

    codes: list[str]
    names: list[str]
    points: FloatArray
    spelt: list[str]
    exact: dict[int, Index] = field(repr=False)
    other: dict[int, Index] = field(repr=False)
    seats: Index = field(repr=False)
    row: dict[str, int] = field(repr=False)

    @classmethod
    @cache
    def load(cls) -> Atlas:
        """The embedded one, read and indexed once in a process."""
        kode, names, points = _rows()
        spell = spaced.__wrapped__
        spelt = [spell(name, codes.level(code)) for code, name in zip(kode, names, strict=True)]
        exact: dict[int, dict[str, list[int]]] = {level: defaultdict(list) for level in (1, 2, 3, 4)}
        other: dict[int, dict[str, list[int]]] = {level: defaultdict(list) for level in (1, 2, 3, 4)}
        for row, (code, text) in enumerate(zip(kode, spelt, strict=True)):
            level = codes.level(code)
            exact[level][text.replace(" ", "")].append(row)
            for half in other_halves(names[row]):
                other[level][spell(half, level).replace(" ", "")].append(row)
        where = {code: row for row, code in enumerate(kode)}
        for alias in aliases():
            level = codes.level(alias.kode)
            if (row_ := where.get(alias.kode)) is not None:
                other[level][spell(alias.name, level).replace(" ", "")].append(row_)
        seats: dict[str, list[int]] = defaultdict(list)
        for item in registry.entries().values():
            if item.level == 2 and item.capital:
                seats[spell(item.capital, 2).replace(" ", "")].append(where[item.kode])
        return cls(kode, names, points, spelt, _frozen(exact), _frozen(other), _frozen({2: seats})[2], where)

    def __contains__(self, code: object) -> bool:
        return code in self.row

    def entry(self, code: str) -> Spot | None:
        """Name, level, lon, lat of a code; None for a code that the registry does not have."""
        row = self.row.get(code)
        return None if row is None else self.spot(row)

    def spot(self, row: int) -> Spot:
        """The same by row."""
        lon, lat = self.points[row].tolist()
        known = lon == lon  # not NaN
        return Spot(self.names[row], codes.level(self.codes[row]), lon if known else None, lat if known else None)

    def path(self, code: str) -> tuple[str, ...]:
        """Names of the areas it lies in, the nearest first."""
        parent = codes.parent(code)
        return () if parent is None else (self.names[self.row[parent]], *self.path(parent))

    def span(self, code: str) -> tuple[int, int]:
        """First row inside an area, and the row after the last: rows are in code order, so what lies in it stands together."""
        first = bisect_left(self.codes, code + ".")
        return first, bisect_left(self.codes, code + "/", lo=first)

    def find(self, name: str, level: int, within: Sequence[str] | None = None) -> list[str]:
        """Codes of the areas of this name, in code order; several mean that it is ambiguous, none that nothing has it.

        within : codes of areas they must be, or lie inside; None for the whole country. `family(regency)` finds a name in old borders.

        The registry's own names count first, then aliases. Inside an area the spelling decides ("Sukamaju" and "Suka Maju" are two
        villages); of a city and a regency of one name, the word before it ("Kota Bogor").
        """
        text = spaced(name, level)
        key = text.replace(" ", "")
        if not key:
            return []
        found = [self._inside(index.get(key, ()), within) for index in (self.exact[level], self.other[level])]
        city = is_city_prefix(name) if level == 2 else None
        if city is not None:
            # "Kabupaten Pontianak" is not Kota Pontianak; but who writes "Kab. Samarinda" means Samarinda.
            kept = [[row for row in rows if is_city(self.codes[row]) == city] for rows in found]
            found = kept if any(kept) else found
        rows = next((rows for rows in found if rows), [])
        if within is not None or level < 3:
            rows = [row for row in rows if self.spelt[row] == text] or rows
        return [self.codes[row] for row in rows]

    def _inside(self, rows: Sequence[int], within: Sequence[str] | None) -> list[int]:
        if within is None:
            return list(rows)
        return [row for row in rows if any(codes.covers(area, self.codes[row]) for area in within)]

    def near(self, lon: float, lat: float, limit: int = 5) -> list[tuple[str, float]]:
        """The villages whose points are nearest, with the distance in km; points, so not always the village one stands in."""
        rows, lats, vectors = self._villages
        here, reach = unit_vectors(np.array([lon]), np.array([lat]))[0], 0.2
        while True:  # nothing outside the belt is nearer than the belt is wide
            first, last = np.searchsorted(lats, (lat - reach, lat + reach))
            chord = np.linalg.norm(vectors[first:last] - here, axis=1)
            order = np.argpartition(chord, limit)[:limit] if len(chord) > limit else np.arange(len(chord))
            order = order[np.lexsort((rows[first + order], chord[order]))]
            if len(order) == limit and chord[order[-1]] <= 2 * np.sin(np.radians(reach) / 2):
                break
            if last - first == len(rows):
                break
            reach *= 2
        away = arc_km(chord[order])
        return [(self.codes[rows[first + i]], float(km)) for i, km in zip(order, away, strict=True)]

    @cached_property
    def _villages(self) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
        """The villages that have a point, from south to north: rows, latitudes (K,), unit vectors (K, 3)."""
        rows = np.array([row for row, code in enumerate(self.codes) if len(code) == 13], dtype=np.int64)
        rows = rows[~np.isnan(self.points[rows, 0])]
        rows = rows[np.argsort(self.points[rows, 1], kind="stable")]
        return rows, self.points[rows, 1], unit_vectors(self.points[rows, 0], self.points[rows, 1])

    @cached_property
    def _in_order(self) -> tuple[list[str], list[int]]:
        rows = sorted(range(len(self.spelt)), key=self.spelt.__getitem__)
        return [self.spelt[row] for row in rows], rows

    def beginning(self, text: str) -> list[int]:
        """Rows whose name, normalised, begins with this text."""
        names, rows = self._in_order
        return rows[bisect_left(names, text) : bisect_left(names, text + "~")]

    @cached_property
    def lookalikes(self) -> Lookalikes:
        """Names without word breaks, in row order, for the search of what looks alike."""
        return Lookalikes.of([text.replace(" ", "") for text in self.spelt])

    def locate(self, text: str, limit: int | None = 5) -> list[Found]:
        """Places a text may mean, best first, at most `limit` of them: see geo.locate."""
        return locate(self, text)[:limit]


def _frozen(index: dict[int, dict[str, list[int]]]) -> dict[int, Index]:
    return {
        level: {text: tuple(dict.fromkeys(rows)) for text, rows in spellings.items()}
        for level, spellings in index.items()
    }


def _rows() -> tuple[list[str], list[str], FloatArray]:
    """Codes in order, names, points (N, 2) with NaN for unknown: registry.csv.gz and villages.csv.gz together."""
    nan = float("nan")
    every: list[tuple[str, str, float, float]] = [
        (item.kode, item.name, nan if item.lon is None else item.lon, nan if item.lat is None else item.lat)
        for item in registry.entries().values()
    ]
    with gzip.open(registry.DATA / "villages.csv.gz") as stream:
        text = stream.read().decode("utf-8")
    for kode, name, lon, lat in csv.reader(io.StringIO(text)):
        if kode != "kode":
            every.append((kode, name, float(lon or nan), float(lat or nan)))
    every.sort()
    points = np.array([(lon, lat) for _, _, lon, lat in every], dtype=np.float64)
    return [row[0] for row in every], [row[1] for row in every], points
