"""What may go wrong under an import: a locked register, a full disk, two at once, a file that changes; told plainly, nothing half done."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import DiskError, InputError, LockedError
from intake import importer
from store.register import database, open_register
from tests.import_client import bring, counts, csv_file, ledger, rows, workspace
from tests.places import ROOT


def _cli(folder: Path, path: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "petarawan", "import", str(folder), "incidents", str(path), "--who", "Uji", *more]


def test_a_locked_register_is_told_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, path = workspace(tmp_path / "ruang"), csv_file(tmp_path / "a.csv", rows(30))
    bring(folder, csv_file(tmp_path / "b.csv", rows(5, 100)))
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    other = sqlite3.connect(folder / database.FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LockedError, match="E_REGISTER_BUSY"):
        bring(folder, path)
    other.execute("ROLLBACK")
    other.close()
    assert counts(bring(folder, path)) == (30, 30, 0, 0)


def test_fault_124_a_full_disk_is_told_and_the_import_goes_on_when_there_is_room(tmp_path: Path) -> None:
    folder, path = workspace(tmp_path / "ruang"), csv_file(tmp_path / "a.csv", rows(4_000))

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))

    full = subprocess.run(
        _cli(folder, path, "--batch", "500"), cwd=ROOT, capture_output=True, text=True, preexec_fn=small, check=False
    )
    assert full.returncode == DiskError.exit_status, full.stderr
    assert "E_REGISTER_DISK" in full.stderr
    assert "Traceback" not in full.stderr
    told = max([int(line.split()[1].replace(".", "")) for line in full.stdout.splitlines()], default=0)
    assert 0 < told < 4_000
    with open_register(folder) as register:
        assert len(register.reports(limit=None)) == told
    assert counts(bring(folder, path)) == (4_000, 4_000, 0, 0)
    whole = workspace(tmp_path / "utuh")
    bring(whole, path)
    with open_register(folder) as one, open_register(whole) as other:
        assert ledger(one) == ledger(other)


def test_a_quarantine_file_that_cannot_be_written_is_made_later(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    path = csv_file(tmp_path / "a.csv", [*rows(3), ("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, "x")])
    (folder / "quarantine").write_text("bukan folder")
    with pytest.raises(DiskError, match="E_DISK"):
        bring(folder, path)
    (folder / "quarantine").unlink()
    report = bring(folder, path)
    assert report.already
    assert counts(report) == (4, 3, 1, 0)
    assert report.quarantine is not None
    assert [item.name for item in report.quarantine.parent.iterdir()] == [report.quarantine.name]


def test_fault_127_the_same_file_by_two_at_once_is_told(tmp_path: Path) -> None:
    folder, path = workspace(tmp_path / "ruang"), csv_file(tmp_path / "a.csv", rows(30))
    import_id = bring(folder, path, dry_run=True).line.id
    hold = (
        "import sys; from pathlib import Path; from intake.importer import _alone\n"
        "with _alone(Path(sys.argv[1]), sys.argv[2]):\n  print('', flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(folder), import_id], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    other.stdout.readline()
    with pytest.raises(LockedError, match="E_IMPORT_RUNNING"):
        bring(folder, path)
    assert counts(bring(folder, csv_file(tmp_path / "b.csv", rows(5, 100)))) == (5, 5, 0, 0)  # another file may
    other.communicate(b"\n")
    assert counts(bring(folder, path)) == (30, 30, 0, 0)


def test_two_files_at_once_share_their_rows_out(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    with open_register(folder):
        pass
    files = [csv_file(tmp_path / "a.csv", rows(900)), csv_file(tmp_path / "b.csv", rows(900, 600))]
    running = [
        subprocess.Popen(_cli(folder, path, "--batch", "100"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for path in files
    ]
    for process in running:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with open_register(folder) as register:
        lines = register.imports()
        assert len(register.reports(limit=None)) == 1_500
    assert sum(line.accepted for line in lines) == 1_500
    assert sum(line.duplicates for line in lines) == 300


@pytest.mark.parametrize("cut", [True, False])
def test_a_file_that_changes_under_us_is_told_and_its_rows_are_never_doubled(tmp_path: Path, cut: bool) -> None:
    folder, path = workspace(tmp_path / "ruang"), csv_file(tmp_path / "a.csv", rows(3_000))

    def change(progress: importer.Progress) -> None:
        if progress.saved == 500:
            content = path.read_bytes()
            path.write_bytes(
                content[: len(content) // 2] + b'"'
                if cut
                else content + b"1/1/2024,demo,Bontang Utara,Loktuan,0,baru\n"
            )

    with pytest.raises(InputError, match="E_FILE_CHANGED"):
        bring(folder, path, batch=500, tell=change)
    with open_register(folder) as register:
        (line,) = register.imports()
        assert line.state == "open"
        kept = len(register.reports(limit=None))
    again = csv_file(path, rows(3_010))
    report = bring(folder, again)
    assert counts(report) == (3_010, 3_010 - kept + (not cut), 0, kept - (not cut))
    with open_register(folder) as register:
        assert len(register.reports(limit=None)) == 3_010 + (not cut)


def test_a_folder_a_pipe_and_a_link_in_a_circle_are_told(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    (tmp_path / "putar.csv").symlink_to(tmp_path / "putar.csv")
    for path, code in (
        (tmp_path, "E_NOT_FILE"),
        (Path("/dev/null"), "E_NOT_FILE"),
        (tmp_path / "putar.csv", "E_NO_FILE"),
    ):
        with pytest.raises(InputError, match=code):
            bring(folder, path)
    assert not (folder / "register.db").exists()
