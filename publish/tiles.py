"""cells.pmtiles and areas.pmtiles: nothing is ever dropped, and the same snapshot gives the same bytes.

Attributes (integers, absent where unknown): `class` 0..5, `score_x10`, `coverage_pct`, `value_<factor>_pct`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from publish import archive, areamvt, hexmvt

Ints = npt.NDArray[np.int64]
FIRST_ZOOM = 4
AREA_ZOOM = 12
LADDER = {4: 4, 5: 5, 6: 5, 7: 6, 8: 6, 9: 7, 10: 8, 11: 8, 12: 8, 13: 9, 14: 10}  # zoom to H3 resolution
# Last zoom by base resolution. Coarse cells end early: further in, a cell would be larger than what a map can draw of one tile.
LAST_ZOOM = {4: 9, 5: 11, 6: 12, 7: 12, 8: 12, 9: 13, 10: 14}


def ladder_of(base: int) -> dict[int, int]:
    """Zoom to resolution for a base resolution 4..10: never finer than the base."""
    return {zoom: min(res, base) for zoom, res in LADDER.items() if zoom <= LAST_ZOOM[base]}


def resolutions(base: int) -> tuple[int, ...]:
    """The resolutions whose tables `write_cells` needs."""
    return tuple(sorted(set(ladder_of(base).values())))


def write_cells(path: Path, ladder: Mapping[int, pa.Table], keys: Sequence[str]) -> None:
    """Write the hexagons of every zoom; `ladder` is H3 resolution to table (`cell class score coverage value_<key>`, the base `kode` too).

    Raises ValueError when a resolution of `resolutions(max(ladder))` is missing.
    """
    base = max(ladder)
    missing = set(resolutions(base)) - set(ladder)
    if missing:
        raise ValueError(f"no cells of resolution {sorted(missing)}")
    west, south, east, north = hexmvt.bounds(_cells(ladder[base]))
    fields = {"cell": "String", "kode": "String"} | dict.fromkeys(_numbers(ladder[base], keys), "Number")
    archive.write(
        path,
        _cell_tiles(ladder, keys, base),
        (west, south, east, north),
        _metadata("cells", {"cells": (FIRST_ZOOM, LAST_ZOOM[base], fields)}),
    )


def write_areas(
    path: Path,
    areas: pa.Table,
    keys: Sequence[str],
    outside: Sequence[str] = (),
    expected: Mapping[str, npt.NDArray[np.float64]] | None = None,
) -> None:
    """Write polygons, shared borders and labels of the area table.

    `outside`: the codes that were mapped (the workspace's `area`); the outer border of such a code has its level. Without it the outer
    border is that of the province. `expected`: further attributes (A,), NaN where there is none, published as `<name>_x100`.
    """
    numbers = _numbers(areas, keys)
    for name, values in (expected or {}).items():
        numbers[f"{name}_x100"] = np.where(np.isnan(values), -1, np.rint(100.0 * values)).astype(np.int64)
    rank = _filled(areas["rank"])
    fields: dict[str, str] = {"kode": "String", "name": "String", "level": "Number"}
    fields |= dict.fromkeys([*list(numbers)[:3], "rank", *list(numbers)[3:]], "Number")
    what = areamvt.prepare(areas, {**numbers, "rank": np.where(np.isnan(rank), -1, rank).astype(np.int64)}, outside)
    layers = {
        "areas": (FIRST_ZOOM, AREA_ZOOM, fields),
        "borders": (FIRST_ZOOM, AREA_ZOOM, {"level": "Number"}),
        "labels": (FIRST_ZOOM, AREA_ZOOM, {"kode": "String", "name": "String", "level": "Number", "class": "Number"}),
    }
    tiles = (tile for zoom in range(FIRST_ZOOM, AREA_ZOOM + 1) for tile in areamvt.encode(zoom, what))
    archive.write(path, tiles, what.bounds, _metadata("areas", layers))


def _cell_tiles(ladder: Mapping[int, pa.Table], keys: Sequence[str], base: int) -> Iterator[tuple[int, bytes]]:
    ready: tuple[int, hexmvt.Hexes] | None = None
    for zoom, res in ladder_of(base).items():
        if ready is None or ready[0] != res:
            table = ladder[res]
            kode = table["kode"].combine_chunks() if res == base else None
            ready = (res, hexmvt.hexes(_cells(table), _numbers(table, keys), kode))
        yield from hexmvt.encode("cells", zoom, ready[1])


def _cells(table: pa.Table) -> npt.NDArray[np.uint64]:
    return np.asarray(table["cell"].to_numpy(), dtype=np.uint64)


def _filled(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """A nullable number column as float64, NaN where null."""
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _numbers(table: pa.Table, keys: Sequence[str]) -> dict[str, Ints]:
    """The integer attributes (N,) by name, -1 where unknown."""
    scaled = {
        "class": _filled(table["class"]),
        "score_x10": _filled(table["score"]) * 10,
        "coverage_pct": _filled(table["coverage"]) * 100,
        **{f"value_{key}_pct": _filled(table[f"value_{key}"]) * 100 for key in keys},
    }
    return {name: np.where(np.isnan(values), -1, np.rint(values)).astype(np.int64) for name, values in scaled.items()}


def _metadata(name: str, layers: Mapping[str, tuple[int, int, dict[str, str]]]) -> dict[str, object]:
    return {
        "name": name,
        "format": "pbf",
        "type": "overlay",
        "vector_layers": [
            {"id": layer, "minzoom": first, "maxzoom": last, "fields": fields}
            for layer, (first, last, fields) in layers.items()
        ],
    }
