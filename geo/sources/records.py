"""Rows of a table by our field names, with the ledger of what became of each: accepted + quarantined = rows in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from core.errors import ConfigError, Place
from core.settings import Source
from geo.layer import LayerInfo, Rejected
from geo.sources.faults import BadValue
from geo.sources.headers import Field, Header, find
from geo.sources.sheets import Cell, Grid, is_error_text, read_grids
from store.manifest import Warning_, sha256_of

T = TypeVar("T")


@dataclass(frozen=True)
class Record:
    """One row: our field -> cell (fields the file lacks are absent), and where it stands."""

    number: int  # of the table (file or sheet) among the source's, 1-based
    place: Place
    cells: Mapping[str, Cell]
    headers: Mapping[str, str]
    raw: Mapping[str, str]
    fault: BadValue | None = None

    def get(self, key: str) -> Cell:
        return self.cells.get(key)

    def text(self, key: str) -> str:
        """The cell as text, '' when empty; a whole Excel number without its '.0'."""
        return shown(self.cells.get(key))

    def read(self, key: str, parse: Callable[[Cell], T]) -> T:
        """The cell through a parser; its BadValue gets to know the field."""
        try:
            return parse(self.cells.get(key))
        except BadValue as bad:
            bad.key = key
            raise


def shown(value: Cell) -> str:
    """A cell as the spreadsheet shows it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


@dataclass
class Ledger:
    """Collects what a reader rejects and warns of; the one mutable thing of an import."""

    rows_in: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    largest: dict[str, float] = field(default_factory=dict)

    def reject(self, record: Record, bad: BadValue) -> None:
        """Quarantine a row, naming the column and the value at fault."""
        place = record.place
        if bad.key is not None:
            place = replace(place, column=record.headers.get(bad.key, bad.key), value=record.text(bad.key))
        self.rejected.append(Rejected(bad.code, place, dict(record.raw), bad.params))

    def note(self, code: str, km: float | None = None) -> None:
        """Count one row for a warning; `km` keeps the largest."""
        self.counted[code] += 1
        if km is not None:
            self.largest[code] = max(km, self.largest.get(code, 0.0))

    def all_warnings(self) -> tuple[Warning_, ...]:
        """Warnings of the files, then the counted ones by code."""
        counted = []
        for code, rows in sorted(self.counted.items()):
            params: dict[str, str | int | float] = {"rows": rows}
            if code in self.largest:
                params["km"] = round(self.largest[code], 1)
            counted.append(Warning_(code, params))
        return (*self.warnings, *counted)


def read_records(paths: Sequence[Path], fields: Sequence[Field], source: Source, ledger: Ledger) -> list[Record]:
    """Every data row of every file, blank rows left out; rows with a fault in a cell we need are marked, none is dropped.

    Raises ConfigError E_PATH_NEEDED, and InputError as sheets and headers do.
    """
    if not paths:
        raise ConfigError("E_PATH_NEEDED", kind=source.kind, reader=source.reader)
    records: list[Record] = []
    number = 0
    for path in paths:
        tables, left = find(read_grids(path), fields, source.columns)
        for grid, header in tables:
            number += 1
            rows = _rows(grid, header, number)
            if not rows:
                ledger.warnings.append(Warning_("NO_ROWS", {"file": path.name}))
            records += rows
        ledger.warnings += tables[0][0].warnings
        ledger.warnings += [Warning_("SHEET_LEFT", {"file": path.name, "sheet": grid.sheet or "-"}) for grid in left]
    ledger.rows_in += len(records)
    return records


def _rows(grid: Grid, header: Header, number: int) -> list[Record]:
    headers = {key: header.texts[at[0]] for key, at in header.columns.items()}
    several = {key: at for key, at in header.columns.items() if len(at) > 1}
    titles = [text or f"#{i + 1}" for i, text in enumerate(header.texts)]
    records = []
    for row, cells in grid.rows:
        if row <= header.row or not (any(cell is not None for cell in cells) or _faulty(grid, header, row)):
            continue
        fault = _fault(grid, header, row, cells)
        raw = {
            (titles[i] if i < len(titles) else f"#{i + 1}"): shown(cell)
            for i, cell in enumerate(cells)
            if cell is not None
        }
        at = {key: indexes[0] for key, indexes in header.columns.items()}
        mine = headers
        for key, indexes in several.items():
            at[key] = next((i for i in indexes if i < len(cells) and cells[i] is not None), indexes[0])
            mine = {**mine, key: header.texts[at[key]]}
        values = {key: cells[i] for key, i in at.items() if i < len(cells)}
        place = Place(file=grid.file, sheet=grid.sheet, row=row)
        records.append(Record(number, place, values, mine, raw, fault))
    return records


def _faulty(grid: Grid, header: Header, row: int) -> bool:
    return bool(grid.faults) and any((row, i) in grid.faults for at in header.columns.values() for i in at)


def _fault(grid: Grid, header: Header, row: int, cells: Sequence[Cell]) -> BadValue | None:
    """The row's shape or a cell without a value: more or fewer cells than the header, #N/A, a formula nobody computed."""
    width = len(header.texts)
    if grid.delimited and (len(cells) < width or any(cell is not None for cell in cells[width:])):
        return BadValue("R_RAGGED", cells=str(len(cells)), wanted=str(width))
    for key, at in header.columns.items():
        for i in at:
            if code := grid.faults.get((row, i)):
                return BadValue(code, key)
            if i < len(cells) and isinstance(cell := cells[i], str) and is_error_text(cell):
                return BadValue("R_CELL_ERROR", key)
    return None


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 of a file, or of the digests of several one after another."""
    digests = [sha256_of(path) for path in paths]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode("ascii")).hexdigest()


def layer_name(source: Source, paths: Iterable[Path]) -> str:
    """The source's name, else the file's own."""
    return source.name or "+".join(path.stem for path in paths)


def info(
    source: Source, paths: Sequence[Path], ledger: Ledger, *, licence: str = "-", attribution: str = ""
) -> LayerInfo:
    """What the manifest says of this input; the source's own licence and attribution come first."""
    return LayerInfo(
        name=layer_name(source, paths),
        kind=source.kind,
        reader=source.reader,
        source=", ".join(path.name for path in paths),
        licence=source.licence or licence,
        sha256=digest_of(paths),
        rows_in=ledger.rows_in,
        rejected=tuple(ledger.rejected),
        attribution=source.attribution or ("" if source.sample else attribution),  # nobody stands behind invented rows
        sample=source.sample,
        warnings=ledger.all_warnings(),
    )
