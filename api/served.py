"""One snapshot made ready to be served; every part is made once, on first use, from the immutable files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from api.derived import Derived, derived
from api.features import Collection, open_collection
from api.index import AreaIndex, CellIndex, area_index, cell_index
from api.tile_archive import TileArchive, open_archive
from core.cells import resolution
from core.errors import NotFoundError, Place, SnapshotError
from core.words import say
from store.manifest import Manifest
from store.snapshot import Snapshot

COLLECTIONS = ("cells", "areas", "incidents", "tps", "sites")
TILE_LAYERS = ("cells", "areas", "risk")


@dataclass(frozen=True)
class Served:
    """A snapshot with its look-ups, collections and tile archives."""

    snapshot: Snapshot
    _collections: dict[str, Collection] = field(default_factory=dict)
    _cells: dict[str, CellIndex] = field(default_factory=dict)
    _archives: dict[str, TileArchive | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.snapshot.id

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @cached_property
    def areas(self) -> AreaIndex:
        return area_index(self.snapshot)

    @cached_property
    def cells(self) -> CellIndex:
        return cell_index(self.snapshot.cells)

    @cached_property
    def derived(self) -> Derived:
        return derived(self.snapshot)

    def find_cell(self, cell: int) -> tuple[CellIndex, int] | None:
        """The table and row of a cell, of the snapshot's own resolution or of a coarser one it was rolled up to; None elsewhere."""
        fine = self.cells.find(cell)
        if fine is not None:
            return self.cells, fine
        res = int(resolution(np.array([cell], dtype=np.uint64))[0])
        coarse = self._coarse(res)
        row = None if coarse is None else coarse.find(cell)
        return None if coarse is None or row is None else (coarse, row)

    def _coarse(self, res: int) -> CellIndex | None:
        name = f"cells_r{res}"
        if name not in self._cells and any(table.name == name for table in self.manifest.tables):
            self._cells[name] = cell_index(self.snapshot.table(name))
        return self._cells.get(name)

    def collection(self, name: str) -> Collection:
        """A feature collection; raises NotFoundError E_NO_COLLECTION."""
        if name not in COLLECTIONS:
            raise NotFoundError("E_NO_COLLECTION", value=name[:80], known=", ".join(COLLECTIONS))
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = open_collection(self.snapshot, name)
        return found

    def archive(self, layer: str) -> TileArchive | None:
        """The tiles of a layer, or None where this snapshot was published without them."""
        if layer not in self._archives:
            path = self.snapshot.path / "tiles" / f"{layer}.pmtiles"
            listed = {entry.path for entry in self.manifest.files}
            self._archives[layer] = open_archive(path) if f"tiles/{layer}.pmtiles" in listed else None
        return self._archives[layer]

    def marks(self, lang: str) -> dict[str, object]:
        """What every JSON answer from this snapshot carries: its id, its date and, for samples, the mark."""
        base: dict[str, object] = {"snapshot": self.id, "as_of": self.manifest.as_of, "sample": self.manifest.sample}
        return base | ({"mark": say("mark.sample", lang)} if self.manifest.sample else {})


def prepare(snapshot: Snapshot) -> Served:
    """Check every hash, then build what nearly every request needs; raises SnapshotError E_SNAPSHOT_BROKEN."""
    damaged = snapshot.verify()
    if damaged:
        raise SnapshotError(
            "E_SNAPSHOT_BROKEN", place=Place(file=str(snapshot.path / damaged[0])), detail=", ".join(damaged)
        )
    served = Served(snapshot)
    _ = served.areas, served.cells, served.derived
    for layer in TILE_LAYERS:
        served.archive(layer)
    return served
