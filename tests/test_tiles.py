"""Vector tiles, read by a decoder that is not ours: nothing dropped at any zoom, attributes and geometry are the table's."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h3
import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from core.cells import parents, to_texts
from publish import mercator, tiles
from store.snapshot import Snapshot
from tests.places import SHARED, needs_shared
from tests.synthetic import WEIGHTS, make

KEYS = tuple(WEIGHTS)
LIMIT = 500_000


@dataclass
class Seen:
    """One feature at one zoom: its attributes (the same in every tile) and its geometry by tile, in tile units, y down."""

    properties: dict[str, Any]
    shapes: dict[tuple[int, int], shapely.Geometry] = field(default_factory=dict)


@dataclass
class Archive:
    metadata: dict[str, Any]
    header: dict[str, Any]
    largest: int
    found: dict[tuple[str, int], dict[Any, Seen]]


def decode(path: Path, key: dict[str, str]) -> Archive:
    """All features of an archive by (layer, zoom) and key; a feature twice in one tile, or with two sets of attributes, fails."""
    found: dict[tuple[str, int], dict[Any, Seen]] = defaultdict(dict)
    largest = 0
    with path.open("rb") as handle:
        source = MmapSource(handle)
        reader = Reader(source)
        for (zoom, x, y), data in all_tiles(source):
            largest = max(largest, len(data))
            layers = mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True})
            for name, layer in layers.items():
                assert layer["extent"] == 4096 and layer["version"] == 2
                for feature in layer["features"]:
                    seen = found[name, zoom].setdefault(feature["properties"][key[name]], Seen(feature["properties"]))
                    assert seen.properties == feature["properties"]
                    assert (x, y) not in seen.shapes
                    seen.shapes[x, y] = shapely.geometry.shape(feature["geometry"])
        return Archive(reader.metadata(), reader.header(), largest, found)


def world(seen: Seen) -> list[shapely.Geometry]:
    """Its geometries in units of the whole world at that zoom."""
    return [shapely.transform(shape, lambda xy, at=at: xy + np.array(at) * 4096) for at, shape in seen.shapes.items()]


def coarse(cells: pa.Table, res: int) -> pa.Table:
    """Any table of a coarser resolution: the first child's numbers."""
    parent, first = np.unique(parents(cells["cell"].to_numpy(), res), return_index=True)
    table = cells.take(pa.array(first))
    return table.set_column(0, "cell", pa.array(parent)).set_column(1, "kode", pa.nulls(len(parent), pa.string()))


def ladder_of(cells: pa.Table, base: int) -> dict[int, pa.Table]:
    return {res: cells if res == base else coarse(cells, res) for res in tiles.resolutions(base)}


