"""An import killed by -9 at a random moment and run again ends in the same ledger; nothing that was told is lost; Ctrl+C likewise."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from store.register import open_register
from tests import kill_import
from tests.import_client import bring, ledger, workspace
from tests.places import ROOT
from tests.postgres import cluster, needs_postgres

pytestmark = pytest.mark.slow


def test_fault_123_killed_five_times_on_sqlite(tmp_path: Path) -> None:
    done = kill_import.rounds(tmp_path, kill_import.file_of(tmp_path / "a.csv", 1_200), 5, seed=1)
    assert len(done) == 5
    assert all(item.kept >= item.told for item in done)
    assert any(item.told for item in done)


@needs_postgres
def test_fault_123_killed_five_times_on_postgresql(tmp_path: Path) -> None:
    with cluster() as server:
        for number in range(1, 7):
            server.create(f"uji{number}")
        path = kill_import.file_of(tmp_path / "a.csv", 1_200)
        done = kill_import.rounds(tmp_path, path, 5, seed=2, url=server.url("DB"))
    assert len(done) == 5
    assert all(item.kept >= item.told for item in done)


def test_ctrl_c_leaves_an_import_to_be_gone_on_with(tmp_path: Path) -> None:
    path = kill_import.file_of(tmp_path / "a.csv", 1_500)
    folder, whole = workspace(tmp_path / "ruang"), workspace(tmp_path / "utuh")
    process = subprocess.Popen(
        kill_import.command(folder, path), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert "Jalankan perintah yang sama untuk melanjutkan" in err
    assert "Traceback" not in err
    with open_register(folder) as register:
        (line,) = register.imports()
        assert line.state == "open"
    bring(whole, path)
    bring(folder, path)
    with open_register(folder) as register, open_register(whole) as other:
        assert ledger(register) == ledger(other)
