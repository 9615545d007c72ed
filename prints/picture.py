"""The map itself as SVG on the whole page: ground, hexes, borders, symbols, names, graticule and frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
import shapely
from shapely.geometry.base import BaseGeometry

from core.palette import CLASS_COLOURS, HATCH_COLOUR
from core.words import say
from prints import fonts, mapsvg
from prints.content import Subject
from prints.frame import Frame, graticule
from prints.ground import Ground, Hexes
from prints.labels import Box, Labels, Placed, Wanted, place
from prints.numerals import degrees, number
from prints.symbols import Marks, boxes, radius
from store.snapshot import Snapshot

INK, SEA, LAND = "#1a1a1a", "#f4f8fb", "#ebebe8"
BORDERS = {  # level: colour, width, dashes (mm)
    0: ("#5b7f9c", 0.22, None),
    1: (INK, 0.5, "3.2 0.8 0.6 0.8 0.6 0.8"),
    2: (INK, 0.42, "2.6 0.8 0.6 0.8"),
    3: (INK, 0.3, "1.8 0.7"),
    4: ("#4a4a4a", 0.18, "0.9 0.6"),
}
_NAME_SIZE = {2: 3.3, 3: 2.7, 4: 2.4}  # mm, by the level of the named area
_LINE = 1.12  # line height in em
_WRAP = 24.0  # mm: a longer name is set in two lines
_HATCH = 1.5  # mm between hatch lines
_DIGIT_SIZE = 2.3
_FAINT = 0.9  # size of the names around, beside those of the area


@dataclass(frozen=True)
class Drawn:
    """The picture, and what the margin must tell: (number, name) of the numbered names, counts of the symbols."""

    svg: str
    numbered: tuple[tuple[int, str], ...]
    borders: tuple[int, ...]
    wide: float


def draw(
    snapshot: Snapshot,
    who: Subject,
    frame: Frame,
    ground: Ground,
    hexes: Hexes,
    marks: Sequence[Marks],
    page: tuple[float, float],
) -> Drawn:
    """The picture of a page of `page` mm."""
    rows = snapshot.areas.select(["kode", "name", "level"]).to_pylist()
    names = {row["kode"]: row | {"name": short(str(row["name"]))} for row in rows}
    own, labels = _own_names(snapshot, who, frame, ground, marks, names)
    around = _neighbours(who, frame, ground, labels, names)
    text = {kode: str(names[kode]["name"]) for kode in own}
    deepest = 3 if frame.scale >= 1_000_000 else 4
    parts = [
        mapsvg.rect(frame.x, frame.y, frame.width, frame.height, SEA),
        mapsvg.path(mapsvg.d([ground.others]), LAND),
        *_lines(ground.borders.outside, deepest, grey=True),
        *_hexes(hexes, ground),
        *_net(frame),
        *_lines(ground.borders.inside, deepest, grey=False),
        *outline(ground.area),
        *(mapsvg.symbol(kind.kind, x, y, radius(marks)) for kind in marks for x, y in kind.at.tolist()),
        *(_sample(frame, say("mark.sample", who.lang)) if snapshot.manifest.sample else ()),
        *_scores(hexes, [*labels.placed, *around], marks, who.lang),
        *(_set(item, str(names[item.key]["name"]), _FAINT * _size(who.level), "italic", "#6b6b6b") for item in around),
        *_leaders(labels.placed),
        *(_label(item, text[item.key], _size(names[item.key]["level"])) for item in labels.placed),
        *_edge(frame, who.lang),
        mapsvg.rect(7, 7, page[0] - 14, page[1] - 14, "none", INK, 0.6),
    ]
    shown = {level for level in (*ground.borders.inside, *ground.borders.outside) if level <= deepest}
    numbered = tuple((n, text[key]) for n, key in enumerate(labels.listed, start=1))
    return Drawn(mapsvg.document(*page, parts), numbered, tuple(sorted(shown)), hexes.wide)


def short(name: str) -> str:
    """A name as it stands on a map: a regency without "Kabupaten"; a city keeps its "Kota"."""
    return name.removeprefix("Kabupaten ").strip() or name


def _size(level: int) -> float:
    return _NAME_SIZE.get(int(level), 3.3)


def wrapped(name: str, size: float, style: str = "bold") -> list[str]:
    """A name in one line, or in the two most even lines where it is long."""
    words = mapsvg.clean(name).split(" ")
    if len(words) < 2 or fonts.width(" ".join(words), size, style) <= _WRAP:
        return [" ".join(words)]
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return list(min(cuts, key=lambda pair: max(fonts.width(line, size, style) for line in pair)))


def _wanted(key: str, name: str, size: float, shape: BaseGeometry, style: str = "bold") -> Wanted:
    lines = wrapped(name, size, style)
    wide = max(fonts.width(line, size, style) for line in lines)
    return Wanted(key, shape, wide + 0.8, _LINE * size * len(lines) + 0.4)


def _own_names(
    snapshot: Snapshot,
    who: Subject,
    frame: Frame,
    ground: Ground,
    marks: Sequence[Marks],
    names: dict[str, dict[str, object]],
) -> tuple[list[str], Labels]:
    """The names of the areas one level down (of a village: its own), in code order."""
    level = min(who.level + 1, 4)
    rows = snapshot.areas.filter(pc.equal(snapshot.areas["level"], level))["kode"].to_pylist()
    own = sorted(kode for kode in rows if kode == who.kode or kode.startswith(who.kode + "."))
    wanted = []
    for kode in own:
        shape = ground.of(kode)
        if not shape.is_empty and shape.area > 0:
            wanted.append(_wanted(kode, str(names[kode]["name"]), _size(level), shape))
    return own, place(wanted, _inner(frame), soft=boxes(marks))


def _inner(frame: Frame) -> Box:
    x0, y0, x1, y1 = frame.box
    return x0 + 1.0, y0 + 1.0, x1 - 1.0, y1 - 1.0


def _neighbours(
    who: Subject, frame: Frame, ground: Ground, labels: Labels, names: dict[str, dict[str, object]]
) -> tuple[Placed, ...]:
    """Names of the areas around, of the same level (of a province: none), where there is room."""
    codes = sorted({".".join(kode.split(".")[: who.level]) for kode in ground.kode} - {who.kode})
    wanted = []
    for kode in codes:
        shape = ground.of(kode)
        if shape.area > 60.0:
            wanted.append(_wanted(kode, str(names[kode]["name"]), _FAINT * _size(who.level), shape, "italic"))
    taken = [item.box for item in labels.placed] + [_span(item.leader) for item in labels.placed if item.leader]
    return place(wanted, _inner(frame), taken, optional=True).placed


def _span(line: tuple[float, float, float, float]) -> Box:
    return min(line[0], line[2]), min(line[1], line[3]), max(line[0], line[2]), max(line[1], line[3])


def _label(item: Placed, name: str, size: float) -> str:
    if item.number is not None:
        x0, y0, x1, y1 = item.box
        badge = mapsvg.rect(x0 + 0.1, y0 + 0.1, x1 - x0 - 0.2, y1 - y0 - 0.2, "#ffffff", INK, 0.15)
        return badge + mapsvg.text(item.x, item.y + 0.36 * _DIGIT_SIZE, str(item.number), _DIGIT_SIZE, "bold")
    return _set(item, name, size, "bold", INK)


def _set(item: Placed, name: str, size: float, style: str, fill: str) -> str:
    lines = wrapped(name, size, style)
    top = item.y - _LINE * size * (len(lines) - 1) / 2 + 0.36 * size
    return "".join(
        mapsvg.text(item.x, top + _LINE * size * i, line, size, style, fill, halo=0.45) for i, line in enumerate(lines)
    )


def _leaders(placed: Iterable[Placed]) -> list[str]:
    lines = [item.leader for item in placed if item.leader]
    data = "".join(f"M{x0:.2f} {y0:.2f}L{x1:.2f} {y1:.2f}" for x0, y0, x1, y1 in lines)
    dots = [mapsvg.dot(x1, y1, 0.35, INK) for _, _, x1, y1 in lines]
    return [mapsvg.path(data, stroke=INK, width=0.16), *dots]


def _hexes(hexes: Hexes, ground: Ground) -> list[str]:
    parts = []
    edge = 0.12 if hexes.wide >= 2.0 else 0.04
    for level in range(6):
        shapes = hexes.shape[hexes.level == level]
        if not len(shapes):
            continue
        data = mapsvg.d(shapes)
        parts.append(mapsvg.path(data, CLASS_COLOURS[level], "#ffffff", edge))
        if level == 0:
            parts.append(mapsvg.path(mapsvg.d([hatch(shapely.union_all(shapes))]), stroke=HATCH_COLOUR, width=0.16))
    return parts


def hatch(shape: BaseGeometry) -> BaseGeometry:
    """Lines at 45 degrees over a shape: not monitored is not safe, and it must survive the photocopier."""
    x0, y0, x1, y1 = shape.bounds
    step = _HATCH * float(np.sqrt(2.0))
    starts = np.arange(np.floor((x0 - (y1 - y0)) / step) * step, x1, step)
    lines = [((x, y1), (x + (y1 - y0), y0)) for x in starts]
    drawn: BaseGeometry = shapely.intersection(shapely.multilinestrings(lines), shape)
    return drawn


def _lines(groups: dict[int, list[BaseGeometry]], deepest: int, grey: bool) -> list[str]:
    parts = []
    for level in sorted((n for n in groups if n <= deepest), reverse=True):
        colour, width, dash = BORDERS[level]
        if grey and level:
            colour, width = "#9a9a98", 0.7 * width
        if not grey:  # a white line under the dashes keeps them readable on dark classes
            parts.append(mapsvg.path(mapsvg.d(groups[level]), stroke="#ffffff", width=width + 0.3, opacity=0.6))
        parts.append(mapsvg.path(mapsvg.d(groups[level]), stroke=colour, width=width, dash=dash))
    return parts


def outline(shape: BaseGeometry) -> list[str]:
    """The outline of the sheet's own area."""
    data = mapsvg.d([shape])
    return [mapsvg.path(data, stroke="#ffffff", width=1.3, opacity=0.8), mapsvg.path(data, stroke=INK, width=0.6)]


