"""risk.tif and risk.pmtiles: the score of the cell under every pixel's centre, for GIS programs and for maps that want pictures."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import rasterio
from h3ronpy import vector
from pmtiles.tile import zxy_to_tileid
from rasterio.transform import Affine
from rasterio.windows import Window

from core.cells import resolution
from core.crs import LONLAT
from core.palette import CLASS_COLOURS, HATCH_COLOUR
from formats.hexagons import outlines
from publish import archive, mercator

NODATA = -9999.0  # outside the mapped area, and where there is no score: not monitored is not zero
# Pixel size in degrees by H3 resolution: about half the edge of a cell.
STEP = {4: 0.12, 5: 0.05, 6: 0.02, 7: 0.0075, 8: 0.0025, 9: 0.001, 10: 0.0004}
ZOOMS = range(5, 11)
PICTURE = 256  # pixels of a picture tile
_BLOCK = 64  # pixels; blocks with no cell near are not looked at
_STRIP = 512
_OUTSIDE, _HATCH = 0, 7  # palette positions; 1 + class lies between


@dataclass(frozen=True)
class Surface:
    """A grid of pixels in EPSG:4326, the first one at `west`, `north` (its corner): `row` int32 (H, W) of the cell table, -1 outside."""

    west: float
    north: float
    step: float
    row: npt.NDArray[np.int32]


def surface(cells: pa.Table) -> Surface:
    """Look up the cell under every pixel's centre; `cells` sorted by `cell`, of one resolution."""
    cell = cells["cell"].to_numpy().astype(np.uint64, copy=False)
    res = int(resolution(cell[:1])[0])
    step = STEP[res]
    box = np.empty((len(cell), 4))
    for group in outlines(cell):
        box[group.rows, :2], box[group.rows, 2:] = group.lonlat.min(axis=1), group.lonlat.max(axis=1)
    # The corner is a whole number of blocks, so the same place has the same pixels in every snapshot.
    size = step * _BLOCK
    left, top = math.floor(box[:, 0].min() / size), math.ceil(box[:, 3].max() / size)
    wide, high = math.ceil(box[:, 2].max() / size) - left, top - math.floor(box[:, 1].min() / size)
    west, north = left * size, top * size
    near = np.zeros((high, wide), dtype=bool)
    for y in (box[:, 1], box[:, 3]):  # a cell is smaller than a block: its corners tell every block it touches
        for x in (box[:, 0], box[:, 2]):
            near[
                ((north - y) / size).astype(int).clip(0, high - 1), ((x - west) / size).astype(int).clip(0, wide - 1)
            ] = True
    row = np.full((high * _BLOCK, wide * _BLOCK), -1, dtype=np.int32)
    for i in range(high):
        columns = np.flatnonzero(np.repeat(near[i], _BLOCK))
        if not columns.size:
            continue
        lines = np.arange(i * _BLOCK, (i + 1) * _BLOCK)
        lon, lat = np.meshgrid(west + (columns + 0.5) * step, north - (lines + 0.5) * step)
        found = np.asarray(vector.coordinates_to_cells(lat.ravel(), lon.ravel(), res), dtype=np.uint64)
        at = np.searchsorted(cell, found).clip(0, len(cell) - 1)
        row[i * _BLOCK : (i + 1) * _BLOCK, columns] = np.where(cell[at] == found, at, -1).reshape(_BLOCK, -1)
    return Surface(west, north, step, row)


def write_cog(
    path: Path, cells: pa.Table, ground: Surface | None = None, tags: Mapping[str, str] | None = None
) -> None:
    """Write the scores as a Cloud Optimised GeoTIFF: float32, EPSG:4326, nodata -9999 outside and where there is no score.

    Overviews take the nearest pixel: scores are never averaged. `ground` may be passed when it is known already.
    """
    ground = ground or surface(cells)
    score = np.asarray(cells["score"].cast(pa.float32()).to_numpy(), dtype=np.float32)
    known = np.append(np.where(np.isnan(score), np.float32(NODATA), score), np.float32(NODATA))
    high, wide = ground.row.shape
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=wide,
        height=high,
        count=1,
        dtype="float32",
        crs=LONLAT,
        transform=Affine(ground.step, 0.0, ground.west, 0.0, -ground.step, ground.north),
        nodata=NODATA,
        compress="DEFLATE",
        predictor="NO",
        level=9,
        blocksize=256,
        overview_resampling="NEAREST",
        num_threads=1,
    ) as out:
        for line in range(0, high, _STRIP):  # by strips: the scores of all pixels at once are not needed
            part = known[ground.row[line : line + _STRIP]]
            out.write(part, 1, window=Window(0, line, wide, len(part)))
        out.set_band_description(1, "score")
        out.update_tags(**{"LAYER": "petarawan risk index", "UNIT": "0..100", **(tags or {})})


def write_png(path: Path, cells: pa.Table, ground: Surface | None = None) -> None:
    """Write the classes as palette PNG tiles of zooms 5 to 10: transparent outside, class 0 hatched so that it does not look low."""
    ground = ground or surface(cells)
    high, wide = ground.row.shape
    colour = np.append(cells["class"].to_numpy().astype(np.uint8) + 1, np.uint8(_OUTSIDE))
    framed = np.full((high + 2, wide + 2), _OUTSIDE, dtype=np.uint8)  # the rim catches all that lies beyond
    framed[1:-1, 1:-1] = colour[ground.row]
    bounds = (ground.west, ground.north - high * ground.step, ground.west + wide * ground.step, ground.north)
    metadata: dict[str, object] = {"name": "risk", "format": "png", "type": "overlay"}
    archive.write(path, _pictures(ground, framed, bounds), bounds, metadata, png=True)


def _pictures(ground: Surface, framed: npt.NDArray[np.uint8], bounds: archive.Bounds) -> Iterator[tuple[int, bytes]]:
    west, south, east, north = bounds
    low, high = mercator.unit(np.array([west, north])), mercator.unit(np.array([east, south]))
    tall, wide = ground.row.shape
    pixel = np.arange(PICTURE)
    hatch = (pixel[:, None] + pixel) % 8 < 2
    for zoom in ZOOMS:
        many = 1 << zoom
        tiles = [
            (zxy_to_tileid(zoom, x, y), x, y)
            for x in range(int(low[0] * many), int(high[0] * many) + 1)
            for y in range(int(low[1] * many), int(high[1] * many) + 1)
        ]
        for tile_id, x, y in sorted(tiles):
            lon, lat = mercator.degrees((x + (pixel + 0.5) / PICTURE) / many, (y + (pixel + 0.5) / PICTURE) / many)
            column = np.floor((lon - ground.west) / ground.step).astype(np.int64).clip(-1, wide) + 1
            line = np.floor((ground.north - lat) / ground.step).astype(np.int64).clip(-1, tall) + 1
            picture = framed[line[:, None], column]
            if picture.any():
                yield tile_id, _png(np.where((picture == 1) & hatch, np.uint8(_HATCH), picture))


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    """A palette PNG of 4 bits a pixel; position 0 is transparent (W3C PNG, third edition)."""
    high, wide = picture.shape
    colours = bytes(3) + b"".join(bytes.fromhex(colour[1:]) for colour in (*CLASS_COLOURS, HATCH_COLOUR))
    rows = np.zeros((high, 1 + wide // 2), dtype=np.uint8)
    rows[:, 1:] = picture[:, ::2] << 4 | picture[:, 1::2]
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", wide, high, 4, 3, 0, 0, 0)),
        (b"PLTE", colours),
        (b"tRNS", b"\x00"),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
