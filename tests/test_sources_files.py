"""The shape of table files: what a person may save, and what must be told clearly."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from core import formula
from core.errors import PetarawanError
from geo.sources import sheets
from geo.sources.sheets import read_grids
from tests.kaltim import codes, read, text_file, warned, workbook

HEAD = "tanggal;jenis;kecamatan;desa\n"
ROW = "24 Oktober 2024;bentrok;Loa Kulu;Sumber Sari\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refused(path: Path, **more: object) -> PetarawanError:
    with pytest.raises(PetarawanError) as caught:
        read("incidents", "table", path, **more)
    for lang in ("id", "en"):
        assert caught.value.message(lang)
        assert caught.value.hint(lang)
    return caught.value


@pytest.mark.parametrize("content", [b"", b"\n\n  \r\n", b"\xef\xbb\xbf"])
def test_fault_001_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kosong.csv"
    path.write_bytes(content)
    assert refused(path).code == "E_EMPTY"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "tidak-ada.csv").code == "E_NO_FILE"
    assert refused(tmp_path).code == "E_NOT_FILE"
    with pytest.raises(PetarawanError) as caught:
        read("incidents", "table")
    assert caught.value.code == "E_PATH_NEEDED"


def test_fault_002_header_only_is_zero_rows_and_says_so(tmp_path: Path) -> None:
    layer = read("incidents", "table", text_file(tmp_path, HEAD))
    assert layer.info.rows_in == 0
    assert layer.rows.empty
    assert "NO_ROWS" in warned(layer)


def test_fault_003_missing_column_names_the_nearest(tmp_path: Path) -> None:
    error = refused(text_file(tmp_path, "tangal;jenis;kecamatan\n1/1/2024;demo;Loa Kulu\n"))
    assert error.code == "E_COLUMN"
    assert "'tangal'" in error.message("id")
    assert error.place.row == 1


def test_fault_003_all_missing_columns_at_once(tmp_path: Path) -> None:
    error = refused(text_file(tmp_path, "kecamatan;desa\nLoa Kulu;Sumber Sari\n"))
    assert error.message("id").count("Kolom wajib") == 2


def test_fault_004_two_columns_of_one_name(tmp_path: Path) -> None:
    error = refused(text_file(tmp_path, "tanggal;jenis;Desa;desa\n1/1/2024;demo;A;B\n"))
    assert error.code == "E_COLUMN_TWICE"
    assert "C 'Desa'" in error.message("id")
    assert "D 'desa'" in error.message("id")


def test_fault_005_header_below_a_letter_head(tmp_path: Path) -> None:
    letter = "PEMERINTAH KABUPATEN;;;\nBADAN KESATUAN BANGSA;;;\n;;;\n"
    layer = read("incidents", "table", text_file(tmp_path, letter + HEAD + ROW))
    assert layer.rows["id"].tolist() == ["kejadian:5"]
    rows = [["PEMERINTAH KABUPATEN"], [None], ["Tanggal", "Jenis", "Kecamatan"], [45589, "demo", "Loa Kulu"]]
    assert len(read("incidents", "table", workbook(tmp_path, rows)).rows) == 1


def test_no_header_at_all(tmp_path: Path) -> None:
    assert refused(text_file(tmp_path, "a;b\n1;2\n")).code == "E_NO_HEADER"


def test_fault_006_semicolon_and_decimal_comma(tmp_path: Path) -> None:
    path = text_file(tmp_path, "tanggal;jenis;lintang;bujur\n24/10/2024;demo;-0,502;117,153\n")
    row = read("incidents", "table", path).rows.iloc[0]
    assert (row["lat"], row["lon"], row["precision"]) == (-0.502, 117.153, "exact")
    assert (row.geometry.x, row.geometry.y) == (117.153, -0.502)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_fault_006_every_delimiter(tmp_path: Path, mark: str) -> None:
    path = text_file(tmp_path, (HEAD + ROW * 3).replace(";", mark))
    assert len(read("incidents", "table", path).rows) == 3


def test_excels_sep_line(tmp_path: Path) -> None:
    layer = read("incidents", "table", text_file(tmp_path, "sep=;\n" + HEAD + ROW))
    assert layer.rows["id"].tolist() == ["kejadian:3"]


def test_fault_007_a_ragged_row_is_quarantined_and_the_others_stay(tmp_path: Path) -> None:
    path = text_file(tmp_path, HEAD + ROW + "24 Oktober 2024;bentrok;Loa Kulu\n" + "1;2;3;4;5\n" + ROW)
    layer = read("incidents", "table", path)
    assert len(layer.rows) == 2
    assert [(item.code, item.place.row) for item in layer.info.rejected] == [("R_RAGGED", 3), ("R_RAGGED", 4)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_faults_008_009_encodings(tmp_path: Path, encoding: str) -> None:
    path = text_file(tmp_path, HEAD + ROW.replace("bentrok", "bentrok – é") * 20, encoding=encoding)
    layer = read("incidents", "table", path)
    assert layer.rows["kind"].tolist() == ["communal_violence"] * 20


def test_fault_010_broken_letters_are_flagged_and_left(tmp_path: Path) -> None:
    path = text_file(tmp_path, HEAD + ROW.replace("bentrok", "bentrok DesÃ© â€œxâ€"))
    assert warned(read("incidents", "table", path))["MOJIBAKE"]["lines"] == 1


def test_fault_012_a_line_end_inside_quotes_is_one_row(tmp_path: Path) -> None:
    path = text_file(tmp_path, HEAD + '24 Oktober 2024;"bentrok\nwarga";Loa Kulu;Sumber Sari\n' + ROW)
    layer = read("incidents", "table", path)
    assert layer.rows["id"].tolist() == ["kejadian:2", "kejadian:4"]


def test_fault_013_an_unclosed_quote_is_told_by_its_line(tmp_path: Path) -> None:
    path = text_file(tmp_path, HEAD + ROW * 10 + '24 Oktober 2024;"bentrok;Loa Kulu;Sumber Sari\n' + ROW * 5_000)
    error = refused(path)
    assert (error.code, error.place.row) == ("E_QUOTE", 12)


def test_fault_013_a_quote_closed_by_a_later_one(tmp_path: Path) -> None:
    broken = '24 Oktober 2024;"bentrok;Loa Kulu;Sumber Sari\n'
    path = text_file(tmp_path, HEAD + ROW + broken + ROW * 300 + broken + ROW)
    error = refused(path)
    assert (error.code, error.place.row) == ("E_QUOTE", 3)


def test_fault_014_html_named_xls(tmp_path: Path) -> None:
    path = text_file(tmp_path, "\n<html><body><table><tr><td>tanggal</td></tr></table></body></html>", "laporan.xls")
    assert refused(path).code == "E_HTML"


def test_fault_014_a_workbook_of_another_kind_is_read_by_content_or_told(tmp_path: Path) -> None:
    good = workbook(tmp_path, [["Tanggal", "Jenis", "Kecamatan"], [45589, "demo", "Loa Kulu"]])
    named = good.rename(tmp_path / "data.csv")
    layer = read("incidents", "table", named)
    assert len(layer.rows) == 1
    assert "FILE_TYPE" in warned(layer)
    broken = tmp_path / "rusak.xlsx"
    broken.write_bytes(OLE + b"\x00" * 600)
    assert refused(broken).code == "E_UNREADABLE"


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n....", b"PK\x03\x04 broken", b"\x1f\x8b\x08", b"a;b\x00\x01\x02;c\n"],
)
def test_fault_014_no_table_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "laporan.xlsx"
    path.write_bytes(content)
    assert refused(path).code == ("E_BROKEN" if content.startswith(b"PK") else "E_NOT_TABLE")


def test_fault_015_password(tmp_path: Path) -> None:
    path = tmp_path / "rahasia.xlsx"
    path.write_bytes(OLE + b"\x00" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 512)
    assert refused(path).code == "E_PASSWORD"


def test_faults_017_019_formulas_nobody_computed_and_error_values(tmp_path: Path) -> None:
    head = ["Tanggal", "Jenis", "Kecamatan", "Meninggal", "Catatan"]
    rows = [
        head,
        [45589, "demo", "Loa Kulu", ("=1+1", ""), "x"],
        [45589, "demo", "Loa Kulu", ("=NA()", "#N/A"), "x"],
        [45589, "demo", "Loa Kulu", ("=1+1", 2), ("=1/0", "#DIV/0!")],  # the fault stands in a column nobody reads
        [None, None, ("=REF", "#REF!"), None, None],
    ]
    layer = read("incidents", "table", workbook(tmp_path, rows))
    assert codes(layer) == {"R_FORMULA": 1, "R_CELL_ERROR": 2}
    assert layer.rows["deaths"].tolist() == [2]
    text = read("incidents", "table", text_file(tmp_path, HEAD + "24/10/2024;demo;#N/A;\n"))
    assert codes(text) == {"R_CELL_ERROR": 1}


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_INFLATED", 1 << 20)
    path = tmp_path / "bom.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/1.xml", b"0" * (2 << 20))
    assert path.stat().st_size < 10_000
    assert refused(path).code == "E_TOO_BIG"


def test_every_sheet_with_the_columns_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "dua.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Sampul").write(0, 0, "Laporan")
    book.add_worksheet("Kosong")
    data = book.add_worksheet("Data")
    data.write_row(0, 0, ["No", "Tanggal", "Jenis", "Kecamatan"])
    data.write_row(1, 0, [1, "24 Oktober 2024", "demo", "Loa Kulu"])
    more = book.add_worksheet("2023")
    more.write_row(3, 0, ["Jenis", "Kecamatan", "Tanggal"])
    more.write_row(4, 0, ["demo", "Loa Kulu", "24 Oktober 2023"])
    book.close()
    assert len(read_grids(path)) == 3
    layer = read("incidents", "table", path)
    assert layer.rows["id"].tolist() == ["dua:2", "dua:2.5"]
    assert warned(layer) == {"SHEET_LEFT": {"file": "dua.xlsx", "sheet": "Sampul"}}


def test_two_columns_of_one_field_are_one_and_the_filled_one_counts(tmp_path: Path) -> None:
    rows = ["Loa Kulu;Sumber Sari;", ";;Sungai Pinang Dalam", ";;Salah"]
    text = "tanggal;jenis;kecamatan;Desa;Kelurahan\n" + "".join(f"24/10/2024;demo;{row}\n" for row in rows)
    layer = read("incidents", "table", text_file(tmp_path, text))
    assert layer.rows["kode"].tolist() == ["64.02.02.2014", "64.72.08.1002"]
    assert layer.info.rejected[0].place.column == "Kelurahan"


def test_columns_name_what_we_do_not_guess(tmp_path: Path) -> None:
    path = text_file(tmp_path, "Kapan;Apa;kecamatan\n24/10/2024;demo;Loa Kulu\n")
    layer = read("incidents", "table", path, columns={"tanggal": "Kapan", "kind": "Apa"})
    assert len(layer.rows) == 1
    assert refused(path, columns={"tanggal": "Bukan", "jenis": "Apa"}).code == "E_COLUMN"
    assert refused(path, columns={"warna": "Apa"}).code == "E_COLUMN_KEY"


def test_several_files_are_one_layer_with_one_digest(tmp_path: Path) -> None:
    one, two = text_file(tmp_path, HEAD + ROW, "a.csv"), text_file(tmp_path, HEAD + ROW, "b.csv")
    layer = read("incidents", "table", one, two)
    assert layer.rows["id"].tolist() == ["a+b:2", "a+b:2.2"]
    assert layer.info.sha256 != read("incidents", "table", one).info.sha256
    assert len(layer.info.sha256) == 64


def test_fault_091_what_our_export_guarded_comes_back_as_it_was(tmp_path: Path) -> None:
    hostile = ["=HYPERLINK(1)", "+62", "-0,5", "@x", "'=y", "''-z", "'Aisyiyah", "biasa"]
    lines = [formula.neutralise(text) for text in hostile]
    grids = read_grids(text_file(tmp_path, "nama;jenis\n" + "".join(f"{line};kantor\n" for line in lines)))
    assert [row[1][0] for row in grids[0].rows][1:] == hostile
