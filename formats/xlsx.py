"""XLSX: the table, and a sheet that explains it. Texts are cells of text, never formulas; the creation date is the snapshot's."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from core import formula, tables
from core.errors import RequestError
from core.words import say
from formats import rows
from formats.about import facts
from formats.hexagons import centres
from store.manifest import Manifest

MOST_ROWS = 1_048_575  # of a sheet, without the header
MOST_LETTERS = 32_767  # of a cell
_CHUNK = 10_000  # rows turned into Python values at once


def write(name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """The same columns as CSV; raises RequestError E_TOO_MANY_ROWS, E_TEXT_TOO_LONG (32,767 characters).

    A text beginning like a formula is stored as text with the sheet's own quote prefix, so its value stays as it was.
    """
    if table.num_rows > MOST_ROWS:
        raise RequestError("E_TOO_MANY_ROWS", value=name, rows=table.num_rows, most=MOST_ROWS)
    out = rows.attributes(table, manifest)
    if name == "cells":
        lon, lat = centres(rows.cells_of(table))
        out = out.add_column(1, "lon", rows.degrees(lon)).add_column(2, "lat", rows.degrees(lat))
    _refuse_long_texts(out)
    buffer = io.BytesIO()
    # Rows are written as they come (constant memory), so a sheet of many cells does not fill the machine.
    book = xlsxwriter.Workbook(
        buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": manifest.title, "created": datetime.fromisoformat(manifest.as_of)})
    _table(book, name, out)
    _about(book, name, out.column_names, manifest)
    book.close()
    return buffer.getvalue()


def _refuse_long_texts(table: pa.Table) -> None:
    for name in table.column_names:
        if not pa.types.is_string(table[name].type):
            continue
        row = pc.index(pc.greater(pc.utf8_length(table[name]), MOST_LETTERS), True).as_py()
        if row >= 0:
            raise RequestError("E_TEXT_TOO_LONG", value=table[name][row].as_py()[:40], column=name, row=row + 2)


def _table(book: Any, name: str, table: pa.Table) -> None:
    sheet = book.add_worksheet(name)
    bold, day, quoted = (
        book.add_format(style) for style in ({"bold": True}, {"num_format": "yyyy-mm-dd"}, {"quote_prefix": True})
    )
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(table.column_names):
        sheet.write_string(0, column, title, bold)
    for first in range(0, table.num_rows, _CHUNK):
        columns = [_values(rows.finite(column)) for column in table.slice(first, _CHUNK).columns]
        for number, values in enumerate(zip(*columns, strict=True), first + 1):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(number, column, value, quoted if formula.neutralise(value) != value else None)
                elif isinstance(value, bool):
                    sheet.write_boolean(number, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write_number(number, column, value)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Python values; a float32 by its shortest text, for widened to float64 it shows digits that never were (0.1 as 0.100000001)."""
    if column.type != pa.float32():
        return list(column.to_pylist())
    return [None if text is None else float(text) for text in column.cast(pa.string()).to_pylist()]


def _about(book: Any, name: str, columns: list[str], manifest: Manifest) -> None:
    """Title, sources, licences, and what every column means."""
    sheet = book.add_worksheet(say("formats.about.sheet"))
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 2, 30)
    lines = facts(manifest)
    for number, (label, text) in enumerate(lines):
        sheet.write_string(number, 0, label, bold)
        sheet.write_string(number, 1, text)
    top = len(lines) + 1
    for column, key in enumerate(("column", "unit", "meaning")):
        sheet.write_string(top, column, say(f"formats.about.{key}"), bold)
    keys = [factor.key for factor in manifest.factors]
    declared = tables.cells(keys) if name == "cells" else tables.areas(keys) if name == "areas" else tables.LAYERS[name]
    known = {column.name: column for column in declared}
    for number, title in enumerate((title for title in columns if title in known), top + 1):
        for column, text in enumerate((title, known[title].unit, known[title].meaning)):
            sheet.write_string(number, column, text)
