"""Polling stations in KPU's ten columns; KPU codes are Kemendagri codes without dots, so the reader knows their system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.errors import InputError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field
from geo.sources.placing import DESA, KABUPATEN, KECAMATAN, KODE, LAT, LON, Placement, place
from geo.sources.records import Ledger, Record, info, layer_name, read_records
from geo.sources.sheets import Cell

NUMBER = Field("no_tps", ("no tps", "nomor tps", "tps", "nama tps", "nomor"), True)
VOTERS = Field("pemilih", ("pemilih", "jumlah pemilih", "dpt", "jumlah dpt", "total pemilih", "voters"))
FIELDS = (
    replace(KODE, names=("id desa", "id kelurahan", "kode desa", "kode kelurahan", "kode", "kode kpu"), required=True),
    replace(DESA, names=("desa", "kelurahan", "desa kelurahan", "nama desa", "nama kelurahan")),
    replace(KECAMATAN, names=("kecamatan", "nama kecamatan")),
    replace(KABUPATEN, names=("kabupaten", "kabupaten kota", "kab kota", "nama kabupaten")),
    NUMBER,
    VOTERS,
    LON,
    LAT,
)
_WASTE = ("sampah", "limbah", "tps3r", "tps 3r", "residu")
ATTRIBUTION = "Komisi Pemilihan Umum (KPU)"


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per station, known to its village (exact where the file gives coordinates).

    Raises InputError E_TPS_WASTE for a file about waste sites (also "TPS"), and as records, headers and placing do.
    """
    source = source.model_copy(update={"code_system": source.code_system or "kpu"})
    ledger = Ledger()
    records = read_records(paths, FIELDS, source, ledger)
    refuse_waste(records)
    placed = place(records, source, places, ledger)
    style = numbers.column_style(record.get("pemilih") for record in records)
    name = layer_name(source, paths)
    rows: list[dict[str, object]] = []
    seen: set[str] = set()
    for record, where in zip(records, placed, strict=True):
        try:
            row = _row(record, where, style, name)
            if row["id"] in seen:
                raise BadValue("R_TWICE", "no_tps")
            seen.add(str(row["id"]))
            rows.append(row)
        except BadValue as bad:
            ledger.reject(record, bad)
    return Layer(info(source, paths, ledger, attribution=ATTRIBUTION), frame("tps", rows))


def _row(record: Record, where: Placement | BadValue, style: numbers.Style, name: str) -> dict[str, object]:
    if record.fault is not None:
        raise record.fault
    number = record.read("no_tps", _number)
    voters = record.read("pemilih", partial(_voters, style=style))
    if isinstance(where, BadValue):
        raise where
    if where.precision not in ("exact", "village"):
        raise BadValue("R_TOO_COARSE", "kode")
    return station(name, where, number, voters)


def station(name: str, where: Placement, number: int, voters: int | None) -> dict[str, object]:
    """One polling station as the layer holds it; its id is its village and number, as KPU counts them."""
    return {
        "id": f"{name}:{where.kode}:{number:03d}",
        "name": f"TPS {number:03d}",
        "voters": voters,
        **where.columns(name),
    }


def _number(value: Cell) -> int:
    text = value.lower().removeprefix("tps").strip(" .") if isinstance(value, str) else value
    number = numbers.count(text, "id")
    if not number or number > 999:
        raise BadValue("R_TPS_NUMBER")
    return number


def _voters(value: Cell, style: numbers.Style) -> int | None:
    return numbers.count(value, style)


def refuse_waste(records: Sequence[Record]) -> None:
    """'TPS' is also a waste site (tempat penampungan sementara): raises InputError E_TPS_WASTE for such a file."""
    for record in records[:200]:
        for column, text in record.raw.items():
            if any(word in f"{column} {text}".lower() for word in _WASTE):
                raise InputError(
                    "E_TPS_WASTE", place=Place(record.place.file, record.place.sheet, record.place.row, column, text)
                )
