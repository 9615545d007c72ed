"""Posts (polsek, koramil, kantor camat) from a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources.faults import BadValue
from geo.sources.frames import frame
from geo.sources.headers import Field
from geo.sources.incident_table import row_id
from geo.sources.kinds import classify
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.placing import Placement, place, usable
from geo.sources.records import Ledger, Record, info, layer_name, read_records

NAMA = Field("nama", ("nama", "nama pos", "nama kantor", "kantor", "satuan", "name", "post"), True)
JENIS = Field("jenis", ("jenis", "jenis pos", "jenis kantor", "kategori", "instansi", "kind", "type"))
FIELDS = (NAMA, JENIS, *PLACE_FIELDS)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per post; the kind from its column, else from the name; raises as records, headers, sheets and placing do."""
    ledger = Ledger()
    records = read_records(paths, FIELDS, source, ledger)
    placed = place(records, source, places, ledger)
    name = layer_name(source, paths)
    rows = usable(records, placed, ledger, lambda record, where: _row(record, where, name, ledger))
    return Layer(info(source, paths, ledger), frame("posts", rows))


def _row(record: Record, where: Placement | BadValue, name: str, ledger: Ledger) -> dict[str, object]:
    if record.fault is not None:
        raise record.fault
    if isinstance(where, BadValue):
        raise where
    kind = classify("post", record.text("jenis")) or classify("post", record.text("nama"))
    if kind is None:
        ledger.note("KIND")
    return {
        "id": row_id(name, record),
        "name": record.text("nama") or row_id(name, record),
        "kind": kind or "other",
        **where.columns(name),
    }
