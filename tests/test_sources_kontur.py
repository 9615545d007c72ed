"""Promises of population by H3 cell: people are conserved at any resolution, and nobody knows is not nobody there."""

from __future__ import annotations

import gzip
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import parents, to_texts
from core.errors import PetarawanError
from geo import zonal
from geo.layer import CellPeople
from geo.overlap import polygons
from geo.sources.detect import propose
from geo.sources.faults import BadValue
from geo.sources.kontur import cell_of
from publish.evidence import gather
from tests import scene
from tests.kaltim import codes, read, text_file, warned

GRID = scene.grid()  # resolution 7
FINE = np.unique(
    np.array([int(c, 16) for cell in to_texts(GRID.cell) for c in h3.cell_to_children(cell, 8)], dtype=np.uint64)
)
COARSE = np.unique(parents(GRID.cell, 6))


def table(folder: Path, cells: np.ndarray, people: np.ndarray | list[object], name: str = "kontur.csv") -> Path:
    rows = "\n".join(
        f"{cell},{'' if head is None else head}" for cell, head in zip(to_texts(cells), people, strict=True)
    )
    return text_file(folder, f"h3,population\n{rows}\n", name)


def on_grid(path: Path) -> np.ndarray:
    return zonal.people(read("population", "kontur", path), GRID)


@given(st.lists(st.integers(0, 5_000), min_size=len(FINE), max_size=len(FINE)))
@settings(max_examples=20, deadline=None)
def test_finer_cells_are_summed_into_their_parent(heads: list[int]) -> None:
    found = zonal.cell_people(CellPeople(FINE, np.array(heads, dtype=np.float64)), GRID)
    assert found.sum() == sum(heads)
    first = to_texts(GRID.cell[:1])[0]
    children = {int(c, 16) for c in h3.cell_to_children(first, 8)}
    assert found[0] == sum(head for cell, head in zip(FINE.tolist(), heads, strict=True) if cell in children)


def test_the_same_resolution_is_taken_as_it_is(tmp_path: Path) -> None:
    heads = np.arange(GRID.size) * 1.5
    assert (on_grid(table(tmp_path, GRID.cell, heads)) == heads).all()


def test_a_coarser_cell_gives_each_child_an_equal_share(tmp_path: Path) -> None:
    heads = np.arange(1, len(COARSE) + 1) * 70.0
    found = on_grid(table(tmp_path, COARSE, heads))
    parent = parents(GRID.cell, 6)
    for cell, head in zip(COARSE, heads, strict=True):
        mine = found[parent == cell]
        assert (mine == head / 7).all()
        if len(mine) == 7:  # all its children are in the area: its people are conserved
            assert mine.sum() == pytest.approx(head)


def test_nodata_is_never_zero(tmp_path: Path) -> None:
    heads: list[object] = [100.0] * GRID.size
    heads[3] = heads[4] = None
    path = table(tmp_path, GRID.cell, heads)
    found = on_grid(path)
    assert np.flatnonzero(np.isnan(found)).tolist() == [3, 4]
    assert warned(read("population", "kontur", path))["H3_UNKNOWN"] == {"rows": 2}
    fine: list[object] = [10.0 if cell % 3 else None for cell in range(len(FINE))]
    summed = on_grid(table(tmp_path, FINE, fine))
    known = np.array([head is not None for head in fine])
    owner = parents(FINE, 7)
    for i, cell in enumerate(GRID.cell):
        mine = known[owner == cell]
        assert np.isnan(summed[i]) == (int((~mine).sum()) >= 3.5)


def test_a_cell_not_named_has_nobody_near_inhabited_ones_and_is_unknown_far_from_them(tmp_path: Path) -> None:
    some = GRID.cell[::5]
    path = table(tmp_path, some, np.full(len(some), 7.0))
    found = on_grid(path)
    covered = np.isin(parents(GRID.cell, 4), parents(some, 4))
    named = np.isin(GRID.cell, some)
    assert (found[named] == 7).all()
    assert (found[covered & ~named] == 0).all()
    assert "H3_ABSENT" in warned(read("population", "kontur", path))
    elsewhere = np.array([int(h3.latlng_to_cell(-6.2, 106.8, 7), 16)], dtype=np.uint64)
    assert np.isnan(on_grid(table(tmp_path, elsewhere, [9.0]))).all()


