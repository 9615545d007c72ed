"""The parts of a sheet: frame and scale, borders drawn once, hexes that fill the area, numbers, text widths, the SVG writer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow.compute as pc
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core import cells as h3cells
from core.numerals import apportion, day, degrees, number, quantity
from core.words import LANGUAGES
from prints import content, fonts, furniture, ground, mapsvg, names
from prints.frame import SCALES, Frame, fit, graticule
from store.manifest import Table
from store.snapshot import Snapshot
from tests import synthetic

BOX = (14.5, 14.5, 284.5, 282.5)
needs_fonts = pytest.mark.skipif(
    not (fonts.FOLDER / fonts.FILES["regular"]).is_file(), reason="no fonts: run `make setup`"
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return synthetic.make(tmp_path_factory.mktemp("parts"))


def shape_of(snapshot: Snapshot, kode: str) -> shapely.Geometry:
    return shapely.from_wkb(snapshot.areas.filter(pc.equal(snapshot.areas["kode"], kode))["geometry"][0].as_py())


def laid(snapshot: Snapshot, kode: str) -> tuple[Frame, ground.Ground]:
    frame = fit(shape_of(snapshot, kode), BOX, 9.0)
    return frame, ground.lay(snapshot.areas, kode, frame)


@given(st.floats(95.0, 141.0), st.floats(-10.0, 6.0), st.floats(0.001, 3.0), st.floats(0.2, 5.0))
def test_the_scale_is_the_largest_round_one_that_fits(lon: float, lat: float, size: float, ratio: float) -> None:
    area = shapely.box(lon, lat, lon + size, lat + size * ratio)
    frame = fit(area, BOX, 9.0)
    page = frame.to_page(shapely.get_coordinates(area))
    inside = (page.min(axis=0) >= (BOX[0] + 8.99, BOX[1] + 8.99)).all() and (
        page.max(axis=0) <= (BOX[2] - 8.99, BOX[3] - 8.99)
    ).all()
    assert frame.scale in SCALES and (inside or frame.scale == SCALES[-1])
    if frame.scale != SCALES[0]:
        finer = fit(area, BOX, 9.0, tuple(step for step in SCALES if step < frame.scale))
        assert np.ptp(finer.to_page(shapely.get_coordinates(area)), axis=0).max() > min(252.0, 250.0) - 1e-6


@given(st.floats(95.0, 141.0), st.floats(-10.0, 6.0))
def test_page_and_degrees_are_inverse_and_a_millimetre_is_the_scale(lon: float, lat: float) -> None:
    frame = fit(shapely.box(lon, lat, lon + 0.2, lat + 0.2), BOX, 9.0)
    points = np.array([(20.0, 20.0), (150.0, 150.0), (280.0, 270.0)])
    assert frame.to_page(frame.to_lonlat(points)) == pytest.approx(points, abs=1e-6)
    # On the ellipsoid 100 mm are 100 mm x scale within the distortion of UTM.
    (x0, y0), (x1, y1) = frame.to_lonlat(np.array([(100.0, 150.0), (200.0, 150.0)])).tolist()
    metres = 111_320 * np.hypot((x1 - x0) * np.cos(np.radians((y0 + y1) / 2)), y1 - y0)
    assert metres == pytest.approx(frame.scale / 10.0, rel=8e-3)


def test_zone_by_longitude_and_hemisphere() -> None:
    assert fit(shapely.box(117.0, -1.0, 117.2, -0.8), BOX, 9.0).zone == "50S"
    assert fit(shapely.box(95.3, 5.2, 95.5, 5.6), BOX, 9.0).zone == "46N"


def test_degree_ticks_on_all_four_sides(snapshot: Snapshot) -> None:
    frame, _ = laid(snapshot, "64.08.02")
    lines, ticks = graticule(frame)
    assert {tick.side for tick in ticks} == {"left", "right", "top", "bottom"}
    assert len(ticks) <= 2 * len(lines) and len(lines) >= 6


def test_every_border_is_drawn_once_at_the_highest_level_it_separates(snapshot: Snapshot) -> None:
    frame, land = laid(snapshot, "64")
    total = {level: sum(part.length for part in parts) for level, parts in land.borders.inside.items()}
    degree = 111_000.0 * 1000 / frame.scale  # mm on the page, within 1 %
    # 64.08|64.74: 0.2 high; 64.08.01|64.08.02: 0.2 high; village edges by hand from tests/synthetic.py
    assert total[2] == pytest.approx(0.2 * degree, rel=0.01)
    assert total[3] == pytest.approx(0.2 * degree, rel=0.01)
    assert total[4] == pytest.approx((0.2 + 0.12 + 0.2 + 0.12 + 0.06 + 0.1 + 0.06) * degree, rel=0.01)
    assert land.borders.outside == {}


def test_outline_and_borders_of_a_part(snapshot: Snapshot) -> None:
    _, land = laid(snapshot, "64.08.02")
    assert set(land.borders.inside) == {4} and {0, 4} <= set(land.borders.outside)
    assert land.area.area > 0 and land.area.intersection(land.others).area == pytest.approx(0.0, abs=1e-6)
    assert shapely.box(*BOX).covers(land.others)


def test_a_coverage_with_gaps_prints_no_spikes(snapshot: Snapshot) -> None:
    """Neighbours drawn apart by a hair (as raw dissolves leave them) still share one border."""
    areas = snapshot.areas
    shapes = shapely.from_wkb(np.array(areas["geometry"].to_pylist(), dtype=object))
    moved = [
        shapely.to_wkb(shapely.transform(shape, lambda xy: xy + 4e-7) if i % 2 else shape)
        for i, shape in enumerate(shapes)
    ]
    broken = areas.set_column(areas.schema.get_field_index("geometry"), "geometry", [moved])
    frame = fit(shape_of(snapshot, "64"), BOX, 9.0)
    land = ground.lay(broken, "64", frame)
    whole = laid(snapshot, "64")[1]
    for level in (2, 3, 4):
        mine, right = (sum(part.length for part in g.borders.inside.get(level, [])) for g in (land, whole))
        assert mine == pytest.approx(right, rel=0.02)


def test_hexes_lie_in_the_area_and_do_not_overlap(snapshot: Snapshot) -> None:
    frame, land = laid(snapshot, "64.08.02")
    drawn = ground.hexes(snapshot, "64.08.02", land, frame)
    assert shapely.difference(drawn.shape, land.area.buffer(0.01)).tolist() == [shapely.Polygon()] * len(drawn.shape)
    assert shapely.area(drawn.shape).sum() == pytest.approx(shapely.union_all(drawn.shape).area, rel=1e-6)
    assert shapely.area(drawn.shape).sum() > 0.97 * land.area.area
    assert 3.0 <= drawn.wide <= 8.5 and drawn.resolution == 8


def test_coarse_cells_take_the_class_of_the_areas_own_cells(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A coarse table is used where base cells are too small; cells the border cuts speak for this side only."""
    table = snapshot.cells
    parent = h3cells.parents(table["cell"].to_numpy(), 6)
    _, first = np.unique(parent, return_index=True)
    coarse = table.take(first).set_column(0, "cell", [parent[first]])
    always_five = coarse.set_column(coarse.schema.get_field_index("class"), "class", [np.full(len(first), 5, np.int8)])
    manifest = replace(
        snapshot.manifest, tables=(*snapshot.manifest.tables, Table("cells_r6", "cells_r6.parquet", len(first), "0"))
    )
    wider = Snapshot(snapshot.path, manifest)
    read = Snapshot.table
    monkeypatch.setattr(
        Snapshot,
        "table",
        lambda self, name, columns=None: always_five if name == "cells_r6" else read(self, name, columns),
    )
    assert ground.pick(wider, 100_000) == (8, "cells")
    assert ground.pick(wider, 1_000_000) == (6, "cells_r6")
    assert ground.pick(wider, 10_000_000) == (6, "cells_r6")
    assert ground.pick(snapshot, 10_000_000) == (8, "cells")
    frame = fit(shape_of(snapshot, "64.08.02"), BOX, 9.0, (1_000_000,))
    land = ground.lay(snapshot.areas, "64.08.02", frame)
    drawn = ground.hexes(wider, "64.08.02", land, frame)
    assert drawn.resolution == 6 and 0 < (drawn.level == 5).sum() < len(drawn.level)


