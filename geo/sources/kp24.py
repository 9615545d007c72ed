"""Polling stations as counts per village (kawalpemilu kp24, flattened), made into one record per station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kpu_csv import ATTRIBUTION, refuse_waste, station
from geo.sources.placing import DESA, KABUPATEN, KECAMATAN, KODE, Placement
from geo.sources.records import Record
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec

MARKS = frozenset({"tps max no", "tps ext begin", "tps ext end"})
FIELDS = (
    replace(KODE, names=("kode", "kode kpu"), required=True),
    replace(DESA, names=("desa",)),
    replace(KECAMATAN, names=("kecamatan",)),
    replace(KABUPATEN, names=("kabkota",)),
    Field("terakhir", ("tps max no",), True),
    Field("khusus_dari", ("tps ext begin",), True),
    Field("khusus_sampai", ("tps ext end",), True),
    Field("jumlah", ("jumlah tps",)),
)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """Stations 1..tps_max_no and the special ones tps_ext_begin..tps_ext_end of every village row; voters are not known.

    The ledger counts file rows (villages), the frame has stations. Raises as `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    if isinstance(where, Placement) and where.kode in ctx.seen:
        raise BadValue("R_TWICE", "kode")
    stations = _stations(record, where, ctx.name)
    ctx.seen.update(str(row["kode"]) for row in stations)
    return stations


def _stations(record: Record, where: Placement | BadValue, name: str) -> list[LayerRow]:
    last, begin, end, total = (
        record.read(key, _count) for key in ("terakhir", "khusus_dari", "khusus_sampai", "jumlah")
    )
    if last is None or (begin is None) != (end is None) or last > 900:
        raise BadValue("R_TPS_RANGE", "terakhir")
    numbered = [*range(1, last + 1)]
    if begin is not None and end is not None:
        if not last < begin <= end <= 999:
            raise BadValue("R_TPS_RANGE", "khusus_dari")
        numbered += range(begin, end + 1)
    if total is not None and total != len(numbered):
        raise BadValue("R_TPS_TOTAL", "jumlah", counted=str(len(numbered)))
    if isinstance(where, BadValue):
        raise where
    if where.precision != "village":
        raise BadValue("R_TOO_COARSE", "kode")
    return [station(name, where, number, None) for number in numbered]


def _count(value: Cell) -> int | None:
    return numbers.count(value, "id")


SPEC = Spec(
    kind="tps",
    fields=FIELDS,
    row=_row,
    code_system="kemendagri",
    survey=refuse_waste,
    attribution=f"kawalpemilu.org, {ATTRIBUTION}",
)
