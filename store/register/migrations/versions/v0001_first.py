"""Imports with their ledger, incidents (reports), and TPS, sites and posts (entries)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from store.register.models import Key, Moment, Serial

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the six tables."""
    op.create_table(
        "imports",
        sa.Column("no", Serial, primary_key=True),
        sa.Column("id", Key, nullable=False, unique=True),
        *_texts("kind", "reader", "file", "sha256"),
        sa.Column("profile", sa.Text),
        *_texts("who", "name", "licence", "attribution", "mapping"),
        sa.Column("begun_at", Moment, nullable=False),
    )
    op.create_table(
        "import_ends",
        sa.Column("import_no", Serial, sa.ForeignKey("imports.no"), primary_key=True, autoincrement=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("rows_in", "accepted", "quarantined", "duplicates", "records", "revised")
        ),
        *_texts("reasons", "warnings"),
        sa.Column("finished_at", Moment, nullable=False),
        sa.CheckConstraint("accepted + quarantined + duplicates = rows_in", name="ledger"),
    )
    op.create_table(
        "import_rows",
        sa.Column("import_no", Serial, sa.ForeignKey("imports.no"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", Key, primary_key=True),
        sa.Column("row", sa.Integer),
        *_texts("outcome", "code"),
        sa.Column("sheet", sa.Text),
        sa.Column("column", sa.Text),
        sa.Column("value", sa.Text),
        *_texts("params", "raw"),
    )
    op.create_table(
        "possible",
        sa.Column("import_no", Serial, sa.ForeignKey("imports.no"), primary_key=True, autoincrement=False),
        sa.Column("key", Key, primary_key=True),
        sa.Column("other", Key, primary_key=True),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "reports",
        *_version(),
        sa.Column("occurred_on", sa.Date, nullable=False),
        *_texts("date_precision", "kind"),
        sa.Column("conflict_source", sa.Text),
        sa.Column("severity", sa.Double, nullable=False),
        sa.Column("deaths", sa.Integer),
        sa.Column("injured", sa.Integer),
        *_texts("how_known", "precision", "kode"),
        sa.Column("lon", sa.Double),
        sa.Column("lat", sa.Double),
        sa.Column("date_end", sa.Date),
        *(sa.Column(name, sa.Text) for name in ("time", "zone", "text", "source_name", "source_grade")),
        sa.Column("credibility", sa.Integer),
        sa.Column("conflict_stage", sa.Text),
        sa.Column("outcome", sa.Text),
        *_checks(),
    )
    op.create_index("reports_key", "reports", ["key", "version"], unique=True)
    op.create_index("reports_fingerprint", "reports", ["fingerprint"], unique=True)
    op.create_index("reports_import", "reports", ["import_no", "number"])
    op.create_index("reports_day", "reports", ["occurred_on"])
    op.create_table("entries", *_version(), *_texts("kind", "kode", "content"), *_checks())
    op.create_index("entries_key", "entries", ["kind", "key", "version"], unique=True)
    op.create_index("entries_fingerprint", "entries", ["kind", "fingerprint"], unique=True)
    op.create_index("entries_import", "entries", ["import_no", "number"])


def _texts(*names: str) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(name, sa.Text, nullable=False) for name in names)


def _version() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("seq", Serial, primary_key=True),
        sa.Column("key", Key, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("fingerprint", Key),
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
    return (
        sa.CheckConstraint("verification IN ('unverified', 'verified', 'doubtful', 'rejected')", name="verification"),
        sa.CheckConstraint("import_no IS NOT NULL OR (who IS NOT NULL AND why IS NOT NULL)", name="signed"),
    )
