"""What an incident table tells beyond the published columns (core.report.DETAIL): text, time, who told it, how far it is trusted.

A detail nobody can read is left unknown and counted; only a day of report that cannot be right puts the row aside, for by it a map is
drawn as it was known on a day.
"""

from __future__ import annotations

import re

from core.report import LONGEST
from core.taxonomy import zone_of
from geo.sources import clock, dates
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kinds import classify
from geo.sources.records import Record
from geo.sources.sheets import Cell
from geo.sources.stream import Context

FIELDS = (
    Field("tanggal_selesai", ("tanggal selesai", "tgl selesai", "tanggal akhir", "tanggal berakhir", "end date", "date end")),
    Field("jam", ("jam", "jam kejadian", "pukul", "pukul kejadian", "waktu", "waktu kejadian", "time", "event time")),
    Field("zona", ("zona waktu", "zona", "time zone", "timezone")),
    Field(
        "uraian",
        (
            "uraian", "uraian kejadian", "uraian singkat", "uraian singkat kejadian", "kronologi", "kronologis", "kronologi kejadian",
            "kronologis kejadian", "kronologis singkat",
            "kronologi singkat", "deskripsi", "deskripsi kejadian", "keterangan kejadian", "isi laporan",
            "description", "narrative", "notes", "keterangan",
        ),
    ),
    Field(
        "tanggal_lapor",
        (
            "tanggal laporan", "tanggal lapor", "tanggal diketahui", "tanggal pelaporan", "tgl laporan", "tgl lapor", "tgl diketahui",
            "dilaporkan tanggal", "known on", "date known", "date reported", "report date",
        ),
    ),
    Field(
        "nilai_sumber",
        ("nilai sumber", "penilaian sumber", "nilai informasi", "penilaian informasi", "kode nilai", "source grade", "grade"),
    ),
    Field("kepercayaan", ("kepercayaan sumber", "keandalan sumber", "tingkat kepercayaan", "source reliability", "reliability")),
    Field("kebenaran", ("kebenaran informasi", "kebenaran isi", "kredibilitas", "kredibilitas informasi", "credibility")),
    Field("tahap_konflik", ("tahap", "tahap konflik", "tahapan", "tahapan konflik", "tahap penanganan", "conflict stage", "stage")),
    Field("verifikasi", ("status verifikasi", "verifikasi", "status laporan", "status data", "verification", "status")),
    Field(
        "tindak_lanjut",
        (
            "tindak lanjut", "tindak lanjut penanganan", "penyelesaian", "hasil penanganan", "status penanganan", "upaya penyelesaian",
            "penanganan", "outcome",
        ),
    ),
)  # fmt: skip
# Field -> the closed list it is read by, which is also the column; the warning when the word is not known is the column's name.
_LISTED = {"tahap_konflik": "conflict_stage", "verifikasi": "verification", "tindak_lanjut": "outcome"}
_GRADE = re.compile(r"([a-f])\s*[-/.,]?\s*([1-6])", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")
_BLANK_LETTERS = 16
_BLANK = frozenset({"-", "--", "–", "—", ".", "n/a", "na", "nihil", "tidak ada", "tidak diketahui", "belum ada", "?"})


def details(record: Record, day: dates.Dated, kode: str, ctx: Context) -> dict[str, object]:
    """The details the row tells, by column; what it does not tell is not in it.

    Raises BadValue R_DATE_* and R_KNOWN_BEFORE (tanggal_lapor), R_DATE_ORDER (tanggal_selesai), R_TEXT_LONG.
    """
    found: dict[str, object] = {}
    there = record.layout.columns
    end = _end(record, day, ctx) if "tanggal_selesai" in there else day.end
    if end is not None:
        found["date_end"] = end
    if "uraian" in there and (text := _text(record, "uraian", LONGEST["text"])):
        found["text"] = text
    if "tanggal_lapor" in there and (known := _known_on(record, day, ctx)):
        found["known_on"] = known
    if "sumber" in there and (name := _text(record, "sumber", LONGEST["source_name"])):
        found["source_name"] = " ".join(name.split())
    found |= _time(record, day, kode, ctx)
    found |= _graded(record, ctx)
    for key, column in _LISTED.items():
        if key in there and (told := _told(record, key)):
            value = classify(column, told)
            if value is None:
                ctx.ledger.note(column.upper())
            else:
                found[column] = value
    return found


def _told(record: Record, key: str) -> str:
    """The cell's text; '' too where it says there is nothing."""
    text = record.text(key).strip()
    return "" if len(text) <= _BLANK_LETTERS and text.lower() in _BLANK else text


def _text(record: Record, key: str, longest: int) -> str:
    text = _told(record, key)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text).strip()
    if len(text) > longest:
        raise BadValue("R_TEXT_LONG", key, limit=str(longest))
    return text


