"""Boundaries that name villages by BPS codes or by name alone (HDX, GADM, geoBoundaries): exact matches inside the parent, else a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ConfigError, InputError
from tests import boundary_rows as made
from tests.boundary_rows import read, reasons, same, same_ground, warned

# HDX


def test_hdx_codes_are_bps_codes_and_come_out_as_kemendagri_codes(tmp_path: Path) -> None:
    rows = made.kaltim()
    frame = made.hdx(rows)
    assert frame["ADM4_PCODE"].str.startswith("ID6404").sum() == frame["ADM2_EN"].eq("Kutai Timur").sum() > 100
    layer = read("hdx_cod", made.write_json(tmp_path / "a.json", frame))
    assert reasons(layer) == []
    same_ground(layer, rows[rows["kode"].isin(made.bps_codes())])
    lacking = warned(layer)["NOT_IN_FILE"]
    assert lacking["villages"] == 1038 - len(frame)


def test_hdx_villages_below_the_crosswalk_are_found_by_name_inside_their_parent(tmp_path: Path) -> None:
    frame = made.hdx(made.bontang())
    frame["ADM4_PCODE"] = frame["ADM3_PCODE"] + "999"  # numbers the crosswalk does not have
    frame.loc[1, "ADM4_EN"] = "Desa yang Tidak Ada"
    frame.loc[2, ["ADM4_EN", "ADM3_PCODE", "ADM4_PCODE"]] = ["Bontang Kuala", "ID9999999", "ID9999999999"]
    layer = read("hdx_cod", made.write_json(tmp_path / "a.json", frame))
    assert reasons(layer) == ["R_UNMATCHED", "R_UNMATCHED"]
    assert len(layer.rows) == len(frame) - 2
    named = warned(layer)["UNMATCHED"]
    assert named["villages"] == 2
    assert "Desa yang Tidak Ada" in named["names"]


def test_hdx_a_code_that_means_one_village_and_a_name_that_means_another(tmp_path: Path) -> None:
    frame = made.hdx(made.bontang())
    frame.loc[0, "ADM4_EN"] = frame.loc[1, "ADM4_EN"]
    frame.loc[2, "ADM4_EN"] = "Nama Baru"
    frame.loc[3, "ADM4_PCODE"] = "ID64"
    layer = read("hdx_cod", made.write_json(tmp_path / "a.json", frame))
    assert reasons(layer) == ["R_CODE_NAME", "R_BPS_CODE"]
    assert "Nama Baru" in layer.rows["name"].tolist()


# GADM


def test_gadm_waits_for_consent_and_says_so_ever_after(tmp_path: Path) -> None:
    path = made.write_json(tmp_path / "a.json", made.gadm(made.bontang()))
    with pytest.raises(ConfigError, match="E_GADM_LICENCE") as caught:
        read("gadm", path)
    assert "licence_accepted = true" in caught.value.hint("id")
    layer = read("gadm", path, licence_accepted=True)
    assert "GADM_LICENCE" in warned(layer)
    assert "nonkomersial" in layer.info.licence
    assert layer.rows["name"].tolist() == made.bontang()["name"].tolist()  # as the register writes them, with spaces


def test_fault_048_names_without_spaces_join_by_code_then_by_name_and_the_rest_is_listed(tmp_path: Path) -> None:
    """All Kaltim as GADM has it: no spaces, Mahakam Ulu inside Kutai Barat, some without a code."""
    rows = made.kaltim()
    frame = made.gadm(rows)
    assert (frame["CC_4"] == "NA").sum() > 50
    frame.loc[[5, 500], "NAME_4"] = ["TidakAda", "BukanDesa"]
    frame.loc[[5, 500], "CC_4"] = "NA"
    frame.loc[7, "NAME_4"] = frame.loc[6, "NAME_4"]
    layer = read("gadm", made.write_json(tmp_path / "a.json", frame), licence_accepted=True)
    right = dict(zip(rows["kode"], rows.geometry, strict=True))
    assert all(same(shape, right[kode]) for kode, shape in zip(layer.rows["kode"], layer.rows.geometry, strict=True))
    assert len(layer.rows) >= 1000
    listed = warned(layer)["UNMATCHED"]
    assert listed["villages"] == len(layer.info.rejected) == 1038 - len(layer.rows)
    assert "Tidak Ada, " in listed["names"]
    assert all(item.params["name"] for item in layer.info.rejected)
    assert layer.rows["kode"].str.startswith("64.11").sum() > 40  # Mahakam Ulu, which GADM does not know


def test_gadm_an_old_code_counts_only_where_the_name_agrees(tmp_path: Path) -> None:
    frame = made.gadm(made.bontang())
    codes = frame["CC_4"].tolist()
    frame["CC_4"] = [*codes[1:], codes[0]]  # every code now belongs to its neighbour
    same_ground(read("gadm", made.write_json(tmp_path / "a.json", frame), licence_accepted=True), made.bontang())
    frame["NAME_4"] = "TidakAda"
    with pytest.raises(InputError, match="E_NO_VILLAGES") as caught:
        read("gadm", made.write_json(tmp_path / "b.json", frame), licence_accepted=True)
    assert "R_CODE_NAME" in caught.value.message("id")


# geoBoundaries


def test_geoboundaries_names_are_matched_inside_the_parents_its_other_files_tell(tmp_path: Path) -> None:
    rows = made.kaltim()
    files = [made.write_json(tmp_path / f"ADM{level}.geojson", made.geoboundaries(rows, level)) for level in (4, 3, 2)]
    layer = read("geoboundaries", *files)
    right = dict(zip(rows["kode"], rows.geometry, strict=True))
    assert all(same(shape, right[kode]) for kode, shape in zip(layer.rows["kode"], layer.rows.geometry, strict=True))
    assert len(layer.rows) > 1020
    assert set(reasons(layer)) <= {"R_AMBIGUOUS", "R_UNMATCHED", "R_MATCHED_TWICE"}
    assert layer.info.rows_in == 1038


def test_geoboundaries_alone_takes_only_what_the_register_puts_there(tmp_path: Path) -> None:
    rows = made.kaltim()
    layer = read("geoboundaries", made.write_json(tmp_path / "a.json", made.geoboundaries(rows)))
    right = dict(zip(rows["kode"], rows.geometry, strict=True))
    assert all(same(shape, right[kode]) for kode, shape in zip(layer.rows["kode"], layer.rows.geometry, strict=True))
    assert len(layer.rows) > 1000
    away = made.geoboundaries(made.bontang())
    away.geometry = away.geometry.translate(0.0, -3.0)  # where no village of these names is
    with pytest.raises(InputError, match="E_NO_VILLAGES"):
        read("geoboundaries", made.write_json(tmp_path / "b.json", away))


def test_geoboundaries_twice_the_same_village_is_for_a_person(tmp_path: Path) -> None:
    frame = made.geoboundaries(made.bontang())
    frame.loc[1, "shapeName"] = frame.loc[0, "shapeName"]
    frame.loc[1, "geometry"] = frame.loc[0, "geometry"]
    frame.loc[2, "shapeName"] = None
    layer = read("geoboundaries", made.write_json(tmp_path / "a.json", frame))
    assert sorted(reasons(layer)) == ["R_MATCHED_TWICE", "R_MATCHED_TWICE", "R_NO_PARENT"]
    frame["shapeType"] = ["ADM4", "ADM3"] + ["ADM4"] * 13
    with pytest.raises(InputError, match="E_SHAPE_TYPE"):
        read("geoboundaries", made.write_json(tmp_path / "b.json", frame))


def test_fault_042_a_name_that_stands_twice_in_a_regency_is_ambiguous_without_its_district(tmp_path: Path) -> None:
    rows = made.kaltim()
    one = rows[(rows["name"] == "Sumber Sari") & rows["kode"].str.startswith("64.02")].head(1)
    adm2 = made.write_json(tmp_path / "ADM2.geojson", made.geoboundaries(rows, 2))
    adm4 = made.write_json(tmp_path / "ADM4.geojson", made.geoboundaries(one))
    with pytest.raises(InputError, match="E_NO_VILLAGES") as caught:
        read("geoboundaries", adm4, adm2)
    assert "R_AMBIGUOUS" in caught.value.message("id")


def test_a_province_by_a_name_nobody_knows_decides_nothing(tmp_path: Path) -> None:
    frame = made.gadm(made.bontang()).assign(NAME_1="ProvinsiLain", CC_4="NA")
    same_ground(read("gadm", made.write_json(tmp_path / "a.json", frame), licence_accepted=True), made.bontang())


@pytest.mark.parametrize("name", ["gadm", "hdx_cod", "geoboundaries"])
def test_the_general_reader_names_the_reader_a_file_needs(tmp_path: Path, name: str) -> None:
    frame = {"gadm": made.gadm, "hdx_cod": made.hdx, "geoboundaries": made.geoboundaries}[name](made.bontang())
    path = made.write_json(tmp_path / "a.geojson", frame)
    with pytest.raises(ConfigError, match="E_OTHER_READER") as caught:
        read("geojson", path)
    assert f'reader = "{name}"' in caught.value.hint("id")
    if name == "hdx_cod":  # whoever says what the codes are may use it
        assert len(read("geojson", path, code_system="bps", columns={"name": "ADM4_EN"}).rows) == len(frame)
    if name == "gadm":  # but nobody goes round its licence
        with pytest.raises(ConfigError, match="E_OTHER_READER"):
            read("geojson", path, code_system="bps")
