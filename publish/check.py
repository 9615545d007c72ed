"""`petarawan check`: does a snapshot keep its promises? One function per rule, each says what it looked at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.taxonomy import RESTRICTED_READERS
from publish.check_forecast import forecast
from publish.finding import Finding
from store.snapshot import Snapshot

SUM_TOLERANCE = 1e-4  # points of 100, as published in float32
COUNT_TOLERANCE = 1e-6  # relative


def _column(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _judged(snapshot: Snapshot) -> list[str]:
    """Names of the tables with scores: cells, areas and the coarser cells."""
    return ["cells", "areas", *(t.name for t in snapshot.manifest.tables if t.name.startswith("cells_r"))]


def hashes(snapshot: Snapshot) -> Finding:
    """Every file is there and has the manifest's SHA-256."""
    wrong = snapshot.verify()
    files = len(snapshot.manifest.tables) + len(snapshot.manifest.files)
    return Finding("hashes", not wrong, {"files": files}, ", ".join(wrong))


def ledger(snapshot: Snapshot) -> Finding:
    """accepted + quarantined = rows in, for every input."""
    inputs = snapshot.manifest.inputs
    wrong = [item.name for item in inputs if item.accepted + item.quarantined != item.rows_in]
    rows = sum(item.rows_in for item in inputs)
    kept = sum(item.accepted for item in inputs)
    return Finding("ledger", not wrong, {"rows": rows, "kept": kept, "rest": rows - kept}, ", ".join(wrong))


def contributions(snapshot: Snapshot) -> Finding:
    """Contributions sum to the score on every cell, coarser cell and area, and are null exactly where the score is."""
    worst, rows, broken = 0.0, 0, 0
    for name in _judged(snapshot):
        table = snapshot.table(name)
        score = _column(table, "score")
        parts = np.column_stack([_column(table, f"contribution_{key}") for key in snapshot.keys])
        scored = np.isfinite(score)
        broken += int(np.count_nonzero(np.isnan(parts).any(axis=1) == scored))
        if scored.any():
            worst = max(worst, float(np.abs(parts[scored].sum(axis=1) - score[scored]).max()))
        rows += len(score)
    return Finding(
        "contributions",
        worst <= SUM_TOLERANCE and not broken,
        {"rows": rows, "worst": f"{worst:.1e}", "broken": broken},
    )


def classes(snapshot: Snapshot) -> Finding:
    """Class is 0 exactly where there is no score, else what the thresholds say; coverage lies in 0..1."""
    wrong, rows = 0, 0
    thresholds = np.asarray(snapshot.manifest.thresholds)
    for name in _judged(snapshot):
        table = snapshot.table(name)
        score, given, coverage = (_column(table, column) for column in ("score", "class", "coverage"))
        wanted = np.where(np.isnan(score), 0, 1 + np.searchsorted(thresholds, np.nan_to_num(score), side="right"))
        wrong += int(np.count_nonzero(wanted != given))
        wrong += int(np.count_nonzero(~((coverage >= 0) & (coverage <= 1 + 1e-6))))
        rows += len(score)
    return Finding("classes", not wrong, {"rows": rows, "wrong": wrong})


def conservation(snapshot: Snapshot) -> Finding:
    """Counts are the same through cells, villages, districts, regencies and provinces, and equal the records of the layer."""
    areas = snapshot.areas
    level = _column(areas, "level")
    faults: list[str] = []
    totals: dict[str, float | str] = dict.fromkeys(("incidents", "tps", "voters", "sites", "people"), "–")
    for column in totals:
        amount = _column(areas, column)
        sums = [float(np.nansum(amount[level == lev])) for lev in (1, 2, 3, 4)]
        sums.append(float(np.nansum(_column(snapshot.cells, column))))
        if column != "people":
            sums.append(_records(snapshot, column))
        if max(sums) - min(sums) > COUNT_TOLERANCE * max(1.0, *sums):
            faults.append(f"{column} {sums}")
        elif np.isfinite(amount).any():
            totals[column] = sums[0]
    return Finding("conservation", not faults, totals, "; ".join(faults))


def _records(snapshot: Snapshot, column: str) -> float:
    """The count as the layer's own rows give it, with those that are counted but may not be passed on."""
    layer = snapshot.table("tps" if column == "voters" else column)
    if column == "voters":
        return float(pc.sum(layer["voters"]).as_py() or 0.0)
    mine = [item for item in snapshot.manifest.inputs if item.kind == column]
    held = sum(item.accepted for item in mine if item.reader in RESTRICTED_READERS)
    return float(layer.num_rows + held)


def crosswalk(snapshot: Snapshot) -> Finding:
    """Shares of a cell sum to at most 1; every village has weight; every cell has one owner that is a village."""
    table = snapshot.table("crosswalk")
    share = _column(table, "share")
    cell = np.asarray(table["cell"].to_numpy())
    _, group = np.unique(cell, return_inverse=True)
    over = float(np.bincount(group, share).max())
    areas = snapshot.areas
    villages = set(areas.filter(pc.equal(areas["level"], 4))["kode"].to_pylist())
    weightless = villages - set(table["kode"].to_pylist())
    strays = set(snapshot.cells["kode"].to_pylist()) - villages
    ok = over <= 1 + 1e-5 and not weightless and not strays and bool((share > 0).all())
    return Finding(
        "crosswalk",
        ok,
        {"pairs": len(share), "over": f"{over:.6f}", "weightless": len(weightless), "strays": len(strays)},
    )


def tree(snapshot: Snapshot) -> Finding:
    """Every area's parent is there, and the levels are complete."""
    areas = snapshot.areas
    kode = areas["kode"].to_pylist()
    known = set(kode)
    orphans = [k for k, p in zip(kode, areas["parent"].to_pylist(), strict=True) if p is not None and p not in known]
    levels = np.bincount(_column(areas, "level").astype(int), minlength=5)[1:5].tolist()
    return Finding(
        "tree",
        not orphans and min(levels) > 0,
        {**{f"level{i}": count for i, count in enumerate(levels, start=1)}, "orphans": len(orphans)},
    )


RULES: tuple[Callable[[Snapshot], Finding], ...] = (
    hashes,
    ledger,
    contributions,
    classes,
    conservation,
    crosswalk,
    tree,
    forecast,
)


def check(snapshot: Snapshot) -> list[Finding]:
    """All rules on one snapshot."""
    return [rule(snapshot) for rule in RULES]
