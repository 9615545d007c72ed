"""The schema of the register: brought up to date on opening, in one transaction; a newer one is refused."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from core.errors import Place, RegisterError
from store.register import database, guards

REVISIONS = ("0001",)  # oldest first; the files of migrations/versions
SCRIPTS = Path(__file__).with_name("migrations")


def migrate(engine: sa.Engine, revisions: tuple[str, ...] = REVISIONS, scripts: Path = SCRIPTS) -> None:
    """Bring an empty or older register to the last of `revisions`: wholly or not at all, whoever else opens it meanwhile.

    Raises RegisterError E_REGISTER_NEWER for a schema of a later program, E_REGISTER_BROKEN where references no longer hold.
    """
    with database.reading(engine) as connection:
        if _current(connection, revisions, engine.url):
            return
    with database.told(engine.url), engine.connect() as plain:
        lite = engine.dialect.name == "sqlite"
        if lite:  # rebuilding a table must not cascade; this setting is void inside a transaction
            plain.connection.execute("PRAGMA foreign_keys=OFF")
        connection = plain.execution_options(petarawan_writes=True)
        with connection.begin():
            if _current(connection, revisions, engine.url):
                return
            _run(connection, scripts)
            guards.install(connection)
            if lite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise RegisterError("E_REGISTER_BROKEN", place=_place(engine.url), detail="foreign keys")
        plain.invalidate()


def _current(connection: sa.Connection, revisions: tuple[str, ...], url: sa.URL) -> bool:
    """Whether the schema is the last known one; raises RegisterError E_REGISTER_NEWER for one that is not known."""
    if not sa.inspect(connection).has_table("register_version"):
        return False
    found = connection.exec_driver_sql("SELECT version_num FROM register_version").scalar()
    if found is not None and found not in revisions:
        raise RegisterError("E_REGISTER_NEWER", place=_place(url), found=found, known=revisions[-1])
    return bool(found == revisions[-1])


def _run(connection: sa.Connection, scripts: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _place(url: sa.URL) -> Place:
    return Place(file=database.shown(url))
