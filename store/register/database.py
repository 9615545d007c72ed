"""The database under the register: its address, its settings, its transactions, and its errors in our words.

Writers take turns on both databases (SQLite: BEGIN IMMEDIATE; PostgreSQL: one advisory lock), so numbers of versions never race.
An address may hold a password: it stands in no message, no log and no `repr`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc

from core.errors import ConfigError, DiskError, LockedError, PetarawanError, Place, RegisterError, reason
from core.words import Phrase

FILE = "register.db"
WAIT_SECONDS = 30  # for another writer
_LOCK = 0x7065746172617761  # the advisory lock of the register: "petarawa"
_WRITES = "petarawan_writes"
_SQLITE_DISK = {"SQLITE_FULL": "ENOSPC", "SQLITE_READONLY": "EROFS", "SQLITE_PERM": "EACCES"}
# SQLSTATE classes of PostgreSQL, longest first.
_REFUSED = ("28", "3D", "3F", "42501")
_ABSENT = ("08", "57P", "53300")
_BUSY = ("40", "55P03")
_DISK = {"53100": "ENOSPC", "25006": "EROFS"}


def address(workspace: Path, url: str | None) -> sa.URL:
    """The database of a workspace: the address given, else register.db in its folder.

    Raises ConfigError E_REGISTER_URL for what is no SQLite or PostgreSQL address; the address itself is not repeated.
    """
    if url is None:
        return sa.URL.create("sqlite", database=str(workspace.absolute() / FILE))
    try:
        made = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        raise ConfigError("E_REGISTER_URL") from None
    kind = made.drivername.partition("+")[0]
    if kind in {"postgresql", "postgres"}:
        return made.set(drivername="postgresql+psycopg")
    if kind != "sqlite" or not made.database or made.database == ":memory:" or made.query:
        raise ConfigError("E_REGISTER_URL")
    return sa.URL.create("sqlite", database=str(workspace.absolute() / made.database))


def shown(url: sa.URL) -> str:
    """The address as a message may show it: the file, or host and database; no user, no password, no options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database or ''}"


def connect(url: sa.URL) -> sa.Engine:
    """An engine with our settings; nothing is opened yet but the SQLite file, which is made for its owner alone.

    Raises DiskError E_REGISTER_DISK where the file cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, Path(str(url.database)))
    options = {
        "connect_timeout": 10,
        "application_name": "petarawan",
        "options": f"-c lock_timeout={WAIT_SECONDS}s -c synchronous_commit=on",
    }
    engine = sa.create_engine(url, hide_parameters=True, connect_args=options, pool_pre_ping=True)
    sa.event.listen(engine, "begin", _postgres_begin)
    return engine


def _sqlite(url: sa.URL, path: Path) -> sa.Engine:
    if _make_file(path):
        engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT_SECONDS})
        sa.event.listen(engine, "connect", _durable)
    else:
        # Where nothing can be written there is no log beside the file to read through; what is in the file is read as it is.
        name = f"file:{quote(str(path))}?mode=ro&immutable=1"
        engine = sa.create_engine(
            url, hide_parameters=True, creator=lambda: sqlite3.connect(name, uri=True, check_same_thread=False)
        )
    sa.event.listen(engine, "connect", _settings)
    sa.event.listen(engine, "begin", _sqlite_begin)
    return engine


def _make_file(path: Path) -> bool:
    """Make the file where there is none; False where it is there and nothing beside it can be written.

    Raises DiskError E_REGISTER_DISK: it cannot be made, or what was last written still stands in a log that cannot be opened here.
    """
    place = Place(file=str(path))
    if path.is_file() and not (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise DiskError("E_REGISTER_DISK", place=place, detail=Phrase("os.EROFS"))
        return False
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DiskError("E_REGISTER_DISK", place=place, detail=reason(error)) from error
    return True


def _settings(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, schema changes included
    for setting in ("foreign_keys=ON", "recursive_triggers=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {setting}")


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=8192"):
        connection.execute(f"PRAGMA {setting}")


def _sqlite_begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres_begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One consistent view: repeatable read, however much is written meanwhile."""
    with told(engine.url), engine.connect() as plain:
        repeatable = engine.dialect.name == "postgresql"
        connection = plain.execution_options(isolation_level="REPEATABLE READ") if repeatable else plain
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction, alone among writers: all of it is kept once this returns, or nothing."""
    with told(engine.url), engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


@contextmanager
def told(url: sa.URL) -> Iterator[None]:
    """Errors of the database as errors of ours; the driver's own text may hold what was written, so it is not repeated."""
    try:
        yield
    except exc.TimeoutError:
        raise LockedError("E_REGISTER_BUSY", place=Place(file=shown(url)), seconds=WAIT_SECONDS) from None
    except exc.DBAPIError as error:
        raise _ours(error.orig, Place(file=shown(url))) from None


def _ours(error: Any, place: Place) -> PetarawanError:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(getattr(error, "sqlite_errorname", "") or "", str(error)[:100], place)
    state = str(getattr(error, "sqlstate", None) or "")
    if state in _DISK:
        return DiskError("E_REGISTER_DISK", place=place, detail=Phrase(f"os.{_DISK[state]}"))
    if state.startswith(_BUSY):
        return LockedError("E_REGISTER_BUSY", place=place, seconds=WAIT_SECONDS)
    if state.startswith(_REFUSED) or (not state and "FATAL" in str(error)):  # the server answered, and would not
        return RegisterError("E_REGISTER_REFUSED", place=place)
    if state.startswith(_ABSENT) or (not state and type(error).__name__.startswith(("Operational", "Connection"))):
        return RegisterError("E_REGISTER_ABSENT", place=place)
    return RegisterError("E_REGISTER_BROKEN", place=place, detail=f"{type(error).__name__} {state}".strip())


def _of_sqlite(name: str, text: str, place: Place) -> PetarawanError:
    for begins, why in _SQLITE_DISK.items():
        if name.startswith(begins):
            return DiskError("E_REGISTER_DISK", place=place, detail=Phrase(f"os.{why}"))
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return DiskError("E_REGISTER_DISK", place=place, detail=Phrase("register.io", {"name": name}))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockedError("E_REGISTER_BUSY", place=place, seconds=WAIT_SECONDS)
    return RegisterError("E_REGISTER_BROKEN", place=place, detail=f"{name} {text}".strip())
