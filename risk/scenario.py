"""What if: sites, posts or weights other than the published ones, computed anew only where they make a difference.

Everything starts from published columns. As the cells' raw, value and people are made `as_published` before anything is made of them, what
comes out is what a full publish of the changed workspace would hold, to the last bit. Letters: N cells, A areas, F factors, R rows of a
change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from core.crs import chord
from core.errors import RequestError, SnapshotError
from geo.grid import BoolArray, FloatArray, Grid, IntArray
from geo.joins import Evidence, Records
from risk.factor import Factor, Measured, factors, number
from risk.kernels import exponential, kernel_sum, sources_of
from risk.model import RiskModel, Weighted
from risk.rollup import groups_mean
from risk.score import FactorTable, ScoreTable, as_published, combine, finished
from risk.sites import amounts, is_inventory, pressure

LOCAL = frozenset({"sites", "posts", "population", "boundaries"})  # what Base can give a factor that is measured anew
Published = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Columns:
    """Published columns per factor, in the model's order: raw and value float32 with NaN where not known, known bool."""

    raw: tuple[Published, ...]
    value: tuple[Published, ...]
    known: tuple[BoolArray, ...]

    def table(self, keys: tuple[str, ...], rows: IntArray | slice) -> FactorTable:
        """FactorTable (R, F) of some rows."""
        n = len(self.known[0][rows])
        raw, value = np.empty((n, len(keys)), order="F"), np.empty((n, len(keys)), order="F")
        known = np.empty((n, len(keys)), np.bool_, order="F")
        for f in range(len(keys)):
            raw[:, f], value[:, f], known[:, f] = self.raw[f][rows], self.value[f][rows], self.known[f][rows]
        return FactorTable(keys, raw, value, known)


@dataclass(frozen=True)
class Base:
    """A published snapshot as arrays.

    up : int32 (4, V), the area (row of `areas`) each village lies in, by level 1 to 4; level : int8 (A,); xyz : the grid's (N, 3).
    """

    model: RiskModel
    as_of: date
    grid: Grid
    xyz: FloatArray
    cells: Columns
    areas: Columns
    level: npt.NDArray[np.int8]
    up: IntArray
    people: FloatArray | None
    sites: Records | None
    posts: Records | None


@dataclass(frozen=True)
class Part:
    """Rows of cells or areas as they would be: their numbers (R,) ascending, factors and scores."""

    rows: IntArray
    factors: FactorTable
    scores: ScoreTable


@dataclass(frozen=True)
class Outcome:
    """All cells and areas that may differ; every other one is as published. `measured` names the factors measured anew."""

    measured: tuple[str, ...]
    cells: Part
    areas: Part


def reweighted(model: RiskModel, weights: dict[str, float]) -> RiskModel:
    """The model with other weights: the given ones instead of its own, all divided by their sum; 0 takes a factor out.

    Raises RequestError E_SCENARIO_WEIGHTS for a factor the model does not have, a weight below 0 or not finite, or a sum of 0.
    """
    strange = sorted(weights.keys() - set(model.keys))
    given = [weights.get(item.key, item.weight) for item in model.file.factor]
    total = sum(given)
    if strange or not all(np.isfinite(given)) or min(given) < 0 or not total > 0:
        raise RequestError("E_SCENARIO_WEIGHTS", value=", ".join(strange) or "-", known=", ".join(model.keys))
    items = [
        item.model_copy(update={"weight": weight / total})
        for item, weight in zip(model.file.factor, given, strict=True)
    ]
    return replace(model, file=model.file.model_copy(update={"factor": items}))


@dataclass(frozen=True)
class _Patch:
    """One factor in some rows, as a snapshot would hold it; rows int32 (R,) ascending."""

    rows: IntArray
    raw: FloatArray
    value: FloatArray
    known: BoolArray


