"""Places: which village a point lies in, and which area a name or a code means; ambiguity is an answer.

A fuzzy match is a proposal for a person (`propose`), never a join: "Long Penaneh Dua" and "... Tiga" look like one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from rapidfuzz import fuzz, process

from core import codes
from core.crs import FloatArray, arc_km, unit_vectors
from geo.aliases import aliases
from geo.history import family
from geo.locator import Locator, exact
from geo.names import is_city_prefix, joined, other_halves, spaced

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.boundaries import AreaTree

ObjectArray = npt.NDArray[np.object_]
PROPOSAL_SCORE = 88.0  # below it a look-alike is noise ("Tenggarong Sebrang" against "Birang")
_MANY = 5_000  # points from which making the raster of labels is worth it
_KM_PER_DEGREE = 110.57  # the shortest a degree of latitude gets; of longitude at 12 degrees it is 108.9


@dataclass(frozen=True)
class Places:
    """Villages sorted by code with their polygons, and the names of every level by normalised spelling."""

    codes: ObjectArray
    shapes: npt.NDArray[Any]
    tree: shapely.STRtree
    names: dict[str, str]
    _spelt: dict[tuple[int, str], tuple[str, ...]] = field(repr=False)
    _joined: dict[tuple[int, str], tuple[str, ...]] = field(repr=False)
    _known: frozenset[str] = field(repr=False)
    _pools: dict[tuple[int, str | None], dict[str, str]] = field(repr=False, default_factory=dict)

    @classmethod
    def of(cls, tree: AreaTree) -> Places:
        """The gazetteer of an area tree."""
        return cls.from_frame(tree.frame)

    @classmethod
    def from_frame(cls, frame: gpd.GeoDataFrame) -> Places:
        """The same from a frame with `kode level name geometry`, any order, EPSG:4326."""
        kode = np.asarray(frame["kode"], dtype=object)
        level = np.asarray(frame["level"], dtype=np.int64)
        name = np.asarray(frame["name"], dtype=object)
        village = np.flatnonzero(level == 4)
        village = village[np.argsort(kode[village].astype(str), kind="stable")]
        shapes = np.asarray(frame.geometry.array, dtype=object)[village]
        shapely.prepare(shapes)
        spelt: dict[tuple[int, str], list[str]] = defaultdict(list)
        together: dict[tuple[int, str], list[str]] = defaultdict(list)
        for code, lev, text in sorted(zip(kode.tolist(), level.tolist(), name.tolist(), strict=True)):
            spelt[lev, spaced(text, lev)].append(code)
            together[lev, joined(text, lev)].append(code)
        return cls(
            codes=kode[village],
            shapes=shapes,
            tree=shapely.STRtree(shapes),
            names=dict(zip(kode.tolist(), name.tolist(), strict=True)),
            _spelt={key: tuple(value) for key, value in spelt.items()},
            _joined={key: tuple(value) for key, value in together.items()},
            _known=frozenset(kode.tolist()),
        )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all villages, degrees."""
        west, south, east, north = shapely.total_bounds(self.shapes)
        return float(west), float(south), float(east), float(north)

    def level_of(self, code: str) -> int | None:
        """1..4, or None when the code is not in the mapped area."""
        return codes.level(code) if code in self._known else None

    def at(self, lon: FloatArray, lat: FloatArray) -> ObjectArray:
        """Village of every point, None outside; on a shared border the smallest code. Shapes (N,), (N,) to (N,)."""
        lon, lat = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
        if len(lon) >= _MANY:
            owner = self._locator.at(lon, lat)
        else:
            owner = np.full(len(lon), -1, dtype=np.int32)
            usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
            owner[usable] = exact(self.shapes, self.tree, lon[usable], lat[usable])
        return np.array([*self.codes, None], dtype=object)[owner]  # -1, nowhere, is the last

    @cached_property
    def _locator(self) -> Locator:
        return Locator.of(self.shapes, self.tree)

    def near(self, lon: FloatArray, lat: FloatArray, km: float) -> tuple[ObjectArray, FloatArray]:
        """Nearest village within `km` and its distance in km (0 inside); None and NaN beyond. (N,), (N,) to 2 x (N,)."""
        lon, lat = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
        found, away = np.full(len(lon), None, dtype=object), np.full(len(lon), np.nan)
        usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        points = shapely.points(lon[usable], lat[usable])
        reach = 1.05 * km / _KM_PER_DEGREE
        i, shape = self.tree.query(points, predicate="dwithin", distance=reach)
        if not len(i):
            return found, away
        # The shortest line in degrees, measured on the sphere: within 2 % of the true shortest at these latitudes.
        ends = shapely.get_coordinates(shapely.shortest_line(np.asarray(points)[i], self.shapes[shape])).reshape(
            -1, 2, 2
        )
        a = unit_vectors(ends[:, 0, 0], ends[:, 0, 1])
        b = unit_vectors(ends[:, 1, 0], ends[:, 1, 1])
        dist = arc_km(np.linalg.norm(a - b, axis=1))
        for j in np.lexsort((shape, dist, i))[::-1]:
            if dist[j] <= km:  # walked from far to near: the nearest, then the smallest code, is written last
                found[usable[i[j]]], away[usable[i[j]]] = self.codes[shape[j]], dist[j]
        return found, away

    def away_km(self, lon: float, lat: float, code: str) -> float:
        """Distance in km from a point to an area of any level, 0 inside; infinite for a code that is not mapped."""
        first, end = bisect_left(self.codes, code), bisect_left(self.codes, f"{code}/")  # '/' comes right after '.'
        if first == end:
            return float("inf")
        point = shapely.Point(lon, lat)
        nearest = first + int(np.argmin(shapely.distance(self.shapes[first:end], point)))
        ends = shapely.get_coordinates(shapely.shortest_line(point, self.shapes[nearest]))
        vectors = unit_vectors(ends[:, 0], ends[:, 1])
        return float(arc_km(np.linalg.norm(vectors[:1] - vectors[1:], axis=1))[0])

    def find(self, name: str, kecamatan: str | None = None, kabupaten: str | None = None) -> list[str]:
        """Codes of the villages of this name within the parents named; several mean it is ambiguous."""
        parents = (
            self.find_area(kecamatan, 3, kabupaten)
            if kecamatan
            else self.find_area(kabupaten, 2)
            if kabupaten
            else None
        )
        return self._within(name, 4, parents, exact_first=bool(kecamatan))

    def find_area(self, name: str | None, level: int, kabupaten: str | None = None) -> list[str]:
        """Codes of the districts (3), regencies (2) or provinces (1) of this name, within the regency named."""
        if not name:
            return []
        parents = self.find_area(kabupaten, 2) if kabupaten and level > 2 else None
        found = self._within(name, level, parents, exact_first=level < 3 or bool(kabupaten))
        if (
            level == 2 and len(found) > 1
        ):  # Kota Bogor and Kabupaten Bogor: the prefix decides; regencies from 71 up are cities
            city = is_city_prefix(name)
            if city is not None:
                found = [code for code in found if (int(code.split(".")[1]) >= 71) == city]
        return found

    def _within(self, name: str, level: int, parents: Sequence[str] | None, *, exact_first: bool) -> list[str]:
        found = self._named(name, level, parents, exact_first)
        if not found and parents and level == 4 and codes.level(parents[0]) == 3:
            # A district that has been split since: its villages of then.
            found = self._named(name, level, [heir for area in parents for heir in family(area)], exact_first)
        return found

    @cached_property
    def _other(self) -> dict[tuple[int, str], tuple[str, ...]]:
        """Codes by their other names (geo.aliases), without word breaks; looked into where no area has the name itself."""
        found: dict[tuple[int, str], list[str]] = defaultdict(list)
        for code, text in self.names.items():
            for half in other_halves(text):
                found[codes.level(code), joined(half, codes.level(code))].append(code)
        for alias in aliases():
            if alias.kode in self._known:
                level = codes.level(alias.kode)
                found[level, joined(alias.name, level)].append(alias.kode)
        return {key: tuple(sorted(set(value))) for key, value in found.items()}

    def _named(self, name: str, level: int, parents: Sequence[str] | None, exact_first: bool) -> list[str]:
        def inside(candidates: tuple[str, ...]) -> list[str]:
            if parents is None:
                return list(candidates)
            return [code for code in candidates if any(codes.covers(parent, code) for parent in parents)]

        spelt = inside(self._spelt.get((level, spaced(name, level)), ()))
        together = inside(self._joined.get((level, joined(name, level)), ()))
        # "Sukamaju" and "Suka Maju" are two villages: inside one parent spelling decides, without one both are offered.
        return (spelt if exact_first else []) or together or inside(self._other.get((level, joined(name, level)), ()))

    def propose(self, name: str, level: int, parent: str | None = None, limit: int = 3) -> list[tuple[str, str, float]]:
        """Look-alikes for a person to choose from: (code, name, score 0..100), best first."""
        if (level, parent) not in self._pools:
            self._pools[level, parent] = {
                code: joined(text, level)
                for code, text in self.names.items()
                if codes.level(code) == level and codes.covers(parent or code, code)
            }
        pool = self._pools[level, parent]
        hits = process.extract(joined(name, level), pool, scorer=fuzz.ratio, limit=limit, score_cutoff=PROPOSAL_SCORE)
        return [
            (code, self.names[code], float(score)) for _, score, code in sorted(hits, key=lambda hit: (-hit[1], hit[2]))
        ]
