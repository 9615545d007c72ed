"""Voronoi cells of village points inside a domain: a coverage by construction, on a fixed grid of coordinates.

The edges of the diagram and the outline of the domain are noded together once on the grid, turned into faces, and every face goes
to the nearest point; so neighbours share identical vertices and nothing overlaps. Distances are planar in degrees: within 11 degrees
of the equator a degree of longitude is at most 2 % shorter than one of latitude, far below what the points themselves are worth.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
GRID = 1e-6  # degrees, about 11 cm
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))
_CLOSE = 1e-5  # degrees, about 1 m: nearer than this, the cells between two points could vanish on the grid
_STEP = 1e-3  # degrees, about 110 m: where a second point at the same place is put


def separate(points: FloatArray, domain: shapely.Geometry) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Points (N, 2) with none nearer than _CLOSE to another: later ones move along a fixed spiral, staying in the domain.

    Returns the points and which of them moved. The order of the points decides who stays.
    """
    shapely.prepare(domain)
    out = np.round(points / GRID) * GRID
    taken: dict[tuple[int, int], list[tuple[float, float]]] = {}
    moved = np.zeros(len(out), dtype=bool)
    for i, (lon, lat) in enumerate(out.tolist()):
        x, y, turn = lon, lat, 0
        while _near(taken, x, y) or (turn and not shapely.contains_xy(domain, x, y)):
            turn += 1
            radius = _STEP * np.sqrt(turn)
            x = lon + radius * np.cos(turn * _GOLDEN_ANGLE)
            y = lat + radius * np.sin(turn * _GOLDEN_ANGLE)
        taken.setdefault(_square(x, y), []).append((x, y))
        out[i] = x, y
        moved[i] = turn > 0
    return out, moved


def _square(x: float, y: float) -> tuple[int, int]:
    return round(x / _CLOSE), round(y / _CLOSE)


def _near(taken: dict[tuple[int, int], list[tuple[float, float]]], x: float, y: float) -> bool:
    """Whether a point taken is nearer than _CLOSE."""
    column, row = _square(x, y)
    squares = ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
    return any(np.hypot(x - u, y - v) < _CLOSE for square in squares for u, v in taken.get(square, ()))


def cells(points: FloatArray, domain: shapely.Geometry) -> npt.NDArray[np.object_]:
    """The part of the domain nearest to each point.

    points : float64 (N, 2), degrees, all different, inside the domain
    domain : Polygon or MultiPolygon
    returns : (N,) polygons and multipolygons with coordinates on GRID; an empty one would be a point outside the domain
    """
    drawn = [shapely.boundary(domain)]
    if len(points) > 1:
        drawn.append(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=domain, only_edges=True))
    lines = shapely.union_all(np.array(drawn, dtype=object), grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    shapely.prepare(domain)
    inside = shapely.contains_xy(domain, inner[:, 0], inner[:, 1])
    faces, inner = faces[inside], inner[inside]
    owner = np.asarray(cKDTree(points).query(inner)[1])
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(len(points) + 1)).tolist()
    shapes = [shapely.coverage_union_all(faces[order[a:b]]) for a, b in pairwise(starts)]
    out = np.array([_polygonal(shape) for shape in shapes], dtype=object)
    return np.asarray(shapely.orient_polygons(shapely.normalize(out)), dtype=object)


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """A Polygon where there is one part, else a MultiPolygon."""
    parts = shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))
