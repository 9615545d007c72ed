"""CSV (RFC 4180, UTF-8, comma): one header row, unknown is empty, dates ISO, text that a spreadsheet would run made harmless."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from core import formula
from formats import rows
from formats.hexagons import centres
from store.manifest import Manifest


def write(name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """All columns but the geometry; cells get `lon` and `lat` of their centre. `core.formula.restore` gives the original texts."""
    out = rows.attributes(table, manifest)
    if name == "cells":
        lon, lat = centres(rows.cells_of(table))
        out = out.add_column(1, "lon", rows.degrees(lon)).add_column(2, "lat", rows.degrees(lat))
    columns = [harmless(rows.finite(column)) for column in out.columns]
    buffer = io.BytesIO()
    csv.write_csv(
        pa.Table.from_arrays(columns, names=out.column_names), buffer, csv.WriteOptions(quoting_header="none")
    )
    return buffer.getvalue()


def harmless(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A text column neutralised; other columns as they are."""
    if not pa.types.is_string(column.type):
        return column
    return pc.replace_substring_regex(column, pattern=formula.PATTERN, replacement=r"'\1")
