"""A table file as rows of cells, whatever it is: CSV by our own reader, xlsx/xls/ods by calamine in the worker, told apart by content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.errors import InputError, Place, reason
from geo import sandbox
from geo.sources import delimited
from geo.sources.content import raw, regular
from geo.sources.forms import refuse_foreign
from store.manifest import Warning_

Cell = str | float | bool | date | datetime | None
MAX_FILE = 1 << 29  # bytes of a table
MAX_LARGE = 1 << 36  # bytes of a raster, which is never read whole
MAX_INFLATED = 1 << 30  # bytes an xlsx may unpack to; a bomb claims far more
MAX_CELLS = 20_000_000  # of one sheet, from A1 to its last filled cell, which is what a reader lays out in memory
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!)")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Merged = tuple[int, int, int, int]  # first row (1-based), first column (0-based), last row, last column


@dataclass(frozen=True)
class Grid:
    """One sheet: rows as (1-based number as the program shows it, cells); `faults` are cells with no usable value.

    faults : (row, column index) -> reason code (R_CELL_ERROR, R_FORMULA); ragged : row numbers whose width is not the header's
    """

    file: str
    sheet: str | None
    rows: Iterable[tuple[int, tuple[Cell, ...]]]  # may be walked again and again
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict)
    delimited: bool = False
    warnings: tuple[Warning_, ...] = ()
    merged: tuple[Merged, ...] = ()


def read_grids(path: Path) -> list[Grid]:
    """Every sheet with content (a CSV has one).

    Raises InputError E_EMPTY, E_NOT_TABLE, E_BROKEN, E_UNREADABLE, E_HTML, E_FOREIGN, E_PASSWORD, E_TOO_BIG, E_TOO_WIDE, E_WORKER_LIMIT,
    E_WORKER_ANSWER, or what `content.raw` and `delimited.read` raise.
    """
    head = read_head(path, 4096)
    refuse_foreign(path, head, of="table")
    if head.startswith((b"PK\x03\x04", _OLE)):
        regular(path, MAX_FILE)
        return _workbook(path, head)
    table = delimited.read(read_bytes(path), path.name)
    return [Grid(path.name, None, table.rows, delimited=True, warnings=table.warnings)]


def read_bytes(path: Path) -> bytes:
    """The whole file; raises InputError E_EMPTY, or as `content.raw`."""
    content = raw(path, MAX_FILE)
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise InputError("E_EMPTY", place=Place(file=path.name))
    return content


def read_head(path: Path, size: int = 512) -> bytes:
    """The first bytes of a file that may be too big to read whole; raises InputError E_EMPTY, or as `content.regular`."""
    regular(path, MAX_LARGE)
    try:
        with path.open("rb") as handle:
            head = handle.read(size)
    except OSError as error:
        raise InputError("E_UNREADABLE", place=Place(file=str(path)), detail=reason(error)) from error
    if not head:
        raise InputError("E_EMPTY", place=Place(file=path.name))
    return head


def _workbook(path: Path, head: bytes) -> list[Grid]:
    """The sheets of an xlsx, xlsb, xls or ods, by content, read in the worker; a wrong file ending is only a warning."""
    zipped = head.startswith(b"PK")
    warnings: tuple[Warning_, ...] = ()
    if path.suffix.lower() in ({".xls", ".csv", ".txt"} if zipped else {".xlsx", ".xlsm", ".ods", ".csv", ".txt"}):
        warnings = (Warning_("FILE_TYPE", {"file": path.name, "type": "xlsx/ods" if zipped else "xls"}),)
    params = {"zipped": zipped, "inflated": MAX_INFLATED, "cells": MAX_CELLS}
    with sandbox.run("sheets", {"file": path}, params, file=path.name) as answer:
        try:
            grids = list(_grids(answer, path.name, warnings))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError("E_WORKER_ANSWER", place=Place(file=path.name)) from error
    full = [grid for grid in grids if any(value is not None for _, row in grid.rows for value in row)]
    if not full:
        raise InputError("E_EMPTY", place=Place(file=path.name))
    return full


def _grids(answer: sandbox.Answer, file: str, warnings: tuple[Warning_, ...]) -> Iterator[Grid]:
    """Sheets from what the worker says; KeyError, TypeError, ValueError or IndexError where it is no such thing."""
    sheet = ""
    merged: tuple[Merged, ...] = ()
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for data, _ in answer.frames():
        if "sheet" in data:
            sheet, merged, rows = str(data["sheet"]), _merged(data["merged"]), []
            continue
        cells = [[value.strip() or None if type(value) is str else value for value in row] for row in data["rows"]]
        for row, column, kind, text in data["times"]:
            cells[row][column] = _TIMES[kind](text)
        for row in cells:
            if not _CELLS.issuperset(map(type, row)):
                raise TypeError("no cell")
            rows.append((len(rows) + 1, tuple(row)))
        if "faults" in data:
            faults = {(int(row), int(column)): _FAULTS[code] for row, column, code in data["faults"]}
            yield Grid(file, sheet, tuple(rows), faults, warnings=warnings, merged=merged)


_CELLS = frozenset({str, float, bool, date, datetime, type(None)})
_TIMES = {"date": date.fromisoformat, "datetime": datetime.fromisoformat}
_FAULTS = {"R_CELL_ERROR": "R_CELL_ERROR", "R_FORMULA": "R_FORMULA"}


def _merged(ranges: Any) -> tuple[Merged, ...]:
    return tuple((int(top), int(left), int(bottom), int(right)) for top, left, bottom, right in ranges)


def is_error_text(text: str) -> bool:
    """Whether a text is an Excel error value, as a CSV export writes it."""
    return text.startswith("#") and _ERRORS.fullmatch(text.strip().upper()) is not None