@pytest.mark.parametrize("kode", ["64", "64.08", "64.08.02", "64.08.02.2003", "64.74.01"])
def test_points_add_up_to_the_score_as_printed(snapshot: Snapshot, kode: str) -> None:
    judged = content.judgement(content.subject(snapshot, kode, "en"), snapshot)
    points = [float(item["points"]) for item in judged["factors"] if item["known"]]
    assert f"{sum(points):.1f}" == judged["score"]


def test_classes_count_the_areas_own_cells(snapshot: Snapshot) -> None:
    rows = content.class_rows(content.subject(snapshot, "64", "en"), snapshot)
    assert [row["class"] for row in rows] == [5, 4, 3, 2, 1, 0]
    assert sum(int(row["cells"].replace(",", "")) for row in rows) == snapshot.cells.num_rows
    assert [row["range"] for row in rows] == ["50–100", "35–50", "20–35", "10–20", "0–10", "–"]


def test_highest_villages_in_order_with_a_factor_in_words(snapshot: Snapshot) -> None:
    rows = content.highest(content.subject(snapshot, "64", "en"), snapshot)["rows"]
    scores = [float(row["score"]) for row in rows]
    assert len(rows) == 5 and scores == sorted(scores, reverse=True)
    assert all(row["factor"] and "factor." not in row["factor"] for row in rows)


