"""Promises of the command line: whatever a user does, a stable code, a sentence in Indonesian, a fitting exit status, and the last snapshot whole."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
import xlsxwriter
from rasterio.transform import from_origin

from core.settings import Source
from geo.sources.cahyadsn_sql import read as read_sql
from petarawan import cli
from store.snapshot import current_id, open_current
from tests.places import ROOT, SHARED, needs_shared

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
        return (re.findall(r"^(E_[A-Z_0-9]+): ", self.err, re.MULTILINE) or [""])[0]


Run = Callable[..., Said]


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


def fill(folder: Path, toml: str | bytes = TOML, rows: str | bytes = ROWS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "petarawan.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    (folder / "kejadian.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return folder


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fill(tmp_path_factory.mktemp("terbit"))
    subprocess.run(
        [sys.executable, "-m", "petarawan", "publish", str(folder)], check=True, capture_output=True, cwd=ROOT
    )
    return folder


@pytest.fixture
def published(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once, tmp_path / "ruang"))


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


# petarawan.toml


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("resolution = 7", 'resolution = "tujuh"', "resolution harus bilangan bulat; tertulis 'tujuh'"),
        ("resolution = 7", "resolution = true", "resolution harus bilangan bulat; tertulis true"),
        ("resolution = 7", "resolution = 3", "resolution paling kecil 4"),
        ("2024-10-31", "20241031", "as_of harus tanggal"),
        ("title =", 'judul = "x"\ntitle =', "judul tidak dikenal"),
        ('title = "Uji"', 'title = " "', "title tidak boleh kosong"),
        ('"Uji"', '"a\\u001b[31m"', "title memuat huruf kendali"),
        ('["64.74"]', '"64.74"', "area harus daftar"),
        ('["64.74"]', '["6474"]', "bukan kode Kemendagri bertitik (misalnya 64.74): 6474"),
        ('"incidents"', '"insiden"', "source[1].kind harus salah satu dari"),
        ('"kejadian.csv"', '"a\\u0000b"', "source[1].path memuat huruf kendali"),
        ('"kejadian.csv"', '""', "source[1].path tidak boleh kosong"),
        ('"kejadian.csv"', "5", "source[1].path harus teks"),
        ('"kejadian.csv"', f'"{"a" * 5000}"', "source[1].path paling panjang 1000 huruf"),
        ('path = "kejadian.csv"', 'path = "kejadian.csv"\nwarna = 1', "source[1].warna tidak dikenal"),
    ],
)
def test_a_wrong_key_is_named_with_what_stands_there(run: Run, published: Path, old: str, new: str, told: str) -> None:
    fill(published, TOML.replace(old, new))
    assert told in refused(run, published, "E_CONFIG", 3).err


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (TOML + "[[source\n", "baris 9"),
        (TOML.encode("utf-16"), "bukan teks UTF-8"),
        ("x = " + "[" * 100_000, "bersusun terlalu dalam"),
    ],
)
def test_a_toml_that_is_none(run: Run, published: Path, toml: str | bytes, told: str) -> None:
    fill(published, toml)
    assert told in refused(run, published, "E_CONFIG_TOML", 3).err


def test_a_toml_saved_by_notepad_is_read_and_its_title_is_no_markup(run: Run, published: Path) -> None:
    text = TOML.replace('"Uji"', '"[bold]Uji[/x] {x} :warning:"').replace("\n", "\r\n")
    fill(published, b"\xef\xbb\xbf" + text.encode())
    said = run("publish", published)
    assert said.status == 0, said.err
    assert "[bold]Uji[/x] {x} :warning:" in said.out


@pytest.mark.parametrize(
    ("more", "code", "status"),
    [
        ('crs = "EPSG:9"', "E_CRS", 3),
        ('columns = { hari = "tanggal" }', "E_COLUMN_KEY", 3),
        ('columns = { tanggal = "hari" }', "E_COLUMN", 2),
        ('[[source]]\nkind = "incidents"\nreader = "excel"', "E_READER", 3),
        ('[[source]]\nkind = "sites"\nreader = "table"', "E_PATH_NEEDED", 3),
        ('[[source]]\nkind = "incidents"\nreader = "table"\npath = "kejadian.csv"', "E_NAME_TWICE", 3),
        ('[[source]]\nkind = "boundaries"\nreader = "embedded"\n' * 2, "E_ONE_BOUNDARY", 3),
    ],
)
def test_a_wrong_source_is_named(run: Run, published: Path, more: str, code: str, status: int) -> None:
    fill(published, TOML + more + "\n")
    said = refused(run, published, code, status)
    assert "berkas" in said.err
    if "excel" in more or "sites" in more:
        assert "[[source]] nomor 2" in said.err


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "E_NO_FILE"),
        (lambda path: path.mkdir(), "E_NOT_FILE"),
        (lambda path: os.mkfifo(path), "E_NOT_FILE"),
        (lambda path: path.symlink_to("/dev/zero"), "E_NOT_FILE"),
        (lambda path: path.symlink_to(path.name), "E_NO_FILE"),
        (lambda path: path.symlink_to("tidak-ada"), "E_NO_FILE"),
        (lambda path: path.write_bytes(b""), "E_EMPTY"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n"), "E_NOT_TABLE"),
        (lambda path: path.write_text(f"tanggal,jenis\n{'x' * 200_000},bentrok\n"), "E_CELL_LONG"),
    ],
)
def test_a_path_that_is_no_table(run: Run, published: Path, make: Callable[[Path], object], code: str) -> None:
    path = published / "kejadian.csv"
    path.unlink()
    make(path)
    assert "kejadian.csv" in refused(run, published, code, 2).err


# What the rows say


def test_no_usable_row_says_why_and_where_to_look(run: Run, published: Path) -> None:
    fill(published, rows=ROWS.splitlines()[0] + "\n1 Mei 2025,bentrok,Bontang Utara,Loktuan,0\n31 Februari 2024,a,,,\n")
    said = refused(run, published, "E_NO_ROWS", 2)
    assert "R_AFTER_AS_OF 1 baris, mulai baris 2" in said.err
    assert "gagal.csv" in said.err
    assert "31 Februari 2024" in (published / "quarantine" / "gagal.csv").read_text(encoding="utf-8-sig")
    assert run("publish", published, "--allow-empty").status == 0


def workbook(cells: list[tuple[int, int, str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Data")
        for row, column, text in cells:
            sheet.write(row, column, text)
    return out.getvalue()


HEAD = [(0, i, text) for i, text in enumerate(("tanggal", "jenis", "desa"))]


def test_a_stray_cell_far_out_does_not_end_the_program(run: Run, published: Path) -> None:
    fill(published, TOML.replace("kejadian.csv", "k.xlsx"))
    (published / "k.xlsx").write_bytes(workbook([*HEAD, (1_048_575, 16_383, "x")]))
    said = refused(run, published, "E_TOO_WIDE", 2)
    assert "lembar Data, baris 1048576, kolom XFD" in said.err


def test_fault_082_a_zip_that_lies_about_its_size(run: Run, published: Path) -> None:
    fill(published, TOML.replace("kejadian.csv", "k.xlsx"))
    source = zipfile.ZipFile(io.BytesIO(workbook(HEAD)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive_:
        for name in source.namelist():
            archive_.writestr(name, source.read(name) + (b" " * 300_000 if name.endswith("styles.xml") else b""))
        honest = archive_.getinfo("xl/styles.xml").file_size
    content = out.getvalue().replace(honest.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    (published / "k.xlsx").write_bytes(content)
    refused(run, published, "E_BROKEN", 2)


@needs_shared
def test_fault_055_boundaries_in_a_wrong_utm_zone(run: Run, published: Path) -> None:
    path = SHARED / "boundaries" / "wilayah_boundaries_kel_64.74.sql.gz"
    frame = read_sql(Source(kind="boundaries", reader="cahyadsn_sql"), [path]).frame.to_crs(32650)
    features = [
        {"type": "Feature", "properties": {"kode": kode, "nama": name}, "geometry": shapely.geometry.mapping(shape)}
        for kode, name, shape in zip(frame["kode"], frame["name"], frame.geometry, strict=True)
    ]
    (published / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    source = '[[source]]\nkind = "boundaries"\nreader = "geojson"\npath = "b.geojson"\n'
    fill(published, f'{TOML}{source}crs = "EPSG:32649"\n')
    assert "64.74" in refused(run, published, "E_FAR_FILE", 2).err
    fill(published, f'{TOML}{source}crs = "EPSG:32650"\n')
    assert run("publish", published).status == 0


def test_a_nodata_value_nobody_declared_is_no_population(run: Run, published: Path) -> None:
    with rasterio.open(
        published / "p.tif", "w", driver="GTiff", width=20, height=20, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(117.3, 0.3, 0.02, 0.02),
    ) as raster:  # fmt: skip
        raster.write(np.full((20, 20), np.finfo("float32").max, "float32"), 1)
    fill(published, TOML + '[[source]]\nkind = "population"\nreader = "geotiff"\npath = "p.tif"\n')
    assert "p.tif" in refused(run, published, "E_RASTER_HUGE", 2).err


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("weight = 0.28", "weight = 0.5", "E_MODEL_WEIGHTS", "1.22"),
        ("weight = 0.28", 'weight = "banyak"', "E_MODEL_FILE", "factor[1].weight harus bilangan; tertulis 'banyak'"),
        ("hi = 12.0", "hi = inf", "E_MODEL_FILE", "factor[1].hi harus bilangan"),
        ('"near_repeat"', '"ramalan"', "E_MODEL_FACTOR", "ramalan"),
        ("thresholds", "ambang", "E_MODEL_FILE", "thresholds wajib ada; ambang tidak dikenal"),
    ],
)
def test_a_model_with_a_fault(run: Run, published: Path, old: str, new: str, code: str, told: str) -> None:
    text = (ROOT / "risk" / "models" / "kaltim.toml").read_text(encoding="utf-8")
    assert old in text
    (published / "m.toml").write_text(text.replace(old, new), encoding="utf-8")
    fill(published, TOML.replace("as_of", 'model = "m.toml"\nas_of'))
    assert told in refused(run, published, code, 3).err


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
    assert "test_cli.py:" in said
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
