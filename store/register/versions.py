"""Single reports and later words on records: each is a new version signed with who and why; what stood before stays readable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from core import taxonomy
from core.errors import InputError, NotFoundError
from core.report import Report
from core.words import Phrase
from store.register import models, rows
from store.register.nouns import Filter, ReportVersion

Pick = sa.Select[Any]
_LONGEST = 500
_SHORT = (8, 12, 16, 32)  # digits of a report's number: as few as tell it from all others


def add_report(
    connection: sa.Connection,
    report: Report,
    who: str,
    why: str,
    now: datetime,
    key: str | None,
    fingerprint: str | None,
) -> ReportVersion:
    """Record a single report; the same report sent twice stays one, and its first version comes back.

    Raises InputError E_REGISTER_SIGNED (who or why is missing), E_REPORT (a day that has not come), E_REPORT_KEY (its id is taken).
    """
    who, why = _signed(who, why)
    content = report.content()
    today = rows.day_of(now, report.kode)
    late = [
        Phrase("report.future", {"field": name, "value": str(content[name])})
        for name in ("occurred_on", "known_on")
        if isinstance(day := content[name], date) and day > today
    ]
    if late:
        raise InputError("E_REPORT", detail=tuple(late))
    known_on, verification = content.pop("known_on"), str(content.pop("verification"))
    content = rows.content_of("incidents", content)
    mark = fingerprint or "lap:" + hashlib.sha256(rows.packed(content).encode()).hexdigest()[:32]
    table = models.reports
    for found in connection.execute(joined(table).where(table.c.fingerprint == mark)):
        return rows.version_of("incidents", found)
    key = key or report.id
    if key is None:
        key = next(name for size in _SHORT if not _taken(connection, name := f"lap-{mark.rpartition(':')[2][:size]}"))
    elif _taken(connection, key):
        raise InputError("E_REPORT_KEY", value=key[:80])
    values = {
        "key": key,
        "version": 1,
        "fingerprint": mark,
        "recorded_at": now,
        "who": who,
        "why": why,
        "known_on": known_on or today,
        "known_assumed": False,
        **rows.stored("incidents", content, rows.flags_of("incidents", content), verification),
    }
    connection.execute(table.insert(), values)
    return last(connection, "incidents", key)


def _taken(connection: sa.Connection, key: str) -> bool:
    found = sa.select(models.reports.c.seq).where(models.reports.c.key == key).limit(1)
    return connection.execute(found).first() is not None


def revise(
    connection: sa.Connection,
    kind: str,
    key: str,
    changes: Mapping[str, object],
    who: str,
    why: str,
    now: datetime,
    known_on: date | None,
) -> ReportVersion:
    """Write a new version of a record with some columns changed; `verification` may be one of them.

    It counts from `known_on` (today unless given), which may not be before the last version's: what was known then stays known so.
    Raises NotFoundError E_REPORT_UNKNOWN, InputError E_REGISTER_SIGNED, E_REPORT, E_REGISTER_KNOWN, E_REGISTER_SAME (nothing changes).
    """
    who, why = _signed(who, why)
    before = last(connection, kind, key)
    verification = str(changes.get("verification", before.verification))
    if verification not in taxonomy.VERIFICATIONS:
        allowed = ", ".join(taxonomy.VERIFICATIONS)
        fault = Phrase("fault.one_of", {"field": "verification", "expected": allowed, "value": verification[:60]})
        raise InputError("E_REPORT", detail=(fault,))
    content = _changed(kind, before, {name: value for name, value in changes.items() if name != "verification"})
    if content == before.content and verification == before.verification:
        raise InputError("E_REGISTER_SAME", value=key[:80])
    today = rows.day_of(now, content["kode"])
    day = max(before.known_on, known_on or today)
    if known_on is not None and not before.known_on <= known_on <= today:
        raise InputError("E_REGISTER_KNOWN", value=known_on, since=before.known_on, today=today)
    values = {
        "key": key,
        "version": before.version + 1,
        "recorded_at": now,
        "who": who,
        "why": why,
        "known_on": day,
        "known_assumed": False,
        **rows.stored(kind, content, rows.flags_of(kind, content), verification),
    }
    connection.execute(models.table_of(kind).insert(), values)
    return last(connection, kind, key)


def _changed(kind: str, before: ReportVersion, changes: Mapping[str, object]) -> dict[str, object]:
    """The content after the changes, checked as a new report would be; raises InputError E_REPORT."""
    unknown = sorted(
        changes.keys() - before.content.keys() | (changes.keys() & {"severity"} if kind == "incidents" else set())
    )
    if unknown:
        raise InputError("E_REPORT", detail=tuple(Phrase("fault.unknown", {"field": name}) for name in unknown))
    content = {**before.content, **changes}
    if kind != "incidents":
        missing = [c.name for c in models.CONTENT[kind] if not c.nullable and content[c.name] is None]
        if missing:
            raise InputError("E_REPORT", detail=tuple(Phrase("fault.missing", {"field": name}) for name in missing))
        return rows.content_of(kind, content)
    if not changes:
        return dict(before.content)
    missing = [name for name in ("occurred_on", "kind", "kode", "how_known", "date_precision") if content[name] is None]
    if missing:
        raise InputError("E_REPORT", detail=tuple(Phrase("fault.missing", {"field": name}) for name in missing))
    given: dict[str, Any] = {n: value for n, value in content.items() if n not in {"severity", "precision"}}
    made = rows.content_of(kind, {**Report(**given).content(), "known_on": None})
    if not changes.keys() & {"kind", "deaths", "injured"}:
        made["severity"] = before.content["severity"]  # a reader may have weighed it by more than these
    if not changes.keys() & {"kode", "lon", "lat", "precision"}:
        made["precision"] = before.content["precision"]
    return made


def last(connection: sa.Connection, kind: str, key: str) -> ReportVersion:
    """The newest version of a record; raises NotFoundError E_REPORT_UNKNOWN."""
    return history(connection, kind, key)[-1]


def history(connection: sa.Connection, kind: str, key: str) -> list[ReportVersion]:
    """Every version of a record, the oldest first; raises NotFoundError E_REPORT_UNKNOWN."""
    table = models.table_of(kind)
    query = joined(table).where(of_kind(table, kind), table.c.key == key).order_by(table.c.version)
    found = [rows.version_of(kind, row) for row in connection.execute(query)] if rows.is_fit(key) else []
    if not found:
        raise NotFoundError("E_REPORT_UNKNOWN", value=key[:80])
    return found


def listed(
    connection: sa.Connection,
    kind: str,
    wanted: Filter,
    as_of: date | None,
    recorded_by: datetime | None,
    after: int | None,
    limit: int | None,
) -> Iterator[ReportVersion]:
    """The version in force of every record wanted, latest recorded first; `after` is the `seq` of the last one already seen.

    as_of : only what was known by that day; recorded_by : only what stood in the register by that moment
    """
    table = models.table_of(kind)
    query = in_force(joined(table), table, kind, as_of, recorded_by)
    query = query.where(*_wanted(table, kind, wanted)).order_by(table.c.seq.desc())
    if after is not None:
        query = query.where(table.c.seq < after)
    found = connection.execute(query.limit(limit), execution_options={"yield_per": 1000})
    return (rows.version_of(kind, row) for row in found)


def in_force(
    query: Pick, table: sa.Table, kind: str, as_of: date | None, recorded_by: datetime | None, *, judged: bool = False
) -> Pick:
    """Only the newest version of every key by then; `judged`: versions nobody has verified, doubted or rejected do not stand."""
    newer = table.alias("newer")

    def by_then(side: sa.FromClause) -> list[sa.ColumnElement[bool]]:
        conditions = [] if kind == "incidents" else [side.c.kind == kind]
        if as_of is not None:
            conditions.append(side.c.known_on <= as_of)
        if recorded_by is not None:
            conditions.append(side.c.recorded_at <= recorded_by)
        if judged:
            conditions.append(side.c.verification != "unverified")
        return conditions

    later = sa.exists().where(newer.c.key == table.c.key, newer.c.version > table.c.version, *by_then(newer))
    return query.where(*by_then(table), ~later)


def of_kind(table: sa.Table, kind: str) -> sa.ColumnElement[bool]:
    return sa.true() if kind == "incidents" else table.c.kind == kind


def joined(table: sa.Table) -> Pick:
    """Versions with the id of their import and who made it."""
    imports = models.imports
    return sa.select(table, imports.c.id.label("import_id"), imports.c.who.label("import_who")).select_from(
        table.outerjoin(imports, imports.c.no == table.c.import_no)
    )


def _wanted(table: sa.Table, kind: str, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.kode is not None:
        conditions.append(
            sa.or_(table.c.kode == wanted.kode, table.c.kode.startswith(wanted.kode + ".", autoescape=True))
        )
    if wanted.verification is not None:
        conditions.append(table.c.verification == wanted.verification)
    if wanted.import_id is not None:
        conditions.append(models.imports.c.id == wanted.import_id)
    if wanted.passable:
        reader = models.imports.c.reader
        conditions.append(sa.or_(reader.is_(None), reader.not_in(sorted(taxonomy.RESTRICTED_READERS))))
    if wanted.flagged is not None:
        conditions.append(table.c.flags != "" if wanted.flagged else table.c.flags == "")
    if kind == "incidents":
        if wanted.since is not None:
            conditions.append(table.c.occurred_on >= wanted.since)
        if wanted.until is not None:
            conditions.append(table.c.occurred_on <= wanted.until)
        if wanted.what is not None:
            conditions.append(table.c.kind == wanted.what)
    return conditions


def _signed(who: str, why: str) -> tuple[str, str]:
    who, why = (text.strip() for text in (who, why))
    for name, text in (("who", who), ("why", why)):
        if not text or len(text) > _LONGEST or not rows.is_fit(text):
            raise InputError("E_REGISTER_SIGNED", name=Phrase(f"register.{name}"), limit=_LONGEST)
    return who, why
