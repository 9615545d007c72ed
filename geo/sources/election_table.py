"""The result of an election by area: the votes of every pair of candidates, or the margin itself; from a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.errors import InputError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import figures, numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import Placement
from geo.sources.records import Record
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec

MOST_CANDIDATES = 12
_DECIMAL = re.compile(r"[+-]?\d{1,3}([.,]\d+)?")  # no margin has thousands
SELISIH = Field(
    "selisih",
    (
        "selisih persen", "selisih", "persen selisih", "persentase selisih", "margin", "margin persen", "margin kemenangan",
        "selisih kemenangan", "margin of victory", "winning margin",
    ),
)  # fmt: skip
SAH = Field("suara_sah", ("suara sah", "jumlah suara sah", "total suara sah", "valid votes"))
KOSONG = Field("kotak_kosong", ("kotak kosong", "kolom kosong", "suara kotak kosong", "suara kolom kosong"))


def _candidate(number: int) -> Field:
    called = ("paslon", "pasangan calon", "calon", "kandidat", "nomor urut", "no urut", "candidate")
    names = [
        f"{lead}{word} {shown}" for lead in ("", "suara ") for word in called for shown in (number, f"{number:02d}")
    ]
    return Field(f"paslon_{number}", tuple(names))


PASLON = tuple(_candidate(number) for number in range(1, MOST_CANDIDATES + 1))
FIELDS = (SELISIH, SAH, *PASLON, KOSONG, figures.TANGGAL, *figures.PLACE)


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per area; margin = 100 x (first - second) / all valid votes, from the votes where they are given.

    Raises InputError E_ELECTION_COLUMNS (neither votes of two candidates nor a margin), E_MARGIN_SHARE (margins that are all at most 1:
    shares, not percent); and as `stream.read`.
    """
    opened = stream.open_stream(source, paths, places, SPEC)
    given = opened.mapping.keys()
    votes = [field.key for field in (*PASLON, KOSONG) if field.key in given]
    if "selisih" not in given and len(votes) < 2:
        raise InputError("E_ELECTION_COLUMNS", place=Place(file=paths[0].name), there=", ".join(opened.headers))
    layer = stream.read(source, paths, places, SPEC)
    margin = layer.rows["margin"]
    if len(votes) < 2 and len(margin) > 1 and margin.max() <= 1:
        raise InputError("E_MARGIN_SHARE", place=Place(file=paths[0].name), value=f"{margin.max():g}")
    return layer


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    votes = [
        count
        for field in (*PASLON, KOSONG)
        if (count := record.read(field.key, partial(numbers.count, style=ctx.styles[field.key]))) is not None
    ]
    stated = record.read("selisih", _percent)
    valid = record.read("suara_sah", partial(numbers.count, style=ctx.styles["suara_sah"]))
    margin = stated if len(votes) < 2 else _margin(votes, valid)
    if margin is None:
        raise BadValue("R_MARGIN_EMPTY", "selisih")
    return [figures.row(record, where, ctx, figures.since(record, ctx), margin=margin)]


def _margin(votes: list[int], valid: int | None) -> float:
    """Percent of all votes between the first and the second."""
    total = sum(votes)
    if valid is not None and valid != total:
        raise BadValue("R_VOTES_TOTAL", "suara_sah", counted=str(total))
    if not total:
        raise BadValue("R_VOTES_NONE", "suara_sah")
    first, second = sorted(votes, reverse=True)[:2]
    return 100.0 * (first - second) / total


def _percent(value: Cell) -> float | None:
    """0..100, with or without the sign; its one point or comma stands before decimals. Raises BadValue R_NUMBER, R_MARGIN."""
    text = value.strip().removesuffix("%").strip() if isinstance(value, str) else value
    if isinstance(text, str) and _DECIMAL.fullmatch(text):
        text = float(text.replace(",", "."))
    number = numbers.decimal(text, "id")
    if number is not None and not 0 <= number <= 100:
        raise BadValue("R_MARGIN")
    return number


SPEC = Spec(kind="elections", fields=FIELDS, row=_row, styled=tuple(field.key for field in (SAH, *PASLON, KOSONG)))
