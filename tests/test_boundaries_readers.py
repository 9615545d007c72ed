"""Boundaries as BIG and Dukcapil publish them, and the faults every reader shares: the same villages come out, or a row says why not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, InputError
from geo.sources.registry import READERS, reader
from tests import boundary_rows as made
from tests.boundary_rows import read, reasons, same_ground, source, warned
from tests.places import SHARED, needs_shared

FORMATS: dict[str, Callable[[Path, gpd.GeoDataFrame], Path]] = {
    "geojson": lambda folder, frame: made.write_json(folder / "batas.geojson", frame),
    "gpkg": lambda folder, frame: made.write_gdal(folder / "batas.gpkg", frame, "GPKG"),
    "shp": lambda folder, frame: made.write_gdal(folder / "batas.zip", frame, "ESRI Shapefile"),
    "gdb": lambda folder, frame: made.write_gdal(folder / "batas.zip", frame, "OpenFileGDB", "ADMINISTRASI_AR_DESAKEL"),
}


@pytest.mark.parametrize(
    ("name", "form"),
    [*(("rbi10k", form) for form in FORMATS), ("dukcapil", "gdb"), ("hdx_cod", "shp"), ("gadm", "gpkg")],
)
def test_every_reader_takes_every_format(tmp_path: Path, name: str, form: str) -> None:
    rows = made.bontang()
    if name == "hdx_cod":
        rows = rows[rows["kode"].isin(made.bps_codes())]
    frame = {"rbi10k": made.rbi, "dukcapil": made.dukcapil, "hdx_cod": made.hdx, "gadm": made.gadm}[name](rows)
    layer = read(name, FORMATS[form](tmp_path, frame), **({"licence_accepted": True} if name == "gadm" else {}))
    assert reasons(layer) == []
    same_ground(layer, rows)
    assert layer.rows["name"].tolist() == rows["name"].tolist()  # though in capitals here, and without spaces there
    assert layer.rows["kecamatan"].tolist() == rows["kecamatan"].tolist()
    assert not layer.info.indicative


# RBI 10K


def test_rbi_heights_are_dropped_and_said(tmp_path: Path) -> None:
    layer = read("rbi10k", made.write_json(tmp_path / "a.json", made.rbi(made.bontang())))
    assert warned(layer) == {"HEIGHT_DROPPED": {"villages": 15}}
    assert layer.rows.loc[0, ["kode", "name", "kecamatan", "kabupaten", "provinsi"]].tolist() == [
        "64.74.01.1001",
        "Bontang Kuala",
        "Bontang Utara",
        "Kota Bontang",
        "Kalimantan Timur",
    ]


def test_rbi_never_takes_a_bps_column(tmp_path: Path) -> None:
    """*PUM and KDPKAB are Kemendagri, *BPS are not: 6404 there is Kutai Timur."""
    frame = made.rbi(made.bontang())
    both = frame.assign(KDEBPS="6404010001", KDCBPS="6404010", KDBBPS="6404")
    same_ground(read("rbi10k", made.write_json(tmp_path / "a.json", both)), made.bontang())
    with pytest.raises(InputError, match="E_NO_CODE_COLUMN"):
        read("rbi10k", made.write_json(tmp_path / "b.json", both.drop(columns="KDEPUM")))
    with pytest.raises(ConfigError, match="E_BPS_CODES"):
        read("rbi10k", tmp_path / "a.json", columns={"kode": "KDEBPS"})
    with pytest.raises(ConfigError, match="E_SYSTEM_FIXED"):
        read("rbi10k", tmp_path / "a.json", code_system="bps")


def test_rbi_rows_without_a_code_or_with_codes_that_disagree(tmp_path: Path) -> None:
    frame = made.rbi(made.bontang())
    frame.loc[0, "KDEPUM"] = None
    frame.loc[1, "KDEPUM"] = ""
    frame.loc[2, "KDPKAB"] = "64.08"
    frame.loc[3, "WADMKD"] = ""
    frame["KDPPUM"] = 64  # numbers, as some exports have them
    layer = read("rbi10k", made.write_json(tmp_path / "a.json", frame))
    assert reasons(layer) == ["R_VILLAGE_CODE", "R_VILLAGE_CODE", "R_CODES_APART"]
    assert layer.info.rejected[2].raw["KDEPUM"] == made.bontang()["kode"][2]
    assert layer.rows["name"][0] == made.bontang()["name"][3]  # NAMOBJ


@pytest.mark.parametrize(
    ("unit", "fine"), [(1.0, True), (100.0, True), (0.0, True), (1.0 / 40, False), (4000.0, False)]
)
def test_rbi_area_is_km2_in_one_release_and_hectares_in_another(tmp_path: Path, unit: float, fine: bool) -> None:
    frame = made.rbi(made.bontang())
    frame.loc[0, "LUAS"] *= unit
    layer = read("rbi10k", made.write_json(tmp_path / "a.json", frame))
    assert reasons(layer) == ([] if fine else ["R_POLYGON_SIZE"])
    assert len(layer.rows) == (15 if fine else 14)


@pytest.mark.parametrize(
    ("driver", "file"), [("OpenFileGDB", "a.zip"), ("GPKG", "a.gpkg"), ("ESRI Shapefile", "a.zip")]
)
def test_rbi_of_several_layers_the_villages_are_taken_and_any_can_be_named(
    tmp_path: Path, driver: str, file: str
) -> None:
    names = ("ADMINISTRASI_AR_KECAMATAN", "ADMINISTRASI_AR_DESAKEL")
    path = made.write_gdal(tmp_path / file, made.rbi(made.bontang()), driver, *names)
    same_ground(read("rbi10k", path), made.bontang())
    same_ground(read("gpkg" if driver == "GPKG" else "shapefile", path, sheet=names[1]), made.bontang())
    with pytest.raises(InputError, match=r"E_LAYERS|E_GPKG_LAYERS") as caught:
        read("gpkg" if driver == "GPKG" else "shapefile", path)
    assert all(name in str(caught.value.params) for name in names)
    with pytest.raises(InputError, match="E_WHOLE_AREA"):
        read("rbi10k", path, sheet=names[0])


@needs_shared
def test_a_whole_regency_with_the_attributes_of_one_village_is_refused_by_name() -> None:
    """The real file: one polygon of all Bontang, one row of the desa Api-api (2.15 km2)."""
    with pytest.raises(InputError, match="E_WHOLE_AREA") as caught:
        read("rbi10k", SHARED / "boundaries" / "rbi10k_Kota_Bontang.json")
    assert "1 dari 1" in caught.value.message("id")


def test_a_layer_of_an_upper_level_is_refused_by_its_level(tmp_path: Path) -> None:
    upper = made.rbi(made.bontang()).assign(KDEPUM=None, WADMKD=None)
    for dropped, level in (((), 3), (("KDCPUM",), 2), (("KDCPUM", "KDPKAB"), 1)):
        path = made.write_json(tmp_path / f"{level}.json", upper.drop(columns=list(dropped)))
        with pytest.raises(InputError, match="E_UPPER_LEVEL") as caught:
            read("rbi10k", path)
        assert f"tingkat {level} " in caught.value.message("id")
    adm3 = made.hdx(made.bontang()).drop(columns=["ADM4_EN", "ADM4_PCODE"])
    with pytest.raises(InputError, match="E_UPPER_LEVEL"):
        read("hdx_cod", made.write_json(tmp_path / "adm3.json", adm3))
    with pytest.raises(InputError, match="E_UPPER_LEVEL"):
        read(
            "gadm",
            made.write_json(tmp_path / "g3.json", made.gadm(made.bontang()).drop(columns=["NAME_4", "CC_4"])),
            licence_accepted=True,
        )
    with pytest.raises(InputError, match="E_UPPER_LEVEL"):
        read("geoboundaries", made.write_json(tmp_path / "b3.json", made.geoboundaries(made.bontang(), 3)))


# Dukcapil


def test_dukcapil_rows_of_no_village_are_quarantined_and_people_are_kept(tmp_path: Path) -> None:
    frame = made.dukcapil(made.bontang())
    frame.loc[0, ["nama_kel", "kode_desa_spatial"]] = ["TIDAK TERDEFINISI", np.nan]
    frame.loc[1, "nama_kec"] = "TIDAK TERDEFINISI"
    frame.loc[2, "kode_desa_spatial"] = 0.0
    frame.loc[3, "jumlah_penduduk"] = np.nan
    layer = read("dukcapil", made.write_json(tmp_path / "a.json", frame))
    assert reasons(layer) == ["R_UNDEFINED"] * 3
    people = layer.rows.set_index("kode")["people"]
    assert pd.isna(people[made.bontang()["kode"][3]])  # unknown, not 0
    assert people[made.bontang()["kode"][4]] == 400
    assert people.dtype == "Int64"


def test_dukcapil_columns_cut_short_or_behind_the_name_of_their_table(tmp_path: Path) -> None:
    rows = made.bontang()
    long = made.dukcapil(rows)
    prefixed = long.rename(
        columns={name: f"giskemendagri.gisadmin.rekap_kel202001.{name}" for name in long.columns if name != "geometry"}
    )
    same_ground(read("dukcapil", made.write_json(tmp_path / "a.json", prefixed)), rows)
    short = made.write_gdal(tmp_path / "b.zip", long, "ESRI Shapefile")
    layer = read("dukcapil", short)
    same_ground(layer, rows)
    assert layer.rows["people"].tolist() == [100 * i for i in range(15)]


# Faults that every reader shares


def test_fault_047_villages_of_the_register_without_a_polygon_are_counted_and_listed(tmp_path: Path) -> None:
    rows = made.bontang()
    layer = read("rbi10k", made.write_json(tmp_path / "a.json", made.rbi(rows.drop(index=[3, 7]))))
    assert warned(layer)["NOT_IN_FILE"] == {"villages": 2, "codes": f"{rows['kode'][3]}, {rows['kode'][7]}"}
    extra = made.rbi(rows)
    extra.loc[0, "KDEPUM"] = "64.74.01.1099"
    found = warned(read("rbi10k", made.write_json(tmp_path / "b.json", extra)))
    assert found["NOT_REGISTERED"] == {"villages": 1, "codes": "64.74.01.1099"}
    assert found["NOT_IN_FILE"]["codes"] == rows["kode"][0]


def test_fault_058_a_shapefile_without_prj_is_refused_unless_its_crs_is_stated(tmp_path: Path) -> None:
    frame = made.rbi(made.bontang())
    path = made.write_gdal(tmp_path / "a.zip", frame, "ESRI Shapefile", without=(".prj",))
    with pytest.raises(InputError, match="E_NO_CRS"):
        read("rbi10k", path)
    same_ground(read("rbi10k", path, crs="EPSG:4326"), made.bontang())
    metres = made.write_gdal(tmp_path / "b.zip", frame.to_crs("EPSG:32650"), "ESRI Shapefile", without=(".prj",))
    layer = read("rbi10k", metres, crs="EPSG:32650")
    assert np.allclose(layer.rows.total_bounds, made.bontang().total_bounds, atol=1e-7)


def test_fault_059_a_prj_of_degrees_beside_numbers_in_metres(tmp_path: Path) -> None:
    frame = made.rbi(made.bontang()).to_crs("EPSG:32650").set_crs("EPSG:4326", allow_override=True)
    with pytest.raises(InputError, match="E_METRES_FILE"):
        read("rbi10k", made.write_gdal(tmp_path / "a.zip", frame, "ESRI Shapefile"))


def test_a_prj_of_indonesia_s_own_datum_is_the_same_place(tmp_path: Path) -> None:
    """SRGI 2013 (EPSG:9470), which RBI files name, lies a hand's breadth (16 cm) from WGS 84 by the way there through DGN95."""
    frame = made.rbi(made.bontang()).set_crs("EPSG:9470", allow_override=True)
    for driver, name in (("ESRI Shapefile", "a.zip"), ("GPKG", "a.gpkg")):
        same_ground(read("rbi10k", made.write_gdal(tmp_path / name, frame, driver)), made.bontang(), within=5e-6)


