"""Recipe: every constant of one invented province, read from variants.toml; nothing has a default in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("variants.toml")


@dataclass(frozen=True)
class Recipe:
    """The constants of variants.toml, by the same names."""

    name: str
    columns: int
    rows: int
    spacing_km: float
    regencies: int
    jitter: float
    density_median: float
    density_spread: float
    town_factor: float
    site_share: float
    first_day: str
    years: float
    burn_years: float
    background_per_year: float
    people_slope: float
    site_risk: float
    hidden_sd: float
    hidden_years: float
    trigger: str
    branching: float
    decay_days: float
    range_km: float
    omori_c_days: float
    omori_p: float
    near_km: float
    near_q: float
    reported_first: float
    noise_share: float
    noise_km: float
    heap_share: float
    regency_only: float

    def __post_init__(self) -> None:
        shares = (self.site_share, self.branching, self.reported_first, self.noise_share, self.heap_share)
        if not all(0.0 <= share <= 1.0 for share in (*shares, self.regency_only)) or self.branching >= 1.0:
            raise ValueError("a share of the recipe lies outside 0..1, or a branching of 1 and more never ends")
        if self.trigger not in ("exponential", "power"):
            raise ValueError(f"unknown trigger {self.trigger!r}")
        if not 1 <= self.regencies <= self.columns * self.rows:
            raise ValueError("there must be between one regency and one for each kecamatan")

    @property
    def first(self) -> int:
        """First day of the window, days since 1970-01-01."""
        return (date.fromisoformat(self.first_day) - date(1970, 1, 1)).days

    @property
    def days(self) -> int:
        """Length of the window."""
        return round(self.years * 365.25)


def names() -> tuple[str, ...]:
    """All variants, "base" (well-specified) first."""
    return tuple(_tree())


def recipe(name: str, **changes: float | str) -> Recipe:
    """The variant `name`, with any constant changed by name; raises KeyError for an unknown variant or constant."""
    tree = _tree()
    chosen = tree["base"] | (tree[name] if name != "base" else {}) | changes
    known = {item.name for item in fields(Recipe)} - {"name"}
    if set(chosen) - known:
        raise KeyError(f"unknown constants {sorted(set(chosen) - known)}")
    return Recipe(name=name, **chosen)


def _tree() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
