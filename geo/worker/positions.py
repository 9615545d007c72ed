"""From the geometry object of a GeoJSON (RFC 7946, section 3.1) to a shape: numbers are numbers here, text is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from core.errors import InputError
from geo.sources.polygons import BadShape, is_blank, polygon
from geo.worker.shapes import NoShape

_NESTING = {"Point": 1, "MultiPoint": 2, "LineString": 2, "MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4}
_DEEPEST = 4  # collections inside collections


def shape_of(geometry: Any, number: int, most: int, depth: int = 0) -> tuple[shapely.Geometry | None, bool]:
    """The shape (2-D), and whether it had heights; None for a feature without geometry.

    Raises NoShape R_POLYGON_*, R_SHAPE_KIND, R_SHAPE_NESTING, R_SHAPE_NUMBER; InputError E_GEOJSON_VERTICES over `most` positions.
    """
    if geometry is None:
        return None, False
    if not isinstance(geometry, dict):
        raise NoShape("R_POLYGON_NESTING", found="0")
    kind = geometry.get("type")
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list) and depth < _DEEPEST:
        parts = [shape_of(item, number, most, depth + 1) for item in geometry["geometries"]]
        shapes = [part for part, _ in parts if part is not None]
        if not shapes:
            raise NoShape("R_SHAPE_KIND", found="GeometryCollection []")
        return shapely.GeometryCollection(shapes), any(tall for _, tall in parts)
    if not isinstance(kind, str) or kind not in _NESTING:
        raise NoShape("R_SHAPE_KIND", found=str(kind)[:40])
    tree = geometry.get("coordinates")
    if isinstance(tree, list) and is_blank(tree):
        return None, False
    if _positions(tree, most) > most:
        raise InputError("E_GEOJSON_VERTICES", number=number, limit=most)
    if kind in ("Polygon", "MultiPolygon"):
        if not isinstance(tree, list):
            raise NoShape("R_POLYGON_NESTING", found="0")
        try:
            return polygon(tree, levels=_NESTING[kind]), _has_height(tree)
        except BadShape as bad:
            raise NoShape(bad.code, **bad.params) from bad
    points = _numbers(tree, _NESTING[kind], kind)
    if kind == "Point":
        return shapely.Point(points), _has_height(tree)
    if kind == "MultiPoint":
        return shapely.MultiPoint(points), _has_height(tree)
    if kind == "LineString":
        return shapely.LineString(points), _has_height(tree)
    return shapely.MultiLineString(points), _has_height(tree)


def _positions(tree: object, most: int) -> int:
    """How many positions a tree of coordinates holds, counted no further than just over `most`."""
    total, stack = 0, [tree]
    while stack and total <= most:
        item = stack.pop()
        if isinstance(item, list) and item:
            if isinstance(item[0], list) and item[0] and isinstance(item[0][0], list):
                stack += item
            else:
                total += len(item) if isinstance(item[0], list) else 1
    return total


def _numbers(tree: object, nesting: int, kind: str) -> Any:
    """Positions as float64 (N, 2), one position as (2,), several lines as a list of (N, 2)."""
    if not isinstance(tree, list):
        raise NoShape("R_SHAPE_NESTING", found=kind)
    if nesting == 3:
        return [_numbers(line, 2, kind) for line in tree]
    rows = [tree] if nesting == 1 else tree
    if not all(isinstance(row, list) for row in rows):
        raise NoShape("R_SHAPE_NESTING", found=kind)
    points: list[list[float]] = []
    for row in rows:
        if len(row) < 2 or any(isinstance(item, list | dict) for item in row):
            raise NoShape("R_SHAPE_NESTING", found=kind)
        if any(isinstance(item, bool) or not isinstance(item, int | float) for item in row[:2]):
            raise NoShape("R_SHAPE_NUMBER")
        points.append(row[:2])
    if nesting == 2 and kind != "MultiPoint" and len(points) < 2:
        raise NoShape("R_SHAPE_NESTING", found=kind)
    return _finite(points)[0] if nesting == 1 else _finite(points)


def _finite(points: list[list[float]]) -> npt.NDArray[np.float64]:
    try:
        numbers = np.array(points, dtype=np.float64)
    except OverflowError as error:  # a whole number of more than 300 digits
        raise NoShape("R_SHAPE_NUMBER") from error
    if not np.isfinite(numbers).all():
        raise NoShape("R_SHAPE_NUMBER")
    return numbers


def _has_height(tree: object) -> bool:
    """Whether the first position has more than two numbers."""
    while isinstance(tree, list) and tree and isinstance(tree[0], list):
        tree = tree[0]
    return isinstance(tree, list) and len(tree) > 2
