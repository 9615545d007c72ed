"""Web mercator in tile units: one unit is 1/4096 of a tile, x east and y south from the top left corner of the world."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from publish.protobuf import EXTENT

Floats = npt.NDArray[np.float64]


def unit(lonlat: Floats) -> Floats:
    """Degrees (..., 2) to the unit square (..., 2), y down."""
    x = lonlat[..., 0] / 360.0 + 0.5
    y = 0.5 - np.arcsinh(np.tan(np.radians(lonlat[..., 1]))) / (2.0 * np.pi)
    return np.stack((x, y), axis=-1)


def units_at(zoom: int) -> int:
    """Tile units around the world at a zoom."""
    return EXTENT << zoom


def degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Unit-square coordinates back to longitude and latitude."""
    return (x - 0.5) * 360.0, np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * y))))
