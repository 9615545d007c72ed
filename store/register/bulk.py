"""Many rows at once, by the quickest way each database has: executemany in SQLite, COPY in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

import orjson
import sqlalchemy as sa

from store.register.models import Moment, microseconds

_AT_ONCE = 10_000  # values in one look-up


def insert(connection: sa.Connection, table: sa.Table, names: tuple[str, ...], values: Sequence[Sequence[Any]]) -> None:
    """Append rows given in the order of `names`."""
    if not values:
        return
    quoted = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({quoted}) FROM STDIN", values)
        return
    days = [i for i, name in enumerate(names) if isinstance(table.c[name].type, sa.Date)]
    moments = [i for i, name in enumerate(names) if isinstance(table.c[name].type, Moment)]
    marks = ", ".join("?" * len(names))
    rows = [_plain(row, days, moments) for row in values]
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})", rows)


def _copy(connection: sa.Connection, statement: str, values: Sequence[Sequence[Any]]) -> None:
    """Through the driver itself; its errors are wrapped as SQLAlchemy wraps them."""
    driver: Any = connection.connection
    errors: Any = connection.dialect.dbapi
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except errors.Error as error:
        raise sa.exc.DBAPIError(statement, None, error, hide_parameters=True) from None


def _plain(row: Sequence[Any], days: list[int], moments: list[int]) -> tuple[Any, ...]:
    """As SQLite keeps it: days as ISO text, moments as microseconds."""
    made = list(row)
    for i in days:
        if made[i] is not None:
            made[i] = _iso(made[i])
    for i in moments:
        made[i] = microseconds(made[i])
    return tuple(made)


@cache
def _iso(day: date) -> str:
    return day.isoformat()


def present(
    connection: sa.Connection,
    table: sa.Table,
    kind: str | None,
    column: str,
    values: Sequence[str],
    names: tuple[str, ...],
) -> Iterator[sa.Row[Any]]:
    """The columns `names` of the rows whose `column` is one of the values, by version; `kind` where a table holds several."""
    lite = connection.dialect.name == "sqlite"
    among = "IN (SELECT value FROM json_each(:found))" if lite else "= ANY(:found)"
    one = "" if kind is None else " AND kind = :kind"
    query = sa.text(
        f"SELECT {', '.join(names)} FROM {table.name} WHERE {column} {among}{one} ORDER BY version"
    ).columns(*(table.c[name] for name in names))
    for start in range(0, len(values), _AT_ONCE):
        part = list(values[start : start + _AT_ONCE])
        given: dict[str, Any] = {"found": orjson.dumps(part).decode() if lite else part}
        yield from connection.execute(query, given if kind is None else {**given, "kind": kind})
