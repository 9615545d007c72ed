"""The common ground of the races: Kaltim on the embedded boundaries at resolution 8, and seeded points on it."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np

from core.settings import Source
from geo.boundaries import build_tree
from geo.grid import Grid, build
from geo.sources import embedded


@cache
def villages() -> gpd.GeoDataFrame:
    tree = build_tree(embedded.read(Source(kind="boundaries", reader="embedded"), []), ["64"])
    return tree.frame[tree.frame["level"] == 4].reset_index(drop=True)


@cache
def grid() -> Grid:
    frame = villages()
    return build(tuple(frame["kode"]), frame.geometry.to_numpy(), 8, indicative=True)


def points(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes of n points near random cells of the grid, half of them in 40 clusters."""
    rng = np.random.default_rng(seed)
    g = grid()
    towns = rng.integers(0, g.size, 40)
    cell = np.where(rng.random(n) < 0.5, towns[rng.integers(0, 40, n)], rng.integers(0, g.size, n))
    spread = rng.normal(0, 0.02, (n, 2))
    return g.lon[cell] + spread[:, 0], g.lat[cell] + spread[:, 1]
