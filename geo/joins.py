"""Layers onto the grid: the last place with geometry's traces; what leaves here is arrays in grid order.

Letters: R records of a layer, K distinct places known only as an area, N cells, V villages, P pairs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.spatial import cKDTree

from core.crs import unit_vectors
from geo.figures import Figures, Lights
from geo.grid import FloatArray, Grid, IntArray, cells_at

DAY = "datetime64[D]"
KNOWN_SHARE = 0.5  # of an area's km2: with a population figure for less of it, people say nothing of the area


@dataclass(frozen=True)
class Placement:
    """Where R records are: a cell and a village for a known point, else a distribution over the cells and villages of an area.

    Rows of `area_cells` (K, N) and `area_villages` (K, V) each sum to 1, so every sum over records is conserved at every level.
    """

    cell: IntArray  # (R,) index of the cell; -1 where the place is an area
    village: IntArray  # (R,) index of the village; -1 where the place is an area
    area: IntArray  # (R,) index into K; -1 where the place is a point
    lon: FloatArray  # (R,) NaN where the place is an area
    lat: FloatArray
    area_cells: sp.csr_array
    area_villages: sp.csr_array

    def _split(self, amount: FloatArray) -> tuple[FloatArray, FloatArray]:
        point = self.area < 0
        by_area = np.bincount(self.area[~point], amount[~point], self.area_cells.shape[0])
        return np.where(point, amount, 0.0), by_area.astype(np.float64)

    def spread_cells(self, amount: FloatArray) -> FloatArray:
        """(N,) the part of `amount` (R,) whose place is known only as an area."""
        return np.asarray(self.area_cells.T @ self._split(amount)[1], dtype=np.float64)

    def cells(self, amount: FloatArray) -> FloatArray:
        """(N,) all of `amount` (R,), points and areas; the total is kept."""
        at_points, _ = self._split(amount)
        inside = self.cell >= 0
        n = self.area_cells.shape[1]
        return np.bincount(self.cell[inside], at_points[inside], n).astype(np.float64) + self.spread_cells(amount)

    def villages(self, amount: FloatArray) -> FloatArray:
        """(V,) all of `amount` (R,) by village; the total is kept."""
        at_points, by_area = self._split(amount)
        inside = self.village >= 0
        v = self.area_villages.shape[1]
        at_villages = np.bincount(self.village[inside], at_points[inside], v).astype(np.float64)
        return at_villages + np.asarray(self.area_villages.T @ by_area, dtype=np.float64)


@dataclass(frozen=True)
class Records:
    """A point layer on the grid: its placement and its columns as arrays (R,)."""

    placement: Placement
    columns: Mapping[str, npt.NDArray[np.generic]]

    def __len__(self) -> int:
        return len(self.placement.cell)


@dataclass(frozen=True)
class Edge:
    """Centres of cells that a district border runs through, degrees (E,), (E,)."""

    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True)
class Evidence:
    """Everything the factors may look at; None or NaN where there is no source."""

    incidents: Records | None
    tps: Records | None
    sites: Records | None
    posts: Records | None
    people: FloatArray | None  # (N,) people per cell, NaN where the source has no data
    seat_lon: FloatArray  # regency capitals
    seat_lat: FloatArray
    elections: Figures | None = None  # margins, percent
    workers: Figures | None = None  # foreign workers, heads
    lights: Lights | None = None
    edge: Edge | None = None  # of the whole country, where the grid is a part of it; None: as the grid has it


def settled_weights(grid: Grid, people: FloatArray | None) -> FloatArray:
    """(P,) how a village's people lie over its cells: by population where it is known to have some, else by area.

    Within one village the unit is people or km2, so rows are to be normalised per village before they are compared.
    """
    if people is None:
        return grid.pair_km2
    inhabited = (village_people(grid, people) > 0)[grid.pair_village]
    return np.where(inhabited, np.nan_to_num(people)[grid.pair_cell] * grid.pair_part, grid.pair_km2)


def village_people(grid: Grid, people: FloatArray) -> FloatArray:
    """(V,) people of each village, NaN where fewer than half of its km2 has a population figure."""
    v, known = len(grid.villages), np.isfinite(people)[grid.pair_cell]
    heads = np.bincount(grid.pair_village, np.nan_to_num(people)[grid.pair_cell] * grid.pair_part, v)
    seen = np.bincount(grid.pair_village, grid.pair_km2 * known, v)
    whole = np.bincount(grid.pair_village, grid.pair_km2, v)
    return np.where(seen >= KNOWN_SHARE * whole, heads, np.nan)


def area_people(grid: Grid, kode: npt.NDArray[np.object_], people: FloatArray | None) -> FloatArray:
    """(R,) people of the areas `kode` of any level, NaN where villages with a figure make up less than half of an area's km2."""
    found = np.full(len(kode), np.nan)
    if people is None:
        return found
    heads = village_people(grid, people)
    km2 = np.bincount(grid.pair_village, grid.pair_km2, len(grid.villages))
    villages = np.array(grid.villages)
    for i, code in enumerate(kode.tolist()):
        first, last = np.searchsorted(villages, [code, f"{code}/"]).tolist()
        known = np.isfinite(heads[first:last])
        if last > first and km2[first:last][known].sum() >= KNOWN_SHARE * km2[first:last].sum():
            found[i] = np.nansum(heads[first:last])
    return found


