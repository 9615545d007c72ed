"""The ground of a sheet: villages, borders and hexes on the page, cut to the frame; arrays and shapes in millimetres.

Borders are drawn once: every edge of the village coverage is counted, an edge between two villages has the level of the highest
unit it separates. A coverage that does not close is cleaned first, so that slivers do not print as spikes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import h3
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from h3ronpy import grid_disk
from h3ronpy.vector import cells_to_coordinates, cells_to_wkb_polygons
from shapely.geometry.base import BaseGeometry

from core.cells import parents
from core.codes import covers
from prints.frame import Frame
from store.snapshot import Snapshot

Shapes = npt.NDArray[np.object_]
Cells = npt.NDArray[np.uint64]
Levels = npt.NDArray[np.int8]
SMALLEST_HEX = 3.0  # mm between opposite sides
_HAIR, _GAP = 0.01, 0.1  # mm: vertices nearer than a hair are one, gaps narrower than this are closed
_FINE = 0.08  # mm: detail below this is not printed


def project(frame: Frame, shapes: Shapes) -> Shapes:
    """Shapes in degrees to shapes in millimetres on the page."""
    return np.asarray(shapely.transform(shapes, frame.to_page))


@dataclass(frozen=True)
class Borders:
    """Merged lines by level (0: edge of the mapped area, 1 province ... 4 village), inside the area and outside it."""

    inside: dict[int, list[BaseGeometry]]
    outside: dict[int, list[BaseGeometry]]


@dataclass(frozen=True)
class Ground:
    """`kode`, `shape`: villages that reach into the frame `box`; `area`: the sheet's own, `others`: the rest that is mapped."""

    kode: tuple[str, ...]
    shape: Shapes
    box: tuple[float, float, float, float]
    area: BaseGeometry
    others: BaseGeometry
    borders: Borders

    def of(self, kode: str) -> BaseGeometry:
        """The part of an area that is in the frame."""
        return cut(_union(self.shape[[covers(kode, k) for k in self.kode]]), self.box)


def cut(shape: BaseGeometry, box: tuple[float, float, float, float]) -> BaseGeometry:
    """The polygons of a shape inside a box."""
    parts = shapely.get_parts(shapely.clip_by_rect(shape, *box))
    return shapely.MultiPolygon([part for part in parts if isinstance(part, shapely.Polygon)])


def _union(shapes: Shapes) -> BaseGeometry:
    united: BaseGeometry = shapely.coverage_union_all(shapes) if len(shapes) else shapely.GeometryCollection()
    return united


def lay(areas: pa.Table, kode: str, frame: Frame) -> Ground:
    """The villages that reach into the frame, their borders and the outline of the area `kode`."""
    villages = areas.filter(pc.equal(areas["level"], 4))
    codes = np.array(villages["kode"].to_pylist(), dtype=object)
    shapes = shapely.from_wkb(np.array(villages["geometry"].to_pylist(), dtype=object))
    west, south, east, north = frame.bounds()
    box = shapely.bounds(shapes)
    seen = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
    codes, page = codes[seen], project(frame, shapes[seen])
    if not shapely.coverage_is_valid(page):
        with np.errstate(invalid="ignore"):  # GEOS works with NaN on the way
            page = np.asarray(shapely.coverage_clean(page, snapping_distance=_HAIR, gap_width=_GAP))  # type: ignore[attr-defined]  # new in shapely 2.2
    page = np.asarray(shapely.coverage_simplify(page, _FINE))
    own = np.array([covers(kode, k) for k in codes], dtype=bool)
    area, others = _union(page[own]), _union(page[~own])
    borders = _borders(page, codes, own, frame)
    return Ground(tuple(codes), page, frame.box, area, cut(others, frame.box), borders)


def _borders(page: Shapes, codes: Shapes, own: npt.NDArray[np.bool_], frame: Frame) -> Borders:
    rings, ring_of = shapely.get_rings(page, return_index=True)
    points, point_of = shapely.get_coordinates(rings, return_index=True)
    whole = np.round(points * 1000).astype(np.int64)
    same = point_of[:-1] == point_of[1:]
    start, end, owner = whole[:-1][same], whole[1:][same], ring_of[point_of[:-1][same]]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    edges = np.where(swap[:, None], np.hstack((end, start)), np.hstack((start, end)))
    unique, where = np.unique(edges, axis=0, return_inverse=True)
    first, last = np.full(len(unique), len(codes)), np.full(len(unique), -1)
    np.minimum.at(first, where, owner)
    np.maximum.at(last, where, owner)
    parts = np.array([[*map(int, k.split("."))] for k in codes], dtype=np.int64).reshape(-1, 4)
    differs = parts[first] != parts[last]
    level = np.where(first == last, 0, 1 + differs.argmax(axis=1))
    inside = own[first] & own[last]
    lines = np.asarray(shapely.clip_by_rect(shapely.linestrings(unique.reshape(-1, 2, 2) / 1000.0), *frame.box))
    kept = ~shapely.is_empty(lines) & (first < len(codes))
    outline = own[first] != own[last]  # drawn as the outline of the area
    groups: list[dict[int, list[BaseGeometry]]] = []
    for side in (inside & (level > 0), ~(own[first] | own[last]) & ~outline):
        chosen = {n: lines[kept & side & (level == n)] for n in range(5)}
        groups.append(
            {n: [shapely.line_merge(shapely.multilinestrings(part))] for n, part in chosen.items() if len(part)}
        )
    return Borders(*groups)