def _net(frame: Frame) -> list[str]:
    lines, _ = graticule(frame)
    return [mapsvg.path(mapsvg.d(lines), stroke="#46708f", width=0.12, opacity=0.45)]


def _scores(hexes: Hexes, placed: Sequence[Placed], marks: Sequence[Marks], lang: str) -> list[str]:
    """The score in wide hexes where nothing else stands; else a dot in the highest class, which a copier makes like the next."""
    if hexes.wide < 11.0:
        highest = hexes.shape[hexes.level == 5]
        radius = 0.09 * hexes.wide
        whole = highest[shapely.area(highest) > 0.6 * hexes.wide**2] if hexes.wide >= 2.0 else highest[:0]
        return [
            mapsvg.dot(x, y, radius, "#ffffff") for x, y in shapely.get_coordinates(shapely.centroid(whole)).tolist()
        ]
    taken = np.array([*(item.box for item in placed), *boxes(marks)]).reshape(-1, 4)
    parts = []
    for shape, score, level in zip(hexes.shape, hexes.score.tolist(), hexes.level.tolist(), strict=True):
        x, y = shape.centroid.coords[0]
        room = shapely.box(x - 3.2, y - 1.4, x + 3.2, y + 1.4)
        x0, y0, x1, y1 = room.bounds
        busy = (taken[:, 0] < x1) & (taken[:, 2] > x0) & (taken[:, 1] < y1) & (taken[:, 3] > y0)
        if not level or busy.any() or not shape.covers(room):
            continue
        parts.append(
            mapsvg.text(x, y + 0.8, number(score, 1, lang), 2.3, "regular", "#ffffff" if level == 5 else "#333333")
        )
    return parts


