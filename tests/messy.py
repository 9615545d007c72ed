"""A workbook of incidents as agencies really keep them, made by us with a seed: what is wrong in it is known row by row.

Letter-head of merged cells, a header below it (two rows, one of them merged), section and total rows, blank rows, dates in every
spelling and as serial numbers, decimal commas, misspelt villages, BPS codes beside names, swapped coordinates, formulas nobody
computed, error values and rows entered twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from core import codes
from geo.gazetteer import Places

HEADERS = (
    "No", "Hari/Tanggal", "Jam", "Jenis Kejadian", "Kode Kab/Kota (BPS)", "Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan",
    "Lintang", "Bujur", "Korban Meninggal", "Korban Luka-luka", "Kerugian (Rp juta)", "Uraian Singkat", "Sumber Informasi", "Ket.",
)  # fmt: skip
# BPS numbers of the regencies of Kaltim: the same digits mean other regencies to Kemendagri.
BPS = {
    "64.01": "6401", "64.02": "6403", "64.03": "6405", "64.07": "6402", "64.08": "6404", "64.09": "6409", "64.11": "6411",
    "64.71": "6471", "64.72": "6472", "64.74": "6474",
}  # fmt: skip
_MONTHS = [
    "Januari",
    "Pebruari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "Nopember",
    "Desember",
]
_SHORT = ["Jan", "Peb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nop", "Des"]
_DAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
_KINDS = (
    "Bentrok antarwarga", "Unjuk rasa", "Sengketa lahan", "Penolakan tambang", "Pencurian", "Pengeroyokan", "Sengketa batas desa",
    "Intimidasi", "Ujaran kebencian", "Unjuk rasa berujung bentrok", "Sengketa Pilkades",
)  # fmt: skip
_STORIES = (
    "Warga RT {a} dan RT {b} saling lempar batu, {c} rumah rusak", "Massa kurang lebih {c} orang menutup jalan selama {a} jam",
    "Kelompok tani menghentikan {a} alat berat di blok {b}", "Pertemuan dengan {c} perwakilan warga berlangsung sampai jam {a}",
    "Selisih paham di pasar, {a} lapak ditutup, {c} orang diamankan", "Spanduk penolakan dipasang di {a} titik sepanjang {b} km",
)  # fmt: skip
_SOURCES = ("Laporan Babinsa", "Camat", "Laporan warga", "Kaltim Post", "Polsek", "FKDM")
Mended = dict[str, Any]


@dataclass
class Messy:
    """What was written: rows by the number the spreadsheet shows.

    wrong : row -> header -> what a person would put there; {} where the line is no incident and is to be deleted
    repeats : row -> the earlier row it says again
    """

    path: Path
    rows_in: int = 0
    wrong: dict[int, Mended] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)
    truth: dict[int, tuple[date, str]] = field(default_factory=dict)  # row -> day and the deepest code told

    @property
    def accepted(self) -> int:
        return self.rows_in - len(self.wrong) - len(self.repeats)


def make(path: Path, places: Places, *, rows: int = 5_000, seed: int = 1, two_row_header: bool = True) -> Messy:
    """Write the workbook: `rows` incidents, of which about one in eleven is wrong and one in eighty a repeat."""
    rng = random.Random(seed)
    messy = Messy(path)
    pool = _villages(places)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("REKAP")
    line = _letter_head(book, sheet, two_row_header)
    section = book.add_format({"bold": True, "bg_color": "#DDDDDD"})
    lines: list[tuple[int, Mended, date, str]] = []
    deaths = 0
    for number in range(1, rows + 1):
        if rng.random() < 0.012:
            line += rng.randint(1, 2)  # blank rows
        if number % 1_600 == 1:
            sheet.merge_range(line, 0, line, len(HEADERS) - 1, f"TAHUN {2022 + number // 1_600}", section)
            messy.wrong[line + 1] = {}
            messy.rows_in += 1
            line += 1
        if lines and rng.random() < 0.0125:
            at, cells, day, kode = rng.choice(lines[-400:])
            cells = {**cells, "No": number}
            messy.repeats[line + 1] = at
        else:
            cells, day, kode = _row(rng, number, *rng.choice(pool))
            if rng.random() < 0.09:
                messy.wrong[line + 1] = _spoil(rng, cells, day, places)
            else:
                lines.append((line + 1, cells, day, kode))
        messy.truth[line + 1] = (day, kode)
        _write(sheet, line, cells)
        deaths += cells["Korban Meninggal"] if isinstance(cells["Korban Meninggal"], int) else 0
        line += 1
    messy.rows_in += rows + 1
    sheet.write_string(line, 0, "JUMLAH", section)
    sheet.write_formula(line, HEADERS.index("Korban Meninggal"), f"=SUM(K11:K{line})", section, deaths)
    messy.wrong[line + 1] = {}
    sheet.write_string(line + 3, len(HEADERS) - 3, "")
    book.close()
    return messy


def _letter_head(book: Any, sheet: Any, two_rows: bool) -> int:
    """Seven merged lines and the header; the number (0-based) of the first line below it."""
    middle = book.add_format({"align": "center", "bold": True})
    last = len(HEADERS) - 1
    for line, text in enumerate(
        (
            "PEMERINTAH PROVINSI KALIMANTAN TIMUR", "BADAN KESATUAN BANGSA DAN POLITIK", "Jalan Contoh Nomor 1, Samarinda", "",
            "REKAPITULASI KEJADIAN KONFLIK SOSIAL", "KEADAAN SAMPAI DENGAN DESEMBER 2024",
        )
    ):  # fmt: skip
        sheet.merge_range(line, 0, line, last, text, middle)
    top = 7
    if not two_rows:
        sheet.write_row(top, 0, HEADERS, middle)
        return top + 1
    deaths, injured = HEADERS.index("Korban Meninggal"), HEADERS.index("Korban Luka-luka")
    for column, text in enumerate(HEADERS):
        if column not in (deaths, injured):
            sheet.merge_range(top, column, top + 1, column, text, middle)
    sheet.merge_range(top, deaths, top, injured, "Korban", middle)
    sheet.write_string(top + 1, deaths, "Meninggal", middle)
    sheet.write_string(top + 1, injured, "Luka-luka", middle)
    return top + 2


def _villages(places: Places) -> list[tuple[str, str, str, str, float, float]]:
    """Villages whose names with their parents mean one place: code, kabupaten, kecamatan, desa, and a point inside."""
    pool = []
    for kode, shape in zip(places.codes.tolist(), places.shapes, strict=True):
        kab, kec = (places.names[codes.ancestor(kode, level)] for level in (2, 3))
        if codes.ancestor(kode, 2) in BPS and places.find(places.names[kode], kec, kab) == [kode]:
            point = shape.representative_point()
            pool.append((kode, kab, kec, places.names[kode], round(point.x, 5), round(point.y, 5)))
    return [item for item in pool if places.at([item[4]], [item[5]])[0] == item[0]]


def _row(
    rng: random.Random, number: int, kode: str, kab: str, kec: str, desa: str, lon: float, lat: float
) -> tuple[Mended, date, str]:
    day = date(2022, 1, 1) + timedelta(days=rng.randrange(1_096))
    story = rng.choice(_STORIES).format(a=rng.randint(1, 30), b=rng.randint(31, 60), c=rng.randint(2, 900))
    cells: Mended = {
        "No": number,
        "Hari/Tanggal": _dated(rng, day),
        "Jam": rng.choice(("", "", "14.30 WITA", "09:15", "20.00")),
        "Jenis Kejadian": rng.choice(_KINDS),
        "Kode Kab/Kota (BPS)": "",
        "Kabupaten/Kota": kab,
        "Kecamatan": kec,
        "Desa/Kelurahan": desa,
        "Lintang": "",
        "Bujur": "",
        "Korban Meninggal": rng.choice((0, 0, 0, "nihil", "", 1)),
        "Korban Luka-luka": rng.choice((0, 0, 2, "3", "", 11)),
        "Kerugian (Rp juta)": rng.choice(("", "1.234,5", "12,75", 30, 7.5)),
        "Uraian Singkat": f"{story}. Catatan {number}.",
        "Sumber Informasi": rng.choice(_SOURCES),
        "Ket.": rng.choice(("", "", "selesai", "=lihat berkas", "dalam proses")),
    }
    if rng.random() < 0.5:
        cells["Kode Kab/Kota (BPS)"] = rng.choice((int, str))(BPS[codes.ancestor(kode, 2)])
    if rng.random() < 0.3:
        write: Callable[[float], Any] = rng.choice((float, lambda value: str(value).replace(".", ",")))
        cells["Bujur"], cells["Lintang"] = write(lon), write(lat)
    elif rng.random() < 0.15:
        cells["Desa/Kelurahan"] = ""
        kode = codes.ancestor(kode, 3)
    return cells, day, kode


def _dated(rng: random.Random, day: date) -> Any:
    """The day as somebody wrote it that day."""
    month, short, name = _MONTHS[day.month - 1], _SHORT[day.month - 1], _DAYS[day.weekday()]
    return rng.choice(
        (
            day, day, (day - date(1899, 12, 30)).days, f"{day.day} {month} {day.year}", f"{name}, {day.day} {month} {day.year}",
            f"{day.day} {short} {day.year}", f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", f"{day:%Y-%m-%d}",
            f"{name}/{day.day} {month} {day.year}", f"tgl {day.day} {month.lower()} {day.year}"[4:],
        )
    )  # fmt: skip


def _spoil(rng: random.Random, cells: Mended, day: date, places: Places) -> Mended:
    """Make one cell wrong; what a person would put there instead."""
    right = dict(cells)

    def back(*headers: str) -> Mended:
        return {header: right[header] for header in headers}

    def wrong(header: str, value: Any) -> Mended:
        cells[header] = value
        return back(header)

    def no_point() -> None:
        cells["Bujur"] = cells["Lintang"] = right["Bujur"] = right["Lintang"] = ""

    def misspelt() -> Mended:
        name = str(right["Desa/Kelurahan"])
        no_point()
        if len(name) < 5:
            return wrong("Kecamatan", "Kecamatan Entah")
        return wrong("Desa/Kelurahan", name[:2] + "x" + name[3:] + "k")

    def alone() -> Mended:
        """A village of which there are several, without its district."""
        names = [places.names[kode] for kode in places.codes.tolist()]
        name = rng.choice(sorted({name for name in names if len(places.find(name)) > 1}))
        one = rng.choice(places.find(name))
        no_point()
        for level, header in ((2, "Kabupaten/Kota"), (3, "Kecamatan")):
            right[header], cells[header] = places.names[codes.ancestor(one, level)], ""
        right["Desa/Kelurahan"] = cells["Desa/Kelurahan"] = name
        right["Kode Kab/Kota (BPS)"] = cells["Kode Kab/Kota (BPS)"] = ""
        if len(places.find(name, right["Kecamatan"], right["Kabupaten/Kota"])) > 1:
            right["Desa/Kelurahan"] = ""
        return back("Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan")

    def swapped() -> Mended:
        lon, lat = (right["Bujur"], right["Lintang"]) if right["Bujur"] != "" else (117.15, -0.5)
        if right["Bujur"] == "":
            right["Bujur"] = right["Lintang"] = ""
        cells["Bujur"], cells["Lintang"] = lat, lon
        return back("Bujur", "Lintang")

    ways: tuple[Callable[[], Mended], ...] = (
        lambda: wrong("Hari/Tanggal", rng.choice(("kemarin", "bulan lalu", "31 Februari 2024", "2024", "belum tahu", "")))
        | {"Hari/Tanggal": f"{day:%Y-%m-%d}"},
        lambda: wrong("Hari/Tanggal", "#N/A") | {"Hari/Tanggal": f"{day:%Y-%m-%d}"},
        lambda: wrong("Korban Meninggal", rng.choice((-1, 3.5, "dua orang", "1e400", "-"))) | {"Korban Meninggal": 1},
        lambda: wrong("Korban Luka-luka", "=K2+1") | {"Korban Luka-luka": 2},
        lambda: wrong("Korban Meninggal", "#REF!") | {"Korban Meninggal": ""},
        misspelt,
        misspelt,
        alone,
        swapped,
    )  # fmt: skip
    return rng.choice(ways)()


def _write(sheet: Any, line: int, cells: Mended) -> None:
    for column, header in enumerate(HEADERS):
        value = cells[header]
        if isinstance(value, date) and not isinstance(value, datetime):
            sheet.write_datetime(line, column, datetime(value.year, value.month, value.day))  # noqa: DTZ001
        elif isinstance(value, str) and value.startswith("#"):
            sheet.write_formula(line, column, "=NA()", None, value)
        elif isinstance(value, str) and header != "Ket." and value.startswith("="):
            sheet.write_formula(line, column, value, None, "")
        elif value != "":
            (sheet.write_string if isinstance(value, str) else sheet.write_number)(line, column, value)
