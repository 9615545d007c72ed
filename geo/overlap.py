"""How much of every H3 cell lies in every village, exactly, whole arrays at a time.

A cell that no edge of the village comes near is all inside or all outside; of the others the village's edges are cut to the hexagon,
side by side of it (Sutherland & Hodgman 1974, edge by edge), and the area enclosed by what is left is summed (Green's theorem).
In the plane of longitude and latitude. Every pair is computed by itself: what else is asked for changes no bit of it.
Letters: V villages, P (village, cell) pairs, C cells, E edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h3ronpy.vector as h3v
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from h3ronpy import ContainmentMode

from core.cells import CellArray

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]
# Longest centre to corner of a cell of resolution 0, in degrees; each step finer is sqrt(7) smaller. Measured at resolutions 3 to 9 between
# 12 south and 8 north: 12.755 at most (a corner of a far cell may be missed by it: its share is then 0 or 1 by the centre).
REACH = 13.0
_MANY = 64  # vertices from which a polygon is cut to tiles, so that cost follows the border, not border x vertices
_TILE = 20  # a tile's side, in cells' reaches
_EDGES_AT_ONCE = 200_000  # keeps the work in the processor's cache


@dataclass(frozen=True)
class Touched:
    """Pairs by village, then cell: `share` of the cell inside the village, 0..1 (0: a mere touch); `centre`: its centre lies there."""

    village: npt.NDArray[np.int32]  # (P,)
    cell: CellArray
    share: Floats
    centre: Bools


def touched(shapes: Shapes, resolution: int) -> Touched:
    """Every cell that each polygon (V,) in lon/lat touches."""
    wkb = shapely.to_wkb(shapes)
    in_village, in_cell = cells_of(wkb, resolution, ContainmentMode.ContainsCentroid)
    all_village, all_cell = cells_of(wkb, resolution, ContainmentMode.Covers)
    village, cell = np.concatenate((all_village, in_village)), np.concatenate((all_cell, in_cell))
    centre = np.arange(len(cell)) >= len(all_cell)
    order = np.lexsort((centre, cell, village))
    village, cell, centre = village[order], cell[order], centre[order]
    last = np.ones(len(cell), bool)  # of two equal pairs the last says whether the centre is inside
    last[:-1] = (village[1:] != village[:-1]) | (cell[1:] != cell[:-1])
    village, cell, centre = village[last], cell[last], centre[last]
    return Touched(village.astype(np.int32), cell, _shares(shapes, village, cell, centre, resolution), centre)


def cells_of(wkb: Any, resolution: int, mode: ContainmentMode) -> tuple[Ints, CellArray]:
    """Polygon index and cell of every hit, in polygon order; `wkb` (V,)."""
    lists = pa.array(h3v.wkb_to_cells(pa.array(wkb), resolution, containment_mode=mode))
    sizes = np.diff(lists.offsets.to_numpy())
    cells = lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64, copy=False)
    return np.repeat(np.arange(len(sizes)), sizes), cells


def polygons(cells: CellArray) -> Shapes:
    """Hexagons (or pentagons) as shapely polygons, lon/lat; (C,)."""
    raw = pa.array(h3v.cells_to_wkb_polygons(pa.array(cells)))
    return np.asarray(shapely.from_wkb(raw.to_numpy(zero_copy_only=False)))


def centres(cells: CellArray) -> tuple[Floats, Floats]:
    """Longitude and latitude of cell centres, degrees; (C,), (C,)."""
    batch = pa.record_batch(h3v.cells_to_coordinates(pa.array(cells)))
    return batch["lng"].to_numpy().astype(np.float64), batch["lat"].to_numpy().astype(np.float64)


def reach(resolution: int) -> float:
    """Degrees within which of its centre a whole cell lies, anywhere between 12 south and 8 north."""
    return float(REACH / 7.0 ** (resolution / 2.0))


def _shares(shapes: Shapes, village: Ints, cell: CellArray, centre: Bools, resolution: int) -> Floats:
    """(P,) share of each cell inside its village."""
    cells, at = _distinct(cell)
    lon, lat = centres(cells)
    piece, edges = _pieces(shapes, village, lon[at], lat[at], resolution)
    far = reach(resolution)
    near = np.zeros(len(cell), bool)
    for part, pair, edge in edges.of(piece, np.arange(len(cell))):
        x, y = lon[at[part]], lat[at[part]]
        hit = _distance2(edges.xy[:, edge], x[pair], y[pair]) <= far * far
        near[part] = np.bincount(pair[hit], minlength=len(part)) > 0
    share = centre.astype(np.float64)
    close = np.flatnonzero(near)
    if not len(close):
        return share
    wanted = np.zeros(len(cells), bool)
    wanted[at[close]] = True
    corner, regular = _corners(cells[wanted])
    place = np.cumsum(wanted) - 1
    plain = close[regular[place[at[close]]]]
    for part, pair, edge in edges.of(piece, plain):
        hexagon = corner[place[at[part]]]
        share[part] = _enclosed(edges.xy[:, edge], pair, hexagon) / _shoelace(hexagon)
    odd = np.setdiff1d(close, plain)  # ten-cornered cells on the edges of the icosahedron
    if len(odd):
        hexagons = polygons(cell[odd])
        share[odd] = shapely.area(shapely.intersection(hexagons, shapes[village[odd]])) / shapely.area(hexagons)
    return np.clip(share, 0.0, 1.0)


def _distinct(cell: CellArray) -> tuple[CellArray, Ints]:
    """The distinct cells, ascending, and the place of each among them; sorted runs, as here, sort fast."""
    order = np.argsort(cell, kind="stable")
    ordered = cell[order]
    new = np.ones(len(cell), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    at = np.empty(len(cell), np.int64)
    at[order] = np.cumsum(new) - 1
    return ordered[new], at


@dataclass(frozen=True)
class _Edges:
    """Edges of many pieces: `xy` (4, E) from x y to x y, `start` (pieces + 1,) where those of each piece begin."""

    xy: Floats
    start: Ints

    def of(self, piece: Ints, pairs: Ints) -> Any:
        """Blocks of `pairs`, the position in the block (E',) and the edge (E',) of each of their pieces' edges."""
        count = np.diff(self.start)[piece[pairs]]
        total = np.cumsum(count)
        cut = np.searchsorted(total, np.arange(_EDGES_AT_ONCE, (total[-1] if len(total) else 0), _EDGES_AT_ONCE))
        for part, many in zip(np.split(pairs, cut), np.split(count, cut), strict=True):
            if not many.sum():
                continue
            pair = np.repeat(np.arange(len(part)), many)
            first = np.repeat(self.start[piece[part]] - (np.cumsum(many) - many), many)
            yield part, pair, first + np.arange(len(pair))


