"""What the register survives: kills, upgrades, two writers, full and read-only disks; and that its address is never told."""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.errors import ConfigError, DiskError, LockedError, PetarawanError, RegisterError
from store.register import (
    ACCEPTED,
    QUARANTINED,
    Register,
    bulk,
    database,
    migrating,
    models,
    open_existing,
    open_register,
)
from tests.cli_client import Run
from tests.places import ROOT
from tests.postgres import PASSWORD, Cluster
from tests.registers import NOW, WHO, WHY, draft, new, report

pytestmark = pytest.mark.slow
ROWS, BATCH = 6_000, 500


@pytest.fixture
def register(tmp_path: Path, register_url: str | None) -> Iterator[Register]:
    with open_register(tmp_path, register_url) as made:
        yield made


def writer(folder: Path, url: str | None, rows: int = ROWS, batch: int = BATCH) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.register_writer", str(folder), url or "-", str(rows), str(batch)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_while_writing(folder: Path, url: str | None, after: float) -> int:
    """Start the writer, kill -9 it `after` seconds into its work; how many rows it had said were kept."""
    process = writer(folder, url)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    timer = threading.Timer(after, process.send_signal, [signal.SIGKILL])
    timer.start()
    said = process.stdout.read().split()
    process.wait()
    timer.cancel()
    process.stdout.close()
    return ROWS if "done" in said else int(said[-1]) if said else 0


def whole(folder: Path, url: str | None) -> None:
    """Run the writer to its end; every row stands once."""
    process = writer(folder, url)
    assert process.stdout is not None
    assert process.stdout.read().endswith("done\n")
    process.stdout.close()
    assert process.wait() == 0
    with open_register(folder, url) as register:
        line = register.import_line("impor-1")
        assert (line.rows_in, line.accepted, line.quarantined, line.records) == (
            ROWS,
            ROWS * 9 // 10,
            ROWS // 10,
            ROWS * 9 // 10,
        )
        assert sum(1 for _ in register.each()) == line.records


def test_fault_123_kill_9_loses_no_acknowledged_row_and_doubles_none(tmp_path: Path, register_url: str | None) -> None:
    moments = random.Random(123)
    most = 0
    for _ in range(3):
        kept = kill_while_writing(tmp_path, register_url, moments.uniform(0.0, 0.6))
        most = max(most, kept)
        with open_register(tmp_path, register_url) as register:
            assert register.imports() or not kept
            if register.imports():
                accepted = [row.number for row in register.import_rows("impor-1", ACCEPTED, limit=ROWS)]
                held = [row.number for row in register.import_rows("impor-1", QUARANTINED, limit=ROWS)]
                there = sorted(accepted + held)
                assert there == list(range(1, len(there) + 1)), "batches are whole and in order"
                assert len(there) >= most
                assert len(there) % BATCH == 0
    whole(tmp_path, register_url)


def test_fault_127_two_processes_write_at_once_and_both_are_kept(tmp_path: Path, register_url: str | None) -> None:
    code = (
        "import sys; from pathlib import Path; from store.register import open_register; from tests.registers import *\n"
        "url = None if sys.argv[2] == '-' else sys.argv[2]\n"
        "with open_register(Path(sys.argv[1]), url) as register:\n"
        "    for n in range(15):\n"
        "        register.add_report(report(text=f'{sys.argv[3]} {n}'), WHO, WHY, NOW)\n"
        "        register.correct('one', {'text': f'{sys.argv[3]} {n}'}, WHO, WHY, NOW)\n"
    )
    with open_register(tmp_path, register_url) as register:
        register.add_report(report(id="one"), WHO, WHY, NOW)
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), register_url or "-", name], cwd=ROOT)
        for name in "ab"
    ]
    assert [process.wait() for process in both] == [0, 0]
    with open_register(tmp_path, register_url) as register:
        assert len(register.reports()) == 31
        assert [item.version for item in register.history("one")] == list(range(1, 32))
        seqs = [item.seq for item in register.history("one")]
        assert seqs == sorted(seqs)


