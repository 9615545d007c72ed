"""The rows that could not be used, as a file a person opens in a spreadsheet, mends and sends again; never served."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import orjson

from core import formula
from core.words import DEFAULT_LANGUAGE, Phrase, say
from geo.layer import Layer, Rejected

FOLDER = "quarantine"
FAILED = "gagal"  # the rows of the last publish that was refused for having none left
COLUMNS = ("source", "file", "sheet", "row", "column", "value", "code", "reason", "todo", "raw")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def write(workspace: Path, snapshot_id: str, layers: Sequence[Layer], lang: str = DEFAULT_LANGUAGE) -> Path:
    """Write quarantine/<snapshot id>.csv (UTF-8 with BOM, as Excel wants it), one line per quarantined row in layer order."""
    rows = [line(layer.info.name, item, lang) for layer in layers for item in layer.info.rejected]
    path = workspace / FOLDER / f"{snapshot_id}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([say(f"quarantine.{name}", lang) for name in COLUMNS])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    draft = path.with_suffix(".tmp")
    draft.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))
    draft.replace(path)
    return path


def most_frequent(rejected: Sequence[Rejected], most: int = 3) -> tuple[Phrase, ...]:
    """The commonest reasons with their counts and the first row of each, for a message."""
    told = []
    for code, rows in Counter(item.code for item in rejected).most_common(most):
        first = next(item for item in rejected if item.code == code)
        why = Phrase(f"reason.{code}.message", first.params)
        told.append(Phrase("quarantine.count", {"code": code, "rows": rows, "row": first.place.row or "-", "why": why}))
    return tuple(told) or (Phrase("quarantine.nothing"),)


def line(source: str, item: Rejected, lang: str = DEFAULT_LANGUAGE) -> tuple[str, ...]:
    """One quarantined row in the order of COLUMNS."""
    place = item.place
    return (
        source,
        place.file or "",
        place.sheet or "",
        "" if place.row is None else str(place.row),
        place.column or "",
        place.value or "",
        item.code,
        say(f"reason.{item.code}.message", lang, **item.params),
        say(f"reason.{item.code}.hint", lang, **item.params),
        orjson.dumps(item.raw).decode(),
    )


def neutral(cell: str) -> str:
    """A cell no spreadsheet runs; plain numbers stay."""
    return cell if _NUMBER.fullmatch(cell) else formula.neutralise(cell)