def _pieces(shapes: Shapes, village: Ints, lon: Floats, lat: Floats, resolution: int) -> tuple[Ints, _Edges]:
    """The piece of its village each pair meets (P,), and the edges of all pieces: whole polygons, or tiles of those of many vertices."""
    many = shapely.get_num_coordinates(shapes) > _MANY
    heavy = np.flatnonzero(many[village])
    piece = village.astype(np.int64)
    every = shapes
    if len(heavy):
        pad, side = 1.01 * reach(resolution), _TILE * reach(resolution)
        column, line = (np.floor(axis[heavy] / side).astype(np.int64) for axis in (lon, lat))
        unique, inverse = np.unique(np.column_stack((village[heavy], column, line)), axis=0, return_inverse=True)
        tiles = [
            shapely.clip_by_rect(shapes[v], x * side - pad, y * side - pad, (x + 1) * side + pad, (y + 1) * side + pad)
            for v, x, y in unique.tolist()
        ]
        piece[heavy] = len(shapes) + inverse.ravel()
        light = shapes.copy()
        light[many] = shapely.Polygon()
        every = np.concatenate((light, np.array(tiles, dtype=object)))
    return piece, _edges(every)


def _edges(shapes: Shapes) -> _Edges:
    """The edges of polygons, shells anticlockwise and holes clockwise."""
    part, of_part = shapely.get_parts(shapes, return_index=True)
    deep, of_deep = shapely.get_parts(part, return_index=True)  # multipolygons inside collections
    owner = of_part[of_deep]
    flat = shapely.get_type_id(deep) == shapely.GeometryType.POLYGON
    ring, of_ring = shapely.get_rings(shapely.orient_polygons(deep[flat]), return_index=True)
    xy, of_point = shapely.get_coordinates(ring, return_index=True)
    follows = of_point[1:] == of_point[:-1]
    edge = np.concatenate((xy[:-1][follows].T, xy[1:][follows].T))
    owners = owner[flat][of_ring][of_point[:-1][follows]]
    return _Edges(edge, np.searchsorted(owners, np.arange(len(shapes) + 1)))


