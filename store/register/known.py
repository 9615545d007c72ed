"""What a publish may take: per record the newest judged version known by as_of, if it is verified; and how much is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from store.register import models, rows, versions
from store.register.nouns import Summary


def known(connection: sa.Connection, kind: str, as_of: date) -> Iterator[dict[str, Any]]:
    """The rows in the order of their keys: content by column name, and `key version known_on first_known known_assumed flags
    import_id`; `first_known` is the day its first version was known.

    A version nobody has judged waits: it neither counts nor hides what was verified before. One that was doubted or rejected hides it.
    """
    table = models.table_of(kind)
    earlier = table.alias("earlier")
    first = sa.select(sa.func.min(earlier.c.known_on)).where(earlier.c.key == table.c.key).scalar_subquery()
    joined = versions.joined(table).add_columns(first.label("first_known"))
    query = versions.in_force(joined, table, kind, as_of, None, judged=True)
    query = query.where(table.c.verification == "verified").order_by(table.c.key)
    for row in connection.execute(query, execution_options={"yield_per": 2_000}):
        yield {
            **rows.unpacked(kind, row),
            "key": row.key,
            "version": row.version,
            "known_on": row.known_on,
            "first_known": row.first_known,
            "known_assumed": row.known_assumed,
            "flags": row.flags,
            "import_id": row.import_id,
        }


def summary(connection: sa.Connection, kind: str, as_of: date) -> Summary:
    """How many records `known` gives and how many it leaves out; each record is counted once."""
    table = models.table_of(kind)
    judged = versions.in_force(
        sa.select(table.c.verification, sa.func.count().label("records")), table, kind, as_of, None, judged=True
    ).group_by(table.c.verification)
    found: dict[str, int] = {row.verification: int(row.records) for row in connection.execute(judged)}
    mine = versions.of_kind(table, kind)
    known_by_then = _keys(connection, sa.select(table.c.key).where(mine, table.c.known_on <= as_of))
    every = _keys(connection, sa.select(table.c.key).where(mine))
    opened = sa.select(sa.func.count()).select_from(
        models.imports.outerjoin(models.import_ends, models.import_ends.c.import_no == models.imports.c.no)
    )
    return Summary(
        published=found.get("verified", 0),
        unverified=known_by_then - sum(found.values()),
        doubtful=found.get("doubtful", 0),
        rejected=found.get("rejected", 0),
        later=every - known_by_then,
        open_imports=connection.execute(
            opened.where(models.imports.c.kind == kind, models.import_ends.c.import_no.is_(None))
        ).scalar_one(),
    )


def _keys(connection: sa.Connection, query: Any) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(query.distinct().subquery())).scalar_one())
