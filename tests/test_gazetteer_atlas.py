"""The national gazetteer: every code, name and point of the country; names found exactly, never by likeness."""

from __future__ import annotations

import csv
import gzip
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from core import codes
from core.crs import arc_km, unit_vectors
from geo import registry
from geo.atlas import Atlas
from geo.crosswalk import to_kemendagri
from geo.history import family
from geo.lookalikes import Lookalikes, bits
from geo.names import joined, level_said, other_halves, spaced
from tests.places import SHARED, needs_shared

SNPK = SHARED / "incidents" / "snpk_1997_2004_ntt.csv.gz"
rows = st.integers(0, len(Atlas.load().codes) - 1)


def test_the_whole_country_is_there() -> None:
    atlas = Atlas.load()
    counts = Counter(codes.level(code) for code in atlas.codes)
    assert counts == {1: 38, 2: 514, 3: 7_285, 4: 83_762}
    assert atlas.codes == sorted(atlas.codes)
    assert all(codes.parent(code) in atlas for code in atlas.codes if codes.level(code) > 1)
    assert all(registry.name_of(code) == atlas.names[atlas.row[code]] for code in registry.entries())
    known = ~np.isnan(atlas.points[:, 0])
    assert known.mean() > 0.99
    assert ((atlas.points[known, 0] > 94) & (atlas.points[known, 0] < 142)).all()
    assert Atlas.load() is atlas


def test_entry_and_path() -> None:
    atlas = Atlas.load()
    spot = atlas.entry("64.08.04.2012")
    assert spot is not None
    assert (spot.name, spot.level) == ("Swarga Bara", 4)
    assert spot.lon == pytest.approx(117.5, abs=0.2)
    assert atlas.path("64.08.04.2012") == ("Sangatta Utara", "Kabupaten Kutai Timur", "Kalimantan Timur")
    assert atlas.path("64") == ()
    assert atlas.entry("64.04") is None
    assert "64.04" not in atlas
    assert any(np.isnan(atlas.points[:, 0]))
    nowhere = atlas.entry(atlas.codes[int(np.flatnonzero(np.isnan(atlas.points[:, 0]))[0])])
    assert nowhere is not None
    assert nowhere.lon is None and nowhere.lat is None  # unknown is never 0


@given(rows)
@settings(max_examples=500)
def test_every_name_finds_its_own_code_inside_its_parent(row: int) -> None:
    atlas = Atlas.load()
    code, level = atlas.codes[row], codes.level(atlas.codes[row])
    parent = codes.parent(code)
    within = None if parent is None else [parent]
    found = atlas.find(atlas.names[row], level, within)
    assert code in found
    assert code in atlas.find(atlas.names[row].upper(), level)
    assert len(found) == 1 or len({atlas.spelt[atlas.row[other]] for other in found}) == 1


@given(rows, st.lists(st.sampled_from(["64", "53", "64.08", "64.02", "91", "64.02.16", "35"]), max_size=3))
@settings(max_examples=300)
def test_what_is_found_is_inside(row: int, within: list[str]) -> None:
    atlas = Atlas.load()
    level = codes.level(atlas.codes[row])
    found = atlas.find(atlas.names[row], level, within)
    assert all(any(codes.covers(area, code) for area in within) for code in found)
    first, last = atlas.span(atlas.codes[row])
    assert all(codes.covers(atlas.codes[row], code) for code in atlas.codes[first:last])


words = st.lists(
    st.sampled_from(
        ["Kota", "Kec.", "North", "upper", "II", "tiga", "Sei", "PP.", "Tj", "D.I.", "Kep", "X", "ayu", "Prov"]
    )
)


@given(st.text(max_size=40) | words.map(" ".join), st.integers(1, 4))
def test_normalising_is_idempotent(name: str, level: int) -> None:
    once = spaced(name, level)
    assert spaced(once, level) == spaced(once.upper(), level) == once
    assert joined(name, level) == once.replace(" ", "")


@given(rows)
@settings(max_examples=300)
def test_normalising_a_name_of_the_register_twice_changes_nothing(row: int) -> None:
    atlas = Atlas.load()
    level = codes.level(atlas.codes[row])
    assert spaced(atlas.spelt[row], level) == atlas.spelt[row]


def test_fault_042_sumber_sari_is_many_places_and_its_district_decides() -> None:
    atlas = Atlas.load()
    assert len(atlas.find("Sumber Sari", 4, ["64"])) == 6
    assert len(atlas.find("Sidomulyo", 4)) >= 98
    assert atlas.find("Sumber Sari", 4, ["64.02.02"]) == ["64.02.02.2014"]
    assert atlas.find("Sumber Sari", 4, ["64.02.08"]) == []  # Kota Bangun lost it to Kota Bangun Darat
    assert atlas.find("Sumber Sari", 4, family("64.02.08")) == ["64.02.19.2007"]


def test_fault_043_a_look_alike_is_not_found() -> None:
    atlas = Atlas.load()
    for spelling in ("Sei Pinang Dalam", "Kel. Sungai Pinang Dalam", "SUNGAI PINANG DALAM", "SungaiPinangDalam"):
        assert atlas.find(spelling, 4) == ["64.72.08.1002"]
    assert atlas.find("Tenggarong Sebrang", 3) == atlas.find("Tenggarong Sebrang", 4) == []
    assert atlas.find("Long Penaneh Dua", 4, ["64"]) == ["64.11.04.2003"]