def _distance2(edge: Floats, x: Floats, y: Floats) -> Floats:
    """(E,) squared distance of points to segments (4, E)."""
    ax, ay = edge[0] - x, edge[1] - y
    dx, dy = edge[2] - edge[0], edge[3] - edge[1]
    length = dx * dx + dy * dy
    t = np.clip(-(ax * dx + ay * dy) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    ax += t * dx
    ay += t * dy
    return np.asarray(ax * ax + ay * ay)


def _corners(cells: CellArray) -> tuple[Floats, Bools]:
    """(C, 6, 2) corners anticlockwise in degrees, and whether the cell has six (rows of others are NaN)."""
    wkb = pa.array(h3v.cells_to_wkb_polygons(pa.array(cells))).cast(pa.large_binary())
    offsets = np.frombuffer(wkb.buffers()[1], dtype=np.int64, count=len(wkb) + 1, offset=8 * wkb.offset)
    data = np.frombuffer(wkb.buffers()[2], dtype=np.uint8)
    # WKB polygon of one ring: order (1), type (4), rings (4), points (4), then x y pairs; the seventh point repeats the first.
    regular = np.diff(offsets) == 13 + 7 * 16
    corner = np.full((len(cells), 6, 2), np.nan)
    raw = data[offsets[:-1][regular][:, None] + np.arange(13, 13 + 6 * 16)]
    corner[regular] = np.ascontiguousarray(raw).view("<f8").reshape(-1, 6, 2)
    return corner, regular


def _shoelace(corner: Floats) -> Floats:
    """(C,) area of the hexagons (C, 6, 2), square degrees."""
    x, y = (corner[:, :, axis] - corner[:, :1, axis] for axis in (0, 1))
    return np.asarray((x[:, :-1] * y[:, 1:] - x[:, 1:] * y[:, :-1]).sum(axis=1) / 2.0)


def _enclosed(edge: Floats, pair: Ints, corner: Floats) -> Floats:
    """(C,) area inside both the hexagon (C, 6, 2) and the polygon of its edges (4, E); `pair` (E,) says whose each edge is.

    Half-plane by half-plane, what is outside is moved squarely onto the line: that keeps the ring closed and the area inside as it is.
    """
    middle = corner.mean(axis=1)
    ax, ay, bx, by = (edge[i] - middle[pair, i % 2] for i in range(4))
    local = corner - middle[:, None]
    for k in range(6):
        here, there = local[:, k], local[:, (k + 1) % 6]
        step = there - here
        length = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)
        nx, ny = -step[:, 1] / length, step[:, 0] / length
        offset = (nx * here[:, 0] + ny * here[:, 1])[pair]
        nx, ny = nx[pair], ny[pair]
        a, b = nx * ax + ny * ay - offset, nx * bx + ny * by - offset
        cross = np.flatnonzero((a < 0) != (b < 0))
        t = a[cross] / (a[cross] - b[cross])
        cx, cy = ax[cross] + t * (bx[cross] - ax[cross]), ay[cross] + t * (by[cross] - ay[cross])
        np.minimum(a, 0.0, out=a)
        np.minimum(b, 0.0, out=b)
        ax, ay, bx, by = ax - a * nx, ay - a * ny, bx - b * nx, by - b * ny
        tail = bx[cross], by[cross]
        bx[cross], by[cross] = cx, cy
        ax, ay = np.concatenate((ax, cx)), np.concatenate((ay, cy))
        bx, by = np.concatenate((bx, tail[0])), np.concatenate((by, tail[1]))
        pair = np.concatenate((pair, pair[cross]))
    return np.asarray(np.bincount(pair, ax * by - bx * ay, len(corner)) / 2.0)
