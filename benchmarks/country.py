"""An invented country on real boundaries: seeded incidents, polling stations, sites and posts, as arrays on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from core.settings import Source
from geo.boundaries import AreaTree, build_tree
from geo.grid import Grid
from geo.joins import Evidence, Records, place
from geo.registry import seats
from geo.sources import embedded

AS_OF = date(2024, 10, 31)
KINDS = ("land_dispute", "communal_violence", "crime", "peaceful_protest", "election_dispute")
SITES = ("galian_c", "coal_mine", "industry", "plantation")


def tree(folder: Path, provinces: Sequence[str]) -> AreaTree:
    """The areas of the provinces whose files `petarawan boundaries build` made in the folder; all of them when none is named."""
    files = sorted(path for path in folder.glob("*.parquet") if not provinces or path.stem in provinces)
    source = Source(kind="boundaries", reader="embedded", path=[str(path) for path in files])
    return build_tree(embedded.read(source, files), [path.stem for path in files])


def evidence(grid: Grid, incidents: int, stations: int, sites: int, posts: int) -> Evidence:
    """So many of each: 60 % of the incidents with coordinates, stations known by village, 95 % of the sites with coordinates."""
    rng = np.random.default_rng(62)
    people = np.where(rng.random(grid.size) < 0.02, np.nan, rng.gamma(0.3, 300.0, grid.size))
    today = np.datetime64(AS_OF)

    def records(many: int, exact: float, district: float, **columns: np.ndarray) -> Records:
        cell, chance = rng.integers(0, grid.size, many), rng.random(many)
        rest = np.where(chance < 1 - district, "village", "district")
        precision = np.where(chance < exact, "exact", rest).astype(object)
        kode = np.array(grid.villages, dtype=object)[grid.owner[cell]]
        vague = precision == "district"
        kode[vague] = [code[:8] for code in kode[vague]]
        placed = place(grid, kode, precision, grid.lon[cell], grid.lat[cell], people)
        return Records(placed, {"precision": precision, **columns})

    def pick(names: Sequence[str], many: int) -> np.ndarray:
        return np.array(names, dtype=object)[rng.integers(0, len(names), many)]

    never = np.full(sites, "NaT", "datetime64[D]")
    home = seats()
    return Evidence(
        incidents=records(
            incidents,
            0.6,
            0.1,
            occurred_on=today - rng.integers(0, 3650, incidents).astype("timedelta64[D]"),
            severity=3 * rng.random(incidents),
            kind=pick(KINDS, incidents),
        ),
        tps=records(stations, 0.0, 0.0, voters=rng.integers(90, 300, stations).astype(float)),
        sites=records(
            sites,
            0.95,
            0.0,
            kind=pick(SITES, sites),
            permit=pick(("legal", "illegal"), sites),
            stage=np.full(sites, "operating", dtype=object),
            valid_from=never,
            valid_to=never,
        ),
        posts=records(posts, 1.0, 0.0),
        people=people,
        seat_lon=np.asarray(home.lon, dtype=np.float64),
        seat_lat=np.asarray(home.lat, dtype=np.float64),
    )
