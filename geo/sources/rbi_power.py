"""Power plants of the topographic map (RBI, Badan Informasi Geospasial): where they stand, of which type, since which year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field, normal
from geo.sources.placing import LAT, LON, Placement
from geo.sources.records import Record, row_id
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec

FIELDS = (
    Field("id", ("objectid 1", "objectid")),
    Field("nama", ("namobj",), True),
    Field("jenis", ("jnspls",), True),
    Field("tahun", ("thnopr",)),
    Field("srs", ("srs id",)),
    replace(LON, names=("longitude",), required=True),
    replace(LAT, names=("latitude",), required=True),
)
MARKS = frozenset({"namobj", "jnspls", "thnopr", "regpln"})
ATTRIBUTION = "Badan Informasi Geospasial (Peta Rupabumi Indonesia)"
_GEOGRAPHIC = ("srgi", "wgs", "dgn", "4326", "9470", "lonlat", "geografis", "geographic")
_YEARS = (1890, 2100)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One site per plant, kind power_plant; permit unknown, operating from its year where the map gives one. Raises as `stream.read`."""
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    srs = normal(record.text("srs"))
    if srs and ("utm" in srs or not any(word in srs for word in _GEOGRAPHIC)):
        raise BadValue("R_SRS", "srs")
    year = record.read("tahun", _year)
    if isinstance(where, BadValue):
        raise where
    name, kind = record.text("nama"), record.text("jenis")
    return [
        {
            "id": row_id(ctx.name, record),
            "name": name or kind or row_id(ctx.name, record),
            "kind": "power_plant",
            "permit": "unknown",
            "stage": "unknown" if year is None else "operating",
            "valid_from": None if year is None else date(year, 1, 1),
            "valid_to": None,
            **where.columns(ctx.name),
        }
    ]


def _year(value: Cell) -> int | None:
    """The year it began to run; 0 and '-' are how the map writes that nobody knows. Raises BadValue R_YEAR."""
    if isinstance(value, str) and value.strip() in {"", "-", "0"}:
        return None
    try:
        year = numbers.count(value, "en")
    except BadValue:
        raise BadValue("R_YEAR") from None
    if year in (None, 0):
        return None
    if not _YEARS[0] <= (year or 0) <= _YEARS[1]:
        raise BadValue("R_YEAR")
    return year


SPEC = Spec(kind="sites", fields=FIELDS, row=_row, attribution=ATTRIBUTION)
