"""Why one area's score is another in a later snapshot: the change of every factor's points, which sums to the change of the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.snapshot import Snapshot

Row = Mapping[str, Any]
UNCHANGED = 5e-5  # points: less is what float32 leaves
HORIZON = 30  # days of the forecasts that are compared
_PLAIN = ("kode", "name", "level", "score")
_POINTS = "contribution_"


@dataclass(frozen=True)
class Change:
    """One area in two snapshots; None where it has no score (or is not in that snapshot).

    parts : points per factor, largest first; a factor that only one of the models has counts as 0 in the other. forecast : class of
    incident, expected number in 30 days before and after, None where there is none.
    """

    kode: str
    name: str
    level: int
    before: float | None
    after: float | None
    parts: tuple[tuple[str, float], ...]
    forecast: tuple[tuple[str, float | None, float | None], ...] = ()

    @property
    def delta(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


def rows(snapshot: Snapshot) -> dict[str, Row]:
    """Every area's score and points, by code."""
    columns = [*_PLAIN, *(f"{_POINTS}{key}" for key in snapshot.keys)]
    return {row["kode"]: row for row in snapshot.areas.select(columns).to_pylist()}


def expectations(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    """Expected incidents in 30 days by area and class; empty where the snapshot holds no forecast."""
    found: dict[str, dict[str, float]] = {}
    if any(table.name == "forecast" for table in snapshot.manifest.tables):
        for row in snapshot.table("forecast", ["class", "kode", "horizon_days", "expected"]).to_pylist():
            if row["horizon_days"] == HORIZON:
                found.setdefault(row["kode"], {})[row["class"]] = row["expected"]
    return found


def compare(before: Row | None, after: Row | None, old: Mapping[str, float], new: Mapping[str, float]) -> Change | None:
    """The change of one area from its rows (as `rows` gives them) and its forecasts; None where all is the same.

    Raises ValueError when the area is in neither.
    """
    row = after or before
    if row is None:
        raise ValueError("an area that is in neither snapshot")
    first, last = (None if one is None else one["score"] for one in (before, after))
    parts: list[tuple[str, float]] = []
    if first is not None and last is not None:
        parts = [(key, _points(after, key) - _points(before, key)) for key in _keys(after, before)]
        parts = sorted((part for part in parts if abs(part[1]) > UNCHANGED), key=lambda part: -abs(part[1]))
    forecast = tuple((name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))
    moved = tuple(item for item in forecast if item[1] != item[2])
    same = before is not None and after is not None and first == last and not parts
    if same and not moved:
        return None
    return Change(row["kode"], row["name"], row["level"], first, last, tuple(parts), moved)


def _keys(*found: Row | None) -> list[str]:
    """The factors of either row, in the order of the first."""
    names = dict.fromkeys(name for row in found if row is not None for name in row if name.startswith(_POINTS))
    return [name.removeprefix(_POINTS) for name in names]


def _points(row: Row | None, key: str) -> float:
    """A factor's points; 0 where the model does not have it."""
    return 0.0 if row is None else float(row.get(f"{_POINTS}{key}") or 0.0)
