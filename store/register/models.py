"""The tables of the register, in SQLAlchemy Core; migrations make them, a test holds both to each other.

Nothing in them is ever updated or deleted (see guards.py): what changes is written as a new version, the end of an import as a row.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core import report, tables
from core.taxonomy import VERIFICATIONS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Sorted by bytes on both databases, so that the same rows come in the same order.
Key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Serial = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def microseconds(moment: datetime) -> int:
    """Since 1970 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment, aware, to the microsecond: timestamptz in PostgreSQL, microseconds since 1970 UTC in SQLite."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return microseconds(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            moment: datetime = value
            return moment.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


metadata = sa.MetaData()

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("no", Serial, primary_key=True),
    sa.Column("id", Key, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("profile", sa.Text),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
    sa.Column("attribution", sa.Text, nullable=False),
    sa.Column("mapping", sa.Text, nullable=False),  # JSON
    sa.Column("begun_at", Moment, nullable=False),
)

import_ends = sa.Table(
    "import_ends",
    metadata,
    sa.Column("import_no", Serial, sa.ForeignKey("imports.no"), primary_key=True, autoincrement=False),
    sa.Column("rows_in", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("quarantined", sa.Integer, nullable=False),
    sa.Column("duplicates", sa.Integer, nullable=False),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("revised", sa.Integer, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),  # JSON
    sa.Column("warnings", sa.Text, nullable=False),  # JSON
    sa.Column("finished_at", Moment, nullable=False),
    sa.CheckConstraint("accepted + quarantined + duplicates = rows_in", name="ledger"),
)

# Rows that made no record; those that did stand in reports or entries with their import and number.
import_rows = sa.Table(
    "import_rows",
    metadata,
    sa.Column("import_no", Serial, sa.ForeignKey("imports.no"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", Key, primary_key=True),  # of the record it repeats; '' in quarantine
    sa.Column("row", sa.Integer),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("sheet", sa.Text),
    sa.Column("column", sa.Text),
    sa.Column("value", sa.Text),
    sa.Column("params", sa.Text, nullable=False),  # JSON
    sa.Column("raw", sa.Text, nullable=False),  # JSON
)

possible = sa.Table(
    "possible",
    metadata,
    sa.Column("import_no", Serial, sa.ForeignKey("imports.no"), primary_key=True, autoincrement=False),
    sa.Column("key", Key, primary_key=True),
    sa.Column("other", Key, primary_key=True),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)

_SQL: dict[pa.DataType, type[sa.types.TypeEngine[Any]]] = {
    pa.string(): sa.Text,
    pa.date32(): sa.Date,
    pa.float32(): sa.Double,
    pa.float64(): sa.Double,
    pa.int32(): sa.Integer,
    pa.int8(): sa.Integer,
}
# What stands beside the content of every version under a column of its own.
_APART = {"id", "source", "known_on", "verification", "flags"}
CONTENT: dict[str, tuple[tables.Column, ...]] = {
    kind: tuple(
        column for column in (*columns, *(report.DETAIL if kind == "incidents" else ())) if column.name not in _APART
    )
    for kind, columns in tables.LAYERS.items()
}


def _version_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("seq", Serial, primary_key=True),
        sa.Column("key", Key, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("fingerprint", Key),  # of what came from outside; null for a version written here
        sa.Column("import_no", Serial, sa.ForeignKey("imports.no")),
        sa.Column("number", sa.Integer),
        sa.Column("row", sa.Integer),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("why", sa.Text),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("known_assumed", sa.Boolean, nullable=False),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("flags", sa.Text, nullable=False),
    )


def _checks() -> tuple[sa.CheckConstraint, ...]:
    allowed = ", ".join(f"'{value}'" for value in VERIFICATIONS)
    return (
        sa.CheckConstraint(f"verification IN ({allowed})", name="verification"),
        sa.CheckConstraint("import_no IS NOT NULL OR (who IS NOT NULL AND why IS NOT NULL)", name="signed"),
    )


reports = sa.Table(
    "reports",
    metadata,
    *_version_columns(),
    *(sa.Column(c.name, _SQL[c.dtype], nullable=c.nullable) for c in CONTENT["incidents"]),
    *_checks(),
    sa.Index("reports_key", "key", "version", unique=True),
    sa.Index("reports_fingerprint", "fingerprint", unique=True),
    sa.Index("reports_import", "import_no", "number"),
    sa.Index("reports_day", "occurred_on"),
)

entries = sa.Table(
    "entries",
    metadata,
    *_version_columns(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("kode", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # JSON of the declared columns, keys sorted
    *_checks(),
    sa.Index("entries_key", "kind", "key", "version", unique=True),
    sa.Index("entries_fingerprint", "kind", "fingerprint", unique=True),
    sa.Index("entries_import", "import_no", "number"),
)


def table_of(kind: str) -> sa.Table:
    """Where versions of a kind stand."""
    return reports if kind == "incidents" else entries
