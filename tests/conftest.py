"""Fixtures of the command line: the console script in this process, and a workspace that was published."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from petarawan import cli
from tests.cli_client import Run, Said, fill
from tests.places import ROOT
from tests.postgres import postgres, register_url  # noqa: F401  (fixtures)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The console script in this process: what `petarawan ARGS` does."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets it; the test gives it back

    def call(*args: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["petarawan", *map(str, args)])
        capsys.readouterr()
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fill(tmp_path_factory.mktemp("terbit"))
    subprocess.run(
        [sys.executable, "-m", "petarawan", "publish", str(folder)], check=True, capture_output=True, cwd=ROOT
    )
    return folder


@pytest.fixture
def published(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once, tmp_path / "ruang"))
