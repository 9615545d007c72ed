"""What changes when one boundary layer takes the place of another: codes, names, areas, and land that gets another code, per level."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.boundaries import LEVELS, AreaTree, areas_km2
from geo.names import spaced

MOVED = 0.25  # of the area before: a village whose area changes by more is listed
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Renamed:
    """An area with another name: `before` and `after` as either layer writes it."""

    kode: str
    before: str
    after: str


@dataclass(frozen=True)
class Moved:
    """An area whose size changes: km2 before and after, and the share of the new land that had another code or none."""

    kode: str
    name: str
    before: float
    after: float
    other: float


@dataclass(frozen=True)
class LevelChange:
    """One level; `other_km2` is land of the new layer that had another code before, or none; `both` counts codes in both."""

    level: int
    both: int
    added: tuple[str, ...]
    lost: tuple[str, ...]
    renamed: tuple[Renamed, ...]
    before_km2: float
    after_km2: float
    other_km2: float
    moved: tuple[Moved, ...]

    @property
    def other_share(self) -> float:
        """Of the new land, the share that had another code, or none, before; 0..1."""
        return self.other_km2 / self.after_km2 if self.after_km2 else 0.0


def compare(before: AreaTree, after: AreaTree) -> tuple[LevelChange, ...]:
    """The changes of all four levels, province first; both trees of the same areas, else what is missing counts as lost or added."""
    return tuple(_level(level, before.at_level(level), after.at_level(level)) for level in LEVELS)


def _level(level: int, before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> LevelChange:
    both = after.merge(before, on="kode", suffixes=("", "_before"), validate="one_to_one")
    shared = _shared_km2(after, before)
    area = dict(zip(after["kode"], after["area_km2"], strict=True))
    moved = [
        Moved(kode, name, was, now, 1.0 - min(1.0, shared.get(kode, 0.0) / now))
        for kode, name, was, now in zip(
            both["kode"], both["name"], both["area_km2_before"], both["area_km2"], strict=True
        )
        if abs(now - was) > MOVED * was
    ]
    total = float(after["area_km2"].sum())
    return LevelChange(
        level=level,
        both=len(both),
        added=tuple(sorted(set(after["kode"]) - set(before["kode"]))),
        lost=tuple(sorted(set(before["kode"]) - set(after["kode"]))),
        renamed=_renamed(both, level),
        before_km2=float(before["area_km2"].sum()),
        after_km2=total,
        other_km2=max(0.0, total - sum(min(shared.get(kode, 0.0), km2) for kode, km2 in area.items())),
        moved=tuple(sorted(moved, key=lambda item: (-abs(np.log(item.after / item.before)), item.kode))),
    )


def _renamed(both: pd.DataFrame, level: int) -> tuple[Renamed, ...]:
    """Those whose names differ in more than spelling (case, spaces, prefixes, numerals)."""
    found = [
        Renamed(kode, was, now)
        for kode, was, now in zip(both["kode"], both["name_before"], both["name"], strict=True)
        if spaced(was, level) != spaced(now, level)
    ]
    return tuple(sorted(found, key=lambda item: item.kode))


def _shared_km2(after: gpd.GeoDataFrame, before: gpd.GeoDataFrame) -> dict[str, float]:
    """km2 of every code that is its land in both layers."""
    old = dict(zip(before["kode"], before.geometry, strict=True))
    codes = [kode for kode in after["kode"] if kode in old]
    new = after.set_index("kode").geometry.reindex(codes).to_numpy()
    with np.errstate(invalid="ignore"):
        same = shapely.intersection(new, np.array([old[kode] for kode in codes] + [None], dtype=object)[:-1])
    return dict(zip(codes, areas_km2(np.asarray(same, dtype=object)).tolist(), strict=True))
