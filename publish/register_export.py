"""The register as a file for the desk: csv, xlsx or geojson; personal data masked and the names of sources left out unless asked for raw.

This is no publication: it holds unverified records, each with its state. What may go out is in the snapshots.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
import xlsxwriter

from core import formula, privacy
from core.errors import ConfigError
from core.words import DEFAULT_LANGUAGE, say
from publish.register_layer import shown_key
from store.register import Register, ReportVersion
from store.register.models import CONTENT
from store.register.nouns import Filter

Row = Mapping[str, Any]
_HEAD = ("key", "version", "verification", "known_on", "recorded_at", "flags")
_SECRET = (
    "who",
    "why",
    "source_name",
)  # informants are exempt from disclosure (UU 14/2008 art. 17); officers are nobody's business
_FREE = ("text", "name")
_LONGEST_CELL = 32_767


def columns(kind: str, *, raw: bool) -> tuple[str, ...]:
    """The columns of a file, in order."""
    content = tuple(column.name for column in CONTENT[kind])
    every = (*_HEAD, *content, "who", "why")
    return every if raw else tuple(name for name in every if name not in _SECRET)


def write(
    register: Register,
    kind: str,
    format_: str,
    wanted: Filter,
    *,
    raw: bool = False,
    as_of: date | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> tuple[bytes, int]:
    """The file and how many records it holds, latest recorded first; raises ConfigError E_REGISTER_FORMAT."""
    if format_ not in _WRITERS:
        raise ConfigError("E_REGISTER_FORMAT", value=format_[:40], known=", ".join(_WRITERS))
    count = 0

    def rows() -> Iterator[Row]:
        nonlocal count
        for version in register.each(replace(wanted, passable=not raw), kind=kind, as_of=as_of):
            count += 1
            yield _row(version, raw, lang)

    made = _WRITERS[format_](kind, columns(kind, raw=raw), rows(), lang)
    return made, count


def _row(version: ReportVersion, raw: bool, lang: str) -> Row:
    row: dict[str, Any] = {
        **version.content,
        "key": version.key if raw else shown_key(version.kind, version.key),
        "version": version.version,
        "verification": version.verification,
        "known_on": version.known_on,
        "recorded_at": version.recorded_at,
        "flags": ",".join(version.flags),
        "who": version.who,
        "why": version.why,
    }
    if not raw:
        row |= {name: privacy.mask(row[name], lang) for name in _FREE if isinstance(row.get(name), str)}
    return row


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _csv(kind: str, names: tuple[str, ...], rows: Iterator[Row], lang: str) -> bytes:
    """UTF-8 with BOM, as Excel wants it; what a spreadsheet would run is made harmless."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        cells = [_plain(row[name]) for name in names]
        writer.writerow([formula.neutralise(cell) if isinstance(cell, str) else cell for cell in cells])
    return text.getvalue().encode("utf-8-sig", "replace")


def _xlsx(kind: str, names: tuple[str, ...], rows: Iterator[Row], lang: str) -> bytes:
    """One sheet, its header in the reader's language; texts are cells of text, never formulas."""
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(kind)
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        quoted = book.add_format({"quote_prefix": True})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(names):
            sheet.write_string(0, column, say(f"register.column.{name}", lang), bold)
        for number, row in enumerate(rows, 1):
            for column, name in enumerate(names):
                _cell(sheet, number, column, row[name], day, quoted)
    return buffer.getvalue()


def _cell(sheet: Any, row: int, column: int, value: Any, day: Any, quoted: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_string(row, column, value.isoformat(timespec="seconds"))
    elif isinstance(value, date) and value.year >= 1900:  # Excel knows no earlier day
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, str | date):
        text = str(_plain(value))[:_LONGEST_CELL]
        sheet.write_string(row, column, text, quoted if formula.neutralise(text) != text else None)
    elif value is not None:
        sheet.write_number(row, column, value)


def _geojson(kind: str, names: tuple[str, ...], rows: Iterator[Row], lang: str) -> bytes:
    """A FeatureCollection; a record known to an area only has no geometry, as its place is no point."""
    features = []
    for row in rows:
        point = None
        if row["lon"] is not None:
            point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
        properties = {name: _plain(row[name]) for name in names if name not in {"lon", "lat"}}
        features.append({"type": "Feature", "geometry": point, "properties": properties})
    return orjson.dumps({"type": "FeatureCollection", "features": features})


_WRITERS: dict[str, Callable[[str, tuple[str, ...], Iterator[Row], str], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "geojson": _geojson,
}
