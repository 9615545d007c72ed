"""Population by H3 cell as Kontur gives it out: two columns, h3 and population, csv or GeoPackage, any resolution.

Inhabited cells only are in such a file; what that means for the others stands in geo.zonal.cell_people.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.cells import CellArray
from core.crs import FloatArray
from core.errors import ConfigError, InputError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import CellPeople, Layer
from geo.sources import numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import Placement
from geo.sources.records import Record
from geo.sources.sheets import MAX_INFLATED, Cell, Grid, read_head
from geo.sources.stream import Context, LayerRow, Spec
from geo.sources.table_files import open_grids
from geo.sources.vectors import read_features
from store.manifest import Warning_

FIELDS = (
    Field("h3", ("h3", "h3 index", "h3index", "hex", "cell"), True),
    Field("penduduk", ("population", "penduduk", "jumlah penduduk", "pop"), True),
)
MARKS = frozenset({"h3", "population"})
LICENCE, ATTRIBUTION = "CC BY 4.0", "Kontur Population"
MOST_PEOPLE = 1e8  # in one cell; more is no number of people
_BASE_CELLS = 122
_GZIP, _DATABASE = b"\x1f\x8b", b"SQLite format 3"


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per cell; a row without a number is a cell nobody counted: unknown, not 0.

    Quarantined: what is no H3 cell, a cell of another resolution than most, a cell named twice, a number below zero. Raises ConfigError
    E_ONE_FILE; InputError E_H3_NONE (not one usable cell), and as `stream.open_stream`.
    """
    if len(paths) != 1:
        raise ConfigError("E_ONE_FILE", kind=source.kind, count=len(paths))
    seen: Counter[int] = Counter()
    spec = replace(SPEC, survey=lambda _number, record: _note(record, seen))
    opened = stream.open_stream(source, paths, places, spec)
    most = min(seen, key=lambda res: (-seen[res], res), default=-1)
    opened = replace(opened, spec=replace(spec, row=lambda record, _where, ctx: _row(record, ctx, most)))
    cells: list[CellArray] = []
    heads: list[FloatArray] = []
    rejected = []
    for batch in opened.batches():
        rows = [row for item in batch for row in item.rows]
        cells.append(np.array([row["cell"] for row in rows], dtype=np.uint64))
        heads.append(np.array([row["people"] for row in rows], dtype=np.float64))  # None is NaN
        rejected += [item.rejected for item in batch if item.rejected is not None]
    cell, people = np.concatenate(cells or [np.zeros(0, np.uint64)]), np.concatenate(heads or [np.zeros(0)])
    if not len(cell):
        raise InputError("E_H3_NONE", place=Place(file=paths[0].name))
    order = np.argsort(cell)
    unknown = int(np.count_nonzero(np.isnan(people)))
    if unknown:
        opened.ledger.once(Warning_("H3_UNKNOWN", {"rows": unknown}))
    opened.ledger.once(Warning_("H3_ABSENT", {"file": paths[0].name}))
    return Layer(opened.info(rejected), cells=CellPeople(cell[order], people[order]))


def grids(path: Path) -> list[Grid]:
    """A GeoPackage (as Kontur gives it out, also gzipped) by its attributes, its shapes left aside; all else as `open_grids`.

    Raises InputError E_TOO_BIG, and as `read_features` and `open_grids`.
    """
    head = read_head(path, 4096)
    if head.startswith(_GZIP) and _begins(path).startswith(_DATABASE):
        with TemporaryDirectory(prefix="petarawan-") as folder:
            return _attributes(_gunzip(path, Path(folder) / "penduduk.gpkg"), path.name)
    return _attributes(path, path.name) if head.startswith(_DATABASE) else open_grids(path)


def _attributes(path: Path, name: str) -> list[Grid]:
    try:
        found = read_features(path)
    except InputError as error:
        error.place = replace(error.place, file=name)
        raise
    rows: list[tuple[int, tuple[Cell, ...]]] = [(0, tuple(found.columns))]
    rows += [(row.number, tuple(row.properties.get(column) for column in found.columns)) for row in found.rows]
    return [Grid(name, found.layer, rows)]


def _begins(path: Path) -> bytes:
    """The first bytes inside a gzipped file; b'' where it does not unpack."""
    try:
        with GzipFile(path) as stream:
            return stream.read(16)
    except (OSError, EOFError, zlib.error):
        return b""


def _gunzip(path: Path, to: Path) -> Path:
    size = 0
    try:
        with GzipFile(path) as stream, to.open("wb") as out:
            while chunk := stream.read(1 << 20):
                size += len(chunk)
                if size > MAX_INFLATED:
                    raise InputError("E_TOO_BIG", place=Place(file=path.name), bytes=size, limit=MAX_INFLATED)
                out.write(chunk)
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise InputError("E_GZIP", place=Place(file=path.name)) from error
    return to


def _note(record: Record, seen: Counter[int]) -> None:
    """Count the resolutions of the file."""
    try:
        seen[_resolution(record.read("h3", cell_of))] += 1
    except BadValue:
        return


def _row(record: Record, ctx: Context, most: int) -> list[LayerRow]:
    cell = record.read("h3", cell_of)
    if _resolution(cell) != most:
        raise BadValue("R_H3_RESOLUTION", "h3", found=str(_resolution(cell)), most=str(most))
    people = record.read("penduduk", lambda value: numbers.decimal(value, ctx.styles["penduduk"]))
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise BadValue("R_PEOPLE", "penduduk")
    return [ctx.once({"id": record.text("h3").lower(), "cell": cell, "people": people}, "h3")]


def cell_of(value: Cell) -> int:
    """An H3 cell from its 15 hexadecimal digits; raises BadValue R_H3.

    Layout (h3geo.org, "H3Index Bit Layout"): mode 1, base cell below 122, no digit 7 down to the resolution and only 7 below it.
    """
    text = value.strip().lower() if isinstance(value, str) else ""
    try:
        cell = int(text, 16) if len(text) == 15 and text.isascii() and text.isalnum() else 0
    except ValueError:
        cell = 0
    unused = 3 * (15 - _resolution(cell))
    used = (cell & ((1 << 45) - 1)) >> unused
    sevens = used & (used >> 1) & (used >> 2) & 0o111111111111111
    below = cell & ((1 << unused) - 1)
    if cell >> 56 != 8 or (cell >> 45) & 0x7F >= _BASE_CELLS or sevens or below != (1 << unused) - 1:
        raise BadValue("R_H3")
    return cell


def _resolution(cell: int) -> int:
    return (cell >> 52) & 0xF


def _unread(_record: Record, _where: Placement | BadValue, _ctx: Context) -> list[LayerRow]:
    raise BadValue("R_H3", "h3")  # `read` puts its own in the place, which knows the file's resolution


SPEC = Spec(
    kind="population",
    fields=FIELDS,
    row=_unread,
    styled=("penduduk",),
    placed=False,
    open=grids,
    licence=LICENCE,
    attribution=ATTRIBUTION,
)
