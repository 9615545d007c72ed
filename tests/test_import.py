"""An import accounts for every row: accepted, in quarantine or repeated; again adds nothing; what is mended comes home."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.errors import ConfigError, InputError, PetarawanError
from core.words import LANGUAGES, catalogue
from intake import fingerprint, marks, quarantine_xlsx
from intake.importer import import_file
from store.register import ACCEPTED, DUPLICATE, QUARANTINED, open_existing, open_register
from tests.cli_client import Run
from tests.import_client import HEAD, NOW, bring, counts, csv_file, ledger, mend, rows, sheet_of, tree, workspace
from tests.messy import HEADERS, Messy, make
from tests.test_locator import kaltim

# Whose codes these are is stated once; the mended file is read so without being told again.
ASKED: dict[str, Any] = {"options": {"code_system": "bps", "columns": {"kode": "Kode Kab/Kota (BPS)"}}}


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Messy]:
    """The 5,000-row workbook, imported."""
    folder = workspace(tmp_path_factory.mktemp("kacau") / "ruang", "64")
    made = make(folder.parent / "Rekap Kejadian 2022-2024.xlsx", kaltim())
    bring(folder, made.path, **ASKED)
    return folder, made


def test_the_messy_workbook_adds_up_row_by_row(messy: tuple[Path, Messy]) -> None:
    folder, made = messy
    report = bring(folder, made.path, **ASKED)
    assert report.already
    assert counts(report) == (made.rows_in, made.accepted, len(made.wrong), len(made.repeats))
    assert made.rows_in > 5_000
    assert sum(reason.rows for reason in report.reasons) == report.line.quarantined
    with open_register(folder) as register:
        held = register.import_rows(report.line.id, QUARANTINED, 0, 10_000)
        assert {row.row for row in held} == set(made.wrong)
        repeated = register.import_rows(report.line.id, DUPLICATE, 0, 10_000)
        first = {row.key: row.row for row in register.import_rows(report.line.id, ACCEPTED, 0, 10_000)}
        assert {row.row: first[row.key] for row in repeated} == made.repeats
        told = {v.row: (v.content["occurred_on"], v.content["kode"]) for v in register.reports(limit=None)}
    assert all(told[row] == made.truth[row] for row in told)
    assert {repeat.row: repeat.of_row for repeat in report.repeats}.items() <= made.repeats.items()


def test_its_quarantine_mended_imports_to_none_quarantined(messy: tuple[Path, Messy], tmp_path: Path) -> None:
    folder, made = messy
    report = bring(folder, made.path, **ASKED)
    assert report.quarantine is not None

    def put_right(row: int, cells: dict[str, Any]) -> dict[str, Any] | None:
        return made.wrong[row] or None

    kept = mend(report.quarantine, tmp_path / "sudah diperbaiki.xlsx", put_right)
    again = bring(folder, tmp_path / "sudah diperbaiki.xlsx")
    rows_in, accepted, quarantined, duplicates = counts(again)
    assert (rows_in, quarantined) == (kept, 0)
    assert kept == sum(bool(cells) for cells in made.wrong.values())
    assert accepted + duplicates == kept
    assert duplicates < kept / 10  # repeats that stood among the wrong rows
    (origin,) = again.origins
    assert (origin.import_id, origin.file, origin.rows) == (report.line.id, made.path.name, kept)
    assert bring(folder, made.path, **ASKED).mended == kept
    with open_register(folder) as register:
        assert sum(version.import_id == again.line.id for version in register.each()) == accepted


def test_the_quarantine_has_the_files_own_columns_then_why(messy: tuple[Path, Messy]) -> None:
    folder, made = messy
    report = bring(folder, made.path, **ASKED)
    assert report.quarantine is not None
    head, *lines = sheet_of(report.quarantine)
    own = [title for title in head if not marks.is_ours(title)]
    assert own[:10] == list(HEADERS[:10])
    assert tuple(head[len(own) :]) == marks.titles()
    assert len(lines) == report.line.quarantined
    assert all(line[head.index(marks.titles()[4])] == report.line.id for line in lines)
    ket = head.index("Ket.")
    assert "=lihat berkas" in {line[ket] for line in lines}  # text, as it was
    report.quarantine.unlink()
    assert bring(folder, made.path, **ASKED).quarantine == report.quarantine  # made anew where somebody lost it
    assert sheet_of(report.quarantine)[0] == head


def test_the_cell_at_fault_is_coloured_and_it_alone(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    lines = [
        ("1 Mei 2024", "bentrok", "Bontang Utara", "Entah", 0, "x"),
        ("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, "x"),
    ]
    held = bring(folder, csv_file(tmp_path / "a.csv", lines)).quarantine
    assert held is not None
    with zipfile.ZipFile(held) as book:
        styles = book.read("xl/styles.xml").decode()
        cells = re.findall(r'<c r="([A-Z]+[23])" s="(\d+)"', book.read("xl/worksheets/sheet1.xml").decode())
    fills = re.findall(r'<xf [^>]*?fillId="(\d+)"', styles[styles.index("<cellXfs") :])
    assert {at for at, style in cells if fills[int(style)] != "0"} == {"D2", "A3"}


def test_fault_020_the_same_file_twice_adds_nothing_under_another_name_too(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    first = csv_file(tmp_path / "a.csv", rows(30))
    assert counts(bring(folder, first)) == (30, 30, 0, 0)
    with open_register(folder) as register:
        before = ledger(register)
        other = tmp_path / "salinan (2).csv"
        other.write_bytes(first.read_bytes())
        for path in (first, other):
            report = bring(folder, path)
            assert report.already
            assert counts(report) == (30, 30, 0, 0)
        assert ledger(register) == before


def test_rows_added_to_a_file_are_all_that_is_added(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    bring(folder, csv_file(tmp_path / "a.csv", rows(30)))
    grown = bring(folder, csv_file(tmp_path / "b.csv", [*rows(20, 30), *rows(30)]))  # in another order
    assert counts(grown) == (50, 20, 0, 30)
    assert grown.repeats[0].of_file == "a.csv"
    assert (grown.repeats[0].row, grown.repeats[0].of_row) == (22, 2)


def test_an_identical_row_is_a_repeat_of_the_one_before(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    one, two, *rest = rows(5)
    path = csv_file(
        tmp_path / "a.csv",
        [(i, *row) for i, row in enumerate([one, two, one, *rest, two, one], start=1)],
        head=("No", *HEAD),
    )
    report = bring(folder, path)
    assert counts(report) == (8, 5, 0, 3)
    assert [(item.row, item.of_row, item.of_file) for item in report.repeats] == [
        (4, 2, None),
        (8, 3, None),
        (9, 2, None),
    ]
    # The same words in another case, column order or spelling of a number and a day say the same.
    swapped = [(row[4], row[0], str(row[5]).upper() + " ", row[1], row[2], row[3]) for row in (one, two)]
    swapped = [(f"{float(str(a)):.1f}".replace(".", ","), f"{_iso(str(b))}", *c) for a, b, *c in swapped]
    other = csv_file(
        tmp_path / "b.csv", swapped, head=("Korban Meninggal", "Tanggal", "Uraian", "Jenis", "Kecamatan", "Desa")
    )
    assert counts(bring(folder, other)) == (2, 0, 0, 2)


def _iso(day: str) -> str:
    d, m, y = day.split("/")
    return f"{y}-{int(m):02}-{int(d):02}"


def test_the_same_sheet_saved_as_csv_says_the_same(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, ("No", *HEAD))
    for i, row in enumerate(rows(20), start=1):
        d, m, y = str(row[0]).split("/")
        sheet.write_row(i, 0, (i, "", *row[1:]))
        sheet.write_datetime(i, 1, datetime(int(y), int(m), int(d)), day)  # noqa: DTZ001
    book.close()
    assert counts(bring(folder, tmp_path / "a.xlsx")) == (20, 20, 0, 0)
    saved = [(i, *row) for i, row in enumerate(rows(20), start=7)]
    assert counts(bring(folder, csv_file(tmp_path / "a.csv", saved, head=("No", *HEAD)))) == (20, 0, 0, 20)


def test_rows_that_differ_in_any_word_are_two(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    thefts = [
        ("3/5/2024", "pencurian", "Bontang Utara", "Loktuan", 0, "sepeda motor", note) for note in ("pagi", "malam", "")
    ]
    report = bring(folder, csv_file(tmp_path / "a.csv", thefts, head=(*HEAD, "Keterangan")))
    assert counts(report) == (3, 3, 0, 0)


def test_fault_021_probable_duplicates_of_another_file_are_listed_and_both_kept(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    here = [
        ("24 Oktober 2024", "bentrok", "Bontang Utara", "Bontang Kuala", 1, "Bentrok dua kelompok pemuda di Jalan Mulawarman, satu tewas"),
        ("3 Juni 2024", "sengketa lahan", "Bontang Selatan", "Berbas Tengah", 0, "Warga memasang patok di lahan perusahaan"),
        ("1 Juli 2024", "pencurian", "Bontang Utara", "Loktuan", 0, "Pencurian kabel"),
    ]  # fmt: skip
    there = [
        ("25/10/2024", "kerusuhan", "Bontang Utara", "", 1, "Dua kelompok pemuda bentrok di jalan Mulawarman; satu orang tewas"),
        ("3/6/2024", "unjuk rasa", "Bontang Selatan", "Berbas Tengah", 0, "Warga memasang patok di lahan perusahaan"),
        ("9/6/2024", "sengketa lahan", "Bontang Selatan", "Berbas Tengah", 0, "Warga memasang patok di lahan perusahaan"),
        ("1/7/2024", "pencurian", "Bontang Selatan", "Berbas Tengah", 0, "Pencurian kabel"),
        ("2/7/2024", "curanmor", "Bontang Utara", "Loktuan", 0, "Sepeda motor hilang di parkiran pasar"),
    ]  # fmt: skip
    assert bring(folder, csv_file(tmp_path / "a.csv", here)).possible_count == 0
    report = bring(folder, csv_file(tmp_path / "b.csv", there))
    assert counts(report) == (5, 5, 0, 0)
    # Another day, another place, another family of kinds, another story: not the same incident.
    (pair,) = report.possible
    assert (pair.row, pair.of_row, pair.of_file) == (2, 2, "a.csv")
    with open_register(folder) as register:
        assert len(register.reports(limit=None)) == 8
    assert 70 <= pair.score <= 100
    assert bring(folder, tmp_path / "b.csv").possible == report.possible


def test_a_dry_run_writes_nothing_at_all(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    path = csv_file(
        tmp_path / "a.csv", [*rows(10), ("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, "x"), rows(1)[0]]
    )
    before = tree(tmp_path)
    dry = bring(folder, path, dry_run=True)
    assert tree(tmp_path) == before
    assert (dry.dry_run, dry.quarantine) == (True, None)
    wet = bring(folder, path)
    assert counts(dry) == counts(wet) == (12, 10, 1, 1)
    assert (dry.reasons, dry.repeats, dry.line.id) == (wet.reasons, wet.repeats, wet.line.id)
    before = tree(tmp_path)
    known = bring(folder, csv_file(tmp_path / "b.csv", [*rows(10), *rows(3, 10)]), dry_run=True)
    assert counts(known) == (13, 3, 0, 10)
    assert known.repeats[0].of_file == "a.csv"
    assert bring(folder, path, dry_run=True).already
    assert {name: data for name, data in tree(tmp_path).items() if name != "b.csv"} == before


def test_an_unreadable_file_leaves_no_trace(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    good = csv_file(tmp_path / "a.csv", rows(3_000)).read_bytes()
    files = {
        "kutip.csv": good + b'"1/1/2024",bentrok,"terbuka\n' + b"x\n" * 300,
        "kosong.csv": b"",
        "kolom.csv": b"nama,alamat\nx,y\n",
        "gambar.csv": b"\x89PNG\r\n\x1a\n" + b"\0" * 99,
        "tukar.csv": b"tanggal,jenis,lintang,bujur\n" + b"1/1/2024,bentrok,117.5,0.13\n" * 9,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        before = tree(folder)
        with pytest.raises(PetarawanError):
            bring(folder, tmp_path / name, batch=100)
        assert tree(folder) == before, name
    with pytest.raises(InputError, match="E_NO_FILE"):
        bring(folder, tmp_path / "tidak ada.csv")


def test_a_header_alone_is_no_row(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    report = bring(folder, csv_file(tmp_path / "a.csv", []))
    assert counts(report) == (0, 0, 0, 0)
    assert [warning.code for warning in report.line.warnings] == ["NO_ROWS"]


def test_boundaries_and_population_are_told_where_they_go(tmp_path: Path, run: Run) -> None:
    folder = workspace(tmp_path / "ruang")
    path = csv_file(tmp_path / "a.csv", rows(1))
    for kind, word in (
        ("boundaries", "boundaries get"),
        ("population", "[[source]]"),
        ("workers", "docs/import.md"),
        ("orang", "incidents, tps, sites, posts"),
    ):
        with pytest.raises(ConfigError) as caught:
            bring(folder, path, kind)
        assert caught.value.code == "E_IMPORT_KIND"
        said = run("import", folder, kind, path)
        assert (said.code, said.status) == ("E_IMPORT_KIND", 3)
        assert word in said.err
    assert not (folder / "register.db").exists()


def test_tps_sites_and_posts_too(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    stations = [
        ("64", "KALTIM", "6474", "KOTA BONTANG", "647401", "BONTANG UTARA", "6474011001", "BONTANG KUALA", n, 250 + n)
        for n in (1, 2, 3, 2)
    ]
    head = (
        "idProvinsi",
        "provinsi",
        "idKabupaten",
        "kabupaten",
        "idKecamatan",
        "kecamatan",
        "idDesa",
        "desa",
        "noTps",
        "pemilih",
    )
    report = bring(folder, csv_file(tmp_path / "tps.csv", stations, head), "tps")
    assert (report.line.draft.reader, counts(report)) == ("kpu_csv", (4, 3, 0, 1))
    # A station has a name of its own: told again with another number of voters it is revised, not doubled.
    changed = [(*row[:9], 900) for row in stations[:1]]
    report = bring(folder, csv_file(tmp_path / "tps baru.csv", [*changed, *stations[1:3]], head), "tps")
    assert (counts(report), report.line.revised) == ((3, 1, 0, 2), 1)
    sites = [
        ("Galian Pak A", "galian c", "tanpa izin", "Bontang Utara", "Loktuan"),
        ("PT B", "pabrik", "berizin", "Bontang Selatan", "Berbas Tengah"),
    ]
    head = ("nama", "jenis", "izin", "kecamatan", "desa")
    assert counts(bring(folder, csv_file(tmp_path / "lokasi.csv", sites, head), "sites")) == (2, 2, 0, 0)
    posts = [("Polsek Bontang Utara", "polsek", "Bontang Utara", "Bontang Kuala"), ("", "polsek", "Nowhere", "x")]
    report = bring(folder, csv_file(tmp_path / "pos.csv", posts, ("nama", "jenis", "kecamatan", "desa")), "posts")
    assert counts(report) == (2, 1, 1, 0)
    with open_register(folder) as register:
        assert [len(register.reports(kind=kind, limit=None)) for kind in ("tps", "sites", "posts", "incidents")] == [
            3,
            2,
            1,
            0,
        ]
        assert {
            row["content"]["voters"] if "content" in row else row["voters"]
            for row in register.known("tps", date(2024, 12, 31))
        } == {900, 252, 253}


def test_a_station_in_two_kinds_of_list_is_one_station(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    head = ("idDesa", "desa", "kecamatan", "noTps", "pemilih")
    kpu = [("6474011001", "BONTANG KUALA", "BONTANG UTARA", n, 250 + n) for n in (1, 2)]
    bring(folder, csv_file(tmp_path / "dpt.csv", kpu, head), "tps", reader="kpu_csv")
    head = ("kode", "desa", "kecamatan", "tps_max_no", "tps_ext_begin", "tps_ext_end", "jumlah_tps")
    kp24 = [("64.74.01.1001", "BONTANG KUALA", "BONTANG UTARA", 3, "", "", 3)]
    bring(folder, csv_file(tmp_path / "kp24.csv", kp24, head), "tps", reader="kp24")
    with open_register(folder) as register:
        assert len(list(register.known("tps", date(2024, 12, 31)))) == 3


def test_a_later_list_of_sites_revises_them_and_doubles_none(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    head = ("nama", "jenis", "izin", "kecamatan", "desa")
    place = ("Bontang Utara", "Loktuan")
    first = [("Galian A", "galian c", "tanpa izin", *place), ("Tambang pasir", "galian c", "berizin", *place)]
    bring(folder, csv_file(tmp_path / "2023.csv", first, head), "sites")
    # Two unlike rows of one everyday name are two sites.
    second = [("GALIAN  A", "galian c", "berizin", *place), first[1], ("Tambang pasir", "galian c", "usulan", *place)]
    report = bring(folder, csv_file(tmp_path / "2024.csv", second, head), "sites")
    assert (counts(report), report.line.revised) == ((3, 2, 0, 1), 1)
    with open_register(folder) as register:
        known = sorted((row["name"], row["permit"]) for row in register.known("sites", date(2024, 12, 31)))
    assert known == [("GALIAN  A", "legal"), ("Tambang pasir", "legal"), ("Tambang pasir", "proposed")]


def test_a_mended_file_is_read_as_the_one_it_came_from(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    head = ("Kapan", "Apa", "Kecamatan", "Desa")
    path = csv_file(
        tmp_path / "a.csv",
        [("03/04/2024", "bentrok", "Bontang Utara", "Loktuan"), ("31/04/2024", "bentrok", "Bontang Utara", "Loktuan")],
        head,
    )
    columns = {"tanggal": "Kapan", "jenis": "Apa"}
    report = bring(folder, path, options={"columns": columns}, verification="unverified")
    assert counts(report) == (2, 1, 1, 0)
    assert report.quarantine is not None
    mend(report.quarantine, tmp_path / "baik.xlsx", lambda row, cells: {"Kapan": "30/04/2024"})
    mended = bring(folder, tmp_path / "baik.xlsx")  # nobody says the columns again
    assert counts(mended) == (1, 1, 0, 0)
    with open_register(folder) as register:
        assert {v.verification for v in register.each()} == {"unverified"}
    # Not mended, it waits again, and its new workbook has each column once.
    mend(report.quarantine, tmp_path / "belum.xlsx", lambda row, cells: {})
    waits = bring(folder, tmp_path / "belum.xlsx")
    assert counts(waits) == (1, 0, 1, 0)
    assert waits.quarantine is not None
    assert sheet_of(waits.quarantine)[0] == sheet_of(report.quarantine)[0]


def test_fault_091_the_quarantine_runs_no_formula_and_gives_back_what_stood_there(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    nasty = [
        '=HYPERLINK("http://x","y")',
        "+62812",
        "-1+1",
        "@SUM(1)",
        "'=1",
        "\u202e=1",
        "0064",
        "1e5",
        "<b>&",
        "_x000D_",
        "é\u0301",
    ]
    lines = [("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, text) for text in nasty]
    report = bring(folder, csv_file(tmp_path / "a.csv", lines))
    assert report.quarantine is not None
    head, *cells = sheet_of(report.quarantine)
    assert sorted(line[head.index("uraian")] for line in cells) == sorted(
        text if text != "'=1" else "=1" for text in nasty
    )
    mend(report.quarantine, tmp_path / "b.xlsx", lambda row, given: {"tanggal": "1 Mei 2024"})
    assert counts(bring(folder, tmp_path / "b.xlsx")) == (len(nasty), len(nasty), 0, 0)


def test_the_table_a_clerk_sees(tmp_path: Path, run: Run) -> None:
    folder = workspace(tmp_path / "ruang kerja")
    path = csv_file(
        tmp_path / "a.csv", [*rows(4), rows(1)[0], ("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, "x")]
    )
    said = run("import", folder, "incidents", path, "--dry-run")
    assert (said.status, said.err) == (0, "")
    assert "UJI COBA" in said.out
    assert not (folder / "register.db").exists()
    said = run("import", folder, "incidents", path, "--who", "Siti", "--save-profile", "bontang")
    assert (said.status, said.err) == (0, "")
    for text in (
        "a.csv",
        "Diterima",
        "Dikarantina",
        "Berulang",
        "Alasan",
        "kemarin",
        "baris 6 mengulang baris 2",
        "petarawan publish",
    ):
        assert text in said.out
    assert "Tersimpan: 6 dari 6 baris" in said.out
    (held,) = (folder / "quarantine").glob("*.xlsx")
    assert f"'{held}'" in said.out  # as a shell takes it, spaces and all
    again = run("import", folder, "incidents", path, "--profile", "bontang")
    assert "a.csv" in again.out
    same = run("import", folder, "incidents", path)
    assert "sudah diimpor" in same.out
    assert "Siti" in same.out
    with open_register(folder) as register:
        assert len(register.reports(limit=None)) == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--column", "tanggal"), "E_IMPORT_OPTION"),
        (("--code-system", "xyz"), "E_IMPORT_OPTION"),
        (("--verification", "mungkin"), "E_IMPORT_OPTION"),
        (("--header-row", "0"), "E_IMPORT_OPTION"),
        (("--reader", "tak_ada"), "E_READER"),
        (("--profile", "tak-ada"), "E_PROFILE_ABSENT"),
        (("--save-profile", "../x"), "E_PROFILE_NAME"),
        (("--column", "entah=Tanggal"), "E_COLUMN_KEY"),
        (("--crs", "EPSG:0"), "E_CRS"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_written(
    tmp_path: Path, run: Run, arguments: tuple[str, str], code: str
) -> None:
    folder = workspace(tmp_path / "ruang")
    path = csv_file(tmp_path / "a.csv", rows(2))
    before = tree(tmp_path)
    said = run("import", folder, "incidents", path, *arguments)
    assert (said.code, said.status) == (code, 3), said.err
    assert "→" in said.err
    assert tree(tmp_path) == before


def test_a_profile_reads_and_belongs_to_its_kind(tmp_path: Path, run: Run) -> None:
    folder = workspace(tmp_path / "ruang")
    path = csv_file(
        tmp_path / "a.csv", [("1/2/2024", "demo", "Bontang Utara", "Loktuan")], ("Kapan", "Apa", "Kecamatan", "Desa")
    )
    arguments = ("--column", "tanggal=Kapan", "--column", "jenis=Apa", "--save-profile", "kab")
    assert run("import", folder, "incidents", path, *arguments).status == 0
    other = csv_file(
        tmp_path / "b.csv", [("2/2/2024", "demo", "Bontang Utara", "Loktuan")], ("Kapan", "Apa", "Kecamatan", "Desa")
    )
    assert "E_COLUMN" in run("import", folder, "incidents", other).err
    assert run("import", folder, "incidents", other, "--profile", "kab").status == 0
    assert run("import", folder, "sites", other, "--profile", "kab").code == "E_IMPORT_PROFILE"


def test_no_workspace_no_register(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="E_NO_WORKSPACE"):
        import_file(tmp_path, "incidents", csv_file(tmp_path / "a.csv", rows(1)), who="x", now=NOW)
    assert open_existing(tmp_path) is None


@given(
    st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=8), max_size=6), st.randoms(use_true_random=False)
)
def test_a_fingerprint_knows_no_order_and_forgets_no_word(cells: dict[str, str], rng: Any) -> None:
    seen = fingerprint.Cells("incidents", cells, ())
    items = list(cells.items())
    rng.shuffle(items)
    assert seen.mark(dict(items)) == seen.mark(cells)
    assert fingerprint.Cells("tps", cells, ()).mark(cells) != seen.mark(cells)
    told = [title for title in cells if title not in fingerprint.counted(cells, ())]
    for title in told:
        assert seen.mark({**cells, title: cells[title] + "ß7"}) != seen.mark(cells)


@pytest.mark.parametrize(
    ("one", "other"), [("117,150", "117.15"), ("1.0", "1"), ("2024-10-24 00:00:00", "2024-10-24"), ("A  B", "a b")]
)
def test_one_value_in_two_spellings(one: str, other: str) -> None:
    seen = fingerprint.Cells("sites", ("x",), ())
    assert seen.mark({"x": one}) == seen.mark({"x": other})
    assert seen.mark({"x": one}) != seen.mark({"x": other + "1"})


def test_our_columns_are_known_in_every_language_and_are_no_field() -> None:
    for lang in LANGUAGES:
        for title in marks.titles(lang):
            assert marks.is_ours(title)
            assert marks.is_ours(f"{title} #20")
        assert marks.find(("a", marks.titles(lang)[4]), "origin") == marks.titles(lang)[4]
    assert not marks.is_ours("Alasan")
    assert marks.find(("Alasan",), "reason") is None
    assert all(
        f"intake.possible.{name}" in catalogue(lang)
        for lang in LANGUAGES
        for name in ("same_day", "next_day", "same_place", "around", "text")
    )


def test_many_rows_take_several_sheets_and_long_cells_are_cut_with_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine_xlsx, "MOST_ROWS", 3)
    folder = workspace(tmp_path / "ruang")
    lines = [("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, f"catatan {i}") for i in range(7)]
    path = csv_file(tmp_path / "a.csv", [*lines, ("kemarin", "bentrok", "Bontang Utara", "Loktuan", 0, "x" * 40_000)])
    report = bring(folder, path)
    assert report.quarantine is not None
    book = CalamineWorkbook.from_path(str(report.quarantine))
    assert book.sheet_names == ["Karantina", "Karantina 2", "Karantina 3"]
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) for sheet in sheets] == [4, 4, 3]
    assert len({tuple(sheet[0]) for sheet in sheets}) == 1
    *_, last = sheets[-1]
    assert len(last[5]) == 32_767
    assert catalogue("id")["intake.quarantine.cut"] in last[sheets[0][0].index(marks.titles()[1])]
    assert counts(bring(folder, report.quarantine)) == (8, 0, 8, 0)  # every sheet is read, none mended


def test_a_ragged_row_keeps_the_cells_beyond_the_header(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "ruang")
    path = csv_file(
        tmp_path / "a.csv", [*rows(2), ("1/1/2024", "bentrok", "Bontang Utara", "Loktuan", 0, "satu", "dua", "tiga")]
    )
    report = bring(folder, path)
    assert [item.code for item in report.reasons] == ["R_RAGGED"]
    assert report.quarantine is not None
    head, line = sheet_of(report.quarantine)
    assert line[: len(HEAD) + 2] == ["1/1/2024", "bentrok", "Bontang Utara", "Loktuan", "0", "satu", "dua", "tiga"]
    assert head[len(HEAD) : len(HEAD) + 2] == ["#7", "#8"]
