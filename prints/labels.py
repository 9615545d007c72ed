"""Where names go on the map: greedy, without overlaps, and nothing lost.

A name is tried in its area (at the pole of inaccessibility, then around it), then on rings outside with a leader line; what does
not fit becomes a number on the map and a line of the numbered list. So placed + listed = all, in the order given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in mm
Boxes = npt.NDArray[np.float64]

_RINGS = (3.0, 5.0, 7.5, 10.5, 14.0, 18.0)  # mm from the anchor to the nearest edge of the name
_TURNS = tuple(np.radians([0, 180, 315, 45, 135, 225, 270, 90, 337, 22, 202, 157, 292, 67, 247, 112]))
_DOT = 0.9  # mm kept free around the anchor of every other area


@dataclass(frozen=True)
class Wanted:
    """A name to be placed: `shape` is its area on the page, `width` and `height` those of the text, in mm."""

    key: str
    shape: BaseGeometry
    width: float
    height: float


@dataclass(frozen=True)
class Placed:
    """A name (or, where `number` is set, its number) on the map: centre x, y; `leader` from the name to its area."""

    key: str
    x: float
    y: float
    box: Box
    number: int | None = None
    leader: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Labels:
    """What stands on the map, and the keys of the numbered list in order of their numbers (1, 2, ...)."""

    placed: tuple[Placed, ...]
    listed: tuple[str, ...]


def anchor(shape: BaseGeometry) -> tuple[float, float, float]:
    """The pole of inaccessibility of the largest part of an area and its distance to the edge, mm."""
    part = max(shapely.get_parts(shape), key=lambda item: float(item.area))
    circle = shapely.maximum_inscribed_circle(part, tolerance=0.25)
    x, y = circle.coords[0]
    return float(x), float(y), float(circle.length)


class _Board:
    """What is taken already: boxes and leader lines."""

    def __init__(self, frame: Box, taken: Sequence[Box], soft: Sequence[Box]) -> None:
        self.frame = frame
        self.boxes: Boxes = np.array(taken, dtype=np.float64).reshape(-1, 4)
        self.soft: Boxes = np.array(soft, dtype=np.float64).reshape(-1, 4)
        self.lines: list[shapely.LineString] = []

    def free(self, box: Box, dots: Boxes) -> bool:
        x0, y0, x1, y1 = box
        left, top, right, bottom = self.frame
        if x0 < left or y0 < top or x1 > right or y1 > bottom:
            return False
        if _touches(self.boxes, box) or _touches(self.soft, box) or _touches(dots, box):
            return False
        shape = shapely.box(*box)
        return not any(line.intersects(shape) for line in self.lines)

    def clear(self, line: shapely.LineString) -> bool:
        """Whether a leader line crosses no box and no other leader."""
        if any(other.intersects(line) for other in self.lines):
            return False
        near = self.boxes[_hits(self.boxes, line.bounds)] if len(self.boxes) else self.boxes
        return not any(shapely.box(*box).intersects(line) for box in near)

    def take(self, box: Box, line: shapely.LineString | None) -> None:
        self.boxes = np.vstack((self.boxes, np.array(box)))
        if line is not None:
            self.lines.append(line)


def _hits(boxes: Boxes, box: Box) -> npt.NDArray[np.bool_]:
    return (boxes[:, 0] < box[2]) & (boxes[:, 2] > box[0]) & (boxes[:, 1] < box[3]) & (boxes[:, 3] > box[1])


def _touches(boxes: Boxes, box: Box) -> bool:
    return bool(len(boxes)) and bool(_hits(boxes, box).any())


def _around(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def place(
    wanted: Sequence[Wanted],
    frame: Box,
    taken: Sequence[Box] = (),
    soft: Sequence[Box] = (),
    digit: tuple[float, float] = (1.5, 2.6),
    optional: bool = False,
) -> Labels:
    """Place every name inside `frame` clear of the `taken` boxes, and of the `soft` ones where that is possible.

    Names are placed from the largest area to the smallest; numbers follow the order of `wanted`, `digit` being the width and
    height of one figure. A number that fits nowhere is listed all the same and not drawn. `optional` names (of neighbours)
    are left out where their area has no room.
    """
    board = _Board(frame, taken, soft)
    seen = [i for i, item in enumerate(wanted) if not item.shape.is_empty]  # an area outside the frame is listed
    anchors = {i: anchor(wanted[i].shape) for i in seen}
    dots = {i: _around(x, y, 2 * _DOT, 2 * _DOT) for i, (x, y, _) in anchors.items()}
    order = sorted(seen, key=lambda i: (-float(wanted[i].shape.area), wanted[i].key))
    done: dict[int, Placed] = {}
    for step in (_inside,) if optional else (_inside, _on_ring, _unpicky):
        for i in (i for i in order if i not in done):
            found = step(board, wanted[i], anchors[i], _others(dots, i))
            if found:
                done[i] = found
    left_over = [] if optional else [i for i in range(len(wanted)) if i not in done]
    board.soft = board.soft[:0]
    numbers = {i: n for n, i in enumerate(left_over, start=1)}
    for i in (i for i in order if i in numbers):
        small = Wanted(wanted[i].key, wanted[i].shape, digit[0] * len(str(numbers[i])) + 1.1, digit[1])
        others = _others(dots, i)
        spot = _inside(board, small, anchors[i], others, whole=False) or _on_ring(board, small, anchors[i], others)
        if spot:
            done[i] = Placed(spot.key, spot.x, spot.y, spot.box, numbers[i], spot.leader)
    return Labels(tuple(done[i] for i in sorted(done)), tuple(wanted[i].key for i in left_over))


def _others(dots: dict[int, Box], but: int) -> Boxes:
    return np.array([dot for i, dot in dots.items() if i != but]).reshape(-1, 4)


def _unpicky(board: _Board, item: Wanted, at: tuple[float, float, float], dots: Boxes) -> Placed | None:
    """Inside or on a ring, over symbols if need be."""
    soft, board.soft = board.soft, board.soft[:0]
    found = _inside(board, item, at, dots) or _on_ring(board, item, at, dots)
    board.soft = soft
    return found


def _inside(
    board: _Board, item: Wanted, at: tuple[float, float, float], dots: Boxes, whole: bool = True
) -> Placed | None:
    """Within the area: at the pole, then on a lattice around it; `whole`: the name must not stick out of the area by much."""
    x, y, room = at
    tries = [(x, y)]
    if room > item.height / 2:
        x0, y0, x1, y1 = item.shape.bounds
        step_x, step_y = max(item.width / 3, (x1 - x0) / 12), max(item.height, (y1 - y0) / 12)
        grid = [(gx, gy) for gx in np.arange(x0, x1, step_x) for gy in np.arange(y0, y1, step_y)]
        tries += sorted(
            ((float(gx), float(gy)) for gx, gy in grid), key=lambda p: (abs(p[0] - x) + 1.5 * abs(p[1] - y), p)
        )
    shapely.prepare(item.shape)
    for n, (gx, gy) in enumerate(tries):
        box = _around(gx, gy, item.width, item.height)
        core = shapely.box(
            box[0] + 0.04 * item.width,
            box[1] + 0.15 * item.height,
            box[2] - 0.04 * item.width,
            box[3] - 0.15 * item.height,
        )
        if (whole or n) and not item.shape.covers(core):
            continue
        if board.free(box, dots):
            board.take(box, None)
            return Placed(item.key, gx, gy, box)
    return None


def _on_ring(board: _Board, item: Wanted, at: tuple[float, float, float], dots: Boxes) -> Placed | None:
    """Outside on a ring, tied to the pole by a leader line."""
    x, y, _ = at
    for radius in _RINGS:
        for turn in _TURNS:
            dx, dy = float(np.cos(turn)), float(np.sin(turn))
            box = _around(
                x + dx * (radius + item.width / 2), y + dy * (radius + item.height / 2), item.width, item.height
            )
            if not board.free(box, dots):
                continue
            end = min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])
            line = shapely.LineString(((x, y), end))
            if line.length < 0.8 or not board.clear(line):
                continue
            board.take(box, line)
            return Placed(item.key, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box, leader=(*end, x, y))
    return None
