"""Boundaries from GeoPackage: driver forced, coordinate system demanded, a broken geometry costs its own row."""

from __future__ import annotations

import sqlite3
import struct
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from core.errors import InputError
from core.settings import Source
from geo.layer import Layer
from geo.sources import boundary_files

GPKG = Source(kind="boundaries", reader="gpkg")


def reasons(layer: Layer) -> list[str]:
    return [item.code for item in layer.info.rejected]


def write_gpkg(path: Path, crs: str | None, shapes: list[Any] | None = None, **columns: list[str]) -> Path:
    shapes = shapes or [shapely.box(117.0, 0.5, 117.1, 0.6), shapely.box(117.1, 0.5, 117.2, 0.6)]
    named = {
        "kode": [f"64.08.01.{2001 + i}" for i in range(len(shapes))],
        "nama": [f"Desa {i}" for i in range(len(shapes))],
    }
    frame = gpd.GeoDataFrame(named | columns, geometry=shapes, crs=crs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyogrio warns that it writes without a crs, which is the point
        frame.to_file(path, driver="GPKG", layer="desa")
    return path


def test_geopackage_in_degrees_and_in_metres_is_the_same_place(tmp_path: Path) -> None:
    plain = boundary_files.read(GPKG, [write_gpkg(tmp_path / "a.gpkg", "EPSG:4326")])
    shapes = gpd.GeoSeries(plain.rows.geometry, crs="EPSG:4326").to_crs("EPSG:32650").tolist()
    moved = boundary_files.read(GPKG, [write_gpkg(tmp_path / "b.gpkg", "EPSG:32650", shapes)])
    assert moved.rows["kode"].tolist() == plain.rows["kode"].tolist() == ["64.08.01.2001", "64.08.01.2002"]
    assert shapely.equals_exact(moved.rows.geometry.to_numpy(), plain.rows.geometry.to_numpy(), tolerance=1e-8).all()
    assert moved.info.rejected == ()


def test_fault_058_no_crs_is_refused_unless_stated(tmp_path: Path) -> None:
    path = write_gpkg(tmp_path / "a.gpkg", None)
    with pytest.raises(InputError, match="E_NO_CRS"):
        boundary_files.read(GPKG, [path])
    stated = GPKG.model_copy(update={"crs": "EPSG:4326"})
    assert len(boundary_files.read(stated, [path]).rows) == 2


def test_fault_059_degrees_are_claimed_but_the_numbers_are_metres(tmp_path: Path) -> None:
    path = write_gpkg(tmp_path / "a.gpkg", "EPSG:4326", [shapely.box(500_000, 55_000, 501_000, 56_000)])
    with pytest.raises(InputError, match="E_METRES_FILE"):
        boundary_files.read(GPKG, [path])


def test_fault_064_and_065_in_a_geopackage(tmp_path: Path) -> None:
    shapes = [shapely.force_3d(shapely.box(117.0, 0.5, 117.1, 0.6), 5.0), None, shapely.Point(117, 0.5)]
    layer = boundary_files.read(GPKG, [write_gpkg(tmp_path / "a.gpkg", "EPSG:4326", shapes)])
    assert layer.rows.geometry.isna().tolist() == [False, True]
    assert reasons(layer) == ["R_POLYGON_NOT"]
    assert sorted(item.code for item in layer.info.warnings) == ["HEIGHT_DROPPED", "NOT_IN_FILE", "NO_POLYGON"]


def spoil(path: Path, row: int, change: Callable[[bytearray], None]) -> None:
    """Change the stored geometry of one row behind GDAL's back (its triggers need functions that sqlite3 has not)."""
    with closing(sqlite3.connect(path)) as base, base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        blob = bytearray(base.execute("SELECT geom FROM desa WHERE fid = ?", (row,)).fetchone()[0])
        change(blob)
        base.execute("UPDATE desa SET geom = ? WHERE fid = ?", (bytes(blob), row))


def test_fault_050_and_061_in_a_geopackage_cost_one_row_each(tmp_path: Path) -> None:
    shapes = [shapely.box(117.0 + i / 10, 0.5, 117.1 + i / 10, 0.6) for i in range(4)]
    path = write_gpkg(tmp_path / "a.gpkg", "EPSG:4326", shapes)

    def last_x(value: float) -> Callable[[bytearray], None]:
        def change(blob: bytearray) -> None:
            blob[-16:-8] = struct.pack("<d", value)

        return change

    spoil(path, 2, last_x(117.15))
    spoil(path, 3, last_x(float("nan")))
    layer = boundary_files.read(GPKG, [path])
    assert layer.rows["kode"].tolist() == ["64.08.01.2001", "64.08.01.2004"]
    assert reasons(layer) == ["R_POLYGON_BROKEN", "R_POLYGON_BROKEN"]
    assert [item.place.row for item in layer.info.rejected] == [2, 3]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 a zip", b"<OGRVRTDataSource/>", b"SQLite format 3\x00" + b"\x00" * 200]
)
def test_files_that_are_not_a_geopackage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "desa.gpkg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"E_NOT_GPKG|E_EMPTY"):
        boundary_files.read(GPKG, [path])


def test_a_cut_geopackage_and_one_with_two_layers(tmp_path: Path) -> None:
    path = write_gpkg(tmp_path / "a.gpkg", "EPSG:4326")
    cut = tmp_path / "cut.gpkg"
    cut.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="E_NOT_GPKG"):
        boundary_files.read(GPKG, [cut])
    gpd.read_file(path).to_file(path, driver="GPKG", layer="kecamatan")
    with pytest.raises(InputError, match="E_GPKG_LAYERS"):
        boundary_files.read(GPKG, [path])
    with pytest.raises(InputError, match="E_NO_FILE"):
        boundary_files.read(GPKG, [tmp_path / "none.gpkg"])


def test_a_folder_whose_name_gdal_would_misread(tmp_path: Path) -> None:
    folder = tmp_path / 'pukul 10:30 "baru" [1] #%?'
    folder.mkdir()
    assert len(boundary_files.read(GPKG, [write_gpkg(folder / "a.gpkg", "EPSG:4326")]).rows) == 2