def test_two_processes_that_open_a_new_register_at_once_make_one(tmp_path: Path, register_url: str | None) -> None:
    both = [writer(tmp_path, register_url, 20, 10) for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.read().endswith("done\n")
        process.stdout.close()
        assert process.wait() == 0
    with open_register(tmp_path, register_url) as register:
        assert (register.import_line("impor-1").accepted, len(register.reports())) == (18, 18)


def test_a_long_reader_sees_one_state_and_stops_no_writer(register: Register) -> None:
    register.begin_import(draft(), NOW)
    register.add_batch("impor-1", [new(n) for n in range(1, 3001)], NOW)
    reading = register.each()
    first = next(reading)
    register.add_batch("impor-1", [new(n) for n in range(3001, 3011)], NOW)
    register.correct(first.key, {"deaths": 1}, WHO, WHY, NOW)
    rest = list(reading)
    assert len(rest) == 2999
    assert sum(1 for _ in register.each()) == 3010


def test_migrations_make_exactly_the_tables_the_code_declares(register: Register) -> None:
    with register.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": "register_version"}
        )
        assert compare_metadata(context, models.metadata) == []
    files = sorted((migrating.SCRIPTS / "versions").glob("v*.py"))
    assert tuple(path.name[1:5] for path in files) == migrating.REVISIONS


NEXT = """
import os, signal
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade():
    with op.batch_alter_table("reports") as table:
        table.add_column(sa.Column("mood", sa.Text))
    with op.batch_alter_table("imports") as table:
        table.alter_column("profile", new_column_name="recipe")
    if os.environ.get("DIE"):
        os.kill(os.getpid(), signal.SIGKILL)
    op.create_table("extra", sa.Column("no", sa.Integer, primary_key=True))
"""


