"""The embedded areas of Kaltim and small helpers for tests of readers."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import xlsxwriter

from core.settings import Source
from geo.boundaries import AreaTree, build_tree
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import embedded
from geo.sources.registry import reader


@cache
def tree() -> AreaTree:
    return build_tree(embedded.read(Source(kind="boundaries", reader="embedded"), []), ["64"])


@cache
def places() -> Places:
    return Places.of(tree())


def read(kind: str, by: str, /, *paths: Path, **more: object) -> Layer:
    """A layer by the registry, as publish reads it."""
    source = Source(kind=kind, reader=by, **more)
    layer: Layer = reader(kind, by)(source, list(paths), places())
    assert layer.info.ledger().accepted + layer.info.ledger().quarantined == layer.info.rows_in
    return layer


def codes(layer: Layer) -> dict[str, int]:
    """Quarantine codes and how often."""
    return dict(Counter(item.code for item in layer.info.rejected))


def warned(layer: Layer) -> dict[str, dict[str, object]]:
    return {item.code: dict(item.params) for item in layer.info.warnings}


def text_file(folder: Path, text: str, name: str = "kejadian.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder: Path, rows: list[list[object]], name: str = "kejadian.xlsx") -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Data")
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if isinstance(value, tuple):  # a formula and the value kept beside it
                sheet.write_formula(i, j, value[0], value=value[1])
            elif value is not None:
                sheet.write(i, j, value)
    book.close()
    return path
