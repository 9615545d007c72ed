"""Cutting rings and lines into tiles, all of them at once.

Rings are halved again and again, as a quadtree, each time by Sutherland and Hodgman's rule (1974); lines are cut segment by segment
(Liang and Barsky 1984). Coordinates are tile units of one zoom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from publish.protobuf import EXTENT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BUFFER = 64  # units kept beyond the edge of a tile


@dataclass(frozen=True)
class Parts:
    """Rings (not closed) or lines: `xy` (V, 2), `starts` (R + 1,), `owner` (R,), `tile` (R, 2)."""

    xy: Floats
    starts: Ints
    owner: Ints
    tile: Ints

    def take(self, keep: npt.NDArray[np.bool_]) -> Parts:
        """Only the parts with `keep` (R,)."""
        size = np.diff(self.starts)
        return Parts(self.xy[np.repeat(keep, size)], offsets(size[keep]), self.owner[keep], self.tile[keep])


def offsets(sizes: Ints) -> Ints:
    """Sizes (R,) to where each begins, and the end (R + 1,)."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))


def distinct(parts: Parts, *, closed: bool) -> Parts:
    """Without vertices that repeat the one before (and, in rings, a last one that repeats the first); parts under 3 (2) vertices go."""
    size = np.diff(parts.starts)
    keep = np.ones(len(parts.xy), dtype=bool)
    keep[1:] = (parts.xy[1:] != parts.xy[:-1]).any(axis=1)
    keep[parts.starts[:-1][size > 0]] = True
    if closed:
        first, last = parts.starts[:-1], parts.starts[1:] - 1
        keep[last[(size > 1) & (parts.xy[first] == parts.xy[last]).all(axis=1)]] = False
    part = np.repeat(np.arange(len(size)), size)
    left = np.bincount(part[keep], minlength=len(size))
    return Parts(parts.xy[keep], offsets(left), parts.owner, parts.tile).take(left >= (3 if closed else 2))


def ring_areas(parts: Parts) -> Floats:
    """Signed area of each ring (R,), positive for outer rings as MVT counts."""
    if not len(parts.owner):
        return np.empty(0)
    follow = _next(parts.starts)
    base = np.repeat(parts.xy[parts.starts[:-1]], np.diff(parts.starts), axis=0)
    a, b = parts.xy - base, parts.xy[follow] - base
    return np.add.reduceat(a[:, 0] * b[:, 1] - b[:, 0] * a[:, 1], parts.starts[:-1]) / 2.0


