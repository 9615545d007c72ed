"""What became of a file, as a person is told: its ledger, why rows wait, which rows repeat which, and what may be the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotFoundError
from intake.asked import ORIGIN
from store.register import DUPLICATE, QUARANTINED, ImportLine, ImportRow, Possible, Register

SHOWN = 5  # repeats and possible duplicates that are named; the rest is counted


@dataclass(frozen=True)
class Reason:
    """Why rows wait in quarantine: the code, how many, and the first of them."""

    code: str
    rows: int
    first_row: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Repeat:
    """A row that says what an earlier one said: its row, and the row and file it repeats (no file: the same one)."""

    row: int | None
    of_row: int | None
    of_file: str | None = None


@dataclass(frozen=True)
class Alike:
    """A record of this import that may be one on record: its row, the row and file of the other ('' for a single report), how alike."""

    row: int | None
    of_row: int | None
    of_file: str
    score: float
    why: str  # see duplicates.told


@dataclass(frozen=True)
class Origin:
    """The import a mended file came from, and how many rows of it are in this file."""

    import_id: str
    file: str
    rows: int


@dataclass(frozen=True)
class Report:
    """The ledger `line` and what explains it. `already`: this very file was imported before and nothing was done.

    quarantine : the workbook of rows to be mended, None where there is none (a dry run writes none)
    """

    line: ImportLine
    reasons: tuple[Reason, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    possible: tuple[Alike, ...] = ()
    possible_count: int = 0
    origins: tuple[Origin, ...] = ()
    mended: int = 0  # rows of this import's quarantine that came in by a mended file since
    quarantine: Path | None = None
    already: bool = False
    dry_run: bool = False


def report_of(register: Register, line: ImportLine, quarantine: Path | None, *, already: bool = False) -> Report:
    """The report of a finished import, from the register alone, so that it can be told again at any time."""
    pairs = register.possible(line.id)
    return Report(
        line=line,
        reasons=_reasons(register, line),
        repeats=_repeats(register, line),
        possible=tuple(_alike(register, pair, line) for pair in pairs[:SHOWN]),
        possible_count=len(pairs),
        origins=origins_of(register, line),
        mended=_mended(register, line),
        quarantine=quarantine,
        already=already,
    )


def origins_of(register: Register | None, line: ImportLine) -> tuple[Origin, ...]:
    """Where a mended file's rows had been quarantined."""
    found = []
    for name, rows in line.draft.mapping.items():
        if name.startswith(ORIGIN):
            import_id = name.removeprefix(ORIGIN)
            found.append(Origin(import_id, _file_of(register, import_id), int(rows)))
    return tuple(found)


def _mended(register: Register, line: ImportLine) -> int:
    """What files made of this import's quarantine brought in: of one file that has rows of several imports at most its own."""
    brought = 0
    for other in register.imports() if line.quarantined else ():
        rows = int(other.draft.mapping.get(f"{ORIGIN}{line.id}", 0))
        if rows and other.state == "done":
            brought += min(rows, other.accepted + other.duplicates)
    return min(brought, line.quarantined)


def _reasons(register: Register, line: ImportLine) -> tuple[Reason, ...]:
    """By how many rows, most first. The first row of each is looked for until all were met."""
    firsts: dict[str, ImportRow] = {}
    after = 0
    while len(firsts) < len(line.reasons) and (rows := register.import_rows(line.id, QUARANTINED, after, 5_000)):
        for row in rows:
            firsts.setdefault(row.code, row)
        after = rows[-1].number
    told = []
    for code, rows_ in sorted(line.reasons.items(), key=lambda item: (-item[1], item[0])):
        first = firsts.get(code)
        if first is None:
            told.append(Reason(code, rows_))
        else:
            told.append(Reason(code, rows_, first.row, first.column, first.value, first.params))
    return tuple(told)


def _repeats(register: Register, line: ImportLine) -> tuple[Repeat, ...]:
    return tuple(
        repeat_of(register, row.row, row.key, line.draft.kind, line.id)
        for row in register.import_rows(line.id, DUPLICATE, 0, SHOWN)[:SHOWN]
    )


def repeat_of(register: Register, row: int | None, key: str, kind: str, import_id: str) -> Repeat:
    """Which row of which file said `key` first."""
    try:
        first = register.history(key, kind=kind)[0]
    except NotFoundError:
        return Repeat(row, None)
    if first.import_id == import_id:
        return Repeat(row, first.row)
    return Repeat(row, first.row, _file_of(register, first.import_id) if first.import_id else "")


def _alike(register: Register, pair: Possible, line: ImportLine) -> Alike:
    mine = register.history(pair.key, kind=line.draft.kind)[0]
    other = repeat_of(register, mine.row, pair.other, line.draft.kind, line.id)
    return Alike(mine.row, other.of_row, other.of_file or "", pair.score, pair.why)


def _file_of(register: Register | None, import_id: str) -> str:
    if register is None:
        return import_id
    try:
        return register.import_line(import_id).draft.file
    except NotFoundError:
        return import_id
