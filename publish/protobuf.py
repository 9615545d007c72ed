"""The few pieces of protobuf that a Mapbox Vector Tile 2.1 needs, whole arrays at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

EXTENT = 4096
POINT, LINE, POLYGON = 1, 2, 3
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
_MAX_BYTES = 5  # a uint32


def zigzag(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Signed to unsigned: 0 -1 1 -2 to 0 1 2 3."""
    return (values << 1) ^ (values >> 63)


Count = TypeVar("Count", int, npt.NDArray[np.int64])


def command(name: int, count: Count) -> Count:
    """Geometry command integers of one command, one for each count."""
    return name | count << 3


def sizes(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bytes each value takes as a varint; values below 2^35."""
    size = np.ones(values.shape, dtype=np.int64)
    for n in range(1, _MAX_BYTES):
        size += values >= 1 << (7 * n)
    return size


def pack(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The varints of all values (M,), one after the other."""
    size = sizes(values)
    end = np.cumsum(size)
    out = np.empty(int(end[-1]) if end.size else 0, dtype=np.uint8)
    start, rest, todo = end - size, values, size
    while start.size:
        out[start] = (rest & 0x7F) | (np.int64(0x80) * (todo > 1))
        more = todo > 1
        start, rest, todo = start[more] + 1, rest[more] >> 7, todo[more] - 1
    return out


def varint(value: int) -> bytes:
    """One varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def block(tag: int, body: bytes) -> bytes:
    """A length-delimited field; `tag` is the whole key byte."""
    return bytes([tag]) + varint(len(body)) + body


def text_value(text: str) -> bytes:
    """A string in a layer's table of values."""
    return block(0x22, block(0x0A, text.encode()))


def int_value(value: int) -> bytes:
    """An unsigned integer in a layer's table of values."""
    return block(0x22, b"\x28" + varint(value))


def layer(name: str, features: bytes, keys: Sequence[str], values: bytes) -> bytes:
    """One layer of a tile: version 2, extent 4096; `features` and `values` are already fields."""
    body = b"".join(
        (
            b"\x78\x02",
            block(0x0A, name.encode()),
            features,
            b"".join(block(0x1A, key.encode()) for key in keys),
            values,
            b"\x28" + varint(EXTENT),
        )
    )
    return block(0x1A, body)
