"""`petarawan check` on the forecast: it stands on a card, its parts add up to it, and it adds up through the levels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from core import codes
from publish.finding import Finding
from store.snapshot import Snapshot

PART_TOLERANCE = 1e-4  # as published
LEVEL_TOLERANCE = 1e-6  # relative


def forecast(snapshot: Snapshot) -> Finding:
    """No row without a card entry of its province and class; parts sum to the number (or its logarithm); levels and cells agree."""
    table = snapshot.table("forecast")
    entries = {(item["province"], item["class"]) for item in snapshot.manifest.card.get("entries", ())}
    kode, kind, model = (table[name].to_pylist() for name in ("kode", "class", "model"))
    cardless = sum((code[:2], own) not in entries for code, own in zip(kode, kind, strict=True))
    expected = np.asarray(table["expected"].to_numpy(), dtype=np.float64)
    broken = int(np.count_nonzero(~np.isfinite(expected) | (expected < 0)))
    broken += int(np.count_nonzero(table["low"].to_numpy() > table["high"].to_numpy()))
    trouble = [text for text, count in (("card", cardless), ("range", broken)) if count]
    worst = _parts(snapshot, table)
    if worst > PART_TOLERANCE:
        trouble.append("parts")
    if _levels(table) > LEVEL_TOLERANCE:
        trouble.append("levels")
    if _cells(snapshot, table) > PART_TOLERANCE:
        trouble.append("cells")
    return Finding(
        "forecast",
        not trouble,
        {"rows": len(table), "models": ", ".join(sorted(set(model))) or "–", "worst": f"{worst:.1e}"},
        ", ".join(trouble),
    )


def _key(table: pa.Table) -> list[tuple[str, str, int]]:
    return list(zip(*(table[name].to_pylist() for name in ("class", "kode", "horizon_days")), strict=True))


def _parts(snapshot: Snapshot, table: pa.Table) -> float:
    """Largest distance between a number and the sum of its parts; every number has some."""
    parts = snapshot.table("forecast_parts")
    sums: dict[tuple[str, str, int], float] = {}
    for key, value in zip(_key(parts), parts["value"].to_pylist(), strict=True):
        sums[key] = sums.get(key, 0.0) + value
    worst = 0.0
    for key, scale, value in zip(_key(table), table["scale"].to_pylist(), table["expected"].to_pylist(), strict=True):
        if scale == "log" and value <= 0:
            return np.inf
        wanted = np.log(value) if scale == "log" else value
        worst = max(worst, abs(sums.get(key, np.inf) - wanted))
    return worst


def _levels(table: pa.Table) -> float:
    """Largest relative distance between an area and the sum of those below it, where those are shown."""
    value = dict(zip(_key(table), table["expected"].to_pylist(), strict=True))
    below: dict[tuple[str, str, int], float] = {}
    for (kind, kode, horizon), amount in value.items():
        up = codes.parent(kode)
        if up is not None:
            below[kind, up, horizon] = below.get((kind, up, horizon), 0.0) + amount
    return max((abs(amount - value[key]) / max(1.0, value[key]) for key, amount in below.items()), default=0.0)


def _cells(snapshot: Snapshot, table: pa.Table) -> float:
    """Largest relative distance between the districts of a class and their cells, for 30 and 90 days."""
    cells = snapshot.table("forecast_cells")
    worst = 0.0
    for horizon in (30, 90):
        districts: dict[str, float] = {}
        columns = (table[name].to_pylist() for name in ("class", "level", "horizon_days", "expected"))
        for kind, level, days, amount in zip(*columns, strict=True):
            if level == 3 and days == horizon:
                districts[kind] = districts.get(kind, 0.0) + amount
        amounts = np.asarray(cells[f"expected_{horizon}"].to_numpy(), dtype=np.float64)
        kinds = np.array(cells["class"].to_pylist(), dtype=object)
        for kind in set(kinds.tolist()) | set(districts):
            whole = districts.get(kind, 0.0)
            worst = max(worst, abs(float(amounts[kinds == kind].sum()) - whole) / max(1.0, whole))
    return worst
