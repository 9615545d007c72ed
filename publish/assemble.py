"""Arrays to the declared arrow tables of a snapshot; here and nowhere else do float64 results become published float32."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from core import cells as h3cells
from core import codes
from geo.boundaries import AreaTree
from geo.grid import FloatArray, Grid, IntArray
from geo.joins import Evidence, Records
from publish.evidence import Frames
from risk.model import RiskModel
from risk.rollup import groups_mean, highest, ranks
from risk.score import FactorTable, ScoreTable, combine


def geo_metadata(types: list[str]) -> dict[bytes, bytes]:
    """GeoParquet 1.1 file metadata for one WKB column `geometry` in OGC:CRS84 (the default of the standard)."""
    column = {"encoding": "WKB", "geometry_types": types}
    tree = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return {b"geo": json.dumps(tree, sort_keys=True).encode()}


def nullable(values: FloatArray, kind: pa.DataType) -> pa.Array:
    """An arrow array with null where NaN."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(kind.to_pandas_dtype()), type=kind, mask=missing)


def _judged(table: FactorTable, scores: ScoreTable) -> dict[str, pa.Array]:
    f4 = pa.float32()
    columns: dict[str, pa.Array] = {
        "score": nullable(scores.score, f4),
        "class": pa.array(scores.classes),
        "coverage": pa.array(scores.coverage.astype(np.float32)),
    }
    for i, key in enumerate(table.keys):
        columns |= {
            f"raw_{key}": nullable(table.raw[:, i], f4),
            f"value_{key}": nullable(table.value[:, i], f4),
            f"known_{key}": pa.array(table.known[:, i]),
            f"contribution_{key}": nullable(scores.contribution[:, i], f4),
        }
    return columns


Sums = Callable[[FloatArray], FloatArray]


def _counts(evidence: Evidence, kind: pa.DataType, spread: Callable[[Records], Sums]) -> dict[str, pa.Array]:
    """incidents, tps, voters, sites of every unit: null without a source, voters also where no record of the unit has them.

    `spread` says how records become sums of units; the total is kept.
    """
    columns: dict[str, pa.Array] = {}
    for name, records in (("incidents", evidence.incidents), ("tps", evidence.tps), ("sites", evidence.sites)):
        if records is not None:
            columns[name] = nullable(spread(records)(np.ones(len(records))), kind)
    if evidence.tps is not None:
        voters = evidence.tps.columns["voters"].astype(np.float64)
        sums = spread(evidence.tps)
        some = sums(np.isfinite(voters).astype(np.float64)) > 0
        columns["voters"] = nullable(np.where(some, sums(np.nan_to_num(voters)), np.nan), kind)
    return columns


def _all_counts(found: dict[str, pa.Array], rows: int, kind: pa.DataType) -> dict[str, pa.Array]:
    return {name: found.get(name, pa.nulls(rows, kind)) for name in ("incidents", "tps", "voters", "sites")}


def cells(grid: Grid, table: FactorTable, scores: ScoreTable, evidence: Evidence) -> pa.Table:
    """cells.parquet."""
    f4 = pa.float32()
    people = np.full(grid.size, np.nan) if evidence.people is None else evidence.people
    return pa.table(
        {
            "cell": pa.array(grid.cell),
            "kode": _kode(grid, grid.owner),
            "gap": pa.array(grid.gap),
            "area_km2": pa.array(grid.inside_km2.astype(np.float32)),
            "people": nullable(people, f4),
            **_all_counts(_counts(evidence, f4, lambda records: records.placement.cells), grid.size, f4),
            **_judged(table, scores),
        }
    )


