"""What all tables of figures by area share: the day a figure counts from, and that one area has one figure for one day."""

from __future__ import annotations

from datetime import date

from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import DESA, KABUPATEN, KECAMATAN, KODE, LAT, LON, Placement
from geo.sources.records import Record, row_id
from geo.sources.site_table import last_day
from geo.sources.stream import Context, LayerRow

TANGGAL = Field(
    "tanggal",
    (
        "tanggal", "tgl", "tanggal pemungutan suara", "hari pemungutan suara", "tanggal pemilihan", "tanggal pilkada", "per tanggal",
        "keadaan", "keadaan per", "posisi", "periode", "tahun", "tahun pemilihan", "tahun pilkada", "tahun data", "year", "date", "as of",
    ),
)  # fmt: skip
PLACE = (LON, LAT, KODE, DESA, KECAMATAN, KABUPATEN)


def since(record: Record, ctx: Context) -> date | None:
    """The day the figure counts from: of a month or a year its last, because nobody knew it before."""
    day = record.read("tanggal", lambda value: last_day(value, ctx.source.date_order))
    if day is None:
        ctx.ledger.note("FIGURE_UNDATED")
    return day


def row(
    record: Record, where: Placement | BadValue, ctx: Context, day: date | None, **figure: float | None
) -> LayerRow:
    """One row of a layer of figures; a point stands for its village. Raises BadValue R_TWICE for a second figure of one area and day."""
    if isinstance(where, BadValue):
        raise where
    identity = f"{where.kode} {day}"
    if identity in ctx.seen:
        raise BadValue("R_FIGURE_TWICE", "kode" if "kode" in record.headers else "desa")
    ctx.seen.add(identity)
    precision = "village" if where.precision == "exact" else where.precision
    place = Placement(precision, where.kode).columns(ctx.name)
    return {"id": row_id(ctx.name, record), "since": day, **figure, **place}
