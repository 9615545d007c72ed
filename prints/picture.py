"""The map itself as SVG on the whole page: ground, hexes, borders, symbols, names, graticule and frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from core.codes import ancestor, covers
from core.numerals import degrees, number
from core.palette import CLASS_COLOURS, HATCH_COLOUR
from core.words import say
from prints import fonts, mapsvg
from prints.content import Subject
from prints.frame import Frame, graticule
from prints.ground import Ground, Hexes
from prints.labels import Box
from prints.names import INK, lay_out
from prints.symbols import Marks, boxes, radius
from store.snapshot import Snapshot

SEA, LAND = "#f4f8fb", "#ebebe8"
BORDERS = {  # level: colour, width, dashes (mm)
    0: ("#5b7f9c", 0.22, None),
    1: (INK, 0.5, "3.2 0.8 0.6 0.8 0.6 0.8"),
    2: (INK, 0.42, "2.6 0.8 0.6 0.8"),
    3: (INK, 0.3, "1.8 0.7"),
    4: ("#4a4a4a", 0.18, "0.9 0.6"),
}
_UNIT = 100.0  # mm2: borders of units smaller than this on average are not drawn
_ISLET = 6.0  # mm2
_HATCH = 1.5  # mm between hatch lines


@dataclass(frozen=True)
class Drawn:
    """The picture, and what the margin must tell: (number, name) of the numbered names, levels of the borders drawn."""

    svg: str
    numbered: tuple[tuple[int, str], ...]
    borders: tuple[int, ...]


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
    names = lay_out(snapshot, who, frame, ground, marks)
    deepest = _deepest(who, ground)
    parts = [
        mapsvg.rect(frame.x, frame.y, frame.width, frame.height, SEA),
        mapsvg.path(mapsvg.d([ground.others]), LAND),
        *_lines(ground.borders.outside, deepest, grey=True),
        *_hexes(hexes),
        *_net(frame),
        *_lines(ground.borders.inside, deepest, grey=False),
        *outline(ground.area),
        *(mapsvg.symbol(kind.kind, x, y, radius(marks)) for kind in marks for x, y in kind.at.tolist()),
        *(_sample(frame, say("mark.sample", who.lang)) if snapshot.manifest.sample else ()),
        *_scores(hexes, [*names.boxes, *boxes(marks)], who.lang),
        *names.drawn,
        *_edge(frame, who.lang),
        mapsvg.rect(7, 7, page[0] - 14, page[1] - 14, "none", INK, 0.6),
    ]
    shown = {level for level in (*ground.borders.inside, *ground.borders.outside) if level <= deepest}
    return Drawn(mapsvg.document(*page, parts), names.numbered, tuple(sorted(shown)))


def _hexes(hexes: Hexes) -> list[str]:
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


def _deepest(who: Subject, ground: Ground) -> int:
    """The deepest level whose borders are drawn: that of the named areas, and deeper where units are large enough on paper."""
    own = [kode for kode in ground.kode if covers(who.kode, kode)]
    counts = {level: len({ancestor(kode, level) for kode in own}) for level in (2, 3, 4)}
    roomy = [level for level, count in counts.items() if count and ground.area.area / count >= _UNIT]
    return min(4, max(who.level + 1, *roomy, 2))


def outline(shape: BaseGeometry) -> list[str]:
    """The outline of the sheet's own area, thinner around islets, which it would cover."""
    parts = shapely.get_parts(shape)
    large = shapely.area(parts) >= _ISLET
    data, small = mapsvg.d(parts[large]), mapsvg.d(parts[~large])
    casing = [mapsvg.path(data, stroke="#ffffff", width=1.3, opacity=0.8)]
    return [*casing, mapsvg.path(data, stroke=INK, width=0.55), mapsvg.path(small, stroke=INK, width=0.2)]


def _net(frame: Frame) -> list[str]:
    lines, _ = graticule(frame)
    return [mapsvg.path(mapsvg.d(lines), stroke="#46708f", width=0.12, opacity=0.45)]


def _scores(hexes: Hexes, covered: Sequence[Box], lang: str) -> list[str]:
    """The score in wide hexes where nothing else stands; else a dot in the highest class, which a copier makes like the next."""
    if hexes.wide < 11.0:
        highest = hexes.shape[hexes.level == 5]
        radius = 0.09 * hexes.wide
        whole = highest[shapely.area(highest) > 0.6 * hexes.wide**2] if hexes.wide >= 2.0 else highest[:0]
        return [
            mapsvg.dot(x, y, radius, "#ffffff") for x, y in shapely.get_coordinates(shapely.centroid(whole)).tolist()
        ]
    taken = np.array(covered).reshape(-1, 4)
    parts = []
    for shape, score, level in zip(hexes.shape, hexes.score.tolist(), hexes.level.tolist(), strict=True):
        x, y = shape.centroid.coords[0]
        room = shapely.box(x - 3.2, y - 1.4, x + 3.2, y + 1.4)
        x0, y0, x1, y1 = room.bounds
        busy = (taken[:, 0] < x1) & (taken[:, 2] > x0) & (taken[:, 1] < y1) & (taken[:, 3] > y0)
        if np.isnan(score) or busy.any() or not shape.covers(room):
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
