"""One way from a file to rows for every reader: a first walk over all of it decides, a second gives the rows in batches.

A reader is a `Spec`: the fields it looks for and a function from one record to rows of the published layer. What must be judged by
the whole file (number style, swapped or projected coordinates, whose codes these are) is judged in the first walk, so that a batch
means the same as the whole. A CSV of any length is never in memory; a workbook (xlsx, xls, ods) is, whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from core.errors import ConfigError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer, LayerInfo, Rejected
from geo.sources import registry
from geo.sources.area_codes import System
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field, Header, find
from geo.sources.numbers import Style, StyleCount
from geo.sources.placing import Placement, Placer
from geo.sources.records import Layout, Ledger, Record, info, is_total, layer_name, records
from geo.sources.sheets import Grid
from geo.sources.table_files import is_map, open_grids
from store.manifest import Warning_

BATCH = 10_000  # rows
LayerRow = dict[str, object]
_UNPLACED: list[Placement | BadValue] = [BadValue("R_NO_PLACE")]


@dataclass(frozen=True)
class Context:
    """What a reader's functions may use besides the record; `seen` is theirs, empty at the start of a walk."""

    name: str  # of the layer
    source: Source
    places: Places
    ledger: Ledger
    styles: Mapping[str, Style]
    seen: set[str] = field(default_factory=set)

    def once(self, row: LayerRow, key: str) -> LayerRow:
        """The row, unless one of its id came before: raises BadValue R_TWICE, at the field `key`."""
        identity = str(row["id"])
        if identity in self.seen:
            raise BadValue("R_TWICE", key)
        self.seen.add(identity)
        return row


@dataclass(frozen=True)
class Spec:
    """A reader: what it looks for, and how one record becomes rows.

    `row` : (record, its placement or why it has none, context) -> the rows of the layer, the columns core.tables declares for the kind;
    a BadValue it raises puts the record in quarantine. Records with a faulty cell never get there.
    """

    kind: str
    fields: tuple[Field, ...]
    row: Callable[[Record, Placement | BadValue, Context], Sequence[LayerRow]]
    styled: tuple[str, ...] = ()  # fields whose way of writing numbers is decided over the whole file
    code_system: System | None = None  # whose area codes these are, where the source does not say
    reach_km: float = 0.0  # how far outside every village a point may lie
    known_to: Callable[[Record, Context], str | None] | None = (
        None  # precision the file states; else its column `presisi`
    )
    survey: Callable[[int, Record], None] | None = (
        None  # sees every record, numbered from 1, of the first walk; may refuse the file
    )
    placed: bool = True  # whether rows are placed here; a reader that does it itself gets R_NO_PLACE for every row
    open: Callable[[Path], list[Grid]] | None = None  # how a file becomes tables, for what `open_grids` does not read
    licence: str = "-"
    attribution: str = ""
    cite: Callable[[Context], str] | None = None  # what stands behind the attribution, once the rows were walked


@dataclass(frozen=True, slots=True)
class Read:
    """One row of the file and what became of it: rows of the layer, or why not."""

    number: int  # among all rows of the source, 1-based
    record: Record = field(repr=False)
    rows: Sequence[LayerRow]
    rejected: Rejected | None = None

    @property
    def place(self) -> Place:
        return self.record.place

    @property
    def raw(self) -> dict[str, str]:
        """The row as found: title -> text of every cell that is not blank."""
        return self.record.raw