@dataclass(frozen=True)
class Hexes:
    """The cells drawn: `shape` cut to the area, `level` 0..5, `score` (NaN: none), all (N,); `wide`: mm across a whole hex."""

    resolution: int
    wide: float
    shape: Shapes
    level: Levels
    score: npt.NDArray[np.float64]


def _wide(resolution: int, scale: int) -> float:
    return float(h3.average_hexagon_edge_length(resolution, "km")) * math.sqrt(3.0) * 1e6 / scale


def pick(snapshot: Snapshot, scale: int) -> tuple[int, str]:
    """The finest resolution whose hexes are wide enough at this scale, and the table that holds it (else the coarsest)."""
    base = snapshot.manifest.resolution
    ladder = {base: "cells"}
    ladder |= {
        int(table.name.removeprefix("cells_r")): table.name
        for table in snapshot.manifest.tables
        if table.name.startswith("cells_r")
    }
    fitting = [res for res in ladder if res <= base and _wide(res, scale) >= SMALLEST_HEX]
    res = max(fitting) if fitting else min(ladder)
    return res, ladder[res]


def hexes(snapshot: Snapshot, kode: str, ground: Ground, frame: Frame) -> Hexes:
    """The cells that touch the area, cut to it (overlap, not centre: no white gaps along its border).

    A coarse cell that the border cuts takes the class most of the area's own cells in it have: its table speaks for both sides.
    """
    res, name = pick(snapshot, frame.scale)
    table = snapshot.table(name, ["cell", "class", "score"])
    cell = table["cell"].to_numpy()
    centre = pa.record_batch(cells_to_coordinates(cell))
    lon, lat = centre.column("lng").to_numpy(), centre.column("lat").to_numpy()
    west, south, east, north = frame.bounds()
    reach = 2.0 * float(h3.average_hexagon_edge_length(res, "km")) / 111.0
    near = (lon > west - reach) & (lon < east + reach) & (lat > south - reach) & (lat < north + reach)
    shape = _polygons(cell[near], frame)
    shapely.prepare(ground.area)
    touching = shapely.intersects(ground.area, shape)
    shape, rows = shape[touching], np.flatnonzero(near)[touching]
    cut = ~shapely.contains_properly(ground.area, shape)
    shape[cut] = shapely.intersection(ground.area, shape[cut])
    level, score = table["class"].to_numpy()[rows], table["score"].to_numpy().astype(np.float64)[rows]
    if res < snapshot.manifest.resolution:
        level[cut] = _own_class(snapshot, kode, cell[rows][cut], level[cut], res)
    extra, of = _edge(cell[near], cell[rows], level, cut, ground.area, frame)
    shape, level = np.append(shape, extra), np.append(level, of)
    score = np.append(score, np.full(len(extra), np.nan))
    full = shapely.area(shape) > 1e-6
    return Hexes(res, _wide(res, frame.scale), shape[full], level[full], score[full])


def _polygons(cell: Cells, frame: Frame) -> Shapes:
    wkb = pa.array(cells_to_wkb_polygons(np.ascontiguousarray(cell)))
    return project(frame, shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))


def _edge(
    known: Cells, drawn: Cells, level: Levels, cut: npt.NDArray[np.bool_], area: BaseGeometry, frame: Frame
) -> tuple[Shapes, Levels]:
    """The slits along a coast that belong to no cell of the table (its centre is in the sea), in the class most neighbours have."""
    around = np.unique(pa.array(grid_disk(np.ascontiguousarray(drawn[cut]), 1, flatten=True)).to_numpy())
    missing = np.setdiff1d(around, known)
    shape = _polygons(missing, frame)
    touching = shapely.intersects(area, shape)
    of = dict(zip(drawn.tolist(), level.tolist(), strict=True))
    found = []
    for cell in missing[touching].tolist():
        near = [of[int(h3.str_to_int(c))] for c in h3.grid_disk(h3.int_to_str(cell), 1) if int(h3.str_to_int(c)) in of]
        found.append(max(near, key=lambda n: (near.count(n), n)) if near else 0)
    return shapely.intersection(area, shape[touching]), np.array(found, dtype=np.int8)


def _own_class(snapshot: Snapshot, kode: str, coarse: Cells, level: Levels, res: int) -> Levels:
    """The commonest class (of equals the higher) among the area's own cells in each coarse cell; `level` where it has none."""
    table = snapshot.table("cells", ["cell", "kode", "class"])
    own = table.filter(pc.or_(pc.equal(table["kode"], kode), pc.starts_with(table["kode"], kode + ".")))
    parent, of = np.unique(parents(own["cell"].to_numpy(), res), return_inverse=True)
    counts = np.zeros((len(parent), 6), dtype=np.int64)
    np.add.at(counts, (of, own["class"].to_numpy()), 1)
    commonest = (5 - counts[:, ::-1].argmax(axis=1)).astype(np.int8)
    if not len(parent):
        return level
    at = np.minimum(np.searchsorted(parent, coarse), len(parent) - 1)
    return np.where(parent[at] == coarse, commonest[at], level)
