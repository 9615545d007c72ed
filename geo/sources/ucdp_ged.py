"""UCDP Georeferenced Event Dataset: the full file, or the 14-column subset that statistics packages carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from core.settings import Source
from core.taxonomy import severity
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import dates, numbers
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field
from geo.sources.placing import LAT, LON, Placement, place
from geo.sources.records import Ledger, Record, info, layer_name, read_records
from geo.sources.sheets import Cell
from store.manifest import Warning_

REACH_KM = 10.0  # its points stand on towns and coasts of its own gazetteer
FIELDS = (
    Field("id", ("id",), True),
    Field("jenis", ("type of violence",), True),
    replace(LON, names=("longitude",), required=True),
    replace(LAT, names=("latitude",), required=True),
    Field("meninggal", ("best death", "best"), True),
    Field("mulai", ("date start",)),
    Field("selesai", ("date end",)),
    Field("tahun", ("year",)),
    Field("bulan", ("month",)),
    Field("hari", ("day",)),
    Field("ketelitian", ("where prec",)),
)
LICENCE, ATTRIBUTION = "CC BY 4.0", "Uppsala Conflict Data Program, UCDP Georeferenced Event Dataset (GED)"
_KINDS = {
    "1": "armed_violence",
    "state based violence": "armed_violence",
    "2": "communal_violence",
    "non state violence": "communal_violence",
    "3": "one_sided_violence",
    "one sided violence": "one_sided_violence",
}
# UCDP where_prec: 1 the place itself, 2 within 25 km, 3 the regency; 4 and more are a province or vaguer.
_PRECISION = {1: "village", 2: "district", 3: "regency"}


@dataclass(frozen=True)
class _When:
    day: date
    precision: str


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per event. A file without where_prec is taken as known to the district, with a warning.

    Raises as records, headers and placing do.
    """
    ledger = Ledger()
    records = read_records(paths, FIELDS, source, ledger)
    stated = [_precision(record) for record in records]
    placed = place(records, source, places, ledger, reach_km=REACH_KM, known_to=stated)
    if any("ketelitian" not in record.headers for record in records):
        ledger.warnings.append(Warning_("NO_WHERE_PREC", {}))
    name = layer_name(source, paths)
    rows: list[dict[str, object]] = []
    seen: set[str] = set()
    for record, where, precision in zip(records, placed, stated, strict=True):
        try:
            row = _row(record, where, precision, name)
            if row["id"] in seen:
                raise BadValue("R_TWICE", "id")
            seen.add(str(row["id"]))
            rows.append(row)
        except BadValue as bad:
            ledger.reject(record, bad)
    return Layer(info(source, paths, ledger, licence=LICENCE, attribution=ATTRIBUTION), frame("incidents", rows))


def _precision(record: Record) -> str | None:
    if "ketelitian" not in record.headers:
        return "district"
    try:
        return _PRECISION.get(record.read("ketelitian", _whole) or 0)
    except BadValue:
        return None


def _row(record: Record, where: Placement | BadValue, precision: str | None, name: str) -> dict[str, object]:
    if record.fault is not None:
        raise record.fault
    number = record.read("id", _whole)
    if number is None:
        raise BadValue("R_NUMBER", "id")
    kind = _KINDS.get(record.text("jenis").lower().replace("-", " "))
    if kind is None:
        raise BadValue("R_KIND", "jenis")
    when = _when(record)
    deaths = record.read("meninggal", _whole)
    if precision is None:
        raise BadValue("R_TOO_COARSE", "ketelitian")
    if isinstance(where, BadValue):
        raise where
    return {
        "id": f"{name}:{number}",
        "occurred_on": when.day,
        "date_precision": when.precision,
        "kind": kind,
        "conflict_source": None,
        "severity": severity(kind, deaths, None),
        "deaths": deaths,
        "injured": None,
        "how_known": "media",
        **where.columns(name),
    }


def _when(record: Record) -> _When:
    """date_start to date_end, else year, month, day."""
    start, end = record.read("mulai", dates.parse), record.read("selesai", dates.parse)
    if start is not None:
        if end is not None and end.day < start.day:
            raise BadValue("R_DATE_ORDER", "selesai")
        return _When(start.day, "interval" if end is not None and end.day > start.day else "day")
    year, month, day = (record.read(key, _whole) for key in ("tahun", "bulan", "hari"))
    if year is None or month is None:
        raise BadValue("R_DATE_EMPTY", "tahun")
    try:
        return _When(date(year, month, day or 1), "day" if day else "month")
    except ValueError:
        raise BadValue("R_DATE_IMPOSSIBLE", "hari") from None


def _whole(value: Cell) -> int | None:
    """A whole number; R exports write '141874.0'."""
    return numbers.count(value, "en")