@dataclass
class Stream:
    """A source judged and ready to be walked; `ledger` is whole when the last batch was taken.

    headers : every title of the file, in its order (of several tables, those of the first, then what the others add)
    mapping : our field -> the header it was found under; total : rows there are, blank ones left out
    """

    spec: Spec
    source: Source
    paths: Sequence[Path]
    places: Places
    tables: Sequence[tuple[Grid, Header, Layout]]
    placer: Placer
    styles: Mapping[str, Style]
    total: int
    found: Sequence[Warning_]  # warnings known before the rows are walked
    ledger: Ledger = field(default_factory=Ledger)
    _walked: Context | None = None

    @property
    def name(self) -> str:
        return layer_name(self.source, self.paths)

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(title for _, _, layout in self.tables for title in layout.titles))

    @property
    def mapping(self) -> dict[str, str]:
        return {key: text for _, _, layout in reversed(self.tables) for key, text in layout.headers.items()}

    def batches(self, size: int = BATCH) -> Iterator[list[Read]]:
        """Every row once, in file order, with a new ledger; raises InputError only where the file changed under us."""
        self.ledger = Ledger(warnings=list(self.found))
        self._walked = context = Context(self.name, self.source, self.places, self.ledger, self.styles)
        number = 0
        for batch in _batches(self.tables, size, mark=True):
            self.ledger.rows_in += len(batch)
            known_to = self.spec.known_to
            stated = None if known_to is None else [known_to(record, context) for record in batch]
            placed = self.placer.place(batch, self.ledger, stated) if self.spec.placed else _UNPLACED * len(batch)
            reads = []
            for record, where in zip(batch, placed, strict=True):
                number += 1
                try:
                    if record.fault is not None:
                        raise record.fault
                    reads.append(Read(number, record, self.spec.row(record, where, context)))
                except BadValue as bad:
                    why = BadValue("R_TOTAL") if is_total(record) else bad
                    reads.append(Read(number, record, (), self.ledger.reject(record, why)))
                    bad.__traceback__ = None  # its frames know the fault itself: a circle only the collector would find
            yield reads

    def info(self, rejected: Sequence[Rejected] = ()) -> LayerInfo:
        """What the manifest says of the source, by the ledger as it stands; `rejected` are the rows to name."""
        spec = self.spec
        said = spec.attribution
        if spec.cite is not None and self._walked is not None:
            said += spec.cite(self._walked)
        return info(self.source, self.paths, self.ledger, rejected, licence=spec.licence, attribution=said)


def open_stream(source: Source, paths: Sequence[Path], places: Places, spec: Spec | None = None) -> Stream:
    """Find the tables and columns, walk the file once and judge it; `spec` is the registry's for the source unless given.

    Raises ConfigError E_PATH_NEEDED, E_CRS, E_COLUMN_KEY; InputError as files, headers, `Placer.judge` and the reader's survey do.
    """
    if not paths:
        raise ConfigError("E_PATH_NEEDED", kind=source.kind, reader=source.reader)
    spec = spec or registry.spec(source.kind, source.reader)
    source = source.model_copy(update={"code_system": source.code_system or spec.code_system})
    ledger = Ledger()
    tables = _tables(paths, spec, source, ledger)
    # A map file's points are in degrees already.
    mapped = source.crs is not None and spec.open is None and all(is_map(path) for path in paths)
    placer = Placer(source.model_copy(update={"crs": None}) if mapped else source, places, spec.reach_km)
    styles = {key: StyleCount() for key in spec.styled}
    total = 0
    for table in tables:
        before, layout = total, table[2]
        for batch in _batches([table], BATCH, mark=False):
            if spec.survey is not None:
                for number, record in enumerate(batch, start=total + 1):
                    spec.survey(number, record)
            total += len(batch)
            for key, count in styles.items():
                if key in layout.columns:
                    for record in batch:
                        count.see(record.get(key))
            if spec.placed:
                placer.see(batch)
        if total == before:
            ledger.warnings.append(Warning_("NO_ROWS", {"file": layout.file}))
    placer.judge()
    decided = {key: source.number_style or count.style for key, count in styles.items()}
    return Stream(spec, source, paths, places, tables, placer, decided, total, tuple(ledger.warnings))


def read(source: Source, paths: Sequence[Path], places: Places, spec: Spec | None = None) -> Layer:
    """The whole stream as a layer of the declared columns; raises as `open_stream` does."""
    stream = open_stream(source, paths, places, spec)
    rows: list[LayerRow] = []
    rejected: list[Rejected] = []
    for batch in stream.batches():
        for item in batch:
            rows += item.rows
            if item.rejected is not None:
                rejected.append(item.rejected)
    return Layer(stream.info(rejected), frame(source.kind, rows))


def _tables(paths: Sequence[Path], spec: Spec, source: Source, ledger: Ledger) -> list[tuple[Grid, Header, Layout]]:
    found: list[tuple[Grid, Header, Layout]] = []
    for path in paths:
        grids = open_grids(path, source) if spec.open is None else spec.open(path)
        tables, left = find(grids, spec.fields, source.columns, header_row=source.header_row, sheet=source.sheet)
        for grid, header in tables:
            found.append((grid, header, Layout.of(grid, header, len(found) + 1)))
        ledger.warnings += tables[0][0].warnings
        ledger.warnings += [Warning_("SHEET_LEFT", {"file": path.name, "sheet": grid.sheet or "-"}) for grid in left]
    return found


def _batches(tables: Sequence[tuple[Grid, Header, Layout]], size: int, *, mark: bool) -> Iterator[list[Record]]:
    """Records of all tables, `size` at a time; a batch ends where a table does."""
    for grid, header, layout in tables:
        rows = records(grid, header, layout, mark=mark)
        while batch := list(islice(rows, size)):
            yield batch