def run(base: Base, *, sites: Records | None, posts: Records | None, model: RiskModel) -> Outcome:
    """The cells and areas that differ with these sites, posts and weights (each may be the base's own).

    Raises SnapshotError E_SCENARIO_OLD when the published columns are not what the base's own sites and posts give: an older version
    made them, or the snapshot may not hold all that went in.
    """
    registered = factors()
    patches: dict[int, _Patch] = {}
    for f, item in enumerate(base.model.file.factor):
        needs = registered[item.key].needs
        if ("sites" in needs and sites is not base.sites) or ("posts" in needs and posts is not base.posts):
            patches[f] = _measured(base, f, item, registered[item.key], sites, posts)
    patches = {f: patch for f, patch in patches.items() if len(patch.rows)}
    every = model is not base.model
    rows = _union([patch.rows for patch in patches.values()])
    of_areas = _rolled_up(base, patches, rows)
    area_rows = _union([patch.rows for patch in of_areas.values()])
    return Outcome(
        tuple(base.model.keys[f] for f in patches),
        _part(base.cells, model, _every(base.grid.size) if every else rows, patches),
        _part(base.areas, model, _every(len(base.level)) if every else area_rows, of_areas),
    )


def _every(n: int) -> IntArray:
    return np.arange(n, dtype=np.int32)


def _union(rows: list[IntArray]) -> IntArray:
    return np.unique(np.concatenate([np.empty(0, np.int32), *rows]))


def _measured(
    base: Base, f: int, item: Weighted, factor: Factor, sites: Records | None, posts: Records | None
) -> _Patch:
    """The rows of one factor that the changed sites or posts may reach, and the factor there."""
    if factor.measure is pressure:
        rows = _reached(base, item, base.sites, sites)
        before, after = (_pressure_at(base, item, records, rows) for records in (base.sites, sites))
    else:
        # Whole, not near the change alone: such factors look for the nearest, which is quick.
        unlocal = set(factor.needs) - LOCAL
        if unlocal:
            raise ValueError(f"{factor.key} cannot be measured from a snapshot: {sorted(unlocal)}")
        rows = _every(base.grid.size)
        before, after = (
            factor.measure(_evidence(base, *records), base.grid, base.as_of, item.params)
            for records in ((base.sites, base.posts), (sites, posts))
        )
    held = as_published(np.where(before[1], before[0], np.nan))
    if not np.array_equal(held, base.cells.raw[f][rows].astype(np.float64), equal_nan=True):
        raise SnapshotError("E_SCENARIO_OLD", key=item.key)
    raw, value = finished(*after, item, factor.direction)
    differs = (raw != held) & ~(np.isnan(raw) & np.isnan(held))
    return _Patch(rows[differs], raw[differs], value[differs], after[1][differs])


def _evidence(base: Base, sites: Records | None, posts: Records | None) -> Evidence:
    """What of the evidence a snapshot gives."""
    nowhere = np.empty(0)
    return Evidence(None, None, sites, posts, base.people, nowhere, nowhere)


def _reached(base: Base, item: Weighted, before: Records | None, after: Records | None) -> IntArray:
    """Cells within reach of a site that is in one list and not in the other; all when only one list is an inventory."""
    listed = [records is not None and is_inventory(records, item.params) for records in (before, after)]
    if listed[0] != listed[1]:
        return _every(base.grid.size)
    if not listed[0]:
        return np.empty(0, np.int32)
    old, new = (_sources(base, item, records) for records in (before, after))
    different = _difference(np.column_stack(old), np.column_stack(new))
    if not len(different):
        return np.empty(0, np.int32)
    # A little more than the reach, so that no rounding leaves a cell out; what is not reached comes out as it was.
    reach = 1.001 * chord(number(item.params, "cut_km"))
    distance, _ = cKDTree(different[:, :3]).query(base.xyz, distance_upper_bound=reach)
    return np.flatnonzero(np.isfinite(distance)).astype(np.int32)


