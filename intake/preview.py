"""What an import would do, as data for a table and a page: nothing is written, neither file nor register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from core.words import DEFAULT_LANGUAGE
from intake import quarantine_xlsx
from intake.asked import Asked, draft
from intake.items import Judge, Judged
from intake.opening import Opened
from intake.report import SHOWN, Reason, Repeat, Report, origins_of, repeat_of
from store.register import ACCEPTED, DUPLICATE, QUARANTINED, ImportLine, NewRow, QuarantinedRow, Register
from store.register.database import reading
from store.register.models import table_of

BATCH = 5_000
TOLD = 1_000  # rows between two words of progress


@dataclass(frozen=True)
class PreviewRow:
    """One file row and what would become of it; lon and lat where a point is known, `kode` the deepest area known."""

    number: int
    row: int | None
    outcome: str
    raw: Mapping[str, str]
    sheet: str | None = None
    code: str = ""
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    kode: str | None = None
    precision: str | None = None
    lon: float | None = None
    lat: float | None = None
    records: int = 0
    repeats: Repeat | None = None
    content: Mapping[str, object] = field(default_factory=dict)  # of its first record, by column


@dataclass(frozen=True)
class Preview:
    """The report of a dry run, the file's columns, and the first rows of every outcome."""

    report: Report
    headers: tuple[str, ...]
    mapping: Mapping[str, str]
    rows: Mapping[str, tuple[PreviewRow, ...]]


def preview(
    opened: Opened,
    register: Register | None,
    *,
    who: str,
    now: datetime,
    most: int = 100,
    quarantine: Path | None = None,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
    lang: str = DEFAULT_LANGUAGE,
) -> Preview:
    """Walk the file and say what an import would make of it now; the first `most` rows of each outcome are kept.

    `quarantine` : where to write the workbook of rows to be mended, for whoever may write (a job's own folder); else nothing is written.
    """
    asked, stream = opened.asked, opened.stream
    shown: dict[str, list[PreviewRow]] = {ACCEPTED: [], QUARANTINED: [], DUPLICATE: []}
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    firsts: dict[str, QuarantinedRow] = {}
    beyond: dict[str, None] = {}
    records = 0
    for one, outcome, repeated in _walk(opened, register):
        counts[outcome] += 1
        for item in one.items:
            if isinstance(item, QuarantinedRow):
                reasons[item.code] += 1
                firsts.setdefault(item.code, item)
                beyond.update(dict.fromkeys(item.raw))
            elif outcome == ACCEPTED:
                records += 1
        if len(shown[outcome]) < most:
            shown[outcome].append(_row(one, outcome, _repeat(register, asked, repeated)))
        if counts.total() % BATCH == 0:
            tell(counts.total(), stream.total)
    line = ImportLine(
        draft(asked, opened.area, stream, opened.origins, who),
        begun_at=now,
        state="done",
        rows_in=counts.total(),
        accepted=counts[ACCEPTED],
        quarantined=counts[QUARANTINED],
        duplicates=counts[DUPLICATE],
        records=records,
        reasons=dict(sorted(reasons.items())),
        warnings=stream.ledger.all_warnings(),
    )
    if quarantine is not None and counts[QUARANTINED]:
        _write(opened, beyond, quarantine, lang)
    told = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    report = Report(
        line=line,
        reasons=tuple(
            Reason(code, rows, firsts[code].row, firsts[code].column, firsts[code].value, firsts[code].params)
            for code, rows in told
        ),
        repeats=tuple(row.repeats for row in shown[DUPLICATE][:SHOWN] if row.repeats is not None),
        origins=origins_of(register, line),
        quarantine=quarantine if counts[QUARANTINED] else None,
        dry_run=True,
    )
    return Preview(report, stream.headers, stream.mapping, {name: tuple(rows) for name, rows in shown.items()})


def _walk(
    opened: Opened, register: Register | None
) -> Iterator[tuple[Judged, str, tuple[int | None, int | str | None] | None]]:
    """Every file row with its outcome, by the same rule as the register's; of a repeat its row and the row or the key it repeats."""
    kind = opened.asked.source.kind
    here: dict[str, int | None] = {}
    for batch in Judge(opened.stream, opened.import_id, opened.asked.verification).batches(BATCH):
        news = [item for one in batch for item in one.items if isinstance(item, NewRow)]
        there = {} if register is None else _seen(register, kind, [item.fingerprint for item in news])
        for one in batch:
            fresh = False
            repeats: tuple[int | None, int | str | None] | None = None
            for item in one.items:
                if not isinstance(item, NewRow):
                    continue
                if item.fingerprint in here:
                    repeats = repeats or (item.row, here[item.fingerprint])
                elif item.fingerprint in there:
                    repeats = repeats or (item.row, there[item.fingerprint])
                else:
                    fresh = True
                    here[item.fingerprint] = item.row
            refused = any(isinstance(item, QuarantinedRow) for item in one.items)
            outcome = (
                ACCEPTED if fresh or not one.items else DUPLICATE if repeats else QUARANTINED if refused else ACCEPTED
            )
            yield one, outcome, repeats if outcome == DUPLICATE else None


def _repeat(
    register: Register | None, asked: Asked, repeated: tuple[int | None, int | str | None] | None
) -> Repeat | None:
    if repeated is None:
        return None
    row, of = repeated
    if isinstance(of, str):
        return None if register is None else repeat_of(register, row, of, asked.source.kind, "")
    return Repeat(row, of)


def _seen(register: Register, kind: str, marks: Sequence[str]) -> dict[str, str]:
    """Of these fingerprints those the register has -> the key they stand under."""
    table = table_of(kind)
    mine = sa.true() if kind == "incidents" else table.c.kind == kind
    with reading(register.engine) as connection:
        found = connection.execute(
            sa.select(table.c.fingerprint, table.c.key).where(mine, table.c.fingerprint.in_(list(marks)))
        )
        return {row.fingerprint: row.key for row in found}


def _row(one: Judged, outcome: str, repeats: Repeat | None) -> PreviewRow:
    read, first = one.read, one.items[0] if one.items else None
    if isinstance(first, QuarantinedRow):
        return PreviewRow(
            read.number, first.row, outcome, read.raw, first.sheet, first.code, first.column, first.value, first.params
        )
    content = {} if first is None else first.content
    lon, lat = content.get("lon"), content.get("lat")
    return PreviewRow(
        number=read.number,
        row=read.record.row,
        outcome=outcome,
        raw=read.raw,
        sheet=read.place.sheet,
        kode=None if first is None else first.kode,
        precision=str(content["precision"]) if "precision" in content else None,
        lon=lon if isinstance(lon, float) else None,
        lat=lat if isinstance(lat, float) else None,
        records=len(one.items),
        repeats=repeats,
        content=content,
    )


def _write(opened: Opened, beyond: Iterable[str], path: Path, lang: str) -> None:
    """Walk the file once more, so that many rows in quarantine take no more memory than few; `beyond` are titles no header has."""
    held = (
        quarantine_xlsx.Held(item.code, item.row, item.raw, item.column, item.params, item.sheet)
        for batch in Judge(opened.stream, opened.import_id, opened.asked.verification).batches(BATCH)
        for one in batch
        for item in one.items
        if isinstance(item, QuarantinedRow)
    )
    quarantine_xlsx.write(path, (*opened.stream.headers, *beyond), held, opened.import_id, lang)
