"""Which reader a file is for, judged by what is in it: first bytes, then the headers of its table or the attributes of its layer.

A proposal is for a person, or for a command that was given no reader; it is never more than that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from gzip import GzipFile
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType

import shapely

from core.crs import LONLAT
from core.errors import PetarawanError
from core.words import Phrase
from geo.sources import boundary_columns, kontur, registry
from geo.sources.forms import form_of
from geo.sources.headers import normal
from geo.sources.kinds import classify
from geo.sources.placing import FIELDS as PLACE_FIELDS
from geo.sources.sheets import Grid, read_head
from geo.sources.table_files import open_grids
from geo.sources.vectors import read_features

_HEAD = 1 << 18  # bytes looked at of a text
_ROWS = 200
_SEARCHED = 30  # rows a letter-head may take
_DATABASE = b"SQLite format 3"
_PLACES = frozenset(field.key for field in PLACE_FIELDS)
_WORDED = {"incidents": "incident", "sites": "site", "posts": "post"}  # kind -> category of kinds.toml
_AREAS = ("Polygon", "MultiPolygon")
_BY_FORM = {"json": "geojson", "gpkg": "gpkg", "shapefile": "shapefile"}
_LAYERS = frozenset({*_BY_FORM, "filegdb"})


@dataclass(frozen=True)
class Proposal:
    """kind and reader as the registry names them; score 0..1; why, in words."""

    kind: str
    reader: str
    score: float
    why: Phrase


@dataclass(frozen=True)
class _Seen:
    """What a file shows: candidate header rows, some rows under each, whether its shapes are areas."""

    form: str
    tables: tuple[tuple[tuple[str, ...], tuple[tuple[object, ...], ...]], ...]
    areas: bool | None = None


def propose(path: Path) -> list[Proposal]:
    """Readers that fit, best first; empty where none does or the file cannot be opened (reading it says why)."""
    try:
        head = read_head(path, _HEAD)
        form = form_of(path, head[:4096])
        packed = form == "gzip"
        if packed:
            head, form = _inside(path)
        if form == "tiff":
            return [Proposal("population", "geotiff", 0.9, Phrase("detect.form", {"form": "GeoTIFF"}))]
        if form == "text" and re.search(rb"insert\s+into\s+[`\"]?wilayah_boundaries", head, re.I):
            return [
                Proposal("boundaries", "cahyadsn_sql", 1.0, Phrase("detect.form", {"form": "SQL wilayah_boundaries"}))
            ]
        seen = _look(path, head, form, packed=packed)
    except (PetarawanError, OSError, EOFError):
        return []
    found = [item for item in _judged(seen) if item.score > 0]
    return sorted(found, key=lambda item: (-item.score, item.kind, item.reader))


def _inside(path: Path) -> tuple[bytes, str]:
    """The beginning of what a gzipped file holds."""
    with GzipFile(path) as stream:
        head = stream.read(_HEAD)
    return head, "gpkg" if head.startswith(_DATABASE) else "text"


def _look(path: Path, head: bytes, form: str, *, packed: bool) -> _Seen:
    if form == "json":
        titles, areas = _json_keys(head)
        return _Seen(form, ((titles, ()),), areas)
    if form in ("gpkg", "shapefile", "filegdb"):
        if packed:  # as Kontur gives out its cells
            return _Seen(form, tuple(_tables(kontur.grids(path))), True)
        found = read_features(path, crs=LONLAT, most=_ROWS)  # where it lies does not matter here
        shape = next((row.wkb for row in found.rows if row.wkb), None)
        areas = None if shape is None else shapely.from_wkb(shape).geom_type in _AREAS
        return _Seen(form, ((tuple(found.columns), ()),), areas)
    return _Seen(form, tuple(_tables(open_grids(path))))


def _tables(grids: Iterable[Grid]) -> Iterator[tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]]:
    """Every row that may be a header, with the rows after it."""
    for grid in grids:
        rows = [cells for _, cells in islice(grid.rows, _ROWS)]
        for i, cells in enumerate(rows[:_SEARCHED]):
            texts = tuple("" if cell is None else str(cell) for cell in cells)
            if sum(bool(text) for text in texts) > 1:
                yield texts, tuple(rows[i + 1 :])


def _json_keys(head: bytes) -> tuple[tuple[str, ...], bool | None]:
    """The property names of the first features of a GeoJSON, and whether their shapes are areas."""
    text = head.decode("utf-8", errors="ignore")
    keys: dict[str, None] = {}
    decoder = json.JSONDecoder()
    for at in re.finditer(r'"properties"\s*:\s*(?=\{)', text):
        try:
            found, _ = decoder.raw_decode(text, at.end())
        except (ValueError, RecursionError):
            break
        keys |= dict.fromkeys(str(key) for key in found)
    shape = re.search(r'"type"\s*:\s*"(Point|MultiPoint|LineString|MultiLineString|Polygon|MultiPolygon)"', text)
    return tuple(keys), None if shape is None else shape[1] in _AREAS


def _judged(seen: _Seen) -> Iterator[Proposal]:
    for kind, readers in registry.READERS.items():
        for name, address in readers.items():
            module = import_module(address)
            if kind == "boundaries":
                yield from _boundary(seen, name, module)
            elif hasattr(module, "SPEC"):
                fits = [_fit(titles, rows, kind, module, seen) for titles, rows in seen.tables]
                score, columns = max(fits, default=(0.0, ""))
                yield Proposal(kind, name, round(score, 3), Phrase("detect.columns", {"columns": columns}))


def _boundary(seen: _Seen, name: str, module: ModuleType) -> Iterator[Proposal]:
    """Layers of areas by the columns their reader knows; its own reader before the one for any layer."""
    known = getattr(module, "KNOWN", None)
    usual = known is None
    if usual and name != _BY_FORM.get(seen.form):
        return
    if seen.areas is False or seen.form not in _LAYERS:
        return
    known = known or boundary_columns.USUAL
    for titles, _ in seen.tables:
        there = {boundary_columns.plain(title): title for title in titles}
        columns = [there[key] for key in (*known.kode, *known.name) if key in there]
        parents = [there[key] for names in known.parents for key in names if key in there]
        has = any(key in there for key in known.kode or known.name) and any(key in there for key in known.name)
        if has:
            score = (0.5 if usual else 0.8) + 0.05 * min(3, len(parents))
            yield Proposal("boundaries", name, round(score, 3), _columns([*columns, *parents]))


def _fit(
    titles: Sequence[str], rows: Sequence[Sequence[object]], kind: str, module: ModuleType, seen: _Seen
) -> tuple[float, str]:
    """How well a header row fits a table reader: 0 where a required column is missing (a layer's shapes are its coordinates).

    A reader of one source (it has MARKS, headers of that source alone) stands above one for any table; that takes no areas.
    """
    marks = getattr(module, "MARKS", None)
    layer = seen.form in _LAYERS
    if layer and seen.areas and marks is None:
        return 0.0, ""
    there = {normal(title): title for title in titles if normal(title)}
    fields = [field for field in module.SPEC.fields if not (layer and field.key in _PLACES)]
    hits = {
        field.key: next(there[name] for name in field.names if name in there)
        for field in fields
        if there.keys() & set(field.names)
    }
    if any(field.required and field.key not in hits for field in fields):
        return 0.0, ""
    shown = ", ".join(list(hits.values())[:6])
    if marks is not None:
        share = len(there.keys() & marks) / len(marks)
        return (0.6 + 0.4 * share if share >= 0.5 else 0.0), shown
    own = [field for field in fields if field.key not in _PLACES]
    fitting = [field for field in own if field.key in hits]
    if not fitting:  # a place and nothing else says nothing of the kind
        return 0.0, ""
    score = 0.2 + 0.2 * len(fitting) / len(own)
    return score + 0.2 * _recognised(titles, rows, kind, hits), shown


def _recognised(titles: Sequence[str], rows: Sequence[Sequence[object]], kind: str, hits: dict[str, str]) -> float:
    """Share of the rows whose kind is one of the words this kind of table uses."""
    at = next((list(titles).index(hits[key]) for key in ("jenis", "nama") if key in hits), None)
    category = _WORDED.get(kind)
    if category is None or at is None:
        return 1.0 if category is None else 0.0
    cells = [str(row[at]) for row in rows if at < len(row) and row[at] is not None]
    return sum(classify(category, cell) is not None for cell in cells) / len(cells) if cells else 0.0


def _columns(titles: Sequence[str]) -> Phrase:
    return Phrase("detect.columns", {"columns": ", ".join(titles[:6])})