def rings_to_tiles(rings: Parts, zoom: int) -> Parts:
    """Every ring cut to every tile (with BUFFER) it touches; `tile` of the input is ignored."""
    low, high = rings.xy.min(axis=0) - BUFFER, rings.xy.max(axis=0) + BUFFER
    depth = 0
    while ((low // (EXTENT << depth)) != (high // (EXTENT << depth))).any() and depth < zoom:
        depth += 1
    root = np.zeros(2, dtype=np.int64) if depth == zoom else (low // (EXTENT << depth)).astype(np.int64)
    parts = Parts(rings.xy, rings.starts, rings.owner, np.broadcast_to(root, (len(rings.owner), 2)))
    for level in range(depth - 1, -1, -1):
        for axis in (0, 1):
            parts = _halves(parts, axis, EXTENT << level)
    return parts


def _halves(parts: Parts, axis: int, width: int) -> Parts:
    """Each ring cut to the two halves of its tile along one axis; `tile` is refined on that axis."""
    children = []
    for side in (0, 1):
        tile = parts.tile.copy()
        tile[:, axis] = tile[:, axis] * 2 + side
        child = Parts(parts.xy, parts.starts, parts.owner, tile)
        child = _cut(child, axis, -1.0, tile[:, axis] * width - BUFFER)
        children.append(_cut(child, axis, 1.0, (child.tile[:, axis] + 1) * width + BUFFER))
    one, two = children
    return Parts(
        np.concatenate((one.xy, two.xy)),
        np.concatenate((one.starts, two.starts[1:] + one.starts[-1])),
        np.concatenate((one.owner, two.owner)),
        np.concatenate((one.tile, two.tile)),
    )


def _next(starts: Ints) -> Ints:
    follow = np.arange(1, starts[-1] + 1)
    full = starts[1:] > starts[:-1]
    follow[starts[1:][full] - 1] = starts[:-1][full]
    return follow


def _cut(parts: Parts, axis: int, sign: float, limit: Ints) -> Parts:
    """Keep what has sign * coordinate <= sign * limit (R,) of each ring."""
    size = np.diff(parts.starts)
    beyond = sign * (parts.xy[:, axis] - np.repeat(limit, size))
    inside = beyond <= 0.0
    follow = _next(parts.starts)
    cross = inside != inside[follow]
    many = inside.astype(np.int64) + cross
    at = offsets(many)
    out = np.empty((int(at[-1]), 2))
    out[at[:-1][inside]] = parts.xy[inside]
    here = np.flatnonzero(cross)
    there = follow[here]
    share = (beyond[here] / (beyond[here] - beyond[there]))[:, None]
    point = parts.xy[here] * (1.0 - share) + parts.xy[there] * share
    point[:, axis] = np.repeat(limit, size)[here]
    out[at[:-1][here] + inside[here]] = point
    starts = at[parts.starts]
    return Parts(out, starts, parts.owner, parts.tile).take(np.diff(starts) >= 3)


def lines_to_tiles(lines: Parts, zoom: int) -> Parts:
    """Every line cut to every tile (with BUFFER) it touches, in whole units, pieces in order."""
    size = np.diff(lines.starts)
    line = np.repeat(np.arange(len(size)), size)
    here = np.flatnonzero(line[:-1] == line[1:])
    a, b = lines.xy[here], lines.xy[here + 1]
    edge = (1 << zoom) - 1
    low = np.clip((np.minimum(a, b) - BUFFER) // EXTENT, 0, edge).astype(np.int64)
    high = np.clip((np.maximum(a, b) + BUFFER) // EXTENT, 0, edge).astype(np.int64)
    wide = high - low + 1
    count = wide[:, 0] * wide[:, 1]
    seg = np.repeat(np.arange(len(here)), count)
    nth = np.arange(len(seg)) - np.repeat(offsets(count)[:-1], count)
    tile = low[seg] + np.column_stack((nth % wide[seg, 0], nth // wide[seg, 0]))
    begin, end, keep = _window(a[seg], b[seg], tile)
    begin, end, tile, seg = np.rint(begin[keep]), np.rint(end[keep]), tile[keep], seg[keep]
    order = np.lexsort((seg, tile[:, 1], tile[:, 0]))
    begin, end, tile, seg = begin[order], end[order], tile[order], seg[order]
    new = np.ones(len(seg), dtype=bool)
    new[1:] = (
        (tile[1:] != tile[:-1]).any(axis=1)
        | (here[seg[1:]] != here[seg[:-1]] + 1)
        | (begin[1:] != end[:-1]).any(axis=1)
    )
    first = np.flatnonzero(new)
    pieces = np.diff(np.append(first, len(seg)))
    starts = offsets(pieces + 1)
    xy = np.empty((int(starts[-1]), 2))
    xy[starts[:-1]] = begin[first]
    rest = np.ones(len(xy), dtype=bool)
    rest[starts[:-1]] = False
    xy[rest] = end
    return distinct(Parts(xy, starts, lines.owner[line[here[seg[first]]]], tile[first]), closed=False)


def _window(a: Floats, b: Floats, tile: Ints) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Segments cut to their buffered tiles, and whether anything is left."""
    low, high = tile * EXTENT - BUFFER, (tile + 1) * EXTENT + BUFFER
    step = b - a
    enter, leave = np.zeros(len(a)), np.ones(len(a))
    keep = np.ones(len(a), dtype=bool)
    for axis in (0, 1):
        still = step[:, axis] == 0
        divisor = np.where(still, 1.0, step[:, axis])
        one, two = (low[:, axis] - a[:, axis]) / divisor, (high[:, axis] - a[:, axis]) / divisor
        enter = np.where(still, enter, np.maximum(enter, np.minimum(one, two)))
        leave = np.where(still, leave, np.minimum(leave, np.maximum(one, two)))
        keep &= ~still | ((a[:, axis] >= low[:, axis]) & (a[:, axis] <= high[:, axis]))
    keep &= enter <= leave
    begin = np.where(enter[:, None] > 0, a + step * enter[:, None], a)
    end = np.where(leave[:, None] < 1, a + step * leave[:, None], b)
    return begin, end, keep
