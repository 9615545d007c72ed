"""The forecast and alert tables of a snapshot made ready for look-ups by area and by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core import tables
from formats.outlook import rows_of
from store.snapshot import Snapshot

Tree = dict[str, Any]


@dataclass(frozen=True)
class CellRows:
    """The forecast rows of one class: `cell` uint64 (N,) ascending, `row` (N,) their rows in the table."""

    cell: npt.NDArray[np.uint64]
    row: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Derived:
    """What a snapshot says beyond its scores; every table is empty where there is nothing to show."""

    forecast: pa.Table
    parts: pa.Table
    alerts: pa.Table
    cells: pa.Table
    by_class: dict[str, CellRows]

    def of_area(self, kode: str) -> list[Tree]:
        """The forecast rows of an area."""
        return rows_of(self.forecast, "kode", kode)

    def ranked(self, kind: str, level: int, days: int) -> list[Tree]:
        """The forecast rows of a class, level and horizon."""
        table = self.forecast
        fits = pc.and_(pc.equal(table["class"], kind), pc.equal(table["horizon_days"], pa.scalar(days, pa.int32())))
        rows: list[Tree] = table.filter(
            pc.and_(fits, pc.equal(table["level"], pa.scalar(level, pa.int8())))
        ).to_pylist()
        return rows

    def parts_of(self, kode: str) -> list[Tree]:
        """What the forecast rows of an area are made of."""
        return rows_of(self.parts, "kode", kode)

    def of_cell(self, cell: int) -> list[Tree]:
        """The forecast rows of a cell, one per class."""
        found = []
        for rows in self.by_class.values():
            at = int(np.searchsorted(rows.cell, np.uint64(cell)))
            if at < len(rows.cell) and int(rows.cell[at]) == cell:
                found += self.cells.slice(int(rows.row[at]), 1).to_pylist()
        return found

    def alert(self, kode: str) -> Tree | None:
        """The row of a village."""
        found = rows_of(self.alerts, "kode", kode)
        return found[0] if found else None

    def alarms_inside(self, kode: str) -> list[str]:
        """Codes of the villages of an area whose alarm is on, the most surprising first."""
        inside = pc.and_(self.alerts["alarm"], pc.starts_with(self.alerts["kode"], kode + "."))
        rows = self.alerts.filter(inside).sort_by([("tail", "ascending"), ("kode", "ascending")])
        codes: list[str] = rows["kode"].to_pylist()
        return codes


def _table(snapshot: Snapshot, name: str) -> pa.Table:
    """A table that a snapshot may lack (those made for tests of readers do): then it is empty."""
    if any(table.name == name for table in snapshot.manifest.tables):
        return snapshot.table(name).combine_chunks()
    return tables.schema(tables.DERIVED[name]).empty_table()


def derived(snapshot: Snapshot) -> Derived:
    """The derived tables of a snapshot."""
    cells = _table(snapshot, "forecast_cells")
    encoded = pa.concat_arrays(cells["class"].chunks or [pa.array([], pa.string())]).dictionary_encode()
    of, number = encoded.indices.to_numpy(), cells["cell"].to_numpy()
    by_class = {}
    for at, kind in enumerate(encoded.dictionary.to_pylist()):
        rows = np.flatnonzero(of == at)
        order = np.argsort(number[rows], kind="stable")
        by_class[kind] = CellRows(number[rows][order], rows[order])
    return Derived(
        _table(snapshot, "forecast"), _table(snapshot, "forecast_parts"), _table(snapshot, "alerts"), cells, by_class
    )
