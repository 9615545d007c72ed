"""The tree of areas: children fill their parents, whatever the villages looked like; and the report says how they looked."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core import codes
from core.errors import ConfigError
from core.settings import Source
from geo.boundaries import GAP_WIDTH, AreaTree, areas_km2, build_tree, check_tree
from geo.layer import Layer, LayerInfo
from geo.sources import cahyadsn_sql, embedded
from tests.places import SHARED, needs_shared


@pytest.fixture(scope="module")
def kaltim() -> Layer:
    return embedded.read(Source(kind="boundaries", reader="embedded"), [])


@pytest.fixture(scope="module")
def tree(kaltim: Layer) -> AreaTree:
    return build_tree(kaltim, ["64"])


@pytest.fixture(scope="module")
def real() -> Layer:
    files = [SHARED / "boundaries" / f"wilayah_boundaries_kel_{kode}.sql.gz" for kode in ("64.08", "64.74")]
    return cahyadsn_sql.read(Source(kind="boundaries", reader="cahyadsn_sql"), files)


def layer_of(shapes: dict[str, shapely.Geometry | None]) -> Layer:
    frame = gpd.GeoDataFrame(
        {
            "kode": list(shapes),
            "name": [f"Desa {kode[-4:]}" for kode in shapes],
            "kecamatan": [f"Kec {kode[:8]}" for kode in shapes],
            "kabupaten": [f"Kab {kode[:5]}" for kode in shapes],
            "provinsi": "Prov",
        },
        geometry=list(shapes.values()),
        crs="EPSG:4326",
    )
    return Layer(LayerInfo("uji", "boundaries", "uji", "uji", "-", "0" * 64, len(shapes)), frame)


def holds(tree: AreaTree) -> None:
    """The relations every tree keeps."""
    frame = tree.frame
    assert frame["kode"].is_monotonic_increasing
    assert frame["kode"].is_unique
    assert list(frame.columns) == ["kode", "level", "name", "parent", "area_km2", "label_lon", "label_lat", "geometry"]
    assert frame.crs.to_epsg() == 4326
    shapes = frame.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes)) <= {3, 6}
    by_code = frame.set_index("kode")
    for kode, level, parent in zip(frame["kode"], frame["level"], frame["parent"], strict=True):
        assert level == codes.level(kode)
        assert parent == codes.parent(kode)
        assert parent is None or parent in by_code.index
    for parent, children in frame[frame["level"] > 1].groupby("parent"):
        assert by_code.loc[parent, "area_km2"] == pytest.approx(children["area_km2"].sum(), rel=1e-9)
        apart = shapely.symmetric_difference(
            by_code.loc[parent, "geometry"], shapely.union_all(children.geometry.to_numpy())
        )
        assert shapely.area(apart) <= 1e-9 * shapely.area(by_code.loc[parent, "geometry"])
    assert shapely.contains_xy(shapes, frame["label_lon"].to_numpy(), frame["label_lat"].to_numpy()).all()
    report = check_tree(tree)
    assert report.overlaps_km2 <= 1e-9 * report.area_km2[1]
    assert set(report.faults()) <= {"unmapped"}


def test_kalimantan_timur(tree: AreaTree) -> None:
    holds(tree)
    report = check_tree(tree)
    assert report.counts == {1: 1, 2: 10, 3: 105, 4: 1038}
    assert report.sound
    assert report.indicative
    assert report.unmapped == ()
    assert (report.drawn.overlaps_km2, report.drawn.gaps_km2) == (0.0, 0.0)
    assert 120_000 < report.area_km2[1] < 135_000  # officially 126,952 km2; the outline is simplified
    names = tree.frame.set_index("kode")["name"]
    assert names[["64", "64.08", "64.08.01"]].tolist() == [
        "Kalimantan Timur",
        "Kabupaten Kutai Timur",
        "Muara Ancalong",
    ]


def test_the_whole_province_takes_well_under_five_seconds(kaltim: Layer) -> None:
    start = time.perf_counter()
    check_tree(build_tree(kaltim, ["64"]))
    assert time.perf_counter() - start < 5.0


def test_same_villages_same_tree_in_whatever_order(kaltim: Layer, tree: AreaTree) -> None:
    shuffled = kaltim.rows.sample(frac=1.0, random_state=7)
    again = build_tree(Layer(kaltim.info, shuffled), ["64"])
    assert again.frame.drop(columns="geometry").equals(tree.frame.drop(columns="geometry"))
    assert (shapely.to_wkb(again.frame.geometry.to_numpy()) == shapely.to_wkb(tree.frame.geometry.to_numpy())).all()


def test_part_of_the_country_is_a_tree_of_its_own(kaltim: Layer, tree: AreaTree) -> None:
    part = build_tree(kaltim, ["64.08", "64.74"])
    holds(part)
    assert check_tree(part).counts == {1: 1, 2: 2, 3: 21, 4: 156}
    whole = tree.frame.set_index("kode")["area_km2"]
    assert part.frame.set_index("kode")["area_km2"]["64"] == pytest.approx(whole["64.08"] + whole["64.74"])
    one = build_tree(kaltim, ["64.74.01.1001"])
    assert one.frame["kode"].tolist() == ["64", "64.74", "64.74.01", "64.74.01.1001"]
    assert one.frame["area_km2"].nunique() == 1


@pytest.mark.parametrize("area", [["65"], ["64", "64.04"], ["64.08.01.2999"], ["6"]])
def test_an_area_without_villages_is_an_error(kaltim: Layer, area: list[str]) -> None:
    with pytest.raises(ConfigError, match="E_AREA_UNKNOWN") as caught:
        build_tree(kaltim, area)
    assert area[-1] in caught.value.message("id")


def test_fault_063_overlaps_and_gaps_are_measured_and_then_gone() -> None:
    slit = GAP_WIDTH / 2
    drawn = {
        "64.08.01.2001": shapely.box(117.0, 0.0, 117.101, 0.1),  # 0.001 degrees too far east
        "64.08.01.2002": shapely.box(117.1, 0.0, 117.2, 0.1),
        "64.08.02.2001": shapely.box(117.0, 0.1 + slit, 117.2, 0.2),
        "64.08.02.2002": shapely.union(shapely.box(117.2, 0.0, 117.3, 0.2), shapely.box(116.99, 0.2, 117.3, 0.3)),
        "64.08.02.2003": shapely.box(116.9, 0.0, 117.0, 0.2),
    }
    tree = build_tree(layer_of(drawn), ["64"])
    holds(tree)
    report = check_tree(tree)
    one = areas_km2(np.array([shapely.box(117.1, 0.0, 117.101, 0.1)], dtype=object))[0]
    hole = areas_km2(np.array([shapely.box(117.0, 0.1, 117.2, 0.1 + slit)], dtype=object))[0]
    assert report.drawn.overlaps_km2 == pytest.approx(one, rel=1e-6)
    assert report.drawn.gaps_km2 == pytest.approx(hole, rel=1e-6)
    assert 0.0 < report.drawn.largest_change < 0.02
    assert report.gaps_km2 == 0.0
    assert shapely.get_num_interior_rings(tree.at_level(1).geometry[0]) == 0


def test_a_lake_stays_a_hole() -> None:
    ring = shapely.difference(shapely.box(117.0, 0.0, 117.3, 0.3), shapely.box(117.1, 0.1, 117.2, 0.2))
    tree = build_tree(layer_of({"64.08.01.2001": ring, "64.08.01.2002": shapely.box(117.3, 0.0, 117.4, 0.3)}), ["64"])
    holds(tree)
    assert shapely.get_num_interior_rings(tree.at_level(2).geometry[0]) == 1


def test_fault_064_villages_without_polygon_are_listed() -> None:
    tree = build_tree(layer_of({"64.08.01.2001": shapely.box(117, 0, 118, 1), "64.08.01.2002": None}), ["64"])
    holds(tree)
    assert tree.unmapped == ("64.08.01.2002",)
    assert check_tree(tree).faults() == ("unmapped",)
    with pytest.raises(ConfigError, match="E_AREA_UNKNOWN"):
        build_tree(layer_of({"64.08.01.2001": shapely.box(117, 0, 118, 1), "64.74.01.1002": None}), ["64.08", "64.74"])


def test_fault_073_an_enclave_drawn_over_its_surroundings_is_not_lost() -> None:
    inner = shapely.box(117.4, 0.4, 117.5, 0.5)
    tree = build_tree(layer_of({"64.08.01.2001": shapely.box(117, 0, 118, 1), "64.08.01.2002": inner}), ["64"])
    holds(tree)
    village = tree.frame.set_index("kode").loc["64.08.01.2002"]
    assert village["area_km2"] == pytest.approx(areas_km2(np.array([inner], dtype=object))[0])
    assert tree.unmapped == ()


def test_fault_073_the_same_polygon_twice_loses_no_village_unseen() -> None:
    same = shapely.box(117, 0, 118, 1)
    tree = build_tree(layer_of({"64.08.01.2001": same, "64.08.01.2002": same}), ["64"])
    holds(tree)
    assert len(tree.at_level(4)) + len(tree.unmapped) == 2
    assert len(tree.unmapped) == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=10
    )
)
@settings(max_examples=30, deadline=None)
def test_whatever_was_drawn_the_tree_holds(boxes: list[tuple[int, int, int, int]]) -> None:
    """Rectangles that overlap, touch or lie apart: after cleaning they cover what they covered, and nothing twice."""
    shapes = {
        f"64.0{1 + i % 2}.0{1 + i % 3}.20{i:02d}": shapely.box(117 + x / 50, y / 50, 117 + (x + w) / 50, (y + h) / 50)
        for i, (x, y, w, h) in enumerate(boxes)
    }
    tree = build_tree(layer_of(shapes), ["64"])
    holds(tree)
    assert len(tree.at_level(4)) + len(tree.unmapped) == len(shapes)
    union = areas_km2(np.array([shapely.union_all(list(shapes.values()))], dtype=object))[0]
    assert check_tree(tree).area_km2[1] == pytest.approx(union, rel=1e-9)


@needs_shared
def test_the_real_polygons_of_kutai_timur_and_bontang(real: Layer) -> None:
    tree = build_tree(real, ["64.08", "64.74"])
    holds(tree)
    report = check_tree(tree)
    assert report.counts == {1: 1, 2: 2, 3: 21, 4: 156}
    assert report.sound
    assert not report.indicative
    assert report.area_km2[1] == pytest.approx(31_692.9, abs=1.0)
    assert 0.3 < report.drawn.overlaps_km2 < 0.6
    assert 0.4 < report.drawn.gaps_km2 < 0.7
    assert report.drawn.largest_change < 0.005


@needs_shared
def test_the_indicative_boundaries_name_the_right_village_for_most_of_the_area(real: Layer, tree: AreaTree) -> None:
    """Right code, as a share of the area of Kutai Timur and Bontang; all of Kaltim was measured at .63, .86 and .95."""
    truth = build_tree(real, ["64"])
    assert set(truth.at_level(4)["kode"]) == {k for k in tree.at_level(4)["kode"] if k[:5] in ("64.08", "64.74")}
    guessed = tree.frame.set_index("kode").geometry
    right = {}
    for level in (4, 3, 2):
        rows = truth.at_level(level)
        same = shapely.intersection(rows.geometry.to_numpy(), guessed.reindex(rows["kode"]).to_numpy())
        right[level] = areas_km2(same).sum() / rows["area_km2"].sum()
    assert right[4] == pytest.approx(0.557, abs=0.01)
    assert right[3] == pytest.approx(0.780, abs=0.01)
    assert right[2] == pytest.approx(0.904, abs=0.01)


def test_villages_nobody_asked_for_are_kept_where_they_may_fill_a_hole() -> None:
    square, town, far = (
        shapely.box(117, 0, 117.3, 0.3),
        shapely.box(117.1, 0.1, 117.2, 0.2),
        shapely.box(119, 0, 120, 1),
    )
    layer = layer_of(
        {
            "64.08.01.2001": square.difference(town),
            "64.71.01.1001": town,
            "64.09.01.2001": far,
            "64.09.01.2002": None,
        }
    )
    tree = build_tree(layer, ["64.08"])
    assert [shape.equals(town) for shape in tree.others] == [True]
    assert len(build_tree(layer, ["64"]).others) == 0
