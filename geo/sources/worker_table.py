"""Foreign workers (TKA) as a count per area; a list of persons is refused, and a count so small that it points at persons is withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.errors import InputError
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import figures, numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field, normal
from geo.sources.placing import Placement
from geo.sources.records import Record
from geo.sources.stream import Context, LayerRow, Spec

LEAST = 5  # a smaller count could be traced to persons (the usual minimum cell size of statistical disclosure control)
TKA = Field(
    "tka",
    (
        "jumlah tka", "tka", "jumlah tenaga kerja asing", "tenaga kerja asing", "total tka", "jumlah wna", "jumlah pekerja asing",
        "pekerja asing", "foreign workers", "number of foreign workers", "workers",
    ),
    required=True,
)  # fmt: skip
FIELDS = (TKA, figures.TANGGAL, *figures.PLACE)
# Titles that only a list of persons has.
_PERSONAL = frozenset(
    {
        "nama", "nama tka", "nama lengkap", "nama pekerja", "name", "full name", "worker name", "paspor", "no paspor", "nomor paspor",
        "passport", "passport no", "passport number", "kitas", "no kitas", "nomor kitas", "kitap", "nik", "tanggal lahir", "tgl lahir",
        "tempat lahir", "date of birth", "jenis kelamin", "sex", "gender", "alamat", "no hp", "email",
    }
)  # fmt: skip


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per area; a count of 1 to 4 becomes unknown, a count of 0 stays 0.

    Columns of nationality, company or post are not taken over. Raises InputError E_WORKER_PERSONS for a list of persons; and as
    `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    count = record.read("tka", partial(numbers.count, style=ctx.styles["tka"]))
    if count is None:
        raise BadValue("R_WORKERS_EMPTY", "tka")
    made = figures.row(record, where, ctx, figures.since(record, ctx), workers=float(count))
    if 0 < count < LEAST:
        ctx.ledger.note("WORKERS_FEW")
        made["workers"] = None
    return [made]


def _refuse_persons(number: int, record: Record) -> None:
    """Raise InputError E_WORKER_PERSONS for a table with a column that only a list of persons has."""
    if number > 1:
        return
    personal = [title for title in record.layout.titles if normal(title) in _PERSONAL]
    if personal:
        raise InputError("E_WORKER_PERSONS", place=replace(record.place, row=None), columns=", ".join(personal))


SPEC = Spec(kind="workers", fields=FIELDS, row=_row, styled=("tka",), survey=_refuse_persons)
