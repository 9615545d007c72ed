"""The small pictures of the margin: scale bar, north arrow, legend samples, location diagram; each its own SVG in millimetres."""

from __future__ import annotations

import math

import numpy as np
import pyarrow.compute as pc
import shapely

from core import codes
from core.numerals import number
from core.palette import CLASS_COLOURS, HATCH_COLOUR
from prints import mapsvg
from prints.content import Subject
from prints.frame import Frame, Points
from prints.names import INK
from prints.picture import BORDERS, LAND, SEA, hatch
from store.snapshot import Snapshot

_ROUND = (1.0, 2.0, 4.0, 6.0, 8.0)


def scale_bar(scale: int, longest: float, lang: str) -> str:
    """A bar of four parts, at most `longest` mm, in round metres or kilometres."""
    most = longest * scale / 1000.0  # metres
    power = 10.0 ** math.floor(math.log10(most))
    length = max(step * p for p in (power / 10, power) for step in _ROUND if step * p <= most)
    unit, per = ("km", 1000.0) if length >= 1000.0 else ("m", 1.0)
    wide = length * 1000.0 / scale
    x = 2.0
    parts = []
    for i in range(4):
        parts.append(mapsvg.rect(x + wide * i / 4, 3.6, wide / 4, 1.5, INK if i % 2 == 0 else "#ffffff", INK, 0.2))
    for i in (0, 2, 4):
        value = length / per * i / 4
        words = number(value, 0 if value == int(value) else 2 if value * 10 != int(value * 10) else 1, lang)
        parts.append(mapsvg.text(x + wide * i / 4, 2.7, words, 2.3))
    parts.append(mapsvg.text(x + wide + 5.2, 5.0, unit, 2.3))
    return mapsvg.document(longest + 10.0, 6.0, parts)


def north(letter: str) -> str:
    """The arrow."""
    left, right = "M5 0.5L5 10L1.8 12.5Z", "M5 0.5L5 10L8.2 12.5Z"
    parts = [mapsvg.path(left, INK, INK, 0.2), mapsvg.path(right, "#ffffff", INK, 0.2)]
    return mapsvg.document(10.0, 16.5, [*parts, mapsvg.text(5.0, 16.0, letter, 3.2, "bold")])


def swatch(level: int) -> str:
    """A legend box of a class, with its numeral."""
    parts = [mapsvg.rect(0.15, 0.15, 7.7, 4.2, CLASS_COLOURS[level], "#555555", 0.2)]
    if level == 0:
        lines = hatch(shapely.box(0.15, 0.15, 7.85, 4.35))
        parts.append(mapsvg.path(mapsvg.d([lines]), stroke=HATCH_COLOUR, width=0.2))
    else:
        parts.append(mapsvg.text(4.0, 3.2, str(level), 2.6, "bold", "#ffffff" if level == 5 else INK))
    if level == 5:
        parts += [mapsvg.dot(x, 2.25, 0.45, "#ffffff") for x in (1.4, 6.6)]
    return mapsvg.document(8.0, 4.5, parts)


def line_sample(level: int | None) -> str:
    """A legend line of a border level; None is the outline of the sheet's area."""
    colour, width, dash = BORDERS[level] if level is not None else (INK, 0.6, None)
    return mapsvg.document(8.0, 3.0, [mapsvg.path("M0.2 1.5L7.8 1.5", stroke=colour, width=width, dash=dash)])


def ground_sample(colour: str) -> str:
    """A legend box of the ground around the area."""
    return mapsvg.document(8.0, 3.0, [mapsvg.rect(0.15, 0.15, 7.7, 2.7, colour, "#9a9a98", 0.15)])


def symbol_sample(kind: str) -> str:
    """A legend symbol."""
    return mapsvg.document(8.0, 3.0, [mapsvg.symbol(kind, 4.0, 1.5, 1.2)])


def location(snapshot: Snapshot, who: Subject, frame: Frame, side: tuple[float, float]) -> str:
    """The area inside the unit two levels up (a regency: inside its province), with the frame of the map."""
    scope = max(1, who.level - 2)
    home = codes.ancestor(who.kode, scope)
    every = snapshot.areas.select(["kode", "level", "geometry"])
    among = pc.sum(pc.equal(every["level"], 1)).as_py() > 1 and who.level == 1  # a province among provinces
    table = every.filter(pc.equal(every["level"], 1 if among else min(scope + 1, 3)))
    kode = np.array(table["kode"].to_pylist(), dtype=object)
    shapes = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object))
    if not among:
        inside = np.array([codes.covers(home, k) for k in kode], dtype=bool)
        kode, shapes = kode[inside], shapes[inside]
    own = shapely.from_wkb(snapshot.areas.filter(pc.equal(snapshot.areas["kode"], who.kode))["geometry"][0].as_py())
    west, south, east, north_ = shapely.total_bounds(shapes)
    stretch = math.cos(math.radians((south + north_) / 2))
    fit = min((side[0] - 3.0) / ((east - west) * stretch), (side[1] - 3.0) / (north_ - south))
    left = (side[0] - (east - west) * stretch * fit) / 2
    top = (side[1] - (north_ - south) * fit) / 2

    def page(lonlat: Points) -> Points:
        return np.column_stack((left + (lonlat[:, 0] - west) * stretch * fit, top + (north_ - lonlat[:, 1]) * fit))

    drawn = shapely.transform(shapes, page)
    if shapely.coverage_is_valid(drawn):
        drawn = shapely.coverage_simplify(drawn, 0.12)
    parent = np.array([codes.covers(k, who.kode) and k != who.kode for k in kode], dtype=bool)
    area = shapely.transform(own, page).simplify(0.08)
    x0, y0, x1, y1 = shapely.transform(shapely.box(*frame.bounds()), page).bounds
    box = shapely.clip_by_rect(shapely.box(x0, y0, x1, y1).exterior, 0.2, 0.2, side[0] - 0.2, side[1] - 0.2)
    parts = [
        mapsvg.rect(0.1, 0.1, side[0] - 0.2, side[1] - 0.2, SEA, "#555555", 0.2),
        mapsvg.path(mapsvg.d(drawn), LAND, "#8a8a88", 0.15),
        mapsvg.path(mapsvg.d(drawn[parent]), "#d5d0bd", "#6a6a68", 0.2),
        mapsvg.path(mapsvg.d([area]), "#9c1f2e", INK, 0.1),
        mapsvg.path(mapsvg.d(drawn) if who.level == 1 and not among else "", stroke="#ffffff", width=0.15),
        mapsvg.path(mapsvg.d([box]), stroke="#1f5fbf", width=0.3),
    ]
    return mapsvg.document(*side, parts)
