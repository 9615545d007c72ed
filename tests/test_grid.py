"""Promises of the grid and the joins: one owner, right weights, nothing lost, whatever the order."""

from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import from_text, parents, resolution, to_text
from core.errors import RequestError
from geo.grid import Grid, build
from geo.joins import border_cells, owner_groups, place
from geo.overlap import polygons
from tests import scene

GRID = scene.grid()
CODES = GRID.villages


def test_owners_are_those_of_h3_py() -> None:
    for kode, shape in scene.villages().items():
        mine = {to_text(c) for c in GRID.cell[(GRID.owner == CODES.index(kode)) & ~GRID.gap].tolist()}
        assert mine == set(h3.geo_to_cells(shape, scene.RESOLUTION))


def test_cells_ascend_without_repeats() -> None:
    assert (np.diff(GRID.cell.astype(object)) > 0).all()
    assert (resolution(GRID.cell) == scene.RESOLUTION).all()


def test_shares_sum_to_one_inside_and_to_less_on_the_rim() -> None:
    total = np.bincount(GRID.pair_cell, GRID.pair_share, GRID.size)
    whole = shapely.union_all(list(scene.villages().values()))
    inside = shapely.covers(whole.buffer(1e-7), polygons(GRID.cell))
    assert np.allclose(total[inside], 1, atol=1e-6)
    assert (total <= 1 + 1e-6).all()
    assert (total[~inside] < 1).all()


def test_overlap_weights_give_the_areas_of_the_villages() -> None:
    big = build(CODES, np.array(list(scene.villages().values()), dtype=object), 9, indicative=False)
    km2 = np.bincount(big.pair_village, big.pair_km2, len(CODES))
    assert np.allclose(km2, km2.mean(), rtol=0.01), "equal squares, equal weights"
    assert abs(km2.sum() - 33.36**2) < 15  # 0.3 degrees at the equator


def test_input_order_and_ring_direction_do_not_matter() -> None:
    shapes = scene.villages()
    turned = np.array([shapely.reverse(shapes[k]) for k in CODES], dtype=object)
    again = build(CODES, turned, scene.RESOLUTION, indicative=False)
    assert np.array_equal(again.cell, GRID.cell)
    assert np.array_equal(again.owner, GRID.owner)
    assert np.allclose(again.pair_share, GRID.pair_share)


def test_contested_cells_go_to_the_larger_overlap_then_the_smaller_code() -> None:
    wide, narrow = shapely.box(117, 0, 117.3, 0.2), shapely.box(117.1, 0.05, 117.2, 0.15)
    grid = build(("64.08.01.2001", "64.08.01.2002"), np.array([wide, narrow], dtype=object), 7, indicative=False)
    assert (grid.owner[_touching(grid, narrow.buffer(-0.03))] == 0).all(), "equal overlap: the smaller code"
    shared = np.bincount(grid.pair_cell, grid.pair_share, grid.size)
    assert (shared <= 1 + 1e-6).all(), "an overlap does not count a cell twice"


def _touching(grid: Grid, shape: shapely.Geometry) -> np.ndarray:
    return np.flatnonzero(shapely.intersects(polygons(grid.cell), shape))


def test_a_gap_goes_to_the_nearest_village_and_says_so() -> None:
    ring = shapely.box(117, 0, 117.3, 0.3).difference(shapely.box(117.12, 0.12, 117.18, 0.18))
    far = shapely.box(117.3, 0, 117.4, 0.3)
    grid = build(("64.08.01.2001", "64.08.01.2002"), np.array([ring, far], dtype=object), 7, indicative=False)
    middle = np.flatnonzero((np.abs(grid.lon - 117.15) < 0.02) & (np.abs(grid.lat - 0.15) < 0.02))
    assert len(middle)
    assert grid.gap[middle].all()
    assert (grid.owner[middle] == 0).all()