@pytest.fixture
def next_schema(tmp_path: Path) -> Path:
    scripts = tmp_path / "next"
    shutil.copytree(migrating.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v0002_next.py").write_text(NEXT)
    return scripts


def test_fault_129_an_upgrade_killed_half_way_is_resumed_and_a_downgrade_refused(
    tmp_path: Path, register_url: str | None, next_schema: Path
) -> None:
    with open_register(tmp_path, register_url) as register:
        register.begin_import(draft(profile="polsek"), NOW)
        register.add_batch("impor-1", [new(n) for n in range(1, 101)], NOW)
    code = (
        "import sys; from pathlib import Path; from store.register import database, migrating\n"
        "url = database.address(Path(sys.argv[1]), None if sys.argv[2] == '-' else sys.argv[2])\n"
        "migrating.migrate(database.connect(url), ('0001', '0002'), Path(sys.argv[3]))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path), register_url or "-", str(next_schema)]
    died = subprocess.run(command, cwd=ROOT, env={**os.environ, "DIE": "1"}, check=False)
    assert died.returncode == -signal.SIGKILL
    with open_register(tmp_path, register_url) as register:
        assert len(register.reports(limit=None)) == 100, "the old program still reads the old schema"
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    engine = database.connect(database.address(tmp_path, register_url))
    inspector = sa.inspect(engine)
    assert "mood" in {column["name"] for column in inspector.get_columns("reports")}
    assert inspector.has_table("extra")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM reports").scalar() == 100
        assert connection.exec_driver_sql("SELECT recipe FROM imports").scalar() == "polsek"
    for statement in ("DELETE FROM reports", "UPDATE imports SET who = 'x'"):
        with pytest.raises(RegisterError), database.writing(engine) as connection:
            connection.exec_driver_sql(statement)
    engine.dispose()
    with pytest.raises(RegisterError, match="E_REGISTER_NEWER") as caught:
        open_register(tmp_path, register_url)
    assert "0002" in caught.value.message("id")
    assert caught.value.exit_status == 10


def bound(folder: Path) -> list[str]:
    """Words before a command that see `folder` read-only; the test is skipped where that may not be done."""
    line = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}"
    if subprocess.run(["unshare", "-m", "sh", "-c", line], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    return ["unshare", "-m", "sh", "-c", f'{line} && exec "$@"', "sh"]


def test_the_register_works_from_a_wheel_in_a_read_only_folder(tmp_path: Path) -> None:
    built, code, work = tmp_path / "built", tmp_path / "code", tmp_path / "work"
    work.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    shutil.unpack_archive(wheel, code, "zip")
    program = (
        "import store.register, sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "assert store.register.__file__.startswith(sys.argv[2]), store.register.__file__\n"
        "store.register.open_register(folder).close(); print(len(store.register.open_register(folder).imports()))"
    )
    command = [*bound(code), sys.executable, "-c", program, str(work), str(code)]
    done = subprocess.run(
        command, cwd=work, env={**os.environ, "PYTHONPATH": str(code)}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr
    assert not list(code.rglob("__pycache__"))


def test_fault_124_a_full_disk_keeps_what_was_there_and_writes_nothing_by_half(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        register.begin_import(draft(), NOW)
        register.add_batch("impor-1", [new(n) for n in range(1, 11)], NOW)
        pages = sqlite3.connect(tmp_path / "register.db").execute("PRAGMA page_count").fetchone()[0]

        def full(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages + 5}")

        sa.event.listen(register.engine, "connect", full)
        register.engine.dispose()
        with pytest.raises(DiskError, match="E_REGISTER_DISK") as caught:
            register.add_batch("impor-1", [new(n) for n in range(11, 2001)], NOW)
        assert "ruang simpan habis" in caught.value.message("id")
        assert len(register.import_rows("impor-1", ACCEPTED, limit=5000)) == 10
        sa.event.remove(register.engine, "connect", full)
        register.engine.dispose()
        register.add_batch("impor-1", [new(n) for n in range(11, 2001)], NOW)
        assert len(register.import_rows("impor-1", ACCEPTED, limit=5000)) == 2000


SMALL = """
import sys
from pathlib import Path
from core.errors import DiskError
from store.register import open_register
from tests.registers import NOW, draft, new
kept = 0
register = open_register(Path(sys.argv[1]))
register.begin_import(draft(), NOW)
try:
    for start in range(1, 100_000, 200):
        register.add_batch("impor-1", [new(n) for n in range(start, start + 200)], NOW)
        kept += 200
except DiskError as error:
    print(error.code, "habis" in error.message("id"))
register.close()
again = open_register(Path(sys.argv[1]))
print(kept > 0, len(again.import_rows("impor-1", "accepted", limit=100_000)) == kept)
"""


def test_fault_124_a_small_file_system_runs_full_and_what_was_acknowledged_is_read_again(tmp_path: Path) -> None:
    small = tmp_path / "kecil"
    small.mkdir()
    mount = f"mount -t tmpfs -o size=2m none {small}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    command = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", SMALL, str(small)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["E_REGISTER_DISK True", "True True"], done.stderr


def test_fault_124_a_read_only_folder_is_told_and_what_is_there_can_be_read(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        register.add_report(report(), WHO, WHY, NOW)
    program = (
        "import sys; from pathlib import Path; from core.errors import DiskError; from store.register import open_register\n"
        "from tests.registers import *\n"
        "with open_register(Path(sys.argv[1])) as register:\n"
        "    print(len(register.reports()))\n"
        "    try:\n"
        "        register.add_report(report(deaths=1), WHO, WHY, NOW)\n"
        "    except DiskError as error:\n"
        "        print(error.code, error.message('id'))\n"
    )
    command = [*bound(tmp_path), sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("1\nE_REGISTER_DISK "), done.stdout + done.stderr
    empty = tmp_path / "kosong"
    empty.mkdir()
    command = [*bound(empty), sys.executable, "-m", "petarawan", "register", "list", str(empty)]
    (empty / "petarawan.toml").write_text('title = "Uji"\narea = ["64.74"]\nas_of = 2024-10-31\n')
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.split(":")[0]) == (74, "E_REGISTER_DISK"), done.stderr


def test_a_read_only_postgres_is_told_as_a_disk_is(tmp_path: Path, postgres: Cluster) -> None:
    url = postgres.create("uji_baca")
    with open_register(tmp_path, url) as register:
        register.add_report(report(), WHO, WHY, NOW)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("ALTER DATABASE uji_baca SET default_transaction_read_only = on")
    with open_register(tmp_path, url) as register:
        assert len(register.reports()) == 1
        with pytest.raises(DiskError, match="E_REGISTER_DISK"):
            register.add_report(report(deaths=1), WHO, WHY, NOW)


def test_a_writer_that_waits_too_long_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register_url: str | None
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    with open_register(tmp_path, register_url) as one, open_register(tmp_path, register_url) as other:
        with database.writing(one.engine) as connection:
            connection.execute(sa.select(models.imports)).all()
            with pytest.raises(LockedError, match="E_REGISTER_BUSY"):
                other.add_report(report(), WHO, WHY, NOW)
        assert other.add_report(report(), WHO, WHY, NOW).version == 1


def test_the_file_is_for_its_owner_alone_and_nothing_is_made_by_looking(tmp_path: Path) -> None:
    assert open_existing(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    open_register(tmp_path).close()
    assert stat.S_IMODE((tmp_path / "register.db").stat().st_mode) == 0o600
    found = open_existing(tmp_path)
    assert found is not None
    assert sqlite3.connect(tmp_path / "register.db").execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with found.engine.connect() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys")}
    assert told == {"synchronous": 2, "foreign_keys": 1}
    found.close()


@pytest.mark.parametrize("content", [b"bukan basis data " * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_register_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "register.db").write_bytes(content)
    with pytest.raises(RegisterError, match="E_REGISTER_BROKEN"):
        open_register(tmp_path)
    assert (tmp_path / "register.db").read_bytes() == content


def every_word(error: BaseException) -> str:
    parts = ["".join(traceback.format_exception(error)), repr(error), str(error)]
    if isinstance(error, PetarawanError):
        parts += [error.message(lang) + error.hint(lang) + repr(error.params) for lang in ("id", "en")]
    return "\n".join(parts)


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        (lambda url: url.replace("@127.0.0.1", "@127.0.0.1:1x"), ConfigError, "E_REGISTER_URL"),
        (lambda url: url.replace("postgresql", "mysql"), ConfigError, "E_REGISTER_URL"),
        (lambda url: PASSWORD, ConfigError, "E_REGISTER_URL"),
        (lambda url: url.replace("petarawan:", "siapa:"), RegisterError, "E_REGISTER_REFUSED"),
        (lambda url: url.replace("/postgres", "/tidak_ada"), RegisterError, "E_REGISTER_REFUSED"),
        (
            lambda url: url.replace("127.0.0.1", "127.0.0.1:9").rpartition(":")[0].replace(":9", ":9/x"),
            RegisterError,
            "",
        ),
    ],
)
def test_fault_109_the_password_is_in_no_message_and_no_log(
    tmp_path: Path,
    postgres: Cluster,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[str], str],
    kind: type[PetarawanError],
    code: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    url = change(postgres.url())
    with pytest.raises(PetarawanError) as caught:
        open_register(tmp_path, url)
    assert isinstance(caught.value, kind) or not code
    assert caught.value.code == code or not code
    for text in (every_word(caught.value), caplog.text):
        assert PASSWORD not in text
    assert not list(tmp_path.iterdir())


def test_an_open_register_does_not_show_its_password(
    tmp_path: Path, postgres: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with open_register(tmp_path, postgres.create("uji_sandi")) as register:
        register.begin_import(draft(), NOW)
        with pytest.raises(ValueError) as wrong:
            register.add_batch("impor-1", [new(1, verification="x")], NOW)
        with pytest.raises(RegisterError) as broken, database.writing(register.engine) as connection:
            connection.exec_driver_sql("SELECT 1 / 0")
        with pytest.raises(RegisterError) as copied, database.writing(register.engine) as connection:
            bulk.insert(connection, models.import_rows, ("import_no", "number", "value"), [(1, 2**40, PASSWORD)])
        told = f"{register!r} {register} {register.where} {register.engine!r} {register.engine.url!r}"
    assert "uji_sandi" in told
    for text in (told, every_word(wrong.value), every_word(broken.value), every_word(copied.value), caplog.text):
        assert PASSWORD not in text


@pytest.mark.parametrize(
    "section",
    [
        'url = "postgresql://petarawan:SANDI@127.0.0.1:9/x"',
        'url = ["postgresql://petarawan:SANDI@h/x"]',
        'ulr = "x:SANDI@y"',
    ],
)
def test_the_command_line_tells_no_address(tmp_path: Path, run: Run, section: str) -> None:
    section = section.replace("SANDI", PASSWORD)
    (tmp_path / "petarawan.toml").write_text(
        f'title = "Uji"\narea = ["64.74"]\nas_of = 2024-10-31\n[register]\n{section}\n'
    )
    said = run("register", "list", tmp_path)
    assert said.status in {3, 10}
    assert said.code in {"E_REGISTER_ABSENT", "E_CONFIG"}
    assert PASSWORD not in said.out + said.err


def test_the_address_comes_from_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Cluster
) -> None:
    (tmp_path / "petarawan.toml").write_text(
        'title = "Uji"\narea = ["64.74"]\nas_of = 2024-10-31\n[register]\nurl = "sqlite:///lain.db"\n'
    )
    with open_register(tmp_path) as register:
        assert register.where == str(tmp_path / "lain.db")
    monkeypatch.setenv("PETARAWAN_REGISTER_URL", postgres.create("uji_env"))
    with open_register(tmp_path) as register:
        assert register.where == f"postgresql://127.0.0.1:{postgres.port}/uji_env"
