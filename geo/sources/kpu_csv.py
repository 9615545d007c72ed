"""Polling stations in KPU's ten columns; KPU codes are Kemendagri codes without dots, so the reader knows their system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.errors import InputError
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import DESA, KABUPATEN, KECAMATAN, KODE, LAT, LON, Placement
from geo.sources.records import Record
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec

NUMBER = Field("no_tps", ("no tps", "nomor tps", "tps", "nama tps", "nomor"), True)
VOTERS = Field("pemilih", ("pemilih", "jumlah pemilih", "dpt", "jumlah dpt", "total pemilih", "voters"))
MARKS = frozenset({"id desa", "id kecamatan", "id kabupaten", "no tps", "pemilih"})
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
_LOOKED_AT = 200
_WASTE_HEADER = ("sampah", "limbah", "tps3r", "tps 3r", "residu")
# A polling station may stand in a "Gedung Bank Sampah"; a waste site is called one.
_WASTE_CELL = re.compile(
    r"\btps\s*-?\s*3\s*r\b|\btpst\b|\btps\b\W+(?:\w+\W+)?(?:sampah|limbah|residu)\b"
    r"|penampungan\s+(?:sampah\s+)?sementara|sampah\s+sementara|pembuangan\s+sampah"
)
ATTRIBUTION = "Komisi Pemilihan Umum (KPU)"


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per station, known to its village (exact where the file gives coordinates).

    Raises InputError E_TPS_WASTE for a file about waste sites (also "TPS"), and as `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    number = record.read("no_tps", _number)
    voters = record.read("pemilih", partial(_voters, style=ctx.styles["pemilih"]))
    if isinstance(where, BadValue):
        raise where
    if where.precision not in ("exact", "village"):
        raise BadValue("R_TOO_COARSE", "kode")
    return [ctx.once(station(ctx.name, where, number, voters), "no_tps")]


def station(name: str, where: Placement, number: int, voters: int | None) -> LayerRow:
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


def refuse_waste(number: int, record: Record) -> None:
    """'TPS' is also a waste site (tempat penampungan sementara): raises InputError E_TPS_WASTE where headers or first rows say so."""
    if number > _LOOKED_AT:
        return
    for column, text in record.raw.items():
        if any(word in column.lower() for word in _WASTE_HEADER) or _WASTE_CELL.search(text.lower()):
            raise InputError("E_TPS_WASTE", place=replace(record.place, column=column, value=text))


SPEC = Spec(
    kind="tps",
    fields=FIELDS,
    row=_row,
    styled=("pemilih",),
    code_system="kpu",
    survey=refuse_waste,
    attribution=ATTRIBUTION,
)
