"""The register: the one mutable store, append-only and bitemporal, on SQLite or PostgreSQL.

Two times stand on every version: `known_on`, the day the agency knew, and `recorded_at`, when it was written down here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from core import settings
from core.report import Report
from store.manifest import Warning_
from store.register import database, imports, known, versions
from store.register.migrating import migrate
from store.register.nouns import (
    ACCEPTED,
    ALWAYS,
    DUPLICATE,
    KINDS,
    QUARANTINED,
    Filter,
    ImportDraft,
    ImportLine,
    ImportRow,
    NewRow,
    Outcome,
    Possible,
    QuarantinedRow,
    ReportVersion,
    Summary,
)

__all__ = [
    "ACCEPTED", "ALWAYS", "DUPLICATE", "KINDS", "QUARANTINED", "Filter", "ImportDraft", "ImportLine", "ImportRow", "NewRow",
    "Outcome", "Possible", "QuarantinedRow", "Register", "ReportVersion", "Summary", "open_existing", "open_register",
]  # fmt: skip
URL = "PETARAWAN_REGISTER_URL"
_ALL = Filter()


def open_register(workspace: Path, url: str | None = None) -> Register:
    """The register of a workspace, made or brought up to date where needed; close it, or use it in a `with`.

    The address: `url`, else the environment's PETARAWAN_REGISTER_URL, else [register] url of petarawan.toml, else register.db.
    Raises ConfigError (E_REGISTER_URL, or as settings.load), DiskError E_REGISTER_DISK, LockedError E_REGISTER_BUSY, RegisterError
    (E_REGISTER_NEWER, E_REGISTER_ABSENT, E_REGISTER_REFUSED, E_REGISTER_BROKEN).
    """
    engine = database.connect(database.address(workspace, url or _configured(workspace)))
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Register(engine)


def open_existing(workspace: Path, url: str | None = None) -> Register | None:
    """The same, but None where the workspace has no register yet: nothing is made."""
    url = url or _configured(workspace)
    where = database.address(workspace, url)
    if where.get_backend_name() == "sqlite" and not Path(str(where.database)).exists():
        return None
    return open_register(workspace, url)


def _configured(workspace: Path) -> str | None:
    if os.environ.get(URL):
        return os.environ[URL]
    if not (workspace / settings.FILE_NAME).is_file():
        return None
    url = settings.load(workspace).register_.url
    return None if url is None else url.get_secret_value()


@dataclass(frozen=True)
class Register:
    """An open register. Every method is one transaction; moments (`now`) are aware and come from the caller."""

    engine: sa.Engine

    def __repr__(self) -> str:
        return f"Register({self.where!r})"

    @property
    def where(self) -> str:
        """Where it is, as a message may show it."""
        return database.shown(self.engine.url)

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.engine.dispose()

    def begin_import(self, draft: ImportDraft, now: datetime) -> ImportLine:
        """Begin an import, or find it again by its id: `done`, or `open` to be gone on with."""
        with database.writing(self.engine) as connection:
            return imports.begin(connection, draft, now)

    def add_batch(self, import_id: str, items: Sequence[NewRow | QuarantinedRow], now: datetime) -> list[Outcome]:
        """Write rows, all or none, and say what became of each; what this import wrote before counts as accepted again."""
        with database.writing(self.engine) as connection:
            return imports.add(connection, import_id, items, now)

    def finish_import(
        self, import_id: str, rows_in: int, warnings: Sequence[Warning_], now: datetime, *, empty: int = 0
    ) -> ImportLine:
        """Close the ledger of an import; `empty` rows were read and gave no record. Raises RegisterError E_REGISTER_LEDGER."""
        with database.writing(self.engine) as connection:
            return imports.finish(connection, import_id, rows_in, warnings, now, empty)

    def imports(self) -> list[ImportLine]:
        """Every import, the latest first."""
        with database.reading(self.engine) as connection:
            return imports.lines(connection)

    def import_line(self, import_id: str) -> ImportLine:
        """One import; raises NotFoundError E_IMPORT_UNKNOWN."""
        with database.reading(self.engine) as connection:
            return imports.line(connection, import_id)

    def import_rows(self, import_id: str, outcome: str, after: int = 0, limit: int = 100) -> list[ImportRow]:
        """The next `limit` file rows of one outcome with a number above `after`."""
        with database.reading(self.engine) as connection:
            return imports.ledger_rows(connection, import_id, outcome, after, limit)

    def add_possible(self, import_id: str, pairs: Sequence[Possible]) -> None:
        """Keep pairs of records that may be the same thing."""
        with database.writing(self.engine) as connection:
            imports.add_possible(connection, import_id, pairs)

    def possible(self, import_id: str) -> list[Possible]:
        """The pairs an import found, the likeliest first."""
        with database.reading(self.engine) as connection:
            return imports.possible(connection, import_id)

    def add_report(
        self,
        report: Report,
        who: str,
        why: str,
        now: datetime,
        *,
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> ReportVersion:
        """Record one report; sent twice it stays one. Raises InputError E_REGISTER_SIGNED, E_REPORT, E_REPORT_KEY."""
        with database.writing(self.engine) as connection:
            return versions.add_report(connection, report, who, why, now, key, fingerprint)

    def add_reports(self, signed: Sequence[tuple[Report, str, str]], now: datetime) -> list[ReportVersion]:
        """Record reports, each with who and why, all or none; raises as add_report."""
        with database.writing(self.engine) as connection:
            return [versions.add_report(connection, *item, now, None, None) for item in signed]

    def correct(
        self,
        key: str,
        changes: Mapping[str, object],
        who: str,
        why: str,
        now: datetime,
        *,
        kind: str = "incidents",
        known_on: date | None = None,
    ) -> ReportVersion:
        """A new version with some columns changed; raises as versions.revise."""
        with database.writing(self.engine) as connection:
            return versions.revise(connection, kind, key, changes, who, why, now, known_on)

    def verify(
        self,
        key: str,
        state: str,
        who: str,
        why: str,
        now: datetime,
        *,
        kind: str = "incidents",
        known_on: date | None = None,
    ) -> ReportVersion:
        """A new version with another verification state; raises as versions.revise."""
        with database.writing(self.engine) as connection:
            return versions.revise(connection, kind, key, {"verification": state}, who, why, now, known_on)

    def reports(
        self,
        wanted: Filter = _ALL,
        *,
        kind: str = "incidents",
        as_of: date | None = None,
        recorded_by: datetime | None = None,
        after: int | None = None,
        limit: int | None = 100,
    ) -> list[ReportVersion]:
        """The version in force of every record wanted, latest recorded first; go on with `after` = the last one's `seq`."""
        with database.reading(self.engine) as connection:
            return list(versions.listed(connection, kind, wanted, as_of, recorded_by, after, limit))

    def each(
        self, wanted: Filter = _ALL, *, kind: str = "incidents", as_of: date | None = None
    ) -> Iterator[ReportVersion]:
        """The same without a limit, one by one from one consistent view."""
        with database.reading(self.engine) as connection:
            yield from versions.listed(connection, kind, wanted, as_of, None, None, None)

    def history(self, key: str, *, kind: str = "incidents") -> list[ReportVersion]:
        """Every version of a record, the oldest first; raises NotFoundError E_REPORT_UNKNOWN."""
        with database.reading(self.engine) as connection:
            return versions.history(connection, kind, key)

    def known(self, kind: str, as_of: date) -> Iterator[dict[str, Any]]:
        """What a publish takes, in the order of keys, from one consistent view; see known.known."""
        with database.reading(self.engine) as connection:
            yield from known.known(connection, kind, as_of)

    def known_summary(self, kind: str, as_of: date) -> Summary:
        """How much that is, and how much is left out and why."""
        with database.reading(self.engine) as connection:
            return known.summary(connection, kind, as_of)
