"""Promises of the reader of polling stations from the office's own spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from geo.sources.faults import BadValue
from geo.sources.tps_table import called_by
from tests.kaltim import codes, read, text_file, workbook

HEAD = "No TPS;Desa/Kelurahan;Kecamatan;Jumlah Pemilih;Lintang;Bujur\n"


def test_by_name_by_code_and_by_coordinates(tmp_path: Path) -> None:
    by_name = read(
        "tps",
        "table",
        text_file(tmp_path, HEAD + "1;Sumber Sari;Loa Kulu;287;;\nTPS 02;Sumber Sari;Loa Kulu;;;\n"),
        name="x",
    )
    kode = by_name.rows["kode"].iloc[0]
    assert by_name.rows["id"].tolist() == [f"x:{kode}:001", f"x:{kode}:002"]
    assert by_name.rows["name"].tolist() == ["TPS 001", "TPS 002"]
    assert by_name.rows["voters"].isna().tolist() == [False, True]
    assert set(by_name.rows["precision"]) == {"village"}
    by_point = read("tps", "table", text_file(tmp_path, HEAD + "1;;;300;-0,502;117.153\n"))
    assert (by_point.rows["precision"].tolist(), by_point.rows["lon"].tolist()) == (["exact"], [117.153])
    code = "Nomor TPS,Kode Desa,DPT\n5,64.08.01.2001,312\n"
    by_code = read("tps", "table", text_file(tmp_path, code))
    assert by_code.rows[["kode", "voters"]].values.tolist() == [["64.08.01.2001", 312]]


def test_from_a_workbook_with_a_letter_head_and_numbers(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["KPU KABUPATEN UJI", None, None, None],
        [None, None, None, None],
        ["No TPS", "Desa", "Kecamatan", "DPT"],
        [1, "Sumber Sari", "Loa Kulu", 1234],
        [2, "Sumber Sari", "Loa Kulu", "1.234"],
    ]
    assert read("tps", "table", workbook(tmp_path, rows)).rows["voters"].tolist() == [1234, 1234]


def test_what_is_too_vague_or_there_twice_is_named(tmp_path: Path) -> None:
    text = HEAD + (
        "1;Sumber Sari;Loa Kulu;300;;\n1;Sumber Sari;Loa Kulu;300;;\n2;;Loa Kulu;300;;\n;Sumber Sari;Loa Kulu;300;;\n"
        "0;Sumber Sari;Loa Kulu;300;;\n1000;Sumber Sari;Loa Kulu;300;;\n3;Sumber Sari;Loa Kulu;-3;;\n4;Sumber Sari;;300;;\n"
    )
    layer = read("tps", "table", text_file(tmp_path, text))
    assert codes(layer) == {"R_TWICE": 1, "R_TPS_COARSE": 1, "R_TPS_NUMBER": 3, "R_COUNT": 1, "R_NAME_AMBIGUOUS": 1}
    assert len(layer.rows) == 1


def test_whose_house_it_stands_at_is_not_taken_over(tmp_path: Path) -> None:
    text = "No TPS;Desa;Kecamatan;Lokasi;Ketua KPPS\n1;Sumber Sari;Loa Kulu;Rumah Bpk. Fulan;Fulan bin Fulan\n"
    layer = read("tps", "table", text_file(tmp_path, text))
    assert "Fulan" not in str(layer.rows.drop(columns="geometry").to_dict("records"))


@pytest.mark.parametrize(
    ("value", "called"),
    [
        (5.0, 5),
        ("5", 5),
        ("005", 5),
        ("TPS 05", 5),
        ("TPS-5", 5),
        ("tps no. 12", 12),
        ("TPS 05 SDN 3 Uji", 5),
        ("TPS Khusus Lapas", "TPS Khusus Lapas"),
        ("TPS 12A", "TPS 12A"),
        (901.0, 901),
    ],
)
def test_what_a_station_is_called(value: str | float, called: int | str) -> None:
    assert called_by(value) == called


@given(st.integers(1, 999), st.sampled_from(["{}", "{:03d}", "TPS {}", "TPS {:02d}", "tps{}", "TPS NO. {}", " {} "]))
def test_a_number_comes_back_from_every_way_of_writing_it(number: int, way: str) -> None:
    assert called_by(way.format(number)) == number


@given(st.one_of(st.text(max_size=12), st.floats(), st.none(), st.booleans()))
def test_any_cell_is_a_station_or_a_named_fault(value: str | float | bool | None) -> None:
    try:
        found = called_by(value)
    except BadValue as bad:
        assert bad.code in {"R_TPS_NUMBER", "R_NUMBER", "R_COUNT"}
    else:
        assert (isinstance(found, int) and 1 <= found <= 999) or (isinstance(found, str) and found.strip())


@pytest.mark.parametrize(
    "text",
    [
        "no tps,desa,kecamatan,volume sampah\n1,Sumber Sari,Loa Kulu,3\n",
        "tps,desa,kecamatan\nTPS 3R Mekar,Sumber Sari,Loa Kulu\n",
        "tps,desa,kecamatan\nTPS Limbah B3,Sumber Sari,Loa Kulu\n",
        "tps,desa,kecamatan,keterangan\n1,Sumber Sari,Loa Kulu,tempat penampungan sementara\n",
        "tps,desa,kecamatan\nTPST Uji,Sumber Sari,Loa Kulu\n",
    ],
)
def test_waste_sites_are_no_polling_stations(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read("tps", "table", text_file(tmp_path, text))
    assert caught.value.code == "E_TPS_WASTE"


def test_a_polling_station_may_stand_beside_waste(tmp_path: Path) -> None:
    text = "no tps,desa,kecamatan,lokasi\n1,Sumber Sari,Loa Kulu,Gedung Bank Sampah Melati\n2,Sumber Sari,Loa Kulu,Balai RT\n"
    assert len(read("tps", "table", text_file(tmp_path, text)).rows) == 2
