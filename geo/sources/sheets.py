"""A table file as rows of cells, whatever it is: CSV by our own reader, xlsx/xls/ods by calamine, told apart by content."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from core.errors import InputError, Place
from geo.sources import delimited
from store.manifest import Warning_

Cell = str | float | bool | date | datetime | None
MAX_INFLATED = 1 << 30  # bytes an xlsx may unpack to; a bomb claims far more
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

    Raises InputError E_NO_FILE, E_EMPTY, E_UNREADABLE, E_HTML, E_PASSWORD, E_TOO_BIG, or what `delimited.read` raises.
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
        raise InputError("E_UNREADABLE", place=Place(file=path.name), detail="not a table")
    table = delimited.read(content, path.name)
    return [Grid(path.name, None, table.rows, delimited=True, warnings=table.warnings)]


def read_bytes(path: Path) -> bytes:
    """The whole file; raises InputError E_NO_FILE, E_EMPTY or E_UNREADABLE."""
    if not path.exists():
        raise InputError("E_NO_FILE", place=Place(file=str(path)))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("E_UNREADABLE", place=Place(file=str(path)), detail=error.strerror or str(error)) from error
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise InputError("E_EMPTY", place=Place(file=path.name))
    return content


def read_head(path: Path, size: int = 512) -> bytes:
    """The first bytes of a file that may be too big to read whole; raises as `read_bytes`."""
    if not path.exists():
        raise InputError("E_NO_FILE", place=Place(file=str(path)))
    try:
        with path.open("rb") as handle:
            head = handle.read(size)
    except OSError as error:
        raise InputError("E_UNREADABLE", place=Place(file=str(path)), detail=error.strerror or str(error)) from error
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
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        faults = _xlsx_faults(content) if zipped else {}
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
    except (CalamineError, zipfile.BadZipFile, ElementTree.ParseError, KeyError, OSError, ValueError) as error:
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
    """Refuse what unpacks to too much, by what its own directory says."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        inflated = sum(item.file_size for item in archive.infolist())
    if inflated > MAX_INFLATED:
        raise InputError("E_TOO_BIG", place=Place(file=name), bytes=inflated, limit=MAX_INFLATED)


def _xlsx_faults(content: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Cells calamine shows as empty but are not: error values and formulas nobody computed; sheet -> (row, column) -> code."""
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
                found[item.get("name") or ""] = dict(_cell_faults(_safe_xml(archive.read(part))))
    return found


def _safe_xml(raw: bytes) -> ElementTree.Element:
    """Parsed XML; a document type (entities, external files) has no place in a workbook."""
    if b"<!DOCTYPE" in raw[:2048].upper():
        raise ValueError("XML with a document type")
    return ElementTree.fromstring(raw)


def _cell_faults(sheet: ElementTree.Element) -> Iterator[tuple[tuple[int, int], str]]:
    for cell in sheet.iter():
        if not cell.tag.endswith("}c"):
            continue
        at = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r") or "")
        if at is None:
            continue
        parts = {child.tag.rpartition("}")[2]: child.text or "" for child in cell}
        column = 0
        for letter in at[1]:
            column = column * 26 + ord(letter) - 64
        place = (int(at[2]), column - 1)
        if cell.get("t") == "e":
            yield place, "R_CELL_ERROR"
        elif "f" in parts and not parts.get("v"):
            yield place, "R_FORMULA"


def is_error_text(text: str) -> bool:
    """Whether a text is an Excel error value, as a CSV export writes it."""
    return text.startswith("#") and _ERRORS.fullmatch(text.strip().upper()) is not None
