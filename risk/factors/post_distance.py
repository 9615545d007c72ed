"""Distance to the nearest post (polsek, koramil, district office): lack of capacity to respond."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import Evidence
from risk.factor import Factor, Measured, Params, unknown
from risk.kernels import nearest_km


def measure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) km, great circle, to the nearest post with coordinates; known once there is one."""
    posts = evidence.posts
    if posts is None:
        return unknown(grid)
    exact = posts.placement.area < 0
    if not exact.any():
        return unknown(grid)
    return nearest_km(grid, posts.placement.lon[exact], posts.placement.lat[exact]), np.ones(grid.size, bool)


FACTOR = Factor(
    key="post_distance",
    unit="km",
    direction=1,
    needs=("posts",),
    cites="INFORM Risk (lack of coping capacity); UU 7/2012 art. 12 (speed of response)",
    caveat="A post on the list may be unmanned; straight line, not travel time.",
    params=(),
    measure=measure,
)
