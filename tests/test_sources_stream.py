"""Files read in batches: the same answers as the whole, every row accounted for, and no more memory for a longer file."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, InputError
from core.settings import Source
from geo.sources import delimited, registry, stream
from geo.sources.faults import BadValue, remembered
from geo.sources.stream import Read, Stream
from tests.kaltim import places, read, text_file, workbook

HEAD = "tanggal;jenis;kecamatan;desa;lintang;bujur;korban luka\n"
ROWS = (
    "24 Oktober 2024;bentrok;Loa Kulu;Sumber Sari;;;1.200\n",
    "03/04/2024;demo;Loa Kulu;;-0,502;117,153;\n",
    "kemarin;demo;Loa Kulu;;;;\n",
    ";;;;;;\n",
    "24/10/2024;demo;Loa Klu;;;;2\n",
    "24/10/2024;demo;;;-6,2;106,8;x\n",
)
TEXT = HEAD + "".join(ROWS) * 7


def opened(*paths: Path, kind: str = "incidents", by: str = "table", **more: object) -> Stream:
    return stream.open_stream(Source(kind=kind, reader=by, **more), paths, places())


def flat(reads: list[list[Read]]) -> list[Read]:
    return [item for batch in reads for item in batch]


@given(size=st.integers(1, 60))
@settings(max_examples=12, deadline=None)
def test_any_batch_size_gives_what_the_whole_gives(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    path = text_file(tmp_path_factory.mktemp("b"), TEXT)
    layer = read("incidents", "table", path)
    found = opened(path)
    items = flat(list(found.batches(size)))
    assert [item.number for item in items] == list(range(1, found.total + 1))
    rows = [row for item in items for row in item.rows]
    pd.testing.assert_frame_equal(pd.DataFrame(layer.rows), pd.DataFrame(stream.frame("incidents", rows)))
    assert tuple(item.rejected for item in items if item.rejected) == layer.info.rejected
    assert found.info(layer.info.rejected) == layer.info
    assert found.ledger.rows_in == found.total == len(layer.rows) + found.ledger.rejected


def test_a_stream_says_what_it_found_and_can_be_walked_again(tmp_path: Path) -> None:
    found = opened(text_file(tmp_path, TEXT))
    assert found.headers == ("tanggal", "jenis", "kecamatan", "desa", "lintang", "bujur", "korban luka")
    assert found.mapping == {key: key for key in ("tanggal", "jenis", "kecamatan", "desa", "lintang", "bujur")} | {
        "luka": "korban luka"
    }
    assert (found.total, found.name, found.ledger.rows_in) == (35, "kejadian", 0)
    first = flat(list(found.batches()))
    ledger = found.ledger
    again = flat(list(found.batches()))
    assert [(item.rows, item.rejected) for item in first] == [(item.rows, item.rejected) for item in again]
    assert found.ledger == ledger
    bad = first[2]
    assert bad.rejected is not None
    assert (bad.rejected.code, bad.place.row, bad.rows) == ("R_DATE_RELATIVE", 4, ())
    assert bad.raw == {"tanggal": "kemarin", "jenis": "demo", "kecamatan": "Loa Kulu"}


def test_what_the_whole_file_decides_does_not_depend_on_the_batch(tmp_path: Path) -> None:
    lines = ["24/10/2024;demo;Loa Kulu;;;;1,200\n"] * 3 + ["24/10/2024;demo;Loa Kulu;;;;1,200,000\n"] * 2
    found = opened(text_file(tmp_path, HEAD + "".join(lines)))
    assert [item.rows[0]["injured"] for item in flat(list(found.batches(1)))][:3] == [1200] * 3
    swapped = ["24/10/2024;demo;;;-0,502;117,153;\n"] * 4 + ["24/10/2024;demo;;;117,153;-0,502;\n"] * 5
    with pytest.raises(InputError) as caught:
        opened(text_file(tmp_path, HEAD + "".join(swapped)))
    assert (caught.value.code, caught.value.place.row) == ("E_SWAPPED", 6)


def test_a_quote_left_open_far_down_is_told_before_any_row_is_given(tmp_path: Path) -> None:
    path = text_file(tmp_path, HEAD + ROWS[0] * 12_000 + '24/10/2024;"demo;;;;;\n' + ROWS[0] * 300)
    with pytest.raises(InputError) as caught:
        opened(path)
    assert (caught.value.code, caught.value.place.row) == ("E_QUOTE", 12_002)


def test_gzipped_csv_is_the_same_table(tmp_path: Path) -> None:
    plain = read("incidents", "table", text_file(tmp_path, TEXT))
    packed = tmp_path / "kejadian.csv.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    same = read("incidents", "table", packed, name="kejadian")
    pd.testing.assert_frame_equal(pd.DataFrame(plain.rows), pd.DataFrame(same.rows))
    packed.write_bytes(gzip.compress(TEXT.encode())[:-20])
    with pytest.raises(InputError) as caught:
        read("incidents", "table", packed)
    assert caught.value.code == "E_NOT_TABLE"


def test_titles_are_each_once_and_blank_ones_are_numbered(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Tanggal", "Jenis", "Ket", "Ket", None, "Kecamatan"], [45589, "demo", 1, 2, 3, "x"]])
    found = opened(path)
    assert found.headers == ("Tanggal", "Jenis", "Ket", "Ket #4", "#5", "Kecamatan")
    (item,) = flat(list(found.batches()))
    assert item.raw == {"Tanggal": "45589", "Jenis": "demo", "Ket": "1", "Ket #4": "2", "#5": "3", "Kecamatan": "x"}


@pytest.mark.parametrize("kind", ["incidents", "tps", "sites", "posts"])
def test_every_reader_of_tables_has_a_spec(kind: str) -> None:
    for name in registry.READERS[kind]:
        spec = registry.spec(kind, name)
        assert isinstance(spec, stream.Spec)
        assert spec.kind == kind
        keys = [field.key for field in spec.fields]
        assert len(set(keys)) == len(keys)
        assert set(spec.styled) <= set(keys)
    with pytest.raises(ConfigError):
        registry.spec(kind, "tidak-ada")


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 200)
    monkeypatch.setattr(delimited, "_CHUNK", 1 << 14)
    peaks = []
    for times in (200, 2_000):
        path = text_file(tmp_path, HEAD + "".join(ROWS[:5]) * times, f"{times}.csv")
        assert list(opened(path).batches())  # imports and caches stand before we measure
        tracemalloc.start()
        found = opened(path)
        assert sum(len(batch) for batch in found.batches(200)) == 4 * times
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_a_remembered_fault_is_raised_anew_every_time() -> None:
    calls = []

    @remembered
    def parse(value: object) -> str:
        calls.append(value)
        if value == "x":
            raise BadValue("R_DATE", detail="d")
        return f"{type(value).__name__}"

    for key in ("satu", "dua"):
        with pytest.raises(BadValue) as caught:
            parse("x")
        assert (caught.value.code, caught.value.key, caught.value.params) == ("R_DATE", None, {"detail": "d"})
        caught.value.key = key
    assert calls == ["x"]
    assert (parse(1), parse(1.0), parse(True)) == ("int", "float", "bool")


def test_a_cell_merged_over_several_rows_counts_in_each_of_them(tmp_path: Path) -> None:
    path = tmp_path / "gabung.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["Tanggal", "Jenis", "Kecamatan", "Luka"])
    sheet.merge_range("A2:A4", "24 Oktober 2024")
    sheet.merge_range("C2:C3", "Loa Kulu")
    for row, (kind, hurt) in enumerate([("demo", 1), ("bentrok", 2), ("demo", 3)], start=1):
        sheet.write(row, 1, kind)
        sheet.write(row, 3, hurt)
    sheet.write_row(4, 1, ["demo", "Loa Kulu"])
    sheet.merge_range("A6:A8", "25 Oktober 2024")
    sheet.write_row(5, 1, ["demo", "Loa Kulu"])
    book.close()
    layer = read("incidents", "table", path)
    assert layer.rows["id"].tolist() == ["gabung:2", "gabung:3", "gabung:6"]
    assert [day.day for day in layer.rows["occurred_on"]] == [24, 24, 25]
    assert [(item.code, item.place.row) for item in layer.info.rejected] == [("R_NO_PLACE", 4), ("R_DATE_EMPTY", 5)]


@pytest.mark.parametrize("row", ["Jumlah;;;;;;12", "TOTAL :;;;;;;12", ";Jumlah;;;;;3"])
def test_a_row_of_totals_is_told_as_one(tmp_path: Path, row: str) -> None:
    layer = read("incidents", "table", text_file(tmp_path, HEAD + ROWS[0] + row + "\n"))
    assert [item.code for item in layer.info.rejected] == ["R_TOTAL"]
    fine = HEAD.replace("jenis", "kategori") + "24/10/2024;total;Loa Kulu;Sumber Sari;;;2\n"
    assert len(read("incidents", "table", text_file(tmp_path, fine)).rows) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("mark", ["\t", ";"])
def test_faults_008_009_what_excel_calls_unicode_text(tmp_path: Path, encoding: str, mark: str) -> None:
    text = TEXT.replace("Sumber Sari", "Sumber Sari ").replace("bentrok", "bentrok – ‘warga’").replace(";", mark)
    path = text_file(tmp_path, text.replace("\n", "\r\n"), "kejadian.txt", encoding)
    layer, plain = read("incidents", "table", path), read("incidents", "table", text_file(tmp_path, TEXT))
    pd.testing.assert_frame_equal(pd.DataFrame(layer.rows), pd.DataFrame(plain.rows))
