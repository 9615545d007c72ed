"""Snapshot against snapshot: which areas changed, by how much, and through which factor."""

from __future__ import annotations

from store.changes import Change, compare, expectations, rows
from store.snapshot import Snapshot


def diff(a: Snapshot, b: Snapshot) -> list[Change]:
    """Changes of every area that is not the same in both, by level, then the largest first; scores appearing or vanishing lead."""
    old, new = rows(a), rows(b)
    past, now = expectations(a), expectations(b)
    changes = [
        compare(old.get(kode), new.get(kode), past.get(kode, {}), now.get(kode, {}))
        for kode in sorted(old.keys() | new.keys())
    ]
    found = [change for change in changes if change is not None]
    return sorted(found, key=lambda c: (c.level, c.delta is not None, -abs(c.delta or 0.0), c.kode))
