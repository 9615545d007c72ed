"""Cells that calamine shows as empty and are not, in workbooks that are zips: error values, and formulas nobody computed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO
from xml.etree import ElementTree

from core.errors import InputError, Place

Faults = Mapping[str, list[tuple[int, int, str]]]  # sheet -> (row 1-based, column 0-based, code)
_XLSX_PART = "xl/worksheets/"
_TABLE, _OFFICE, _CALC = (
    "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}",
)


def of(archive: zipfile.ZipFile, most: int) -> Faults:
    """Of an xlsx or an ods; {} for other workbooks. Raises InputError E_TOO_WIDE for a cell too far out, ValueError for a document type."""
    names = set(archive.namelist())
    if {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return _xlsx(archive, names, most)
    if "content.xml" in names:
        with archive.open("content.xml") as stream:
            return _ods(_safe(stream), most)
    return {}


def _xlsx(archive: zipfile.ZipFile, names: set[str], most: int) -> Faults:
    found: dict[str, list[tuple[int, int, str]]] = {}
    with archive.open("xl/_rels/workbook.xml.rels") as part:
        links = ElementTree.parse(_safe(part)).getroot()
    targets = {item.get("Id"): (item.get("Target") or "").removeprefix("/xl/") for item in links}
    with archive.open("xl/workbook.xml") as part:
        book = ElementTree.parse(_safe(part)).getroot()
    for item in book.iter():
        link = next((value for key, value in item.attrib.items() if key.endswith("}id")), None)
        name = f"xl/{targets.get(link)}"
        if item.tag.endswith("}sheet") and name in names and name.startswith(_XLSX_PART):
            sheet = item.get("name") or ""
            with archive.open(name) as stream:
                found[sheet] = list(_xlsx_sheet(_safe(stream), sheet, most))
    return found


def _safe(stream: IO[bytes]) -> IO[bytes]:
    """The stream from its start; a document type (entities, external files) has no place in a workbook."""
    if b"<!DOCTYPE" in stream.read(2048).upper():
        raise ValueError("XML with a document type")
    stream.seek(0)
    return stream


def _xlsx_sheet(stream: IO[bytes], sheet: str, most: int) -> Iterator[tuple[int, int, str]]:
    """The faults of one sheet, read cell by cell so that a big one takes no more memory than a small one."""
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


def _ods(stream: IO[bytes], most: int) -> Faults:
    """All sheets of one content.xml; equal cells and rows in a row are written once with a count."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    sheet, row, column = "", 1, 0
    here: list[tuple[int, str]] = []  # faults of the row that is open
    for event, element in ElementTree.iterparse(stream, ("start", "end")):
        if event == "start":
            if element.tag == f"{_TABLE}table":
                sheet, row, column = element.get(f"{_TABLE}name") or "", 1, 0
            continue
        if element.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            many = _many(element, "number-columns-repeated")
            if (code := _ods_fault(element)) is not None:
                here += [(column + i, code) for i in range(min(many, most + 1))]
            column += many
        elif element.tag == f"{_TABLE}table-row":
            many = _many(element, "number-rows-repeated")
            faults = found.setdefault(sheet, [])
            if len(faults) + len(here) * many > most:
                place = Place(sheet=sheet, row=row)
                raise InputError("E_TOO_WIDE", place=place, cells=len(here) * many, limit=most)
            if here:
                faults += [(row + i, at, code) for i in range(many) for at, code in here]
            row, column, here = row + many, 0, []
            element.clear()
    return found


def _many(element: ElementTree.Element, name: str) -> int:
    text = element.get(_TABLE + name) or "1"
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def _ods_fault(cell: ElementTree.Element) -> str | None:
    if cell.get(f"{_CALC}value-type") == "error":
        return "R_CELL_ERROR"
    if cell.get(f"{_TABLE}formula") is not None and cell.get(f"{_OFFICE}value-type") is None:
        return "R_FORMULA"
    return None
