"""The parts of one shapefile held against each other before GDAL sees them: lengths and counts of .shp, .shx and .dbf.

GDAL reads a cut .shp beside a whole .shx as rows without geometry and says nothing. Formats: ESRI Shapefile Technical Description (1998),
dBASE III header.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.errors import InputError

BoolArray = npt.NDArray[np.bool_]
NEEDED = ("shp", "shx", "dbf")
PARTS = (*NEEDED, "prj", "cpg")
_MAGIC = 9994
_HEAD = 100  # bytes, of .shp and .shx


def check(layer: str, parts: Mapping[str, Path]) -> BoolArray:
    """Which rows have a shape drawn, in order, rows marked as deleted left out; bool (rows,).

    Raises InputError E_SHAPE_PART, E_SHAPE_BROKEN, E_SHAPE_CUT or E_SHAPE_COUNT.
    """
    missing = [f".{part}" for part in NEEDED if part not in parts]
    if missing:
        raise InputError("E_SHAPE_PART", layer=layer, missing=", ".join(missing))
    shp = _length(layer, parts["shp"], ".shp")
    shx = (_length(layer, parts["shx"], ".shx") - _HEAD) // 8
    kept = _dbf(layer, parts["dbf"])
    kinds = _kinds(parts, shp, shx)
    if not len(kinds) == shx == len(kept):
        raise InputError("E_SHAPE_COUNT", layer=layer, shp=len(kinds), shx=shx, dbf=len(kept))
    return np.asarray(kinds[kept] != 0)


def _length(layer: str, path: Path, part: str) -> int:
    """The length a .shp or .shx says of itself, when it has it."""
    found = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if len(head) < _HEAD or struct.unpack(">i", head[:4])[0] != _MAGIC:
        raise InputError("E_SHAPE_BROKEN", layer=layer, part=part)
    expected = 2 * struct.unpack(">I", head[24:28])[0]
    if expected < _HEAD:
        raise InputError("E_SHAPE_BROKEN", layer=layer, part=part)
    if found < expected:
        raise InputError("E_SHAPE_CUT", layer=layer, part=part, expected=expected, found=found)
    return int(expected)


def _dbf(layer: str, path: Path) -> BoolArray:
    """Which rows are not marked as deleted, of a .dbf that has them all."""
    found = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(32)
    if len(head) < 32:
        raise InputError("E_SHAPE_BROKEN", layer=layer, part=".dbf")
    rows, start, width = struct.unpack("<IHH", head[4:12])
    if start < 33 or width < 1:
        raise InputError("E_SHAPE_BROKEN", layer=layer, part=".dbf")
    expected = start + rows * width
    if found < expected:
        raise InputError("E_SHAPE_CUT", layer=layer, part=".dbf", expected=expected, found=found)
    if not rows:
        return np.zeros(0, dtype=bool)
    flags = np.memmap(path, dtype=np.uint8, mode="r", offset=start, shape=(rows, width))[:, 0]
    return np.asarray(flags != ord("*"))


def _kinds(parts: Mapping[str, Path], length: int, count: int) -> npt.NDArray[np.int64]:
    """The kind of shape of each record of the .shp that the .shx finds where it should be: its number, its length, the kind of the file.

    Fewer than `count` where one is not there, or is of another kind; 0 is a row without shape.
    """
    index = np.fromfile(parts["shx"], dtype=">i4", count=2 * count, offset=_HEAD).astype(np.int64).reshape(-1, 2) * 2
    data = np.memmap(parts["shp"], dtype=np.uint8, mode="r")
    start, size = index[:, 0], index[:, 1]
    inside = (start >= _HEAD) & (size >= 4) & (start + 8 + size <= length)
    at = start[inside][:, None] + np.arange(12)
    heads = np.ascontiguousarray(data[at])
    numbers = heads[:, :8].copy().view(">i4").astype(np.int64)
    kinds = heads[:, 8:].copy().view("<i4")[:, 0].astype(np.int64)
    kind = int(data[32:36].copy().view("<i4")[0])
    right = (numbers[:, 0] == np.flatnonzero(inside) + 1) & (numbers[:, 1] * 2 == size[inside])
    return np.asarray(kinds[right & ((kinds == kind) | (kinds == 0))])
