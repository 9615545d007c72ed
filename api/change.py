"""What changed in an area since the snapshot before: the block `change` of /api/areas/{kode}."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.archive import snapshot_ids
from api.served import Served
from core.errors import SnapshotError
from formats.outlook import class_label, phrase
from store.changes import Row, compare, expectations, rows
from store.snapshot import open_named

KEPT = 4  # pairs of snapshots whose figures stay in memory


@dataclass(frozen=True)
class Figures:
    """Scores, points and forecasts of every area of one snapshot."""

    as_of: str
    areas: dict[str, Row]
    expected: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Pair:
    """A snapshot and the one before it; `before` None: there is none."""

    before: Figures | None
    after: Figures | None


@dataclass
class Memory:
    """Mutable: the pairs one worker has looked up."""

    workspace: Path
    _pairs: OrderedDict[str, Pair] = field(default_factory=OrderedDict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, served: Served) -> Pair:
        """The served snapshot and the last one of an earlier as_of that can be read."""
        found = self._pairs.get(served.id)
        if found is None:
            async with self._lock:
                found = self._pairs.get(served.id)
                if found is None:
                    found = self._pairs[served.id] = await asyncio.to_thread(_pair, self.workspace, served)
                    while len(self._pairs) > KEPT:
                        self._pairs.popitem(last=False)
        return found


def _pair(workspace: Path, served: Served) -> Pair:
    home = workspace / "snapshots"
    earlier = [name for name in snapshot_ids(workspace) if name[:10] < served.manifest.as_of]
    # Of those of one day the one built last: it is the one people saw.
    for name in sorted(earlier, key=lambda other: (other[:10], (home / other).stat().st_mtime_ns), reverse=True):
        try:
            snapshot = open_named(workspace, name)
            before = Figures(snapshot.manifest.as_of, rows(snapshot), expectations(snapshot))
        except SnapshotError:
            continue  # broken, or of an older version: the one before it will do
        return Pair(before, Figures(served.manifest.as_of, rows(served.snapshot), expectations(served.snapshot)))
    return Pair(None, None)


def change(pair: Pair, kode: str, lang: str) -> dict[str, Any] | None:
    """The change of one area with its parts by factor; None where there is no earlier snapshot that has it. No change is delta 0."""
    if pair.before is None or pair.after is None or kode not in pair.before.areas or kode not in pair.after.areas:
        return None
    before, after = pair.before.areas[kode], pair.after.areas[kode]
    found = compare(before, after, _of(pair.before, kode), _of(pair.after, kode))
    if found is None:
        score = after["score"]
        delta = None if score is None else 0.0
        return {
            "since": pair.before.as_of,
            "before": score,
            "after": score,
            "delta": delta,
            "parts": [],
            "forecast": [],
        }
    return {
        "since": pair.before.as_of,
        "before": found.before,
        "after": found.after,
        "delta": found.delta,
        "parts": [
            {"factor": key, "label": phrase(f"factor.{key}.label", lang, key), "delta": points}
            for key, points in found.parts
        ],
        "forecast": [
            {"class": name, "class_label": class_label(name, lang), "horizon_days": 30, "before": old, "after": new}
            for name, old, new in found.forecast
        ],
    }


def _of(figures: Figures, kode: str) -> Mapping[str, float]:
    return figures.expected.get(kode, {})
