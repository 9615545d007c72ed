"""The door of this room: one sheet of one area as PDF bytes, the same bytes for the same snapshot."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import import_module
from typing import Any

import orjson
import pyarrow.compute as pc
import segno
import shapely
import typst

from core.errors import ConfigError
from core.numerals import number
from core.palette import CLASS_COLOURS
from core.words import say
from prints import content, fonts, furniture, geopdf, ground, picture, symbols
from prints.content import Facts, Subject
from prints.frame import Frame, fit
from store.snapshot import Snapshot

LAYOUTS = {"a3": "prints.layouts.a3"}


def render(
    snapshot: Snapshot, kode: str, *, layout: str = "a3", lang: str = "id", base_url: str | None = None
) -> bytes:
    """The sheet of the area `kode`; `base_url` makes the QR code.

    Raises NotFoundError E_AREA, ConfigError E_LAYOUT or E_PRINT_FONTS.
    """
    address = LAYOUTS.get(layout)
    if address is None:
        raise ConfigError("E_LAYOUT", value=layout[:40], known=", ".join(sorted(LAYOUTS)))
    form = import_module(address)
    who = content.subject(snapshot, kode, lang)
    own = snapshot.areas.filter(pc.equal(snapshot.areas["kode"], kode))["geometry"][0].as_py()
    frame = fit(shapely.from_wkb(own), form.MAP, form.MARGIN)
    land = ground.lay(snapshot.areas, kode, frame)
    cells = ground.hexes(snapshot, kode, land, frame)
    marks = symbols.marks(snapshot, kode, land.area, frame)
    drawn = picture.draw(snapshot, who, frame, land, cells, marks, form.PAGE)
    link = f"{base_url.rstrip('/')}/#area={kode}" if base_url else ""
    facts = _facts(snapshot, who, frame, form, drawn, cells, marks, link)
    raw = _typeset(form.TEMPLATE.read_bytes(), facts, snapshot.manifest.as_of)
    title = f"{say('sheet.title', lang)}, {who.name}"
    return geopdf.finish(raw, frame, form.PAGE[1], title, f"{kode}, {snapshot.id}, EPSG:{frame.epsg}, 1:{frame.scale}")


def _facts(
    snapshot: Snapshot,
    who: Subject,
    frame: Frame,
    form: Any,
    drawn: picture.Drawn,
    cells: ground.Hexes,
    marks: list[symbols.Marks],
    link: str,
) -> Facts:
    """Everything the template shows, as JSON-able values."""
    lang = who.lang
    scale = number(frame.scale, 0, lang)
    samples, small = _samples(drawn, marks, lang)
    score = content.judgement(who, snapshot)
    score |= {"colour": CLASS_COLOURS[score["class"]], "ink": "#ffffff" if score["class"] == 5 else "#1a1a1a"}
    notes = [
        say("sheet.legend.note", lang, base=snapshot.manifest.resolution),
        say("sheet.legend.drawn", lang, drawn=cells.resolution),
        say("sheet.legend.edge_note", lang),
        *([say("sheet.symbol.unmapped", lang)] if marks else []),
    ]
    when = date.fromisoformat(snapshot.manifest.as_of)
    return {
        "lang": lang,
        "page": form.PAGE,
        "column": form.COLUMN,
        "document": {
            "title": f"{say('sheet.title', lang)}: {who.name}",
            "author": f"petarawan {snapshot.manifest.version}",
            "date": {"year": when.year, "month": when.month, "day": when.day},
        },
        "heading": content.heading(who, snapshot),
        "map": {
            "scale": say("sheet.scale", lang, scale=scale),
            "projection": say("sheet.projection", lang, zone=frame.zone),
            "datum": say("sheet.datum", lang, epsg=frame.epsg),
        },
        "alt": {
            "map": say("sheet.map_alt", lang, name=who.name, scale=scale),
            "north": say("sheet.north", lang),
            "qr": say("sheet.qr_alt", lang, name=who.name),
        },
        "legend": {
            **{name: say(f"sheet.legend.{name}", lang) for name in ("head", "class", "range", "cells", "km2")},
            "rows": content.class_rows(who, snapshot),
            "samples": samples,
            "note": " ".join(notes),
        },
        "location": {
            "head": say("sheet.location.head", lang),
            "alt": say("sheet.location_alt", lang, name=who.name),
            "width": form.LOCATION[0],
        },
        "score": score,
        "badge": content.badge(who, snapshot),
        "top": content.highest(who, snapshot),
        "numbered": {"head": say("sheet.numbered.head", lang), "items": [(str(n), name) for n, name in drawn.numbered]},
        "sources": {"head": say("sheet.sources.head", lang), "lines": content.sources(snapshot, lang)},
        "edition": content.edition(who, snapshot, bool(link)),
        "svg": {
            "map": drawn.svg,
            "bar": furniture.scale_bar(frame.scale, 58.0, lang),
            "north": furniture.north(say("sheet.north", lang)),
            "location": furniture.location(snapshot, who, frame, form.LOCATION),
            "qr": _qr(link),
            **{f"swatch{level}": furniture.swatch(level) for level in range(6)},
            **small,
        },
    }


def _samples(drawn: picture.Drawn, marks: list[symbols.Marks], lang: str) -> tuple[list[Facts], dict[str, str]]:
    """Legend entries for lines and symbols that stand on this map, and their pictures."""
    entries = [("own", furniture.line_sample(None), say("sheet.legend.area", lang))]
    for level in sorted(drawn.borders, key=lambda n: n or 9):
        label = say(f"sheet.legend.border_{level}" if level else "sheet.legend.edge", lang)
        entries.append((f"line{level}", furniture.line_sample(level), label))
    for key, colour in (("others", picture.LAND), ("sea", picture.SEA)):
        entries.append((key, furniture.ground_sample(colour), say(f"sheet.legend.{key}", lang)))
    for mark in marks:
        label = say(f"sheet.symbol.{mark.kind}", lang)
        counts = {"drawn": number(len(mark.at), 0, lang), "total": number(mark.total, 0, lang), "label": label}
        entries.append(
            (mark.kind, furniture.symbol_sample(mark.kind), say(f"sheet.symbol.{mark.note}", lang, **counts))
        )
    return [{"svg": key, "label": words} for key, _, words in entries], {key: svg for key, svg, _ in entries}


def _qr(link: str) -> str:
    if not link:
        return ""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, dark="#111111", light="#ffffff"
    )
    return out.getvalue().decode("utf-8")


@cache
def _fonts(home: str) -> Any:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[home])


def _typeset(template: bytes, facts: Facts, as_of: str) -> bytes:
    compiler = typst.Compiler(template, font_paths=_fonts(fonts.home()))
    noon = datetime.combine(date.fromisoformat(as_of), time(12), tzinfo=UTC)
    pdf: Any = compiler.compile(format="pdf", sys_inputs={"data": orjson.dumps(facts).decode("utf-8")}, timestamp=noon)
    return bytes(pdf)
