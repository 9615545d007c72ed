"""Coal resource points of the ministry of energy (ESDM): where coal was found and measured, not who may dig."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import LAT, LON, Placement
from geo.sources.records import Record, row_id
from geo.sources.stream import Context, LayerRow, Spec

MARKS = frozenset(
    {"object name", "mineral type", "mineral grade", "total resource", "year measured", "hypotherical resource"}
)
FIELDS = (
    Field("nama", ("object name",), True),
    Field("mineral", ("mineral type",), True),
    replace(LON, names=("longitude",), required=True),
    replace(LAT, names=("latitude",), required=True),
)
ATTRIBUTION = "Kementerian ESDM (sumber daya batubara)"


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One site per point, kind coal_mine; permit and stage are unknown, for a resource is neither. Raises as `stream.read`."""
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    mineral = record.text("mineral").lower()
    if mineral and "batubara" not in mineral and "coal" not in mineral:
        raise BadValue("R_NOT_COAL", "mineral")
    if isinstance(where, BadValue):
        raise where
    row = {
        "id": row_id(ctx.name, record),
        "name": record.text("nama") or row_id(ctx.name, record),
        "kind": "coal_mine",
        "permit": "unknown",
        "stage": "unknown",
        "valid_from": None,
        "valid_to": None,
        **where.columns(ctx.name),
    }
    return [row]


SPEC = Spec(kind="sites", fields=FIELDS, row=_row, attribution=ATTRIBUTION)
