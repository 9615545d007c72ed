"""The command line as a user meets it: a small workspace, what a command said, and what a refusal must leave alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROWS = """tanggal,jenis,kecamatan,desa,korban meninggal
24 Oktober 2024,bentrok,Bontang Utara,Bontang Kuala,1
3 Juni 2024,sengketa lahan,Bontang Selatan,Berbas Tengah,0
31 Februari 2024,bentrok,Bontang Utara,Loktuan,0
"""
TOML = """title = "Uji"
area = ["64.74"]
resolution = 7
as_of = 2024-10-31
[[source]]
kind = "incidents"
reader = "table"
path = "kejadian.csv"
"""


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def code(self) -> str:
        found = re.search(r"^(E_[A-Z_0-9]+): ", self.err, re.MULTILINE)
        return found[1] if found else ""


Run = Callable[..., Said]


def fill(folder: Path, toml: str | bytes = TOML, rows: str | bytes = ROWS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "petarawan.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    (folder / "kejadian.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return folder


def archive(folder: Path) -> dict[str, bytes]:
    files = [folder / "CURRENT", *(path for path in (folder / "snapshots").rglob("*") if path.is_file())]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def refused(run: Run, folder: Path, code: str, status: int) -> Said:
    """Publish is refused so, says it in Indonesian, and the last snapshot and the build folder are as they were."""
    before = archive(folder)
    said = run("publish", folder)
    assert (said.code, said.status) == (code, status), said.err
    assert archive(folder) == before
    assert not list((folder / "build").iterdir())
    assert "→" in said.err
    assert "Traceback" not in said.err
    assert "pydantic" not in said.err
    return said
