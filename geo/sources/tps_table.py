"""Polling stations from the office's own spreadsheet: number or name, voters, the place by code, by name or by coordinates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kpu_csv import refuse_waste, station
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.placing import Placement
from geo.sources.records import Record, row_id
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec

TPS = Field(
    "tps",
    (
        "no tps", "nomor tps", "tps", "nama tps", "tps no", "tps nomor", "nama nomor tps", "polling station",
        "station", "station number", "station name",
    ),
    required=True,
)  # fmt: skip
VOTERS = Field(
    "pemilih",
    (
        "pemilih", "jumlah pemilih", "dpt", "jumlah dpt", "total dpt", "total pemilih", "jumlah pemilih dpt",
        "jumlah pemilih l p", "pemilih l p", "voters", "registered voters",
    ),
)  # fmt: skip
FIELDS = (TPS, VOTERS, *PLACE_FIELDS)
# "5", "TPS 05", "TPS No. 5", and "TPS 05 SDN 3": the number before what stands there
_NUMBER = re.compile(
    r"(?:tps\W*)?(?:no(?:mor)?\W*)?0*(\d{1,3})|tps\W*(?:no(?:mor)?\W*)?0*(\d{1,3})(?!\w).*", re.I | re.S
)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per station, known to its village or by its point; a station known only to its district is too vague to count.

    The place where it stands (a school, somebody's house) is not taken over. Raises InputError E_TPS_WASTE for a file about waste
    sites (also "TPS"), and as `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    called = record.read("tps", called_by)
    voters = _voters(record, ctx)
    if isinstance(where, BadValue):
        raise where
    if where.precision not in ("exact", "village"):
        raise BadValue("R_TPS_COARSE", "desa")
    if isinstance(called, int):
        return [ctx.once(station(ctx.name, where, called, voters), "tps")]
    row: LayerRow = {
        "id": row_id(ctx.name, record),
        "name": called,
        "voters": voters,
        **where.columns(ctx.name),
    }
    return [row]


def called_by(value: Cell) -> int | str:
    """The number of a station (1..999), else what it is called ("TPS Khusus Lapas"); raises BadValue R_TPS_NUMBER."""
    if isinstance(value, str) and value.strip():
        found = _NUMBER.fullmatch(value.strip())
        number = int(found[1] or found[2]) if found else None
        if number is None and not re.search(r"[a-z]", value, re.I):
            raise BadValue("R_TPS_NUMBER")
        if number is None:
            return " ".join(value.split())
    else:
        number = numbers.count(value, "id")
    if not number or number > 999:
        raise BadValue("R_TPS_NUMBER")
    return number


def _voters(record: Record, ctx: Context) -> int | None:
    """Registered voters, None where the file does not say."""
    return record.read("pemilih", lambda value: numbers.count(value, ctx.styles["pemilih"]))


SPEC = Spec(kind="tps", fields=FIELDS, row=_row, styled=("pemilih",), survey=refuse_waste)
