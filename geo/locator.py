"""Which polygon holds each of many points, exactly: a raster of labels answers for all points but those near a boundary.

A pixel that no boundary touches lies in the same polygons with every one of its points, so connected pixels share one answer, asked
once. Pixels are in plain lon/lat, the plane the polygons themselves are drawn in: an H3 cell's edges bow away from it, and a cell
lookup alone is wrong for 1.5 to 7 % of points (RISK.md, "Speed and exactness").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from core.crs import FloatArray

IntArray = npt.NDArray[np.int32]
_PER_SHAPE = 3_000  # pixels for every polygon ...
_PIXELS = (250_000, 12_000_000)  # ... and the least and most of all
_STEP = 0.5  # a boundary is walked in steps of this part of a pixel
_REACH = 0.26  # a quarter pixel covers what lies between two steps; the rest is the margin for rounding
_BORDER = -2
_NONE = -1


@dataclass(frozen=True)
class Locator:
    """Polygons (V,) in the order of precedence, EPSG:4326, and the raster over their bounds.

    label : int32 (rows, columns); index of the polygon, -1 outside, -2 where a boundary passes and the polygons must be asked
    """

    shapes: npt.NDArray[Any]
    tree: shapely.STRtree
    west: float
    south: float
    step: float
    label: IntArray

    @classmethod
    def of(cls, shapes: npt.NDArray[Any], tree: shapely.STRtree) -> Locator:
        """The raster of prepared polygons and their tree; of overlapping ones the first counts. Empty and missing ones hold nothing."""
        if (shapely.is_empty(shapes) | shapely.is_missing(shapes)).all():
            return cls(shapes, tree, 0.0, 0.0, 1.0, np.full((1, 1), _NONE, np.int32))
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
        pixels = min(max(_PER_SHAPE * len(shapes), _PIXELS[0]), _PIXELS[1])
        step = max(math.sqrt((east - west) * (north - south) / pixels), (east - west + north - south) / pixels, 1e-9)
        # One pixel of air on every side, so that nothing that touches a boundary is off the raster.
        west, south = west - step, south - step
        size = (math.ceil((north - south) / step) + 2, math.ceil((east - west) / step) + 2)
        touched = _touched(shapes, west, south, step, size)
        parts, count = ndimage.label(~touched)
        # Any pixel of a part stands for all of it: the first in reading order.
        flat = parts.ravel()
        first = np.zeros(count + 1, np.int64)
        first[flat[::-1]] = np.arange(flat.size - 1, -1, -1)
        row, column = np.divmod(first[1:], size[1])
        owner = exact(shapes, tree, west + (column + 0.5) * step, south + (row + 0.5) * step)
        return cls(shapes, tree, west, south, step, np.concatenate(([_BORDER], owner)).astype(np.int32)[parts])

    def at(self, lon: FloatArray, lat: FloatArray) -> IntArray:
        """Index of the first polygon that holds or touches each point, -1 where none does; (N,), (N,) to int32 (N,)."""
        rows, columns = self.label.shape
        # NaN and what is off the raster compare false and lie nowhere.
        with np.errstate(over="ignore"):
            x, y = (lon - self.west) / self.step, (lat - self.south) / self.step
        on = np.flatnonzero((x >= 0) & (y >= 0) & (x < columns) & (y < rows))
        found = np.full(len(lon), _NONE, np.int32)
        found[on] = self.label[y[on].astype(np.int32), x[on].astype(np.int32)]
        asked = np.flatnonzero(found == _BORDER)
        found[asked] = exact(self.shapes, self.tree, lon[asked], lat[asked])
        return found


def exact(shapes: npt.NDArray[Any], tree: shapely.STRtree, lon: FloatArray, lat: FloatArray) -> IntArray:
    """The same asked of the polygons themselves, point by point; finite coordinates."""
    point, shape = tree.query(shapely.points(lon, lat))
    inside = shapely.intersects_xy(shapes[shape], lon[point], lat[point])
    owner = np.full(len(lon), len(shapes), np.int64)
    np.minimum.at(owner, point[inside], shape[inside])
    return np.where(owner == len(shapes), _NONE, owner).astype(np.int32)


def _touched(
    shapes: npt.NDArray[Any], west: float, south: float, step: float, size: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Pixels a boundary passes or comes very near to."""
    touched = np.zeros(size, np.bool_)
    xy, line = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    x, y = (xy[:, 0] - west) / step, (xy[:, 1] - south) / step
    same = line[1:] == line[:-1]
    x0, y0, x1, y1 = x[:-1][same], y[:-1][same], x[1:][same], y[1:][same]
    parts = np.maximum(np.ceil(np.hypot(x1 - x0, y1 - y0) / _STEP).astype(np.int64), 1)
    # In pieces, so that a long coast needs no more memory than a short one.
    ends = np.cumsum(parts)
    cuts = np.searchsorted(ends, np.arange(0, int(ends[-1]), 2_000_000), side="left")
    for first, last in zip(cuts.tolist(), [*cuts.tolist()[1:], len(parts)], strict=True):
        n = parts[first:last]
        of = np.repeat(np.arange(first, last), n)
        part = (np.arange(len(of)) - np.repeat(np.cumsum(n) - n, n)) / parts[of]
        px, py = x0[of] + part * (x1[of] - x0[of]), y0[of] + part * (y1[of] - y0[of])
        for dx in (-_REACH, _REACH):
            for dy in (-_REACH, _REACH):
                touched[(py + dy).astype(np.int64), (px + dx).astype(np.int64)] = True
    return touched
