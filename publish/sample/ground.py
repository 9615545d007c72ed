"""What the samples stand on: the villages of Kaltim with invented people, and belts of mining and planting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import codes
from core.crs import FloatArray, arc_km, unit_vectors
from geo.boundaries import AreaTree
from geo.gazetteer import Places

IntArray = npt.NDArray[np.int64]
# People per regency, rounded, of the order the census counted; the spread inside a regency is invented.
PEOPLE = {
    "64.01": 285_000,
    "64.02": 760_000,
    "64.03": 265_000,
    "64.07": 178_000,
    "64.08": 440_000,
    "64.09": 190_000,
    "64.11": 34_000,
    "64.71": 735_000,
    "64.72": 850_000,
    "64.74": 185_000,
}
_KELURAHAN = 4.0  # an urban village holds this many times a rural one
# Roughly where coal is dug and where oil palm grows: vertices lon, lat.
_MINING = ((117.0, -0.75), (117.15, -0.3), (117.25, 0.1), (117.5, 0.55), (117.55, 0.95), (117.35, 1.25))
_PLANTING = ((116.2, -1.7), (115.9, -0.2), (116.6, 0.6), (116.85, 1.15), (117.3, 1.75), (117.6, 2.1))


@dataclass(frozen=True)
class Ground:
    """V villages in code order: kode, names, a point inside, km2, people; and the distance to each belt in km."""

    places: Places
    kode: list[str]
    lon: FloatArray
    lat: FloatArray
    area_km2: FloatArray
    people: FloatArray
    mining_km: FloatArray
    planting_km: FloatArray

    def name(self, code: str) -> str:
        return self.places.names[code]

    def district(self) -> list[str]:
        """Kecamatan code of every village."""
        return [codes.ancestor(code, 3) for code in self.kode]


def _belt_km(lon: FloatArray, lat: FloatArray, belt: Sequence[tuple[float, float]]) -> FloatArray:
    """Distance to a line of points drawn close enough together (about 4 km) to stand for the line."""
    corner = np.array(belt)
    step = np.linspace(0.0, 1.0, 20, endpoint=False)[:, None, None]
    line = (corner[:-1] + step * np.diff(corner, axis=0)).reshape(-1, 2)
    gap = unit_vectors(lon, lat)[:, None, :] - unit_vectors(line[:, 0], line[:, 1])[None, :, :]
    return arc_km(np.linalg.norm(gap, axis=2).min(axis=1))


def survey(tree: AreaTree, rng: np.random.Generator) -> Ground:
    """The ground of a tree of Kaltim; people drawn by `rng`."""
    rows = tree.frame[tree.frame["level"] == 4].sort_values("kode")
    kode = rows["kode"].tolist()
    lon, lat = rows["label_lon"].to_numpy(np.float64), rows["label_lat"].to_numpy(np.float64)
    urban = np.array([code.split(".")[3].startswith("1") for code in kode])
    weight = np.exp(rng.normal(0.0, 0.6, len(kode))) * np.where(urban, _KELURAHAN, 1.0)
    people = np.zeros(len(kode))
    regency = np.array([codes.ancestor(code, 2) for code in kode])
    for code in sorted(set(regency)):
        mine = regency == code
        people[mine] = PEOPLE.get(code, 1_000 * int(mine.sum())) * weight[mine] / weight[mine].sum()
    return Ground(
        places=Places.of(tree),
        kode=kode,
        lon=lon,
        lat=lat,
        area_km2=rows["area_km2"].to_numpy(np.float64),
        people=people,
        mining_km=_belt_km(lon, lat, _MINING),
        planting_km=_belt_km(lon, lat, _PLANTING),
    )


def scatter(
    ground: Ground, village: IntArray, km: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """A point about `km` from the point of each village, on mapped land (else that point itself), 5 decimals."""
    shift = rng.normal(0.0, 1.0, (2, len(village))) * km / 111.0
    return onto_land(ground, ground.lon[village] + shift[0], ground.lat[village] + shift[1], village)


def onto_land(ground: Ground, lon: FloatArray, lat: FloatArray, village: IntArray) -> tuple[FloatArray, FloatArray]:
    """The points rounded to 5 decimals; one that lies in no village becomes the point of its `village`."""
    lon, lat = np.round(lon, 5), np.round(lat, 5)
    lost = np.array([code is None for code in ground.places.at(lon, lat)], dtype=bool)
    return (
        np.where(lost, np.round(ground.lon[village], 5), lon),
        np.where(lost, np.round(ground.lat[village], 5), lat),
    )


def shares(total: int, weight: FloatArray, least: int) -> IntArray:
    """`total` cut into whole parts by weight, each at least `least`: largest remainders, ties to the first."""
    exact = least + (total - least * len(weight)) * weight / weight.sum()
    whole: IntArray = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
