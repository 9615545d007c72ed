"""Boundaries from GeoJSON: code systems, coordinate systems, and every geometry fault that has a number."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, InputError
from core.settings import Source
from geo.layer import Layer
from geo.sources import boundary_files
from geo.sources.polygons import BadShape, mend, polygon
from tests.places import SHARED, needs_shared

GEOJSON = Source(kind="boundaries", reader="geojson")


def ring(x: float, y: float, size: float = 0.1) -> list[list[float]]:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(n: int, geometry: Any, **properties: Any) -> dict[str, Any]:
    filled = {"kode": f"64.08.01.{2000 + n}", "nama": f"Desa {n}"} | properties
    return {"type": "Feature", "properties": filled, "geometry": geometry}


def square(n: int, **properties: Any) -> dict[str, Any]:
    return feature(n, {"type": "Polygon", "coordinates": [ring(117.0 + 0.1 * n, 0.5)]}, **properties)


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def read(folder: Path, tree: Any, source: Source = GEOJSON) -> Layer:
    path = folder / "desa.geojson"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    return boundary_files.read(source, [path])


def one_bad(folder: Path, geometry: Any) -> Layer:
    """Two good villages and one with the given geometry."""
    return read(folder, collection(square(1), square(2), feature(3, geometry)))


def several_bad(folder: Path, geometries: list[Any]) -> Layer:
    """Two good villages and one with each of the given geometries."""
    bad = [feature(n, geometry) for n, geometry in enumerate(geometries, start=3)]
    layer = read(folder, collection(square(1), square(2), *bad))
    assert layer.info.rows_in == 2 + len(geometries)
    return layer


def reasons(layer: Layer) -> list[str]:
    return [item.code for item in layer.info.rejected]


def warned(layer: Layer) -> list[tuple[str, dict[str, Any]]]:
    """Warnings, without those that compare a whole regency with the few villages of a test."""
    return [
        (item.code, item.params) for item in layer.info.warnings if item.code not in ("NOT_IN_FILE", "NOT_REGISTERED")
    ]


def polygon_of(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_plain_file_is_read_in_code_order(tmp_path: Path) -> None:
    layer = read(tmp_path, collection(square(2), square(1, kecamatan="Nama Sendiri")))
    assert layer.rows["kode"].tolist() == ["64.08.01.2001", "64.08.01.2002"]
    assert layer.rows["kecamatan"].tolist() == ["Nama Sendiri", "Muara Ancalong"]
    assert layer.rows.geometry[0].bounds == pytest.approx((117.1, 0.5, 117.2, 0.6))
    assert (layer.info.reader, layer.info.rows_in, layer.info.indicative) == ("geojson", 2, False)


# Codes


def test_undotted_codes_need_their_system(tmp_path: Path) -> None:
    tree = collection(square(1, kode="6408012001"), square(2, kode=6408012002), square(3, kode=6408012003.0))
    with pytest.raises(ConfigError, match="E_CODE_SYSTEM"):
        read(tmp_path, tree)
    stated = GEOJSON.model_copy(update={"code_system": "kemendagri"})
    assert read(tmp_path, tree, stated).rows["kode"].tolist() == ["64.08.01.2001", "64.08.01.2002", "64.08.01.2003"]


def test_bps_codes_are_refused_with_the_trap_named_until_somebody_says_what_they_are(tmp_path: Path) -> None:
    """BPS 6404 is Kutai Timur, Kemendagri 64.08: a join on the digits would work and be wrong."""
    row = {"KDEBPS": "6404010001", "NAMOBJ": "x"}
    only_bps = collection({"type": "Feature", "properties": row, "geometry": polygon_of(ring(116.7, 0.8))})
    for columns in ({}, {"kode": "KDEBPS"}):
        with pytest.raises(ConfigError, match="E_BPS_CODES") as caught:
            read(tmp_path, only_bps, GEOJSON.model_copy(update={"columns": columns}))
        for lang in ("id", "en"):
            assert "6404" in caught.value.hint(lang)
            assert "64.08" in caught.value.hint(lang)
    for columns in ({}, {"kode": "KDEBPS"}):
        said = GEOJSON.model_copy(update={"columns": columns, "code_system": "bps"})
        assert read(tmp_path, only_bps, said).rows["kode"].tolist() == ["64.08.01.2001"]
    both = collection(square(1, kode="6404010001", kdebps="6404010002"))
    assert read(tmp_path, both, said.model_copy(update={"columns": {}})).rows["kode"].tolist() == ["64.08.01.2002"]
    with pytest.raises(InputError, match="E_NO_VILLAGES"):
        read(tmp_path, collection(square(1, kode="64.08.01.2001")), said.model_copy(update={"columns": {}}))


def test_bps_codes_called_kemendagri_are_noticed(tmp_path: Path) -> None:
    tree = collection(*(square(n, kode=f"640401000{n}") for n in range(1, 4)))
    with pytest.raises(ConfigError, match="E_BPS_LIKELY"):
        read(tmp_path, tree, GEOJSON.model_copy(update={"code_system": "kemendagri"}))


def test_fault_040_code_of_wrong_length(tmp_path: Path) -> None:
    wrong = ["640801201", "64080120011", "64.8.1.2001", "64.08.01", "", "ID6408", "6408012001.5"]
    stated = GEOJSON.model_copy(update={"code_system": "kemendagri"})
    layer = read(
        tmp_path, collection(square(1), *(square(n, kode=kode) for n, kode in enumerate(wrong, start=2))), stated
    )
    assert len(layer.rows) == 1
    assert [item.raw["kode"] for item in layer.info.rejected] == wrong
    assert [item.place.row for item in layer.info.rejected] == list(range(2, 9))
    assert set(reasons(layer)) == {"R_VILLAGE_CODE", "R_NOT_VILLAGE"}


def test_fault_070_the_same_code_or_key_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_CODE_TWICE"):
        read(tmp_path, collection(square(1), square(1)))
    twice = json.dumps(collection(square(1))).replace('"nama"', '"kode": "64.08.01.2009", "nama"')
    with pytest.raises(InputError, match="E_JSON_KEY_TWICE"):
        read(tmp_path, twice)


def test_columns_are_found_by_known_headers_or_by_mapping(tmp_path: Path) -> None:
    rbi = {
        "KDEPUM": "64.74.01.1006",
        "KDEBPS": None,
        "WADMKD": "Api-api",
        "WADMKC": "Bontang Utara",
        "WADMKK": "Kota Bontang",
    }
    row = {"type": "Feature", "properties": rbi, "geometry": polygon_of(ring(117.5, 0.1))}
    assert read(tmp_path, collection(row)).rows.loc[0, ["kode", "name", "kabupaten"]].tolist() == [
        "64.74.01.1006",
        "Api-api",
        "Kota Bontang",
    ]
    own = {
        "type": "Feature",
        "properties": {"k": "64.74.01.1006", "n": "Api-api"},
        "geometry": polygon_of(ring(117.5, 0.1)),
    }
    with pytest.raises(InputError, match="E_NO_CODE_COLUMN"):
        read(tmp_path, collection(own))
    mapped = GEOJSON.model_copy(update={"columns": {"kode": "k", "name": "n"}})
    assert read(tmp_path, collection(own), mapped).rows["name"].tolist() == ["Api-api"]
    with pytest.raises(ConfigError, match="E_NO_SUCH_COLUMN"):
        read(tmp_path, collection(own), GEOJSON.model_copy(update={"columns": {"kode": "K"}}))
    clash = {"type": "Feature", "properties": {"kode": "1", "KODE": "2", "nama": "x"}, "geometry": None}
    with pytest.raises(InputError, match="E_COLUMN_TWICE"):
        read(tmp_path, collection(clash))


@needs_shared
def test_the_rbi_attribute_schema_is_known() -> None:
    """The real attribute names (its polygon is of the whole city and its row of one desa: only the schema is tried)."""
    layer = boundary_files.read(GEOJSON, [SHARED / "boundaries" / "rbi10k_Kota_Bontang.json"])
    assert layer.rows.loc[0, ["kode", "name", "kecamatan", "kabupaten", "provinsi"]].tolist() == [
        "64.74.01.1006",
        "Api-api",
        "Bontang Utara",
        "Kota Bontang",
        "Kalimantan Timur",
    ]


# Geometry


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_fault_050_nan_or_infinity_refuses_the_file(tmp_path: Path, number: str) -> None:
    with pytest.raises(InputError, match="E_JSON"):
        read(tmp_path, json.dumps(collection(square(1))).replace("0.5", number, 1))


@pytest.mark.parametrize("number", ["1e300", "1e400", "-1e300"])
def test_fault_051_absurd_numbers_are_quarantined(tmp_path: Path, number: str) -> None:
    text = json.dumps(collection(square(1), square(2), feature(3, polygon_of(ring(117.0, 0.5))))).replace(
        "117.0", number
    )
    assert reasons(read(tmp_path, text)) in (["R_POLYGON_OUTSIDE"], ["R_POLYGON_NUMBER"])


def test_fault_052_coordinates_that_are_not_numbers(tmp_path: Path) -> None:
    positions = [["117.0", "0.5"], [None, 0.5], [True, "0.5"], [117.0], [], "117,0.5", {"x": 1}]
    layer = several_bad(tmp_path, [polygon_of([item, *ring(117.0, 0.5)[1:-1], item]) for item in positions])
    assert len(reasons(layer)) == len(positions)
    assert set(reasons(layer)) == {"R_POLYGON_NUMBER", "R_POLYGON_NESTING"}


def test_fault_053_coordinates_of_another_shape(tmp_path: Path) -> None:
    trees = [None, 7, "x", [1.0, 2.0], [[1.0, 2.0]]]
    layer = several_bad(tmp_path, [{"type": "Polygon", "coordinates": tree} for tree in trees])
    assert reasons(layer) == ["R_POLYGON_NESTING"] * len(trees)


def test_fault_054_swapped_is_told_never_mended(tmp_path: Path) -> None:
    swapped = polygon_of([[y, x] for x, y in ring(117.0, 0.5)])
    assert reasons(one_bad(tmp_path, swapped)) == ["R_POLYGON_SWAPPED"]
    with pytest.raises(InputError, match="E_SWAPPED_FILE"):
        read(tmp_path, collection(feature(1, swapped), feature(2, swapped)))


def test_fault_055_and_059_metres_where_degrees_should_be(tmp_path: Path) -> None:
    metres = polygon_of(ring(500_000.0, 55_000.0, 1000.0))
    with pytest.raises(InputError, match="E_METRES_FILE"):
        read(tmp_path, collection(feature(1, metres)))
    stated = GEOJSON.model_copy(update={"crs": "EPSG:32650"})
    layer = read(tmp_path, collection(feature(1, metres)), stated)
    assert layer.rows.geometry[0].bounds == pytest.approx((117.0, 0.4975, 117.009, 0.5066), abs=1e-3)
    with pytest.raises(ConfigError, match="E_CRS"):
        read(tmp_path, collection(feature(1, metres)), GEOJSON.model_copy(update={"crs": "UTM fifty"}))


def test_fault_056_and_066_outside_the_country(tmp_path: Path) -> None:
    away = [(0.0, 0.0), (-60.0, 10.0), (179.95, 0.0), (117.0, 60.0)]
    layer = several_bad(tmp_path, [polygon_of(ring(*at)) for at in away])
    assert reasons(layer) == ["R_POLYGON_OUTSIDE"] * len(away)


def test_fault_066_a_polygon_over_the_antimeridian_is_refused_with_its_reason(tmp_path: Path) -> None:
    """No part of Indonesia is near it, so such a polygon is a mistake, however it is written; its box would be the whole earth."""
    beyond = polygon_of([[179.9, 0.0], [180.1, 0.0], [180.1, 0.1], [179.9, 0.1], [179.9, 0.0]])
    wrapped = polygon_of([[170.0, 0.0], [-170.0, 0.0], [-170.0, 0.1], [170.0, 0.1], [170.0, 0.0]])
    halves = {"type": "MultiPolygon", "coordinates": [[ring(179.9, 0.0)], [ring(-180.0, 0.0)]]}
    whole = polygon_of([[-180.0, -12.0], [180.0, -12.0], [180.0, 7.0], [-180.0, 7.0], [-180.0, -12.0]])
    layer = several_bad(tmp_path, [beyond, wrapped, halves, whole])
    assert reasons(layer) == ["R_POLYGON_OUTSIDE"] * 4
    assert layer.rows.total_bounds == pytest.approx((117.1, 0.5, 117.3, 0.6))
    with pytest.raises(InputError, match="E_NO_VILLAGES") as caught:
        read(tmp_path, collection(feature(1, wrapped)))
    assert "94..142" in caught.value.message("id")


def test_fault_061_an_open_ring_costs_one_feature_not_the_file(tmp_path: Path) -> None:
    layer = one_bad(tmp_path, polygon_of(ring(117.0, 0.5)[:-1]))
    assert reasons(layer) == ["R_POLYGON_OPEN"]
    assert (layer.info.rows_in, len(layer.rows)) == (3, 2)


def test_fault_062_two_points_bow_tie_and_spike(tmp_path: Path) -> None:
    assert reasons(one_bad(tmp_path, polygon_of([[117.0, 0.5], [117.1, 0.5], [117.0, 0.5]]))) == ["R_POLYGON_RING"]
    bow_tie = [[117.0, 0.5], [117.1, 0.6], [117.1, 0.5], [117.0, 0.6], [117.0, 0.5]]
    layer = one_bad(tmp_path, polygon_of(bow_tie))
    assert reasons(layer) == ["R_POLYGON_MEND"]
    assert layer.info.rejected[0].params == {"percent": "100.00"}
    spike = [[117.0, 0.5], [117.1, 0.5], [117.3, 0.5], [117.1, 0.5], [117.1, 0.6], [117.0, 0.6], [117.0, 0.5]]
    layer = one_bad(tmp_path, polygon_of(spike))
    assert reasons(layer) == []
    assert shapely.is_valid(layer.rows.geometry.to_numpy()).all()
    assert warned(layer) == [("MENDED", {"villages": 1, "percent": 0.0})]


def test_fault_062_parts_that_overlap_are_not_cut_out() -> None:
    """The default of make_valid would leave a hole where two parts of a village overlap."""
    a, b = ring(117.0, 0.5), ring(117.0999, 0.5)
    mended = mend(polygon([[a], [b]]))
    assert mended.change < 1e-3
    assert shapely.area(mended.shape) == pytest.approx(0.01 + 0.01 - 0.0001 * 0.1)
    with pytest.raises(BadShape, match="R_POLYGON_MEND"):
        mend(polygon([[a], [ring(117.05, 0.5)]]))


def test_fault_064_a_village_without_polygon_is_kept_and_counted(tmp_path: Path) -> None:
    layer = several_bad(tmp_path, [None, polygon_of(), {"type": "MultiPolygon", "coordinates": []}, polygon_of([])])
    assert reasons(layer) == []
    assert layer.rows.geometry.isna().tolist() == [False, False, True, True, True, True]
    named = ", ".join(f"64.08.01.{2000 + n}" for n in (3, 4, 5, 6))
    assert warned(layer) == [("NO_POLYGON", {"villages": 4, "codes": named})]


def test_fault_065_heights_and_collections_are_normalised_and_stated(tmp_path: Path) -> None:
    high = polygon_of([[x, y, 12.5] for x, y in ring(117.0, 0.5)])
    layer = one_bad(tmp_path, high)
    assert not shapely.has_z(layer.rows.geometry.to_numpy()).any()
    assert [code for code, _ in warned(layer)] == ["HEIGHT_DROPPED"]
    mixed = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [117.0, 0.5]}, high]}
    layer = one_bad(tmp_path, mixed)
    assert shapely.equals(layer.rows.geometry[2], shapely.Polygon(ring(117.0, 0.5)))
    point = {"type": "Point", "coordinates": [117.0, 0.5]}
    layer = several_bad(tmp_path, [point, {"type": "GeometryCollection", "geometries": [point]}, {"type": 3}])
    assert reasons(layer)[:2] == ["R_POLYGON_NOT"] * 2
    assert reasons(layer)[2] in ("R_POLYGON_NOT", "R_SHAPE_KIND")
    nothing = one_bad(tmp_path, {"type": "GeometryCollection", "geometries": []})
    assert (reasons(nothing), [code for code, _ in warned(nothing)]) in (([], ["NO_POLYGON"]), (["R_SHAPE_KIND"], []))


def test_fault_069_too_many_vertices_are_refused_early(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("geo.sources.polygons.MAX_VERTICES", 100)
    monkeypatch.setattr("geo.sources.boundary_features.MAX_VERTICES", 100)
    angle = np.linspace(0, 2 * np.pi, 150)
    circle = np.column_stack((117 + 0.1 * np.cos(angle), 0.5 + 0.1 * np.sin(angle))).tolist()
    circle[-1] = circle[0]
    assert reasons(one_bad(tmp_path, polygon_of(circle))) == ["R_POLYGON_VERTICES"]
    with pytest.raises(BadShape, match="R_POLYGON_VERTICES"):
        polygon([circle])


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        lambda inner: st.lists(inner, max_size=5),
    )
)
@settings(max_examples=300, deadline=None)
def test_no_list_of_whatever_is_ever_more_than_a_named_fault(tree: object) -> None:
    try:
        polygon(tree)
    except BadShape as fault:
        assert fault.code.startswith("R_POLYGON_")


# Files


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E_EMPTY_FILE"),
        ("{", "E_JSON"),
        ("<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>", "E_JSON"),
        ("[" * 200_000, "E_JSON"),
        ('{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}', "E_NOT_FEATURES"),
        ('{"type": "Feature", "properties": {}, "geometry": null}', "E_NOT_FEATURES"),
        ('{"type": "FeatureCollection", "features": {}}', "E_NOT_FEATURES"),
        ('{"type": "FeatureCollection", "features": []}', "E_NO_VILLAGES"),
        (
            '{"type": "FeatureCollection", "features": [1, null, {"type": "Feature", "properties": null}]}',
            "E_NO_VILLAGES",
        ),
        (
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": [1], "geometry": null}]}',
            "E_NO_VILLAGES",
        ),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError, match=code):
        read(tmp_path, text)


def test_fault_077_a_crs_link_is_never_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_network)
    link = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    with pytest.raises(InputError, match="E_CRS_MEMBER"):
        read(tmp_path, collection(square(1), crs=link))
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32650"}}
    with pytest.raises(InputError, match="E_CRS_MEMBER"):
        read(tmp_path, collection(square(1), crs=named))
    harmless = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read(tmp_path, collection(square(1), crs=harmless)).rows) == 1


def test_a_name_that_is_blank_or_holds_what_nobody_can_print(tmp_path: Path) -> None:
    layer = read(tmp_path, collection(square(1, nama=" "), square(2, nama="Desa\x00 \x1b[31mDua\n")))
    assert layer.rows["name"].tolist() == ["64.08.01.2001", "Desa [31mDua"]
    assert any(item.code == "UNNAMED" and "64.08.01.2001" in str(item.params) for item in layer.info.warnings)


def test_half_a_letter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_JSON"):
        read(tmp_path, collection(square(1, nama="\ud800x")))
    assert len(read(tmp_path, collection(square(1, nama="Desa \U0001f600"))).rows) == 1
