"""Coal resource points of the ministry of energy (ESDM): where coal was found and measured, not who may dig."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field
from geo.sources.incident_table import row_id
from geo.sources.placing import LAT, LON, Placement, place, usable
from geo.sources.records import Ledger, Record, info, layer_name, read_records

FIELDS = (
    Field("nama", ("object name",), True),
    Field("mineral", ("mineral type",), True),
    replace(LON, names=("longitude",), required=True),
    replace(LAT, names=("latitude",), required=True),
)
ATTRIBUTION = "Kementerian ESDM (sumber daya batubara)"


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One site per point, kind coal_mine; permit and stage are unknown, for a resource is neither. Raises as placing does."""
    ledger = Ledger()
    records = read_records(paths, FIELDS, source, ledger)
    placed = place(records, source, places, ledger)
    name = layer_name(source, paths)
    rows = usable(records, placed, ledger, lambda record, where: _row(record, where, name))
    return Layer(info(source, paths, ledger, attribution=ATTRIBUTION), frame("sites", rows))


def _row(record: Record, where: Placement | BadValue, name: str) -> dict[str, object]:
    if record.fault is not None:
        raise record.fault
    mineral = record.text("mineral").lower()
    if mineral and "batubara" not in mineral and "coal" not in mineral:
        raise BadValue("R_NOT_COAL", "mineral")
    if isinstance(where, BadValue):
        raise where
    return {
        "id": row_id(name, record),
        "name": record.text("nama") or row_id(name, record),
        "kind": "coal_mine",
        "permit": "unknown",
        "stage": "unknown",
        "valid_from": None,
        "valid_to": None,
        **where.columns(name),
    }