def _day(record: Record, key: str, ctx: Context) -> dates.Dated | None:
    return record.read(key, dates.reader(ctx.source.date_order)) if _told(record, key) else None


def _end(record: Record, day: dates.Dated, ctx: Context) -> object:
    """The last day: of the column for it where the row's own is one day, else of the span the day itself is."""
    last = _day(record, "tanggal_selesai", ctx)
    if last is None:
        return day.end
    ends = last.end or last.day
    if ends < day.day:
        raise BadValue("R_DATE_ORDER", "tanggal_selesai")
    return ends if ends > day.day else day.end


def _known_on(record: Record, day: dates.Dated, ctx: Context) -> object:
    """The day the agency knew; of a month its last day, for it was known by then at the latest."""
    known = _day(record, "tanggal_lapor", ctx)
    if known is None:
        return None
    when = known.end or known.day
    if when < day.day:
        raise BadValue("R_KNOWN_BEFORE", "tanggal_lapor")
    return when


def _time(record: Record, day: dates.Dated, kode: str, ctx: Context) -> dict[str, object]:
    """Time of day as told and its zone: told beside it, else in its column, else the source's, else the province's."""
    time, zone = day.time, day.zone
    own = record.headers.get("jam")
    if own is not None and own != record.headers.get("tanggal") and _told(record, "jam"):
        try:
            told = clock.parse(_in_day(record.get("jam")))
        except BadValue:
            ctx.ledger.note("TIME")
            told = None
        if told is not None:
            time, zone = told.time, told.zone or zone
    if time is None:
        return {}
    column = record.text("zona").strip().upper() if "zona" in record.layout.columns else ""
    said = column if column in ("WIB", "WITA", "WIT") else None
    return {"time": time, "zone": zone or said or ctx.source.zone or zone_of(kode)}


def _in_day(value: Cell) -> Cell:
    """Excel keeps a time as part of a day; with a day before it only the part counts."""
    return value % 1.0 if isinstance(value, float) and value >= 20_000 else value


def _graded(record: Record, ctx: Context) -> dict[str, object]:
    """'B2' in one column, or a letter and a number in two."""
    there = record.layout.columns
    grade: str | None = None
    sure: str | None = None
    unread = False
    if "nilai_sumber" in there and (told := _told(record, "nilai_sumber")):
        both = _GRADE.fullmatch(told)
        grade, sure = (both[1], both[2]) if both else (classify("source_grade", told), None)
        unread = grade is None
    if "kepercayaan" in there and (told := _told(record, "kepercayaan")):
        grade = classify("source_grade", told)
        unread = unread or grade is None
    if "kebenaran" in there and (told := _told(record, "kebenaran")):
        sure = classify("credibility", told)
        unread = unread or sure is None
    if unread:
        ctx.ledger.note("SOURCE_GRADE")
    found: dict[str, object] = {"source_grade": grade.upper()} if grade else {}
    return found | ({"credibility": int(sure)} if sure else {})
