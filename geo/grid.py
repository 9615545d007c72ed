"""The H3 frame of a mapped area: which cells, who owns each, and how much of each lies in every village.

It depends on boundaries alone; every layer is measured against it. Letters: N cells, V villages, P (village, cell) pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h3ronpy
import h3ronpy.vector as h3v
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from h3ronpy import ContainmentMode
from scipy.spatial import cKDTree

from core.cells import CellArray
from core.crs import unit_vectors

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
_GAP_SHARE = 0.5  # a cell whose centre lies in no village belongs to the area when at least half of it does


@dataclass(frozen=True)
class Grid:
    """Cells in ascending order, one resolution; villages in ascending order of kode.

    pair_village, pair_cell, pair_share : (P,) overlap weights, share of the cell's area, (0, 1]; per cell they sum to at most 1,
    the rest lies outside the mapped area. Every village has at least one pair.
    """

    resolution: int
    cell: CellArray  # (N,)
    owner: IntArray  # (N,) index into villages
    gap: BoolArray  # (N,) centre in no village: given to the nearest
    lon: FloatArray  # (N,) centre, degrees
    lat: FloatArray
    cell_km2: FloatArray  # (N,) whole cell
    villages: tuple[str, ...]  # (V,) kode
    pair_village: IntArray
    pair_cell: IntArray
    pair_share: npt.NDArray[np.float32]
    indicative: bool  # boundaries derived, not official

    @property
    def size(self) -> int:
        return len(self.cell)

    @property
    def pair_km2(self) -> FloatArray:
        """(P,) km2 of the cell inside the village."""
        return self.pair_share.astype(np.float64) * self.cell_km2[self.pair_cell]

    @property
    def pair_part(self) -> FloatArray:
        """(P,) part of the cell's inhabitants that is the village's: the shares of every cell scaled to sum to 1."""
        total = np.bincount(self.pair_cell, self.pair_share, self.size)
        return np.asarray(self.pair_share / total[self.pair_cell], dtype=np.float64)

    @property
    def inside_km2(self) -> FloatArray:
        """(N,) km2 of the cell inside the mapped area."""
        return np.bincount(self.pair_cell, self.pair_km2, self.size).astype(np.float64)

    def xyz(self) -> FloatArray:
        """(N, 3) centres on the unit sphere."""
        return unit_vectors(self.lon, self.lat)


def _pairs(wkb: Any, resolution: int, mode: ContainmentMode) -> tuple[npt.NDArray[np.int64], CellArray]:
    """Village index and cell of every hit, in village order."""
    lists = pa.array(h3v.wkb_to_cells(pa.array(wkb), resolution, containment_mode=mode))
    sizes = np.diff(lists.offsets.to_numpy())
    cells = lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64)
    return np.repeat(np.arange(len(sizes)), sizes), cells


def polygons(cells: CellArray) -> npt.NDArray[np.object_]:
    """Hexagons (or pentagons) as shapely polygons, lon/lat; (N,)."""
    raw = pa.array(h3v.cells_to_wkb_polygons(pa.array(cells)))
    return np.asarray(shapely.from_wkb(raw.to_numpy(zero_copy_only=False)))


def centres(cells: CellArray) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of cell centres, degrees; (N,), (N,)."""
    batch = pa.record_batch(h3v.cells_to_coordinates(pa.array(cells)))
    return batch["lng"].to_numpy().astype(np.float64), batch["lat"].to_numpy().astype(np.float64)


def cells_at(lon: FloatArray, lat: FloatArray, resolution: int) -> CellArray:
    """The cell each point lies in; degrees (R,), (R,) to uint64 (R,)."""
    res = pa.array(np.full(len(lon), resolution, np.uint8))
    cells = pa.array(h3v.coordinates_to_cells(pa.array(lat), pa.array(lon), res))
    return np.asarray(cells.to_numpy(), dtype=np.uint64)


