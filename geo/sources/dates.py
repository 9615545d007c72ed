"""Dates as people write them in Indonesia: a day, a month, or a span; never a guess and never relative to today."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Literal

import dateparser

from geo.sources import clock
from geo.sources.faults import BadValue, remembered

Order = Literal["dmy", "mdy"]

_SERIALS = (20_000, 80_000)  # Excel day numbers of 1954 to 2119
_YEARS = (1900, 2100)
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's calendar, its false 29 February 1900 included
_RELATIVE = re.compile(
    r"\b(lalu|kemarin|kmrn|besok|lusa|tadi|depan|sekarang|barusan|baru[- ]?baru|hari ini|minggu ini|bulan ini|tahun ini"
    r"|yesterday|today|tomorrow|ago|last|next|now|this)\b"
)
_DAYNAME = r"(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat)(?:day)?)"
_TIME = re.compile(
    r"[\s,]*\b(?:pukul|jam|pkl\.?|at)?[\s,]*(\d{1,2}[.:]\d{2}(?:[.:]\d{2})?\s*(?:am|pm)?\s*(?:wita|wib|wit|utc|z)?)\.?$"
    r"|[\s,]*\b((?:pukul|jam|pkl\.?)\s*\d{1,2}\s*(?:pagi|siang|sore|malam)?\s*(?:wita|wib|wit)?)\.?$",
    re.I,
)
_SPAN = re.compile(
    r"\s*(?:s\.?\s*/\s*d\.?|s\.d\.?|sd|sampai(?: dengan)?|hingga|–|—|\bto\b|\s-\s|(?:(?<=^\d)|(?<=^\d\d))-(?=\d{1,2}\s+[a-z]))\s*"
)
_LEADING = re.compile(r"^(?:s\.?\s*/\s*d\.?|s\.d\.?|sampai|hingga|–|—|-)\s*")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t\s]([\d:.,+\-z\s]*(?:wita|wib|wit|utc)?))?")
_NUMERIC = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})")
_WORDS = re.compile(r"(\d{1,2})[\s.\-/]*([a-z]+)\.?[\s.,\-/]*(\d{4}|'?\d{2})")
_ENGLISH = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTH = re.compile(r"([a-z]+)\.?[\s.,\-/]*(\d{4})")
_MONTH_NUMBER = re.compile(r"(\d{1,2})[/-](\d{4})|(\d{4})-(\d{1,2})")
# What dateparser does not know and Indonesian files write.
_SPELLINGS = {
    "ags": "agustus",
    "agst": "agustus",
    "agust": "agustus",
    "agus": "agustus",
    "sep": "september",
    "sept": "september",
}


@dataclass(frozen=True)
class Dated:
    """The day (first of the month or span), how well it is known, and whether day and month could be the other way round.

    end : last day of a month or span, None where it is one day; time, zone : time of day HH:MM where the cell tells it.
    """

    day: date
    precision: str
    ambiguous: bool = False
    end: date | None = None
    time: str | None = None
    zone: str | None = None


def parse(value: object) -> Dated | None:
    """A date from a cell, None for an empty one; 03/04/2024 is 3 April, marked ambiguous.

    Raises BadValue R_DATE (not a date), R_DATE_IMPOSSIBLE (no such day), R_DATE_RELATIVE ('kemarin'), R_DATE_YEAR (a year only).
    """
    return reader(None)(value)


@cache
def reader(order: Order | None) -> Callable[[object], Dated | None]:
    """`parse` for files whose order of day and month is known: nothing is ambiguous then."""
    return remembered(partial(_parse, order=order))


def _parse(value: object, order: Order | None) -> Dated | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return Dated(value.date(), "day", time=None if midnight else f"{value:%H:%M}")
    if isinstance(value, date):
        return Dated(value, "day")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue("R_DATE")
    text = value.strip().lower() if isinstance(value, str) else _plain(value)
    return _number(text) if re.fullmatch(r"\d+([.,]\d+)?", text) else _text(" ".join(text.split()), order)


def _plain(value: float) -> str:
    return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else str(value)


def _number(text: str) -> Dated:
    """An Excel serial, 20241024, or a year (refused: too coarse)."""
    digits, _, part = text.replace(",", ".").partition(".")
    whole = int(digits)
    if _SERIALS[0] <= whole <= _SERIALS[1]:
        time = clock.of_day(float(f"0.{part}")) if int(part or 0) else None
        return Dated(_EPOCH + timedelta(days=whole), "day", time=time)
    if re.fullmatch(r"(19|20)\d{6}", text):
        return Dated(_day(int(text[:4]), int(text[4:6]), int(text[6:])), "day")
    raise BadValue("R_DATE_YEAR" if _YEARS[0] <= whole <= _YEARS[1] else "R_DATE")


def _text(text: str, order: Order | None) -> Dated:
    if _RELATIVE.search(text):
        raise BadValue("R_DATE_RELATIVE")
    text = re.sub(rf"\b{_DAYNAME}\b\s*[,/]?\s*", "", text).strip(" ,.")
    text = _LEADING.sub("", text)  # 'Senin - Rabu, 3 - 5 Juni' without its day names begins so
    said = None
    # 24.10.2024 is no time of day, and the offset of an ISO time is none either.
    if not re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{2,4}", text) and not _ISO.fullmatch(text):
        said = _TIME.search(text)
        text = _TIME.sub("", text).strip(" ,")
    found = _single(text, order)
    if found is None:
        ends = _SPAN.split(text, maxsplit=1)
        if len(ends) != 2 or not all(ends):
            raise BadValue("R_DATE")
        found = _span(ends[0], ends[1], order)
    return found if said is None else _at(found, said[1] or said[2])


def _at(found: Dated, text: str) -> Dated:
    """The date with the time of day told beside it; a time nobody can read is left out, the day never moves."""
    try:
        told = clock.parse(text.strip())
    except BadValue:
        return found
    return found if told is None else replace(found, time=told.time, zone=told.zone)


def _single(text: str, order: Order | None) -> Dated | None:
    """One date or one month; None where the text has neither form."""
    if found := _ISO.fullmatch(text):
        whole = Dated(_day(int(found[1]), int(found[2]), int(found[3])), "day")
        return _at(whole, found[4]) if found[4] else whole
    if found := _NUMERIC.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        day, month = (second, first) if order == "mdy" else (first, second)
        unsure = order is None and first <= 12 and second <= 12 and first != second
        return Dated(_day(_year(found[3]), month, day), "day", ambiguous=unsure)
    if found := _WORDS.fullmatch(text):
        return Dated(_day(_year(found[3]), _month(found[2]), int(found[1])), "day")
    if found := _ENGLISH.fullmatch(text):
        return Dated(_day(int(found[3]), _month(found[1]), int(found[2])), "day")
    if found := _MONTH.fullmatch(text):
        return _whole_month(int(found[2]), _month(found[1]))
    if found := _MONTH_NUMBER.fullmatch(text):
        return _whole_month(int(found[2] or found[3]), int(found[1] or found[4]))
    return None


def _whole_month(year: int, month: int) -> Dated:
    first = _day(year, month, 1)
    return Dated(first, "month", end=month_end(first))


def _span(start: str, end: str, order: Order | None) -> Dated:
    """'1' and '3 juni 2024', '30 mei' and '2 juni 2024', or two whole dates."""
    last = _single(end, order)
    if last is None:
        raise BadValue("R_DATE")
    tail = re.sub(r"^\d{1,2}[\s.\-/]*", "", end)
    tries = (_single(text, order) for text in (start, f"{start} {tail}", f"{start} {last.day.year}"))
    first = next((found for found in tries if found), None)
    if first is None:
        raise BadValue("R_DATE")
    if first.day > last.day:
        raise BadValue("R_DATE_IMPOSSIBLE")
    same = first.day == last.day and first.precision == last.precision
    return first if same else Dated(first.day, "interval", first.ambiguous or last.ambiguous, last.end or last.day)


def _year(text: str) -> int:
    digits = int(text.strip("'"))
    return digits if digits > 99 else digits + (2000 if digits < 70 else 1900)


def _day(year: int, month: int, day: int) -> date:
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise BadValue("R_DATE_IMPOSSIBLE")
    try:
        return date(year, month, day)
    except ValueError:
        raise BadValue("R_DATE_IMPOSSIBLE") from None


@cache
def _month(word: str) -> int:
    """1..12 of a month's name in Indonesian or English, long, short or old; raises BadValue R_DATE."""
    settings = {
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": "DMY",
        "STRICT_PARSING": True,
        "REQUIRE_PARTS": ["day", "month", "year"],
    }
    found = dateparser.parse(f"1 {_SPELLINGS.get(word, word)} 2024", languages=["id", "en"], settings=settings)
    if found is None or (found.year, found.day) != (2024, 1):
        raise BadValue("R_DATE")
    return int(found.month)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
