"""Arrays to the declared arrow tables of a snapshot; here and nowhere else do float64 results become published float32."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from core import cells as h3cells
from core import codes
from geo.boundaries import AreaTree
from geo.grid import FloatArray, Grid
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


def cells(grid: Grid, table: FactorTable, scores: ScoreTable, people: FloatArray | None) -> pa.Table:
    """cells.parquet."""
    return pa.table(
        {
            "cell": pa.array(grid.cell),
            "kode": pa.array(np.array(grid.villages, dtype=object)[grid.owner], pa.string()),
            "gap": pa.array(grid.gap),
            "area_km2": pa.array(grid.inside_km2.astype(np.float32)),
            "people": nullable(np.full(grid.size, np.nan) if people is None else people, pa.float32()),
            **_judged(table, scores),
        }
    )


def coarse(grid: Grid, res: int, model: RiskModel, table: FactorTable, people: FloatArray | None) -> pa.Table:
    """Cells of a coarser resolution by the roll-up rule."""
    parent, start = h3cells.parent_groups(grid.cell, res)
    n, km2 = len(parent), grid.inside_km2
    group = np.repeat(np.arange(n), np.diff(start, append=grid.size))
    rolled = groups_mean(table, np.arange(grid.size, dtype=np.int32), group.astype(np.int32), n, km2, people)
    heads = np.full(n, np.nan)
    if people is not None:
        some = np.add.reduceat(np.isfinite(people).astype(np.int64), start) > 0
        heads = np.where(some, np.add.reduceat(np.nan_to_num(people), start), np.nan)
    return pa.table(
        {
            "cell": pa.array(parent),
            "kode": pa.nulls(n, pa.string()),
            "gap": pa.array(np.zeros(n, bool)),
            "area_km2": pa.array(np.add.reduceat(km2, start).astype(np.float32)),
            "people": nullable(heads, pa.float32()),
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

    def total(villages: FloatArray | None) -> FloatArray:
        if villages is None:
            return np.full(a, np.nan)
        levels = [np.bincount(up[lev], villages, a) for lev in range(1, 5)]
        # 220.00000000000003 incidents are 220.
        return np.asarray(np.round(np.sum(levels, axis=0), 9), dtype=np.float64)

    def count(records: Records | None) -> FloatArray:
        return total(None if records is None else records.placement.villages(np.ones(len(records))))

    top_score = np.where(best >= 0, scores.score[best], np.nan)
    return pa.table(
        {
            "kode": pa.array(kode, pa.string()),
            "level": pa.array(level),
            "name": pa.array(frame["name"].tolist(), pa.string()),
            "parent": pa.array(
                [None if code is None else str(code) for code in _none(frame["parent"].tolist())], pa.string()
            ),
            "area_km2": pa.array(frame["area_km2"].to_numpy(dtype=np.float64)),
            "partial": pa.array([not any(codes.covers(code, k) for code in mapped) for k in kode]),
            **_judged(rolled, judged),
            "rank": pa.array(rank, mask=rank == 0),
            "max_score": nullable(top_score, pa.float32()),
            "max_cell": pa.array(grid.cell[best], mask=best < 0),
            "incidents": nullable(count(evidence.incidents), pa.float64()),
            "tps": nullable(count(evidence.tps), pa.float64()),
            "voters": nullable(_known_total(evidence.tps, "voters", total), pa.float64()),
            "sites": nullable(count(evidence.sites), pa.float64()),
            "people": nullable(_people_total(grid, evidence.people, pair_people, total), pa.float64()),
            "label_lon": pa.array(frame["label_lon"].to_numpy(dtype=np.float64)),
            "label_lat": pa.array(frame["label_lat"].to_numpy(dtype=np.float64)),
            "geometry": pa.array(shapely.to_wkb(frame.geometry.to_numpy()).tolist(), pa.binary()),
        }
    )


def _none(values: list[Any]) -> list[Any]:
    return [value if isinstance(value, str) else None for value in values]


def _known_total(records: Records | None, column: str, total: Any) -> FloatArray:
    """(A,) sum of a column by area, NaN where no record of the area has it."""
    if records is None:
        return np.asarray(total(None), dtype=np.float64)
    amount = records.columns[column].astype(np.float64)
    known = np.isfinite(amount)
    some = total(records.placement.villages(known.astype(np.float64)))
    return np.where(some > 0, total(records.placement.villages(np.nan_to_num(amount))), np.nan)


def _people_total(grid: Grid, people: FloatArray | None, pair_people: FloatArray | None, total: Any) -> FloatArray:
    """(A,) people by area, NaN where no cell of the area has a figure."""
    if people is None or pair_people is None:
        return np.asarray(total(None), dtype=np.float64)
    v = len(grid.villages)
    known = np.bincount(grid.pair_village, np.isfinite(pair_people), v)
    return np.where(total(known) > 0, total(np.bincount(grid.pair_village, np.nan_to_num(pair_people), v)), np.nan)


def crosswalk(grid: Grid) -> pa.Table:
    """crosswalk.parquet, by village then cell."""
    village = np.array(grid.villages, dtype=object)[grid.pair_village]
    return pa.table(
        {"kode": pa.array(village, pa.string()), "cell": grid.cell[grid.pair_cell], "share": grid.pair_share}
    )


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