def _sample(frame: Frame, words: str) -> list[str]:
    size = 0.8 * float(np.hypot(frame.width, frame.height)) / fonts.width(words, 1.0, "bold")
    x, y = frame.x + frame.width / 2, frame.y + frame.height / 2
    tilt = -float(np.degrees(np.arctan2(frame.height, frame.width)))
    return [mapsvg.outlined(x, y, words, size, tilt, "#7a0016", 0.4, 0.45)]


def _edge(frame: Frame, lang: str) -> list[str]:
    """The frame with degree ticks and figures on all four sides."""
    x0, y0, x1, y1 = frame.box
    parts = [mapsvg.rect(x0, y0, frame.width, frame.height, "none", INK, 0.45)]
    _, ticks = graticule(frame)
    for tick in ticks:
        words = degrees(tick.degrees, "lon" if tick.side in ("top", "bottom") else "lat", lang)
        out = {"top": (0.0, -1.5), "bottom": (0.0, 1.5), "left": (-1.5, 0.0), "right": (1.5, 0.0)}[tick.side]
        end = f"M{tick.x:.2f} {tick.y:.2f}L{tick.x + out[0]:.2f} {tick.y + out[1]:.2f}"
        parts.append(mapsvg.path(end, stroke=INK, width=0.3))
        half = fonts.width(words, 2.1) / 2
        if tick.side in ("top", "bottom"):
            x = min(max(tick.x, x0 + half), x1 - half)
            parts.append(mapsvg.text(x, y0 - 2.1 if tick.side == "top" else y1 + 3.7, words, 2.1))
        else:
            y = min(max(tick.y, y0 + half), y1 - half)
            x = x0 - 2.1 if tick.side == "left" else x1 + 3.7
            parts.append(mapsvg.text(x, y, words, 2.1, rotate=-90.0))
    return parts