@given(st.lists(st.floats(0.0, 40.0), min_size=1, max_size=12))
def test_apportioned_parts_sum_to_the_total_and_move_less_than_a_step(parts: list[float]) -> None:
    total = sum(parts)
    got = apportion(parts, total)
    assert round(sum(got), 1) == round(round(total * 10) / 10, 1)
    assert all(abs(a - b) < 0.1 + 1e-9 for a, b in zip(got, parts, strict=True))


def test_numbers_degrees_and_dates_by_language() -> None:
    assert number(1234567.25, 1) == "1.234.567,2" and number(1234.5, 1, "en") == "1,234.5"
    assert number(None) == number(float("nan")) == "–" and number(0.0, 1) == number(-0.04, 1) == "0,0"
    assert degrees(117.5, "lon") == "117°30′ BT" and degrees(-0.25, "lat") == "0°15′ LS" and degrees(0.0, "lat") == "0°"
    assert degrees(1.0 / 3600, "lat", "en") == "0°00′01″ N"
    assert day("2024-10-31") == "31 Oktober 2024" and day("2024-05-01", "en") == "1 May 2024"


@needs_fonts
def test_text_width_is_that_of_the_font() -> None:
    assert fonts.width("", 10.0) == 0.0
    assert fonts.width("HH", 10.0) == pytest.approx(2 * fonts.width("H", 10.0)) == pytest.approx(14.82, abs=0.01)
    assert fonts.width("Kutai", 10.0, "bold") > fonts.width("Kutai", 10.0)


@given(st.text(max_size=60))
def test_any_text_makes_well_formed_svg(words: str) -> None:
    svg = mapsvg.document(
        10, 10, [mapsvg.text(1, 1, words, 2.0, halo=0.4), mapsvg.outlined(1, 1, words, 2.0, -45, "#000000", 1, 0.5)]
    )
    found = [item.text or "" for item in ElementTree.fromstring(svg)]
    assert set(found) == {mapsvg.clean(words)}


@needs_fonts
@given(st.text(max_size=80))
def test_wrapping_loses_no_word(name: str) -> None:
    lines = names.wrapped(name, 2.5)
    assert len(lines) <= 2 and " ".join(lines) == mapsvg.clean(name)


def test_path_numbers_are_hundredths_of_a_millimetre() -> None:
    hole = shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(5, 1), (8, 1), (8, 4)]])
    assert mapsvg.d([hole, shapely.Point(1, 1), shapely.LineString([(0, 0.005), (1, 1)])]).count("M") == 3
    assert mapsvg.path("") == "" and mapsvg.number(-0.001) == "0" and mapsvg.number(1.50) == "1.5"


@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_bar_is_as_long_as_it_says(scale: int) -> None:
    root = ElementTree.fromstring(furniture.scale_bar(scale, 58.0, "en"))
    boxes = [item for item in root if item.tag.endswith("rect")]
    *figures, unit = [item.text or "" for item in root if item.tag.endswith("text")]
    metres = float(figures[-1].replace(",", "")) * (1000 if unit == "km" else 1)
    assert sum(float(box.attrib["width"]) for box in boxes) == pytest.approx(metres * 1000 / scale, abs=0.05)
    assert 20.0 < metres * 1000 / scale <= 58.0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_titles_do_not_say_the_kind_twice(lang: str) -> None:
    rows = [("64.74", 2, "Kota Bontang"), ("64.08", 2, "Kabupaten Kutai Timur"), ("64.74.01.1001", 4, "Api-Api")]
    titles = [content.titled({"kode": k, "level": n, "name": name}, lang) for k, n, name in rows]
    assert titles == ["Kota Bontang", "Kabupaten Kutai Timur", "Kelurahan Api-Api"]


def test_the_template_goes_with_the_package() -> None:
    from prints.layouts import a3

    assert a3.TEMPLATE.is_file() and Path(a3.TEMPLATE).suffix == ".typ"


def test_an_expected_count_is_never_rounded_to_nothing() -> None:
    values = (None, 0.0, 0.004, 0.1829, 2.0, 9.25, 72.34, 1600.4)
    assert [quantity(value) for value in values] == ["–", "0", "<0,01", "0,18", "2", "9,25", "72,3", "1.600"]
    assert quantity(0.1829, "en") == "0.18"
