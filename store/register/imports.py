"""Imports: begun, fed in batches of one transaction each, finished with a ledger that adds up; doing any of it again adds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.errors import NotFoundError, Place, RegisterError
from store.manifest import Warning_
from store.register import bulk, models, rows
from store.register.nouns import (
    ACCEPTED,
    DUPLICATE,
    QUARANTINED,
    ImportDraft,
    ImportLine,
    ImportRow,
    NewRow,
    Outcome,
    Possible,
    QuarantinedRow,
)

_FOUND = ("fingerprint", "key", "version", "import_no", "number", "known_on")
_HEAD = ("key", "version", "fingerprint", "import_no", "number", "row", "recorded_at", "known_on", "known_assumed")
_imports, _ends, _rows = models.imports, models.import_ends, models.import_rows


def begin(connection: sa.Connection, draft: ImportDraft, now: datetime) -> ImportLine:
    """The line of this import: a new one, or the one begun or finished before under the same id."""
    if _number(connection, draft.id) is None:
        values = {**asdict(draft), "mapping": rows.packed(draft.mapping), "begun_at": now}
        connection.execute(_imports.insert(), rows.fit(values))
    return line(connection, draft.id)


def add(
    connection: sa.Connection, import_id: str, items: Sequence[NewRow | QuarantinedRow], now: datetime
) -> list[Outcome]:
    """Write one batch and say what became of each item, in their order; raises NotFoundError E_IMPORT_UNKNOWN."""
    number = _number(connection, import_id)
    if number is None:
        raise NotFoundError("E_IMPORT_UNKNOWN", value=import_id[:80])
    kind = connection.execute(sa.select(_imports.c.kind).where(_imports.c.no == number)).scalar_one()
    items = [item if isinstance(item, QuarantinedRow) else _fitting(item) for item in items]
    writer = _Batch(connection, kind, number, now, [item for item in items if isinstance(item, NewRow)])
    told = [writer.take(item) for item in items]
    writer.write()
    return told


def _fitting(item: NewRow) -> NewRow:
    if rows.is_fit(item.key) and rows.is_fit(item.fingerprint):
        return item
    return replace(item, **rows.fit({"key": item.key, "fingerprint": item.fingerprint}))


class _Batch:
    """What is known of the records a batch touches, and the rows it will write."""

    def __init__(
        self, connection: sa.Connection, kind: str, import_no: int, now: datetime, new: Sequence[NewRow]
    ) -> None:
        self.connection, self.kind, self.import_no, self.now = connection, kind, import_no, now
        self.versions: list[tuple[Any, ...]] = []
        self.names: tuple[str, ...] = ()  # of the columns of `versions`
        self.others: list[dict[str, Any]] = []
        table, one = models.table_of(kind), None if kind == "incidents" else kind
        marks, keys = [item.fingerprint for item in new], [item.key for item in new]
        self.seen: dict[str, tuple[str, int, int | None, int | None]] = {}
        self.last: dict[str, tuple[int, date]] = {}
        for row in bulk.present(connection, table, one, "fingerprint", marks, _FOUND):
            self.seen[row.fingerprint] = (row.key, row.version, row.import_no, row.number)
        for row in bulk.present(connection, table, one, "key", list(dict.fromkeys(keys)), _FOUND):
            self.last[row.key] = (row.version, row.known_on)

    def take(self, item: NewRow | QuarantinedRow) -> Outcome:
        if isinstance(item, QuarantinedRow):
            self._aside(item.number, item.row, QUARANTINED, "", item)
            return Outcome(item.number, QUARANTINED)
        before = self.seen.get(item.fingerprint)
        if before is not None:
            key, version, import_no, number = before
            if (import_no, number) == (self.import_no, item.number):
                return Outcome(item.number, ACCEPTED, key, version)  # written before a kill
            self._aside(item.number, item.row, DUPLICATE, key)
            return Outcome(item.number, DUPLICATE, key, version)
        version = self._version(item)
        self.seen[item.fingerprint] = (item.key, version, self.import_no, item.number)
        return Outcome(item.number, ACCEPTED, item.key, version)

    def _version(self, item: NewRow) -> int:
        content = rows.content_of(self.kind, {**item.content, "kode": item.kode})
        known_on, assumed = rows.since_when(self.kind, item.known_on, item.occurred_on)
        version = 1
        if item.key in self.last:  # a later word on a known record changes nothing that was known before it
            version, known_on = self.last[item.key]
            version, known_on, assumed = version + 1, max(known_on, rows.day_of(self.now, item.kode)), False
        self.last[item.key] = (version, known_on)
        flags = rows.flags_of(self.kind, content) if item.flags is None else item.flags
        stored = rows.stored(self.kind, content, flags, item.verification)
        head = (item.key, version, item.fingerprint, self.import_no, item.number, item.row, self.now, known_on, assumed)
        self.versions.append((*head, *stored.values()))
        self.names = (*_HEAD, *stored)
        return version

    def _aside(self, number: int, row: int | None, outcome: str, key: str, fault: QuarantinedRow | None = None) -> None:
        values: dict[str, Any] = {
            "import_no": self.import_no,
            "number": number,
            "key": key,
            "row": row,
            "outcome": outcome,
            "code": fault.code if fault else "",
            "sheet": fault.sheet if fault else None,
            "column": fault.column if fault else None,
            "value": fault.value if fault else None,
            "params": rows.packed(fault.params if fault else {}),
            "raw": rows.packed(fault.raw if fault else {}),
        }
        self.others.append(rows.fit(values))

    def write(self) -> None:
        bulk.insert(self.connection, models.table_of(self.kind), self.names, self.versions)
        if self.others:
            self.connection.execute(_insert_once(self.connection, _rows), self.others)


def finish(
    connection: sa.Connection, import_id: str, rows_in: int, warnings: Sequence[Warning_], now: datetime, empty: int
) -> ImportLine:
    """Close the ledger; a second time it stays as it was.

    `empty`: accepted rows that made no record. A row counts once: accepted if any record of it was, else a duplicate if any was, else
    quarantined. Raises RegisterError E_REGISTER_LEDGER where the rows written are not the rows read.
    """
    found = line(connection, import_id)
    if found.state == "done":
        return found
    number = _number(connection, import_id)
    table = models.table_of(found.draft.kind)
    mine = table.c.import_no == number
    accepted = sa.select(table.c.number).where(mine)
    doubled = sa.select(_rows.c.number).where(_rows.c.import_no == number, _rows.c.outcome == DUPLICATE)
    refused = sa.select(_rows.c.number).where(_rows.c.import_no == number, _rows.c.outcome == QUARANTINED)
    better = _rows.c.number.in_(accepted)
    counts = {
        "rows_in": rows_in,
        "accepted": _count(connection, accepted.distinct()) + empty,
        "duplicates": _count(connection, doubled.where(~better).distinct()),
        "quarantined": _count(connection, refused.where(~better, ~_rows.c.number.in_(doubled)).distinct()),
    }
    if counts["accepted"] + counts["duplicates"] + counts["quarantined"] != rows_in:
        raise RegisterError("E_REGISTER_LEDGER", place=Place(file=found.draft.file), **counts)
    reasons = connection.execute(
        sa.select(_rows.c.code, sa.func.count())
        .where(_rows.c.import_no == number, _rows.c.outcome == QUARANTINED)
        .group_by(_rows.c.code)
    )
    connection.execute(
        _ends.insert(),
        {
            **counts,
            "import_no": number,
            "records": _count(connection, sa.select(table.c.seq).where(mine)),
            "revised": _count(connection, sa.select(table.c.seq).where(mine, table.c.version > 1)),
            "reasons": rows.packed({row[0]: row[1] for row in reasons}),
            "warnings": rows.packed([asdict(item) for item in warnings]),
            "finished_at": now,
        },
    )
    return line(connection, import_id)


def line(connection: sa.Connection, import_id: str) -> ImportLine:
    """The ledger of one import; raises NotFoundError E_IMPORT_UNKNOWN."""
    for found in _lines(connection, _imports.c.id == import_id):
        return found
    raise NotFoundError("E_IMPORT_UNKNOWN", value=import_id[:80])


def lines(connection: sa.Connection) -> list[ImportLine]:
    """Every import, the latest first."""
    return list(_lines(connection, sa.true()))


def _lines(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Iterator[ImportLine]:
    query = (
        sa.select(_imports, *(c for c in _ends.c if c.name != "import_no"))
        .select_from(_imports.outerjoin(_ends, _ends.c.import_no == _imports.c.no))
        .where(where)
        .order_by(_imports.c.no.desc())
    )
    for row in connection.execute(query):
        values = row._mapping
        names = ("id", "kind", "reader", "file", "sha256", "profile", "who", "name", "licence", "attribution")
        draft = ImportDraft(**{name: values[name] for name in names}, mapping=orjson.loads(row.mapping))
        if row.finished_at is None:
            yield ImportLine(draft, row.begun_at)
            continue
        counted = ("rows_in", "accepted", "quarantined", "duplicates", "records", "revised")
        yield ImportLine(
            draft,
            row.begun_at,
            "done",
            row.finished_at,
            **{name: values[name] for name in counted},
            reasons=orjson.loads(row.reasons),
            warnings=tuple(Warning_(**item) for item in orjson.loads(row.warnings)),
        )


def ledger_rows(connection: sa.Connection, import_id: str, outcome: str, after: int, limit: int) -> list[ImportRow]:
    """Rows of one outcome with a number above `after`, in the file's order; of all records of a row or none of them."""
    kind, number = line(connection, import_id).draft.kind, _number(connection, import_id)
    table = models.table_of(kind) if outcome == ACCEPTED else _rows
    mine = [table.c.import_no == number, table.c.number > after]
    if outcome != ACCEPTED:
        mine.append(_rows.c.outcome == outcome)
    last = connection.execute(
        sa.select(table.c.number).where(*mine).distinct().order_by(table.c.number).offset(max(limit, 1) - 1).limit(1)
    ).scalar()
    if last is not None:
        mine.append(table.c.number <= last)
    found = connection.execute(sa.select(table).where(*mine).order_by(table.c.number, table.c.key))
    if outcome == ACCEPTED:
        return [ImportRow(row.number, row.row, ACCEPTED, row.key, row.version) for row in found]
    return [
        ImportRow(
            number=row.number,
            row=row.row,
            outcome=row.outcome,
            key=row.key,
            code=row.code,
            sheet=row.sheet,
            column=row._mapping["column"],
            value=row.value,
            params=orjson.loads(row.params),
            raw=orjson.loads(row.raw),
        )
        for row in found
    ]


def add_possible(connection: sa.Connection, import_id: str, pairs: Sequence[Possible]) -> None:
    """Keep pairs that may be the same thing; a pair told again is kept once."""
    number = _number(connection, import_id)
    if number is None:
        raise NotFoundError("E_IMPORT_UNKNOWN", value=import_id[:80])
    values = [{"import_no": number, **asdict(pair)} for pair in pairs]
    if values:
        connection.execute(_insert_once(connection, models.possible), values)


def possible(connection: sa.Connection, import_id: str) -> list[Possible]:
    """The pairs of an import, the likeliest first."""
    table = models.possible
    query = (
        sa.select(table)
        .join(_imports, _imports.c.no == table.c.import_no)
        .where(_imports.c.id == import_id)
        .order_by(table.c.score.desc(), table.c.key, table.c.other)
    )
    return [Possible(row.key, row.other, row.score, row.why) for row in connection.execute(query)]


def _number(connection: sa.Connection, import_id: str) -> int | None:
    found: int | None = connection.execute(sa.select(_imports.c.no).where(_imports.c.id == import_id)).scalar()
    return found


def _insert_once(connection: sa.Connection, table: sa.Table) -> Any:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def _count(connection: sa.Connection, query: Any) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())