def _disc(lon: float, lat: float, radius: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    return shapely.Polygon(np.column_stack((lon + radius * np.cos(turn), lat + radius * np.sin(turn))))


@pytest.mark.parametrize("res", [4, 5, 6])
def test_shares_of_a_many_cornered_village_are_exact_in_big_cells_too(res: int) -> None:
    village = _disc(117, 0.3, 0.9)
    grid = build(("64.08.01.2001",), np.array([village], dtype=object), res, indicative=False)
    cells = polygons(grid.cell[grid.pair_cell])
    exact = shapely.area(shapely.intersection(cells, village)) / shapely.area(cells)
    assert np.allclose(grid.pair_share, exact, atol=1e-6)


def test_a_lake_is_covered_to_its_shore() -> None:
    square, lake = shapely.box(117, 0, 117.3, 0.3), _disc(117.15, 0.15, 0.05)
    whole = build(("64.08.01.2001",), np.array([square], dtype=object), 8, indicative=False)
    holed = build(("64.08.01.2001",), np.array([square.difference(lake)], dtype=object), 8, indicative=False)
    assert np.array_equal(holed.cell, whole.cell)
    in_lake = shapely.contains_xy(lake, holed.lon, holed.lat)
    assert np.array_equal(holed.gap & shapely.contains_xy(square, holed.lon, holed.lat), in_lake)


def test_a_hole_that_an_unmapped_village_fills_is_not_ours() -> None:
    square, town = shapely.box(117, 0, 117.3, 0.3), _disc(117.15, 0.15, 0.05)
    codes, shapes = ("64.08.01.2001",), np.array([square.difference(town)], dtype=object)
    grid = build(codes, shapes, 8, indicative=False, others=np.array([town], dtype=object))
    assert not shapely.contains_xy(_disc(117.15, 0.15, 0.044), grid.lon, grid.lat).any()


def test_a_village_smaller_than_a_cell_keeps_its_weight() -> None:
    big, tiny = shapely.box(117, 0, 117.2, 0.2), shapely.box(117.5, 0.1, 117.5005, 0.1005)
    grid = build(("64.08.01.2001", "64.08.01.2002"), np.array([big, tiny], dtype=object), 7, indicative=False)
    assert set(grid.pair_village.tolist()) == {0, 1}
    inside = shapely.box(117.1, 0.1, 117.1005, 0.1005)
    nested = build(
        ("64.08.01.2001", "64.08.01.2002"),
        np.array([big.difference(inside), inside], dtype=object),
        7,
        indicative=False,
    )
    assert set(nested.pair_village.tolist()) == {0, 1}


def test_border_cells_and_owner_groups() -> None:
    edge = border_cells(GRID, 3)
    lon = GRID.lon[edge]
    assert len(edge)
    assert (np.minimum(np.abs(lon - 117.1), np.abs(lon - 117.2)) < 0.03).all(), "borders run at 117.1 and 117.2"
    codes, _, of_cell = owner_groups(GRID, 3)
    assert codes == ["64.08.01", "64.08.02", "64.08.03"]
    assert np.array_equal(of_cell, [int(CODES[o][6:8]) - 1 for o in GRID.owner])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["64", "64.08", "64.08.01", "64.08.02", *CODES]),
            st.booleans(),
            st.floats(0.0, 50.0, allow_nan=False),
        ),
        max_size=30,
    ),
    st.booleans(),
)
def test_every_count_is_conserved(items: list[tuple[str, bool, float]], with_people: bool) -> None:
    rng = np.random.default_rng(len(items))
    kode, precision, lon, lat = [], [], [], []
    for code, exact, _ in items:
        village = code if len(code) > 8 else None
        kode.append(code)
        precision.append("exact" if exact and village else "area")
        west, south, east, north = scene.villages()[village or CODES[0]].bounds
        lon.append(rng.uniform(west, east))
        lat.append(rng.uniform(south, north))
    amount = np.array([a for _, _, a in items], dtype=float)
    people = scene.people(GRID) if with_people else None
    placed = place(
        GRID, np.array(kode, dtype=object), np.array(precision, dtype=object), np.array(lon), np.array(lat), people
    )
    assert placed.cells(amount).sum() == pytest.approx(amount.sum(), abs=1e-9)
    per_village = placed.villages(amount)
    assert per_village.sum() == pytest.approx(amount.sum(), abs=1e-9)
    for level in (1, 2, 3):
        _, group, _ = owner_groups(GRID, level)
        assert np.bincount(group, per_village).sum() == pytest.approx(amount.sum(), abs=1e-9)
    whole = [i for i, code in enumerate(kode) if len(code) > 8]
    for i in whole:
        assert per_village[CODES.index(kode[i])] >= amount[i] - 1e-9


