"""A published table as a feature collection: rows chosen by area, box and time, joined from ready GeoJSON fragments."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date

import h3ronpy.vector
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from core.cells import from_text, to_text
from core.errors import RequestError
from formats.features import feature_bytes
from store.manifest import Manifest
from store.snapshot import Snapshot

BLOCK = 1024  # rows turned into fragments at a time
KEPT_BLOCKS = 32
ID_COLUMN = {"cells": "cell", "areas": "kode", "incidents": "id", "tps": "id", "sites": "id"}
TIME_COLUMNS = {"incidents": ("occurred_on", "occurred_on"), "sites": ("valid_from", "valid_to")}
Box = tuple[float, float, float, float]
Rows = npt.NDArray[np.int64]
Period = tuple[date | None, date | None]


@dataclass(frozen=True)
class Collection:
    """One table. `boxes` float64 (N, 4) west, south, east, north, NaN where a row has no place; rows keep the table's order."""

    name: str
    table: pa.Table
    manifest: Manifest
    kode: npt.NDArray[np.str_]
    boxes: npt.NDArray[np.float64]
    _blocks: OrderedDict[int, list[bytes]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def select(self, box: Box | None, kode: str | None, period: Period | None) -> Rows:
        """Row numbers, ascending, of the features that meet the box, lie in the area and fall in the period."""
        keep = np.ones(len(self), dtype=bool)
        if kode is not None:
            keep &= (self.kode == kode) | np.char.startswith(self.kode, kode + ".")
        if period is not None:
            keep &= self._in_period(period)
        if box is not None:
            keep &= self._in_box(box)
        return np.flatnonzero(keep)

    def _in_box(self, box: Box) -> npt.NDArray[np.bool_]:
        west, south, east, north = box
        b = self.boxes
        meets = (b[:, 0] <= east) & (b[:, 2] >= west) & (b[:, 1] <= north) & (b[:, 3] >= south)
        within = meets & (b[:, 0] >= west) & (b[:, 2] <= east) & (b[:, 1] >= south) & (b[:, 3] <= north)
        unsure = np.flatnonzero(meets & ~within)  # the envelope crosses the edge of the box: ask the shape itself
        if unsure.size and self.name in ("cells", "areas"):
            meets[unsure] = shapely.intersects(shapes(self.name, self.table.take(unsure)), shapely.box(*box))
        return meets

    def _in_period(self, period: Period) -> npt.NDArray[np.bool_]:
        if self.name not in TIME_COLUMNS:
            return np.ones(len(self), dtype=bool)  # features without a time meet every period (OGC API Features 7.15.4)
        start, end = period
        first, last = (self.table[name] for name in TIME_COLUMNS[self.name])
        keep = np.ones(len(self), dtype=bool)
        if end is not None:
            keep &= pc.fill_null(pc.less_equal(first, pa.scalar(end, pa.date32())), True).to_numpy()
        if start is not None:
            keep &= pc.fill_null(pc.greater_equal(last, pa.scalar(start, pa.date32())), True).to_numpy()
        return keep

    def row_of(self, feature_id: str) -> int | None:
        """The row of a feature id, or None."""
        column = self.table[ID_COLUMN[self.name]]
        wanted: pa.Scalar = pa.scalar(feature_id)
        if self.name == "cells":
            try:
                wanted = pa.scalar(from_text(feature_id), pa.uint64())
            except RequestError:
                return None
        at = pc.index(column, wanted).as_py()
        return None if at < 0 else int(at)

    def id_of(self, row: int) -> str:
        """The feature id of a row."""
        value = self.table[ID_COLUMN[self.name]][row].as_py()
        return to_text(value) if self.name == "cells" else str(value)

    def fragment(self, row: int) -> bytes:
        """The GeoJSON feature of one row."""
        block, offset = divmod(row, BLOCK)
        return self._block(block)[offset]

    def fragments(self, rows: Rows) -> list[bytes]:
        """The GeoJSON features of some rows, made block by block and kept for the next reader."""
        return [self.fragment(row) for row in rows.tolist()]

    def _block(self, block: int) -> list[bytes]:
        ready = self._blocks.get(block)
        if ready is None:
            ready = list(feature_bytes(self.name, self.table.slice(block * BLOCK, BLOCK), self.manifest))
            self._blocks[block] = ready
            while len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return ready


def shapes(name: str, table: pa.Table) -> npt.NDArray[np.object_]:
    """The geometries of cells or areas, in table order."""
    if name == "cells":
        wkb = pa.array(h3ronpy.vector.cells_to_wkb_polygons(table["cell"].combine_chunks()))
        return np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
    return np.asarray(shapely.from_wkb(table["geometry"].to_numpy()))


def open_collection(snapshot: Snapshot, name: str) -> Collection:
    """The collection of one table; its envelopes are computed once."""
    table = {"cells": lambda: snapshot.cells, "areas": lambda: snapshot.areas}.get(name, lambda: snapshot.table(name))()
    table = table.combine_chunks()
    if name in ("cells", "areas"):
        boxes = shapely.bounds(shapes(name, table)).reshape(-1, 4)
    else:
        lon, lat = (table[axis].to_numpy() for axis in ("lon", "lat"))
        boxes = np.column_stack([lon, lat, lon, lat])
    kode = np.array(table["kode"].to_pylist(), dtype=np.str_)
    return Collection(name=name, table=table, manifest=snapshot.manifest, kode=kode, boxes=boxes)