def coarse(grid: Grid, res: int, model: RiskModel, table: FactorTable, base: pa.Table, evidence: Evidence) -> pa.Table:
    """Cells of a coarser resolution by the roll-up rule; `base` is the table of the grid's own cells, whose counts are summed."""
    parent, start = h3cells.parent_groups(grid.cell, res)
    n, km2 = len(parent), grid.inside_km2
    group = np.repeat(np.arange(n), np.diff(start, append=grid.size)).astype(np.int32)
    rolled = groups_mean(table, np.arange(grid.size, dtype=np.int32), group, n, km2, evidence.people)

    def summed(name: str) -> pa.Array:
        amount = np.asarray(base[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
        some = np.add.reduceat(np.isfinite(amount).astype(np.int64), start) > 0
        return nullable(np.where(some, np.add.reduceat(np.nan_to_num(amount), start), np.nan), pa.float32())

    return pa.table(
        {
            "cell": pa.array(parent),
            "kode": pa.nulls(n, pa.string()),
            "gap": pa.array(np.zeros(n, bool)),
            "area_km2": pa.array(np.add.reduceat(km2, start).astype(np.float32)),
            **{name: summed(name) for name in ("people", "incidents", "tps", "voters", "sites")},
            **_judged(rolled, combine(rolled, model)),
        }
    )


def areas(
    ground: tuple[AreaTree, Grid],
    mapped: Sequence[str],
    model: RiskModel,
    table: FactorTable,
    scores: ScoreTable,
    evidence: Evidence,
) -> pa.Table:
    """areas.parquet: every level by the one roll-up rule, counts summed upward from villages; `mapped` are the workspace's codes."""
    tree, grid = ground
    frame = tree.frame
    kode: list[str] = frame["kode"].tolist()
    level = frame["level"].to_numpy().astype(np.int8)
    row = {code: i for i, code in enumerate(kode)}
    a, v = len(kode), len(grid.villages)
    pair_people = None if evidence.people is None else evidence.people[grid.pair_cell] * grid.pair_part
    shape = (a, len(table.keys))
    rolled = FactorTable(table.keys, np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, bool))
    best = np.full(a, -1, np.int32)
    up = np.zeros((5, v), np.int64)  # row of each village's ancestor by level
    for lev in range(1, 5):
        up[lev] = [row[codes.ancestor(code, lev)] for code in grid.villages]
        group = up[lev][grid.pair_village].astype(np.int32)
        mean = groups_mean(table, grid.pair_cell, group, a, grid.pair_km2, pair_people)
        mine = level == lev
        for target, source in ((rolled.raw, mean.raw), (rolled.value, mean.value), (rolled.known, mean.known)):
            target[mine] = source[mine]
        best[mine] = highest(scores, up[lev][grid.owner].astype(np.int32), a)[mine]
    judged = combine(rolled, model)
    rank = ranks(judged.score, level)

    def total(villages: FloatArray) -> FloatArray:
        levels = [np.bincount(up[lev], villages, a) for lev in range(1, 5)]
        # 220.00000000000003 incidents are 220.
        return np.asarray(np.round(np.sum(levels, axis=0), 9), dtype=np.float64)

    def spread(records: Records) -> Sums:
        return lambda amount: total(records.placement.villages(amount))

    heads = np.full(a, np.nan)
    if pair_people is not None:
        known = np.bincount(grid.pair_village, np.isfinite(pair_people), v).astype(np.float64)
        whole = np.bincount(grid.pair_village, np.nan_to_num(pair_people), v).astype(np.float64)
        heads = np.where(total(known) > 0, total(whole), np.nan)
    f8 = pa.float64()
    top_score = np.where(best >= 0, scores.score[best], np.nan)
    return pa.table(
        {
            "kode": pa.array(kode, pa.string()),
            "level": pa.array(level),
            "name": pa.array(frame["name"].tolist(), pa.string()),
            "parent": pa.array([codes.parent(code) for code in kode], pa.string()),
            "area_km2": pa.array(frame["area_km2"].to_numpy(dtype=np.float64)),
            "partial": pa.array([not any(codes.covers(code, k) for code in mapped) for k in kode]),
            **_judged(rolled, judged),
            "rank": pa.array(rank, mask=rank == 0),
            "max_score": nullable(top_score, pa.float32()),
            "max_cell": pa.array(grid.cell[best], mask=best < 0),
            **_all_counts(_counts(evidence, f8, spread), a, f8),
            "people": nullable(heads, f8),
            "label_lon": pa.array(frame["label_lon"].to_numpy(dtype=np.float64)),
            "label_lat": pa.array(frame["label_lat"].to_numpy(dtype=np.float64)),
            "geometry": pa.array(shapely.to_wkb(frame.geometry.to_numpy()).tolist(), pa.binary()),
        }
    )


def villages(areas: pa.Table, keys: Sequence[str]) -> FactorTable:
    """The factors of the villages of an area table, as published."""
    mine = areas.filter(pc.equal(areas["level"], 4))

    def column(name: str) -> FloatArray:
        return np.asarray(mine[name].cast(pa.float64()).to_numpy(), dtype=np.float64)

    raw, value = (np.column_stack([column(f"{kind}_{key}") for key in keys]) for kind in ("raw", "value"))
    return FactorTable(tuple(keys), raw, value, np.column_stack([column(f"known_{key}") > 0 for key in keys]))


def crosswalk(grid: Grid) -> pa.Table:
    """crosswalk.parquet, by village then cell."""
    kode = _kode(grid, grid.pair_village)
    return pa.table({"kode": kode, "cell": grid.cell[grid.pair_cell], "share": grid.pair_share})


def _kode(grid: Grid, village: IntArray) -> pa.Array:
    """The codes of villages by their index."""
    return pa.DictionaryArray.from_arrays(pa.array(village), pa.array(grid.villages)).cast(pa.string())


def layer(frames: Frames, kind: str, schema: pa.Schema) -> pa.Table:
    """One of the point layers in its declared columns; empty where the workspace has no source of that kind."""
    if kind not in frames:
        return schema.empty_table()
    frame = frames[kind]
    return pa.Table.from_pandas(frame[list(schema.names)], schema=schema, preserve_index=False).replace_schema_metadata(
        None
    )


def classes_by_area(scores: ScoreTable, km2: FloatArray) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Number of cells and km2 (to 0.001) of classes 0..5."""
    number = np.bincount(scores.classes, minlength=6)
    size = np.bincount(scores.classes, km2, 6)
    return tuple(int(x) for x in number), tuple(round(float(x), 3) for x in size)
