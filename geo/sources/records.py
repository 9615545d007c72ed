"""Rows of a table by our field names, with the ledger of what became of each: accepted + quarantined = rows in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from core.errors import Place
from core.settings import Source
from geo.layer import LayerInfo, Rejected
from geo.sources.faults import BadValue
from geo.sources.headers import Header, normal
from geo.sources.sheets import Cell, Grid, is_error_text
from store.manifest import Warning_, sha256_of

T = TypeVar("T")
_TOTALS = frozenset({"jumlah", "total", "subtotal", "jml"})


@dataclass(frozen=True)
class Layout:
    """What all rows of one table share: where it stands and which column is which of our fields."""

    number: int  # of the table (file or sheet) among the source's, 1-based
    file: str
    sheet: str | None
    titles: tuple[str, ...]  # one for every column of the header, each once
    columns: Mapping[str, tuple[int, ...]]  # field -> its columns, the likeliest first
    headers: Mapping[str, str]  # field -> the header of its likeliest column
    single: Mapping[str, int] = field(repr=False)  # field -> its column, where it has one
    several: bool  # whether any field has more

    @classmethod
    def of(cls, grid: Grid, header: Header, number: int) -> Layout:
        """The layout of a sheet whose header was found."""
        return cls(
            number=number,
            file=grid.file,
            sheet=grid.sheet,
            titles=titles_of(header.texts),
            columns=header.columns,
            headers={key: header.texts[at[0]] for key, at in header.columns.items()},
            single={key: at[0] for key, at in header.columns.items() if len(at) == 1},
            several=any(len(at) > 1 for at in header.columns.values()),
        )

    def title(self, index: int) -> str:
        """The title of a column; a cell beyond the header is '#7'."""
        return self.titles[index] if index < len(self.titles) else f"#{index + 1}"


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its cells by our fields (fields the file lacks are absent), and where it stands."""

    layout: Layout
    row: int  # 1-based, as a spreadsheet shows it
    cells: tuple[Cell, ...]
    fault: BadValue | None = None

    @property
    def number(self) -> int:
        """The table's number among the source's, 1-based."""
        return self.layout.number

    @property
    def place(self) -> Place:
        return Place(file=self.layout.file, sheet=self.layout.sheet, row=self.row)

    @property
    def headers(self) -> Mapping[str, str]:
        """Field -> header of the column the row's value stands in."""
        if not self.layout.several:
            return self.layout.headers
        return {key: self.layout.title(at) for key in self.layout.columns if (at := self._column(key)) is not None}

    @property
    def raw(self) -> dict[str, str]:
        """The row as found: title -> text of every cell that is not blank."""
        return {self.layout.title(i): shown(cell) for i, cell in enumerate(self.cells) if cell is not None}

    def get(self, key: str) -> Cell:
        layout = self.layout
        at = layout.single.get(key)
        if at is None and layout.several:
            at = self._column(key)
        if at is None:
            return None
        cells = self.cells
        return cells[at] if at < len(cells) else None

    def _column(self, key: str) -> int | None:
        """The field's column; of several the first that is filled in this row, else the likeliest."""
        indexes = self.layout.columns.get(key)
        if indexes is None:
            return None
        return next((i for i in indexes if i < len(self.cells) and self.cells[i] is not None), indexes[0])

    def text(self, key: str) -> str:
        """The cell as text, '' when empty; a whole Excel number without its '.0'."""
        cell = self.get(key)
        return cell if isinstance(cell, str) else shown(cell)

    def read(self, key: str, parse: Callable[[Cell], T]) -> T:
        """The cell through a parser; its BadValue gets to know the field."""
        try:
            return parse(self.get(key))
        except BadValue as bad:
            bad.key = key
            raise


def titles_of(texts: Sequence[str]) -> tuple[str, ...]:
    """A title for every column, each once: a blank header or one that came before gets its number, 'Ket #4'."""
    titles: list[str] = []
    for i, text in enumerate(texts):
        titles.append(text if text and text not in titles else f"{text} #{i + 1}".strip())
    return tuple(titles)


