"""What an incident table tells beyond the published columns, and what a profile says of the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core import report, tables, taxonomy
from core.settings import Source
from geo.sources import stream
from geo.sources.kinds import classify
from tests.kaltim import codes, places, read, text_file, warned, workbook

HEAD = "Tanggal;Jenis;Kecamatan;Jam;Uraian;Tanggal Laporan;Sumber;Nilai Sumber;Tahap;Status Verifikasi;Tindak Lanjut;Tanggal Selesai\n"
KNOWN = {column.name for column in (*tables.INCIDENTS, *report.DETAIL)}


def rows(path: Path, **more: object) -> tuple[list[dict[str, object]], stream.Stream]:
    found = stream.open_stream(Source(kind="incidents", reader="table", **more), [path], places())
    made = [row for batch in found.batches() for item in batch for row in item.rows]
    for row in made:
        assert set(row) <= KNOWN
        for name, allowed in report.LISTS.items():
            assert row.get(name) is None or row[name] in allowed
    return made, found


def one(folder: Path, line: str, **more: object) -> dict[str, object]:
    made, _ = rows(text_file(folder, HEAD + f"{line}\n"), **more)
    return made[0]


def test_details_are_told_and_not_published(tmp_path: Path) -> None:
    line = "24 Okt 2024;bentrok;Loa Kulu;14.30 WITA;Dua kelompok;25/10/2024;Polsek Loa Kulu;B2;Penghentian;Terverifikasi;Dimediasi camat;"
    row = one(tmp_path, line)
    told = {name: row[name] for name in row if name in {column.name for column in report.DETAIL}}
    assert told == {
        "time": "14:30",
        "zone": "WITA",
        "text": "Dua kelompok",
        "known_on": date(2024, 10, 25),
        "source_name": "Polsek Loa Kulu",
        "source_grade": "B",
        "credibility": 2,
        "conflict_stage": "penghentian",
        "verification": "verified",
        "outcome": "mediated",
    }
    layer = read("incidents", "table", text_file(tmp_path, HEAD + line))
    assert list(layer.rows.columns) == [*(column.name for column in tables.INCIDENTS), "known_on", "geometry"]
    assert warned(layer) == {}


def test_what_is_not_told_is_not_there(tmp_path: Path) -> None:
    row = one(tmp_path, "24 Okt 2024;bentrok;Loa Kulu;-;;-;;n/a;;;tidak ada;-")
    assert not {column.name for column in report.DETAIL} & set(row)


def test_details_nobody_can_read_are_unknown_and_counted(tmp_path: Path) -> None:
    made, found = rows(text_file(tmp_path, HEAD + "24 Okt 2024;bentrok;Loa Kulu;malam;x;;;Z9;entah;mungkin;entah;\n"))
    assert set(made[0]) & {column.name for column in report.DETAIL} == {"text"}
    counted = {item.code: item.params for item in found.ledger.all_warnings()}
    assert counted == {
        code: {"rows": 1} for code in ("TIME", "SOURCE_GRADE", "CONFLICT_STAGE", "VERIFICATION", "OUTCOME")
    }


def test_a_day_of_report_that_cannot_be_right_puts_the_row_aside(tmp_path: Path) -> None:
    lines = [
        "24 Okt 2024;bentrok;Loa Kulu;;;23 Okt 2024;;;;;;",
        "24 Okt 2024;bentrok;Loa Kulu;;;31 Februari 2024;;;;;;",
        "24 Okt 2024;bentrok;Loa Kulu;;;Oktober 2024;;;;;;",
        "24 Okt 2024;bentrok;Loa Kulu;;;;;;;;;23 Okt 2024",
        f"24 Okt 2024;bentrok;Loa Kulu;;{'x ' * 10_001};;;;;;;",
    ]
    layer = read("incidents", "table", text_file(tmp_path, HEAD + "\n".join(lines)))
    assert codes(layer) == {"R_KNOWN_BEFORE": 1, "R_DATE_IMPOSSIBLE": 1, "R_DATE_ORDER": 1, "R_TEXT_LONG": 1}
    assert len(layer.rows) == 1  # known by the end of October


@pytest.mark.parametrize(
    ("day", "until", "precision", "end"),
    [
        ("1 s/d 3 Juni 2024", "", "interval", date(2024, 6, 3)),
        ("Juni 2024", "", "month", date(2024, 6, 30)),
        ("1 Juni 2024", "3 Juni 2024", "interval", date(2024, 6, 3)),
        ("1 Juni 2024", "1 Juni 2024", "day", None),
        ("1 Juni 2024", "", "day", None),
    ],
)
def test_fault_030_the_end_of_a_span_is_kept(
    tmp_path: Path, day: str, until: str, precision: str, end: date | None
) -> None:
    row = one(tmp_path, f"{day};bentrok;Loa Kulu;;;;;;;;;{until}")
    assert (row["occurred_on"], row["date_precision"], row.get("date_end")) == (date(2024, 6, 1), precision, end)


@pytest.mark.parametrize(
    ("day", "clock", "more", "time", "zone"),
    [
        ("24 Okt 2024", "14.30 WIB", {}, "14:30", "WIB"),
        ("24 Okt 2024 23.50 WIT", "", {}, "23:50", "WIT"),
        ("24 Okt 2024 09.00", "14.30", {}, "14:30", "WITA"),  # Kalimantan Timur
        ("24 Okt 2024", "00.10", {"zone": "WIT"}, "00:10", "WIT"),
    ],
)
def test_fault_032_the_zone_is_told_or_the_sources_or_the_provinces(
    tmp_path: Path, day: str, clock: str, more: dict[str, object], time: str, zone: str
) -> None:
    row = one(tmp_path, f"{day};bentrok;Loa Kulu;{clock};;;;;;;;", **more)
    assert (row["occurred_on"], row["time"], row["zone"]) == (date(2024, 10, 24), time, zone)


def test_fault_032_zones_of_provinces() -> None:
    zones = {"WIB": "11 21 31 36 61 62", "WITA": "51 53 63 64 65 71 76", "WIT": "81 82 91 96"}
    for zone, provinces in zones.items():
        assert {taxonomy.zone_of(code) for code in provinces.split()} == {zone}


def test_fault_032_times_of_a_workbook(tmp_path: Path) -> None:
    table = [
        ["Tanggal", "Jenis", "Kecamatan", "Jam"],
        [45589, "demo", "Loa Kulu", 0.6041666667],
        [45589.25, "demo", "Loa Kulu", None],
    ]
    made, _ = rows(workbook(tmp_path, table))
    assert [(row["occurred_on"], row["time"], row["zone"]) for row in made] == [
        (date(2024, 10, 24), "14:30", "WITA"),
        (date(2024, 10, 24), "06:00", "WITA"),
    ]


def test_the_column_waktu_is_a_date_or_a_time_of_day(tmp_path: Path) -> None:
    text = "waktu;jenis;kecamatan\n24 Okt 2024 14.30;demo;Loa Kulu\n"
    assert rows(text_file(tmp_path, text))[0][0]["time"] == "14:30"
    text = "tanggal;waktu;jenis;kecamatan\n24 Okt 2024;14.30;demo;Loa Kulu\n"
    made, found = rows(text_file(tmp_path, text))
    assert (made[0]["occurred_on"], made[0]["time"]) == (date(2024, 10, 24), "14:30")
    assert not found.ledger.all_warnings()


def test_fault_025_a_profile_fixes_the_order_of_day_and_month(tmp_path: Path) -> None:
    path = text_file(tmp_path, "tanggal;jenis;kecamatan\n03/04/2024;demo;Loa Kulu\n03/24/2024;demo;Loa Kulu\n")
    silent = read("incidents", "table", path)
    assert (codes(silent), warned(silent)["DATE_ORDER"]["rows"]) == ({"R_DATE_IMPOSSIBLE": 1}, 1)
    american = read("incidents", "table", path, date_order="mdy")
    assert american.rows["occurred_on"].tolist() == [date(2024, 3, 4), date(2024, 3, 24)]
    assert warned(american) == {}
    ours = read("incidents", "table", path, date_order="dmy")
    assert (ours.rows["occurred_on"].tolist(), warned(ours)) == ([date(2024, 4, 3)], {})


def test_fault_034_the_whole_column_decides_how_numbers_are_written(tmp_path: Path) -> None:
    head = "tanggal;jenis;kecamatan;luka\n"
    lines = ["1.200"] * 3 + ["1.200.000"] + ["1,200,000"]
    path = text_file(tmp_path, head + "".join(f"24/10/2024;demo;Loa Kulu;{line}\n" for line in lines))
    layer = read("incidents", "table", path)
    assert layer.rows["injured"].tolist() == [1200] * 3 + [1_200_000]
    assert codes(layer) == {"R_NUMBER": 1}
    unclear = text_file(tmp_path, head + "24/10/2024;demo;Loa Kulu;1,200\n")
    assert codes(read("incidents", "table", unclear)) == {"R_COUNT": 1}  # 1.2 people, by Indonesian custom
    assert read("incidents", "table", unclear, number_style="en").rows["injured"].tolist() == [1200]


@pytest.mark.parametrize(
    ("category", "text", "value"),
    [
        ("verification", "Belum terverifikasi", "unverified"),
        ("verification", "sudah diverifikasi Polsek", "verified"),
        ("verification", "tidak terverifikasi", None),
        ("verification", "Belum", "unverified"),
        ("outcome", "selesai secara adat", "customary"),
        ("outcome", "Diselesaikan musyawarah di kantor desa", "mediated"),
        ("outcome", "mediasi gagal", None),
        ("outcome", "belum selesai", "ongoing"),
        ("outcome", "proses hukum di Polres", "legal_process"),
        ("conflict_stage", "Pasca konflik", "pemulihan"),
        ("conflict_stage", "Pencegahan", "pencegahan"),
        ("source_grade", "C", "C"),
        ("source_grade", "orang c", None),
        ("credibility", "3", "3"),
    ],
)
def test_words_for_details(category: str, text: str, value: str | None) -> None:
    assert classify(category, text) == value


def test_every_word_for_a_detail_stands_for_a_value_of_its_list() -> None:
    for category in ("conflict_stage", "verification", "outcome", "source_grade", "credibility"):
        for value in report.LISTS[category]:
            assert classify(category, str(value)) == str(value)


@pytest.mark.parametrize("text", ["B2", "b-2", "B 2", "B/2"])
def test_grades_of_sources(tmp_path: Path, text: str) -> None:
    row = one(tmp_path, f"24 Okt 2024;bentrok;Loa Kulu;;;;;{text};;;;")
    assert (row["source_grade"], row["credibility"]) == ("B", 2)


@pytest.mark.parametrize(
    ("cells", "injured"), [("1;2;", 3), (";2;", 2), (";;", None), ("1;2;9", 9), ("0;0;", 0), ("nihil;;", 0)]
)
def test_the_seriously_and_the_slightly_injured_are_the_injured(
    tmp_path: Path, cells: str, injured: int | None
) -> None:
    text = f"Hari/Tgl;Jenis Peristiwa;Kecamatan;LB;LR;Korban Luka\nKamis, 24 Okt 2024;bentrok;Loa Kulu;{cells}\n"
    row = rows(text_file(tmp_path, text))[0][0]
    assert row["injured"] == injured
    assert row["severity"] == pytest.approx(taxonomy.severity("communal_violence", None, injured))
    wrong = text_file(tmp_path, text.replace(cells + "\n", "1;x;\n"))
    assert codes(read("incidents", "table", wrong)) == {"R_NUMBER": 1}


def test_what_a_code_means_that_is_not_on_the_map_is_told(tmp_path: Path) -> None:
    path = text_file(tmp_path, "tanggal;jenis;kode\n24/10/2024;demo;72.71\n24/10/2024;demo;64.99\n")
    layer = read("incidents", "table", path)
    assert codes(layer) == {"R_CODE_OUTSIDE": 1, "R_CODE_UNKNOWN": 1}
    assert "Palu" in layer.info.rejected[0].params["name"]