def _sources(base: Base, item: Weighted, records: Records | None) -> tuple[FloatArray, FloatArray]:
    if records is None:
        return np.empty((0, 3)), np.empty(0)
    places, amount = sources_of(records, amounts(records, base.as_of, item.params), base.xyz)
    counts = amount != 0
    return places[counts], amount[counts]


def _difference(a: FloatArray, b: FloatArray) -> FloatArray:
    """The distinct rows that one list has more often than the other."""
    unique, inverse = np.unique(np.concatenate((a, b)), axis=0, return_inverse=True)
    sign = np.concatenate((np.ones(len(a)), -np.ones(len(b))))
    return np.asarray(unique[np.bincount(inverse.ravel(), sign, len(unique)) != 0])


def _pressure_at(base: Base, item: Weighted, records: Records | None, rows: IntArray) -> Measured:
    """risk.sites.pressure on some cells: all sites are summed in their order, so each cell gets the same bits as among all cells."""
    known = records is not None and is_inventory(records, item.params)
    if not known:
        return np.full(len(rows), np.nan), np.zeros(len(rows), bool)
    places, amount = _sources(base, item, records)
    decay = exponential(number(item.params, "decay_km"))
    raw = kernel_sum(base.xyz[rows], places, amount, number(item.params, "cut_km"), decay)
    return raw, np.ones(len(rows), bool)


def _rolled_up(base: Base, patches: dict[int, _Patch], rows: IntArray) -> dict[int, _Patch]:
    """The changed factors of every area that holds a part of a changed cell, by the one roll-up rule."""
    if not patches:
        return {}
    grid = base.grid
    touched = np.zeros(grid.size, bool)
    touched[rows] = True
    people = None if base.people is None else base.people[grid.pair_cell] * grid.pair_part
    km2 = grid.pair_km2
    table = _whole(base, patches)
    found: list[tuple[IntArray, FactorTable]] = []
    for level in range(len(base.up)):
        group = base.up[level][grid.pair_village]
        inside = np.zeros(len(base.level), bool)
        inside[group[touched[grid.pair_cell]]] = True
        pair = np.flatnonzero(inside[group])
        mine = np.flatnonzero(inside).astype(np.int32)
        number_of = np.cumsum(inside, dtype=np.int32) - 1
        own = None if people is None else people[pair]
        found.append(
            (mine, groups_mean(table, grid.pair_cell[pair], number_of[group[pair]], len(mine), km2[pair], own))
        )
    area = np.concatenate([mine for mine, _ in found])
    order = np.argsort(area, kind="stable")
    return {
        f: _Patch(
            area[order],
            *(
                np.concatenate([getattr(mean, name)[:, i] for _, mean in found])[order]
                for name in ("raw", "value", "known")
            ),
        )
        for i, f in enumerate(patches)
    }


def _whole(base: Base, patches: dict[int, _Patch]) -> FactorTable:
    """The changed factors on all cells."""
    keys = tuple(base.model.keys[f] for f in patches)
    raw, value = (tuple(column[f] for f in patches) for column in (base.cells.raw, base.cells.value))
    table = Columns(raw, value, tuple(base.cells.known[f] for f in patches)).table(keys, slice(None))
    for i, patch in enumerate(patches.values()):
        table.raw[patch.rows, i], table.value[patch.rows, i] = patch.raw, patch.value
        table.known[patch.rows, i] = patch.known
    return table


def _part(columns: Columns, model: RiskModel, rows: IntArray, patches: dict[int, _Patch]) -> Part:
    """Factors and scores of some rows with the patches on them; rows hold every row of the patches."""
    everything = len(rows) == len(columns.known[0])
    table = columns.table(model.keys, slice(None) if everything else rows)
    for f, patch in patches.items():
        at = np.searchsorted(rows, patch.rows)
        table.raw[at, f], table.value[at, f], table.known[at, f] = patch.raw, patch.value, patch.known
    return Part(rows, table, combine(table, model))
