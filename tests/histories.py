"""Small invented histories: a row of kecamatan, some kabupaten, incidents as plain tuples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from risk.forecast.history import History

ORIGIN = 20_000  # first day of what is forecast
Told = (
    tuple[int, int] | tuple[int, int, int]
)  # (days before ORIGIN, kecamatan or -1), with the kabupaten where that is -1


def history(
    told: Sequence[Told] = (),
    *,
    areas: int = 6,
    homes: int = 2,
    people: Sequence[float] | None = None,
    kind: str = "konflik",
    points: Sequence[tuple[float, float]] | None = None,
    delay: int = 0,
    since: int | None = None,
    source: Sequence[int] | None = None,
) -> History:
    """Kecamatan 0..areas-1 lie side by side, 0.1 degree each, in equal runs over the kabupaten; capitals at the first of each run."""
    order = sorted(range(len(told)), key=lambda i: -told[i][0])
    rows = [told[i] for i in order]
    regency = np.arange(areas) * homes // areas
    day = np.array([ORIGIN - row[0] for row in rows], np.int64)
    area = np.array([row[1] for row in rows], np.int32)
    home = np.array([regency[row[1]] if row[1] >= 0 else row[2] if len(row) > 2 else -1 for row in rows], np.int32)
    lon = 116.0 + 0.1 * np.arange(areas)
    where = (
        np.full((len(rows), 2), np.nan)
        if points is None
        else np.array([points[i] for i in order], float).reshape(-1, 2)
    )
    return History(
        province="64",
        kind=kind,
        areas=tuple(f"64.{g + 1:02d}.{a + 1:03d}" for a, g in enumerate(regency.tolist())),
        regencies=tuple(f"64.{g + 1:02d}" for g in range(homes)),
        regency=regency.astype(np.int32),
        people=np.full(areas, 1000.0) if people is None else np.array(people, dtype=float),
        km2=np.full(areas, 120.0),
        lon=lon,
        lat=np.zeros(areas),
        seat_lon=np.array([lon[regency.tolist().index(g)] for g in range(homes)]),
        seat_lat=np.zeros(homes),
        day=day,
        known=day + delay,
        area=area,
        home=home,
        event_lon=where[:, 0],
        event_lat=where[:, 1],
        since=since,
        source=None if source is None else np.array([source[i] for i in order], np.int32),
    )


def drawn(seed: int, *, areas: int = 12, homes: int = 3, years: int = 6, per_year: float = 120.0) -> History:
    """Incidents at random days of the years before ORIGIN, more of them at some kecamatan."""
    rng = np.random.Generator(np.random.PCG64(seed))
    n = int(rng.poisson(per_year * years))
    weight = rng.gamma(0.5, 1.0, areas) + 0.05
    back = rng.integers(1, 365 * years, n).tolist()
    place = rng.choice(areas, n, p=weight / weight.sum()).tolist()
    return history(list(zip(back, place, strict=True)), areas=areas, homes=homes)
