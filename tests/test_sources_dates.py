"""Dates and numbers as people type them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.sources import clock, dates, numbers
from geo.sources.faults import BadValue

MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
DAYS = st.dates(date(1960, 1, 1), date(2099, 12, 31))
OCTOBER = date(2024, 10, 24)


def code_of(value: object) -> str:
    with pytest.raises(BadValue) as caught:
        dates.parse(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24 Oktober 2024", OCTOBER),
        ("24 Okt 2024", OCTOBER),
        ("Kamis, 24 Oktober 2024", OCTOBER),
        ("Jum'at, 25 Oktober 2024", date(2024, 10, 25)),
        ("Minggu, 3 Maret 2024", date(2024, 3, 3)),
        ("24 Nopember 2023", date(2023, 11, 24)),
        ("3 Pebruari 2022", date(2022, 2, 3)),
        ("5 Ags 2024", date(2024, 8, 5)),
        ("24.10.2024", OCTOBER),
        ("24-10-2024", OCTOBER),
        ("24/10/24", OCTOBER),
        ("2024-10-24", OCTOBER),
        ("2024-10-24T14:30:00", OCTOBER),
        ("20241024", OCTOBER),
    ],
)
def test_fault_022_indonesian_dates(text: str, day: date) -> None:
    found = dates.parse(text)
    assert found is not None
    assert (found.day, found.precision, found.ambiguous, found.end) == (day, "day", False, None)


@pytest.mark.parametrize(
    "value", [45589, 45589.0, 45589.6, "45589", datetime.fromisoformat("2024-10-24T23:59"), OCTOBER]
)
def test_fault_023_excel_serials_and_real_dates(value: object) -> None:
    found = dates.parse(value)
    assert found is not None
    assert (found.day, found.precision, found.ambiguous, found.end) == (OCTOBER, "day", False, None)


def test_fault_025_day_before_month_and_marked_ambiguous() -> None:
    assert dates.parse("03/04/2024") == dates.Dated(date(2024, 4, 3), "day", ambiguous=True)
    assert dates.parse("04/04/2024") == dates.Dated(date(2024, 4, 4), "day")
    assert code_of("02/13/2024") == "R_DATE_IMPOSSIBLE"


@pytest.mark.parametrize(
    "text", ["31 Februari 2024", "29 Februari 2023", "30/02/2024", "2024-13-01", "31.04.2024", "0/1/2024"]
)
def test_fault_026_days_that_do_not_exist(text: str) -> None:
    assert code_of(text) == "R_DATE_IMPOSSIBLE"


@pytest.mark.parametrize("text", ["Oktober 2024", "Okt 2024", "October 2024", "10/2024", "2024-10"])
def test_fault_027_a_month_is_a_month_and_not_a_day_of_it(text: str) -> None:
    assert dates.parse(text) == dates.Dated(date(2024, 10, 1), "month", end=date(2024, 10, 31))


@pytest.mark.parametrize(
    "text",
    [
        "bulan lalu",
        "kemarin",
        "Kemarin",
        "minggu lalu",
        "hari ini",
        "2 hari yang lalu",
        "yesterday",
        "3 days ago",
        "last month",
    ],
)
def test_fault_028_relative_dates_are_refused(text: str) -> None:
    assert code_of(text) == "R_DATE_RELATIVE"


@pytest.mark.parametrize("text", ["24 Oct 2024", "24 October 2024", "Oct 24, 2024", "October 24, 2024", "24-Oct-24"])
def test_fault_029_english_dates(text: str) -> None:
    assert dates.parse(text) == dates.Dated(OCTOBER, "day")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1 s/d 3 Juni 2024", date(2024, 6, 1), date(2024, 6, 3)),
        ("1 s.d. 3 Juni 2024", date(2024, 6, 1), date(2024, 6, 3)),
        ("1-3 Juni 2024", date(2024, 6, 1), date(2024, 6, 3)),
        ("1 – 3 Juni 2024", date(2024, 6, 1), date(2024, 6, 3)),
        ("13 s/d 15/06/2024", date(2024, 6, 13), date(2024, 6, 15)),
        ("13/06/2024 - 15/06/2024", date(2024, 6, 13), date(2024, 6, 15)),
        ("30 Mei sampai 2 Juni 2024", date(2024, 5, 30), date(2024, 6, 2)),
        ("30 Desember 2023 s/d 2 Januari 2024", date(2023, 12, 30), date(2024, 1, 2)),
        ("Mei - Juni 2024", date(2024, 5, 1), date(2024, 6, 30)),
        ("Senin - Rabu, 3 - 5 Juni 2024", date(2024, 6, 3), date(2024, 6, 5)),
    ],
)
def test_fault_030_spans(text: str, first: date, last: date) -> None:
    assert dates.parse(text) == dates.Dated(first, "interval", end=last)
    assert code_of("3 s/d 1 Juni 2024") == "R_DATE_IMPOSSIBLE"


@pytest.mark.parametrize(
    ("text", "time", "zone"),
    [
        ("24 Oktober 2024 14.30 WITA", "14:30", "WITA"),
        ("Kamis, 24 Oktober 2024, pukul 00.10 WIT", "00:10", "WIT"),
        ("24/10/2024 23:59 WIB", "23:59", "WIB"),
        ("24 Okt 2024 jam 2 siang", "14:00", None),
        ("2024-10-24 00:05", "00:05", None),
        ("2024-10-24T14:30:00+08:00", "14:30", "WITA"),
        ("2024-10-24T20:00:00Z", None, None),
        ("24.10.2024", None, None),
        (45589.999999, "23:59", None),
    ],
)
def test_fault_032_the_time_of_day_never_moves_the_day(text: object, time: str | None, zone: str | None) -> None:
    assert dates.parse(text) == dates.Dated(OCTOBER, "day", time=time, zone=zone)


@pytest.mark.parametrize(
    ("text", "time", "zone"),
    [
        ("14.30", "14:30", None),
        ("14:30:15 Wita", "14:30", "WITA"),
        ("Pukul 14.30 WIT", "14:30", "WIT"),
        ("pkl. 1430 wib", "14:30", "WIB"),
        ("sekitar jam 9 malam", "21:00", None),
        ("± 02.30 WITA", "02:30", "WITA"),
        ("jam 2 siang", "14:00", None),
        ("2.30 pm", "14:30", None),
        ("12.15 am", "00:15", None),
        ("12.30 siang", "12:30", None),
        ("3 dini hari", "03:00", None),
        ("14.30 - 16.00 WITA", "14:30", "WITA"),
        ("14.30 s/d selesai", "14:30", None),
        ("14:30 +09:00", "14:30", "WIT"),
        (0.6041666667, "14:30", None),
        (0.99999, "23:59", None),
        (datetime.fromisoformat("1899-12-31T14:30"), "14:30", None),
    ],
)
def test_fault_032_times_of_day(text: object, time: str, zone: str | None) -> None:
    assert clock.parse(text) == clock.Clock(time, zone)


@pytest.mark.parametrize(
    "value", ["24.00", "14", "1430", "14.61", "12 malam", "malam", "2024", 14.0, True, "14:30 UTC"]
)
def test_fault_032_what_is_no_time_of_day(value: object) -> None:
    with pytest.raises(BadValue) as caught:
        clock.parse(value)
    assert caught.value.code == "R_TIME"
    assert clock.parse(None) is clock.parse(" - ") is None


@given(st.times(), st.sampled_from(["", " WIB", " WITA", " WIT"]))
def test_times_come_back_from_every_way_of_writing_them(value: time, zone: str) -> None:
    told = clock.Clock(f"{value:%H:%M}", zone.strip() or None)
    for text in (
        f"{value:%H.%M}{zone}",
        f"{value:%H:%M}{zone}",
        f"pukul {value:%H.%M}{zone}",
        f"{value:%H:%M:%S}{zone.lower()}",
    ):
        assert clock.parse(text) == told
    assert clock.parse((value.hour * 60 + value.minute) / 1440) == clock.Clock(told.time)
    day = dates.parse(f"24 Oktober 2024 {value:%H.%M}{zone}")
    assert day == dates.Dated(OCTOBER, "day", time=told.time, zone=told.zone)


@given(DAYS)
def test_fault_025_the_order_a_profile_fixes_is_never_ambiguous(day: date) -> None:
    for order, text in (("dmy", f"{day:%d/%m/%Y}"), ("mdy", f"{day:%m/%d/%Y}"), ("mdy", f"{day:%m-%d-%y}")):
        if text.endswith(f"-{day:%y}") and not 1970 <= day.year <= 2069:
            continue
        assert dates.reader(order)(text) == dates.Dated(day, "day")
    assert dates.reader("mdy")(f"{day:%Y-%m-%d}") == dates.Dated(day, "day")


@given(st.dates(date(1960, 1, 1), date(2099, 12, 1)), st.integers(1, 27))
def test_spans_come_back(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    whole = [f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in (first, last)]
    texts = [f"{whole[0]} {mark} {whole[1]}" for mark in ("s/d", "sampai dengan", "hingga", "–", "-")]
    texts += [f"{first:%d/%m/%Y} - {last:%d/%m/%Y}", f"{first:%Y-%m-%d} s.d. {last:%Y-%m-%d}"]
    if first.month == last.month:
        texts += [f"{first.day} s/d {whole[1]}", f"{first.day}-{whole[1]}"]
    for text in texts:
        found = dates.reader("dmy")(text)
        assert found == dates.Dated(first, "interval", end=last), text


@pytest.mark.parametrize(
    ("value", "code"), [("2024", "R_DATE_YEAR"), (2024.0, "R_DATE_YEAR"), ("kemudian", "R_DATE"), ("5 Mei", "R_DATE")]
)
def test_what_is_no_day_and_no_month(value: object, code: str) -> None:
    assert code_of(value) == code
    assert dates.parse(None) is None


@given(DAYS)
def test_every_day_comes_back_from_every_way_of_writing_it(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    month = MONTHS[day.month - 1]
    for text in (
        day.isoformat(),
        f"{day.day} {month} {day.year}",
        f"{day.day:02d}/{day.month:02d}/{day.year}",
        f"{day.day}.{day.month}.{day.year}",
        serial,
    ):
        found = dates.parse(text)
        assert found is not None
        assert (found.day, found.precision) == (day, "day")
    month_found = dates.parse(f"{month} {day.year}")
    assert month_found == dates.Dated(day.replace(day=1), "month", end=dates.month_end(day))
    assert dates.month_end(day) + timedelta(days=1) == (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_named_fault(text: str) -> None:
    try:
        found = dates.parse(text)
    except BadValue as bad:
        assert bad.code.startswith("R_DATE")
    else:
        assert found is None or 1900 <= found.day.year <= 2100


@pytest.mark.parametrize(
    ("text", "value"),
    [("-0,502", -0.502), ("117.1", 117.1), ("117,1", 117.1), ("−0,5", -0.5), (117.1, 117.1), ("0", 0.0)],
)
def test_fault_033_decimal_comma_and_decimal_point(text: object, value: float) -> None:
    assert numbers.coordinate(text) == value


def test_fault_033_a_point_is_never_taken_away() -> None:
    assert numbers.reads("117.1", "id") is None
    with pytest.raises(BadValue):
        numbers.count("117.1", "id")


def test_fault_034_one_style_per_column() -> None:
    assert numbers.column_style(["1.234,56", "12", None, 3.0]) == "id"
    assert numbers.column_style(["1,234.56", "2,000.5", "12"]) == "en"
    style = numbers.column_style(["1.234,56", "2.000,5", "1,234.56"])
    assert style == "id"
    with pytest.raises(BadValue):
        numbers.decimal("1,234.56", style)
    assert numbers.decimal("1.234,56", style) == 1234.56


@pytest.mark.parametrize(
    "value", ["1e400", "NaN", "nan", "inf", "-", "1 orang", "dua", "1,2,3", True, float("nan"), float("inf")]
)
def test_fault_037_what_only_looks_like_a_number(value: object) -> None:
    with pytest.raises(BadValue) as caught:
        numbers.count(value, "id")
    assert caught.value.code == "R_NUMBER"
    with pytest.raises(BadValue):
        numbers.coordinate(value)


@pytest.mark.parametrize("value", [-1, "-2", 3.5, "3,5", 1e12])
def test_fault_038_victims_are_whole_and_not_negative(value: object) -> None:
    with pytest.raises(BadValue) as caught:
        numbers.count(value, "id")
    assert caught.value.code == "R_COUNT"


def test_nothing_is_not_zero_but_nihil_is() -> None:
    assert numbers.count(None, "id") is None
    assert numbers.count("Nihil", "id") == numbers.count(0.0, "id") == 0


@given(st.integers(0, numbers.MOST))
def test_counts_come_back(value: int) -> None:
    for text in (str(value), float(value), f"{value:,}".replace(",", ".")):
        assert numbers.count(text, "id") == value
    assert numbers.count(f"{value:,}", "en") == value


@given(st.floats(-180, 180))
def test_coordinates_come_back(value: float) -> None:
    text = f"{value:.7f}"
    assert numbers.coordinate(text) == numbers.coordinate(text.replace(".", ",")) == float(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_decimals_come_back_in_either_style(value: Decimal) -> None:
    english = f"{value:,.2f}"
    indonesian = english.translate(str.maketrans(",.", ".,"))
    for text, style in (
        (english, "en"),
        (indonesian, "id"),
        (f"{value:.2f}", "en"),
        (f"{value:.2f}".replace(".", ","), "id"),
    ):
        assert numbers.decimal(text, style) == float(value)
    # Either all of it reads so, or none: nothing becomes a hundred times itself.
    for text, style in ((english, "id"), (indonesian, "en")):
        assert numbers.reads(text, style) in (None, float(value))
    assert numbers.column_style([english, "1,234.56"]) == "en"
    assert numbers.column_style([indonesian, "1.234,56"]) == "id"


@pytest.mark.parametrize("text", ["00/00/0000", "0000-00-00", "32/01/2024", "2024-02-30", "31 Nopember 2024"])
def test_fault_026_more_days_that_do_not_exist(text: str) -> None:
    assert code_of(text) == "R_DATE_IMPOSSIBLE"


@pytest.mark.parametrize(
    "text", ["besok", "lusa", "kmrn sore", "hari ini 14.30", "tahun ini", "minggu depan", "baru-baru ini", "now"]
)
def test_fault_028_more_relative_dates(text: str) -> None:
    assert code_of(text) == "R_DATE_RELATIVE"


@pytest.mark.parametrize(
    "text", ["24 Okotber 2024", "Okt", "24 Oktober", "24/10", "awal Oktober 2024", "10.24", "2024-10-24-25", "24 10"]
)
def test_dates_nobody_can_be_sure_of(text: str) -> None:
    assert code_of(text) in {"R_DATE", "R_DATE_IMPOSSIBLE"}
