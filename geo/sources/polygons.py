"""Polygons from nested lists of coordinates, checked point by point; what is wrong has a name, nothing is repaired unseen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from core.crs import INDONESIA, in_indonesia

MENDED_AT_MOST = 1e-3  # relative change of area up to which a mended polygon is used
FLAT = 1e-10  # square degrees, about one square metre: less is a line
MAX_VERTICES = 1_000_000  # of one village; the most detailed survey we know has some 60,000
POLYGONAL = (3, 6)  # shapely type ids of Polygon and MultiPolygon
FloatArray = npt.NDArray[np.float64]


class BadShape(Exception):
    """A polygon that cannot be used; `code` is the reason (words `reason.<code>`), `params` fill it in."""

    def __init__(self, code: str, /, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Mended:
    """A valid polygon, and by how much (relative to the larger) its area differs from the one drawn; 0 where it was valid."""

    shape: shapely.Geometry
    change: float


def depth(tree: object) -> int:
    """How deep lists are nested, following the first item: 1 for [x, y], 3 for a polygon, 4 for several."""
    levels = 0
    while isinstance(tree, list):
        levels += 1
        if not tree:
            break
        tree = tree[0]
    return levels


def is_blank(tree: object) -> bool:
    """None, or lists that hold nothing at all: a village without a polygon."""
    return tree is None or (isinstance(tree, list) and all(is_blank(item) for item in tree) and depth(tree) <= 4)


def polygon(tree: object, *, lat_first: bool = False, levels: int | None = None) -> shapely.Geometry:
    """A Polygon (nesting 3) or MultiPolygon (nesting 4) of lon/lat, drawn as given, valid or not; `levels` is the nesting it must have.

    Raises BadShape: R_POLYGON_NESTING, R_POLYGON_NUMBER, R_POLYGON_RING, R_POLYGON_VERTICES.
    """
    nesting = depth(tree)
    if nesting not in ((3, 4) if levels is None else (levels,)) or not isinstance(tree, list):
        raise BadShape("R_POLYGON_NESTING", found=str(nesting))
    parts = tree if nesting == 4 else [tree]
    total, polygons = 0, []
    for part in parts:
        if not isinstance(part, list) or not part:
            raise BadShape("R_POLYGON_NESTING", found=str(nesting))
        rings = [_ring(ring, lat_first) for ring in part]
        total += sum(len(ring) for ring in rings)
        if total > MAX_VERTICES:
            raise BadShape("R_POLYGON_VERTICES", limit=str(MAX_VERTICES))
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return polygons[0] if nesting == 3 else shapely.MultiPolygon(polygons)


def _ring(ring: object, lat_first: bool) -> FloatArray:
    """One closed ring as float64 (N, 2) of lon, lat."""
    if not isinstance(ring, list) or not ring:
        raise BadShape("R_POLYGON_RING", found="0")
    if len(ring) > MAX_VERTICES:
        raise BadShape("R_POLYGON_VERTICES", limit=str(MAX_VERTICES))
    try:
        points = np.array(ring)
    except ValueError as error:
        raise BadShape("R_POLYGON_NUMBER") from error
    if points.ndim != 2 or points.shape[1] < 2 or points.dtype.kind not in "if" or not np.isfinite(points).all():
        raise BadShape("R_POLYGON_NUMBER")
    points = points[:, 1::-1] if lat_first else points[:, :2]
    if len(points) < 4:
        raise BadShape("R_POLYGON_RING", found=str(len(points)))
    if (points[0] != points[-1]).any():
        raise BadShape("R_POLYGON_OPEN")
    return np.ascontiguousarray(points, dtype=np.float64)


def where(shape: shapely.Geometry) -> str:
    """'' where every vertex lies in the country's box, else R_POLYGON_NUMBER, _SWAPPED, _METRES or _OUTSIDE."""
    points = shapely.get_coordinates(shape)
    if not np.isfinite(points).all():
        return "R_POLYGON_NUMBER"
    if in_indonesia(points[:, 0], points[:, 1]).all():
        return ""
    if in_indonesia(points[:, 1], points[:, 0]).all():
        return "R_POLYGON_SWAPPED"
    plausible_metres = (np.abs(points).max() > 1000.0) and (np.abs(points).max() < 2e7)
    return "R_POLYGON_METRES" if plausible_metres else "R_POLYGON_OUTSIDE"


def box_text() -> str:
    """The country's box as a reader sees it."""
    west, south, east, north = INDONESIA
    return f"{west:g}..{east:g}, {south:g}..{north:g}"


def mend(shape: shapely.Geometry) -> Mended:
    """The valid polygon that the drawn one means.

    Raises BadShape R_POLYGON_NOT (a line or a point), R_POLYGON_FLAT (no area) or R_POLYGON_MEND (area changes by more than
    MENDED_AT_MOST).
    """
    if shapely.get_type_id(shape) == 7:
        inner = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) in POLYGONAL]
        if not inner:
            raise BadShape("R_POLYGON_NOT", found=type(shape).__name__)
        shape = inner[0] if len(inner) == 1 else shapely.union_all(inner)
    if shapely.get_type_id(shape) not in POLYGONAL:
        raise BadShape("R_POLYGON_NOT", found=type(shape).__name__)
    shape = shapely.force_2d(shape)
    if shapely.is_valid(shape):
        if not shapely.area(shape) > FLAT:
            raise BadShape("R_POLYGON_FLAT")
        return Mended(shape, 0.0)
    # "structure" joins overlapping parts and drops what collapses to lines; the default would cut a hole where two parts overlap.
    whole = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shapely.get_type_id(whole) not in POLYGONAL or not shapely.area(whole) > FLAT:
        raise BadShape("R_POLYGON_FLAT")
    drawn, now = float(shapely.area(shape)), float(shapely.area(whole))
    change = abs(now - drawn) / max(now, drawn)
    if change > MENDED_AT_MOST:
        raise BadShape("R_POLYGON_MEND", percent=f"{100 * change:.2f}")
    return Mended(whole, change)
