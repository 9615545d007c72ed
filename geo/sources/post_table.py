"""Posts (polsek, koramil, kantor camat) from a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kinds import classify
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.placing import Placement
from geo.sources.records import Record, row_id
from geo.sources.stream import Context, LayerRow, Spec

NAMA = Field("nama", ("nama", "nama pos", "nama kantor", "kantor", "satuan", "name", "post"), True)
JENIS = Field("jenis", ("jenis", "jenis pos", "jenis kantor", "kategori", "instansi", "kind", "type"))
FIELDS = (NAMA, JENIS, *PLACE_FIELDS)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per post; the kind from its column, else from the name; raises as `stream.read`."""
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    if isinstance(where, BadValue):
        raise where
    kind = classify("post", record.text("jenis")) or classify("post", record.text("nama"))
    if kind is None:
        ctx.ledger.note("KIND")
    row = {
        "id": row_id(ctx.name, record),
        "name": record.text("nama") or row_id(ctx.name, record),
        "kind": kind or "other",
        **where.columns(ctx.name),
    }
    return [row]


SPEC = Spec(kind="posts", fields=FIELDS, row=_row)