def test_fault_044_sukamaju_and_suka_maju() -> None:
    atlas = Atlas.load()
    assert atlas.find("Sukamaju", 4, ["64"]) == atlas.find("Desa Sukamaju", 4, ["64"]) == ["64.08.08.2003"]
    assert atlas.find("Suka Maju", 4, ["64"]) == ["64.02.16.2015"]
    assert {"64.08.08.2003", "64.02.16.2015"} <= set(atlas.find("Sukamaju", 4))  # without a parent both are offered


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [
        ("East Kutai", 2, "64.08"),
        ("Kutim", 2, "64.08"),
        ("North Penajam Paser", 2, "64.09"),
        ("Mahakam Hulu", 2, "64.11"),
        ("Kab. Pontianak", 2, "61.02"),
        ("Kota Pontianak", 2, "61.71"),
        ("Kab. Samarinda", 2, "64.72"),
        ("Kota Baru", 2, "63.02"),
        ("Maluku Tenggara Barat", 2, "81.03"),
        ("Yapen Waropen", 2, "91.05"),
        ("Kep. Siau Tagulandang Biaro", 2, "71.09"),
        ("Jakarta Selatan", 2, "31.74"),
        ("D.I. Yogyakarta", 1, "34"),
        ("Kaltim", 1, "64"),
        ("East Kalimantan", 1, "64"),
        ("Southwest Papua", 1, "96"),
    ],
)
def test_other_names_are_exact_too(name: str, level: int, code: str) -> None:
    assert Atlas.load().find(name, level) == [code]


def test_a_name_with_two_halves_is_found_by_either() -> None:
    assert other_halves("Mantehage/Buhias") == ["Mantehage", "Buhias"]
    assert other_halves("Cemaga Selatan (Setengar)") == ["Cemaga Selatan", "Setengar"]
    assert other_halves("Lalai I/II") == other_halves("Sumber Sari") == []
    assert Atlas.load().find("Setengar", 4, ["21"]) == ["21.03.18.2002"]


def test_short_words_and_levels() -> None:
    assert spaced("Kep. Sula", 2) == "kepulauan sula"
    assert spaced("Tj. Redeb", 3) == "tanjung redeb"
    assert spaced("Se'i", 4) == "sei"  # a village, not a river
    assert [level_said(text) for text in ("Kec. Muara Badak", "desa X", "Kota Bangun", "Prov. Jambi", "")] == [
        3,
        4,
        None,
        1,
        None,
    ]


@given(st.floats(94, 142), st.floats(-12, 7), st.integers(1, 8))
@settings(max_examples=50, deadline=None)
def test_near_is_the_nearest_of_all(lon: float, lat: float, limit: int) -> None:
    atlas = Atlas.load()
    villages = np.array([row for row, code in enumerate(atlas.codes) if len(code) == 13])
    points = atlas.points[villages]
    chord = np.linalg.norm(
        unit_vectors(points[:, 0], points[:, 1]) - unit_vectors(np.array([lon]), np.array([lat])), axis=1
    )
    nearest = np.sort(arc_km(chord[~np.isnan(chord)]))[:limit]
    assert [km for _, km in atlas.near(lon, lat, limit)] == pytest.approx(nearest.tolist(), abs=1e-6)


names = st.text(st.sampled_from("abcdeiknorstu1 "), max_size=14).map(lambda text: text.replace(" ", ""))


@given(st.lists(names, max_size=40), names, st.floats(50, 100))
def test_look_alikes_are_those_of_comparing_all(known: list[str], text: str, cutoff: float) -> None:
    found = Lookalikes.of(known).like(text, cutoff)
    brute = {i: fuzz.ratio(text, name) for i, name in enumerate(known)}
    assert dict(found) == {i: score for i, score in brute.items() if score >= cutoff}
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


@given(names, st.integers(0, 13), st.sampled_from("abz5"))
def test_one_letter_changes_one_bit_at_most(text: str, at: int, letter: str) -> None:
    assert (bits(text) ^ bits(text[:at] + letter + text[at:])).bit_count() <= 1


@needs_shared
def test_snpk_districts_are_found_by_name_in_the_borders_of_today() -> None:
    """4,667 incidents of 1997-2004: of the filled kecamatan names at least 98 % mean one district of today (all do)."""
    atlas = Atlas.load()
    with gzip.open(SNPK, "rt", encoding="latin-1", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4_667
    filled = [row for row in rows if row["kecamatan1"] not in ("", "TIDAK ADA")]
    matched = 0
    for row in filled:
        regency = to_kemendagri(row["kodebpskab"], "bps")
        assert regency is not None
        found = atlas.find(row["kecamatan1"], 3, family(regency))
        coded = to_kemendagri(row["kodebpskec1"], "bps")
        assert coded is None or found == [coded]  # where BPS's code of the district is known, it says the same
        matched += len(found) == 1
    assert matched >= 0.98 * len(filled)
    assert (len(filled), matched) == (4_109, 4_109)
