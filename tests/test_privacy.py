"""Promises of the flags on personal data: forms people use are found, codes, dates, cells and amounts are not."""

from __future__ import annotations

import re
import time
from datetime import date
from itertools import pairwise

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.privacy import _words, flags, mask
from core.taxonomy import FLAGS
from core.words import LANGUAGES, say


def kinds(text: str) -> list[tuple[str, str]]:
    return [(flag.kind, text[flag.start : flag.end]) for flag in flags(text)]


FOUND = {
    "NIK 6472011205900001": [("nik", "6472011205900001")],
    "nik:647201-520590-0001": [("nik", "647201-520590-0001")],  # a woman: day + 40
    "6472 0112 0590 0001": [("nik", "6472 0112 0590 0001")],
    "64.72.01.120590.0001": [("nik", "64.72.01.120590.0001")],
    "hub. 0812-3456-7890.": [("phone", "0812-3456-7890")],
    "0812 3456 789": [("phone", "0812 3456 789")],
    "081234567890": [("phone", "081234567890")],
    "08 12 34 56 78 90": [("phone", "08 12 34 56 78 90")],
    "+62 812 3456 7890": [("phone", "+62 812 3456 7890")],
    "+62812.3456.7890": [("phone", "+62812.3456.7890")],
    "(+62) 812-3456-7890": [("phone", "(+62) 812-3456-7890")],
    "62812345678": [("phone", "62812345678")],
    "(0541) 123456": [("phone", "(0541) 123456")],
    "0541-123456": [("phone", "0541-123456")],
    "HP: 541234567": [("phone", "541234567")],
    "٠٨١٢٣٤٥٦٧٨٩٠": [("phone", "٠٨١٢٣٤٥٦٧٨٩٠")],
    "mobil KT 1234 AB": [("plate", "KT 1234 AB")],
    "KT1234AB": [("plate", "KT1234AB")],
    "kt 1234 ab": [("plate", "kt 1234 ab")],
    "DA-1234-XY, B 1 A": [("plate", "DA-1234-XY"), ("plate", "B 1 A")],
    "nopol KT 12": [("plate", "KT 12")],
    "surel budi.s+1@contoh.go.id": [("email", "budi.s+1@contoh.go.id")],
    "akun @warga_kutim": [("account", "@warga_kutim")],
    "facebook.com/budi.s": [("account", "facebook.com/budi.s")],
    "akun Facebook Budi Santoso menyebar": [("account", "Budi Santoso")],
    "IG: budi_99": [("account", "budi_99")],
    "Sdr. Budi Santoso dipukul": [("name", "Budi Santoso")],
    "SDR. BUDI SANTOSO": [("name", "BUDI SANTOSO")],
    "Bpk Ahmad Yani, Ibu Siti": [("name", "Ahmad Yani"), ("name", "Siti")],
    "KTP an. Joko": [("name", "Joko")],
    "a.n. Joko": [("name", "Joko")],
    "atas nama Joko Widada": [("name", "Joko Widada")],
    "pelaku berinisial AS, M.R dan BK (34)": [("name", "AS, M.R dan BK")],
    "inisial A": [("name", "A")],
    "Ahmad bin Usman": [("name", "Ahmad bin Usman")],
    "Siti Aminah binti Ali": [("name", "Siti Aminah binti Ali")],
    "milik H. Muh. Saleh": [("name", "Muh. Saleh")],
    "Ibu Hj. Siti Aminah, S.Pd": [("name", "Siti Aminah")],
    "Nama Pelapor: Budi": [("name", "Budi")],
    "Sdr. Budi (0812-3456-7890) KT 1234 AB": [("name", "Budi"), ("phone", "0812-3456-7890"), ("plate", "KT 1234 AB")],
}  # fmt: skip
LEFT = (
    "64.08.01.2001", "6408012001", "64.08.01.2001 64.08.01", "6472.01", "8868c5a2b3fffff", "613196571542487039", "24.10.2024",
    "08.12.2024 14.30", "08-12-2024", "2024-08-12T14:30", "02012024", "Rp 1.234.567.890", "Rp12.500.000,-", "297.994 pemilih",
    "1234567890123", "0.6472011205900001", "117,1536 -0,5022", "-0.502213, 117.153612", "pukul 14.30 WITA", "9999999999999999",
    "Bapak Bupati", "Ibu Kota Nusantara", "Ibu Camat", "Pak RT", "akun Facebook tersebut", "di Facebook dan Instagram",
    "TPS 12 A", "PT 3M", "RT 05 RW 02", "Blok D 12 A", "B 12 KM", "Jl. H. Agus Salim", "tahun 2000-an. Warga", "UU 7/2012", "S 117 E",
    "5 orang @100.000", "H 24 jam", "bapak ibu sekalian", "nama desa Bontang", "korban: 3 orang", "No. 0123/2024", "",
)  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_fault_120_what_people_write_is_found(text: str) -> None:
    assert kinds(text) == FOUND[text]


@pytest.mark.parametrize("text", LEFT)
def test_codes_dates_cells_amounts_and_offices_are_not(text: str) -> None:
    assert flags(text) == ()
    assert mask(text) == text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_masked_text_holds_nothing_more_and_keeps_the_rest(lang: str) -> None:
    for text, found in FOUND.items():
        masked = mask(text, lang)
        assert flags(masked) == ()
        for kind, what in found:
            assert what not in masked
            assert f"[{say(f'closed.flag.{kind}', lang)}]" in masked


