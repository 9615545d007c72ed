"""CSV as people really save it: any encoding, comma, semicolon, tab or bar, quotes; parsed by the csv module, never by GDAL.

A file is walked record by record as often as needed, so that one of any length takes no more memory than a short one.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import IO

import charset_normalizer
from ftfy.badness import is_bad

from core.errors import InputError, Place
from core.formula import restore
from store.manifest import Warning_

DELIMITERS = (";", ",", "\t", "|")
_MOST_LINES = 200  # a quoted cell longer than this is a quote somebody forgot to close
_LOOKED_AT = 50_000  # lines searched for broken letters
_CHUNK = 1 << 20
_WHOLE = (
    1 << 22
)  # bytes of a file whose encoding is guessed from all of it, not from its first lines with foreign letters
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
Row = tuple[int, tuple[str | None, ...]]
Opener = Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Walk:
    """Walks a file's records: (the line each begins on, 1-based; its cells, stripped, blank is None); records all blank left out.

    Iterating raises InputError E_QUOTE (with the line the quote opens on) or E_CELL_LONG.
    """

    name: str
    opener: Opener
    encoding: str
    skip: int  # bytes of the byte order mark
    first: int  # lines before the table: Excel's own 'sep=;'
    delimiter: str

    def lines(self) -> Iterator[str]:
        """The file's lines, each with one '\\n' at its end whatever the file has."""
        with self.opener() as stream:
            stream.seek(self.skip)
            with TextIOWrapper(stream, encoding=self.encoding, newline=None) as text:
                for line in text:
                    yield line if line.endswith("\n") else f"{line}\n"

    def __iter__(self) -> Iterator[Row]:
        held: list[str] = []  # the lines of the record under way, as many as are needed to tell where a quote opened
        lines = islice(self.lines(), self.first, None)
        reader = csv.reader(_holding(lines, held), delimiter=self.delimiter, strict=True)
        begins = self.first + 1
        try:
            for record in reader:
                taken = self.first + reader.line_num
                if taken - begins >= _MOST_LINES:
                    raise InputError("E_QUOTE", place=Place(file=self.name, row=_opens(held, begins)))
                # Our own exports guard formulas with an apostrophe: what they wrote comes back as it was.
                if any("'" in line for line in held):
                    cells = tuple([restore(cell.strip()) or None for cell in record])
                else:
                    cells = tuple([cell.strip() or None for cell in record])
                if any(cells):
                    yield begins, cells
                begins = taken + 1
                held.clear()
        except csv.Error as error:
            if "field limit" in str(error) and self.first + reader.line_num == begins:
                place = Place(file=self.name, row=begins)
                raise InputError("E_CELL_LONG", place=place, limit=csv.field_size_limit()) from error
            place = Place(file=self.name, row=_opens(held, begins))
            raise InputError("E_QUOTE", place=place, detail=str(error)) from error


@dataclass(frozen=True)
class Delimited:
    """A file's records as `Walk` gives them, walked when they are asked for."""

    rows: Walk
    delimiter: str
    encoding: str
    warnings: tuple[Warning_, ...] = ()


def walk(opener: Opener, name: str) -> Delimited:
    """Learn a file's encoding and delimiter; `opener` gives its bytes from the start each time.

    Raises InputError E_ENCODING, E_NOT_TABLE (a zero byte) or E_EMPTY, and what `Walk` raises within its first record.
    """
    encoding, skip = _encoding(opener, name)
    raw = Walk(name, opener, encoding, skip, 0, ",")
    head = list(islice(raw.lines(), 61))
    declared = head[0].strip().strip('"').lower() if head else ""
    delimiter = declared[4:] if declared.startswith("sep=") and declared[4:] in DELIMITERS else ""
    first = 1 if delimiter else 0
    rows = Walk(name, opener, encoding, skip, first, delimiter or _sniff(head))
    if next(iter(rows), None) is None:
        raise InputError("E_EMPTY", place=Place(file=name))
    bad = sum(is_bad(line) for line in islice(raw.lines(), _LOOKED_AT) if not line.isascii())
    warnings = (Warning_("MOJIBAKE", {"file": name, "lines": bad}),) if bad else ()
    return Delimited(rows, rows.delimiter, encoding, warnings)


def read(content: bytes, name: str) -> Delimited:
    """The same of a file's bytes; raises as `walk`."""
    return walk(lambda: BytesIO(content), name)


def _holding(lines: Iterator[str], held: list[str]) -> Iterator[str]:
    for line in lines:
        if len(held) <= _MOST_LINES:
            held.append(line)
        yield line


def _encoding(opener: Opener, name: str) -> tuple[str, int]:
    """The encoding and the bytes of its mark; raises InputError E_ENCODING or E_NOT_TABLE."""
    with opener() as stream:
        sample = stream.read(4096)
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            fault = _undecodable(opener, encoding, len(mark), name)
            if fault:
                raise InputError("E_ENCODING", place=Place(file=name), detail=fault)
            return encoding, len(mark)
    encoding = "utf-8"
    if sample.count(0) > len(sample) // 4:  # UTF-16 without a mark: every other byte of Latin text is 0
        encoding = "utf-16-le" if sample[1:2] == b"\x00" else "utf-16-be"
    if not _undecodable(opener, encoding, 0, name):
        return encoding, 0
    guesses = charset_normalizer.from_bytes(_foreign(opener), cp_isolation=["cp1252", "latin_1", "cp1250"])
    best = next((guess.encoding for guess in guesses if not _undecodable(opener, guess.encoding, 0, name)), None)
    if best is None:
        raise InputError("E_ENCODING", place=Place(file=name), detail="no encoding fits")
    return best, 0


def _undecodable(opener: Opener, encoding: str, skip: int, name: str) -> str:
    """Why the file is not in this encoding, '' when it is; a zero byte in it raises InputError E_NOT_TABLE."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with opener() as stream:
        stream.seek(skip)
        try:
            while chunk := stream.read(_CHUNK):
                if "\x00" in decoder.decode(chunk):
                    raise InputError("E_NOT_TABLE", place=Place(file=name))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return str(error)
    return ""


def _foreign(opener: Opener) -> bytes:
    """What an encoding is guessed from: the whole file, or of a big one the lines that are not plain ASCII."""
    with opener() as stream:
        content = stream.read(_WHOLE)
        if len(content) < _WHOLE:
            return content
        stream.seek(0)
        lines, size = [], 0
        for line in stream:
            if not line.isascii():
                lines.append(line)
                size += len(line)
                if size > _CHUNK:
                    break
        return b"".join(lines)


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


def _opens(held: list[str], begins: int) -> int:
    """The line on which the quote still open at the end was opened: the last change from outside to inside."""
    inside, opened = False, begins
    for number, line in enumerate(held, start=begins):
        before = inside
        if line.count('"') % 2:
            inside = not inside
        if inside and not before:
            opened = number
    return opened
