"""Where rows are put: coordinates, codes and names, to the depth that is known, never on a guess."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, InputError
from geo.layer import Layer
from geo.sources import area_codes
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


def test_bps_codes_are_refused_declared_or_by_their_form(tmp_path: Path) -> None:
    assert fails(tmp_path, "kode", "64.08", code_system="bps") == "E_CODE_BPS"
    assert fails(tmp_path, "kode", "6404010001", "6404020", code_system="kemendagri") == "E_CODE_BPS"
    layer = incidents(tmp_path, "kode", "64.08.01.2001", "64.08", "6404020")
    assert codes(layer) == {"R_CODE_BPS": 1}


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


@pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity", "1e300", "1e400", "0°30'LS", "x"])
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
