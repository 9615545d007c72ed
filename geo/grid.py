"""The H3 frame of a mapped area: which cells, who owns each, and how much of each lies in every village.

It depends on boundaries alone; every layer is measured against it. Letters: N cells, V villages, P (village, cell) pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

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
from core.work import Run, one_by_one
from geo.overlap import Touched, cells_of, centres, touched

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
_LEAST = 1e-9  # of a cell: less than that is a touch
_CELLS_AT_ONCE = 60_000  # asked for in one piece of work
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


def cells_at(lon: FloatArray, lat: FloatArray, resolution: int) -> CellArray:
    """The cell each point lies in; degrees (R,), (R,) to uint64 (R,)."""
    res = pa.array(np.full(len(lon), resolution, np.uint8))
    cells = pa.array(h3v.coordinates_to_cells(pa.array(lat), pa.array(lon), res))
    return np.asarray(cells.to_numpy(), dtype=np.uint64)


def build(
    codes: tuple[str, ...],
    shapes: npt.NDArray[np.object_],
    resolution: int,
    *,
    indicative: bool,
    others: npt.NDArray[np.object_] | None = None,
    run: Run = one_by_one,
) -> Grid:
    """The grid of villages `codes` (ascending) with polygons `shapes` in lon/lat, both (V,).

    Owners by centre; a centre in several villages goes to the larger overlap, then the smaller code; a centre in none, but at least
    half of the cell inside, or in a hole of the area, goes to the nearest village and is flagged. A village that would hold no weight
    brings its best cell along. `others` are polygons of villages that are not mapped: a hole that they fill is no hole. `run` is where
    the work on runs of villages is done; it changes nothing of the result.
    """
    found = _touched(shapes, resolution, run)
    # By cell, then village: every cell is one run.
    order = np.argsort(found.cell, kind="stable")
    village, share, centre = found.village[order], found.share[order], found.centre[order]
    universe, start, of = _runs(found.cell[order])

    # Which cells: centre inside; mostly inside; in a hole; the best cell of a village without any.
    hole_cells = _hole_cells(shapes, others, resolution)
    chosen = np.logical_or.reduceat(centre, start) | (np.add.reduceat(share, start) >= _GAP_SHARE)
    chosen[_where(universe, hole_cells)] = True
    hole_cells = np.setdiff1d(hole_cells, universe)
    best = _best_cells(found, len(codes))
    if (best < 0).any():
        raise ValueError(f"village {codes[int(np.argmin(best))]} has no area")
    has_any = np.zeros(len(codes), bool)
    has_any[village[chosen[of]]] = True
    chosen[of[np.argsort(order)[best[~has_any]]]] = True

    # Owners: by centre, contested by overlap then code, else nearest.
    by_share = village[_first_of_largest(share, start, of)]
    by_centre = _first_of_largest(np.where(centre, share, -1.0), start, of)
    inside = centre[by_centre]
    owner = np.where(inside, village[by_centre], by_share)
    gap = chosen & ~inside

    keep = np.flatnonzero(chosen)
    cells = np.concatenate((universe[keep], hole_cells))
    owners = np.concatenate((owner[keep], _nearest_village(hole_cells, universe[keep], owner[keep])))
    gaps = np.concatenate((gap[keep], np.ones(len(hole_cells), bool)))
    by_cell = np.argsort(cells, kind="stable")
    cells, owners, gaps = cells[by_cell], owners[by_cell], gaps[by_cell]

    in_grid = chosen[of]
    at_holes = np.searchsorted(cells, hole_cells)
    pair_village = np.concatenate((village[in_grid], owners[at_holes]))
    pair_cell = np.concatenate((np.searchsorted(cells, universe)[of[in_grid]], at_holes))
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


def _touched(shapes: npt.NDArray[np.object_], resolution: int, run: Run) -> Touched:
    """All pairs by village, then cell; a pair of next to nothing is none, unless the cell's centre is in it."""
    mean = 180.0 * 360.0 / (2 + 120 * 7**resolution)  # square degrees of a cell, about
    work = np.cumsum(shapely.area(shapes) / mean + 4.0)
    ends = np.searchsorted(work, np.arange(_CELLS_AT_ONCE, work[-1], _CELLS_AT_ONCE), side="right")
    cut = np.unique(np.concatenate(([0], ends, [len(shapes)]))).tolist()
    parts = [(shapes[a:b], resolution) for a, b in pairwise(cut)]
    done = []
    for first, part in zip(cut[:-1], run(_touched_part, parts), strict=True):
        done.append(Touched(part.village + np.int32(first), part.cell, part.share, part.centre))
    return Touched(
        np.concatenate([part.village for part in done]),
        np.concatenate([part.cell for part in done]),
        np.concatenate([part.share for part in done]),
        np.concatenate([part.centre for part in done]),
    )


