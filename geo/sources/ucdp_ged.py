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
from geo.sources import dates, numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import LAT, LON, Placement
from geo.sources.records import Record
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec
from store.manifest import Warning_

REACH_KM = 10.0  # its points stand on towns and coasts of its own gazetteer
FIELDS = (
    Field("id", ("id",), True),
    Field("jenis", ("type of violence",), True),
    replace(LON, names=("longitude",), required=True),
    replace(LAT, names=("latitude",), required=True),
    Field("meninggal", ("best death", "best"), True),
    Field("tertinggi", ("high death", "high")),
    Field("terendah", ("low death", "low")),
    Field("mulai", ("date start",)),
    Field("selesai", ("date end",)),
    Field("tahun", ("year",)),
    Field("bulan", ("month",)),
    Field("hari", ("day",)),
    Field("ketelitian", ("where prec",)),
    Field("status", ("code status",)),
)
MARKS = frozenset({"type of violence", "conflict name", "side a", "side b"})
LICENCE, ATTRIBUTION = "CC BY 4.0", "Uppsala Conflict Data Program, UCDP Georeferenced Event Dataset (GED)"
_KINDS = {
    "1": "armed_violence",
    "state based violence": "armed_violence",
    "2": "communal_violence",
    "non state violence": "communal_violence",
    "3": "one_sided_violence",
    "one sided violence": "one_sided_violence",
}
# UCDP where_prec (GED codebook): 1 the place itself, 2 within 25 km, 3 the regency; 4 and more are a province, a line, a country, a sea.
_PRECISION = {1: "village", 2: "district", 3: "regency"}


@dataclass(frozen=True)
class _When:
    day: date
    precision: str
    end: date | None = None


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per event; deaths are UCDP's best estimate.

    A file without where_prec is taken as known to the district, with a warning. Events whose code_status is not "Clear" (candidates that
    UCDP still checks) are counted in a warning and stay unverified. Raises as `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def _known_to(record: Record, ctx: Context) -> str | None:
    if "ketelitian" not in record.headers:
        ctx.ledger.once(Warning_("NO_WHERE_PREC", {}))
    return _precision(record)


def _precision(record: Record) -> str | None:
    if "ketelitian" not in record.headers:
        return "district"
    try:
        return _PRECISION.get(record.read("ketelitian", _whole) or 0)
    except BadValue:
        return None


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    number = record.read("id", _whole)
    if number is None:
        raise BadValue("R_NUMBER", "id")
    kind = _KINDS.get(record.text("jenis").lower().replace("-", " "))
    if kind is None:
        raise BadValue("R_KIND", "jenis")
    when = _when(record)
    deaths = _deaths(record, ctx)
    if _precision(record) is None:
        raise BadValue("R_TOO_COARSE", "ketelitian")
    if isinstance(where, BadValue):
        raise where
    clear = record.text("status").lower() in ("", "clear")
    if not clear:
        ctx.ledger.note("UCDP_UNCLEAR")
    row: LayerRow = {
        "id": f"{ctx.name}:{number}",
        "occurred_on": when.day,
        "date_precision": when.precision,
        "date_end": when.end,
        "kind": kind,
        "conflict_source": None,
        "severity": severity(kind, deaths, None),
        "deaths": deaths,
        "injured": None,
        "how_known": "media",
        "verification": None if clear else "unverified",
        **where.columns(ctx.name),
    }
    return [ctx.once(row, "id")]


def _deaths(record: Record, ctx: Context) -> int | None:
    """The best estimate; one not between the low and the high (9 of 992 rows of GED 21.1 for Indonesia) is counted and kept."""
    best, low, high = (record.read(key, _whole) for key in ("meninggal", "terendah", "tertinggi"))
    if best is not None and ((low is not None and low > best) or (high is not None and high < best)):
        ctx.ledger.note("DEATHS_RANGE")
    return best


def _when(record: Record) -> _When:
    """date_start to date_end, else year, month, day."""
    start, end = record.read("mulai", dates.parse), record.read("selesai", dates.parse)
    if start is not None:
        if end is not None and end.day < start.day:
            raise BadValue("R_DATE_ORDER", "selesai")
        several = end is not None and end.day > start.day
        return _When(start.day, "interval" if several else "day", end.day if end is not None and several else None)
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


SPEC = Spec(
    kind="incidents",
    fields=FIELDS,
    row=_row,
    reach_km=REACH_KM,
    known_to=_known_to,
    licence=LICENCE,
    attribution=ATTRIBUTION,
)
