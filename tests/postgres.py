"""A private PostgreSQL cluster for the tests, on a loopback port with a password; tests skip, saying so, where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

PASSWORD = "rahasia-Sandi-77"  # no message and no log may ever show it


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl: on PATH, or where Debian puts the newest version."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return homes[-1].parent if homes else None


PROGRAMS = _programs()
needs_postgres = pytest.mark.skipif(PROGRAMS is None, reason="PostgreSQL's initdb and pg_ctl are not here")


@dataclass(frozen=True)
class Cluster:
    port: int

    def url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql://petarawan:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, name: str) -> str:
        """A new empty database; its address."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Make a cluster, run it, and remove it; `durable`: with fsync, as a real one has (the tests kill clients, never the server)."""
    assert PROGRAMS is not None
    home = Path(tempfile.mkdtemp(prefix="petarawan-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(home, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    secret = home / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*as_user, str(PROGRAMS / program), *arguments], cwd=home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout

    data = home / "data"
    try:
        run(
            "initdb", "-D", str(data), "-U", "petarawan", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8",
            "--locale=C.UTF-8", *([] if durable else ["--no-sync"]),
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        sure = "on" if durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": sure,
            "full_page_writes": sure,
        }
        options = " ".join((f"-p {port}", *(f"-c {name}={value}" for name, value in settings.items())))
        run("pg_ctl", "-D", str(data), "-l", str(home / "log"), "-w", "-o", options, "start")
        try:
            yield Cluster(port)
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    if PROGRAMS is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not here")
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def register_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str | None]:
    """The address of an empty register: None for register.db in the workspace, or a new database of the cluster."""
    monkeypatch.delenv("PETARAWAN_REGISTER_URL", raising=False)
    if request.param == "sqlite":
        yield None
        return
    home: Cluster = request.getfixturevalue("postgres")
    yield home.create(f"uji_{uuid.uuid4().hex[:12]}")  # it goes with the cluster
