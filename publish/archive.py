"""PMTiles v3 archives through the pmtiles library: tiles in ascending order, gzip without a clock, the same bytes every time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer

Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees


def gzipped(data: bytes) -> bytes:
    """gzip with no name and no time."""
    return zlib.compress(data, 6, wbits=31)


def write(
    path: Path, tiles: Iterable[tuple[int, bytes]], bounds: Bounds, metadata: dict[str, object], *, png: bool = False
) -> None:
    """Write `tiles` (tile id ascending, bytes: MVT not yet compressed, or PNG); a generator is consumed tile by tile.

    An archive of no tile at all cannot be: raises ValueError.
    """
    west, south, east, north = bounds
    with path.open("wb") as handle:
        make: Any = Writer  # the library ships half-typed
        writer = make(handle)
        for tile_id, data in tiles:
            writer.write_tile(tile_id, data if png else gzipped(data))
        if not writer.tile_entries:
            raise ValueError("no tiles")
        writer.finalize(
            {
                "tile_type": TileType.PNG if png else TileType.MVT,
                "tile_compression": Compression.NONE if png else Compression.GZIP,
                "min_lon_e7": round(west * 1e7),
                "min_lat_e7": round(south * 1e7),
                "max_lon_e7": round(east * 1e7),
                "max_lat_e7": round(north * 1e7),
                "center_lon_e7": round((west + east) / 2 * 1e7),
                "center_lat_e7": round((south + north) / 2 * 1e7),
            },
            metadata,
        )