def test_fault_084_a_shapefile_with_a_part_missing_or_cut_is_refused(tmp_path: Path) -> None:
    frame = made.rbi(made.bontang())
    for part in (".shx", ".dbf"):
        with pytest.raises(InputError, match="E_SHAPE_PART"):
            read("rbi10k", made.write_gdal(tmp_path / f"{part[1:]}.zip", frame, "ESRI Shapefile", without=(part,)))
    with pytest.raises(InputError, match="E_SHP_ALONE"):
        read("shapefile", tmp_path / "shx" / "desa.shp")
    with pytest.raises(InputError, match="E_NOT_SHAPEFILE"):
        read("shapefile", made.write_json(tmp_path / "a.geojson", frame))


def test_the_general_reader_takes_a_zipped_shapefile_too(tmp_path: Path) -> None:
    path = made.write_gdal(tmp_path / "a.zip", made.rbi(made.bontang()), "ESRI Shapefile")
    same_ground(read("shapefile", path), made.bontang())


@given(
    st.lists(
        st.sampled_from(
            ["as it is", "no code", "bad code", "no shape", "open", "text", "swapped", "far", "big", "a regency"]
        ),
        min_size=1,
        max_size=15,
    )
)
@settings(max_examples=10, deadline=None)
def test_whatever_happens_to_rows_the_ledger_adds_up(
    tmp_path_factory: pytest.TempPathFactory, wrongs: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    tree = json.loads(made.write_json(folder / "a.json", made.rbi(made.bontang().head(len(wrongs)))).read_text())
    for feature, wrong in zip(tree["features"], wrongs, strict=True):
        cells, shape = feature["properties"], feature["geometry"]
        ring = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"][0][0]
        if wrong == "no code":
            cells["KDEPUM"] = None
        elif wrong == "bad code":
            cells["KDEPUM"] = "6474"
        elif wrong == "no shape":
            feature["geometry"] = None
        elif wrong == "open":
            ring.pop()
        elif wrong == "text":
            ring[0][0] = "117"
        elif wrong == "swapped":
            ring[1][0], ring[1][1] = ring[1][1], ring[1][0]
        elif wrong == "far":
            ring[1][0] = 500.0
        elif wrong == "big":
            cells["LUAS"] *= 1e5
        elif wrong == "a regency":
            cells["KDPKAB"] = "64.01"
    (folder / "a.json").write_text(json.dumps(tree), encoding="utf-8")
    fine = {i for i, wrong in enumerate(wrongs) if wrong in ("as it is", "no shape")}
    try:
        layer = read("rbi10k", folder / "a.json")
    except InputError as error:
        assert not fine or error.code in ("E_SWAPPED_FILE", "E_WHOLE_AREA")
    else:
        assert layer.rows["kode"].tolist() == [made.bontang()["kode"][i] for i in sorted(fine)]
        assert len(layer.info.rejected) == len(wrongs) - len(fine)


def test_every_registered_reader_can_be_imported_and_says_what_is_missing() -> None:
    for name in READERS["boundaries"]:
        if name != "embedded":
            with pytest.raises(ConfigError, match="E_PATH_NEEDED"):
                reader("boundaries", name)(source(name, licence_accepted=True), [])


@needs_shared
def test_the_real_polygons_in_the_columns_of_big_are_read_quickly(tmp_path: Path) -> None:
    """156 villages of 110,000 vertices: as GeoJSON and as GeoPackage, the same ground as from the SQL."""
    frame = made.rbi(made.real())
    for path in (made.write_json(tmp_path / "a.json", frame), made.write_gdal(tmp_path / "a.gpkg", frame, "GPKG")):
        start = time.perf_counter()
        same_ground(read("rbi10k", path), made.real())
        assert time.perf_counter() - start < 20.0
