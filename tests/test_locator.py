"""The raster of labels answers exactly as the polygons themselves, wherever the points and however the polygons lie."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings import Source
from geo import locator
from geo.boundaries import build_tree
from geo.gazetteer import Places
from geo.locator import Locator
from geo.sources import cahyadsn_sql, embedded
from tests.places import SHARED, needs_shared


def _of(shapes: list[shapely.Geometry]) -> Locator:
    array = np.array(shapes, dtype=object)
    shapely.prepare(array)
    return Locator.of(array, shapely.STRtree(array))


def _plain(found: Locator, lon: np.ndarray, lat: np.ndarray) -> list[int]:
    """The first polygon that touches each point, one by one: nothing of ours in it."""
    answers = []
    for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
        usable = np.isfinite(x) and np.isfinite(y)
        hits = [i for i, shape in enumerate(found.shapes) if usable and shape.intersects(shapely.Point(x, y))]
        answers.append(hits[0] if hits else -1)
    return answers


def _hard_points(shapes: np.ndarray, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on vertices, on edges, a hair beside them, and anywhere."""
    corners = shapely.get_coordinates(shapes)
    i = rng.integers(0, len(corners) - 1, n)
    on_edge = corners[i] + rng.random((n, 1)) * (corners[i + 1] - corners[i])
    beside = corners[i] + rng.choice([-1, 1], (n, 2)) * 10.0 ** rng.integers(-16, -3, (n, 1))
    low, high = corners.min(axis=0) - 0.2, corners.max(axis=0) + 0.2
    every = np.concatenate((corners[i], on_edge, beside, low + rng.random((n, 2)) * (high - low)))
    return every[:, 0], every[:, 1]


@cache
def kaltim() -> Places:
    return Places.of(build_tree(embedded.read(Source(kind="boundaries", reader="embedded"), []), ["64"]))


def test_over_kaltim_every_point_gets_the_village_of_the_gazetteer() -> None:
    places = kaltim()
    found = Locator.of(places.shapes, places.tree)
    lon, lat = _hard_points(places.shapes, np.random.default_rng(1), 20_000)
    assert np.array_equal(found.at(lon, lat), locator.exact(places.shapes, places.tree, lon, lat))
    few = np.arange(0, len(lon), 4_001)
    assert found.at(lon[few], lat[few]).tolist() == _plain(found, lon[few], lat[few])
    # The gazetteer answers a few points and many in one way.
    many = places.at(lon, lat)
    assert all(places.at(lon[i], lat[i]).tolist() == [many[i]] for i in few)
    # Nearly all of a mapped area is answered by the raster alone.
    assert (found.label == -2).mean() < 0.1


@needs_shared
def test_over_real_polygons_too() -> None:
    source = Source(kind="boundaries", reader="cahyadsn_sql")
    files = sorted(SHARED.rglob("wilayah_boundaries_kel_64.08.sql*"))
    if not files:
        pytest.skip("the real polygons are not here")
    frame = cahyadsn_sql.read(source, files[:1]).rows
    shapes = frame.geometry.to_numpy()[np.argsort(frame["kode"].to_numpy())]
    found = _of([shape for shape in shapes if shape is not None])
    lon, lat = _hard_points(found.shapes, np.random.default_rng(2), 10_000)
    assert np.array_equal(found.at(lon, lat), locator.exact(found.shapes, found.tree, lon, lat))


@settings(max_examples=60, deadline=None)
@given(
    boxes=st.lists(
        st.tuples(*[st.floats(-3, 3) for _ in range(2)], *[st.floats(1e-6, 2) for _ in range(2)], st.integers(0, 3)),
        min_size=1,
        max_size=8,
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_overlaps_holes_slivers_and_islands(boxes: list[tuple[float, float, float, float, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes: list[shapely.Geometry] = []
    for x, y, w, h, form in boxes:
        whole = shapely.box(x, y, x + w, y + h)
        inner = shapely.box(x + w / 4, y + h / 4, x + w / 2, y + h / 2)
        away = shapely.box(x + 9, y, x + 9 + w / 9, y + h / 9)
        shapes.append([whole, whole - inner, shapely.MultiPolygon([inner, away]), shapely.Point(x, y).buffer(w)][form])
    found = _of(shapes)
    lon, lat = _hard_points(found.shapes, rng, 40)
    assert found.at(lon, lat).tolist() == _plain(found, lon, lat)


def test_on_a_shared_border_the_first_owns_and_what_is_no_place_has_none() -> None:
    found = _of([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0.5, 0.5, 1.5, 1.5)])
    lon = np.array([1.0, 1.5, 0.7, 1.2, 1.2, np.nan, np.inf, 0.5, 1e308, -1e300, 0.0])
    lat = np.array([0.2, 0.2, 0.7, 0.7, 1.2, 0.5, 0.5, -np.inf, 0.5, 0.5, 0.0])
    assert found.at(lon, lat).tolist() == [0, 1, 0, 1, 2, -1, -1, -1, -1, -1, 0]
    assert found.at(np.empty(0), np.empty(0)).tolist() == []


def test_a_map_without_polygons_holds_no_point() -> None:
    for shapes in ([], [shapely.Polygon(), None]):
        array = np.array(shapes, dtype=object)
        found = Locator.of(array, shapely.STRtree(array))
        assert found.at(np.array([0.0, 117.0]), np.array([0.0, -0.5])).tolist() == [-1, -1]


def test_a_thin_strip_and_one_far_island_do_not_fill_the_memory() -> None:
    found = _of([shapely.box(95, -11, 141, -10.9999), shapely.box(140.9, 5.9999, 141, 6)])
    assert found.label.size < 2 * locator._PIXELS[1]
    thin = _of([shapely.box(95, 0, 141, 1e-9)])
    assert thin.label.size < 2 * locator._PIXELS[1]
    assert thin.at(np.array([100.0, 100.0]), np.array([0.0, 1e-8])).tolist() == [0, -1]


def test_the_race_is_fair() -> None:
    from benchmarks import import_villages

    race = import_villages.race(20_000)
    assert race.same(race.ours(), race.theirs())