def some_cells(res: int, lon: float, lat: float, rings: int) -> pa.Table:
    """Invented cells about a point."""
    cell = np.array(
        sorted(h3.str_to_int(c) for c in h3.grid_disk(h3.latlng_to_cell(lat, lon, res), rings)), dtype=np.uint64
    )
    rng = np.random.default_rng(res)
    columns = {
        f"value_{key}": pa.array(rng.random(len(cell)).astype("f4"), mask=rng.random(len(cell)) < 0.2) for key in KEYS
    }
    score = pa.array((rng.random(len(cell)) * 100).astype("f4"), mask=rng.random(len(cell)) < 0.2)
    classes = pa.array([0 if item is None else 1 + int(item // 20.01) for item in score.to_pylist()], pa.int8())
    coverage = pa.array(rng.random(len(cell)).astype("f4"))
    kode = pa.array([f"64.08.01.{2001 + i % 7}" for i in range(len(cell))])
    return pa.table({"cell": cell, "kode": kode, "score": score, "class": classes, "coverage": coverage, **columns})


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make(tmp_path_factory.mktemp("tiles"))


def expected(row: dict[str, Any], base: bool) -> dict[str, Any]:
    """A cell's attributes, from the table."""
    want = {
        "cell": f"{row['cell']:x}",
        "kode": row["kode"] if base else None,
        "class": row["class"],
        "score_x10": None if row["score"] is None else round(row["score"] * 10),
        "coverage_pct": round(row["coverage"] * 100),
    } | {f"value_{k}_pct": None if row[f"value_{k}"] is None else round(row[f"value_{k}"] * 100) for k in KEYS}
    return {name: value for name, value in want.items() if value is not None}


@pytest.mark.parametrize(
    ("res", "lon", "lat", "rings"),
    [
        (8, 117.4, 0.3, 12),
        (7, 114.2, -0.6, 15),
        (5, 117.4, 0.3, 6),
        (4, 117.4, 0.3, 2),
        (9, 117.4, 0.3, 12),
        (10, 117.4, 0.3, 8),
    ],
)
def test_every_cell_is_at_every_zoom_with_the_tables_numbers_and_its_own_corners(
    res: int, lon: float, lat: float, rings: int, tmp_path: Path
) -> None:
    ladder = ladder_of(some_cells(res, lon, lat, rings), res)
    tiles.write_cells(tmp_path / "c.pmtiles", ladder, KEYS)
    archive = decode(tmp_path / "c.pmtiles", {"cells": "cell"})
    zooms = tiles.ladder_of(res)
    assert (
        (archive.header["min_zoom"], archive.header["max_zoom"])
        == (min(zooms), max(zooms))
        == (4, tiles.LAST_ZOOM[res])
    )
    assert archive.largest <= LIMIT
    for zoom, at in zooms.items():
        table = ladder[at]
        found = archive.found["cells", zoom]
        assert found.keys() == set(to_texts(table["cell"].to_numpy()))  # none dropped, none invented
        for row in table.to_pylist():
            cell = f"{row['cell']:x}"
            assert found[cell].properties == expected(row, at == res)
            corners = mercator.unit(np.array(h3.cell_to_boundary(cell))[:, ::-1]) * mercator.units_at(zoom)
            for shape in world(found[cell]):
                ring = shapely.get_coordinates(shape)[:-1]
                gap = np.hypot(*(ring[:, None] - corners[None]).transpose(2, 0, 1)).min(axis=1)
                assert len(ring) == len(corners) and gap.max() <= 0.71
                assert shapely.is_ccw(
                    shapely.get_exterior_ring(shape)
                )  # positive area with y down: what MVT 2.1 asks of an outer ring
            whole = shapely.polygons(corners)
            x0, y0, x1, y1 = (int(v // 4096) for v in whole.bounds)
            for x, y in ((x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)):
                if whole.intersects(shapely.box(x * 4096, y * 4096, (x + 1) * 4096, (y + 1) * 4096)):
                    assert (x, y) in found[cell].shapes


def test_cells_on_an_edge_of_the_icosahedron_keep_their_extra_corners(tmp_path: Path) -> None:
    """At odd resolutions such cells have more than six corners; one runs through the country."""
    crossed = [
        cell
        for cell in h3.uncompact_cells(
            [h3.latlng_to_cell(lat, lon, 2) for lon in range(96, 141) for lat in range(-10, 6)], 5
        )
        if len(h3.cell_to_boundary(cell)) > 6
    ]
    assert crossed
    lat, lon = h3.cell_to_latlng(crossed[0])
    table = some_cells(5, lon, lat, 3)
    assert any(len(h3.cell_to_boundary(f"{cell:x}")) > 6 for cell in table["cell"].to_pylist())
    tiles.write_cells(tmp_path / "c.pmtiles", ladder_of(table, 5), KEYS)
    found = decode(tmp_path / "c.pmtiles", {"cells": "cell"}).found["cells", 11]
    for cell, seen in found.items():
        assert {len(shapely.get_coordinates(shape)) - 1 for shape in seen.shapes.values()} == {
            len(h3.cell_to_boundary(cell))
        }


def test_metadata_names_layers_and_fields(snapshot: Snapshot, tmp_path: Path) -> None:
    tiles.write_cells(tmp_path / "c.pmtiles", ladder_of(snapshot.cells, 8), snapshot.keys)
    archive = decode(tmp_path / "c.pmtiles", {"cells": "cell"})
    (layer,) = archive.metadata["vector_layers"]
    assert (layer["id"], layer["minzoom"], layer["maxzoom"]) == ("cells", 4, 12)
    used = {name for zoom in range(4, 13) for seen in archive.found["cells", zoom].values() for name in seen.properties}
    assert used <= set(layer["fields"])
    assert "attribution" not in archive.metadata


def test_a_missing_step_of_the_ladder_is_told(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="resolution"):
        tiles.write_cells(tmp_path / "c.pmtiles", {8: snapshot.cells}, KEYS)


_AGAIN = """
import sys
from pathlib import Path
from store.snapshot import open_current
from publish import tiles
from tests.test_tiles import ladder_of
snapshot = open_current(Path(sys.argv[1]))
tiles.write_cells(Path(sys.argv[2]) / "c.pmtiles", ladder_of(snapshot.cells, 8), snapshot.keys)
tiles.write_areas(Path(sys.argv[2]) / "a.pmtiles", snapshot.areas, snapshot.keys)
"""


def test_the_same_bytes_in_another_process_with_another_hash_seed(snapshot: Snapshot, tmp_path: Path) -> None:
    digests = set()
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-c", _AGAIN, str(snapshot.path.parents[1]), str(folder)],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        digests.add(
            tuple(hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("a.pmtiles", "c.pmtiles"))
        )
    assert len(digests) == 1


AREA_KEYS = {"areas": "kode", "labels": "kode", "borders": "level"}


def check_areas(archive: Archive, areas: pa.Table) -> None:
    """Every area of the levels of a zoom is there, once, with the table's numbers, an area and a label; nothing overlaps."""
    rows = {row["kode"]: row for row in areas.drop_columns(["geometry"]).to_pylist()}
    assert archive.largest <= LIMIT
    for zoom in range(4, 13):
        finest = 2 if zoom < 6 else 3 if zoom < 8 else 4
        wanted = {kode for kode, row in rows.items() if 2 <= row["level"] <= finest}
        found = archive.found["areas", zoom]
        assert found.keys() == wanted == archive.found["labels", zoom].keys()
        for kode, seen in found.items():
            row = rows[kode]
            want = expected(row | {"cell": 0}, False) | {
                "kode": kode,
                "name": row["name"],
                "level": row["level"],
                "rank": row["rank"],
            }
            del want["cell"]
            assert seen.properties == {name: value for name, value in want.items() if value is not None}
            assert sum(shape.area for shape in seen.shapes.values()) > 0
        for kode, seen in archive.found["labels", zoom].items():
            (point,) = world(seen)
            want_xy = mercator.unit(np.array([rows[kode]["label_lon"], rows[kode]["label_lat"]])) * mercator.units_at(
                zoom
            )
            assert np.abs(shapely.get_coordinates(point)[0] - want_xy).max() <= 0.5
            assert set(seen.properties) == {"kode", "name", "level", "class"}


def test_every_area_at_every_zoom(snapshot: Snapshot, tmp_path: Path) -> None:
    tiles.write_areas(tmp_path / "a.pmtiles", snapshot.areas, snapshot.keys)
    archive = decode(tmp_path / "a.pmtiles", AREA_KEYS)
    check_areas(archive, snapshot.areas)
    layers = {layer["id"]: layer for layer in archive.metadata["vector_layers"]}
    assert layers.keys() == {"areas", "borders", "labels"}
    assert {name for seen in archive.found["areas", 12].values() for name in seen.properties} <= set(
        layers["areas"]["fields"]
    )


def clipped(seen: Seen) -> list[shapely.Geometry]:
    """Its geometries without the tiles' buffers."""
    tile = shapely.box(0, 0, 4096, 4096)
    return [
        shapely.transform(
            shapely.intersection(shapely.make_valid(shape), tile), lambda xy, at=at: xy + np.array(at) * 4096
        )
        for at, shape in seen.shapes.items()
    ]


def test_polygons_are_the_tables_and_meet_without_overlap(snapshot: Snapshot, tmp_path: Path) -> None:
    tiles.write_areas(tmp_path / "a.pmtiles", snapshot.areas, snapshot.keys)
    archive = decode(tmp_path / "a.pmtiles", AREA_KEYS)
    stored = dict(
        zip(snapshot.areas["kode"].to_pylist(), shapely.from_wkb(snapshot.areas["geometry"].to_numpy()), strict=True)
    )
    for zoom in (8, 10, 12):
        scale = mercator.units_at(zoom)
        shapes = {kode: shapely.union_all(clipped(seen)) for kode, seen in archive.found["areas", zoom].items()}
        for kode, shape in shapes.items():
            want = shapely.transform(stored[kode], lambda xy, scale=scale: mercator.unit(xy) * scale)
            assert shape.symmetric_difference(want).area <= want.length  # a unit along the border
        villages = [shape for kode, shape in shapes.items() if kode.count(".") == 3]
        assert shapely.union_all(villages).area == pytest.approx(sum(shape.area for shape in villages), rel=1e-9)


def test_each_border_is_drawn_once_at_the_highest_level_it_separates(snapshot: Snapshot, tmp_path: Path) -> None:
    tiles.write_areas(tmp_path / "a.pmtiles", snapshot.areas, snapshot.keys, outside=("64.08", "64.74"))
    archive = decode(tmp_path / "a.pmtiles", AREA_KEYS)
    scale = mercator.units_at(12)
    shape = dict(
        zip(snapshot.areas["kode"].to_pylist(), shapely.from_wkb(snapshot.areas["geometry"].to_numpy()), strict=True)
    )
    flat = {
        kode: shapely.transform(item, lambda xy: np.rint(mercator.unit(xy) * scale)) for kode, item in shape.items()
    }
    regencies = [item for kode, item in flat.items() if kode.count(".") == 1]
    districts = [item for kode, item in flat.items() if kode.count(".") == 2]
    villages = [item for kode, item in flat.items() if kode.count(".") == 3]
    lines = [shapely.union_all([item.boundary for item in level]) for level in (regencies, districts, villages)]
    want = {2: lines[0], 3: shapely.difference(lines[1], lines[0]), 4: shapely.difference(lines[2], lines[1])}
    found = archive.found["borders", 12]
    assert found.keys() == {2, 3, 4}  # the workspace maps two regencies: no border of a province is claimed
    for level, seen in found.items():
        drawn = clipped(seen)
        assert all(
            shapely.union_all(shape).length == pytest.approx(shape.length, rel=1e-9) for shape in seen.shapes.values()
        )
        assert shapely.union_all(drawn).length == pytest.approx(want[level].length, rel=1e-6)
    tiles.write_areas(tmp_path / "b.pmtiles", snapshot.areas, snapshot.keys)
    assert 1 in decode(tmp_path / "b.pmtiles", AREA_KEYS).found["borders", 12]


def test_fault_073_a_village_too_small_to_see_is_not_lost(snapshot: Snapshot, tmp_path: Path) -> None:
    """A village of 3 m by 3 m, and one that is a sliver, inside others: both stay at every zoom."""
    areas = snapshot.areas
    shapes = list(shapely.from_wkb(areas["geometry"].to_numpy()))
    kodes = areas["kode"].to_pylist()
    tiny = {4: shapely.box(117.001, 0.001, 117.00103, 0.00103), 5: shapely.box(117.07, 0.01, 117.11, 0.0100001)}
    labels = {"label_lon": areas["label_lon"].to_pylist(), "label_lat": areas["label_lat"].to_pylist()}
    for nth, shape in tiny.items():
        row = [i for i, kode in enumerate(kodes) if kode.count(".") == 3][nth]
        shapes[row] = shape
        labels["label_lon"][row], labels["label_lat"][row] = shape.centroid.x, shape.centroid.y
    areas = areas.set_column(
        areas.column_names.index("geometry"), "geometry", pa.array([shapely.to_wkb(item) for item in shapes])
    )
    for name, values in labels.items():
        areas = areas.set_column(areas.column_names.index(name), name, pa.array(values))
    tiles.write_areas(tmp_path / "a.pmtiles", areas, snapshot.keys)
    check_areas(decode(tmp_path / "a.pmtiles", AREA_KEYS), areas)


@needs_shared
def test_real_villages_of_kutai_timur_and_bontang_are_all_there(tmp_path: Path) -> None:
    from core.settings import Source
    from geo.boundaries import build_tree
    from geo.sources import cahyadsn_sql

    paths = [SHARED / "boundaries" / f"wilayah_boundaries_kel_{code}.sql.gz" for code in ("64.08", "64.74")]
    tree = build_tree(cahyadsn_sql.read(Source(kind="boundaries", reader="cahyadsn_sql"), paths), ["64.08", "64.74"])
    frame, count = tree.frame, len(tree.frame)
    rng = np.random.default_rng(1)
    areas = pa.table(
        {
            "kode": pa.array(frame["kode"].tolist()),
            "level": pa.array(frame["level"].to_numpy().astype("i1")),
            "name": pa.array(frame["name"].tolist()),
            "score": pa.nulls(count, pa.float32()),
            "class": pa.array(np.zeros(count, "i1")),
            "coverage": pa.array(rng.random(count).astype("f4")),
            "rank": pa.nulls(count, pa.int32()),
            "label_lon": pa.array(frame["label_lon"].to_numpy()),
            "label_lat": pa.array(frame["label_lat"].to_numpy()),
            **{f"value_{key}": pa.array(rng.random(count).astype("f4")) for key in KEYS},
            "geometry": pa.array([shapely.to_wkb(shape) for shape in frame.geometry]),
        }
    )
    tiles.write_areas(tmp_path / "a.pmtiles", areas, KEYS, outside=("64.08", "64.74"))
    archive = decode(tmp_path / "a.pmtiles", AREA_KEYS)
    check_areas(archive, areas)
    villages = [
        shapely.union_all(clipped(seen)) for kode, seen in archive.found["areas", 10].items() if kode.count(".") == 3
    ]
    total = sum(shape.area for shape in villages)
    assert shapely.union_all(villages).area == pytest.approx(total, rel=1e-4)  # simplified together: no overlaps
    km2 = sum(tree.at_level(4)["area_km2"])
    unit_km = 40075.016686 / mercator.units_at(10)
    assert total * unit_km**2 == pytest.approx(km2, rel=0.01)


def test_a_single_village_smaller_than_a_pixel_is_a_map_too(snapshot: Snapshot, tmp_path: Path) -> None:
    kodes = ["64", "64.74", "64.74.01", "64.74.01.1001"]
    rows = [snapshot.areas["kode"].to_pylist().index(kode) for kode in kodes]
    areas = snapshot.areas.take(pa.array(rows))
    for shape in (shapely.box(117.25, 0.05, 117.2501, 0.0501), shapely.box(117.25, 0.05, 117.3, 0.08)):
        at = areas.column_names.index("geometry")
        areas = areas.set_column(at, "geometry", pa.array([shapely.to_wkb(shape)] * 4))
        for name, value in (("label_lon", shape.centroid.x), ("label_lat", shape.centroid.y)):
            areas = areas.set_column(areas.column_names.index(name), name, pa.array([value] * 4))
        tiles.write_areas(tmp_path / "a.pmtiles", areas, snapshot.keys, outside=("64.74.01.1001",))
        archive = decode(tmp_path / "a.pmtiles", AREA_KEYS)
        check_areas(archive, areas)
        assert archive.found["borders", 12].keys() == {4}