def test_an_area_record_lies_only_in_its_area_and_follows_people() -> None:
    people = scene.people(GRID)
    placed = place(
        GRID,
        np.array(["64.08.01"], dtype=object),
        np.array(["district"], dtype=object),
        np.zeros(1),
        np.zeros(1),
        people,
    )
    mass = placed.cells(np.ones(1))
    touched = {CODES[v][:8] for v in GRID.pair_village[np.isin(GRID.pair_cell, np.flatnonzero(mass))]}
    assert "64.08.01" in touched
    inside = np.bincount(GRID.pair_cell, [CODES[v].startswith("64.08.01") for v in GRID.pair_village], GRID.size) > 0
    assert mass[~inside].sum() == 0
    full = inside & (mass > 0) & (np.bincount(GRID.pair_cell, minlength=GRID.size) == 1)
    heads = people[full]
    assert np.corrcoef(mass[full], heads)[0, 1] > 0.99


def _mass_by_village(people: np.ndarray, kode: str) -> dict[str, float]:
    area, zero = (np.array([text], dtype=object) for text in (kode, "district"))
    mass = place(GRID, area, zero, np.zeros(1), np.zeros(1), people).villages(np.ones(1))
    return {code: share for code, share in zip(CODES, mass.tolist(), strict=True) if share > 0}


def test_a_village_without_people_elsewhere_does_not_change_how_a_district_is_spread() -> None:
    people = np.where(GRID.lon > 117.15, 0.0, np.where(GRID.lat > 0.15, 900.0, 100.0))
    north = _mass_by_village(people, "64.08.01")["64.08.01.2003"]
    assert north > 0.5, "nobody lives two districts away; here people decide"
    assert _mass_by_village(people, "64.08.03") == pytest.approx(
        _mass_by_village(np.full(GRID.size, np.nan), "64.08.03"), abs=1e-9
    )


def test_a_few_known_cells_do_not_draw_the_whole_village_to_them() -> None:
    owner = np.array(CODES)[GRID.owner]
    mine = np.flatnonzero(owner == "64.08.01.2001")
    people = np.full(GRID.size, np.nan)
    people[mine[:2]] = 5.0
    placed = place(
        GRID,
        np.array(["64.08.01.2001"], dtype=object),
        np.array(["village"], dtype=object),
        np.zeros(1),
        np.zeros(1),
        people,
    )
    mass = placed.cells(np.ones(1))
    assert mass[mine[:2]].sum() < 0.2, "where nothing is known is not where nobody lives"


def test_parents_by_bits_are_those_of_h3_py() -> None:
    for res in range(scene.RESOLUTION + 1):
        wanted = [h3.str_to_int(h3.cell_to_parent(to_text(c), res)) for c in GRID.cell.tolist()]
        assert parents(GRID.cell, res).tolist() == wanted


@pytest.mark.parametrize(
    "text", ["", "x", "8869a10a2dffff", "8869a10a2dfffffff", "0869a10a2dfffff", "٨869a10a2dfffff", "-869a10a2dfffff"]
)
def test_what_is_no_cell_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        from_text(text)
    assert caught.value.code == "E_CELL"
