"""A small invented country for the factors: nine square villages in three districts, and plain lists of what happened there.

The lists are the input of both sides: of petarawan (`evidence`) and of the golden tables, which tests/make_golden.py computes from
them with h3-py, shapely and loops, sharing no code with petarawan.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely

from geo.figures import Figures, Lights
from geo.grid import Grid, build
from geo.joins import Evidence, Records, area_people, place

AS_OF = date(2024, 10, 31)
RESOLUTION = 7
SEATS = ((117.02, 0.31), (117.40, 0.05))
POSTS = ((117.05, 0.05), (117.22, 0.28))


@dataclass(frozen=True)
class Event:
    kode: str
    precision: str
    lon: float
    lat: float
    day: date
    kind: str
    severity: float


@dataclass(frozen=True)
class Place:
    kode: str
    precision: str
    lon: float
    lat: float
    kind: str = ""
    permit: str = ""
    stage: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


def villages() -> dict[str, shapely.Geometry]:
    """Squares of about 11 km, three in each of three districts side by side."""
    return {
        f"64.08.{k + 1:02d}.{2001 + n}": shapely.box(117 + 0.1 * k, 0.1 * n, 117.1 + 0.1 * k, 0.1 * (n + 1))
        for k in range(3)
        for n in range(3)
    }


def events() -> list[Event]:
    """Forty incidents in the first two districts, none in the third; all three precisions."""
    rng = random.Random(3)
    found = []
    for n in range(40):
        kode, shape = rng.choice(list(villages().items())[:6])
        west, south, east, north = shape.bounds
        kind = rng.choice(["communal_violence", "land_dispute", "peaceful_protest", "crime"])
        severity = {"communal_violence": 1.0, "land_dispute": 0.5, "peaceful_protest": 0.0, "crime": 0.1}[kind]
        precision = ("exact", "village", "district")[n % 3]
        found.append(
            Event(
                kode[:8] if precision == "district" else kode,
                precision,
                rng.uniform(west + 0.01, east - 0.01),
                rng.uniform(south + 0.01, north - 0.01),
                AS_OF - timedelta(days=rng.choice([3, 20, 29, 60, 200, 700, 1500])),
                kind,
                severity,
            )
        )
    return found


def stations() -> list[Place]:
    """Polling stations in all villages but those of the third district."""
    rng = random.Random(4)
    return [Place(kode, "village", 0.0, 0.0) for kode in list(villages())[:6] for _ in range(rng.randint(1, 9))]


def sites() -> list[Place]:
    """Quarries and plants, some no longer or not yet valid on AS_OF."""
    rng = random.Random(5)
    found = []
    for n in range(12):
        kode, shape = rng.choice(list(villages().items()))
        found.append(
            Place(
                kode,
                "village" if n % 4 == 3 else "exact",
                shape.centroid.x + rng.uniform(-0.03, 0.03),
                shape.centroid.y + rng.uniform(-0.03, 0.03),
                rng.choice(["galian_c", "coal_mine", "industry", "plantation"]),
                rng.choice(["legal", "illegal", "proposed", "unknown"]),
                rng.choice(["planned", "operating", "closed"]),
                date(2025, 1, 1) if n == 1 else None,
                date(2023, 1, 1) if n == 2 else None,
            )
        )
    return found


@dataclass(frozen=True)
class Figure:
    kode: str
    since: date | None
    value: float  # NaN: withheld


def margins() -> list[Figure]:
    """Results of two elections by district and village; one is still to come on AS_OF, one has no day; two villages have none."""
    return [
        Figure("64.08.02.2002", date(2024, 11, 27), 0.1),
        Figure("64.08.01.2001", date(2020, 12, 9), 3.0),
        Figure("64.08.01.2001", date(2015, 12, 9), 40.0),
        Figure("64.08.01", date(2020, 12, 9), 12.5),
        Figure("64.08.02.2001", date(2020, 12, 9), 8.4),
        Figure("64.08.02.2002", date(2020, 12, 9), 1.2),
        Figure("64.08.02.2003", date(2020, 12, 9), 25.0),
        Figure("64.08.03.2001", None, 31.0),
    ]


def workers() -> list[Figure]:
    """Foreign workers by district and village: the second district has a figure of its own besides those of its villages."""
    return [
        Figure("64.08.03", date(2023, 12, 31), 90.0),
        Figure("64.08.03", date(2024, 6, 30), 240.0),
        Figure("64.08.01", date(2024, 6, 30), 60.0),
        Figure("64.08.02", date(2024, 6, 30), 903.0),
        Figure("64.08.02.2001", date(2024, 6, 30), 900.0),
        Figure("64.08.02.2002", date(2024, 6, 30), float("nan")),
        Figure("64.08.02.2003", date(2024, 6, 30), 0.0),
    ]


LIGHT_YEARS = (2014, 2019, 2023, 2024)


def radiance(lon: float, lat: float, year: int) -> float:
    """Night light by a plain formula: a town that grows, a flare that goes out; not seen in the south-west in 2023."""
    if year == 2023 and lon < 117.05 and lat < 0.05:
        return float("nan")
    town = (year - 2010) * 0.4 * np.exp(-((lon - 117.2) ** 2 + (lat - 0.1) ** 2) / 0.002)
    flare = 6.0 if year < 2020 and abs(lon - 117.05) < 0.04 and abs(lat - 0.2) < 0.04 else 0.0
    return float(town + flare)


def grid(*, indicative: bool = False) -> Grid:
    shapes = villages()
    return build(tuple(shapes), np.array(list(shapes.values()), dtype=object), RESOLUTION, indicative=indicative)


def _records(on: Grid, items: list[Event] | list[Place], people: np.ndarray | None, **columns: list[object]) -> Records:
    kode, precision = (
        np.array([getattr(item, name) for item in items], dtype=object) for name in ("kode", "precision")
    )
    lon, lat = (np.array([getattr(item, name) for item in items], dtype=float) for name in ("lon", "lat"))
    arrays = {
        name: np.array(values, dtype="datetime64[D]" if name in DATES else None) for name, values in columns.items()
    }
    return Records(place(on, kode, precision, lon, lat, people), {**arrays, "precision": precision})


DATES = ("occurred_on", "valid_from", "valid_to")


def people(on: Grid) -> np.ndarray:
    """People by a plain formula of the cell's place; unknown in the north-east corner."""
    heads = np.round(200 + 4000 * np.exp(-((on.lon - 117.12) ** 2 + (on.lat - 0.12) ** 2) / 0.004))
    return np.where((on.lon > 117.25) & (on.lat > 0.25), np.nan, heads)


