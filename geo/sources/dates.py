"""Dates as people write them in Indonesia: a day, a month, or a span; never a guess and never relative to today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import dateparser

from geo.sources.faults import BadValue

_SERIALS = (20_000, 80_000)  # Excel day numbers of 1954 to 2119
_YEARS = (1900, 2100)
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's calendar, its false 29 February 1900 included
_RELATIVE = re.compile(
    r"\b(lalu|kemarin|kmrn|besok|lusa|tadi|depan|sekarang|barusan|baru ?baru|hari ini|minggu ini|bulan ini|tahun ini"
    r"|yesterday|today|tomorrow|ago|last|next|now|this)\b"
)
_DAYNAME = r"(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat)(?:day)?)"
_TIME = re.compile(
    r"[\s,]*\b(?:pukul|jam|pkl\.?|at)?[\s,]*\d{1,2}[.:]\d{2}([.:]\d{2})?\s*(am|pm)?\s*(wita|wib|wit|utc|z)?\.?$", re.I
)
_SPAN = re.compile(
    r"\s*(?:s\.?\s*/\s*d\.?|s\.d\.?|sd|sampai(?: dengan)?|hingga|–|—|\bto\b|\s-\s|(?<=\d)-(?=\d{1,2}\s+[a-z]))\s*"
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t\s][\d:.,+\-z\s]*(?:wita|wib|wit|utc)?)?")
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
    """The day (first of the month or span), how well it is known, and whether day and month could be the other way round."""

    day: date
    precision: str
    ambiguous: bool = False


def parse(value: object) -> Dated | None:
    """A date from a cell, None for an empty one.

    Raises BadValue R_DATE (not a date), R_DATE_IMPOSSIBLE (no such day), R_DATE_RELATIVE ('kemarin'), R_DATE_YEAR (a year only).
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return Dated(value.date(), "day")
    if isinstance(value, date):
        return Dated(value, "day")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue("R_DATE")
    text = value.strip().lower() if isinstance(value, str) else _plain(value)
    return _number(text) if re.fullmatch(r"\d+([.,]\d+)?", text) else _text(" ".join(text.split()))


def _plain(value: float) -> str:
    return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else str(value)


def _number(text: str) -> Dated:
    """An Excel serial, 20241024, or a year (refused: too coarse)."""
    whole = int(re.split("[.,]", text)[0])
    if _SERIALS[0] <= whole <= _SERIALS[1]:
        return Dated(_EPOCH + timedelta(days=whole), "day")
    if re.fullmatch(r"(19|20)\d{6}", text):
        return Dated(_day(int(text[:4]), int(text[4:6]), int(text[6:])), "day")
    raise BadValue("R_DATE_YEAR" if _YEARS[0] <= whole <= _YEARS[1] else "R_DATE")


def _text(text: str) -> Dated:
    if _RELATIVE.search(text):
        raise BadValue("R_DATE_RELATIVE")
    text = re.sub(rf"\b{_DAYNAME}\b\s*[,/]?\s*", "", text).strip(" ,.")
    if not re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{2,4}", text):  # 24.10.2024 is no time of day
        text = _TIME.sub("", text).strip(" ,")
    single = _single(text)
    if single is not None:
        return single
    ends = _SPAN.split(text, maxsplit=1)
    if len(ends) == 2 and all(ends):
        return _span(*ends)
    raise BadValue("R_DATE")


def _single(text: str) -> Dated | None:
    """One date or one month; None where the text has neither form."""
    if found := _ISO.fullmatch(text):
        return Dated(_day(int(found[1]), int(found[2]), int(found[3])), "day")
    if found := _NUMERIC.fullmatch(text):
        day, month = int(found[1]), int(found[2])
        return Dated(_day(_year(found[3]), month, day), "day", ambiguous=day <= 12 and month <= 12 and day != month)
    if found := _WORDS.fullmatch(text):
        return Dated(_day(_year(found[3]), _month(found[2]), int(found[1])), "day")
    if found := _ENGLISH.fullmatch(text):
        return Dated(_day(int(found[3]), _month(found[1]), int(found[2])), "day")
    if found := _MONTH.fullmatch(text):
        return Dated(_day(int(found[2]), _month(found[1]), 1), "month")
    if found := _MONTH_NUMBER.fullmatch(text):
        if found[1]:
            return Dated(_day(int(found[2]), int(found[1]), 1), "month")
        return Dated(_day(int(found[3]), int(found[4]), 1), "month")
    return None


def _span(start: str, end: str) -> Dated:
    """'1' and '3 juni 2024', '30 mei' and '2 juni 2024', or two whole dates."""
    last = _single(end)
    if last is None:
        raise BadValue("R_DATE")
    tail = re.sub(r"^\d{1,2}[\s.\-/]*", "", end)
    first = next((d for d in map(_single, (start, f"{start} {tail}", f"{start} {last.day.year}")) if d), None)
    if first is None:
        raise BadValue("R_DATE")
    if first.day > last.day:
        raise BadValue("R_DATE_IMPOSSIBLE")
    same = first.day == last.day and first.precision == last.precision
    return first if same else Dated(first.day, "interval", first.ambiguous or last.ambiguous)


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
