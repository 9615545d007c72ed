"""The invented snapshot with a forecast, a card, alarms and learned site effects, as publish writes them; for tests of readers only."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from core import codes, tables
from publish import areamvt, tiles
from store.snapshot import Snapshot, open_named
from store.writer import Build, publishing
from tests.synthetic import WEIGHTS, make

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 74"><style>path{fill:#7a0f1e}</style><path d="M9 60L80 9V60Z"/></svg>'
CLASSES = ("konflik", "bersenjata")


@dataclass(frozen=True)
class Case:
    """What the data of province 64 carry: incidents in five years, the stage they allow, how the back-test went."""

    events: int
    stage: str
    verdict: str = "no_advantage"
    label: str = "indeks"
    with_card: bool = True
    heap: float | None = None
    model: str = "riwayat"

    @property
    def scale(self) -> str:
        return "additive" if self.model == "riwayat" else "log"


def _model(gain: float, pai: float) -> dict[str, Any]:
    near = [gain, gain - 0.04, gain + 0.04]
    at = {share: [pai, pai - 0.5, pai + 0.5] for share in ("1", "5", "10")}
    return {
        "log_score": -4.2 + gain,
        "where": -3.1,
        "gain": {"counts_all": near, "counts_12": near},
        "where_gain": {"counts_all": near, "counts_12": near},
        "pai": {"area": at, "people": None},
        "hit": {"area": {share: [0.3, 0.2, 0.4] for share in at}, "people": None},
        "pei": None,
        "brier": 0.0312,
        "crps": 0.0214,
        "coverage": 0.91,
        "eo": 0.97,
        "reliability": [[0.1, 0.12, 36], [1.5, 1.4, 36]],
        "curve": {"area": [[0.0, 0.0], [0.1, 0.3], [1.0, 1.0]], "people": None},
        "persistent": [2.1, 1.5, 2.8],
        "new": None,
    }


def card(cases: Mapping[str, Case]) -> dict[str, Any]:
    """A card with one entry per case that has one."""
    entries = []
    for kind, case in cases.items():
        few = case.verdict == "too_few"
        models: dict[str, Any] = {
            "nol": None,
            "penduduk": _model(-0.2, 1.1),
            "counts_all": _model(0.0, 2.4),
            "indeks": None,
        }
        if not few:
            models["riwayat"] = _model(0.08 if case.verdict == "better" else 0.01, 2.6)
        entry = {
            "province": "64",
            "class": kind,
            "months": 12,
            "n_test": 40 if few else 140,
            "n_test_located": 38 if few else 131,
            "n_new": 4,
            "n_history": case.events,
            "heap_share": case.heap,
            "level_eo": 0.97,
            "areas": 3,
            "models": models,
            "verdict": case.verdict,
            "label": case.label,
            "offered": ["riwayat"],
            "why": {"8e": "few_months"},
            "spatial": None,
            "notes": [],
        }
        if case.with_card:
            entries.append(entry)
    return {
        "horizon_days": 30,
        "origins": 12,
        "first": "2023-11-06",
        "last": "2024-10-01",
        "seed": 1,
        "spec": "1",
        "depth": "quick",
        "digest": "ab" * 32,
        "entries": entries,
    }


def _manifest_forecast(cases: Mapping[str, Case]) -> dict[str, Any]:
    return {
        "entries": [
            {
                "province": "64",
                "class": kind,
                "stage": case.stage,
                "events_5y": case.events,
                "areas": 3,
                "per_area": case.events / 3,
                "heap": None if case.heap is None else {"share": case.heap, "moved": 0.5, "regency": ["64.74"]},
                "model": case.model,
                "level_30": case.events / 60,
                "prior": kind == "konflik",
            }
            for kind, case in cases.items()
        ],
        "site_effects": [
            _effect("galian_c", "illegal", 1.8, 1.2, 2.6),
            _effect("coal_mine", "legal", 1.3, 0.8, 2.0),  # its interval holds 1: never told
        ],
        "escalation": {"level": 4, "recent_days": 30, "false_alarms_per_year": 1.5, "months": 48},
    }


def _effect(kind: str, permit: str, rr: float, low: float, high: float) -> dict[str, Any]:
    return {"kind": kind, "permit": permit, "radius_km": 2.0, "rr": rr, "low": low, "high": high, "events": 61, "n": 17}


def rows(areas: pa.Table, cases: Mapping[str, Case]) -> list[dict[str, Any]]:
    """Forecast rows down to the level a stage allows; a district's share of the level goes by its position, and all sums agree."""
    kodes = [kode for kode in areas["kode"].to_pylist() if codes.level(kode) <= 3]
    districts = [kode for kode in kodes if codes.level(kode) == 3]
    share = {kode: (i + 1) / sum(range(1, len(districts) + 1)) for i, kode in enumerate(districts)}
    found = []
    for kind, case in cases.items():
        deepest = {"none": 0, "monthly": 3}.get(case.stage, 2)
        for kode in kodes:
            if codes.level(kode) > deepest:
                continue
            part = sum(value for below, value in share.items() if codes.covers(kode, below))
            for days in (30, 90):
                expected = case.events / 60 * days / 30 * part
                found.append(
                    {
                        "class": kind,
                        "kode": kode,
                        "level": codes.level(kode),
                        "horizon_days": days,
                        "stage": case.stage,
                        "model": case.model,
                        "scale": case.scale,
                        "expected": expected,
                        "low": int(expected * 0.3),
                        "high": int(expected * 2 + 1),
                        "rank": 1 + sum(1 for other in share.values() if other > part) if codes.level(kode) == 3 else 1,
                        "quiet": kode == districts[0],
                        "quiet_rank": 1 if kode == districts[0] else None,
                    }
                )
    return found


