"""A PMTiles archive as a dictionary of slices: its directory is expanded once, a tile is then one lookup and one slice.

(Measured in SERVING: 20 times the speed of pmtiles.Reader.get, which reads the directory anew for every tile.)
"""

from __future__ import annotations

import gzip
import mmap
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pmtiles.tile import (
    Compression,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    tileid_to_zxy,
)

from core.errors import Place, SnapshotError

_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    OverflowError,
    IndexError,
    zlib.error,
    MagicNumberNotFound,
    SpecVersionUnsupported,
)
MEDIA = {TileType.MVT: ("mvt", "application/vnd.mapbox-vector-tile"), TileType.PNG: ("png", "image/png")}


@dataclass(frozen=True)
class TileArchive:
    """`tiles` maps 'z/x/y' to (offset, length) in `data`, the mapped file; `bounds` is west, south, east, north."""

    data: mmap.mmap
    tiles: dict[str, tuple[int, int]]
    extension: str
    media: str
    gzipped: bool
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    metadata: dict[str, Any]

    def tile(self, name: str) -> bytes | None:
        """The stored bytes of 'z/x/y', or None for a tile with nothing in it."""
        entry = self.tiles.get(name)
        return None if entry is None else self.data[entry[0] : entry[0] + entry[1]]


def open_archive(path: Path) -> TileArchive:
    """The archive in a file; raises SnapshotError E_SNAPSHOT_BROKEN when it is no PMTiles 3 archive of mvt or png."""
    try:
        with path.open("rb") as handle:
            data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        header = deserialize_header(data[:127])
        extension, media = MEDIA[header["tile_type"]]
        tiles: dict[str, tuple[int, int]] = {}
        waiting = [(header["root_offset"], header["root_length"])]
        while waiting:
            start, length = waiting.pop()
            for entry in deserialize_directory(data[start : start + length]):
                if entry.run_length == 0:
                    waiting.append((header["leaf_directory_offset"] + entry.offset, entry.length))
                place = (header["tile_data_offset"] + entry.offset, entry.length)
                for tile_id in range(entry.tile_id, entry.tile_id + entry.run_length):
                    z, x, y = tileid_to_zxy(tile_id)
                    tiles[f"{z}/{x}/{y}"] = place
        start, length = header["metadata_offset"], header["metadata_length"]
        raw = data[start : start + length]
        metadata = orjson.loads(gzip.decompress(raw) if header["internal_compression"] is Compression.GZIP else raw)
    except _UNREADABLE as error:
        raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=str(path)), detail=str(error)) from error
    return TileArchive(
        data=data,
        tiles=tiles,
        extension=extension,
        media=media,
        gzipped=header["tile_compression"] is Compression.GZIP,
        min_zoom=header["min_zoom"],
        max_zoom=header["max_zoom"],
        bounds=tuple(header[f"{side}_e7"] / 1e7 for side in ("min_lon", "min_lat", "max_lon", "max_lat")),  # type: ignore[literal-required]
        metadata=metadata,
    )
