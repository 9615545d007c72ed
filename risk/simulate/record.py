"""What is written down of what happened: some goes unreported, some stands at the wrong place, some only at the capital or the regency.

Letters: A kecamatan, G kabupaten, R records.
"""

from __future__ import annotations

import numpy as np

from geo.grid import FloatArray, IntArray
from risk.forecast.history import History
from risk.simulate.ground import Ground, degrees
from risk.simulate.process import Happened
from risk.simulate.recipe import Recipe

PROVINCE = "99"  # no province of Indonesia has this code


def codes(ground: Ground) -> tuple[tuple[str, ...], tuple[str, ...], IntArray]:
    """(A,) codes of kecamatan, (G,) of regencies, and (A,) the kecamatan of the ground each code stands for; ascending."""
    order = np.argsort(ground.regency, kind="stable").astype(np.int32)
    owner = ground.regency[order]
    number = np.arange(len(order)) - np.searchsorted(owner, owner) + 1
    areas = tuple(f"{PROVINCE}.{g + 1:02d}.{n:02d}" for g, n in zip(owner.tolist(), number.tolist(), strict=True))
    return areas, tuple(f"{PROVINCE}.{g + 1:02d}" for g in range(len(ground.seat))), order


def write_down(ground: Ground, happened: Happened, recipe: Recipe, rng: np.random.Generator) -> History:
    """The History a forecast gets to see; an incident moved out of the province by a wrong place is left where it was."""
    share = recipe.reported_first + (1.0 - recipe.reported_first) * (happened.day - recipe.first) / recipe.days
    kept = np.flatnonzero(rng.random(len(happened.day)) < share)
    x, y = _places(ground, happened.x[kept], happened.y[kept], recipe, rng)
    areas, regencies, order = codes(ground)
    rank = np.argsort(order, kind="stable").astype(np.int32)
    area = rank[ground.locate(x, y)]
    regency = ground.regency[order].astype(np.int32)
    home = regency[area]
    coarse = rng.random(len(kept)) < recipe.regency_only
    lon, lat = degrees(x, y)
    centre_lon, centre_lat = degrees(ground.x[order], ground.y[order])
    seat_lon, seat_lat = degrees(ground.x[ground.seat], ground.y[ground.seat])
    return History(
        province=PROVINCE,
        kind="konflik",
        areas=areas,
        regencies=regencies,
        regency=regency,
        people=ground.people[order],
        km2=ground.km2[order],
        lon=centre_lon,
        lat=centre_lat,
        seat_lon=seat_lon,
        seat_lat=seat_lat,
        day=happened.day[kept],
        known=happened.day[kept],
        area=np.where(coarse, -1, area).astype(np.int32),
        home=home,
        event_lon=np.where(coarse, np.nan, lon),
        event_lat=np.where(coarse, np.nan, lat),
    )


def _places(
    ground: Ground, x: FloatArray, y: FloatArray, recipe: Recipe, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """(R,), (R,) km where the record says it was."""
    moved = rng.random(len(x)) < recipe.noise_share
    step = rng.standard_normal((2, len(x))) * recipe.noise_km
    moved &= ground.locate(x + step[0], y + step[1]) >= 0
    x, y = np.where(moved, x + step[0], x), np.where(moved, y + step[1], y)
    town = ground.seat[ground.regency[ground.locate(x, y)]]
    heaped = rng.random(len(x)) < recipe.heap_share
    return np.where(heaped, ground.x[town], x), np.where(heaped, ground.y[town], y)