def _parts(row: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """Two parts that sum to the number, or to its logarithm."""
    if row["scale"] == "additive":
        return ("history", 0.9 * row["expected"]), ("people", 0.1 * row["expected"])
    return ("level", float(np.log(row["expected"])) - 0.3), ("remoteness", 0.3)


def _table(name: str, found: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(found, tables.schema(tables.DERIVED[name]))


def _cells(cells: pa.Table, forecast: list[dict[str, Any]]) -> list[dict[str, Any]]:
    of = [kode[:8] for kode in cells["kode"].to_pylist()]
    number = {kode: of.count(kode) for kode in set(of)}
    found = []
    for kind in CLASSES:
        by = {(r["kode"], r["horizon_days"]): r["expected"] for r in forecast if r["class"] == kind and r["level"] == 3}
        for cell, kode in zip(cells["cell"].to_pylist(), of, strict=True):
            if (kode, 30) in by:
                value = {days: by[kode, days] / number[kode] for days in (30, 90)}
                ends = {f"{end}_{days}": int(end == "high") for end in ("low", "high") for days in (30, 90)}
                found.append({"class": kind, "cell": cell, **{f"expected_{d}": v for d, v in value.items()}, **ends})
    return found


def _write_area_tiles(path: Path, areas: pa.Table, forecast: list[dict[str, Any]]) -> None:
    """The area tiles of the invented snapshot with the attributes of the forecast, as publish adds them."""
    kodes = areas["kode"].to_pylist()
    numbers = tiles._numbers(areas, list(WEIGHTS))
    for kind in CLASSES:
        value = {r["kode"]: r["expected"] for r in forecast if r["class"] == kind and r["horizon_days"] == 30}
        numbers[f"f30_{kind}_x100"] = np.array(
            [round(100 * value[k]) if k in value else -1 for k in kodes], dtype=np.int64
        )
    what = areamvt.prepare(areas, numbers, ())
    layers = {name: (tiles.FIRST_ZOOM, tiles.AREA_ZOOM, {}) for name in ("areas", "borders", "labels")}
    found = (tile for zoom in range(tiles.FIRST_ZOOM, tiles.AREA_ZOOM + 1) for tile in areamvt.encode(zoom, what))
    tiles.archive.write(path, found, what.bounds, tiles._metadata("areas", layers))


def make_outlook(workspace: Path, cases: Mapping[str, Case], *, with_tiles: bool = False) -> Snapshot:
    """Publish the invented snapshot with a forecast in `workspace` and open it."""
    plain = make(workspace, with_tiles=with_tiles)
    forecast = rows(plain.areas, cases)
    parts = [
        {"class": r["class"], "kode": r["kode"], "horizon_days": r["horizon_days"], "part": part, "value": value}
        for r in forecast
        for part, value in _parts(r)
    ]
    alerts = [
        {"kode": "64.08.01.2001", "recent": 3.0, "expected": 0.4, "tail": 0.008, "alarm": True},
        {"kode": "64.08.01.2002", "recent": 0.0, "expected": 0.2, "tail": 1.0, "alarm": False},
    ]
    made = {
        "forecast": _table("forecast", forecast),
        "forecast_parts": _table("forecast_parts", parts),
        "forecast_cells": _table("forecast_cells", _cells(plain.cells, forecast)),
        "alerts": _table("alerts", alerts),
    }
    with publishing(workspace):
        build = Build.start(workspace)
        kept = [table for table in plain.manifest.tables if table.name not in made]
        for table in kept:
            shutil.copy(plain.path / table.path, build.folder)
        written = tuple(build.write_table(name, table, tables.DERIVED[name]) for name, table in made.items())
        (build.folder / "card").mkdir()
        for lang in ("id", "en"):
            (build.folder / "card" / f"64-konflik.{lang}.svg").write_bytes(SVG)
        if with_tiles:
            (build.folder / "tiles").mkdir()
            shutil.copy(plain.path / "tiles" / "cells.pmtiles", build.folder / "tiles")
            _write_area_tiles(build.folder / "tiles" / "areas.pmtiles", plain.areas, forecast)
        manifest = build.finish(
            replace(
                plain.manifest,
                files=(),
                id="",
                tables=(*kept, *written),
                forecast=_manifest_forecast(cases),
                card=card(cases),
            )
        )
    shutil.rmtree(plain.path)
    return open_named(workspace, manifest.id)