def _overlap_shares(
    shapes: npt.NDArray[np.object_], village: npt.NDArray[np.int64], cell: CellArray, resolution: int
) -> FloatArray:
    """Share of each border cell inside its village, (B,), by exact planar intersection in degrees.

    A big polygon is cut to coarse tiles once and cells meet only their piece, so cost follows the border, not border x vertices.
    """
    hexagons = polygons(cell)
    pieces = shapes[village]
    many = shapely.get_num_coordinates(shapes) > 200
    coarse = np.floor(shapely.get_coordinates(shapely.centroid(hexagons)) / 0.1).astype(np.int64)
    heavy = np.flatnonzero(many[village])
    key = np.column_stack((village[heavy], coarse[heavy]))
    unique, inverse = np.unique(key, axis=0, return_inverse=True)
    if len(unique):
        pad = 0.6 / 2.6 ** (resolution - 4) + 0.005  # a cell's hexagon reaches less far beyond its centre's tile
        cut = np.array(
            [
                shapely.clip_by_rect(shapes[v], x * 0.1 - pad, y * 0.1 - pad, (x + 1) * 0.1 + pad, (y + 1) * 0.1 + pad)
                for v, x, y in unique.tolist()
            ],
            dtype=object,
        )
        cut = np.where(shapely.is_valid(cut), cut, shapely.make_valid(cut))
        pieces = pieces.copy()
        pieces[heavy] = cut[inverse.ravel()]
    overlap = shapely.area(shapely.intersection(hexagons, pieces))
    return np.asarray(np.clip(overlap / shapely.area(hexagons), 0.0, 1.0), dtype=np.float64)


def build(
    codes: tuple[str, ...],
    shapes: npt.NDArray[np.object_],
    resolution: int,
    *,
    indicative: bool,
    others: npt.NDArray[np.object_] | None = None,
) -> Grid:
    """The grid of villages `codes` (ascending) with polygons `shapes` in lon/lat, both (V,).

    Owners by centre; a centre in several villages goes to the larger overlap, then the smaller code; a centre in none, but at least
    half of the cell inside, or in a hole of the area, goes to the nearest village and is flagged. A village that would hold no weight
    brings its best cell along. `others` are polygons of villages that are not mapped: a hole that they fill is no hole.
    """
    wkb = shapely.to_wkb(shapes)
    v_in, c_in = _pairs(wkb, resolution, ContainmentMode.ContainsCentroid)
    v_all, c_all = _pairs(wkb, resolution, ContainmentMode.Covers)
    v_full, c_full = _pairs(wkb, resolution, ContainmentMode.ContainsBoundary)

    # Overlap shares of every touched pair: 1 inside, measured on the border.
    universe = np.unique(np.concatenate((c_all, c_in)))
    all_key = np.unique(np.concatenate((_key(v_all, c_all, universe), _key(v_in, c_in, universe))))
    full_key = np.unique(_key(v_full, c_full, universe))
    village = all_key // len(universe)
    cell = all_key % len(universe)
    share = np.ones(len(all_key))
    border = np.flatnonzero(~np.isin(all_key, full_key, assume_unique=True))
    share[border] = _overlap_shares(shapes, village[border], universe[cell[border]], resolution)
    touched = share > 1e-9
    village, cell, share, all_key = village[touched], cell[touched], share[touched], all_key[touched]

    # Which cells: centre inside; mostly inside; in a hole; the best cell of a village without any.
    total = np.bincount(cell, share, len(universe))
    centre_cells = np.zeros(len(universe), bool)
    centre_cells[np.searchsorted(universe, c_in)] = True
    hole_cells = _hole_cells(shapes, others, resolution)
    chosen = centre_cells | (total >= _GAP_SHARE) | np.isin(universe, hole_cells)
    hole_cells = np.setdiff1d(hole_cells, universe)
    weightless = np.setdiff1d(np.arange(len(codes)), village[chosen[cell]])
    for v in weightless:
        mine = np.flatnonzero(village == v)
        if not len(mine):
            raise ValueError(f"village {codes[v]} has no area")
        chosen[cell[mine[np.lexsort((cell[mine], -share[mine]))[0]]]] = True

    # Owners: by centre, contested by overlap then code, else nearest.
    order = np.lexsort((village, -share, cell))
    first = order[np.unique(cell[order], return_index=True)[1]]
    best = np.full(len(universe), -1, np.int64)
    best[cell[first]] = village[first]
    owner = _centre_owners(v_in, np.searchsorted(universe, c_in), all_key, share, len(universe))
    gap = chosen & (owner < 0)
    owner = np.where(owner < 0, best, owner)

    keep = np.flatnonzero(chosen)
    cells = np.concatenate((universe[keep], hole_cells))
    owners = np.concatenate((owner[keep], _nearest_village(hole_cells, universe[keep], owner[keep])))
    gaps = np.concatenate((gap[keep], np.ones(len(hole_cells), bool)))
    by_cell = np.argsort(cells, kind="stable")
    cells, owners, gaps = cells[by_cell], owners[by_cell], gaps[by_cell]

    in_grid = chosen[cell]
    pair_village = np.concatenate((village[in_grid], owners[np.searchsorted(cells, hole_cells)]))
    pair_cell = np.searchsorted(cells, np.concatenate((universe[cell[in_grid]], hole_cells)))
    pair_share = np.concatenate((share[in_grid], np.ones(len(hole_cells))))
    # Overlapping polygons: no cell may count for more than itself.
    pair_share = pair_share / np.maximum(np.bincount(pair_cell, pair_share, len(cells)), 1.0)[pair_cell]
    by_pair = np.lexsort((pair_cell, pair_village))
    lon, lat = centres(cells)
    return Grid(
        resolution=resolution,
        cell=cells,
        owner=owners.astype(np.int32),
        gap=gaps,
        lon=lon,
        lat=lat,
        cell_km2=pa.array(h3ronpy.cells_area_km2(pa.array(cells))).to_numpy().astype(np.float64),
        villages=codes,
        pair_village=pair_village[by_pair].astype(np.int32),
        pair_cell=pair_cell[by_pair].astype(np.int32),
        pair_share=pair_share[by_pair].astype(np.float32),
        indicative=indicative,
    )


