"""People and night lights onto the grid, from rasters or from H3 cells: sums are conserved, no data is never 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from core.cells import parents
from core.crs import EARTH_KM
from geo.grid import FloatArray, Grid, cells_at
from geo.layer import CellPeople, Layer

_PIECES_AT_ONCE = 4_000_000
_KNOWN_SHARE = 0.5
_FINE, _COARSE = 4.0, 2.0  # pieces of a pixel to a cell's edge: for sums, which must add up at borders, and for means
COVER_RESOLUTION = 4  # about 1,770 km2: where a list of inhabited cells has one, it covers all of that
_CHILDREN = 7  # of every hexagon; the twelve pentagons, which have six, lie in the sea


def people(layer: Layer, grid: Grid) -> FloatArray:
    """(N,) people per cell of a population layer, NaN where it does not know; raises ValueError for a layer of rows."""
    if layer.raster is not None:
        return cell_sums(layer.raster, grid)
    if layer.cells is not None:
        return cell_people(layer.cells, grid)
    raise ValueError(f"{layer.info.name} is no population")


def cell_people(given: CellPeople, grid: Grid) -> FloatArray:
    """(N,) the given people on the grid: finer cells are summed into their parent, a coarser cell gives each child an equal share.

    NaN where the file has no number for the cell (or for half of its children and more), and outside what it covers. The lists this is
    for (Kontur) leave uninhabited cells out: a cell that is not named has nobody, as long as an inhabited one lies in the same
    ancestor of resolution 4; farther off nothing is known.
    """
    res = given.resolution
    found = np.full(grid.size, np.nan)
    coarse = min(res, COVER_RESOLUTION, grid.resolution)
    cover = np.unique(parents(given.cell, coarse))
    found[np.isin(parents(grid.cell, coarse), cover)] = 0.0
    if res <= grid.resolution:
        parent = parents(grid.cell, res)
        at = np.minimum(np.searchsorted(given.cell, parent), len(given.cell) - 1)
        named = given.cell[at] == parent
        found[named] = given.people[at[named]] / _CHILDREN ** (grid.resolution - res)
        return found
    parent = parents(given.cell, grid.resolution)
    at = np.minimum(np.searchsorted(grid.cell, parent), grid.size - 1)
    inside = grid.cell[at] == parent
    known = np.isfinite(given.people)
    heads = np.bincount(at[inside], np.nan_to_num(given.people)[inside], grid.size)
    silent = np.bincount(at[inside & ~known], minlength=grid.size)
    unknown = silent >= (1 - _KNOWN_SHARE) * _CHILDREN ** (res - grid.resolution)
    return np.where(unknown, np.nan, np.where(np.isfinite(found), heads, np.nan))


def cell_sums(path: Path, grid: Grid) -> FloatArray:
    """(N,) sum of the raster's band 1 over each cell, NaN where pixels with data cover less than half of its mapped part.

    A pixel gives its value to the cell under its centre; pixels too big for that are cut into k x k equal pieces, each a quarter of a
    cell's edge at most, so that the total over all cells is the raster's total inside the grid. The raster is in lon/lat, north up, as
    geo.sources.geotiff lets it in.
    """
    sums, seen_km2 = np.zeros(grid.size), np.zeros(grid.size)
    for part in _parts(path, grid, least=0.0, fine=_FINE):
        sums += np.bincount(part.cell, part.value / part.pieces, grid.size)
        seen_km2 += np.bincount(part.cell, part.km2, grid.size)
    return np.where(seen_km2 >= _KNOWN_SHARE * grid.inside_km2, sums, np.nan)


def cell_light(paths: Sequence[Path], grid: Grid) -> FloatArray:
    """(N,) mean radiance of each cell by area over all tiles, NaN where pixels with data cover less than half of its mapped part.

    What is below 0 is the sensor's noise and counts as dark. Where tiles overlap the pixels of both
    count, and the mean leans to them. Cut as in `cell_sums`, half as fine.
    """
    light, seen_km2 = np.zeros(grid.size), np.zeros(grid.size)
    for path in paths:
        for part in _parts(path, grid, least=-np.inf, fine=_COARSE):
            light += np.bincount(part.cell, np.maximum(part.value, 0.0) * part.km2, grid.size)
            seen_km2 += np.bincount(part.cell, part.km2, grid.size)
    known = (seen_km2 >= _KNOWN_SHARE * grid.inside_km2) & (seen_km2 > 0)
    return np.where(known, light / np.where(known, seen_km2, 1.0), np.nan)


def is_whole(path: Path) -> bool:
    """Whether the raster holds whole numbers, as the old DMSP lights (0 to 63) do and VIIRS radiance does not."""
    with rasterio.open(path) as source:
        return bool(np.issubdtype(source.dtypes[0], np.integer))


@dataclass(frozen=True)
class _Part:
    """Pieces of pixels with data, M of them: the cell each lies in, the pixel's value, how many pieces it has, their km2."""

    cell: npt.NDArray[np.int64]
    value: FloatArray
    pieces: int
    km2: FloatArray


