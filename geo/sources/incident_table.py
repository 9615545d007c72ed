"""Incidents from the agency's own spreadsheet: csv, xlsx, xls or ods, Indonesian or English headers in any order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.settings import Source
from core.taxonomy import severity
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import dates, numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.incident_details import FIELDS as DETAIL_FIELDS
from geo.sources.incident_details import details
from geo.sources.kinds import classify
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.placing import Placement
from geo.sources.records import Record, row_id
from geo.sources.stream import Context, LayerRow, Spec

TANGGAL = Field(
    "tanggal",
    (
        "tanggal", "tanggal kejadian", "tgl", "tgl kejadian", "tanggal peristiwa", "tgl peristiwa", "hari tanggal", "hari tgl",
        "hari dan tanggal", "hari tanggal kejadian",
        "hari tgl jam", "hari tanggal jam", "tanggal jam", "tgl jam",
        "tanggal waktu", "tanggal dan waktu", "waktu kejadian", "waktu", "date", "event date",
    ),
    required=True,
)  # fmt: skip
JENIS = Field(
    "jenis",
    (
        "jenis", "jenis kejadian", "jenis konflik", "jenis peristiwa", "jenis gangguan", "jenis kasus", "kategori", "kategori kejadian",
        "klasifikasi", "bentuk", "bentuk konflik", "bentuk kejadian", "tipe", "kind", "type", "event type", "incident type", "peristiwa",
        "kasus", "kejadian",
    ),
    required=True,
)  # fmt: skip
MENINGGAL = Field(
    "meninggal",
    (
        "meninggal", "korban meninggal", "meninggal dunia", "korban meninggal dunia", "korban jiwa", "tewas", "korban tewas", "md",
        "korban md", "deaths", "killed", "fatalities",
    ),
)  # fmt: skip
LUKA = Field(
    "luka", ("luka", "luka luka", "korban luka", "korban luka luka", "terluka", "korban terluka", "injured", "injuries")
)
# Police tables count the seriously and the slightly injured apart; where no total is given they are the total.
LUKA_BERAT = Field("luka_berat", ("luka berat", "korban luka berat", "lb", "korban lb"))
LUKA_RINGAN = Field("luka_ringan", ("luka ringan", "korban luka ringan", "lr", "korban lr"))
SUMBER_KONFLIK = Field("sumber_konflik", ("sumber konflik", "akar masalah", "conflict source", "penyebab"))
CARA = Field("cara_diketahui", ("cara diketahui", "diketahui dari", "how known", "cara mengetahui"))
SUMBER = Field("sumber", ("sumber", "sumber informasi", "sumber data", "sumber laporan", "source"))
FIELDS = (
    TANGGAL,
    JENIS,
    MENINGGAL,
    LUKA,
    LUKA_BERAT,
    LUKA_RINGAN,
    SUMBER_KONFLIK,
    CARA,
    SUMBER,
    *DETAIL_FIELDS,
    *PLACE_FIELDS,
)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per incident; rows that cannot be used are quarantined, each with its reason; raises as `stream.read`."""
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    day = record.read("tanggal", dates.reader(ctx.source.date_order))
    if day is None:
        raise BadValue("R_DATE_EMPTY", "tanggal")
    deaths, injured = _people(record, "meninggal", ctx), _injured(record, ctx)
    if isinstance(where, BadValue):
        raise where
    more = details(record, day, where.kode, ctx)
    if day.ambiguous:
        ctx.ledger.note("DATE_ORDER")
    kind = classify("incident", record.text("jenis"))
    if kind is None:
        ctx.ledger.note("KIND")
        kind = "other"
    told = record.text("sumber_konflik")
    conflict_source = classify("conflict_source", told)
    if told and conflict_source is None:
        ctx.ledger.note("CONFLICT_SOURCE")
    row = {
        "id": row_id(ctx.name, record),
        "occurred_on": day.day,
        "date_precision": day.precision if more.get("date_end") == day.end else "interval",
        "kind": kind,
        "conflict_source": conflict_source,
        "severity": severity(kind, deaths, injured),
        "deaths": deaths,
        "injured": injured,
        "how_known": _how_known(record),
        **more,
        **where.columns(ctx.name),
    }
    return [row]


def _people(record: Record, key: str, ctx: Context) -> int | None:
    return record.read(key, partial(numbers.count, style=ctx.styles[key])) if key in record.layout.columns else None


def _injured(record: Record, ctx: Context) -> int | None:
    """The total where it is told, else the seriously and the slightly injured together, as far as told."""
    total = _people(record, "luka", ctx)
    if total is not None:
        return total
    parts = [count for key in ("luka_berat", "luka_ringan") if (count := _people(record, key, ctx)) is not None]
    return sum(parts) if parts else None


def _how_known(record: Record) -> str:
    """As told; else by the source of the news; else reported, as a register is made of reports."""
    return (
        classify("how_known", record.text("cara_diketahui"))
        or classify("how_known", record.text("sumber"))
        or "reported"
    )


SPEC = Spec(kind="incidents", fields=FIELDS, row=_row, styled=("meninggal", "luka", "luka_berat", "luka_ringan"))
