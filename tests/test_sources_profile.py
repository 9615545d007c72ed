"""Headers as offices make them, what is proposed for them, and profiles that keep what a person confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, InputError, PetarawanError
from core.settings import Source
from core.words import LANGUAGES
from geo.sources import headers, profile, registry, stream
from geo.sources.headers import Field, normal
from geo.sources.profile import Choice, Look, Profile
from tests.kaltim import codes, read, text_file, workbook

DATA = [45589, "demo", "Loa Kulu", "Sumber Sari", 1, 2]
FIELDS = (
    Field("tanggal", ("tanggal kejadian", "tanggal"), True),
    Field("jenis", ("jenis konflik", "jenis"), True),
    Field("desa", ("desa", "kelurahan")),
)


def looked(path: Path, kind: str = "incidents", by: str = "table", **more: object) -> Look:
    return profile.look(Source(kind=kind, reader=by, **more), path, registry.spec(kind, by), "id")


def choice(found: Look, key: str) -> Choice:
    return next(item for item in found.choices if item.field == key)


def refused(code: str, path: Path, **more: object) -> PetarawanError:
    with pytest.raises(PetarawanError) as caught:
        read("incidents", "table", path, **more)
    assert caught.value.code == code
    for lang in LANGUAGES:
        assert caught.value.message(lang)
        assert caught.value.hint(lang)
    return caught.value


def test_fault_005_a_header_of_two_rows_with_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "kop.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Data")
    sheet.merge_range("A1:G1", "PEMERINTAH KABUPATEN KUTAI KARTANEGARA")
    sheet.merge_range("A2:G2", "BADAN KESATUAN BANGSA DAN POLITIK")
    for cells, text in (
        ("A4:A5", "No"),
        ("B4:B5", "Tanggal"),
        ("C4:C5", "Jenis"),
        ("D4:E4", "Lokasi"),
        ("F4:G4", "Korban"),
    ):
        sheet.merge_range(cells, text)
    sheet.write_row("D5", ["Kecamatan", "Desa", "Meninggal", "Luka-luka"])
    sheet.write_row("A6", [1, 2, 3, 4, 5, 6, 7])  # the row that counts the columns
    sheet.write_row("A7", [1, *DATA])
    book.close()
    layer = read("incidents", "table", path)
    assert layer.info.rows_in == len(layer.rows) == 1
    assert layer.rows.loc[0, ["id", "kode", "deaths", "injured"]].tolist() == ["kop:7", "64.02.02.2014", 1, 2]
    found = looked(path)
    assert (found.sheets, found.sheet, found.header_row) == (("Data",), "Data", 4)
    assert found.headers == ("No", "Tanggal", "Jenis", "Kecamatan", "Desa", "Korban Meninggal", "Korban Luka-luka")


@pytest.mark.parametrize("above", [0, 1, 5, 28])
def test_fault_005_a_letter_head_of_any_length_up_to_thirty_rows(tmp_path: Path, above: int) -> None:
    rows = [["PEMERINTAH", None, "Kepada Yth."]] * above + [
        ["Tanggal", "Jenis", "Kecamatan"],
        [45589, "demo", "Loa Kulu"],
    ]
    assert len(read("incidents", "table", workbook(tmp_path, rows)).rows) == 1
    deep = [["PEMERINTAH", None, "Kepada Yth."]] * 40 + rows[-2:]
    path = workbook(tmp_path, deep, "dalam.xlsx")
    refused("E_NO_HEADER", path)
    assert len(read("incidents", "table", path, header_row=41).rows) == 1


def test_fault_005_the_header_row_a_person_names_is_taken(tmp_path: Path) -> None:
    rows = [["Tanggal", "Jenis", "Kecamatan"], ["Kapan", "Apa", "Di mana"], [45589, "demo", "Loa Kulu"]]
    path = workbook(tmp_path, rows)
    assert codes(read("incidents", "table", path)) == {"R_DATE": 1}
    chosen = {"tanggal": "Kapan", "jenis": "Apa", "kecamatan": "Di mana"}
    assert len(read("incidents", "table", path, header_row=2, columns=chosen).rows) == 1
    refused("E_HEADER_ROW", path, header_row=9)
    refused("E_COLUMN", path, header_row=2)


def test_the_sheet_a_person_names_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "dua.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, day in (("2023", "24 Oktober 2023"), ("2024", "24 Oktober 2024")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["Tanggal", "Jenis", "Kecamatan"])
        sheet.write_row(1, 0, [day, "demo", "Loa Kulu"])
    book.close()
    assert len(read("incidents", "table", path).rows) == 2
    assert [day.year for day in read("incidents", "table", path, sheet="2024").rows["occurred_on"]] == [2024]
    assert "2023, 2024" in refused("E_SHEET", path, sheet="2025").message("id")
    assert looked(path).sheets == ("2023", "2024")


def test_fault_003_look_alikes_are_proposed_and_never_taken(tmp_path: Path) -> None:
    path = text_file(tmp_path, "Tangal Kejadian;Jns Konflik;Kecamatann;Desa\n24/10/2024;demo;Loa Kulu;Sumber Sari\n")
    refused("E_COLUMN", path)
    found = looked(path)
    assert set(found.missing) == {"tanggal", "jenis"}
    assert choice(found, "tanggal").header is None
    assert choice(found, "tanggal").proposals[0][0] == "Tangal Kejadian"
    assert choice(found, "jenis").proposals[0][0] == "Jns Konflik"
    assert choice(found, "kecamatan").proposals[0][0] == "Kecamatann"
    desa = choice(found, "desa")
    assert (desa.header, desa.proposals, desa.samples, desa.label) == ("Desa", (), ("Sumber Sari",), "Desa/kelurahan")
    assert all(score >= 70 for item in found.choices for _, score in item.proposals)
    columns = {
        item.field: item.proposals[0][0] for item in found.choices if item.field in ("tanggal", "jenis", "kecamatan")
    }
    assert read("incidents", "table", path, columns=columns).rows["kode"].tolist() == ["64.02.02.2014"]


def test_a_file_with_no_known_header_is_shown_all_the_same(tmp_path: Path) -> None:
    path = text_file(tmp_path, "laporan;;\nKapan;Apa;Di mana\n24/10/2024;demo;Loa Kulu\n")
    found = looked(path)
    assert (found.header_row, found.headers) == (2, ("Kapan", "Apa", "Di mana"))
    assert found.samples == {"Kapan": ("24/10/2024",), "Apa": ("demo",), "Di mana": ("Loa Kulu",)}
    assert found.missing == ("tanggal", "jenis")


def test_a_column_somebody_switched_off_is_not_read(tmp_path: Path) -> None:
    path = text_file(tmp_path, "tanggal;jenis;kecamatan;desa\n24/10/2024;demo;Loa Kulu;Entah\n")
    assert codes(read("incidents", "table", path)) == {"R_NAME_UNKNOWN": 1}
    assert read("incidents", "table", path, columns={"desa": ""}).rows["precision"].tolist() == ["district"]
    assert choice(looked(path, columns={"desa": ""}), "desa").header is None
    refused("E_COLUMN", path, columns={"tanggal": ""})


def test_every_field_of_every_reader_has_a_name_for_people() -> None:
    for kind in ("incidents", "tps", "sites", "posts"):
        for name in registry.READERS[kind]:
            for field in registry.spec(kind, name).fields:
                assert all(profile.label(field, lang).strip() for lang in LANGUAGES)


def test_names_of_fields_are_normalised_and_of_one_field_each() -> None:
    for kind in ("incidents", "tps", "sites", "posts"):
        for name in registry.READERS[kind]:
            for field in registry.spec(kind, name).fields:
                assert all(text == normal(text) for text in field.names), (name, field.key)
                assert len(set(field.names)) == len(field.names)


@given(st.permutations(["Tanggal", "jenis konflik", "DESA", "Kelurahan", "Ket.", ""]))
def test_columns_are_found_in_any_order(titles: list[str]) -> None:
    matched, errors = headers.match(titles, FIELDS, {}, headers.Place())
    assert not errors
    assert [titles[i] for i in matched["tanggal"]] == ["Tanggal"]
    assert [titles[i] for i in matched["jenis"]] == ["jenis konflik"]
    assert [titles[i] for i in matched["desa"]] == ["DESA", "Kelurahan"]  # the likeliest first


@given(st.lists(st.text(max_size=12), max_size=8))
def test_proposals_are_headers_of_the_file_best_first(titles: list[str]) -> None:
    for field in FIELDS:
        found = headers.look_alikes(field, titles)
        assert [text for text, _ in found if text not in titles] == []
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert all(70 <= score <= 100 for _, score in found)
        for text in titles:
            if normal(text) in field.names:
                assert dict(found).get(text) == 100 or len(found) == 3


def test_a_profile_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    saved = Profile(
        kind="incidents",
        columns={"tanggal": "Kapan", "desa": ""},
        header_row=4,
        sheet="Data 'baru' \"2024\"",
        code_system="bps",
        date_order="mdy",
        number_style="en",
        zone="WIB",
        crs="EPSG:32750",
        licence="Terbatas",
        verification="unverified",
    )
    path = profile.save(tmp_path, "kesbangpol-2024", saved)
    assert path == tmp_path / "profiles" / "kesbangpol-2024.toml"
    assert profile.load(tmp_path, "kesbangpol-2024") == saved
    assert profile.names(tmp_path) == ["kesbangpol-2024"]
    source = Source.model_validate({"kind": saved.kind, "reader": saved.reader, **saved.options()})
    assert profile.of_source(source, saved.columns, "unverified") == saved
    assert Profile(kind="tps", reader="kpu_csv").options() == {}
    profile.save(tmp_path, "kesbangpol-2024", Profile(kind="tps"))
    assert profile.load(tmp_path, "kesbangpol-2024").kind == "tps"
    assert [item.name for item in path.parent.iterdir()] == ["kesbangpol-2024.toml"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x" * 41, "a b", ".x", "x.toml"])
def test_a_profile_name_is_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        profile.load(tmp_path, name)
    assert caught.value.code == "E_PROFILE_NAME"
    with pytest.raises(ConfigError):
        profile.save(tmp_path, name, Profile(kind="tps"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('kind = "incidents"\nwarna = 1\n', "E_PROFILE_KEYS"),
        ('kind = "boundaries"\n', "E_PROFILE_KEYS"),
        ('kind = "incidents"\nheader_row = "4"\n', "E_PROFILE_KEYS"),
        ("", "E_PROFILE_KEYS"),
        ("kind = \n", "E_PROFILE_TOML"),
    ],
)
def test_a_broken_profile_is_told(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        profile.load(tmp_path, "x")
    assert caught.value.code == code
    assert caught.value.message("id")
    with pytest.raises(ConfigError) as caught:
        profile.load(tmp_path, "y")
    assert (caught.value.code, "x" in caught.value.message("id")) == ("E_PROFILE_ABSENT", True)


def test_looking_does_not_fail_for_a_row_far_down_that_cannot_be_read(tmp_path: Path) -> None:
    path = text_file(tmp_path, "tanggal;jenis;desa\n" + "24/10/2024;demo;A\n" * 40 + '24/10/2024;"demo;A\n')
    assert looked(path).headers == ("tanggal", "jenis", "desa")
    with pytest.raises(InputError):
        stream.open_stream(Source(kind="incidents", reader="table"), [path], None)  # type: ignore[arg-type]
