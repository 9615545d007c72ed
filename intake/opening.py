"""A file opened for an import or its dry run: judged as a whole, nothing written; a mended quarantine file known again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import settings
from core.errors import NotFoundError, PetarawanError
from geo.gazetteer import Places
from geo.sources.records import records
from geo.sources.stream import Stream, open_stream
from geo.sources.table_files import open_grids
from intake import marks
from intake.asked import Asked, again
from intake.ground import places_of
from store.register import ImportLine, Register, open_existing

_LOOKED_AT = 100  # rows, for a line of ours in a file that cannot be read


@dataclass(frozen=True)
class Opened:
    """A file ready to be walked. origins : import -> rows of this file that were in its quarantine."""

    asked: Asked
    stream: Stream
    area: tuple[str, ...]
    origins: Mapping[str, int]

    @property
    def import_id(self) -> str:
        return self.asked.id(self.area)


def open_file(workspace: Path, config: settings.Workspace, asked: Asked, register: Register | None) -> Opened:
    """Judge the file; rows mended in our workbook are read in the way of the import they came from.

    Raises as the boundary reader and `open_stream` do.
    """
    places = places_of(workspace, config)
    asked, stream = _judged(workspace, asked, places, register)
    title = marks.find(stream.headers, "origin")
    return Opened(asked, stream, tuple(config.area), {} if title is None else _origins(stream, title))


def known_import(register: Register | None, import_id: str) -> ImportLine | None:
    """The line of an import, None where there is none."""
    if register is None or not import_id:
        return None
    try:
        return register.import_line(import_id)
    except NotFoundError:
        return None


@contextmanager
def maybe_register(workspace: Path) -> Iterator[Register | None]:
    """The register where there is one; none is made."""
    register = open_existing(workspace)
    try:
        yield register
    finally:
        if register is not None:
            register.close()


def _judged(workspace: Path, asked: Asked, places: Places, register: Register | None) -> tuple[Asked, Stream]:
    def stream_of(one: Asked) -> Stream:
        return open_stream(one.source, [one.path], places)

    try:
        stream = stream_of(asked)
    except PetarawanError:
        first = known_import(register, _first_origin(asked.path))
        if first is None:
            raise
        asked = again(workspace, asked, first)
        return asked, stream_of(asked)
    title = marks.find(stream.headers, "origin")
    first = None if title is None else known_import(register, next(iter(_origins(stream, title)), ""))
    if first is None:
        return asked, stream
    asked = again(workspace, asked, first)
    return asked, stream_of(asked)


def _origins(stream: Stream, title: str) -> dict[str, int]:
    """Import -> rows of the file that were in its quarantine, in the order they come."""
    found: dict[str, int] = {}
    for grid, header, layout in stream.tables:
        for record in records(grid, header, layout, mark=False):
            origin = record.raw.get(title, "")
            if origin:
                found[origin] = found.get(origin, 0) + 1
    return found


def _first_origin(path: Path) -> str:
    """The import whose quarantine a file is, where the file cannot be read without knowing it; '' for any other file."""

    def texts(cells: tuple[Any, ...]) -> list[str]:
        return ["" if cell is None else str(cell) for cell in cells]

    try:
        for grid in open_grids(path):
            at = None
            for number, (_, cells) in enumerate(grid.rows):
                row = texts(cells)
                if at is None:
                    title = marks.find(row, "origin")
                    at = None if title is None else row.index(title)
                elif at < len(row) and row[at]:
                    return row[at]
                if number > _LOOKED_AT:
                    break
    except PetarawanError:  # what is wrong with the file is told by whoever asked
        return ""
    return ""
