"""The names on a map: those of the areas one level down, those of the neighbours in grey, numbers and leader lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from shapely.geometry.base import BaseGeometry

from core.codes import ancestor, covers
from prints import fonts, mapsvg
from prints.content import Subject
from prints.frame import Frame
from prints.ground import Ground
from prints.labels import Box, Placed, Wanted, place
from prints.mapsvg import clean
from prints.symbols import Marks, boxes
from store.snapshot import Snapshot

INK = "#1a1a1a"
_GREY = "#6b6b6b"
_NAME_SIZE = {1: 3.3, 2: 3.3, 3: 2.7, 4: 2.4}  # mm, by the level of the named area
_LINE = 1.12  # line height in em
_WRAP = 24.0  # mm: a longer name is set in two lines
_DIGIT_SIZE = 2.3
_FAINT = 0.9  # size of the names around, beside those of the area
_LONGEST = 60.0  # mm: a longer line than this goes to the numbered list
_NEVER = 10_000.0  # mm: fits nowhere
_LEAST = 60.0  # mm2: a neighbour that shows less of itself is not named


@dataclass(frozen=True)
class Names:
    """What to draw, which boxes it covers, and the numbered list of the margin: (number, name)."""

    drawn: tuple[str, ...]
    boxes: tuple[Box, ...]
    numbered: tuple[tuple[int, str], ...]


def lay_out(snapshot: Snapshot, who: Subject, frame: Frame, ground: Ground, marks: Sequence[Marks]) -> Names:
    """All names of a sheet: of its areas every one is placed or listed, of its neighbours those that have room."""
    level = min(who.level + 1, 4)
    own = sorted({ancestor(kode, level) for kode in ground.kode if covers(who.kode, kode)})
    others = sorted({ancestor(kode, who.level) for kode in ground.kode} - {who.kode})
    table = snapshot.areas.select(["kode", "name"]).filter(pc.is_in(snapshot.areas["kode"], pa.array([*own, *others])))
    name = {kode: short(text) for kode, text in zip(*(column.to_pylist() for column in table.columns), strict=True)}
    x0, y0, x1, y1 = frame.box
    inner = (x0 + 1.0, y0 + 1.0, x1 - 1.0, y1 - 1.0)
    size, small = _NAME_SIZE[level], _FAINT * _NAME_SIZE[who.level]
    labels = place([_wanted(kode, name[kode], size, ground.of(kode)) for kode in own], inner, soft=boxes(marks))
    taken = [item.box for item in labels.placed] + [_span(item.leader) for item in labels.placed if item.leader]
    shapes = ((kode, ground.of(kode)) for kode in others)
    asked = [_wanted(kode, name[kode], small, shape, "italic") for kode, shape in shapes if shape.area > _LEAST]
    around = place(asked, inner, taken, optional=True).placed
    drawn = (
        *(_set(item, name[item.key], small, "italic", _GREY) for item in around),
        *_leaders(labels.placed),
        *(_number(item) if item.number else _set(item, name[item.key], size, "bold", INK) for item in labels.placed),
    )
    numbered = tuple((n, name[key]) for n, key in enumerate(labels.listed, start=1))
    return Names(drawn, tuple(item.box for item in (*labels.placed, *around)), numbered)


def short(name: str) -> str:
    """A name as it stands on a map: a regency without "Kabupaten"; a city keeps its "Kota"."""
    return clean(name).removeprefix("Kabupaten ") or clean(name)


def wrapped(name: str, size: float, style: str = "bold") -> list[str]:
    """A name in one line, or in the two most even lines where it is long."""
    words = clean(name).split(" ")
    if len(words) < 2 or fonts.width(" ".join(words), size, style) <= _WRAP:
        return [" ".join(words)]
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return list(min(cuts, key=lambda pair: max(fonts.width(line, size, style) for line in pair)))


def _wanted(key: str, name: str, size: float, shape: BaseGeometry, style: str = "bold") -> Wanted:
    lines = wrapped(name, size, style)
    wide = max(fonts.width(line, size, style) for line in lines)
    return Wanted(key, shape, wide + 0.8 if wide <= _LONGEST else _NEVER, _LINE * size * len(lines) + 0.4)


def _span(line: tuple[float, float, float, float]) -> Box:
    return min(line[0], line[2]), min(line[1], line[3]), max(line[0], line[2]), max(line[1], line[3])


def _number(item: Placed) -> str:
    x0, y0, x1, y1 = item.box
    badge = mapsvg.rect(x0 + 0.1, y0 + 0.1, x1 - x0 - 0.2, y1 - y0 - 0.2, "#ffffff", INK, 0.15)
    return badge + mapsvg.text(item.x, item.y + 0.36 * _DIGIT_SIZE, str(item.number), _DIGIT_SIZE, "bold")


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
