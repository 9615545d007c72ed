"""Vector tiles of areas: polygons, borders drawn once, and label points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from pmtiles.tile import zxy_to_tileid

from publish import areashapes, clip, mercator
from publish import protobuf as pb
from publish.clip import Ints, Parts

LAST_ZOOM = 12


@dataclass(frozen=True)
class Areas:
    """The area table ready for any zoom: `tags` and `label_tags` give each area's attributes as (key position, encoded value)."""

    tree: areashapes.Tree
    keys: tuple[str, ...]
    tags: tuple[tuple[tuple[int, bytes], ...], ...]
    bounds: tuple[float, float, float, float]


LABEL_KEYS = ("kode", "name", "level", "class")


def prepare(areas: pa.Table, numbers: Mapping[str, Ints], outside: Sequence[str]) -> Areas:
    """Project the areas and encode their attributes once; `numbers` are (A,) integers, -1 where unknown."""
    kode, name, level = (areas[column].to_pylist() for column in ("kode", "name", "level"))
    shape = shapely.from_wkb(areas["geometry"].to_numpy())
    label = np.column_stack((areas["label_lon"].to_numpy(), areas["label_lat"].to_numpy()))
    keys = (*LABEL_KEYS[:3], *numbers)
    columns = [(3 + i, values.tolist()) for i, values in enumerate(numbers.values())]
    tags = []
    for i in range(len(kode)):
        own = [(0, pb.text_value(kode[i])), (1, pb.text_value(name[i])), (2, pb.int_value(level[i]))]
        own += [(key, pb.int_value(values[i])) for key, values in columns if values[i] >= 0]
        tags.append(tuple(own))
    west, south, east, north = shapely.total_bounds(shape).tolist()
    return Areas(areashapes.tree(kode, shape, label, outside), keys, tuple(tags), (west, south, east, north))


def encode(zoom: int, what: Areas) -> Iterator[tuple[int, bytes]]:
    """(PMTiles tile id, tile) in ascending order; the tiles are not compressed."""
    rings, fine = areashapes.polygons(what.tree, zoom, LAST_ZOOM)
    cut = _whole(clip.rings_to_tiles(rings, zoom))
    lines = clip.lines_to_tiles(areashapes.borders(fine, what.tree), zoom)
    levels = [((0, pb.int_value(level)),) for level in range(5)]
    layers = {
        "areas": _layer("areas", what.keys, cut, pb.POLYGON, what.tags),
        "borders": _layer("borders", ("level",), lines, pb.LINE, levels),
        "labels": _layer(
            "labels", LABEL_KEYS, _labels(what, zoom), pb.POINT, [tags[: len(LABEL_KEYS)] for tags in what.tags]
        ),
    }
    tiles = sorted({(zxy_to_tileid(zoom, x, y), (x, y)) for layer in layers.values() for x, y in layer})
    for tile_id, tile in tiles:
        yield tile_id, b"".join(layer[tile] for layer in layers.values() if tile in layer)


def _whole(rings: Parts) -> Parts:
    """Rings in whole units; what rounding or cutting has emptied or turned over is gone."""
    outer = clip.ring_areas(rings) > 0
    rounded = Parts(np.rint(rings.xy), rings.starts, np.where(outer, rings.owner, ~rings.owner), rings.tile)
    rounded = clip.distinct(rounded, closed=True)
    area = clip.ring_areas(rounded)
    rounded = rounded.take((area != 0) & ((area > 0) == (rounded.owner >= 0)))
    owner = np.where(rounded.owner >= 0, rounded.owner, ~rounded.owner)
    return Parts(rounded.xy, rounded.starts, owner, rounded.tile)


def _labels(what: Areas, zoom: int) -> Parts:
    tree = what.tree
    rows = np.flatnonzero((tree.level >= areashapes.FIRST_LEVEL) & (tree.level <= areashapes.finest(zoom)))
    xy = np.rint(tree.label[rows] * mercator.units_at(zoom))
    return Parts(xy, np.arange(len(rows) + 1), rows, (xy // pb.EXTENT).astype(np.int64))


def _layer(
    name: str, keys: Sequence[str], parts: Parts, kind: int, tags: Sequence[Sequence[tuple[int, bytes]]]
) -> dict[tuple[int, int], bytes]:
    """One layer of every tile: the parts of one owner in one tile are one feature."""
    order = np.lexsort((np.arange(len(parts.owner)), parts.owner, parts.tile[:, 1], parts.tile[:, 0]))
    parts = _ordered(parts, order)
    same = np.zeros(len(parts.owner), dtype=bool)
    same[1:] = (parts.owner[1:] == parts.owner[:-1]) & (parts.tile[1:] == parts.tile[:-1]).all(axis=1)
    first = np.flatnonzero(~same)
    geometry, ends = _geometry(parts, first, kind)
    owners, tiles = parts.owner[first].tolist(), parts.tile[first].tolist()
    out: dict[tuple[int, int], bytes] = {}
    features: list[bytes] = []
    table: dict[bytes, int] = {}
    for i, owner in enumerate(owners):
        packed = b"".join(pb.varint(key) + pb.varint(table.setdefault(value, len(table))) for key, value in tags[owner])
        body = pb.block(0x12, packed) + bytes((0x18, kind)) + pb.block(0x22, geometry[ends[i] : ends[i + 1]])
        features.append(pb.block(0x12, body))
        if i + 1 == len(owners) or tiles[i + 1] != tiles[i]:
            x, y = tiles[i]
            out[x, y] = pb.layer(name, b"".join(features), keys, b"".join(table))
            features, table = [], {}
    return out


def _ordered(parts: Parts, order: Ints) -> Parts:
    size = np.diff(parts.starts)[order]
    starts = clip.offsets(size)
    vertex = np.arange(starts[-1]) - np.repeat(starts[:-1], size) + np.repeat(parts.starts[:-1][order], size)
    return Parts(parts.xy[vertex], starts, parts.owner[order], parts.tile[order])


def _geometry(parts: Parts, first: Ints, kind: int) -> tuple[bytes, list[int]]:
    """The command integers of every feature as varints, and where each feature begins."""
    size = np.diff(parts.starts)
    local = (parts.xy - np.repeat(parts.tile, size, axis=0) * pb.EXTENT).astype(np.int64)
    step = local.copy()
    step[1:] -= local[:-1]
    heads = parts.starts[:-1][first]
    step[heads] = local[heads]
    # MoveTo(1) x y | LineTo(n - 1) x y ... | ClosePath: 2n numbers and 1, 2 or 3 commands.
    commands = {pb.POINT: 1, pb.LINE: 2, pb.POLYGON: 3}[kind]
    begin = clip.offsets(2 * size + commands)
    tokens = np.full(int(begin[-1]), pb.command(pb.MOVE_TO, 1), dtype=np.int64)
    nth = np.arange(len(local)) - np.repeat(parts.starts[:-1], size)
    at = np.repeat(begin[:-1], size) + 1 + 2 * nth + (nth > 0)
    coded = pb.zigzag(step)
    tokens[at], tokens[at + 1] = coded[:, 0], coded[:, 1]
    if kind != pb.POINT:
        tokens[begin[:-1] + 3] = pb.command(pb.LINE_TO, size - 1)
    if kind == pb.POLYGON:
        tokens[begin[1:] - 1] = pb.command(pb.CLOSE_PATH, 1)
    ends = np.append(clip.offsets(pb.sizes(tokens))[begin[:-1][first]], pb.sizes(tokens).sum())
    return pb.pack(tokens).tobytes(), ends.tolist()
