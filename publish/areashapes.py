"""The shapes of areas at one zoom: simplified together so that shared borders stay shared, in whole tile units, none lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from core import codes
from publish import mercator
from publish.clip import Ints, Parts, distinct, offsets, ring_areas

FIRST_LEVEL = 2  # provinces are seen by their border, not as polygons
TOLERANCE = 6.0  # tile units, about half a pixel of a 512-pixel tile
FINE_TOLERANCE = 1.5  # at the last zoom, which is enlarged further in
LEAST = 64.0  # square units: an area smaller than a pixel is shown as a square of one pixel
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Tree:
    """The area table as arrays, sorted as it came: `shape` in the unit square, `label` (A, 2) there too.

    `line` (A, 4): position of the area's ancestor of level 1..4 among the distinct codes, -1 below its own level; `outside` (A,): level of
    the border where nothing lies beyond.
    """

    kode: tuple[str, ...]
    level: Ints
    shape: Shapes
    label: mercator.Floats
    line: Ints
    outside: Ints


def tree(kode: Sequence[str], shape: Shapes, label: mercator.Floats, outside: Sequence[str]) -> Tree:
    """Project the shapes and find every area's ancestors; `shape` and `label` in degrees."""
    level = np.array([codes.level(code) for code in kode], dtype=np.int64)
    names = [[codes.ancestor(code, at) if at <= codes.level(code) else "" for at in (1, 2, 3, 4)] for code in kode]
    flat = sorted({name for line in names for name in line if name})
    position = {name: i for i, name in enumerate(flat)} | {"": -1}
    line = np.array([[position[name] for name in row] for row in names], dtype=np.int64).reshape(-1, 4)
    edge = [min((codes.level(code) for code in outside if codes.covers(code, item)), default=1) for item in kode]
    unit = shapely.orient_polygons(shapely.transform(shape, mercator.unit))
    return Tree(tuple(kode), level, unit, mercator.unit(label), line, np.array(edge, dtype=np.int64))


def finest(zoom: int) -> int:
    """The finest level drawn at a zoom: regencies from 4, districts from 6, villages from 8."""
    return 2 if zoom < 6 else 3 if zoom < 8 else 4


def polygons(what: Tree, zoom: int, last_zoom: int) -> tuple[Parts, Parts]:
    """Rings of all areas drawn at a zoom (owners are rows of the tree), and those of the finest level only."""
    scale = mercator.units_at(zoom)
    tolerance = FINE_TOLERANCE if zoom >= last_zoom else TOLERANCE
    depth = min(finest(zoom), int(what.level.max()))
    rows = np.flatnonzero(what.level == depth)
    fine = shapely.orient_polygons(shapely.coverage_simplify(what.shape[rows], tolerance / scale))
    owners, shapes = [rows], [fine]
    for level in range(depth - 1, FIRST_LEVEL - 1, -1):
        parents = np.flatnonzero(what.level == level)
        owners.append(parents)
        shapes.append(_dissolved(fine, what.line[rows, level - 1], what.line[parents, level - 1]))
    return _rings(np.concatenate(shapes), np.concatenate(owners), what, scale), _rings(fine, rows, what, scale)


def _dissolved(shapes: Shapes, mine: Ints, wanted: Ints) -> Shapes:
    """The union of the shapes of each wanted parent; `mine` (A,) says whose each shape is."""
    out = np.empty(len(wanted), dtype=object)
    for i, parent in enumerate(wanted.tolist()):
        members = shapes[mine == parent]
        try:
            out[i] = shapely.coverage_union_all(members)
        except shapely.GEOSException:  # not a clean coverage: slower, but right all the same
            out[i] = shapely.union_all(shapely.make_valid(members))
    return np.asarray(shapely.orient_polygons(out), dtype=object)


def _rings(shapes: Shapes, owner: Ints, what: Tree, scale: int) -> Parts:
    """Rings in whole units, outer before inner; an area of less than a pixel becomes a square about its label."""
    part, index = shapely.get_parts(shapes, return_index=True)
    polygon = shapely.get_type_id(part) == shapely.GeometryType.POLYGON
    ring, at = shapely.get_rings(part[polygon], return_index=True)
    xy, of = shapely.get_coordinates(ring, return_index=True)
    size = np.bincount(of, minlength=len(ring)).astype(np.int64)
    owners = owner[index[polygon][at]]
    nowhere = np.zeros((len(owners), 2), dtype=np.int64)
    rings = distinct(Parts(np.rint(xy * scale), offsets(size), owners, nowhere), closed=True)
    area = ring_areas(rings)
    rings, area = rings.take(area != 0), area[area != 0]
    total = np.bincount(rings.owner, weights=area, minlength=len(what.kode))
    lost = owner[total[owner] < LEAST]
    rings = rings.take(~np.isin(rings.owner, lost))
    corner = np.rint(what.label[lost] * scale)[:, None] + np.array([(-4, -4), (4, -4), (4, 4), (-4, 4)])
    return Parts(
        np.concatenate((rings.xy, corner.reshape(-1, 2))),
        np.concatenate((rings.starts, rings.starts[-1] + 4 * np.arange(1, len(lost) + 1))),
        np.concatenate((rings.owner, lost)),
        np.zeros((len(rings.owner) + len(lost), 2), dtype=np.int64),
    )


def borders(fine: Parts, what: Tree) -> Parts:
    """Each border once, as lines: `owner` is the level (1..4) of the highest areas it separates."""
    size = np.diff(fine.starts)
    follow = np.arange(1, len(fine.xy) + 1)
    follow[fine.starts[1:] - 1] = fine.starts[:-1]
    whole = fine.xy.astype(np.int64)
    point = whole[:, 0] << 31 | whole[:, 1]
    one, two = np.minimum(point, point[follow]), np.maximum(point, point[follow])
    owner = np.repeat(fine.owner, size)
    order = np.lexsort((owner, two, one))
    one, two, owner = one[order], two[order], owner[order]
    first = np.flatnonzero(np.append(True, (one[1:] != one[:-1]) | (two[1:] != two[:-1])))
    line = what.line[owner]
    low, high = np.minimum.reduceat(line, first), np.maximum.reduceat(line, first)
    differs = low != high
    level = np.where(differs.any(axis=1), differs.argmax(axis=1) + 1, what.outside[owner[first]])
    spike = (np.diff(np.append(first, len(owner))) > 1) & ~differs.any(axis=1)  # an area touching itself is no border
    one, two, level = one[first][~spike], two[first][~spike], level[~spike]
    mask = (1 << 31) - 1
    ends = np.stack((np.column_stack((one >> 31, one & mask)), np.column_stack((two >> 31, two & mask))), axis=1)
    merged, levels = [], []
    for at in np.unique(level).tolist():
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends[level == at]))))
        merged.append(lines)
        levels.append(np.full(len(lines), at, dtype=np.int64))
    lines = np.concatenate(merged)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    owners = np.concatenate(levels)
    return Parts(
        xy,
        offsets(np.bincount(of, minlength=len(lines)).astype(np.int64)),
        owners,
        np.zeros((len(owners), 2), dtype=np.int64),
    )
