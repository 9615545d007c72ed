"""Promises of publish: a stable code, a sentence in Indonesian, a fitting exit status, and the last snapshot whole."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
import xlsxwriter

from core.settings import Source
from geo.sources.cahyadsn_sql import read as read_sql
from tests.cli_client import ROWS, TOML, Run, fill, refused
from tests.places import ROOT, SHARED, needs_shared

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


def test_several_faults_are_told_each_with_its_code(run: Run, published: Path) -> None:
    more = '[[source]]\nkind = "sites"\nreader = "table"\npath = "s.csv"\n[[source]]\nkind = "posts"\nreader = "table"\npath = "p.csv"\n'
    fill(published, TOML + more)
    (published / "s.csv").write_text("nama\nx\n")
    said = refused(run, published, "E_COLUMN", 2)
    assert re.findall(r"^(E_[A-Z_]+|→)", said.err, re.MULTILINE) == ["E_COLUMN", "→", "E_NO_FILE", "→"]


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
    frame = read_sql(Source(kind="boundaries", reader="cahyadsn_sql"), [path]).rows.to_crs(32650)
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
        transform=rasterio.Affine(0.02, 0, 117.3, 0, -0.02, 0.3),
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
