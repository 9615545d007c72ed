"""Snapshot against snapshot: which areas changed, by how much, and through which factor."""

from __future__ import annotations

from dataclasses import dataclass

from store.snapshot import Snapshot


@dataclass(frozen=True)
class Change:
    """One area in two snapshots; None where it has no score (or is not in that snapshot). parts: points per factor, largest first."""

    kode: str
    name: str
    level: int
    before: float | None
    after: float | None
    parts: tuple[tuple[str, float], ...]

    @property
    def delta(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


def diff(a: Snapshot, b: Snapshot) -> list[Change]:
    """Changes of every area that is not the same in both, by level, then the largest first; scores appearing or vanishing lead."""
    keys = [key for key in b.keys if key in a.keys]
    columns = ["kode", "name", "level", "score", *(f"contribution_{key}" for key in keys)]
    old, new = ({row["kode"]: row for row in s.areas.select(columns).to_pylist()} for s in (a, b))
    changes: list[Change] = []
    for kode in sorted(old.keys() | new.keys()):
        before, after = old.get(kode), new.get(kode)
        row = after or before
        if row is None or (before and after and before["score"] == after["score"]):
            continue
        parts: list[tuple[str, float]] = []
        if before and after and before["score"] is not None and after["score"] is not None:
            parts = [(key, after[f"contribution_{key}"] - before[f"contribution_{key}"]) for key in keys]
            parts = sorted((p for p in parts if abs(p[1]) > 5e-5), key=lambda p: -abs(p[1]))
        changes.append(
            Change(
                kode,
                row["name"],
                row["level"],
                before["score"] if before else None,
                after["score"] if after else None,
                tuple(parts),
            )
        )
    return sorted(changes, key=lambda c: (c.level, c.delta is not None, -abs(c.delta or 0.0), c.kode))