def test_every_kind_has_its_words() -> None:
    for lang in LANGUAGES:
        assert all(say(f"closed.flag.{kind}", lang) for kind in FLAGS)


AROUND = st.sampled_from(["", " ", ", ", "(", ")", ": ", "\n", ". ", "; "])
WORDS = st.sampled_from(["", "warga", "melapor", "di pasar", "pada malam", "dan"])
BORN = st.dates(date(1930, 1, 1), date(2029, 12, 31))
AREA = st.sampled_from(["640801", "647201", "110101", "970302", "317101"])


@given(area=AREA, born=BORN, woman=st.booleans(), serial=st.integers(1, 9999), before=WORDS, gap=AROUND)
def test_every_nik_is_found(area: str, born: date, woman: bool, serial: int, before: str, gap: str) -> None:
    nik = f"{area}{born.day + 40 * woman:02}{born:%m%y}{serial:04}"
    text = f"{before}{gap or ' '}{nik}{gap}"
    assert ("nik", nik) in kinds(text)
    assert nik not in mask(text)


@given(
    start=st.sampled_from(["0", "+62", "+62 ", "+62-", "62"]),
    operator=st.sampled_from(["811", "812", "852", "878", "895"]),
    groups=st.sampled_from([(4, 4), (4, 3), (3, 4), (4, 5), (8,), (7,), (9,)]),
    sign=st.sampled_from(["", " ", "-", "."]),
    number=st.integers(10**12, 10**13 - 1),
    gap=AROUND,
)
def test_every_mobile_number_is_found(
    start: str, operator: str, groups: tuple[int, ...], sign: str, number: int, gap: str
) -> None:
    digits = str(number)
    parts = [operator]
    rest = digits[1:]
    for size in groups:
        parts.append(rest[:size])
        rest = rest[size:]
    phone = start + sign.join(parts)
    text = f"hubungi {phone}{gap}"
    found = [(kind, what) for kind, what in kinds(text) if kind in {"phone", "nik"}]
    assert found, text
    assert phone.lstrip("+") not in mask(text)


@given(
    region=st.sampled_from(sorted(_words("plate_regions"))),
    number=st.integers(100, 9999),
    series=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3),
    sign=st.sampled_from(["", " ", "-", "."]),
    gap=AROUND,
)  # fmt: skip
def test_plates_of_every_region_are_found(region: str, number: int, series: str, sign: str, gap: str) -> None:
    if region == "S" and series in {"E", "W"}:
        return  # 5 S 117 E is a place
    plate = f"{region}{sign}{number}{sign}{series}"
    assert ("plate", plate) in kinds(f"mobil {plate}{gap}")


@given(
    level=st.integers(1, 4),
    parts=st.tuples(st.integers(11, 97), st.integers(1, 99), st.integers(1, 99), st.integers(1000, 3999)),
    before=WORDS,
    gap=AROUND,
)
def test_area_codes_are_never_flagged(level: int, parts: tuple[int, int, int, int], before: str, gap: str) -> None:
    code = ".".join((f"{parts[0]:02}", f"{parts[1]:02}", f"{parts[2]:02}", f"{parts[3]:04}")[:level])
    assert flags(f"{before} {code}{gap}") == ()
    assert flags(code.replace(".", "")) == ()
    assert flags(f"{code} {code}") == ()


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d", "%d%m%Y"]),
)
def test_dates_are_never_flagged(day: date, form: str) -> None:
    assert flags(f"tanggal {day.strftime(form)} pukul 14.30 WITA") == ()
    assert flags(f"{day.strftime(form)} {day.strftime(form)}") == ()


@given(st.floats(-11, 6), st.floats(95, 141), st.integers(4, 10))
def test_cells_and_points_are_never_flagged(lat: float, lon: float, resolution: int) -> None:
    cell = h3.latlng_to_cell(lat, lon, resolution)
    assert flags(cell) == flags(str(h3.str_to_int(cell))) == ()
    assert flags(f"{lon:.6f}, {lat:.6f}") == flags(f"{lat:.5f} {lon:.5f}".replace(".", ",")) == ()


@given(st.integers(0, 10**14), st.sampled_from(["Rp {}", "Rp{},00", "{} orang", "{} pemilih"]))
def test_amounts_are_never_flagged(amount: int, form: str) -> None:
    assert flags(form.format(f"{amount:,}".replace(",", "."))) == ()


@given(st.text(max_size=200) | st.text("0812+62-. KTABktab@:/Sdr.HjIbuBudi[]", max_size=120))
def test_any_text_is_read_and_masked_for_good(text: str) -> None:
    found = flags(text)
    assert all(0 <= flag.start < flag.end <= len(text) and flag.kind in FLAGS for flag in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    masked = mask(text)
    assert flags(masked) == ()
    if not found:
        assert masked == text
    assert not re.search(r"\[\[", masked.replace(text, "")) or "[" in text


NASTY = {
    "marker": "Sdr. ", "name": "Aa bin ", "initials": "inisial A, ", "names": "Sdr. Budi ", "phone": "0812-3456-7890 ", "digits": "1",
    "pairs": "0 ", "country": "+62 ", "mail": "a.", "at": "a@", "account": "akun fb ", "blanks": "akun" + " " * 50, "plate": "KT 1 ",
}  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_long_and_nasty_texts_take_no_longer_than_their_length(name: str) -> None:
    text = (NASTY[name] * 20_000)[:20_000] + "@"
    start = time.process_time()
    masked = mask(text)
    assert time.process_time() - start < 4.0  # quadratic ones took 20 and more
    assert flags(masked) == ()
