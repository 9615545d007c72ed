"""Places: points to villages and names to codes, never a guess."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core import codes
from geo.gazetteer import Places
from geo.names import is_city_prefix, joined, spaced
from tests.kaltim import places, tree

SQUARES = gpd.GeoDataFrame(
    {
        "kode": ["11.01.01.2002", "11.01.01.2001", "11", "11.01", "11.01.01", "11.71"],
        "level": [4, 4, 1, 2, 3, 2],
        "name": ["Timur", "Barat", "Aceh", "Kabupaten Bogor", "Bogor Tengah", "Kota Bogor"],
    },
    geometry=[shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1), *[shapely.box(0, 0, 2, 1)] * 4],
    crs="EPSG:4326",
)


def test_every_village_owns_its_label_point() -> None:
    rows = tree().frame[tree().frame["level"] == 4]
    found = places().at(rows["label_lon"].to_numpy(), rows["label_lat"].to_numpy())
    assert found.tolist() == rows["kode"].tolist()


def test_at_agrees_with_a_spatial_join() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(113.5, 119.5, 5_000), rng.uniform(-3, 3, 5_000)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    villages = tree().frame[tree().frame["level"] == 4][["kode", "geometry"]]
    joined_ = gpd.sjoin(points, villages, predicate="intersects").groupby(level=0)["kode"].min()
    assert places().at(lon, lat).tolist() == [joined_.get(i) for i in range(len(lon))]


def test_fault_068_a_point_on_a_shared_border_has_one_owner_whatever_the_order() -> None:
    for frame in (SQUARES, SQUARES.iloc[::-1]):
        assert Places.from_frame(frame).at(np.array([1.0]), np.array([0.5])).tolist() == ["11.01.01.2001"]


def test_what_is_no_place_is_in_no_village() -> None:
    found = places().at(np.array([np.nan, np.inf, 1e300, 0.0]), np.array([0.0, 0.0, 0.0, np.nan]))
    assert found.tolist() == [None] * 4
    assert places().at(np.array([]), np.array([])).tolist() == []


def test_near_offers_the_nearest_within_reach_and_says_how_far() -> None:
    small = Places.from_frame(SQUARES)
    lon, lat = np.array([2.009, 2.5, 0.5, np.nan]), np.array([0.5, 0.5, 0.5, 0.5])
    code, km = small.near(lon, lat, 2.0)
    assert code.tolist() == ["11.01.01.2002", None, "11.01.01.2001", None]
    assert km[0] == pytest.approx(1.0007, rel=1e-3)
    assert km[2] == 0.0
    assert np.isnan(km[[1, 3]]).all()
    assert small.away_km(2.009, 0.5, "11.01") == pytest.approx(km[0])
    assert small.away_km(0.5, 0.5, "99") == float("inf")


def test_fault_042_a_name_in_six_places_is_ambiguous_and_its_district_decides() -> None:
    assert len(places().find("Sumber Sari")) == 6
    assert places().find("Sumber Sari", "Loa Kulu") == ["64.02.02.2014"]
    assert places().find("Sumber Sari", kabupaten="Kabupaten Kutai Timur") == ["64.08.18.2004"]
    assert places().find("Sumber Sari", "Tidak Ada") == []


@pytest.mark.parametrize(
    "name", ["Sei Pinang Dalam", "Kel. Sungai Pinang Dalam", "SUNGAI PINANG DALAM", "SungaiPinangDalam"]
)
def test_fault_043_spellings_of_one_village(name: str) -> None:
    assert places().find(name) == ["64.72.08.1002"]


def test_fault_043_look_alikes_are_proposals_and_never_matches() -> None:
    assert places().find("Tenggarong Sebrang") == []
    assert places().propose("Tenggarong Sebrang", 4) == []  # 'Birang' is 82 by WRatio
    assert places().find_area("Tenggarong Sebrang", 3) == []
    assert [code for code, _, _ in places().propose("Tenggarong Sebrang", 3)] == ["64.02.16"]
    assert places().find("Long Penaneh Dua") == ["64.11.04.2003"]


def test_fault_044_sukamaju_and_suka_maju_stay_two_villages() -> None:
    assert places().find("Sukamaju") == places().find("Suka Maju") == ["64.02.16.2015", "64.08.08.2003"]
    assert places().find("Sukamaju", kabupaten="Kutai Timur") == ["64.08.08.2003"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("East Kutai", "64.08"),
        ("Kab. Kutai Timur", "64.08"),
        ("North Penajam Paser", "64.09"),
        ("Kota Bontang", "64.74"),
    ],
)
def test_regencies_by_their_other_names(name: str, code: str) -> None:
    assert places().find_area(name, 2) == [code]


def test_kota_and_kabupaten_of_one_name_are_told_apart() -> None:
    small = Places.from_frame(SQUARES)
    assert small.find_area("Bogor", 2) == ["11.01", "11.71"]
    assert small.find_area("Kota Bogor", 2) == ["11.71"]
    assert small.find_area("Kab. Bogor", 2) == ["11.01"]
    assert is_city_prefix("Bogor") is None


def test_levels_and_unknown_codes() -> None:
    assert [places().level_of(code) for code in ("64", "64.08", "64.08.01", "64.08.01.2001", "64.99", "65")] == [
        1,
        2,
        3,
        4,
        None,
        None,
    ]


def test_every_name_finds_its_own_code_within_its_parents() -> None:
    names = places().names
    for code, name in names.items():
        if codes.level(code) == 4:
            kecamatan, kabupaten = names[codes.ancestor(code, 3)], names[codes.ancestor(code, 2)]
            assert places().find(name, kecamatan, kabupaten) == [code]


@given(st.text(max_size=40), st.integers(1, 4))
def test_normalising_twice_changes_nothing_and_joined_has_no_breaks(name: str, level: int) -> None:
    once = spaced(name, level)
    assert " " not in joined(name, level)
    assert joined(once.upper(), level) == joined(once, level)


def test_a_village_of_a_district_that_was_split_since_is_found_under_both() -> None:
    assert places().find("Sumber Sari", "Kota Bangun Darat") == ["64.02.19.2007"]
    assert places().find("Sumber Sari", "Kota Bangun") == ["64.02.19.2007"]
    assert places().find("Sumber Sari", "Kota Bangun", "Kutai Kartanegara") == ["64.02.19.2007"]
    assert places().find("Long Bagun Ulu", kabupaten="Kutai Barat") == []  # of a regency the year would have to say it


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [("Kukar", 2, "64.02"), ("Mahakam Hulu", 2, "64.11"), ("Kongbeng", 3, "64.08.08"), ("Kaltim", 1, "64")],
)
def test_other_names_are_known_exactly(name: str, level: int, code: str) -> None:
    assert places().find_area(name, level) == [code]
    assert places().find_area(name + "x", level) == []