def place(
    grid: Grid,
    kode: npt.NDArray[np.object_],
    precision: npt.NDArray[np.object_],
    lon: FloatArray,
    lat: FloatArray,
    people: FloatArray | None,
) -> Placement:
    """Put R records on the grid: 'exact' ones by point, all others over the cells of their area `kode`.

    Over an area by people where every village of it has a figure and anybody lives there, else by km2; inside a village likewise.
    An exact point whose cell is not in the grid (a coast) takes the nearest cell. Raises KeyError for a kode without villages.
    """
    index = {code: i for i, code in enumerate(grid.villages)}
    exact = precision == "exact"
    cell = np.full(len(kode), -1, np.int32)
    if exact.any():
        cell[exact] = _cell_index(grid, lon[exact], lat[exact])
    village = np.array(
        [index.get(code, -1) if is_exact else -1 for code, is_exact in zip(kode, exact, strict=True)], np.int32
    )
    names = sorted({str(code) for code in kode[~exact]})
    area = np.full(len(kode), -1, np.int32)
    position = {code: i for i, code in enumerate(names)}
    area[~exact] = [position[str(code)] for code in kode[~exact]]

    within = _row_normalised(
        sp.csr_array(
            (settled_weights(grid, people), (grid.pair_village, grid.pair_cell)), shape=(len(grid.villages), grid.size)
        )
    )
    km2 = np.bincount(grid.pair_village, grid.pair_km2, len(grid.villages)).astype(np.float64)
    heads = np.full(len(km2), np.nan) if people is None else village_people(grid, people)
    # Codes ascend and "." sorts just before "/", so an area's villages stand between its code and its code + "/".
    first = [bisect_left(grid.villages, name) for name in names]
    last = [bisect_left(grid.villages, name + "/") for name in names]
    for name, start, end in zip(names, first, last, strict=True):
        if start == end:
            raise KeyError(name)
    # NaN, of a village without a figure, is not above 0.
    inhabited = np.array([heads[start:end].sum() > 0 for start, end in zip(first, last, strict=True)], dtype=bool)
    many = np.array(last, dtype=np.int64) - np.array(first, dtype=np.int64)
    rows = np.repeat(np.arange(len(names)), many)
    columns = np.arange(len(rows)) - np.repeat(np.cumsum(many) - many - np.array(first, dtype=np.int64), many)
    weights = np.where(inhabited[rows], heads[columns], km2[columns])
    over = _row_normalised(sp.csr_array((weights, (rows, columns)), shape=(len(names), len(grid.villages))))
    nowhere = ~exact
    return Placement(
        cell=cell,
        village=village,
        area=area,
        lon=np.where(nowhere, np.nan, lon),
        lat=np.where(nowhere, np.nan, lat),
        area_cells=sp.csr_array(over @ within),
        area_villages=over,
    )


def _row_normalised(matrix: sp.csr_array) -> sp.csr_array:
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.csr_array(sp.diags_array(1.0 / np.where(sums > 0, sums, 1.0)) @ matrix)


def _cell_index(grid: Grid, lon: FloatArray, lat: FloatArray) -> IntArray:
    cells = cells_at(lon, lat, grid.resolution)
    at = np.minimum(np.searchsorted(grid.cell, cells), grid.size - 1)
    missing = grid.cell[at] != cells
    if missing.any():
        at[missing] = cKDTree(grid.xyz()).query(unit_vectors(lon[missing], lat[missing]))[1]
    return at.astype(np.int32)


def border_cells(grid: Grid, level: int) -> IntArray:
    """Indices of cells that lie in two areas of `level` (1..4): the cells a border runs through."""
    groups = np.array([".".join(code.split(".")[:level]) for code in grid.villages])
    number = np.unique(groups, return_inverse=True)[1][grid.pair_village]
    low = np.full(grid.size, np.iinfo(np.int64).max)
    high = np.full(grid.size, -1)
    np.minimum.at(low, grid.pair_cell, number)
    np.maximum.at(high, grid.pair_cell, number)
    return np.flatnonzero((high >= 0) & (low != high)).astype(np.int32)


def border_edge(grid: Grid, level: int) -> Edge:
    """Where the borders of `level` run."""
    at = border_cells(grid, level)
    return Edge(grid.lon[at], grid.lat[at])


def owner_groups(grid: Grid, level: int) -> tuple[list[str], IntArray, IntArray]:
    """Areas of `level`: their codes (G,), the group of each village (V,) and of each cell by its owner (N,)."""
    codes, number = np.unique([".".join(code.split(".")[:level]) for code in grid.villages], return_inverse=True)
    village = number.astype(np.int32)
    return codes.tolist(), village, village[grid.owner]
