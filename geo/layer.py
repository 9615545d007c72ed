"""Layer: one input as every later room sees it; and Rejected, a row that could not be used, with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from core import tables
from core.cells import CellArray, resolution
from core.errors import Place
from core.taxonomy import RESTRICTED_READERS
from store.manifest import Input, Warning_


@dataclass(frozen=True)
class Rejected:
    """A row in quarantine: reason code (words `reason.<code>`), place, and the row as found."""

    code: str
    place: Place
    raw: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerInfo:
    """Where a layer comes from and what became of its rows: rows_in = accepted + number of rejected."""

    name: str
    kind: str
    reader: str
    source: str
    licence: str
    sha256: str
    rows_in: int
    rejected: tuple[Rejected, ...] = ()
    attribution: str = ""
    sample: bool = False
    indicative: bool = False  # boundaries only: derived, not official
    warnings: tuple[Warning_, ...] = ()
    year: int | None = None  # night lights only: the calendar year they were seen in

    @property
    def restricted(self) -> bool:
        """Whether its rows may feed the score only, and be neither published nor served."""
        return self.reader in RESTRICTED_READERS

    def ledger(self) -> Input:
        """The manifest's line for this input."""
        return Input(
            name=self.name,
            kind=self.kind,
            reader=self.reader,
            source=self.source,
            licence=self.licence,
            sha256=self.sha256,
            rows_in=self.rows_in,
            accepted=self.rows_in - len(self.rejected),
            quarantined=len(self.rejected),
            attribution=self.attribution,
            sample=self.sample,
            reasons=dict(sorted(Counter(item.code for item in self.rejected).items())),
        )


@dataclass(frozen=True)
class CellPeople:
    """People by H3 cell, ascending, one resolution: cell uint64 (M,), people float64 (M,), NaN where the file has no number."""

    cell: CellArray
    people: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if not len(self.cell) or len(self.cell) != len(self.people) or (self.cell[1:] <= self.cell[:-1]).any():
            raise ValueError("cells ascend, each once, each with its people")
        if len(set(resolution(self.cell).tolist())) > 1:
            raise ValueError("cells of several resolutions")

    @property
    def resolution(self) -> int:
        return int(resolution(self.cell[:1])[0])


@dataclass(frozen=True)
class Layer:
    """`frame`: EPSG:4326, the columns core.tables declares for the kind; or, of what covers the ground, `raster` (a path) or `cells`.

    Boundaries frame: one row per village, columns `kode name geometry` plus `kecamatan kabupaten provinsi` (names of the parents).
    """

    info: LayerInfo
    frame: gpd.GeoDataFrame | None = None
    raster: Path | None = None
    cells: CellPeople | None = None

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.frame, self.raster, self.cells)) != 1:
            raise ValueError("a layer has a frame, a raster or cells")
        if self.frame is not None:
            if self.frame.crs is None or self.frame.crs.to_epsg() != 4326:
                raise ValueError(f"{self.info.name}: not in EPSG:4326")
            declared = (tables.LAYERS | tables.FIGURES).get(self.info.kind, ())
            wanted = {column.name for column in declared} or {"kode", "name", "geometry"}
            missing = wanted - set(self.frame.columns)
            if missing:
                raise ValueError(f"{self.info.name}: no columns {sorted(missing)}")

    @property
    def rows(self) -> gpd.GeoDataFrame:
        """The frame; raises ValueError on a layer of a raster or of cells."""
        if self.frame is None:
            raise ValueError(f"{self.info.name} is a raster or cells")
        return self.frame
