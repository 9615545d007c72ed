"""A zip of somebody else: its directory checked before anything is unpacked, its members counted byte by byte while they inflate.

Used inside the worker only; no member is ever written under its own name.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.errors import InputError, Place

MAX_INFLATED = 1 << 30  # bytes all members together may unpack to
MAX_RATIO = 250  # times its packed size; blanks in a real .dbf reach about 100, a bomb 1000
RATIO_FROM = 1 << 26  # bytes up to which the ratio does not matter
MAX_MEMBERS = 10_000
_STEP = 1 << 20


def opened(path: Path, limit: int = MAX_INFLATED) -> zipfile.ZipFile:
    """The archive, its directory checked.

    Raises InputError E_BROKEN, E_ZIP_MEMBERS, E_ZIP_PATH (a name that leads out), E_ZIP_LINK, E_ZIP_TWICE, E_PASSWORD, E_TOO_BIG.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError) as error:
        raise InputError("E_BROKEN") from error
    items = archive.infolist()
    if len(items) > MAX_MEMBERS:
        raise InputError("E_ZIP_MEMBERS", count=len(items), limit=MAX_MEMBERS)
    seen: set[str] = set()
    for item in items:
        name = plain(item)
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in item.orig_filename:
            raise InputError("E_ZIP_PATH", place=Place(value=name[:120]))
        if item.create_system == 3 and stat.S_ISLNK(item.external_attr >> 16):
            raise InputError("E_ZIP_LINK", place=Place(value=name[:120]))
        if name.casefold() in seen:
            raise InputError("E_ZIP_TWICE", place=Place(value=name[:120]))
        seen.add(name.casefold())
        if item.flag_bits & 1:
            raise InputError("E_PASSWORD")
    inflated = sum(item.file_size for item in items)
    if inflated > limit:
        raise InputError("E_TOO_BIG", bytes=inflated, limit=limit)
    return archive


def plain(item: zipfile.ZipInfo) -> str:
    """A member's name with forward slashes, as every program on Windows writes and no rule demands."""
    return item.filename.replace("\\", "/")


def inflate(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member in pieces; raises InputError E_BROKEN (cut, wrong checksum or size, unknown packing) or E_ZIP_BOMB."""
    total = 0
    try:
        with archive.open(item) as stream:
            while piece := stream.read(_STEP):
                total += len(piece)
                if total > RATIO_FROM and total > MAX_RATIO * max(item.compress_size, 1):
                    raise InputError(
                        "E_ZIP_BOMB", place=Place(value=plain(item)[:120]), times=total // max(item.compress_size, 1)
                    )
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise InputError("E_BROKEN") from error
    if total != item.file_size:
        raise InputError("E_BROKEN")


def starts_with(archive: zipfile.ZipFile, item: zipfile.ZipInfo, marks: tuple[bytes, ...]) -> bool:
    """Whether a member's first bytes are one of some marks; False where it does not unpack."""
    try:
        with archive.open(item) as stream:
            return stream.read(max(map(len, marks))).startswith(marks)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError):
        return False


def names(path: Path, most: int = 1 << 20) -> list[str]:
    """The names in a zip's directory, read without unpacking and without trusting its lengths; [] where there is none.

    Only the last 64 KiB and at most `most` bytes of directory are looked at: enough to tell what a file is, not to read it.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        tail = _tail(stream, size)
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return []
        length = int.from_bytes(tail[at + 12 : at + 16], "little")
        start = size - len(tail) + at - length
        if start < 0:
            return []
        stream.seek(start)
        directory = stream.read(min(length, most))
    found, at = [], 0
    while directory[at : at + 4] == b"PK\x01\x02" and len(directory) >= at + 46:
        sizes = [int.from_bytes(directory[at + i : at + i + 2], "little") for i in (28, 30, 32)]
        found.append(directory[at + 46 : at + 46 + sizes[0]].decode("utf-8", "replace").replace("\\", "/"))
        at += 46 + sum(sizes)
    return found


def _tail(stream: IO[bytes], size: int) -> bytes:
    stream.seek(max(0, size - 65_557))
    return stream.read()
