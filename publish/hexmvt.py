"""Mapbox Vector Tiles of H3 cells, encoded in whole arrays: every cell goes, whole, into every tile it touches; none is dropped.

Letters: N cells, K corners, P pairs of a cell and a tile, T tiles, A attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pmtiles.tile import zxy_to_tileid

from core.cells import CellArray, to_text
from formats.hexagons import outlines
from publish import mercator
from publish import protobuf as pb

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
BUFFER = 16  # units a cell may miss a tile by and still be in it, so that outlines meet
_CHUNK = 40_000  # pairs encoded at once; keeps the memory small
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


@dataclass(frozen=True)
class Hexes:
    """Cells of one resolution ready for any zoom.

    `xy` (N, Kmax, 2) corners in the unit square, clockwise on the screen, the last one repeated; `corners` (N,);
    `numbers` (N, A) non-negative integers, -1 where absent, of the attributes `names`; `kode` (N,) positions in `kodes`, or None.
    """

    cell: CellArray
    xy: mercator.Floats
    corners: Ints
    names: tuple[str, ...]
    numbers: Small
    kode: Ints | None = None
    kodes: tuple[str, ...] = ()


def hexes(cell: CellArray, numbers: Mapping[str, Ints], kode: Sequence[str] | pa.Array | None = None) -> Hexes:
    """Prepare cells with their integer attributes (-1: absent) and, at the base resolution, their village codes."""
    groups = outlines(cell)
    most = max((group.lonlat.shape[1] for group in groups), default=0)
    xy, corners = np.empty((len(cell), most, 2)), np.empty(len(cell), dtype=np.int64)
    for group in groups:
        count = group.lonlat.shape[1]
        # H3 goes anticlockwise with y up; MVT wants the outer ring to have a positive area with y down.
        ring = mercator.unit(group.lonlat)[:, ::-1]
        xy[group.rows, :count], xy[group.rows, count:], corners[group.rows] = ring, ring[:, -1:], count
    matrix = np.empty((len(cell), len(numbers)), dtype=np.int32)
    for i, values in enumerate(numbers.values()):
        matrix[:, i] = values
    if kode is None:
        return Hexes(cell, xy, corners, tuple(numbers), matrix)
    coded = pa.array(kode).dictionary_encode()
    named = coded.dictionary.to_pylist()
    kodes = sorted(named)
    place = {name: i for i, name in enumerate(kodes)}
    position = np.array([place[name] for name in named], dtype=np.int64)[coded.indices.to_numpy()]
    return Hexes(cell, xy, corners, tuple(numbers), matrix, position, tuple(kodes))


def encode(layer: str, zoom: int, what: Hexes) -> Iterator[tuple[int, bytes]]:
    """(PMTiles tile id, tile) in ascending order; the tiles are not compressed."""
    xy = np.rint(what.xy * mercator.units_at(zoom)).astype(np.int32)  # up to zoom 18
    row, tile = _pairs(xy, zoom)
    ids, tiles, rank = _tiles(tile, zoom)
    order = np.lexsort((row, rank))
    row, rank = row[order], rank[order]
    bounds = np.searchsorted(rank, np.arange(len(ids) + 1))
    first = 0
    while first < len(ids):
        last = max(first + 1, int(np.searchsorted(bounds, bounds[first] + _CHUNK, side="right")) - 1)
        part = slice(int(bounds[first]), int(bounds[last]))
        starts = bounds[first : last + 1] - bounds[first]
        corner = tiles[first:last] * pb.EXTENT
        bodies = _bodies(layer, what, xy, row[part], rank[part] - first, corner, starts)
        yield from zip(ids[first:last], bodies, strict=True)
        first = last


def _pairs(xy: Small, zoom: int) -> tuple[Ints, Ints]:
    """Which cells are in which tiles: cell positions (P,) and tiles x, y (P, 2)."""
    edge = (1 << zoom) - 1
    low = np.clip((xy.min(axis=1).astype(np.int64) - BUFFER) // pb.EXTENT, 0, edge)
    high = np.clip((xy.max(axis=1).astype(np.int64) + BUFFER) // pb.EXTENT, 0, edge)
    wide = high - low + 1
    count = wide[:, 0] * wide[:, 1]
    row = np.repeat(np.arange(len(xy)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, low[row] + np.column_stack((nth % wide[row, 0], nth // wide[row, 0]))


def _tiles(tile: Ints, zoom: int) -> tuple[list[int], Ints, Ints]:
    """Tile ids ascending, their x and y (T, 2), and for every pair the position of its tile."""
    key, inverse = np.unique(tile[:, 0] << 32 | tile[:, 1], return_inverse=True)
    xy = np.column_stack((key >> 32, key & 0xFFFFFFFF))
    ids = np.array([zxy_to_tileid(zoom, x, y) for x, y in xy.tolist()], dtype=np.int64)
    order = np.argsort(ids)
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    return ids[order].tolist(), xy[order], position[inverse]


def _bodies(layer: str, what: Hexes, xy: Small, row: Ints, rank: Ints, corner: Ints, starts: Ints) -> list[bytes]:
    """The tiles of one chunk; `starts` (T + 1,) where the pairs of each tile begin."""
    numbers = what.numbers[row]
    number_at, number_values = _number_table(numbers, rank, len(corner))
    first = np.array([len(values) for values in number_values], dtype=np.int64)
    keys, tags = ["cell"], []
    kode_values: list[list[bytes]] = [[] for _ in range(len(corner))]
    if what.kode is not None:
        kode_at, kode_values = _kode_table(what, row, rank, first)
        keys.append("kode")
        tags.append(kode_at)
        first = first + np.array([len(values) for values in kode_values], dtype=np.int64)
    tags.insert(0, first[rank] + np.arange(len(row)) - starts[rank])
    keys += what.names
    tag = np.column_stack([*tags, number_at]) if number_at.size else np.column_stack(tags)
    features, offsets = _features(tag, xy[row] - corner[rank][:, None], what.corners[row])
    cell_values = _cell_values(what.cell[row])
    texts, out = features.tobytes(), []
    for t in range(len(corner)):
        values = b"".join((*number_values[t], *kode_values[t], cell_values[starts[t] : starts[t + 1]].tobytes()))
        out.append(pb.layer(layer, texts[offsets[starts[t]] : offsets[starts[t + 1]]], keys, values))
    return out


def _number_table(numbers: Small, rank: Ints, tiles: int) -> tuple[Ints, list[list[bytes]]]:
    """Positions (P, A) of all numbers in their tile's table (-1: absent), and the tables."""
    top = int(numbers.max(initial=0)) + 2
    present = np.zeros((tiles, top), dtype=bool)
    present[rank[:, None], numbers + 1] = True
    present[:, 0] = False
    at = np.cumsum(present, axis=1) - 1
    at[:, 0] = -1
    encoded = [pb.int_value(value) for value in range(top - 1)]
    return at[rank[:, None], numbers + 1], [
        [encoded[value - 1] for value in np.flatnonzero(line).tolist()] for line in present
    ]


