"""The bytes of an input file: read once with a limit, unpacked when gzipped, and hashed as they lie on the disk."""

from __future__ import annotations

import hashlib
import io
import stat
import zlib
from collections.abc import Sequence
from gzip import BadGzipFile, GzipFile
from pathlib import Path

from core.errors import ConfigError, InputError, Place, reason

LIMIT = 1 << 30  # bytes after unpacking; all villages of Indonesia as SQL are about 0.7 GB
_GZIP = b"\x1f\x8b"


def regular(path: Path, limit: int = LIMIT) -> None:
    """Raise InputError E_NO_FILE, E_NOT_FILE (a folder, a pipe, a device: never opened), E_TOO_LARGE or E_UNREADABLE."""
    place = Place(file=str(path))
    try:
        found = path.stat()
    except PermissionError as error:
        raise InputError("E_UNREADABLE", place=place, detail=reason(error)) from error
    except OSError as error:  # not there, a broken or circular link, a name longer than the file system allows
        raise InputError("E_NO_FILE", place=place) from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError("E_NOT_FILE", place=place)
    if found.st_size > limit:
        raise InputError("E_TOO_LARGE", place=place, limit=limit >> 20)


def raw(path: Path, limit: int = LIMIT) -> bytes:
    """The bytes of a file as they lie there; raises as `regular`."""
    regular(path, limit)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("E_UNREADABLE", place=Place(file=str(path)), detail=reason(error)) from error


def plain(path: Path, limit: int = LIMIT) -> bytes:
    """The content of a plain or gzipped file; raises as `raw`, and InputError E_EMPTY_FILE or E_GZIP."""
    place = Place(file=str(path))
    content = raw(path, limit)
    if content.startswith(_GZIP):
        try:
            with GzipFile(fileobj=io.BytesIO(content)) as stream:
                content = stream.read(limit + 1)
        except (EOFError, BadGzipFile, zlib.error) as error:
            raise InputError("E_GZIP", place=place) from error
        if len(content) > limit:
            raise InputError("E_TOO_LARGE", place=place, limit=limit >> 20)
    if not content.strip():
        raise InputError("E_EMPTY_FILE", place=place)
    return content


def text(path: Path) -> str:
    """The content as UTF-8 text (a BOM is dropped); raises as `plain`, and InputError E_NOT_UTF8."""
    try:
        return plain(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("E_NOT_UTF8", place=Place(file=str(path)), position=error.start) from error


def digest(paths: Sequence[Path]) -> str:
    """sha256 of one file; of several: of their hashes in order, so that names and folders do not matter."""
    each = []
    for path in paths:
        with path.open("rb") as stream:
            each.append(hashlib.file_digest(stream, "sha256").hexdigest())
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


def needed(paths: Sequence[Path], reader: str) -> None:
    """Raise ConfigError E_PATH_NEEDED when the source names no file."""
    if not paths:
        raise ConfigError("E_PATH_NEEDED", reader=reader)
