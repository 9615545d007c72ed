"""Task `sheets`: every sheet of an xlsx, xlsb, xls or ods, by calamine, with the cells that only look empty."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from core.errors import InputError, Place
from geo.sources import zips
from geo.worker import xls
from geo.worker.frames import Writer

_XLSX_PART = "xl/worksheets/"
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


def _zipped(path: Path, params: Mapping[str, Any]) -> Mapping[str, list[tuple[int, int, str]]]:
    """The faults of an xlsx, after inflating every member once; [] for other workbooks."""
    with zips.opened(path, int(params["inflated"])) as archive:
        for item in archive.infolist():
            for _ in zips.inflate(archive, item):
                pass  # counted and compared with its checksum
        return _xlsx_faults(archive, int(params["cells"]))


def _xlsx_faults(archive: zipfile.ZipFile, most: int) -> dict[str, list[tuple[int, int, str]]]:
    """Cells calamine shows as empty but are not: error values and formulas nobody computed; sheet -> (row, column, code)."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return {}
    targets = {
        item.get("Id"): (item.get("Target") or "").removeprefix("/xl/")
        for item in _safe_xml(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for item in _safe_xml(archive.read("xl/workbook.xml")).iter():
        link = next((value for key, value in item.attrib.items() if key.endswith("}id")), None)
        part = f"xl/{targets.get(link)}"
        if item.tag.endswith("}sheet") and part in names and part.startswith(_XLSX_PART):
            sheet = item.get("name") or ""
            with archive.open(part) as stream:
                found[sheet] = list(_cell_faults(stream, sheet, most))
    return found


def _safe_xml(part: bytes) -> ElementTree.Element:
    """Parsed XML; a document type (entities, external files) has no place in a workbook."""
    _no_doctype(part)
    return ElementTree.fromstring(part)


def _no_doctype(head: bytes) -> None:
    if b"<!DOCTYPE" in head[:2048].upper():
        raise ValueError("XML with a document type")


def _cell_faults(stream: IO[bytes], sheet: str, most: int) -> Iterator[tuple[int, int, str]]:
    """The faults of one sheet, read cell by cell so that a big one takes no more memory than a small one.

    Raises InputError E_TOO_WIDE for a cell too far out.
    """
    _no_doctype(stream.read(2048))
    stream.seek(0)
    rows = columns = 0
    for _, element in ElementTree.iterparse(stream):
        if element.tag.endswith("}row"):
            element.clear()  # its cells were looked at as they closed
        if not element.tag.endswith("}c"):
            continue
        at = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", element.get("r") or "")
        if at is None:
            continue
        row, column = int(at[2]), _column_number(at[1])
        rows, columns = max(rows, row), max(columns, column)
        if rows * columns > most:
            place = Place(sheet=sheet, row=row, column=at[1])
            raise InputError("E_TOO_WIDE", place=place, cells=rows * columns, limit=most)
        if element.get("t") == "e":
            yield row, column - 1, "R_CELL_ERROR"
        elif len(element) and _uncomputed(element):
            yield row, column - 1, "R_FORMULA"


def _uncomputed(cell: ElementTree.Element) -> bool:
    """Whether a cell has a formula and no value."""
    parts = {child.tag.rpartition("}")[2]: child.text or "" for child in cell}
    return "f" in parts and not parts.get("v")


def _column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
