"""A table file as rows of cells, whatever it is: CSV by our own reader, xlsx/xls/ods by calamine, told apart by content."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from core.errors import InputError, Place, reason
from geo.sources import delimited
from geo.sources.content import raw, regular
from store.manifest import Warning_

Cell = str | float | bool | date | datetime | None
MAX_FILE = 1 << 29  # bytes of a table
MAX_LARGE = 1 << 36  # bytes of a raster, which is never read whole
MAX_INFLATED = 1 << 30  # bytes an xlsx may unpack to; a bomb claims far more
MAX_CELLS = 20_000_000  # of one sheet, from A1 to its last filled cell, which is what a reader lays out in memory
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!)")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XLSX_PART = "xl/worksheets/"


@dataclass(frozen=True)
class Grid:
    """One sheet: rows as (1-based number as the program shows it, cells); `faults` are cells with no usable value.

    faults : (row, column index) -> reason code (R_CELL_ERROR, R_FORMULA); ragged : row numbers whose width is not the header's
    """

    file: str
    sheet: str | None
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict)
    delimited: bool = False
    warnings: tuple[Warning_, ...] = ()


def read_grids(path: Path) -> list[Grid]:
    """Every sheet with content (a CSV has one).

    Raises InputError E_EMPTY, E_NOT_TABLE, E_BROKEN, E_UNREADABLE, E_HTML, E_PASSWORD, E_TOO_BIG, E_TOO_WIDE, or what `content.raw` and
    `delimited.read` raise.
    """
    content = read_bytes(path)
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")) or b"<html" in head[:512]:
        raise InputError("E_HTML", place=Place(file=path.name))
    if content.startswith((b"PK\x03\x04", _OLE)):
        return _workbook(path, content)
    if content.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"SQLite format 3")
    ):
        raise InputError("E_NOT_TABLE", place=Place(file=path.name))
    table = delimited.read(content, path.name)
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


def _workbook(path: Path, content: bytes) -> list[Grid]:
    """The sheets of an xlsx, xlsb, xls or ods, by content; a wrong file ending is only a warning."""
    zipped = content.startswith(b"PK")
    warnings: tuple[Warning_, ...] = ()
    if path.suffix.lower() in ({".xls", ".csv", ".txt"} if zipped else {".xlsx", ".xlsm", ".ods", ".csv", ".txt"}):
        warnings = (Warning_("FILE_TYPE", {"file": path.name, "type": "xlsx/ods" if zipped else "xls"}),)
    if not zipped and "EncryptedPackage".encode("utf-16-le") in content:
        raise InputError("E_PASSWORD", place=Place(file=path.name))
    try:
        if zipped:
            _check_size(path.name, content)
        # Before calamine: it trusts a sheet's own word about its size, and ends the whole program where memory does not suffice.
        faults = _xlsx_faults(path.name, content) if zipped else {}
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        grids = []
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = tuple(
                (i, tuple(_cell(value) for value in row))
                for i, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
            )
            grids.append(Grid(path.name, name, rows, faults.get(name, {}), warnings=warnings))
    except PasswordError as error:
        raise InputError("E_PASSWORD", place=Place(file=path.name)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError("E_BROKEN", place=Place(file=path.name)) from error
    except (CalamineError, ElementTree.ParseError, KeyError, OSError, ValueError, RuntimeError) as error:
        raise InputError("E_UNREADABLE", place=Place(file=path.name), detail=str(error)) from error
    full = [grid for grid in grids if any(value is not None for _, row in grid.rows for value in row)]
    if not full:
        raise InputError("E_EMPTY", place=Place(file=path.name))
    return full


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool | date | datetime):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, time | timedelta):
        return str(value)
    return None


def _check_size(name: str, content: bytes) -> None:
    """Refuse what unpacks to too much, by what its own directory says, and a directory that does not tell the truth."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        inflated = sum(item.file_size for item in archive.infolist())
        if inflated > MAX_INFLATED:
            raise InputError("E_TOO_BIG", place=Place(file=name), bytes=inflated, limit=MAX_INFLATED)
        if archive.testzip() is not None:  # reads no more of a member than its claimed size, then compares the checksum
            raise InputError("E_BROKEN", place=Place(file=name))


def _xlsx_faults(name: str, content: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Cells calamine shows as empty but are not: error values and formulas nobody computed; sheet -> (row, column) -> code.

    Raises InputError E_TOO_WIDE for a sheet with a cell too far out.
    """
    found: dict[str, dict[tuple[int, int], str]] = {}
    with zipfile.ZipFile(BytesIO(content)) as archive:
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
                    found[sheet] = dict(_cell_faults(stream, Place(file=name, sheet=sheet)))
    return found


def _safe_xml(part: bytes) -> ElementTree.Element:
    """Parsed XML; a document type (entities, external files) has no place in a workbook."""
    _no_doctype(part)
    return ElementTree.fromstring(part)


def _no_doctype(head: bytes) -> None:
    if b"<!DOCTYPE" in head[:2048].upper():
        raise ValueError("XML with a document type")


def _cell_faults(stream: IO[bytes], place: Place) -> Iterator[tuple[tuple[int, int], str]]:
    """The faults of one sheet, read cell by cell so that a big one takes no more memory than a small one."""
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
        if rows * columns > MAX_CELLS:
            raise InputError(
                "E_TOO_WIDE", place=replace(place, row=row, column=at[1]), cells=rows * columns, limit=MAX_CELLS
            )
        parts = {child.tag.rpartition("}")[2]: child.text or "" for child in element}
        if element.get("t") == "e":
            yield (row, column - 1), "R_CELL_ERROR"
        elif "f" in parts and not parts.get("v"):
            yield (row, column - 1), "R_FORMULA"


def _column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def is_error_text(text: str) -> bool:
    """Whether a text is an Excel error value, as a CSV export writes it."""
    return text.startswith("#") and _ERRORS.fullmatch(text.strip().upper()) is not None
