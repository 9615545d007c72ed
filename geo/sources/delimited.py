"""CSV as people really save it: any encoding, comma, semicolon, tab or bar, quotes; parsed by the csv module, never by GDAL."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass

import charset_normalizer
from ftfy.badness import is_bad

from core.errors import InputError, Place
from core.formula import restore
from store.manifest import Warning_

DELIMITERS = (";", ",", "\t", "|")
_MOST_LINES = 200  # a quoted cell longer than this is a quote somebody forgot to close
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
Row = tuple[int, tuple[str | None, ...]]


@dataclass(frozen=True)
class Delimited:
    """Records with the line each begins on (1-based); cells stripped, blank is None; records all blank left out."""

    rows: tuple[Row, ...]
    delimiter: str
    encoding: str
    warnings: tuple[Warning_, ...] = ()


def read(content: bytes, name: str) -> Delimited:
    """Parse a file's bytes; raises InputError E_ENCODING, E_QUOTE (with the line the quote opens on) or E_EMPTY."""
    text, encoding = _decode(content, name)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = 0
    declared = lines[0].strip().strip('"').lower()
    delimiter = declared[4:] if declared.startswith("sep=") and declared[4:] in DELIMITERS else ""
    if delimiter:  # Excel's own first line
        first = 1
    delimiter = delimiter or _sniff(lines)
    rows = _parse(lines, first, delimiter, name)
    if not rows:
        raise InputError("E_EMPTY", place=Place(file=name))
    bad = sum(is_bad(line) for line in lines[:50_000] if not line.isascii())
    warnings = (Warning_("MOJIBAKE", {"file": name, "lines": bad}),) if bad else ()
    return Delimited(rows, delimiter, encoding, warnings)


def _decode(content: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise InputError("E_ENCODING", place=Place(file=name), detail=str(error)) from error
    sample = content[:4096]
    encoding = "utf-8"
    if sample.count(0) > len(sample) // 4:  # UTF-16 without a mark: every other byte of Latin text is 0
        encoding = "utf-16-le" if sample[1:2] == b"\x00" else "utf-16-be"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        best = charset_normalizer.from_bytes(content, cp_isolation=["cp1252", "latin_1", "cp1250"]).best()
        if best is None:
            raise InputError("E_ENCODING", place=Place(file=name), detail="no encoding fits") from None
        text, encoding = str(best), best.encoding
    if "\x00" in text:
        raise InputError("E_NOT_TABLE", place=Place(file=name))
    return text, encoding


def _sniff(lines: list[str]) -> str:
    """The delimiter whose first records agree best on a width above one; ties to the order of DELIMITERS."""
    head = [line for line in lines[:60] if line.strip()][:40]
    best, best_rank = ",", (0, 0)
    for delimiter in DELIMITERS:
        try:
            widths = [len(record) for record in csv.reader(head, delimiter=delimiter)]
        except csv.Error:  # a cell longer than the module takes; told with its line when the file is parsed
            continue
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        rank = (widths.count(common) if common > 1 else 0, common)
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def _parse(lines: list[str], first: int, delimiter: str, name: str) -> tuple[Row, ...]:
    rows: list[Row] = []
    # The csv module wants line ends inside quotes to be there, and counts the lines it has taken.
    reader = csv.reader((f"{line}\n" for line in lines[first:]), delimiter=delimiter, strict=True)
    begins = first + 1
    try:
        for record in reader:
            taken = first + reader.line_num
            if taken - begins >= _MOST_LINES:
                raise InputError("E_QUOTE", place=Place(file=name, row=_opens(lines, begins, taken, delimiter)))
            # Our own exports guard formulas with an apostrophe: what they wrote comes back as it was.
            cells = tuple(restore(cell.strip()) or None for cell in record)
            if any(cells):
                rows.append((begins, cells))
            begins = taken + 1
    except csv.Error as error:
        if "field limit" in str(error) and first + reader.line_num == begins:
            place = Place(file=name, row=begins)
            raise InputError("E_CELL_LONG", place=place, limit=csv.field_size_limit()) from error
        opened = _opens(lines, begins, first + reader.line_num, delimiter)
        raise InputError("E_QUOTE", place=Place(file=name, row=opened), detail=str(error)) from error
    return tuple(rows)


def _opens(lines: list[str], begins: int, ends: int, delimiter: str) -> int:
    """The line on which the quote that is open at `ends` was opened: the last change from outside to inside."""
    inside, opened = False, begins
    for number in range(begins, min(ends, len(lines)) + 1):
        before = inside
        if lines[number - 1].count('"') % 2:
            inside = not inside
        if inside and not before:
            opened = number
        if number > begins + _MOST_LINES:
            break
    return opened