def _key(village: npt.NDArray[np.int64], cell: CellArray, universe: CellArray) -> npt.NDArray[np.int64]:
    """One number per (village, cell) pair, ordered by village then cell."""
    return np.asarray(village * len(universe) + np.searchsorted(universe, cell), dtype=np.int64)


def _centre_owners(
    village: npt.NDArray[np.int64], cell: npt.NDArray[np.int64], keys: npt.NDArray[np.int64], share: FloatArray, n: int
) -> npt.NDArray[np.int64]:
    """(n,) village whose polygon holds the centre: larger overlap, then smaller code; -1 where none."""
    wanted = village * n + cell
    position = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    weight = np.where(keys[position] == wanted, share[position], 0.0)
    order = np.lexsort((village, -weight, cell))
    unique, first = np.unique(cell[order], return_index=True)
    owner = np.full(n, -1, np.int64)
    owner[unique] = village[order[first]]
    return owner


def _hole_cells(shapes: npt.NDArray[np.object_], others: npt.NDArray[np.object_] | None, resolution: int) -> CellArray:
    """Cells whose centre lies in a hole of the whole area (lakes and digitising gaps that no village claims, mapped or not)."""
    whole = shapely.union_all(shapes)
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    if not rings:
        return np.empty(0, np.uint64)
    cells = np.unique(_pairs(shapely.to_wkb(shapely.polygons(rings)), resolution, ContainmentMode.ContainsCentroid)[1])
    if others is None or not len(others):
        return cells
    claimed = shapely.STRtree(others).query(shapely.points(*centres(cells)), predicate="intersects")[0]
    return np.delete(cells, np.unique(claimed))


def _nearest_village(cells: CellArray, known: CellArray, owner: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Owner of the nearest owned cell for each of `cells`."""
    if not len(cells):
        return np.empty(0, np.int64)
    tree = cKDTree(unit_vectors(*centres(known)))
    return np.asarray(owner[tree.query(unit_vectors(*centres(cells)))[1]], dtype=np.int64)
