"""Polling stations as counts per village (kawalpemilu kp24, flattened), made into one record per station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field
from geo.sources.kpu_csv import ATTRIBUTION, refuse_waste, station
from geo.sources.placing import DESA, KABUPATEN, KECAMATAN, KODE, Placement, place
from geo.sources.records import Ledger, Record, info, layer_name, read_records
from geo.sources.sheets import Cell

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

    The ledger counts file rows (villages), the frame has stations. Raises as records, headers and placing do.
    """
    source = source.model_copy(update={"code_system": source.code_system or "kemendagri"})
    ledger = Ledger()
    records = read_records(paths, FIELDS, source, ledger)
    refuse_waste(records)
    placed = place(records, source, places, ledger)
    name = layer_name(source, paths)
    rows: list[dict[str, object]] = []
    seen: set[str] = set()
    for record, where in zip(records, placed, strict=True):
        try:
            if isinstance(where, Placement) and where.kode in seen:
                raise BadValue("R_TWICE", "kode")
            stations = _stations(record, where, name)
            rows += stations
            seen.update(str(row["kode"]) for row in stations)
        except BadValue as bad:
            ledger.reject(record, bad)
    return Layer(info(source, paths, ledger, attribution=f"kawalpemilu.org, {ATTRIBUTION}"), frame("tps", rows))


def _stations(record: Record, where: Placement | BadValue, name: str) -> list[dict[str, object]]:
    if record.fault is not None:
        raise record.fault
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
