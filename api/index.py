"""The tables of a snapshot made ready for look-ups: rows by code or cell, search, ranking."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from core.codes import ancestor, covers, level
from store.snapshot import Snapshot

_KIND = re.compile(r"^\s*(provinsi|kabupaten|kab|kota|kecamatan|kec|kelurahan|kel|desa)\b\.?\s*", re.IGNORECASE)
_BRIEF = ["kode", "level", "name", "parent", "score", "class", "coverage", "rank", "label_lon", "label_lat"]


def _row(table: pa.Table, number: int) -> dict[str, Any]:
    found: dict[str, Any] = table.slice(number, 1).to_pylist()[0]
    return found


def folded(text: str) -> str:
    """Letters and digits only, in lower case, without accents: what search compares."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^0-9a-z]+", "", plain)


def bare(text: str) -> str:
    """Folded, without the kind of area it may begin with: 'Kota Bontang' and 'bontang' are found alike."""
    return folded(_KIND.sub("", text)) or folded(text)


@dataclass(frozen=True)
class AreaIndex:
    """Areas by code. Every list is in table order (sorted by kode); `boxes` float64 (A, 4) west, south, east, north."""

    table: pa.Table
    brief: pa.Table
    row_of: dict[str, int]
    kode: list[str]
    level: list[int]
    name: list[str]
    score: list[float | None]
    rank: list[int | None]
    search: list[str]
    boxes: npt.NDArray[np.float64]
    ranked: Counter[int]

    def row(self, number: int) -> dict[str, Any]:
        """One row as plain values."""
        return _row(self.table, number)

    def brief_row(self, number: int) -> dict[str, Any]:
        """The columns of one row that lists show."""
        return _row(self.brief, number)

    def path(self, kode: str) -> list[dict[str, object]]:
        """The areas above and the area itself, from the province down, as far as they are mapped."""
        codes = [ancestor(kode, depth) for depth in range(1, level(kode) + 1)]
        return [
            {"kode": code, "name": self.name[self.row_of[code]], "level": depth}
            for depth, code in enumerate(codes, start=1)
            if code in self.row_of
        ]

    def find(self, at_level: int | None, q: str | None, inside: str | None) -> list[int]:
        """Row numbers that fit; with `q`, names that begin with it come first, then names that contain it, higher areas first."""
        rows: list[int] = list(range(len(self.kode)))
        if inside is not None:
            depth = level(inside) + 1
            rows = [
                i for i in rows if covers(inside, self.kode[i]) and (at_level is not None or self.level[i] == depth)
            ]
        if at_level is not None:
            rows = [i for i in rows if self.level[i] == at_level]
        if q is None:
            return rows
        wanted, digits = bare(q), re.sub(r"\D", "", q) if re.fullmatch(r"[\d. ]+", q) else ""
        if not wanted:
            return []
        graded = []
        for i in rows:
            at = self.search[i].find(wanted)
            if at >= 0:
                exact = self.search[i] == wanted
                graded.append((0 if exact else 1 if at == 0 else 2, self.level[i], self.name[i], i))
            elif digits and self.kode[i].replace(".", "").startswith(digits):
                graded.append((1, self.level[i], self.kode[i], i))
        return [item[-1] for item in sorted(graded)]

    def sorted_rows(self, rows: list[int], by: str) -> list[int]:
        """Rows by 'score' (highest first, those without one last), 'name' or 'kode'; equal ones by kode."""
        if by == "score":
            return sorted(rows, key=lambda i: (self.score[i] is None, -(self.score[i] or 0.0), self.kode[i]))
        if by == "name":
            return sorted(rows, key=lambda i: (self.name[i].casefold(), self.kode[i]))
        return sorted(rows)


def area_index(snapshot: Snapshot) -> AreaIndex:
    """The index of areas.parquet."""
    table = snapshot.areas.combine_chunks()
    kode = table["kode"].to_pylist()
    levels = table["level"].to_pylist()
    rank = table["rank"].to_pylist()
    names = table["name"].to_pylist()
    return AreaIndex(
        table=table.drop_columns(["geometry"]),
        brief=table.select(_BRIEF),
        row_of={code: i for i, code in enumerate(kode)},
        kode=kode,
        level=levels,
        name=names,
        score=table["score"].to_pylist(),
        rank=rank,
        search=[bare(name) for name in names],
        boxes=shapely.bounds(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))),
        ranked=Counter(lev for lev, place in zip(levels, rank, strict=True) if place is not None),
    )


@dataclass(frozen=True)
class CellIndex:
    """Cells by H3 index: `cell` uint64 (N,), sorted."""

    table: pa.Table
    cell: npt.NDArray[np.uint64]

    def find(self, cell: int) -> int | None:
        """The row of a cell, or None."""
        at = int(np.searchsorted(self.cell, np.uint64(cell)))
        return at if at < len(self.cell) and int(self.cell[at]) == cell else None

    def row(self, number: int) -> dict[str, Any]:
        """One row as plain values."""
        return _row(self.table, number)


def cell_index(cells: pa.Table) -> CellIndex:
    """The index of a table of cells."""
    table = cells.combine_chunks()
    return CellIndex(table=table, cell=table["cell"].to_numpy())
