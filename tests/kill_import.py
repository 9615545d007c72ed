"""Kill an import with -9 at random moments and run it again: `python -m tests.kill_import 30` on SQLite and PostgreSQL, by hand.

What must hold: no row that was told on standard output is missing, and the ledger in the end is the one of an import nobody killed.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.register import ACCEPTED, DUPLICATE, QUARANTINED, URL, open_existing, open_register
from tests.import_client import Row, bring, csv_file, ledger, rows, workspace
from tests.places import ROOT
from tests.postgres import PROGRAMS, cluster

BATCH = 150


@dataclass(frozen=True)
class Killed:
    """One kill: rows told before it, rows there after it."""

    told: int
    kept: int


def file_of(path: Path, n: int) -> Path:
    """Rows of every outcome, in no order: good ones, ones for quarantine, and repeats."""
    rng = random.Random(5)
    lines: list[Row] = []
    for row in rows(n):
        lines.append(row)
        if rng.random() < 0.1:
            lines.append(("kemarin", *row[1:]))
        if rng.random() < 0.1:
            lines.append(rng.choice(lines))
    return csv_file(path, lines)


def command(folder: Path, path: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "petarawan",
        "import",
        str(folder),
        "incidents",
        str(path),
        "--batch",
        str(BATCH),
        "--who",
        "Uji",
    ]


def rounds(home: Path, path: Path, kills: int, seed: int, url: str | None = None) -> list[Killed]:
    """Import again and again until it was killed `kills` times; after each kill what was told must be there.

    An import is killed up to three times, then let through; a fresh workspace (and database, DB in `url`) for the next. Before it stands
    another file with incidents that may be the same, so that a kill may fall into the search for those as well.
    """
    rng = random.Random(seed)
    whole = _finished(home / "utuh", path, None)
    done: list[Killed] = []
    attempt = 0
    while len(done) < kills:
        attempt += 1
        folder = workspace(home / f"ruang-{attempt}")
        address = url.replace("DB", f"uji{attempt}") if url else None
        _before(folder, address)
        told_at_most = 0
        for _ in range(min(3, kills - len(done))):
            told = _killed(folder, path, os.environ | ({URL: address} if address else {}), rng)
            if told is None:
                break
            told_at_most = max(told_at_most, told)
            kept = _kept(folder, address)
            assert kept >= told_at_most, f"{told_at_most} rows were told, {kept} are there"
            done.append(Killed(told, kept))
        assert _finished(folder, path, address) == whole, f"attempt {attempt}: the ledger is another"
        shutil.rmtree(folder)
    return done


def _before(folder: Path, url: str | None) -> None:
    similar = [(*row[:5], f"{row[5]} menurut media") for row in rows(60)]
    with _address(url):
        bring(folder, csv_file(folder / "sebelumnya.csv", similar))


def _finished(folder: Path, path: Path, url: str | None) -> list[object]:
    """Import to the end, beginning where it stands; the whole ledger."""
    if not folder.exists():
        _before(workspace(folder), url)
    with _address(url):
        report = bring(folder, path, batch=BATCH)
        assert report.possible_count
        with open_register(folder) as register:
            return list(ledger(register))


@contextmanager
def _address(url: str | None) -> Iterator[None]:
    before = os.environ.get(URL)
    if url is not None:
        os.environ[URL] = url
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(URL, None)
        else:
            os.environ[URL] = before


def _killed(folder: Path, path: Path, env: dict[str, str], rng: random.Random) -> int | None:
    """Rows told before the kill; None where the import was faster than it."""
    process = subprocess.Popen(command(folder, path), env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = 0
    batches = len(path.read_text(encoding="utf-8").splitlines()) // BATCH
    # Before anything is told, between any two batches, or after the last, when pairs are looked for and the ledger is closed.
    after = rng.randint(-1, batches)
    if after < 0:
        time.sleep(rng.random() * 2)
    else:
        for number, line in enumerate(process.stdout, start=1):
            if found := re.search(r"([\d.]+) dari", line):
                told = int(found[1].replace(".", ""))
            if number > after:
                break
        time.sleep(rng.random() * 0.05)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    for found in re.finditer(r"([\d.]+) dari", rest):
        told = int(found[1].replace(".", ""))
    process.stdout.close()
    return told if process.wait() == -signal.SIGKILL else None


def _kept(folder: Path, url: str | None) -> int:
    """File rows the register holds of the import that was killed."""
    register = open_existing(folder, url)
    if register is None:
        return 0
    with register:
        return sum(
            len({row.number for row in register.import_rows(line.id, outcome, 0, 10_000_000)})
            for line in register.imports()
            if line.draft.file != "sebelumnya.csv"
            for outcome in (ACCEPTED, QUARANTINED, DUPLICATE)
        )


def main(kills: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        path = file_of(Path(home) / "kejadian.csv", 4_000)
        where = Path(home) / "sqlite"
        where.mkdir()
        _tell("SQLite", rounds(where, path, kills, seed=kills))
        if PROGRAMS is None:
            print("PostgreSQL: its programs are not here")
            return
        with cluster(durable=True) as server:
            for number in range(1, kills + 2):
                server.create(f"uji{number}")
            where = Path(home) / "postgres"
            where.mkdir()
            _tell("PostgreSQL", rounds(where, path, kills, seed=kills + 1, url=server.url("DB")))


def _tell(name: str, done: list[Killed]) -> None:
    told = [item.told for item in done]
    print(f"{name}: {len(done)} kills after {min(told)} to {max(told)} rows told; lost 0; the same ledger every time")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