def shown(value: Cell) -> str:
    """A cell as the spreadsheet shows it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


@dataclass
class Ledger:
    """Counts what became of the rows and collects warnings; the one mutable thing of an import."""

    rows_in: int = 0
    reasons: Counter[str] = field(default_factory=Counter)  # reason code -> rows quarantined
    warnings: list[Warning_] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    largest: dict[str, float] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """How many rows are in quarantine."""
        return self.reasons.total()

    def reject(self, record: Record, bad: BadValue) -> Rejected:
        """Quarantine a row, naming the column and the value at fault."""
        place = record.place
        if bad.key is not None:
            place = replace(place, column=record.headers.get(bad.key, bad.key), value=record.text(bad.key))
        self.reasons[bad.code] += 1
        return Rejected(bad.code, place, record.raw, bad.params)

    def note(self, code: str, km: float | None = None) -> None:
        """Count one row for a warning; `km` keeps the largest."""
        self.counted[code] += 1
        if km is not None:
            self.largest[code] = max(km, self.largest.get(code, 0.0))

    def once(self, warning: Warning_) -> None:
        """A warning of the whole source, told once however many rows ask for it."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def all_warnings(self) -> tuple[Warning_, ...]:
        """Warnings of the files, then the counted ones by code."""
        counted = []
        for code, rows in sorted(self.counted.items()):
            params: dict[str, str | int | float] = {"rows": rows}
            if code in self.largest:
                params["km"] = round(self.largest[code], 1)
            counted.append(Warning_(code, params))
        return (*self.warnings, *counted)


def records(grid: Grid, header: Header, layout: Layout, *, mark: bool = True) -> Iterator[Record]:
    """Every data row of a sheet, blank rows left out; a row with a fault in its shape or in a cell we need is marked, none is dropped."""
    wanted = [(key, i) for key, at in layout.columns.items() for i in at]
    width = len(header.texts)
    for row, cells in _spread(grid, header.row):
        if row <= header.row:
            continue
        faulty = bool(grid.faults) and any((row, i) in grid.faults for _, i in wanted)
        if faulty or cells.count(None) < len(cells):
            yield Record(layout, row, cells, _fault(grid, wanted, width, row, cells) if mark else None)


def _spread(grid: Grid, header: int) -> Iterable[tuple[int, tuple[Cell, ...]]]:
    """The sheet's rows; a cell merged over several data rows counts in each that has anything else, as the spreadsheet shows it."""
    starts: dict[int, list[tuple[int, int]]] = {}
    for first, column, last, _ in grid.merged:
        if last > first > header:
            starts.setdefault(first, []).append((column, last))
    return _filled(grid, starts) if starts else grid.rows


def _filled(grid: Grid, starts: Mapping[int, Sequence[tuple[int, int]]]) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    under: dict[int, tuple[int, Cell]] = {}  # column -> last row of the merged cell, its value
    for row, cells in grid.rows:
        if under and cells.count(None) < len(cells):
            filled = list(cells)
            for column, (last, value) in under.items():
                if row <= last and column < len(filled) and filled[column] is None:
                    filled[column] = value
            cells = tuple(filled)
        yield row, cells
        under.update({column: (last, cells[column]) for column, last in starts.get(row, ()) if column < len(cells)})


def is_total(record: Record) -> bool:
    """Whether the row only sums up the others: its first filled cell says so."""
    first = next((cell for cell in record.cells if cell is not None), None)
    return isinstance(first, str) and normal(first).split(" ")[0] in _TOTALS


def _fault(
    grid: Grid, wanted: Sequence[tuple[str, int]], width: int, row: int, cells: Sequence[Cell]
) -> BadValue | None:
    """The row's shape or a cell without a value: more or fewer cells than the header, #N/A, a formula nobody computed."""
    here = len(cells)
    if grid.delimited and here != width and (here < width or any(cell is not None for cell in cells[width:])):
        return BadValue("R_RAGGED", cells=str(here), wanted=str(width))
    faults = grid.faults
    for key, i in wanted:
        if faults and (code := faults.get((row, i))):
            return BadValue(code, key)
        cell = cells[i] if i < here else None
        if cell.__class__ is str and cell[0] == "#" and is_error_text(cell):
            return BadValue("R_CELL_ERROR", key)
    return None


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 of a file, or of the digests of several one after another."""
    digests = [sha256_of(path) for path in paths]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode("ascii")).hexdigest()


def layer_name(source: Source, paths: Iterable[Path]) -> str:
    """The source's name, else the file's own."""
    return source.name or "+".join(path.stem for path in paths)


def row_id(name: str, record: Record) -> str:
    """Layer name and row, so that a person finds the row again; the table's number too from the second on."""
    part = f"{record.number}." if record.number > 1 else ""
    return f"{name}:{part}{record.row}"


def info(
    source: Source,
    paths: Sequence[Path],
    ledger: Ledger,
    rejected: Sequence[Rejected] = (),
    *,
    licence: str = "-",
    attribution: str = "",
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
        rejected=tuple(rejected),
        attribution=source.attribution or ("" if source.sample else attribution),  # nobody stands behind invented rows
        sample=source.sample,
        warnings=ledger.all_warnings(),
        year=source.year,
    )
