"""What the worker writes and its parent reads: frames of JSON and bytes, never anything that could run."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

_HEAD = struct.Struct("<4sII")  # mark, bytes of JSON, bytes of the rest
_MARK = b"PRW1"
MOST = 1 << 29  # bytes of one part of a frame
DISK_FULL = 74  # exit status of a worker that could not write its answer, EX_IOERR
Frame = tuple[dict[str, Any], bytes]


class BadFrames(ValueError):
    """Bytes that are no frames: cut, of another form, or with lengths that are not there."""


class Writer:
    """Frames into one open file; every frame is a JSON object and bytes beside it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def __call__(self, data: dict[str, Any], blob: bytes = b"") -> None:
        text = orjson.dumps(data)
        try:
            self._stream.write(_HEAD.pack(_MARK, len(text), len(blob)) + text)
            self._stream.write(blob)
            self._stream.flush()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                os._exit(DISK_FULL)  # there is no room to say it in words, and nothing that may swallow it on the way
            raise


def read(path: Path) -> Iterator[Frame]:
    """The frames of a file, one in memory at a time; raises BadFrames."""
    with path.open("rb") as stream:
        for text, blob in _sizes(stream):
            yield _parsed(stream.read(text)), stream.read(blob)


def ends(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first and the last frame's data, when the lengths of all add up to the file's; raises BadFrames."""
    found: list[tuple[int, int]] = []
    with path.open("rb") as stream:
        for text, blob in _sizes(stream):
            found[1:] = [(stream.tell(), text)]  # the first stays, the last moves on
            stream.seek(text + blob, os.SEEK_CUR)
        if not found:
            raise BadFrames("empty")
        parsed = []
        for start, text in (found[0], found[-1]):
            stream.seek(start)
            parsed.append(_parsed(stream.read(text)))
    return parsed[0], parsed[1]


def _sizes(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Lengths of JSON and bytes of each frame; whoever asks for the next must have read or passed both."""
    left = os.fstat(stream.fileno()).st_size
    while left:
        if left < _HEAD.size:
            raise BadFrames("cut")
        mark, text, blob = _HEAD.unpack(stream.read(_HEAD.size))
        left -= _HEAD.size + text + blob
        if mark != _MARK or text > MOST or blob > MOST or left < 0:
            raise BadFrames("form")
        yield text, blob


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadFrames("JSON") from error
    if not isinstance(data, dict):
        raise BadFrames("object")
    return data
