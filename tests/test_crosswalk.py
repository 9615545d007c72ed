"""Codes of BPS and KPU, and old ones, to the Kemendagri code of today; splits of regencies and provinces."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import codes
from geo import build_crosswalk, registry
from geo.aliases import aliases, reviewed
from geo.atlas import Atlas
from geo.build_embedded import load, villages_bytes
from geo.crosswalk import to_kemendagri
from geo.crosswalk_table import codes_of, new_districts, pairs
from geo.history import at_year, family, origins, splits
from geo.names import joined
from geo.packages import BPS
from tests.test_boundaries_build import _FOLDER, GEODATA, WHEEL, needs_packages

LEVEL = {2: 1, 4: 2, 7: 3, 10: 4}
# The regencies whose number differs, by the list that BPS and Kemendagri published together in 2020: BPS to Kemendagri, without
# the province; written down apart from how our table is made. All others have the same number in both.
PAIRED_2020 = {
    "11": "01:09 02:10 03:01 04:02 05:03 06:04 07:05 08:06 09:07 10:11 11:08 14:16 16:14 73:74 74:73",
    "12": "01:04 02:13 04:01 05:02 06:12 07:10 08:09 09:08 10:11 11:06 12:07 13:05 15:16 16:15 71:73 72:74 73:72 74:76 75:71 76:75",
    "13": "01:09 02:01 03:02 04:03 05:04 06:05 07:06 08:07 09:08 10:11 11:10",
    "14": "01:09 03:04 04:05 05:08 06:01 07:06 08:03 09:07 73:72",
    "15": "06:07 07:06 08:09 09:08",
    "16": "08:09 09:08 72:74 73:72 74:73",
    "18": "01:04 02:06 03:01 04:07 05:02 06:03 07:08 08:05",
    "19": "03:05 05:03",
    "21": "01:02 02:01",
    "31": "71:74 72:75 73:71 74:73 75:72",
    "53": "01:12 02:11 03:01 04:02 05:03 06:04 07:05 08:13 09:06 10:07 11:08 12:09 13:10 16:17 17:18 18:16",
    "61": "02:07 03:08 04:02 05:03 06:04 07:05 08:06",
    "62": "06:08 07:09 08:07 09:06 10:11 11:10 12:13 13:12",
    "64": "02:07 03:02 04:08 05:03",
    "65": "01:02 02:01 03:04 04:03",
    "71": "07:08 08:09 09:07 10:11 11:10",
    "72": "01:07 02:01 03:06 04:02 05:03 06:04 07:05",
    "73": "08:09 09:10 10:11 11:08 25:24",
    "74": "01:04 02:03 03:02 04:01 09:10 10:09",
    "75": "01:02 02:01 03:04 04:03",
    "76": "01:05 02:04 03:03 04:02 05:01",
    "81": "01:03 03:01 05:07 07:05",
    "82": "03:05 05:03",
}
# Papua, where the provinces of 2022 changed the Kemendagri codes as well: BPS to today's.
PAPUA = {
    "91": "01:92.03 02:92.08 03:92.07 04:92.06 05:92.02 06:96.02 07:96.01 08:96.03 09:96.04 10:96.05 11:92.11 12:92.12 71:96.71",
    "94": "01:93.01 02:95.01 03:91.03 04:94.01 08:91.05 09:91.06 10:94.03 11:94.02 12:94.04 13:93.02 14:93.03 15:93.04 16:95.03 "
    "17:95.02 18:95.04 19:91.10 20:91.11 26:91.15 27:91.19 28:91.20 29:95.08 30:95.07 31:95.05 32:95.06 33:94.05 34:94.06 35:94.07 "
    "36:94.08 71:91.71",
}


def _bps() -> list[str]:
    return [pair.code for pair in pairs() if pair.system == "bps" and pair.how != "former"]


def test_bps_codes_are_not_kemendagri_codes() -> None:
    for bps, kode, name in (
        ("6404", "64.08", "Kabupaten Kutai Timur"),
        ("6402", "64.07", "Kabupaten Kutai Barat"),
        ("6403", "64.02", "Kabupaten Kutai Kartanegara"),
        ("6405", "64.03", "Kabupaten Berau"),
    ):
        assert to_kemendagri(bps, "bps") == kode
        assert registry.name_of(kode) == name
        assert to_kemendagri(bps, "kemendagri") != kode
    assert to_kemendagri("6404", "kemendagri") is None
    assert to_kemendagri("ID6404", "bps") == "64.08"  # a p-code of HDX


def test_every_province_and_regency_has_a_pair_as_the_two_offices_listed_them() -> None:
    known = codes_of("bps")
    regencies = [code for code in _bps() if len(code) == 4]
    assert len(regencies) == len({known[code] for code in regencies}) == 514
    assert {known[code] for code in regencies} == {kode for kode, item in registry.entries().items() if item.level == 2}
    assert sum(len(code) == 2 for code in _bps()) == 34
    expected = {f"{code}": f"{code[:2]}.{code[2:]}" for code in regencies}
    for province, text in PAIRED_2020.items():
        for item in text.split():
            mine, theirs = item.split(":")
            expected[province + mine] = f"{province}.{theirs}"
    for province, text in PAPUA.items():
        for item in text.split():
            mine, theirs = item.split(":")
            expected[province + mine] = theirs
    assert {code: known[code] for code in regencies} == expected


def test_the_pairs_are_one_to_one_on_every_level_and_inside_their_parents() -> None:
    known = codes_of("bps")
    assert len(set(_bps())) == len(_bps())
    assert len({known[code] for code in _bps()}) == len(_bps())
    atlas = Atlas.load()
    for code in _bps():
        kode = known[code]
        assert kode in atlas
        assert codes.level(kode) == LEVEL[len(code)]
        if (
            len(code) > 2
        ):  # the regency, or province, of the pair is the pair of the regency, or an heir of the province
            above = known[code[:4] if len(code) > 4 else code[:2]]
            assert any(codes.covers(heir, kode) for heir in family(above))


def test_how_much_of_the_country_is_paired() -> None:
    counts = Counter(len(code) for code in _bps())
    assert counts[7] >= 7_187  # of 7,215 districts
    assert counts[10] >= 74_000  # of 80,532 villages
    assert {pair.how for pair in pairs()} == {"name", "villages", "reviewed", "former"}


def test_a_look_alike_name_does_not_beat_the_villages() -> None:
    """BPS 'Bengkunat' has the villages of Ngaras; those of 'Bangkunat' were in BPS 'Bengkunat Belimbing'."""
    known, atlas = codes_of("bps"), Atlas.load()
    assert [(pair.name, pair.how) for pair in pairs() if pair.code == "1813100"] == [("Bengkunat", "villages")]
    assert atlas.names[atlas.row[known["1813100"]]] == "Ngaras"
    assert atlas.names[atlas.row[known["1813110"]]] == "Bangkunat"


def test_what_is_not_known_is_none() -> None:
    for code in ("", "x", "640", "99", "9999", "6404999", "6404999001", "64.99", "²²"):
        for system in ("bps", "kpu", "kemendagri"):
            assert to_kemendagri(code, system) is None, (code, system)


def test_below_the_table_the_names_decide_inside_the_parent() -> None:
    names = ("Kutai Timur", "Sangatta Utara", "Swarga Bara")
    assert to_kemendagri("6404999", "bps", names) == "64.08.04"
    assert to_kemendagri("6404999001", "bps", names) == "64.08.04.2012"
    assert to_kemendagri("6404999001", "bps", ("Kutai Timur", None, "Swarga Bara")) == "64.08.04.2012"
    assert to_kemendagri("6404999001", "bps", ("Kutai Timur", "Sangatta Utara", "Swarga Barat")) is None
    # Two villages of one name in the regency, and no district: not the first of them.
    assert to_kemendagri("6403999001", "bps", ("Kutai Kartanegara", None, "Sumber Sari")) is None
    # A village that its district has lost to a new one since.
    assert to_kemendagri("6403999001", "bps", (None, "Kota Bangun", "Sumber Sari")) == "64.02.19.2007"


def test_fault_041_names_do_not_overrule_a_code_so_that_the_conflict_shows() -> None:
    assert to_kemendagri("6404", "bps", ("Kutai Barat", None, None)) == "64.08"


def test_numbers_that_kemendagri_gave_up() -> None:
    assert to_kemendagri("9101", "kpu") == to_kemendagri("91.01", "kemendagri") == "93.01"  # Merauke
    assert to_kemendagri("91.01.01", "kemendagri") == "93.01.01"
    assert to_kemendagri("9271", "kpu") == "96.71"
    assert to_kemendagri("6408012001", "kpu") == "64.08.01.2001"
    assert to_kemendagri("6473", "bps") == "65.71"  # Tarakan, until 2012 in Kalimantan Timur
    atlas, now = Atlas.load(), set(_bps())
    for pair in pairs():
        if pair.how == "former":
            assert pair.kode in atlas
            if pair.system == "bps":
                assert pair.code not in now  # a number that another area has since been given would be a trap
            else:
                assert codes.dotted(pair.code) not in atlas


@given(st.text(max_size=14), st.sampled_from(["bps", "kpu", "kemendagri"]))
def test_any_text_gives_a_known_code_or_none(text: str, system: str) -> None:
    found = to_kemendagri(text, system)
    assert found is None or found in Atlas.load()


@given(st.sampled_from(sorted(registry.entries())), st.sampled_from(["kpu", "kemendagri"]))
def test_codes_of_the_register_are_their_own(kode: str, system: str) -> None:
    assert to_kemendagri(kode, system) == to_kemendagri(kode.replace(".", ""), system) == kode


# --- history


def test_splits_are_the_number_the_official_count_gives() -> None:
    """223 new autonomous areas 1999-2014: 8 provinces, 181 regencies, 34 cities (Ditjen Otonomi Daerah); then 4 provinces in 2022."""
    made = {split.child: split for split in splits() if 1999 <= split.year <= 2014}
    provinces = [code for code in made if len(code) == 2]
    cities = [code for code in made if len(code) == 5 and int(code[3:]) >= 71]
    assert (len(provinces), len(made) - len(provinces) - len(cities), len(cities)) == (8, 181, 34)
    assert sorted(split.child for split in splits() if split.year == 2022) == ["93", "94", "95", "96"]
    by_year = Counter(split.year for split in made.values() if len(split.child) == 5)
    assert by_year == {1999: 43, 2001: 12, 2002: 37, 2003: 49, 2007: 25, 2008: 30, 2009: 2, 2012: 4, 2013: 10, 2014: 3}


def test_every_split_is_of_areas_that_are_there_in_a_year_that_can_be() -> None:
    known = registry.entries()
    for split in splits():
        assert split.child in known and split.parent in known
        assert codes.level(split.child) == codes.level(split.parent) <= 2
        assert 1997 <= split.year <= 2022
        assert split.law.startswith("UU ") and split.law.endswith(str(split.year))
        assert split.source
        older = origins(split.parent)
        assert not older or older[0].year <= split.year  # a parent is at least as old as its child
        if codes.level(split.child) == 2:  # they were of one province then
            assert at_year(split.child[:2], split.year - 1) == at_year(split.parent[:2], split.year - 1)
    keys = [(split.child, split.parent) for split in splits()]
    assert len(set(keys)) == len(keys)


def test_families() -> None:
    assert family("53.01") == ("53.01", "53.14", "53.20")  # Kupang: Rote Ndao, Sabu Raijua
    assert family("53.12") == ("53.12", "53.17", "53.18")  # Sumba Barat
    assert set(family("53.10")) == {"53.10", "53.15", "53.19"}  # Manggarai
    assert set(family("64.02")) == {"64.02", "64.07", "64.08", "64.11", "64.74"}  # Kutai of 1998
    assert family("64.08") == ("64.08",)
    assert set(family("91")) == {"91", "92", "93", "94", "95", "96"}
    assert family("99.99") == ("99.99",)
    assert "64.02.19" in family("64.02.08")  # Kota Bangun Darat came out of Kota Bangun


def test_at_year() -> None:
    assert [at_year("64.11", year) for year in (1998, 2000, 2012, 2013)] == ["64.02", "64.07", "64.07", "64.11"]
    assert [at_year("65", year) for year in (2011, 2012)] == ["64", "65"]
    assert [at_year("96", year) for year in (1998, 2000, 2022)] == ["91", "92", "96"]
    assert at_year("53.01", 1990) == "53.01"
    assert at_year("53.14.01", 2003) == "53.14.01"
    assert at_year("53.14.01", 2000) == "53.01"


@given(st.sampled_from([split.child for split in splits()]), st.integers(1990, 2030))
def test_a_child_is_in_the_family_of_what_it_was(child: str, year: int) -> None:
    held = at_year(child, year)
    assert child in family(held)
    assert at_year(held, year) == held
    for earlier, later in pairwise(range(1990, 2030, 5)):
        assert at_year(child, later) in family(at_year(child, earlier))


def test_new_districts_are_of_one_regency() -> None:
    for district, parents in new_districts().items():
        assert district not in parents
        assert {parent[:5] for parent in parents} == {district[:5]}


def test_aliases_name_areas_that_are_there_and_say_who_says_so() -> None:
    atlas = Atlas.load()
    for alias in reviewed():
        assert alias.kode in atlas
        assert alias.kind in {"former", "spelling", "short", "seat", "exonym"}
        assert alias.name.strip() == alias.name != "" and alias.source
        level = codes.level(alias.kode)
        assert joined(alias.name, level) != joined(atlas.names[atlas.row[alias.kode]], level)
    keys = [(alias.kode, alias.name) for alias in reviewed()]
    assert len(set(keys)) == len(keys)
    assert len(aliases()) > len(reviewed()) + 180  # the names of districts whose villages were the proof


@needs_packages
@pytest.mark.skipif(not (_FOLDER / BPS.file).is_file(), reason=f"{BPS.file} is not in PETARAWAN_PACKAGES")
def test_the_packages_give_exactly_these_tables() -> None:
    packages = load(WHEEL, GEODATA)
    found = build_crosswalk.pair_all(build_crosswalk.load(_FOLDER / BPS.file), build_crosswalk.Registry.of(packages))
    for content, name in (
        (build_crosswalk.table_bytes(found), "crosswalk.csv.gz"),
        (villages_bytes(packages), "villages.csv.gz"),
    ):
        assert hashlib.sha256(content).hexdigest() == hashlib.sha256((registry.DATA / name).read_bytes()).hexdigest()