def test_rows_that_are_no_people_of_a_cell_are_named(tmp_path: Path) -> None:
    good, other, fine = to_texts(GRID.cell[:2])[0], to_texts(GRID.cell[1:2])[0], to_texts(FINE[:1])[0]
    text = (
        f"h3,population\n{good},10\n{other},20.5\n{good},30\n{fine},5\nabc,5\n8f00000000000000,5\n,5\n{good[:-1]}0,5\n"
        f"{to_texts(GRID.cell[2:3])[0]},-1\n{to_texts(GRID.cell[3:4])[0]},banyak\n{to_texts(GRID.cell[4:5])[0]},1e400\n"
    )
    layer = read("population", "kontur", text_file(tmp_path, text))
    assert codes(layer) == {"R_TWICE": 1, "R_H3_RESOLUTION": 1, "R_H3": 4, "R_PEOPLE": 1, "R_NUMBER": 2}
    assert layer.cells is not None
    assert layer.cells.people.tolist() == [10, 20.5]
    assert layer.info.rows_in == 11


def test_a_file_without_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PetarawanError) as caught:
        read("population", "kontur", text_file(tmp_path, "h3,population\nabc,1\n"))
    assert caught.value.code == "E_H3_NONE"
    assert caught.value.hint("id")
    path = table(tmp_path, GRID.cell[:1], [1])
    with pytest.raises(PetarawanError) as caught:
        read("population", "kontur", path, path)
    assert caught.value.code == "E_ONE_FILE"


def test_a_geopackage_plain_or_gzipped_says_the_same(tmp_path: Path) -> None:
    heads = np.arange(GRID.size) * 2.0
    frame = gpd.GeoDataFrame({"h3": to_texts(GRID.cell), "population": heads}, geometry=polygons(GRID.cell), crs=4326)
    path = tmp_path / "kontur_population_ID.gpkg"
    frame.to_crs(3857).to_file(path, driver="GPKG")
    packed = tmp_path / "kontur_population_ID.gpkg.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, packed, table(tmp_path, GRID.cell, heads)):
        assert (on_grid(file) == heads).all()
        assert read("population", "kontur", file).info.attribution == "Kontur Population"
        best = propose(file)[0]
        assert (best.kind, best.reader) == ("population", "kontur")


def test_it_counts_beside_a_raster_in_the_order_of_the_workspace(tmp_path: Path) -> None:
    half = GRID.cell[: GRID.size // 2]
    first = read("population", "kontur", table(tmp_path, half, [None] + [5.0] * (len(half) - 1), "a.csv"))
    second = read("population", "kontur", table(tmp_path, GRID.cell, np.full(GRID.size, 9.0), "b.csv"))
    people = gather([first, second], GRID, scene.AS_OF, ["64.08"]).evidence.people
    assert people is not None
    assert (people[0], people[1]) == (9.0, 5.0)


@given(st.floats(-90, 90), st.floats(-180, 180), st.integers(0, 15))
def test_every_cell_of_h3_is_read_back(lat: float, lon: float, res: int) -> None:
    text = h3.latlng_to_cell(lat, lon, res)
    assert cell_of(text) == int(text, 16) == cell_of(text.upper())


@given(st.one_of(st.integers(0, 2**64 - 1).map(lambda n: f"{n:x}"), st.text(max_size=17)))
def test_what_h3_does_not_know_is_no_cell(text: str) -> None:
    try:
        found = cell_of(text)
    except BadValue as bad:
        assert bad.code == "R_H3"
    else:
        assert h3.is_valid_cell(f"{found:x}")
