"""Ground: the kecamatan, regencies, people and sites of an invented province, on a fine lattice of points.

Letters: A kecamatan, G kabupaten, P lattice points.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.grid import BoolArray, FloatArray, IntArray
from risk.simulate.recipe import Recipe

_FINE = 8  # lattice points per spacing: a kecamatan is some 64 of them
_DEGREE_KM = 111.195  # of the sphere the distances are measured on
_CORNER = (116.0, 0.0)  # the south-western corner, lon and lat: at the equator a degree is as long either way


@dataclass(frozen=True)
class Ground:
    """Where things can happen; x and y are km east and north of the south-western corner."""

    owner: IntArray  # (rows, columns) of the lattice: kecamatan
    step_km: float  # of the lattice
    x: FloatArray  # (A,) centre of area
    y: FloatArray
    km2: FloatArray  # (A,)
    people: FloatArray  # (A,)
    site: BoolArray  # (A,)
    regency: IntArray  # (A,)
    seat: IntArray  # (G,) the kecamatan that is the town

    def locate(self, x: FloatArray, y: FloatArray) -> IntArray:
        """(R,) kecamatan of points, -1 outside the province."""
        row, column = np.floor(y / self.step_km), np.floor(x / self.step_km)
        inside = (row >= 0) & (row < self.owner.shape[0]) & (column >= 0) & (column < self.owner.shape[1])
        safe_row, safe_column = np.where(inside, row, 0).astype(np.intp), np.where(inside, column, 0).astype(np.intp)
        return np.where(inside, self.owner[safe_row, safe_column], -1).astype(np.int32)

    def scatter(self, area: IntArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """(R,), (R,) a point drawn evenly over each of the kecamatan."""
        flat = self.owner.ravel()
        order = np.argsort(flat, kind="stable")
        start = np.searchsorted(flat[order], np.arange(len(self.km2) + 1))
        pick = start[area] + np.floor(rng.random(len(area)) * np.diff(start)[area]).astype(np.intp)
        row, column = np.divmod(order[pick], self.owner.shape[1])
        x = (column + rng.random(len(area))) * self.step_km
        y = (row + rng.random(len(area))) * self.step_km
        return x, y


def degrees(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """lon and lat of km east and north of the corner."""
    return _CORNER[0] + x / _DEGREE_KM, _CORNER[1] + y / _DEGREE_KM


def survey(recipe: Recipe, rng: np.random.Generator) -> Ground:
    """Invent the ground: kecamatan are the points nearest to jittered centres, regencies those nearest to one of G of them."""
    columns, rows = np.meshgrid(np.arange(recipe.columns), np.arange(recipe.rows))
    centre = np.column_stack((columns.ravel(), rows.ravel())) + 0.5
    centre = (centre + rng.uniform(-recipe.jitter, recipe.jitter, centre.shape)) * recipe.spacing_km
    step = recipe.spacing_km / _FINE
    fine_x, fine_y = np.meshgrid(np.arange(recipe.columns * _FINE) + 0.5, np.arange(recipe.rows * _FINE) + 0.5)
    points = np.column_stack((fine_x.ravel(), fine_y.ravel())) * step
    owner = np.asarray(cKDTree(centre).query(points)[1], dtype=np.int32)
    count = np.bincount(owner, minlength=len(centre)).astype(np.float64)
    x, y = (np.bincount(owner, points[:, axis], len(centre)) / count for axis in (0, 1))
    km2 = count * step * step
    heads = rng.choice(len(centre), recipe.regencies, replace=False)
    middle = np.column_stack((x, y))
    regency = np.asarray(cKDTree(middle[heads]).query(middle)[1], dtype=np.int32)
    people = km2 * recipe.density_median * np.exp(recipe.density_spread * rng.standard_normal(len(centre)))
    seat = np.array([_largest(people, regency == g) for g in range(recipe.regencies)], dtype=np.int32)
    people[seat] *= recipe.town_factor
    site = np.zeros(len(centre), bool)
    site[rng.choice(len(centre), round(recipe.site_share * len(centre)), replace=False)] = True
    shape = fine_x.shape
    return Ground(owner.reshape(shape), step, x, y, km2, np.round(people), site, regency, seat)


def _largest(people: FloatArray, inside: BoolArray) -> int:
    return int(np.argmax(np.where(inside, people, -np.inf)))
