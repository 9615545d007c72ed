"""Task `sheets`: every sheet of an xlsx, xlsb, xls or ods, by calamine, with the cells that only look empty."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from core.errors import InputError, Place
from geo.sources import zips
from geo.worker import hidden_faults, xls
from geo.worker.frames import Writer

_ROWS = 500  # in one frame


def run(read: Mapping[str, Path], params: Mapping[str, Any], write: Writer) -> None:
    """Frames {sheet}, then {rows, times}... and {faults}; params : inflated bytes, cells, zipped.

    rows : of cells: text (not stripped), number, true/false or null; times : [row in frame, column, kind, ISO text].
    Raises InputError E_PASSWORD, E_BROKEN, E_UNREADABLE, E_TOO_WIDE, or what `zips.opened` and `zips.inflate` raise.
    """
    path = read["file"]
    content = path.read_bytes()
    try:
        faults = _zipped(path, params) if params["zipped"] else xls.errors(content)
        if not params["zipped"] and "EncryptedPackage".encode("utf-16-le") in content:
            raise InputError("E_PASSWORD")
        # After the checks: calamine trusts a sheet's own word about its size, and ends the whole program where memory does not suffice.
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        for name in book.sheet_names:
            _sheet(book.get_sheet_by_name(name), int(params["cells"]), faults.get(name, []), write)
    except PasswordError as error:
        raise InputError("E_PASSWORD") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError("E_BROKEN") from error
    except (CalamineError, ElementTree.ParseError, KeyError, OSError, ValueError, RuntimeError) as error:
        raise InputError("E_UNREADABLE", detail=str(error)) from error


def _sheet(sheet: CalamineSheet, most: int, faults: Sequence[tuple[int, int, str]], write: Writer) -> None:
    cells = sheet.total_height * sheet.total_width
    if cells > most:
        raise InputError("E_TOO_WIDE", place=Place(sheet=sheet.name), cells=cells, limit=most)
    left = [None] * (sheet.start[1] if sheet.start else 0)  # the iterator begins at the first filled column
    merged = [[a[0] + 1, a[1], b[0] + 1, b[1]] for a, b in sheet.merged_cell_ranges or []]
    write({"sheet": sheet.name, "merged": merged})
    rows: list[list[Any]] = []
    times: list[list[Any]] = []
    for values in sheet.iter_rows():
        row = left + [
            value if type(value) is str else _cell(value, len(rows), i, times)
            for i, value in enumerate(values, len(left))
        ]
        rows.append(row)
        if len(rows) == _ROWS:
            write({"rows": rows, "times": times})
            rows, times = [], []
    write({"rows": rows, "times": times, "faults": faults})


def _cell(value: object, row: int, column: int, times: list[list[Any]]) -> object:
    """What JSON can say of a value; what it cannot goes to `times`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return float(value) if isfinite(value) else None
    if isinstance(value, datetime):
        times.append([row, column, "datetime", value.isoformat()])
    elif isinstance(value, date):
        times.append([row, column, "date", value.isoformat()])
    elif isinstance(value, time | timedelta):
        return str(value)
    return None


def _zipped(path: Path, params: Mapping[str, Any]) -> hidden_faults.Faults:
    """The faults of an xlsx or ods, after inflating every member once."""
    with zips.opened(path, int(params["inflated"])) as archive:
        for item in archive.infolist():
            for _ in zips.inflate(archive, item):
                pass  # counted and compared with its checksum
        return hidden_faults.of(archive, int(params["cells"]))