def _kode_table(what: Hexes, row: Ints, rank: Ints, first: Ints) -> tuple[Ints, list[list[bytes]]]:
    """Positions (P,) of the village codes in their tile's table, which begins at `first`, and the tables."""
    assert what.kode is not None
    pair, inverse = np.unique(rank * len(what.kodes) + what.kode[row], return_inverse=True)
    tile, kode = pair // len(what.kodes), pair % len(what.kodes)
    begin = np.searchsorted(tile, np.arange(len(first)))
    tables: list[list[bytes]] = [[] for _ in first]
    for t, k in zip(tile.tolist(), kode.tolist(), strict=True):
        tables[t].append(pb.text_value(what.kodes[k]))
    return first[rank] + inverse - begin[rank], tables


def _cell_values(cell: CellArray) -> npt.NDArray[np.uint8]:
    """The cells' texts as entries of the table of values (P, 19): each is its own."""
    digit = (cell[:, None] >> np.arange(56, -1, -4).astype(np.uint64)) & np.uint64(15)
    head = np.frombuffer(pb.text_value(to_text(1 << 59))[:4], dtype=np.uint8)
    return np.concatenate((np.broadcast_to(head, (len(cell), 4)), _HEX[digit]), axis=1)


def _features(tag: Ints, xy: Ints, corners: Ints) -> tuple[npt.NDArray[np.uint8], Ints]:
    """All features as bytes, and where each begins (P + 1,): `tag` (P, keys), `xy` (P, Kmax, 2) in the tile's own units."""
    many, most = len(tag), xy.shape[1]
    step = pb.zigzag(np.diff(xy, axis=1, prepend=0)).reshape(many, 2 * most)
    pairs = np.stack((np.broadcast_to(np.arange(tag.shape[1]), tag.shape), tag), axis=2).reshape(many, -1)
    constant = np.ones((many, 1), dtype=np.int64)
    line = pb.command(pb.LINE_TO, corners[:, None] - 1)
    geometry = np.concatenate(
        (constant * pb.command(pb.MOVE_TO, 1), step[:, :2], line, step[:, 2:], constant * pb.command(pb.CLOSE_PATH, 1)),
        axis=1,
    )
    used = np.ones(geometry.shape, dtype=bool)
    used[:, 4:-1] = np.arange(2 * most - 2) < 2 * (corners[:, None] - 1)
    has = np.repeat(tag >= 0, 2, axis=1)
    pairs_size = np.where(has, pb.sizes(pairs), 0).sum(axis=1, keepdims=True)
    geometry_size = np.where(used, pb.sizes(geometry), 0).sum(axis=1, keepdims=True)
    size = pairs_size + geometry_size + 4 + pb.sizes(pairs_size) + pb.sizes(geometry_size)
    tokens = np.concatenate(
        (
            *(constant * 0x12, size, constant * 0x12, pairs_size, pairs),
            *(constant * 0x18, constant * pb.POLYGON, constant * 0x22, geometry_size, geometry),
        ),
        axis=1,
    )
    four = np.ones((many, 4), dtype=bool)
    keep = np.concatenate((four, has, four, used), axis=1)
    ends = np.cumsum(size + 1 + pb.sizes(size))
    return pb.pack(tokens[keep]), np.concatenate((np.zeros(1, dtype=np.int64), ends))


def bounds(cell: CellArray) -> tuple[float, float, float, float]:
    """West, south, east, north of the cells' outlines, degrees."""
    corners = np.concatenate([group.lonlat.reshape(-1, 2) for group in outlines(cell)])
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return west, south, east, north
