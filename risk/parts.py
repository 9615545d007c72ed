"""The country in parts: runs of cells with all around them that a factor may look at; parts give what the whole gives, bit for bit.

A part's own cells are those of one coarse H3 parent. Around them lies a halo: all cells and points within the longest reach of the
model's kernels. It has every village of every district (kecamatan) it touches, with all their records, in the order of the whole.
Letters: N cells of the whole, n of the part, K places known only as an area.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.spatial import cKDTree

from core.cells import parent_groups
from core.crs import chord, unit_vectors
from geo.figures import Lights
from geo.grid import BoolArray, FloatArray, Grid
from geo.joins import Edge, Evidence, Placement, Records, border_edge, owner_groups
from risk.model import RiskModel
from risk.score import FactorTable, ScoreTable, combine, measure

Ints = npt.NDArray[np.int64]
COARSEST, STEPS = 3, 6  # a part is an H3 parent of resolution 3, or 6 steps above a grid finer than 9
_KILOMETRES = "_km"  # how the name of every parameter ends that is a length


@dataclass(frozen=True)
class Part:
    """`own` (n,) which cells of `grid` are the part's own, in the order of the whole; the others are its halo."""

    grid: Grid
    evidence: Evidence
    own: BoolArray


@dataclass(frozen=True)
class Task:
    """What is to be computed on a part."""

    model: RiskModel
    as_of: date
    part: Part


def reach_km(model: RiskModel) -> float:
    """The longest length among the model's parameters: no factor looks farther, but for the nearest of a list that every part has whole."""
    lengths = [
        float(value)
        for item in model.file.factor
        for name, value in item.params.items()
        if name.endswith(_KILOMETRES) and not isinstance(value, dict)
    ]
    return max(lengths, default=0.0)


def judge(task: Task) -> tuple[FactorTable, ScoreTable]:
    """Factors and scores of the part's own cells."""
    own = task.part.own
    whole = measure(task.model, task.part.evidence, task.part.grid, task.as_of)
    table = FactorTable(whole.keys, whole.raw[own], whole.value[own], whole.known[own])
    return table, combine(table, task.model)


def parents_at(resolution: int) -> int:
    """The resolution of the parents that a grid is parted by."""
    return max(COARSEST, resolution - STEPS)


def parts(grid: Grid, evidence: Evidence, halo_km: float, parents: int) -> Iterator[Part]:
    """The grid by its parents of that resolution, in grid order: their own cells, one part after the other, are the grid's."""
    cutter = _Cutter(grid, evidence)
    _, start = parent_groups(grid.cell, parents)
    for first, last in zip(start.tolist(), [*start.tolist()[1:], grid.size], strict=True):
        yield cutter.part(first, last, halo_km)


