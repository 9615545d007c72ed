"""Our own parsers of what others wrote, in this process: GeoJSON item by item, frames, shapefile parts, names in a zip."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from geo.sources import shapefile_parts, zips
from geo.sources.forms import form_of
from geo.worker import frames, xls
from geo.worker.geojson import features
from geo.worker.positions import shape_of
from geo.worker.shapes import NoShape
from tests import hostile_files as files

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.fixed_dictionaries(
    {"features": st.lists(TREES, max_size=4)}, optional={"type": TREES, "crs": TREES, "x": TREES, "": TREES}
)


def no_constant(word: str) -> None:
    raise ValueError(word)


def walked(text: str) -> tuple[list[Any], dict[str, Any]]:
    top: dict[str, Any] = {}
    return list(features(text, top)), top


@given(OBJECTS, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_items_one_by_one_are_what_the_parser_says_of_all(tree: dict[str, Any], indent: Any, ascii_only: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    items, top = walked(f" \n{text}\r\n")
    assert items == tree["features"]
    assert top == tree | {"features": True}


@given(OBJECTS, st.data())
@settings(max_examples=400, deadline=None)
def test_what_the_parser_refuses_is_refused_and_nothing_else(tree: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(tree)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    text = (
        text[:at]
        + data.draw(st.sampled_from(["", ",", "[", "]", "{", "}", '"', ":", "1", " ", "NaN", "\\"]))
        + text[at + cut :]
    )
    try:
        whole = json.loads(text, parse_constant=no_constant)
    except ValueError:
        with pytest.raises(InputError):
            walked(text)
        return
    try:
        items, top = walked(text)
    except InputError as error:
        assert error.code in ("E_NOT_FEATURES", "E_JSON_KEY_TWICE")
        assert (
            error.code == "E_JSON_KEY_TWICE"
            or not isinstance(whole, dict)
            or not isinstance(whole.get("features", []), list)
        )
    else:
        assert items == whole.get("features", [])
        assert top.keys() == whole.keys()


@given(st.text(alphabet='[]{},:"\\u12eE+-.nulltrfas \n', max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_is_ever_more_than_a_told_fault(text: str) -> None:
    try:
        walked(text)
    except InputError as error:
        assert error.code.startswith(("E_JSON", "E_NOT_FEATURES"))


KINDS = ["Point", "Polygon", "GeometryCollection", "LineString", "MultiPoint", "MultiLineString", "MultiPolygon"]


@given(st.dictionaries(st.sampled_from(["type", "coordinates", "geometries"]), TREES | st.sampled_from(KINDS)))
@settings(max_examples=400, deadline=None)
def test_no_geometry_is_ever_more_than_a_named_fault(geometry: Any) -> None:
    try:
        shape, _ = shape_of(geometry, 1, 1000)
    except NoShape as fault:
        assert fault.code.startswith(("R_POLYGON_", "R_SHAPE_"))
    except InputError as error:
        assert error.code == "E_GEOJSON_VERTICES"
    else:
        assert shape is None or isinstance(shape, shapely.Geometry)


@given(
    st.sampled_from(
        [
            shapely.Point(117.1, -0.5),
            shapely.MultiPoint([(117, 0), (118, 1)]),
            shapely.LineString([(117, 0), (118, 1)]),
            shapely.MultiLineString([[(117, 0), (118, 1)], [(1, 1), (2, 2), (3, 1)]]),
            shapely.box(117, 0, 118, 1),
            shapely.MultiPolygon([shapely.box(117, 0, 118, 1), shapely.box(119, 0, 120, 1)]),
            shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(1, 1, 2, 2).exterior]),
            shapely.GeometryCollection([shapely.Point(1, 2), shapely.box(0, 0, 1, 1)]),
        ]
    ),
    st.booleans(),
)
def test_every_kind_of_geometry_comes_back(shape: shapely.Geometry, tall: bool) -> None:
    drawn = shapely.force_3d(shape, 5.0) if tall else shape
    assert shape_of(json.loads(shapely.to_geojson(drawn)), 1, 1000) == (shape, tall)


@given(
    st.lists(
        st.tuples(st.dictionaries(st.text(max_size=3), st.integers(-9, 9), max_size=2), st.binary(max_size=20)),
        min_size=1,
    )
)
@settings(max_examples=100, deadline=None)
def test_frames_come_back_and_a_cut_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[dict[str, int], bytes]]
) -> None:
    path = tmp_path_factory.mktemp("bingkai") / "answer"
    with path.open("wb") as stream:
        write = frames.Writer(stream)
        for data, blob in said:
            write(data, blob)
    assert list(frames.read(path)) == said
    assert frames.ends(path) == (said[0][0], said[-1][0])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(frames.BadFrames):
        frames.ends(path)
    with pytest.raises(frames.BadFrames):
        list(frames.read(path))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = files.shapefile(tmp_path_factory.mktemp("bagian"), rows=9)
    return {name[-3:]: content for name, content in found.items() if name[-3:] in shapefile_parts.NEEDED}


def checked(folder: Path, parts: dict[str, bytes]) -> int:
    for part, content in parts.items():
        (folder / f"a.{part}").write_bytes(content)
    return len(shapefile_parts.check("a", {part: folder / f"a.{part}" for part in parts}))


@pytest.mark.parametrize("part", shapefile_parts.NEEDED)
def test_fault_084_no_cut_of_any_part_is_read(part: str, parts: dict[str, bytes], tmp_path: Path) -> None:
    assert checked(tmp_path, parts) == 9
    end = len(parts[part]) - (1 if part == "dbf" else 0)  # a .dbf may lack its last byte, the mark of its end
    for size in range(0, end, 7):
        with pytest.raises(InputError, match="E_SHAPE_"):
            checked(tmp_path, parts | {part: parts[part][:size]})


@given(st.sampled_from(shapefile_parts.NEEDED), st.data())
@settings(max_examples=200, deadline=None)
def test_fault_084_no_changed_byte_is_more_than_a_told_fault(
    parts: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, part: str, data: st.DataObject
) -> None:
    content = bytearray(parts[part])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    try:
        assert (
            checked(tmp_path_factory.mktemp("ubah"), parts | {part: bytes(content)}) <= 9
        )  # a row may be marked as deleted
    except InputError as error:
        assert error.code.startswith("E_SHAPE_")
        assert error.message("id")


@given(st.binary(max_size=3000))
@settings(max_examples=100, deadline=None)
def test_whatever_the_bytes_a_file_has_a_kind(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("jenis") / "x"
    for start in (b"", b"PK\x03\x04", b"<", b"{"):
        path.write_bytes(start + content)
        assert form_of(path, (start + content)[:4096] or b"x")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ORC;nama;jenis\n", "text"),
        (b"MZ,nama\n1,2\n", "text"),
        (b"CDF;x\n", "text"),
        (b"PAR1,x\n", "text"),
        (b"PAR1\x15\x04\x15", "parquet"),
        (b"MZ\x90\x00\x03\x00", "program"),
        (b"\xef\xbb\xbf\n <kml xmlns='x'>", "kml"),
        ("<kml>".encode("utf-16"), "kml"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>', "xmlsheet"),
        (b"<!DOCTYPE html><p>", "html"),
        (b"tanggal;jenis\n", "text"),
        (b"<tanggal>;jenis\n", "xml"),
    ],
)
def test_kinds_by_their_first_bytes(head: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(head)
    assert form_of(path, head) == kind


def test_names_of_a_zip_without_trusting_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"x" * 60_000
        for name in ("a/b.shp", "é.dbf", "c\\d.prj"):
            archive.writestr(name, b"isi")
    assert zips.names(path) == ["a/b.shp", "é.dbf", "c/d.prj"]
    data = path.read_bytes()
    for size in range(0, len(data), 997):
        path.write_bytes(data[:size])
        assert isinstance(zips.names(path), list)
    at = data.index(b"PK\x05\x06")
    path.write_bytes(data[: at + 12] + b"\xff\xff\xff\xff" + data[at + 16 :])
    assert zips.names(path) == []


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_old_workbook_is_more_than_one_without_known_errors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("lama")
    content = bytearray(files.old_workbook(files.Scene(folder, "", folder)).read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
        content[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0xFE, 0xFF]))
    found = xls.errors(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert all(code == "R_CELL_ERROR" for cells in found.values() for _, _, code in cells)
