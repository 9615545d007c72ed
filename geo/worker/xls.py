"""Cells of an old .xls that hold an Excel error, which calamine shows as empty: a walk over its records, no more.

Formats: [MS-CFB] (the container), [MS-XLS] 2.4.28 BoundSheet8, 2.4.24 BoolErr, 2.4.127 Formula.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

_END = 0xFFFFFFFA  # sector numbers from here on are marks
_BOUNDSHEET, _BOOLERR, _FORMULA, _EOF = 0x85, 0x205, 0x06, 0x0A


class NotXls(ValueError):
    """The container or its records are not as they should be; calamine decides what to say of the file."""


def errors(content: bytes) -> Mapping[str, list[tuple[int, int, str]]]:
    """Sheet -> (row 1-based, column 0-based, R_CELL_ERROR); {} for a file whose records cannot be walked."""
    try:
        stream = _stream(content, "Workbook")
        return {name: list(_sheet(stream, at)) for name, at in _sheets(stream)}
    except (NotXls, struct.error, IndexError, UnicodeDecodeError):
        return {}


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """Names of the sheets and where their records begin."""
    for kind, body in _records(stream, 0):
        if kind == _BOUNDSHEET:
            at, _, letters, wide = struct.unpack_from("<IHBB", body)
            text = body[8 : 8 + letters * (2 if wide & 1 else 1)]
            yield text.decode("utf-16-le" if wide & 1 else "latin-1"), at


def _sheet(stream: bytes, at: int) -> Iterator[tuple[int, int, str]]:
    for kind, body in _records(stream, at):
        if kind == _BOOLERR and len(body) >= 8 and body[7] == 1:
            wrong = True
        elif kind == _FORMULA and len(body) >= 14:  # its value: bytes 6 to 13; an error is marked 2 .. FFFF
            wrong = body[12:14] == b"\xff\xff" and body[6] == 2
        else:
            continue
        if wrong:
            row, column = struct.unpack_from("<HH", body)
            yield row + 1, column, "R_CELL_ERROR"


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each record up to the end of this part."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _stream(content: bytes, name: str) -> bytes:
    """One stream of the container, whole."""
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    directory, _, cutoff, mini_first = struct.unpack_from("<4I", content, 48)
    if shift not in (9, 12) or mini_shift != 6:
        raise NotXls("sectors")
    size = 1 << shift

    def sector(number: int) -> bytes:
        return content[(number + 1) << shift : (number + 2) << shift]

    heads = [number for number in struct.unpack_from("<109I", content, 76) if number < _END]
    more = struct.unpack_from("<I", content, 68)[0]
    seen = 0
    while more < _END and seen <= len(content) >> shift:  # big files list their tables' sectors in further sectors
        listed = struct.unpack(f"<{size // 4}I", sector(more))
        heads += [number for number in listed[:-1] if number < _END]
        more, seen = listed[-1], seen + 1
    table = b"".join(map(sector, heads))
    follow = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])

    def chain(first: int, links: tuple[int, ...]) -> Iterator[int]:
        steps = 0
        while first < _END:
            if first >= len(links) or steps > len(links):
                raise NotXls("chain")
            yield first
            first, steps = links[first], steps + 1

    entries = b"".join(sector(number) for number in chain(directory, follow))
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        title = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le")
        found.setdefault(title, struct.unpack_from("<II", entries, at + 116))
    if name not in found:
        raise NotXls(name)
    first, length = found[name]
    if length >= cutoff:
        return b"".join(sector(number) for number in chain(first, follow))[:length]
    small = (
        b"".join(sector(number) for number in chain(found["Root Entry"][0], follow)) if "Root Entry" in found else b""
    )
    table = b"".join(sector(number) for number in chain(mini_first, follow))
    links = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    return b"".join(small[number << 6 : (number + 1) << 6] for number in chain(first, links))[:length]