class _Cutter:
    """What all parts need to know of the whole, made once."""

    def __init__(self, grid: Grid, evidence: Evidence) -> None:
        self.grid, self.evidence = grid, evidence
        self.xyz = grid.xyz()
        self.tree = cKDTree(self.xyz)
        _, self.district, _ = owner_groups(grid, 3)
        self.by_cell = np.argsort(grid.pair_cell, kind="stable")
        self.pair_start = np.searchsorted(grid.pair_cell[self.by_cell], np.arange(grid.size + 1))
        self.pair_count = np.diff(self.pair_start)
        nowhere = np.empty(0)
        self.edge = evidence.edge or (Edge(nowhere, nowhere) if grid.indicative else border_edge(grid, 3))
        self.edge_tree = cKDTree(unit_vectors(self.edge.lon, self.edge.lat)) if len(self.edge.lon) else None
        self.near = _ready({"incidents": evidence.incidents, "tps": evidence.tps})
        # Whole in every part: the nearest may be anywhere, and a list without one kind of site is no list of that kind.
        self.whole = _ready({"sites": evidence.sites, "posts": evidence.posts})

    def part(self, first: int, last: int, halo_km: float) -> Part:
        """The part whose own cells are first..last."""
        evidence = self.evidence
        own = self.xyz[first:last]
        middle = own.mean(axis=0)
        far = float(np.sqrt(np.square(own - middle).sum(axis=1).max()))
        radius = (far + chord(halo_km)) * (1 + 1e-9)
        cells = np.array(self.tree.query_ball_point(middle, radius, return_sorted=True), dtype=np.int64)
        pairs = self._pairs(cells)
        villages = self._villages(cells, pairs)
        sub = self._grid(cells, villages, pairs)
        near = {name: found.near(middle, radius, cells, villages) for name, found in self.near.items()}
        whole = {name: found.all(cells, villages) for name, found in self.whole.items()}
        lights = evidence.lights
        given = replace(
            evidence,
            incidents=near.get("incidents"),
            tps=near.get("tps"),
            sites=whole.get("sites"),
            posts=whole.get("posts"),
            people=None if evidence.people is None else evidence.people[cells],
            lights=None if lights is None else Lights(lights.years, np.ascontiguousarray(lights.radiance[:, cells])),
            edge=self._edge(middle, far),
        )
        return Part(sub, given, (cells >= first) & (cells < last))

    def _pairs(self, cells: Ints) -> Ints:
        """All pairs of `cells` (ascending), in the order of the whole."""
        first, many = self.pair_start[cells], self.pair_count[cells]
        at = np.arange(many.sum()) + np.repeat(first - (np.cumsum(many) - many), many)
        return np.sort(self.by_cell[at])

    def _villages(self, cells: Ints, pairs: Ints) -> Ints:
        """Villages of every district that `cells` touch, ascending."""
        mine = np.concatenate((self.grid.pair_village[pairs], self.grid.owner[cells]))
        wanted = np.zeros(int(self.district.max()) + 1, bool)
        wanted[self.district[mine]] = True
        return np.flatnonzero(wanted[self.district])

    def _grid(self, cells: Ints, villages: Ints, pairs: Ints) -> Grid:
        grid = self.grid
        return Grid(
            resolution=grid.resolution,
            cell=grid.cell[cells],
            owner=np.searchsorted(villages, grid.owner[cells]).astype(np.int32),
            gap=grid.gap[cells],
            lon=grid.lon[cells],
            lat=grid.lat[cells],
            cell_km2=grid.cell_km2[cells],
            villages=tuple(grid.villages[v] for v in villages.tolist()),
            pair_village=np.searchsorted(villages, grid.pair_village[pairs]).astype(np.int32),
            pair_cell=np.searchsorted(cells, grid.pair_cell[pairs]).astype(np.int32),
            pair_share=grid.pair_share[pairs],
            indicative=grid.indicative,
        )

    def _edge(self, middle: FloatArray, far: float) -> Edge:
        """The border cells among which every own cell finds its nearest: no farther from the middle than the middle's nearest + 2 far."""
        if self.edge_tree is None:
            return self.edge
        nearest = float(self.edge_tree.query(middle)[0])
        at = np.array(self.edge_tree.query_ball_point(middle, (nearest + 2 * far) * (1 + 1e-9), return_sorted=True))
        return Edge(self.edge.lon[at], self.edge.lat[at])


class _Sorted:
    """Records ready to be cut: their points on the sphere and the areas by cell and by village."""

    def __init__(self, records: Records) -> None:
        self.records = records
        placement = records.placement
        self.points = np.flatnonzero(placement.area < 0)
        self.tree = (
            cKDTree(unit_vectors(placement.lon[self.points], placement.lat[self.points])) if len(self.points) else None
        )
        self.area_cells, self.area_villages = sp.csc_array(placement.area_cells), sp.csc_array(placement.area_villages)

    def all(self, cells: Ints, villages: Ints) -> Records:
        """Every record, on the part's grid."""
        return self._cut(np.arange(len(self.records)), np.arange(self.area_cells.shape[0]), cells, villages)

    def near(self, middle: FloatArray, radius: float, cells: Ints, villages: Ints) -> Records:
        """The records whose point is within the radius, or which lie in the cells or villages."""
        placement = self.records.placement
        chosen = np.isin(placement.village, villages)
        if self.tree is not None:
            chosen[self.points[self.tree.query_ball_point(middle, radius)]] = True
        area = np.zeros(self.area_cells.shape[0], bool)
        area[self.area_cells[:, cells].indices] = True
        area[self.area_villages[:, villages].indices] = True
        if len(area):
            chosen |= (placement.area >= 0) & area[placement.area]
        return self._cut(np.flatnonzero(chosen), np.flatnonzero(area), cells, villages)

    def _cut(self, rows: Ints, areas: Ints, cells: Ints, villages: Ints) -> Records:
        whole = self.records.placement
        new_area = np.full(self.area_cells.shape[0] + 1, -1, np.int32)  # the last one is for -1
        new_area[areas] = np.arange(len(areas))
        placement = Placement(
            cell=_found(cells, whole.cell[rows]),
            village=_found(villages, whole.village[rows]),
            area=new_area[whole.area[rows]],
            lon=whole.lon[rows],
            lat=whole.lat[rows],
            area_cells=sp.csr_array(sp.csr_array(self.area_cells[:, cells])[areas]),
            area_villages=sp.csr_array(sp.csr_array(self.area_villages[:, villages])[areas]),
        )
        return Records(placement, {name: column[rows] for name, column in self.records.columns.items()})


def _ready(layers: Mapping[str, Records | None]) -> dict[str, _Sorted]:
    return {name: _Sorted(records) for name, records in layers.items() if records is not None}


def _found(ascending: Ints, wanted: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Position of each in `ascending`, -1 where it is not there."""
    if not len(ascending):
        return np.full(len(wanted), -1, np.int32)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[at] == wanted, at, -1).astype(np.int32)
