"""Where rows are put: coordinates, codes and names, to the depth that is known, never on a guess."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, InputError
from geo.layer import Layer
from geo.sources import area_codes, coordinates
from geo.sources.faults import BadValue
from tests.kaltim import codes, places, read, text_file, warned, workbook


def incidents(folder: Path, header: str, *rows: str, **more: object) -> Layer:
    text = "\n".join([f"tanggal;jenis;{header}", *[f"24/10/2024;demo;{row}" for row in rows]])
    return read("incidents", "table", text_file(folder, text), **more)


def fails(folder: Path, header: str, *rows: str, **more: object) -> str:
    with pytest.raises((InputError, ConfigError)) as caught:
        incidents(folder, header, *rows, **more)
    assert caught.value.message("id")
    assert caught.value.hint("id")
    return caught.value.code


def test_depth_of_what_is_known(tmp_path: Path) -> None:
    layer = incidents(
        tmp_path,
        "kabupaten;kecamatan;desa;lintang;bujur;presisi",
        "Kutai Kartanegara;Loa Kulu;Sumber Sari;;;",
        "Kutai Kartanegara;Loa Kulu;;;;",
        "Kutai Kartanegara;;;;;",
        ";;;-0.502;117.153;",
        ";;;-0.502;117.153;kecamatan",
        ";;;;;",
    )
    assert layer.rows["precision"].tolist() == ["village", "district", "regency", "exact", "district"]
    assert layer.rows["kode"].str.count(r"\.").tolist() == [3, 2, 1, 3, 2]
    assert layer.rows["lon"].notna().tolist() == [False, False, False, True, False]
    assert layer.rows.geometry.notna().tolist() == layer.rows["lon"].notna().tolist()
    assert codes(layer) == {"R_NO_PLACE": 1}


def test_fault_039_a_code_that_excel_made_a_number(tmp_path: Path) -> None:
    rows = [["Tanggal", "Jenis", "Kode"], [45589, "demo", 6472081002.0], [45589, "demo", 6472082002.0]]
    layer = read("incidents", "table", workbook(tmp_path, rows), code_system="kemendagri")
    assert layer.rows["kode"].tolist() == ["64.72.08.1002"]
    assert codes(layer) == {"R_CODE_UNKNOWN": 1}
    assert area_codes.parse(6472011001.0) == ("64.72.01.1001", False)
    assert area_codes.parse("6472011001.0") == ("64.72.01.1001", False)
    assert area_codes.parse(64.08) == ("64.08", True)


@pytest.mark.parametrize("text", ["640801200", "64080120011", "6,472E+09", "64.8.1", "abc", "64.08.01.201"])
def test_fault_040_codes_of_a_wrong_length(tmp_path: Path, text: str) -> None:
    layer = incidents(tmp_path, "kode", text, "64.08.01.2001", code_system="kemendagri")
    assert codes(layer) == {"R_CODE_FORM": 1}
    assert layer.info.rejected[0].place.value == text


def test_undotted_codes_need_a_system_or_names_that_agree(tmp_path: Path) -> None:
    assert fails(tmp_path, "kode", "6408012001") == "E_CODE_SYSTEM"
    assert fails(tmp_path, "kode;kabupaten", "6404;Kutai Timur") == "E_CODE_SYSTEM"
    assert (
        fails(tmp_path, "kode;kabupaten", "6402;Kutai Barat") == "E_CODE_SYSTEM"
    )  # BPS digits that exist in Kemendagri
    layer = incidents(tmp_path, "kode;kabupaten", "6408012001;Kutai Timur")
    assert layer.rows["kode"].tolist() == ["64.08.01.2001"]
    assert incidents(tmp_path, "kode", "6408012001", code_system="kpu").rows["kode"].tolist() == ["64.08.01.2001"]


def test_bps_codes_nobody_declared_are_refused_by_their_form(tmp_path: Path) -> None:
    assert fails(tmp_path, "kode", "6404010001", "6404020") == "E_CODE_BPS"
    assert fails(tmp_path, "kode", "6404010001", "6404020", code_system="kemendagri") == "E_CODE_BPS"
    layer = incidents(tmp_path, "kode", "64.08.01.2001", "64.08", "6404020")
    assert codes(layer) == {"R_CODE_BPS": 1}


def test_bps_codes_are_translated_when_they_are_declared(tmp_path: Path) -> None:
    rows = ["6404;;", "ID6402;;", "64.03;;", "6408;;", "6499;;", "64;;", "7271;;", "x;;", "6404;Berau;"]
    layer = incidents(tmp_path, "kode;kabupaten;desa", *rows, code_system="bps")
    # BPS 6404 is Kutai Timur, 6402 Kutai Barat, 6403 Kutai Kartanegara; 6408 was Nunukan, 7271 is Palu: not mapped; 6499 is nothing.
    assert layer.rows["kode"].tolist() == ["64.08", "64.07", "64.02"]
    assert codes(layer) == {
        "R_CODE_NO_MATCH": 1,
        "R_TOO_COARSE": 1,
        "R_CODE_OUTSIDE": 2,
        "R_CODE_FORM": 1,
        "R_CODE_CONFLICT": 1,
    }
    text = [["Tanggal", "Jenis", "Kode"], [45589, "demo", 6404.0], [45589, "demo", "6404"]]
    excel = read("incidents", "table", workbook(tmp_path, text), code_system="bps")
    assert excel.rows["kode"].tolist() == ["64.08", "64.08"]


def test_a_bps_village_goes_as_deep_as_its_code_or_its_names_are_known(tmp_path: Path) -> None:
    layer = incidents(
        tmp_path, "kode;kecamatan;desa", "6404999999;;", "6404999999;Muara Ancalong;Senyiur", code_system="bps"
    )
    assert [code[:5] for code in layer.rows["kode"]] == ["64.08", "64.08"]
    assert layer.rows["precision"].tolist()[0] == "regency"
    assert layer.rows["kode"].tolist()[1] == "64.08.01.2001"
    assert warned(layer)["CODE_COARSER"]["rows"] >= 1


def test_old_kemendagri_codes_are_read_as_those_of_today_and_counted(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "kode", "64.08.01.2001", "64.06", code_system="kemendagri")
    assert layer.rows["kode"].tolist()[0] == "64.08.01.2001"
    assert sum(codes(layer).values()) == 1  # Malinau, now 65.01, is not in the mapped area


@pytest.mark.parametrize(
    ("names", "kode"),
    [
        ("East Kutai;;", "64.08"),
        ("West Kutai Regency;;", "64.07"),
        ("North Penajam Paser;;", "64.09"),
        ("Bontang City;South Bontang;", "64.74.02"),
        ("Kab. Kutai Timur;Kec. Sangatta Utara;", "64.08.04"),
    ],
)
def test_english_names_of_places(tmp_path: Path, names: str, kode: str) -> None:
    layer = incidents(tmp_path, "kabupaten;kecamatan;desa", names)
    assert [code[: len(kode)] for code in layer.rows["kode"]] == [kode]


def test_fault_041_code_of_another_regency_than_the_name(tmp_path: Path) -> None:
    layer = incidents(
        tmp_path, "kode;kabupaten", "64.08.01.2001;Berau", "64.08.01.2001;Kutai Timur", "64.08.01.2001;Kutai Tmur"
    )
    assert codes(layer) == {"R_CODE_CONFLICT": 1}
    assert layer.info.rejected[0].params["named"] == "Kabupaten Kutai Timur"
    assert warned(layer)["NAME_DIFFERS"]["rows"] == 1


def test_fault_042_a_name_in_six_places_is_never_the_first_of_them(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "desa;kecamatan", "Sumber Sari;", "Sumber Sari;Loa Kulu")
    assert codes(layer) == {"R_NAME_AMBIGUOUS": 1}
    assert layer.info.rejected[0].params["count"] == "6"
    assert layer.rows["kode"].tolist() == ["64.02.02.2014"]


def test_fault_043_a_misspelt_name_is_quarantined_with_proposals(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "kecamatan", "Tenggarong Sebrang")
    assert codes(layer) == {"R_NAME_UNKNOWN": 1}
    assert "Tenggarong Seberang (64.02.16, 97)" in layer.info.rejected[0].params["proposals"]


def test_fault_044_two_villages_that_differ_by_a_space(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "desa;kabupaten", "Sukamaju;", "Sukamaju;Kutai Timur", "Suka Maju;Kutai Kartanegara")
    assert codes(layer) == {"R_NAME_AMBIGUOUS": 1}
    assert layer.rows["kode"].tolist() == ["64.08.08.2003", "64.02.16.2015"]


@pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity", "1e300", "1e400", "0°30x", "x"])
def test_faults_050_051_what_is_no_coordinate(tmp_path: Path, value: str) -> None:
    layer = incidents(tmp_path, "lintang;bujur", f"-0.5;{value}", f"{value};117.1", "-0.502;117.153")
    assert codes(layer) == {"R_COORDINATE": 2}
    assert len(layer.rows) == 1


def test_fault_051_numbers_beyond_the_earth(tmp_path: Path) -> None:
    rows = [
        ["Tanggal", "Jenis", "Lintang", "Bujur"],
        [45589, "demo", -0.5, 1e300],
        [45589, "demo", 95, 117.1],
        [45589, "demo", -0.502, 117.153],
    ]
    assert codes(read("incidents", "table", workbook(tmp_path, rows))) == {"R_COORDINATE_RANGE": 2}


def test_fault_052_coordinates_as_text_are_numbers_here(tmp_path: Path) -> None:
    rows = [["Tanggal", "Jenis", "Lintang", "Bujur"], [45589, "demo", "-0,502", "117.153"]]
    assert read("incidents", "table", workbook(tmp_path, rows)).rows["lon"].tolist() == [117.153]


def test_fault_053_half_a_coordinate(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "lintang;bujur", "-0.502;", ";117.153", "0;0", "-0.502;117.153")
    assert codes(layer) == {"R_COORDINATE_HALF": 2, "R_NULL_ISLAND": 1}


def test_fault_054_swapped_coordinates_stop_the_file_or_the_row_and_are_never_turned(tmp_path: Path) -> None:
    assert fails(tmp_path, "lintang;bujur", "117.153;-0.502", "117.2;-0.4", "-0.502;117.153") == "E_SWAPPED"
    layer = incidents(tmp_path, "lintang;bujur", "117.153;-0.502", "-0.502;117.153")
    assert codes(layer) == {"R_SWAPPED": 1}
    named = incidents(tmp_path, "a;b", "117.153;-0.502", columns={"bujur": "a", "lintang": "b"})
    assert named.rows["lat"].tolist() == [-0.502]


def test_fault_055_metres_are_asked_about_and_read_by_the_crs_named(tmp_path: Path) -> None:
    row = "9944500;517000"
    assert fails(tmp_path, "lintang;bujur", row) == "E_PROJECTED"
    layer = incidents(tmp_path, "northing;easting", row, crs="EPSG:32750")
    assert layer.rows["lon"].iloc[0] == pytest.approx(117.1528, abs=1e-3)
    assert layer.rows["lat"].iloc[0] == pytest.approx(-0.5021, abs=1e-3)
    wrong_zone = incidents(tmp_path, "northing;easting", row, crs="EPSG:32751")
    assert codes(wrong_zone) == {"R_OUTSIDE": 1}
    assert fails(tmp_path, "lintang;bujur", row, crs="EPSG:999999") == "E_CRS"


def test_fault_056_outside_and_at_sea(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "lintang;bujur", "-6.2;106.8", "0.2;119.5", "48.1;11.6", "0,0;0,0")
    assert codes(layer) == {"R_OUTSIDE": 3, "R_NULL_ISLAND": 1}


def test_fault_056_near_the_coast_the_nearest_village_is_offered_not_taken(tmp_path: Path) -> None:
    shape = max(
        places().shapes, key=lambda item: item.bounds[2]
    )  # the village that reaches farthest east, into the sea
    east, lat = max(shapely.get_coordinates(shape).tolist())
    layer = incidents(tmp_path, "lintang;bujur", f"{lat:.5f};{east + 0.009:.5f}", f"{lat:.5f};{east + 0.03:.5f}")
    assert [item.code for item in layer.info.rejected] == ["R_OUTSIDE_NEAR", "R_OUTSIDE"]
    assert layer.info.rejected[0].params["near"].startswith(places().at(np.array([east - 1e-6]), np.array([lat]))[0])
    assert float(layer.info.rejected[0].params["km"]) == pytest.approx(1.0, abs=0.02)


def test_fault_057_a_point_in_another_place_than_the_row_says(tmp_path: Path) -> None:
    layer = incidents(tmp_path, "lintang;bujur;kabupaten", "-0.502;117.153;Berau", "-0.502;117.153;Samarinda")
    assert len(layer.rows) == 2
    assert warned(layer)["PLACE_DIFFERS"]["rows"] == 1
    assert 150 < float(str(warned(layer)["PLACE_DIFFERS"]["km"])) < 400


@given(st.integers(min_value=0))
def test_codes_come_back_from_every_way_of_writing_them(number: int) -> None:
    names = sorted(code for code in places().names if "." in code)
    code = names[number % len(names)]
    digits = code.replace(".", "")
    for text in (code, code.replace(".", " "), code.replace(".", "-"), f" {code} "):
        assert area_codes.parse(text) == (code, True)
    assert area_codes.parse(digits) == area_codes.parse(float(digits)) == (code, False)


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_a_named_fault(text: str) -> None:
    try:
        found = area_codes.parse(text)
    except BadValue as bad:
        assert bad.code in {"R_CODE_FORM", "R_CODE_BPS"}
    else:
        assert found is not None


def parsed(parse: Callable[[object], object], value: object) -> object:
    try:
        return parse(value)
    except BadValue as bad:
        return bad.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0°30'12\" LS", -(30 / 60 + 12 / 3600)),
        ("0º 30′ 12,5″ S", -(30 / 60 + 12.5 / 3600)),
        ("S 0°30'12\"", -(30 / 60 + 12 / 3600)),
        ("-0°30'12\"", -(30 / 60 + 12 / 3600)),
        ("00-30-12 LS", -(30 / 60 + 12 / 3600)),
        ("0 derajat 30 menit 12 detik Lintang Selatan", -(30 / 60 + 12 / 3600)),
        ("1°30.5' LU", 1 + 30.5 / 60),
        ("1 30 LU", 1.5),
        ("0.5 S", -0.5),
        ("LS 0,5", -0.5),
        ("-0.5 LS", -0.5),
        ("0,5°", 0.5),
        ("0°30'12\"", "R_DMS"),  # north or south? nobody says
        ("0°77'12\" LS", "R_DMS"),
        ("0°30.5'12\" LS", "R_DMS"),
        ("-0.5 LU", "R_HEMISPHERE"),
        ("0.5 BT", "R_HEMISPHERE"),
        ("0.5 XX", "R_COORDINATE"),
    ],
)
def test_latitudes_in_degrees_minutes_and_seconds(text: str, value: float | str) -> None:
    found = parsed(coordinates.lat, text)
    assert found == (value if isinstance(value, str) else pytest.approx(value, abs=1e-12))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("117 06 30 BT", 117 + 6 / 60 + 30 / 3600),
        ("117°06'30\"", 117 + 6 / 60 + 30 / 3600),
        ("117:06:30 E", 117 + 6 / 60 + 30 / 3600),
        ("117,15 T", 117.15),
        ("117 15", "R_DMS"),
        ("0.5 LS", "R_HEMISPHERE"),
    ],
)
def test_longitudes_in_degrees_minutes_and_seconds(text: str, value: float | str) -> None:
    found = parsed(coordinates.lon, text)
    assert found == (value if isinstance(value, str) else pytest.approx(value, abs=1e-12))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-0.502, 117.153", (117.153, -0.502)),
        ("117.153 -0.502", (117.153, -0.502)),
        ("-0,502; 117,153", (117.153, -0.502)),
        ("-0,502, 117,153", (117.153, -0.502)),
        ("(-0.502,117.153)", (117.153, -0.502)),
        ("0°30' LS 117°30' BT", (117.5, -0.5)),
        ("0°30' LS, 117°30' BT", (117.5, -0.5)),
        ("117,1", "R_COORDINATE"),
        ("0.5, 0.6", "R_COORDINATE"),
        ("48.1, 11.6", "R_COORDINATE"),
        ("di depan kantor", "R_COORDINATE"),
        (117.1, "R_COORDINATE"),
    ],
)
def test_both_coordinates_in_one_cell(text: object, value: object) -> None:
    assert parsed(coordinates.pair, text) == value


def test_coordinates_of_every_style_place_the_same_row(tmp_path: Path) -> None:
    layer = incidents(
        tmp_path,
        "lintang;bujur;koordinat",
        "-0.502;117.153;",
        '"0°30\'7,2"" LS";"117°9\'10,8"" BT";',
        ";;-0.502, 117.153",
        "-0.502;117.153;1, 2",
        ";;0.5, 0.6",
    )
    assert layer.rows["lon"].round(9).tolist() == [117.153] * 4
    assert layer.rows["lat"].round(9).tolist() == [-0.502] * 4
    assert [(item.code, item.place.column) for item in layer.info.rejected] == [("R_COORDINATE", "koordinat")]


@given(st.floats(-11, 6), st.floats(95, 141))
def test_coordinates_come_back_from_every_way_of_writing_them(south: float, east: float) -> None:
    for value, axis, sides in ((south, "lintang", ("LU", "LS")), (east, "bujur", ("BT", "BB"))):
        side, size = sides[value < 0], abs(value)
        minutes = round(size * 60, 4)
        seconds = round(size * 3600, 3)
        degrees, rest = divmod(seconds, 3600)
        texts = [
            f"{value:.6f}",
            f"{value:.6f}".replace(".", ","),
            f"{size:.6f} {side}",
            f"{size:.6f}° {side}".replace(".", ","),
            f"{side} {size:.6f}",
            f"{int(minutes // 60)}°{minutes % 60:07.4f}' {side}",
            f"{int(degrees)}°{int(rest // 60):02d}'{rest % 60:06.3f}\" {side}",
            f"{int(degrees)} {int(rest // 60):02d} {rest % 60:06.3f} {side}".replace(".", ","),
        ]
        for text in texts:
            if "60.000" in text or "60,000" in text or "60.0000" in text:
                continue  # rounding made a full minute of the seconds
            assert coordinates.parse(text, axis) == pytest.approx(value, abs=2e-6), text
    assert coordinates.pair(f"{south:.5f}, {east:.5f}") == (round(east, 5), round(south, 5))
    assert coordinates.pair(f"{east:.5f};{south:.5f}".replace(".", ",")) == (round(east, 5), round(south, 5))


@given(st.text(max_size=25))
def test_any_text_is_a_coordinate_or_a_named_fault(text: str) -> None:
    for parse in (coordinates.lon, coordinates.lat, coordinates.pair):
        found = parsed(parse, text)
        assert not isinstance(found, str) or found in {"R_COORDINATE", "R_DMS", "R_HEMISPHERE"}


def features(*items: tuple[object, dict[str, object]]) -> str:
    made = [{"type": "Feature", "geometry": shape, "properties": more} for shape, more in items]
    return json.dumps({"type": "FeatureCollection", "features": made})


def test_points_of_a_geojson_are_rows_of_a_table(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [117.153, -0.502]}
    line = {"type": "LineString", "coordinates": [[117.153, -0.502], [117.154, -0.502]]}
    said = {"Tanggal": "24 Okt 2024", "Jenis": "demo"}
    text = features(
        (point, said),
        (point, {**said, "longitude": 1.0, "latitude": 2.0}),
        (None, {**said, "Kecamatan": "Loa Kulu"}),
        (line, said),
        (point, {**said, "Tanggal": "kemarin"}),
        (None, said),
    )
    layer = read("incidents", "table", text_file(tmp_path, text, "titik.geojson"))
    assert layer.rows["precision"].tolist() == ["exact", "exact", "district"]
    assert layer.rows["lon"].tolist()[:2] == [117.153, 117.153]
    assert layer.rows["id"].tolist() == ["titik:1", "titik:2", "titik:3"]
    assert codes(layer) == {"R_NOT_POINT": 1, "R_DATE_RELATIVE": 1, "R_NO_PLACE": 1}
    area = {"type": "Polygon", "coordinates": [[[117.15, -0.5], [117.16, -0.5], [117.16, -0.51], [117.15, -0.5]]]}
    sites = read("sites", "table", text_file(tmp_path, features((area, {"jenis": "galian c"})), "lokasi.geojson"))
    assert sites.rows["precision"].tolist() == ["exact"]
    assert warned(sites) == {"SHAPE_POINT": {"file": "lokasi.geojson", "rows": 1}}


def test_points_of_a_geopackage_and_of_a_zipped_shapefile_are_rows_too(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"tanggal": ["24/10/2024", "31 Februari 2024"], "jenis": ["demo", "demo"]},
        geometry=gpd.points_from_xy([517000.0, 517000.0], [9944500.0, 9944500.0]),
        crs=32750,
    )
    package = tmp_path / "titik.gpkg"
    frame.to_file(package, driver="GPKG")
    folder = tmp_path / "shp"
    folder.mkdir()
    frame.to_file(folder / "titik.shp")
    packed = tmp_path / "titik.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    for path in (package, packed):
        layer = read("incidents", "table", path)
        assert layer.rows["lon"].tolist() == [pytest.approx(117.1528, abs=1e-3)]
        assert layer.rows["lat"].tolist() == [pytest.approx(-0.5021, abs=1e-3)]
        assert codes(layer) == {"R_DATE_IMPOSSIBLE": 1}
        same = read("incidents", "table", path, crs="EPSG:32750")
        assert same.rows["lon"].tolist() == layer.rows["lon"].tolist()


@given(st.sampled_from([2, 4, 7, 10]), st.integers(0))
def test_bps_codes_come_back_from_every_way_of_writing_them(size: int, number: int) -> None:
    digits = str(11 + number % 85) + f"{number % 10 ** (size - 2):0{size - 2}d}" * (size > 2)
    parts = ".".join(digits[a:b] for a, b in ((0, 2), (2, 4), (4, 7), (7, 10)) if digits[a:b])
    for text in (digits, f" {digits} ", f"ID{digits}", parts, float(digits), f"'{digits}", f"{digits}.0"):
        assert area_codes.parse_bps(text) == digits
