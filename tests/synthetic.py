"""A small whole snapshot with invented numbers, written by the real writer: for tests of readers only."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import h3
import numpy as np
import pyarrow as pa
import shapely

from core import tables
from store.manifest import FactorNote, Input, Manifest
from store.snapshot import Snapshot, open_named
from store.writer import Build, publishing

WEIGHTS = {
    "incident_history": 0.28,
    "near_repeat": 0.12,
    "escalation": 0.12,
    "tps_exposure": 0.06,
    "quarry_pressure": 0.11,
    "project_dispute": 0.07,
    "population": 0.06,
    "remoteness": 0.06,
    "border_proximity": 0.04,
    "post_distance": 0.08,
}
THRESHOLDS = (10.0, 20.0, 35.0, 50.0)
GEO = {
    b"geo": json.dumps(
        {
            "version": "1.1.0",
            "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon", "MultiPolygon"]}},
        }
    ).encode()
}
NAMES = {
    "64": "Kalimantan Timur",
    "64.08": "Kutai Timur",
    "64.74": "Kota Bontang",
    "64.08.01": "Muara Ancalong",
    "64.08.02": "Muara Wahau",
    "64.74.01": "Bontang Utara",
}


def _judge(value: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    weight = np.array(list(WEIGHTS.values()))
    coverage = (known * weight).sum(axis=1)
    scored = coverage >= 0.5
    part = 100 * np.where(known, value, 0) * weight / np.maximum(coverage, 1e-12)[:, None]
    score = np.where(scored, part.sum(axis=1), np.nan)
    classes = np.where(scored, 1 + np.searchsorted(THRESHOLDS, np.nan_to_num(score), side="right"), 0)
    return {"score": score, "class": classes, "coverage": coverage, "part": np.where(scored[:, None], part, np.nan)}


def _null(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.array(values, type=kind, mask=np.isnan(values), from_pandas=True)


def _columns(value: np.ndarray, known: np.ndarray) -> dict[str, pa.Array]:
    judged = _judge(value, known)
    columns = {
        "score": _null(judged["score"].astype("f4"), pa.float32()),
        "class": pa.array(judged["class"].astype("i1")),
        "coverage": pa.array(judged["coverage"].astype("f4")),
    }
    for i, key in enumerate(WEIGHTS):
        val = np.where(known[:, i], value[:, i], np.nan).astype("f4")
        columns |= {
            f"raw_{key}": _null(val * 10, pa.float32()),
            f"value_{key}": _null(val, pa.float32()),
            f"known_{key}": pa.array(known[:, i]),
            f"contribution_{key}": _null(judged["part"][:, i].astype("f4"), pa.float32()),
        }
    return columns


def _places() -> dict[str, shapely.Geometry]:
    villages, x = {}, 117.0
    for kecamatan, how_many in (("64.08.01", 4), ("64.08.02", 5), ("64.74.01", 3)):
        for n in range(how_many):
            kode = f"{kecamatan}.{(1001 if kecamatan.startswith('64.74') else 2001) + n}"
            villages[kode] = shapely.box(x + 0.06 * (n % 2), 0.1 * (n // 2), x + 0.06 * (n % 2 + 1), 0.1 * (n // 2 + 1))
        x += 0.12
    return villages


def _write_tiles(folder: Path, cells: pa.Table, areas: pa.Table) -> None:
    """Tiles by the real writers; a coarse cell shows its first child, which is enough for readers of tiles."""
    from publish import tiles

    ladder = {8: cells}
    for res in set(tiles.resolutions(8)) - {8}:
        parents = np.array(
            [h3.str_to_int(h3.cell_to_parent(h3.int_to_str(c), res)) for c in cells["cell"].to_pylist()],
            dtype=np.uint64,
        )
        parent, first = np.unique(parents, return_index=True)
        ladder[res] = cells.take(pa.array(first)).set_column(0, "cell", pa.array(parent))
    (folder / "tiles").mkdir()
    tiles.write_cells(folder / "tiles" / "cells.pmtiles", ladder, list(WEIGHTS))
    tiles.write_areas(folder / "tiles" / "areas.pmtiles", areas, list(WEIGHTS))


def make(workspace: Path, seed: int = 7, *, names: dict[str, str] | None = None, with_tiles: bool = False) -> Snapshot:
    """Publish the invented snapshot in `workspace` and open it; `names` by kode replace the invented ones."""
    rng = np.random.default_rng(seed)
    villages = _places()
    owner: dict[int, str] = {}
    for kode, shape in villages.items():
        for cell in h3.geo_to_cells(shape, 8):
            owner.setdefault(h3.str_to_int(cell), kode)
    cell = np.array(sorted(owner), dtype=np.uint64)
    lat = np.array([h3.cell_to_latlng(h3.int_to_str(c))[0] for c in cell.tolist()])
    value = np.clip(
        rng.beta(1.2, 3, (len(cell), len(WEIGHTS))) + 0.5 * np.exp(-((lat - 0.12) ** 2) / 0.002)[:, None], 0, 1
    )
    known = np.ones_like(value, dtype=bool)
    known[:, 8] = False
    known[lat > 0.24, :5] = False
    codes = [owner[c] for c in cell.tolist()]
    cells = pa.table(
        {
            "cell": pa.array(cell),
            "kode": pa.array(codes),
            "gap": pa.array(np.zeros(len(cell), bool)),
            "area_km2": pa.array(np.full(len(cell), 0.74, "f4")),
            "people": pa.array(rng.integers(0, 900, len(cell)).astype("f4")),
            **{name: pa.array(np.full(len(cell), 0.1, "f4")) for name in ("incidents", "tps", "voters", "sites")},
            **_columns(value, known),
        }
    )
    shapes = dict(villages)
    for kode in villages:
        for cut in (2, 5, 8):
            shapes.setdefault(
                kode[:cut], shapely.union_all([s for k, s in villages.items() if k.startswith(kode[:cut])])
            )
    kodes = sorted(shapes)
    member = np.array([[c == k or c.startswith(k + ".") for c in codes] for k in kodes])
    aval = (member @ value) / member.sum(axis=1)[:, None]
    aknown = (member.astype(float) @ known) / member.sum(axis=1)[:, None] >= 0.5
    judged = _judge(aval, aknown)
    rank = np.full(len(kodes), -1)
    level = np.array([k.count(".") + 1 for k in kodes])
    for lev in range(1, 5):
        mine = np.flatnonzero((level == lev) & ~np.isnan(judged["score"]))
        rank[mine[np.argsort(-judged["score"][mine], kind="stable")]] = 1 + np.arange(len(mine))
    score = _judge(value, known)["score"]
    top = np.where(member & ~np.isnan(score), np.nan_to_num(score), -1)
    areas = pa.table(
        {
            "kode": kodes,
            "level": pa.array(level.astype("i1")),
            "name": [(names or {}).get(k, NAMES.get(k, f"Desa Contoh {i}")) for i, k in enumerate(kodes)],
            "parent": [k.rpartition(".")[0] or None for k in kodes],
            "area_km2": member.sum(axis=1) * 0.74,
            "partial": [k == "64" for k in kodes],
            "rank": pa.array(rank.astype("i4"), mask=rank < 0),
            "max_score": pa.array(top.max(axis=1).astype("f4"), mask=top.max(axis=1) < 0),
            "max_cell": pa.array(cell[top.argmax(axis=1)], mask=top.max(axis=1) < 0),
            "incidents": member.sum(axis=1) * 0.1,
            "tps": member.sum(axis=1) * 1.0,
            "voters": member.sum(axis=1) * 300.0,
            "sites": member.sum(axis=1) * 0.01,
            "people": member.sum(axis=1) * 450.0,
            "label_lon": [shapes[k].representative_point().x for k in kodes],
            "label_lat": [shapes[k].representative_point().y for k in kodes],
            **_columns(aval, aknown),
            "geometry": [shapely.to_wkb(shapes[k]) for k in kodes],
        }
    )
    n = 40
    vill = sorted(villages)
    pick = rng.integers(0, len(vill), n)
    lon = [villages[vill[i]].centroid.x + float(rng.normal(0, 0.01)) for i in pick]
    lats = [villages[vill[i]].centroid.y + float(rng.normal(0, 0.02)) for i in pick]
    placed = {
        "precision": ["exact"] * n,
        "kode": [vill[i] for i in pick],
        "lon": lon,
        "lat": lats,
        "source": ["contoh"] * n,
    }
    incidents = pa.table(
        {
            "id": [f"i{i:03d}" for i in range(n)],
            "occurred_on": pa.array([date(2024, 1 + i % 10, 1 + i % 28) for i in range(n)], pa.date32()),
            "date_precision": ["day"] * n,
            "kind": ["land_dispute", "communal_violence", "peaceful_protest", "crime"] * (n // 4),
            "conflict_source": pa.array([None, "natural_resources"] * (n // 2), pa.string()),
            "severity": pa.array(rng.random(n).astype("f4")),
            "deaths": pa.array([None, 0] * (n // 2), pa.int32()),
            "injured": pa.array([None, 1] * (n // 2), pa.int32()),
            "how_known": ["reported"] * n,
            **placed,
        }
    )
    tps = pa.table(
        {
            "id": [f"t{i:03d}" for i in range(n)],
            "name": [f"TPS {i}" for i in range(n)],
            "voters": pa.array([300] * n, pa.int32()),
            **placed,
        }
    )
    nothing = pa.array([None] * n, pa.date32())
    sites = pa.table(
        {
            "id": [f"s{i:03d}" for i in range(n)],
            "name": [f"<b>Lokasi</b> {i}" for i in range(n)],
            "kind": ["galian_c", "coal_mine"] * (n // 2),
            "permit": ["illegal", "legal"] * (n // 2),
            "stage": ["operating"] * n,
            "valid_from": nothing,
            "valid_to": nothing,
            **placed,
        }
    )
    posts = sites.select(["id", "name", "kind", *placed]).slice(0, 0)
    crosswalk = pa.table({"kode": codes, "cell": cell, "share": pa.array(np.ones(len(cell), "f4"))})
    counts = np.bincount(_judge(value, known)["class"], minlength=6)
    with publishing(workspace):
        build = Build.start(workspace)
        written = (
            build.write_table("cells", cells, tables.cells(list(WEIGHTS))),
            build.write_table("areas", areas, tables.areas(list(WEIGHTS)), GEO),
            build.write_table("crosswalk", crosswalk, tables.CROSSWALK),
            build.write_table("incidents", incidents, tables.INCIDENTS),
            build.write_table("tps", tps, tables.TPS),
            build.write_table("sites", sites, tables.SITES),
            build.write_table("posts", posts, tables.POSTS),
        )
        if with_tiles:
            _write_tiles(build.folder, cells, areas)
        manifest = build.finish(
            Manifest(
                title="Contoh sintetis",
                as_of="2024-10-31",
                area=("64.08", "64.74"),
                resolution=8,
                version="0.1.0",
                model={"name": "kaltim", "version": "1"},
                factors=tuple(FactorNote(k, "unit", w, "riwayat", "-") for k, w in WEIGHTS.items()),
                thresholds=THRESHOLDS,
                bounds=(117.0, 0.0, 117.36, 0.3),
                sample=True,
                indicative=True,
                audience="internal",
                inputs=(Input("contoh", "incidents", "table", "contoh", "CC0", "0" * 64, n, n, 0, sample=True),),
                tables=written,
                files=(),
                class_cells=tuple(int(c) for c in counts),
                class_km2=tuple(float(c) * 0.74 for c in counts),
            )
        )
    return open_named(workspace, manifest.id)
