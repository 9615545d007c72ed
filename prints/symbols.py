"""The points of a sheet: incidents, polling stations, sites and posts whose place is exactly known, thinned to what can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry.base import BaseGeometry

from prints.frame import Frame, Points
from store.snapshot import Snapshot

_RADII = ((60, 1.25), (200, 1.0))  # up to so many symbols on the map: radius in mm
_SMALLEST = 0.8
_APART = (2.0, 3.0, 4.0)  # mm: symbols of one kind nearer than this are drawn once; the next where too many are left
_ROOM = 90.0  # mm2 of map per symbol of one kind; a layer that is denser is left out at this scale
_FEW = 25  # symbols are drawn on the smallest map
_OWN_SIGN = ("galian_c", "coal_mine")


@dataclass(frozen=True)
class Marks:
    """One kind of symbol: page points drawn (M, 2), how many rows the area has in all, how many with an exact place."""

    kind: str
    at: Points
    total: int
    known: int

    @property
    def note(self) -> str:
        """Which words of `sheet.symbol` tell what is drawn: all, some, dense (left out) or unplaced."""
        if not self.known:
            return "unplaced"
        return "dense" if not len(self.at) else "all" if len(self.at) == self.total else "some"


def marks(snapshot: Snapshot, kode: str, area: BaseGeometry, frame: Frame) -> list[Marks]:
    """Every kind that has rows in the area `kode`, whose outline on the page is `area`."""
    found: list[Marks] = []
    there = {table.name for table in snapshot.manifest.tables}
    for name, kind in (("incidents", "incident"), ("tps", "tps"), ("sites", "site"), ("posts", "post")):
        if name not in there:
            continue
        table = snapshot.table(name)
        table = table.filter(pc.or_(pc.equal(table["kode"], kode), pc.starts_with(table["kode"], kode + ".")))
        kinds = (
            np.array(table["kind"].to_pylist(), dtype=object)
            if kind == "site"
            else np.full(table.num_rows, kind, object)
        )
        if kind == "site":
            kinds[~np.isin(kinds, _OWN_SIGN)] = "site"
        for sign in sorted(set(kinds.tolist())):
            rows = table.filter(pa.array(kinds == sign))
            exact = _exact(rows, area, frame)
            found.append(Marks(sign, _thinned(exact, float(area.area)), rows.num_rows, len(exact)))
    return found


def radius(found: Sequence[Marks]) -> float:
    """The radius of every symbol on this map, mm: smaller where there are many."""
    many = sum(len(kind.at) for kind in found)
    return next((size for most, size in _RADII if many <= most), _SMALLEST)


def boxes(found: Sequence[Marks]) -> list[tuple[float, float, float, float]]:
    """What the symbols cover."""
    r = radius(found)
    return [(x - r, y - r, x + r, y + r) for kind in found for x, y in kind.at.tolist()]


def _exact(rows: pa.Table, area: BaseGeometry, frame: Frame) -> Points:
    known = pc.and_(pc.equal(rows["precision"], "exact"), pc.is_valid(rows["lon"]))
    rows = rows.filter(pc.and_(known, pc.is_valid(rows["lat"])))
    page = frame.to_page(np.column_stack((rows["lon"].to_numpy(), rows["lat"].to_numpy())))
    shapely.prepare(area)
    return page[shapely.intersects_xy(area, page[:, 0], page[:, 1])]


def _thinned(page: Points, room: float) -> Points:
    page = page[np.lexsort((page[:, 0], page[:, 1]))]
    for apart in _APART:
        _, first = np.unique(np.floor(page / apart), axis=0, return_index=True)
        if len(first) <= max(_FEW, room / _ROOM):
            return page[np.sort(first)]
    return page[:0]
