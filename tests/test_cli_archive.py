"""Promises of the commands themselves: the archive is never hurt, arguments are told in Indonesian, Ctrl+C leaves the old map."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from petarawan import cli
from store.snapshot import current_id, open_current
from tests.cli_client import ROWS, TOML, Run, archive, fill, refused
from tests.places import ROOT

# The archive and the disk


@pytest.mark.parametrize("name", ["areas.parquet", "cells_r6.parquet", "risk.tif", "tiles/cells.pmtiles"])
def test_fault_126_a_flipped_bit_is_never_printed_or_exported(run: Run, published: Path, name: str) -> None:
    path = open_current(published).path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    out = published / "keluar"
    for args in (("print", "--area", "64.74"), ("export", "--table", "areas", "--format", "csv")):
        said = run(args[0], published, *args[1:], "--out", out)
        assert (said.code, said.status) == ("E_SNAPSHOT_BROKEN", 4)
        assert name in said.err
        assert not out.exists()
    assert run("check", published).status in {4, 9}
    assert run("publish", published).status == 0  # heals it
    assert run("check", published).status == 0


@pytest.mark.parametrize("content", [b"", b"../../etc\n", b"\xff\xfe\x00", b"2024-10-31-000000000000\n"])
def test_current_pointing_to_nothing(run: Run, published: Path, content: bytes) -> None:
    (published / "CURRENT").write_bytes(content)
    said = run("check", published)
    assert (said.code, said.status) == ("E_SNAPSHOT_UNKNOWN", 4)
    assert run("publish", published).status == 0
    assert run("check", published).status == 0


def test_publish_that_cannot_write_the_quarantine_changes_nothing(run: Run, published: Path) -> None:
    fill(published, rows=ROWS + "1 Mei 2024,bentrok,Bontang Utara,Loktuan,0\n")
    shutil.rmtree(published / "quarantine")
    (published / "quarantine").write_text("sebuah berkas")
    refused(run, published, "E_DISK", 74)


def test_rubbish_in_the_build_folder_is_swept_away(run: Run, published: Path) -> None:
    (published / "build" / "sampah.tmp").write_text("x")
    assert run("publish", published).status == 0
    assert not list((published / "build").iterdir())


def test_export_never_writes_into_the_archive_or_over_a_device(run: Run, published: Path) -> None:
    before = archive(published)
    device = published / "pipa"
    os.mkfifo(device)
    inside = open_current(published).path / "manifest.json"
    for out, code in (
        (inside, "E_OUT_ARCHIVE"),
        (published / "snapshots" / "x.csv", "E_OUT_ARCHIVE"),
        (device, "E_OUT"),
        (published, "E_OUT"),
        (published / "tidak" / "ada.csv", "E_OUT"),
        (published / ("a" * 300), "E_OUT"),
        (".", "E_OUT"),
        ("/", "E_OUT"),
    ):
        said = run("export", published, "--table", "areas", "--format", "csv", "--out", out)
        assert (said.code, said.status) == (code, 3), out
    assert archive(published) == before
    assert device.is_fifo()


# The commands themselves


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("terbit",), "perintah terbit tidak dikenal"),
        (("publish",), "wajib diisi"),
        (("publish", "a", "b"), "kelebihan isian: b"),
        (("publish", "a", "--cepat"), "--cepat tidak dikenal"),
        (("serve", "a", "--port", "abc"), "--port harus bilangan bulat"),
        (("serve", "a", "--port", "0"), "--port paling kecil 1"),
        (("print", "a"), "--area wajib diisi"),
        (("print", "a", "--area", "64", "--out", "x", "--lang", "fr"), "--lang harus salah satu dari id, en"),
        (("print", "a", "--area", "64", "--out", "x", "--base-url", "javascript:1"), "--base-url harus alamat"),
    ],
)
def test_an_argument_that_cannot_be_is_told_in_indonesian(run: Run, args: tuple[str, ...], told: str) -> None:
    said = run(*args)
    assert (said.code, said.status) == ("E_USAGE", 3)
    assert told in said.err
    assert "--help" in said.err


def test_help_stands_for_every_command_and_for_none(run: Run) -> None:
    alone = run()
    assert alone.status == 0
    for command in ("demo", "publish", "serve", "print", "export", "check", "diff", "boundaries"):
        assert command in alone.out
        assert run(command, "--help").status == 0


@pytest.mark.parametrize(
    ("args", "code", "status"),
    [
        (("publish", "tidak-ada"), "E_NO_WORKSPACE", 3),
        (("check", "tidak-ada"), "E_NO_SNAPSHOT", 4),
        (("serve", "tidak-ada"), "E_NO_SNAPSHOT", 4),
        (("serve", "tidak-ada", "--host", "0.0.0.0"), "E_EXPOSED", 6),
        (("diff", "tidak-ada", "../..", "x"), "E_SNAPSHOT_UNKNOWN", 4),
        (("boundaries", "check", "tidak-ada.geojson"), "E_NO_FILE", 2),
        (("boundaries", "check", "--area", "99"), "E_AREA_UNKNOWN", 3),
    ],
)
def test_a_folder_that_is_not_there(run: Run, args: tuple[str, ...], code: str, status: int) -> None:
    said = run(*args)
    assert (said.code, said.status) == (code, status)


def test_the_language_of_the_messages(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETARAWAN_LANG", "en")
    assert "The folder holds no" in run("publish", "tidak-ada").err
    assert "Folder kerja tidak memuat" not in run("publish", "tidak-ada").err


def test_a_fault_of_the_program_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PETARAWAN_DEBUG", raising=False)
    try:
        raise KeyError("terduga")
    except KeyError as error:
        cli._unforeseen(type(error), error, error.__traceback__)
    said = capsys.readouterr().err
    assert "E_BUG: " in said
    assert "test_cli_archive.py:" in said
    assert "Traceback" not in said


def petarawan(*args: object, **env: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "petarawan", *map(str, args)]
    # A shell that runs in the background leaves Ctrl+C ignored in its children; a terminal does not.
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )


def test_an_ascii_terminal_shows_question_marks_and_no_error(published: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    out, err = (process := petarawan("check", published, **ascii_only)).communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.isascii()


def test_ctrl_c_in_the_middle_of_publish(published: Path) -> None:
    fill(published, TOML.replace("= 7", "= 10"))
    before = archive(published)
    process = petarawan("publish", published)
    deadline = time.monotonic() + 30
    while process.poll() is None and not list((published / "build").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"E_INTERRUPTED: " in err
    assert b"Traceback" not in err
    assert archive(published) == before
    assert not list((published / "build").iterdir())


def test_a_publish_names_the_new_snapshot_and_the_quarantine(run: Run, published: Path) -> None:
    said = run("publish", published)
    assert said.status == 0
    assert current_id(published) in said.out
    assert str(published / "quarantine" / f"{current_id(published)}.csv") in said.out.splitlines()[-1]
