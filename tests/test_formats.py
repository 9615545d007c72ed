"""Exports: what comes back from an independent reader is what the snapshot holds; the same bytes every time; nothing runs."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core import formula
from core.errors import RequestError
from formats import features, registry
from store.snapshot import Snapshot
from tests.synthetic import make

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "'=1",
    "''@x",
    "'plain",
    "＝1",
    "a=b",
    "",
]
DATA_FORMATS = [name for name in registry.FORMATS if name != "html"]  # a page to look at: tests/test_handout.py
MARKUP = ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "a & b"]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make(tmp_path_factory.mktemp("formats"))


def named(snapshot: Snapshot, names: list[str]) -> pa.Table:
    """The sites with these names."""
    table = snapshot.table("sites").slice(0, len(names))
    return table.set_column(table.column_names.index("name"), "name", pa.array(names))


def read_back(format_name: str, data: bytes, folder: Path) -> list[dict[str, object]]:
    """Rows as an independent reader sees them."""
    path = folder / f"x{registry.FORMATS[format_name].suffix}"
    path.write_bytes(data)
    if format_name == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if format_name == "xlsx":
        head, *lines = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        return [dict(zip(map(str, head), line, strict=False)) for line in lines]
    frame = gpd.read_parquet(path) if format_name == "geoparquet" else pyogrio.read_dataframe(path)
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84")
    return list(frame.to_dict("records"))


@pytest.mark.parametrize("table_name", registry.TABLES)
@pytest.mark.parametrize("format_name", DATA_FORMATS)
def test_every_row_comes_back_with_code_snapshot_and_mark(
    snapshot: Snapshot, format_name: str, table_name: str, tmp_path: Path
) -> None:
    table = snapshot.table(table_name)
    rows = read_back(format_name, registry.write(format_name, table_name, table, snapshot.manifest), tmp_path)
    assert [row["kode"] for row in rows] == table["kode"].to_pylist()
    assert {row["snapshot"] for row in rows} == {snapshot.id}
    assert {row["catatan"] for row in rows} == {"DATA CONTOH"}
    key = {"cells": "cell", "areas": "kode"}.get(table_name, "id")
    wanted = [f"{item:x}" if isinstance(item, int) else item for item in table[key].to_pylist()]
    assert [row[key] for row in rows] == wanted


@pytest.mark.parametrize("format_name", DATA_FORMATS)
def test_numbers_come_back_and_unknown_stays_unknown(snapshot: Snapshot, format_name: str, tmp_path: Path) -> None:
    table = snapshot.cells
    rows = read_back(format_name, registry.write(format_name, "cells", table, snapshot.manifest), tmp_path)
    for column in ("score", "coverage", "people", "value_border_proximity", "contribution_near_repeat"):
        for row, want in zip(rows, table[column].to_pylist(), strict=True):
            got = row[column]
            if want is None:
                assert got in (None, "") or np.isnan(float(str(got)))
            else:
                assert np.float32(str(got)) == np.float32(want)
    assert any(value is None for value in table["score"].to_pylist())


@pytest.mark.parametrize("format_name", ["geojson", "geoparquet", "gpkg"])
@pytest.mark.parametrize("table_name", registry.TABLES)
def test_geometry_is_that_of_the_snapshot(
    snapshot: Snapshot, format_name: str, table_name: str, tmp_path: Path
) -> None:
    table = snapshot.table(table_name)
    rows = read_back(format_name, registry.write(format_name, table_name, table, snapshot.manifest), tmp_path)
    shapes = np.array([row["geometry"] for row in rows], dtype=object)
    xy = shapely.get_coordinates(shapes)
    assert np.array_equal(xy, np.round(xy, 5))
    if table_name == "areas":
        assert (shapely.hausdorff_distance(shapes, shapely.from_wkb(table["geometry"].to_numpy())) < 1e-5).all()
    elif table_name == "cells":
        import h3

        for shape, cell in zip(shapes[:50], table["cell"].to_pylist()[:50], strict=True):
            ring = [(round(lon, 5), round(lat, 5)) for lat, lon in h3.cell_to_boundary(h3.int_to_str(cell))]
            assert list(shape.exterior.coords)[:-1] == ring
    else:
        assert np.allclose(xy, np.column_stack((table["lon"].to_numpy(), table["lat"].to_numpy())), atol=5.1e-6)
    if table_name in ("areas", "cells"):
        assert shapely.is_valid(shapes).all()
        outer = shapely.get_exterior_ring(shapely.get_parts(shapes))
        assert shapely.is_ccw(outer).all()


@pytest.mark.parametrize("format_name", DATA_FORMATS)
def test_the_same_bytes_at_another_time(snapshot: Snapshot, format_name: str) -> None:
    first = registry.write(format_name, "areas", snapshot.areas, snapshot.manifest)
    time.sleep(1.1)  # the clock of a GeoPackage has seconds
    assert registry.write(format_name, "areas", snapshot.areas, snapshot.manifest) == first


@pytest.mark.parametrize("table_name", registry.TABLES)
def test_geojson_is_strict_and_holds_every_declared_column(snapshot: Snapshot, table_name: str) -> None:
    def never(word: str) -> float:
        raise AssertionError(word)

    table = snapshot.table(table_name)
    data = registry.write("geojson", table_name, table, snapshot.manifest)
    tree = json.loads(data, parse_constant=never)
    assert tree["petarawan"]["Tanda"] == "DATA CONTOH"
    declared = [name for name in table.column_names if name != "geometry"]
    for feature, row in zip(tree["features"], table.to_pylist(), strict=True):
        assert list(feature["properties"]) == [*declared, "snapshot", "catatan"]
        assert isinstance(feature["id"], str)
        for name in declared:
            want, got = row[name], feature["properties"][name]
            if want is None or isinstance(want, (str, bool)):
                assert got == want
            elif isinstance(want, date):
                assert got == want.isoformat()
            elif name in ("cell", "max_cell"):
                assert got == f"{want:x}"
            else:
                assert np.float32(got) == np.float32(want)


def test_no_mark_where_nothing_is_a_sample(snapshot: Snapshot) -> None:
    real = replace(snapshot.manifest, sample=False)
    data = registry.write("geojson", "sites", snapshot.table("sites"), real)
    assert b"catatan" not in data


def test_not_a_number_is_null_and_a_record_without_a_point_has_no_geometry(snapshot: Snapshot) -> None:
    table = snapshot.table("incidents").slice(0, 2)
    table = table.set_column(
        table.column_names.index("severity"), "severity", pa.array([float("nan"), float("inf")], pa.float32())
    )
    table = table.set_column(table.column_names.index("lon"), "lon", pa.array([None, 117.0]))
    one, two = (json.loads(item) for item in features.feature_bytes("incidents", table, snapshot.manifest))
    assert one["properties"]["severity"] is None and two["properties"]["severity"] is None
    assert one["geometry"] is None and two["geometry"]["coordinates"][0] == 117.0
    for format_name in DATA_FORMATS:
        assert registry.write(format_name, "incidents", table, snapshot.manifest)


def test_properties_are_chosen_and_members_added(snapshot: Snapshot) -> None:
    found = features.feature_bytes("areas", snapshot.areas, snapshot.manifest, properties=["name"])
    tree = json.loads(features.collection(found, numberReturned=len(found), links=[]))
    assert list(tree["features"][0]["properties"]) == ["kode", "name", "snapshot", "catatan"]
    assert tree["numberReturned"] == 18
    assert json.loads(features.collection([])) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("table_name", registry.TABLES)
@pytest.mark.parametrize("format_name", DATA_FORMATS)
def test_no_rows_is_a_file_all_the_same(snapshot: Snapshot, format_name: str, table_name: str, tmp_path: Path) -> None:
    data = registry.write(format_name, table_name, snapshot.table(table_name).slice(0, 0), snapshot.manifest)
    assert read_back(format_name, data, tmp_path) == []


def test_cells_with_extra_corners_have_all_of_them(snapshot: Snapshot) -> None:
    import h3

    crossed = [cell for cell in h3.uncompact_cells(h3.get_res0_cells(), 1) if len(h3.cell_to_boundary(cell)) != 6]
    assert crossed
    cells = sorted(h3.str_to_int(cell) for cell in [*crossed, *list(h3.uncompact_cells(h3.get_res0_cells(), 1))[:40]])
    table = pa.table({"cell": pa.array(cells, pa.uint64()), "kode": ["64"] * len(cells)})
    for cell, text in zip(cells, features.feature_bytes("cells", table, snapshot.manifest), strict=True):
        ring = json.loads(text)["geometry"]["coordinates"][0]
        want = h3.cell_to_boundary(h3.int_to_str(cell))
        assert np.allclose(np.array(ring[:-1])[:, ::-1], want, atol=5.1e-6) and ring[0] == ring[-1]


def test_unknown_format_and_table_are_named(snapshot: Snapshot) -> None:
    with pytest.raises(RequestError) as caught:
        registry.write("shp", "areas", snapshot.areas, snapshot.manifest)
    assert caught.value.code == "E_FORMAT" and "gpkg" in caught.value.hint("id")
    with pytest.raises(RequestError) as caught:
        registry.write("csv", "posts", snapshot.areas, snapshot.manifest)
    assert caught.value.code == "E_TABLE"
    long = named(snapshot, ["x" * 40_000])
    with pytest.raises(RequestError) as caught:
        registry.write("xlsx", "sites", long, snapshot.manifest)
    assert caught.value.code == "E_TEXT_TOO_LONG"


@pytest.mark.parametrize("format_name", DATA_FORMATS)
def test_fault_090_markup_is_text(snapshot: Snapshot, format_name: str, tmp_path: Path) -> None:
    data = registry.write(format_name, "sites", named(snapshot, MARKUP), snapshot.manifest)
    assert [row["name"] for row in read_back(format_name, data, tmp_path)] == MARKUP
    if format_name == "geojson":  # safe even inside a script element
        assert not {b"<", b">", b"&"} & {bytes([byte]) for byte in data}


@pytest.mark.parametrize("format_name", ["csv", "xlsx"])
def test_fault_091_no_formula_and_the_original_comes_back(snapshot: Snapshot, format_name: str, tmp_path: Path) -> None:
    data = registry.write(format_name, "sites", named(snapshot, HOSTILE), snapshot.manifest)
    found = [str(row["name"]) for row in read_back(format_name, data, tmp_path)]
    if format_name == "csv":
        assert not [text for text in found if text[:1] in tuple("=+-@\t\r\n＝＋－＠") and text]
        found = [formula.restore(text) for text in found]
    else:
        import zipfile

        sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b'quotePrefix="1"' in zipfile.ZipFile(io.BytesIO(data)).read("xl/styles.xml")
    assert found == HOSTILE


@given(st.text(alphabet="'=+-@\t\r\n＝a1 ", max_size=8))
def test_fault_091_every_text_survives(text: str) -> None:
    safe = formula.neutralise(text)
    assert formula.restore(safe) == text
    assert safe[:1] not in tuple("=+-@\t\r\n＝＋－＠") or not safe