def figures(on: Grid, items: list[Figure]) -> Figures:
    kode = np.array([item.kode for item in items], dtype=object)
    since = np.array([item.since for item in items], dtype="datetime64[D]")
    return Figures(kode, since, np.array([item.value for item in items]), area_people(on, kode, people(on)))


def lights(on: Grid) -> Lights:
    places = list(zip(on.lon.tolist(), on.lat.tolist(), strict=True))
    return Lights(LIGHT_YEARS, np.array([[radiance(lon, lat, year) for lon, lat in places] for year in LIGHT_YEARS]))


def site_records(on: Grid, items: list[Place], heads: np.ndarray | None) -> Records:
    return _records(
        on,
        items,
        heads,
        kind=[s.kind for s in items],
        permit=[s.permit for s in items],
        stage=[s.stage for s in items],
        valid_from=[s.valid_from for s in items],
        valid_to=[s.valid_to for s in items],
    )


def evidence(on: Grid, *, with_people: bool = False) -> Evidence:
    heads = people(on) if with_people else None
    happened, polls, projects = events(), stations(), sites()
    return Evidence(
        incidents=_records(
            on,
            happened,
            heads,
            occurred_on=[e.day for e in happened],
            kind=[e.kind for e in happened],
            severity=[e.severity for e in happened],
        ),
        tps=_records(on, polls, heads),
        sites=site_records(on, projects, heads),
        posts=_records(on, [Place(next(iter(villages())), "exact", lon, lat) for lon, lat in POSTS], heads),
        people=people(on),
        seat_lon=np.array([s[0] for s in SEATS]),
        seat_lat=np.array([s[1] for s in SEATS]),
        elections=figures(on, margins()),
        workers=figures(on, workers()),
        lights=lights(on),
    )
