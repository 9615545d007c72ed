"""Names of Indonesian areas in one spelling: lower case, Sei = Sungai, prefixes off, numerals as digits."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PREFIXES = {
    1: {"provinsi", "prov", "propinsi"},
    2: {"kabupaten", "kab", "kota", "kotamadya", "kodya", "administrasi", "adm", "regency", "city"},
    3: {"kecamatan", "kec", "distrik", "district"},
    4: {"desa", "ds", "kelurahan", "kel", "village"},
}
_SAID = {
    1: {"provinsi", "prov", "propinsi"},
    2: {"kabupaten", "kab", "regency"},
    3: {"kecamatan", "kec", "distrik"},
    4: {"desa", "kelurahan", "kel"},
}
# Written short, or as one hears it; "p." and "bt." are left alone, since they stand for several words.
_LONG = {
    **dict.fromkeys(("sei", "sui", "sungei"), "sungai"),
    **dict.fromkeys(("kep", "kepul"), "kepulauan"),
    **dict.fromkeys(("tj", "tjg"), "tanjung"),
    "pp": "pulau pulau",
    "gn": "gunung",
    "kp": "kampung",
}
_ROMAN = (
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
)
_WORDS = ("satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh")
_NUMERALS = {text: str(i) for words in (_ROMAN, _WORDS) for i, text in enumerate(words, start=1)}
# English says what it is after the name: "West Kutai Regency", "Bontang City".
_AFTER = {1: {"province"}, 2: {"regency", "city"}, 3: {"district", "subdistrict"}, 4: {"village"}}
_COMPASS = {"north": "utara", "south": "selatan", "east": "timur", "west": "barat", "central": "tengah", "upper": "ulu"}


_TOKEN = re.compile(r"[a-z0-9]+")
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}")
_DROPPED = str.maketrans("", "", "'`’")


def _tokens(name: str) -> list[str]:
    plain = name
    if not name.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    plain = plain.lower().translate(_DROPPED)
    if "." in plain:  # "D.I. Yogyakarta"
        plain = _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", plain)
    return _TOKEN.findall(plain)


@lru_cache(maxsize=1 << 16)  # a table repeats the same names on every row
def spaced(name: str, level: int = 4) -> str:
    """Word breaks kept: 'Kel. Sei Pinang Dalam' is 'sungai pinang dalam', 'East Kutai' is 'kutai timur'."""
    tokens = _tokens(name)
    if len(tokens) > 1 and tokens[-1] in _AFTER.get(level, ()):
        tokens = tokens[:-1]
    prefixes = _PREFIXES.get(level, ())
    while len(tokens) > 1 and (tokens[0] in prefixes or tokens[0] in _COMPASS):
        first, *tokens = tokens
        if first in _COMPASS:
            tokens.append(_COMPASS[first])
    if len(tokens) > 1:  # "Se'i" is a name of its own
        tokens = [_LONG.get(token, token) for token in tokens]
    return " ".join([token if i == 0 else _NUMERALS.get(token, token) for i, token in enumerate(tokens)])


@lru_cache(maxsize=1 << 16)
def joined(name: str, level: int = 4) -> str:
    """The same without word breaks: 'LoaKuluKota' and 'Loa Kulu Kota' are one."""
    return spaced(name, level).replace(" ", "")


def level_said(name: str) -> int | None:
    """The level that the first word says: 'Kec. Muara Badak' is 3; None where it says none. "Kota" says none: Kota Bangun is a district."""
    first = (_tokens(name) or [""])[0]
    return next((level for level, said in _SAID.items() if first in said), None)


def other_halves(name: str) -> list[str]:
    """The two names that one field holds: 'Mantehage/Buhias' and 'Cemaga Selatan (Setengar)'; none for a plain name."""
    halves = [half.strip() for half in re.split(r"[/()]", name)]
    halves = [half for half in halves if half]
    # "Lalai I/II" is one village; a half of a few letters names nothing.
    return halves if len(halves) > 1 and all(sum(map(str.islower, half)) >= 3 for half in halves) else []


def is_city(code: str) -> bool:
    """Whether the code is of a city (kota) or inside one: its regency number is 71 or more, in both code systems."""
    return int(code.split(".")[1]) >= 71


def is_city_prefix(name: str) -> bool | None:
    """True when the name says Kota, False when it says Kabupaten, None when it says neither."""
    tokens = _tokens(name) or [""]
    if tokens[0] in {"kota", "kotamadya", "kodya"} or tokens[-1] == "city":
        return True
    return False if tokens[0] in {"kabupaten", "kab"} or tokens[-1] == "regency" else None