def _touched_part(part: tuple[npt.NDArray[np.object_], int]) -> Touched:
    found = touched(*part)
    some = found.centre | (found.share > _LEAST)
    return Touched(found.village[some], found.cell[some], np.maximum(found.share[some], _LEAST), found.centre[some])


def _runs(ordered: CellArray) -> tuple[CellArray, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The distinct of ascending cells (U,), where each one's run starts (U,), and the run of every entry."""
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    start = np.flatnonzero(new)
    return ordered[start], start, np.cumsum(new) - 1


def _where(universe: CellArray, cells: CellArray) -> npt.NDArray[np.intp]:
    """Positions of those of `cells` that are in the ascending `universe`."""
    at = np.minimum(np.searchsorted(universe, cells), len(universe) - 1)
    return np.asarray(at[universe[at] == cells], dtype=np.intp)


def _first_of_largest(value: FloatArray, start: npt.NDArray[np.intp], of: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """(U,) for every run the position of its largest value, the first of equals."""
    largest = np.flatnonzero(value == np.maximum.reduceat(value, start)[of])
    return largest[np.searchsorted(largest, start)]


def _best_cells(found: Touched, villages: int) -> npt.NDArray[np.intp]:
    """(V,) the pair of each village's largest share, the smallest cell of equals; -1 where it touches none."""
    best = np.full(villages, -1, np.intp)
    new = np.ones(len(found.village), bool)
    new[1:] = found.village[1:] != found.village[:-1]
    start = np.flatnonzero(new)
    if len(start):
        best[found.village[start]] = _first_of_largest(found.share, start, np.cumsum(new) - 1)
    return best


def _hole_cells(shapes: npt.NDArray[np.object_], others: npt.NDArray[np.object_] | None, resolution: int) -> CellArray:
    """Cells whose centre lies in a hole of the whole area (lakes and digitising gaps that no village claims, mapped or not)."""
    # The union of a valid coverage is found by dropping shared edges; the general one costs many times as much.
    whole = shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)
    rings = [ring for part in shapely.get_parts(whole) for ring in part.interiors]
    if not rings:
        return np.empty(0, np.uint64)
    cells = np.unique(
        cells_of(shapely.to_wkb(shapely.polygons(rings)), resolution, ContainmentMode.ContainsCentroid)[1]
    )
    if others is None or not len(others):
        return cells
    claimed = shapely.STRtree(others).query(shapely.points(*centres(cells)), predicate="intersects")[0]
    return np.delete(cells, np.unique(claimed))


def _nearest_village(cells: CellArray, known: CellArray, owner: IntArray) -> IntArray:
    """Owner of the nearest owned cell for each of `cells`."""
    if not len(cells):
        return np.empty(0, np.int32)
    tree = cKDTree(unit_vectors(*centres(known)), compact_nodes=False, balanced_tree=False)  # built once, asked little
    return np.asarray(owner[tree.query(unit_vectors(*centres(cells)))[1]], dtype=np.int32)
