"""Project sites from a spreadsheet: galian C, mines, plantations, industry, with permit, stage and the days they count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import dates, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kinds import classify
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.placing import Placement
from geo.sources.records import Ledger, Record, row_id
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec

NAMA = Field("nama", ("nama", "nama lokasi", "lokasi", "nama perusahaan", "nama proyek", "perusahaan", "name", "site"))
JENIS = Field(
    "jenis", ("jenis", "jenis lokasi", "jenis usaha", "jenis tambang", "kategori", "komoditas", "kind", "type"), True
)
IZIN = Field("izin", ("izin", "status izin", "perizinan", "legalitas", "status perizinan", "ijin", "permit"))
TAHAP = Field(
    "tahap", ("tahap", "tahapan", "tahap kegiatan", "status kegiatan", "kegiatan", "status operasi", "stage", "status")
)
DARI = Field(
    "berlaku_dari",
    ("berlaku dari", "mulai", "tanggal mulai", "berlaku mulai", "mulai berlaku", "dari", "valid from", "from"),
)
SAMPAI = Field(
    "berlaku_sampai",
    ("berlaku sampai", "sampai", "tanggal akhir", "berakhir", "akhir berlaku", "valid to", "until", "to"),
)
FIELDS = (NAMA, JENIS, IZIN, TAHAP, DARI, SAMPAI, *PLACE_FIELDS)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per site; raises as `stream.read`."""
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    order = ctx.source.date_order
    start = record.read("berlaku_dari", partial(first_day, order=order))
    end = record.read("berlaku_sampai", partial(last_day, order=order))
    if start and end and start > end:
        raise BadValue("R_DATE_ORDER", "berlaku_sampai")
    if isinstance(where, BadValue):
        raise where
    row = {
        "id": row_id(ctx.name, record),
        "name": record.text("nama") or row_id(ctx.name, record),
        "kind": _one_of("site", record.text("jenis"), "other", "KIND", ctx.ledger),
        "permit": _one_of("permit", record.text("izin"), "unknown", "PERMIT", ctx.ledger),
        "stage": _one_of("stage", record.text("tahap"), "unknown", "STAGE", ctx.ledger),
        "valid_from": start,
        "valid_to": end,
        **where.columns(ctx.name),
    }
    return [row]


def _one_of(category: str, text: str, otherwise: str, warning: str, ledger: Ledger) -> str:
    value = classify(category, text)
    if value is None and (text or category == "site"):
        ledger.note(warning)
    return value or otherwise


def first_day(value: Cell, order: dates.Order | None = None) -> date | None:
    """A date, month or year as its first day."""
    year = _year(value)
    if year is not None:
        return date(year, 1, 1)
    found = dates.reader(order)(value)
    return found.day if found else None


def last_day(value: Cell, order: dates.Order | None = None) -> date | None:
    """A date, month or year as its last day."""
    year = _year(value)
    if year is not None:
        return date(year, 12, 31)
    found = dates.reader(order)(value)
    if found is not None and found.precision == "month":
        return dates.month_end(found.day)
    return found.day if found else None


def _year(value: Cell) -> int | None:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else value
    return (
        int(text) if isinstance(text, str) and len(text) == 4 and text.isdigit() and "1900" <= text <= "2100" else None
    )


SPEC = Spec(kind="sites", fields=FIELDS, row=_row)
