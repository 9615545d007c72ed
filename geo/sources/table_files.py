"""Any file people keep a table in, as grids: delimited text is walked from the disk, a workbook is whole in memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO, cast

from core.errors import InputError, Place, reason
from core.settings import Source
from geo.sources import delimited, point_files
from geo.sources.content import regular
from geo.sources.forms import form_of, refuse_foreign
from geo.sources.sheets import MAX_FILE, MAX_INFLATED, Grid, read_grids, read_head

_GZIP = b"\x1f\x8b"


def open_grids(path: Path, source: Source | None = None) -> list[Grid]:
    """Every table of a file, by its content: plain or gzipped CSV, xlsx, xls, ods; of a map file the one layer, or the `sheet` named.

    The rows of a CSV may be walked again and again and take no memory; walking them raises what `delimited.Walk` raises. A map file's
    points come in degrees, by the source's `crs` where it names one.
    Raises InputError as `forms.refuse_foreign`, `sheets.read_grids`, `delimited.walk` and `vectors.read_features` do.
    """
    head = read_head(path, 4096)
    if head.startswith(_GZIP):
        return [_text(path, _unpacked(path))]
    if source is not None and is_map(path):
        layer = source.sheet if form_of(path, head) != "json" else None
        return [point_files.grid_of(path, crs=source.crs, layer=layer, areas=source.kind == "sites")]
    if refuse_foreign(path, head, of="table") != "text":
        return read_grids(path)
    regular(path, MAX_FILE)
    return [_text(path, lambda: path.open("rb"))]


def is_map(path: Path) -> bool:
    """Whether a file holds shapes: GeoJSON, GeoPackage, a zipped shapefile or geodatabase; raises as `sheets.read_head`."""
    return form_of(path, read_head(path, 4096)) in point_files.FORMS


def _text(path: Path, opener: Callable[[], IO[bytes]]) -> Grid:
    try:
        table = delimited.walk(opener, path.name)
    except OSError as error:
        raise InputError("E_UNREADABLE", place=Place(file=path.name), detail=reason(error)) from error
    return Grid(path.name, None, table.rows, delimited=True, warnings=table.warnings)


def _unpacked(path: Path) -> Callable[[], IO[bytes]]:
    """Opens a gzipped table; raises InputError E_NOT_TABLE where it does not unpack, E_TOO_BIG where it unpacks to too much."""
    regular(path, MAX_FILE)
    size = 0
    try:
        with GzipFile(path) as stream:
            while chunk := stream.read(1 << 20):
                size += len(chunk)
                if size > MAX_INFLATED:
                    raise InputError("E_TOO_BIG", place=Place(file=path.name), bytes=size, limit=MAX_INFLATED)
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise InputError("E_NOT_TABLE", place=Place(file=path.name)) from error
    return lambda: cast(IO[bytes], GzipFile(path))