def _parts(path: Path, grid: Grid, *, least: float, fine: float) -> Iterator[_Part]:
    """The raster in strips of rows; pixels without data or below `least` are left out, `fine` is as in `_pieces`."""
    with rasterio.open(path) as source:
        k = _pieces(source.res, grid, fine)
        window = _window(source, grid)
        step = (np.arange(k) + 0.5) / k
        rows_at_once = max(1, _PIECES_AT_ONCE // max(1, int(window.width) * k * k))
        for top in range(int(window.row_off), int(window.row_off + window.height), rows_at_once):
            height = min(rows_at_once, int(window.row_off + window.height) - top)
            band = source.read(1, window=Window(window.col_off, top, window.width, height), masked=True)
            data = np.ma.filled(band.astype(np.float64), np.nan)
            row, col = np.nonzero(np.isfinite(data) & (data >= least))
            # (pixels with data, k, k) pieces: rows then columns of the raster
            piece_row = np.broadcast_to((top + row)[:, None, None] + step[:, None], (len(row), k, k)).ravel()
            piece_col = np.broadcast_to((window.col_off + col)[:, None, None] + step, (len(row), k, k)).ravel()
            lon, lat = (np.asarray(axis, dtype=np.float64) for axis in source.transform @ (piece_col, piece_row))
            cells = cells_at(lon, lat, grid.resolution)
            at = np.minimum(np.searchsorted(grid.cell, cells), grid.size - 1)
            inside = grid.cell[at] == cells
            value = np.repeat(data[row, col], k * k)
            km2 = _pixel_km2(source.res, lat) / (k * k)
            yield _Part(at[inside], value[inside], k * k, km2[inside])


def _pixel_km2(res: tuple[float, float], lat: FloatArray) -> FloatArray:
    """(M,) area of the pixel at each latitude."""
    return np.asarray(res[0] * res[1] * (EARTH_KM * np.pi / 180.0) ** 2 * np.cos(np.radians(lat)), dtype=np.float64)


def _pieces(res: tuple[float, float], grid: Grid, fine: float) -> int:
    """Into how many pieces a side of a pixel is cut, so that a piece is at most 1/fine of a cell's edge."""
    pixel_km = max(res) * 111.2
    edge_km = float(np.sqrt(grid.cell_km2.mean() / 2.598))  # a hexagon's area is 2.598 edge^2
    return min(64, max(1, int(np.ceil(pixel_km / (edge_km / fine)))))


def _window(source: rasterio.DatasetReader, grid: Grid) -> Window:
    """The part of the raster that can touch the grid."""
    pad = 0.1
    box = (grid.lon.min() - pad, grid.lat.max() + pad, grid.lon.max() + pad, grid.lat.min() - pad)
    (left, top), (right, bottom) = ~source.transform @ box[:2], ~source.transform @ box[2:]
    col, row = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
    width = min(source.width, int(np.ceil(right))) - col
    height = min(source.height, int(np.ceil(bottom))) - row
    return Window(col, row, max(0, width), max(0, height))
