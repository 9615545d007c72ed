"""Incidents from the agency's own spreadsheet: csv, xlsx, xls or ods, Indonesian or English headers in any order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.settings import Source
from core.taxonomy import severity
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import dates, numbers
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field
from geo.sources.kinds import classify
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.placing import Placement, place, usable
from geo.sources.records import Ledger, Record, info, layer_name, read_records
from geo.sources.sheets import Cell

TANGGAL = Field(
    "tanggal",
    (
        "tanggal",
        "tanggal kejadian",
        "tgl",
        "tgl kejadian",
        "waktu kejadian",
        "waktu",
        "hari tanggal",
        "date",
        "event date",
    ),
    required=True,
)
JENIS = Field(
    "jenis",
    (
        "jenis",
        "jenis kejadian",
        "jenis konflik",
        "kategori",
        "bentuk",
        "bentuk konflik",
        "tipe",
        "kind",
        "type",
        "event type",
    ),
    required=True,
)
MENINGGAL = Field(
    "meninggal",
    ("meninggal", "korban meninggal", "korban jiwa", "tewas", "korban tewas", "md", "deaths", "killed", "fatalities"),
)
LUKA = Field("luka", ("luka", "luka luka", "korban luka", "korban luka luka", "terluka", "injured", "injuries"))
SUMBER_KONFLIK = Field("sumber_konflik", ("sumber konflik", "akar masalah", "conflict source", "penyebab"))
CARA = Field("cara_diketahui", ("cara diketahui", "diketahui dari", "how known", "cara mengetahui"))
SUMBER = Field("sumber", ("sumber", "sumber informasi", "sumber data", "sumber laporan", "source"))
FIELDS = (TANGGAL, JENIS, MENINGGAL, LUKA, SUMBER_KONFLIK, CARA, SUMBER, *PLACE_FIELDS)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per incident; rows that cannot be used are quarantined, each with its reason.

    Raises InputError and ConfigError as records, headers, sheets and placing do.
    """
    ledger = Ledger()
    records = read_records(paths, FIELDS, source, ledger)
    placed = place(records, source, places, ledger)
    styles = {key: numbers.column_style(record.get(key) for record in records) for key in ("meninggal", "luka")}
    name = layer_name(source, paths)
    rows = usable(records, placed, ledger, lambda record, where: _row(record, where, styles, name, ledger))
    return Layer(info(source, paths, ledger), frame("incidents", rows))


def _row(
    record: Record, where: Placement | BadValue, styles: dict[str, numbers.Style], name: str, ledger: Ledger
) -> dict[str, object]:
    if record.fault is not None:
        raise record.fault
    day = record.read("tanggal", dates.parse)
    if day is None:
        raise BadValue("R_DATE_EMPTY", "tanggal")
    deaths, injured = (record.read(key, partial(_count, style=styles[key])) for key in ("meninggal", "luka"))
    if isinstance(where, BadValue):
        raise where
    if day.ambiguous:
        ledger.note("DATE_ORDER")
    kind = classify("incident", record.text("jenis"))
    if kind is None:
        ledger.note("KIND")
        kind = "other"
    told = record.text("sumber_konflik")
    conflict_source = classify("conflict_source", told)
    if told and conflict_source is None:
        ledger.note("CONFLICT_SOURCE")
    return {
        "id": row_id(name, record),
        "occurred_on": day.day,
        "date_precision": day.precision,
        "kind": kind,
        "conflict_source": conflict_source,
        "severity": severity(kind, deaths, injured),
        "deaths": deaths,
        "injured": injured,
        "how_known": _how_known(record),
        **where.columns(name),
    }


def _count(value: Cell, style: numbers.Style) -> int | None:
    return numbers.count(value, style)


def _how_known(record: Record) -> str:
    """As told; else by the source of the news; else reported, as a register is made of reports."""
    return (
        classify("how_known", record.text("cara_diketahui"))
        or classify("how_known", record.text("sumber"))
        or "reported"
    )


def row_id(name: str, record: Record) -> str:
    """Layer name and row, so that a person finds the row again; the table's number too from the second on."""
    part = f"{record.number}." if record.number > 1 else ""
    return f"{name}:{part}{record.place.row}"
