"""Names of Indonesian areas in one spelling: lower case, Sei = Sungai, prefixes off, numerals as digits."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PREFIXES = {
    1: {"provinsi", "prov", "propinsi"},
    2: {"kabupaten", "kab", "kota", "kotamadya", "kodya", "regency", "city"},
    3: {"kecamatan", "kec", "distrik", "district"},
    4: {"desa", "ds", "kelurahan", "kel", "village"},
}
_RIVER = {"sei", "sui", "sungei"}
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
_COMPASS = {"north": "utara", "south": "selatan", "east": "timur", "west": "barat", "central": "tengah", "upper": "ulu"}


def _tokens(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).lower()
    return re.findall(r"[a-z0-9]+", plain.replace("'", "").replace("`", "").replace("’", ""))


@lru_cache(maxsize=1 << 16)  # a table repeats the same names on every row
def spaced(name: str, level: int = 4) -> str:
    """Word breaks kept: 'Kel. Sei Pinang Dalam' is 'sungai pinang dalam', 'East Kutai' is 'kutai timur'."""
    tokens = _tokens(name)
    while len(tokens) > 1 and tokens[0] in _PREFIXES.get(level, ()):
        tokens = tokens[1:]
    if len(tokens) > 1 and tokens[0] in _COMPASS:
        tokens = [*tokens[1:], _COMPASS[tokens[0]]]
    tokens = ["sungai" if token in _RIVER else token for token in tokens]
    return " ".join([token if i == 0 else _NUMERALS.get(token, token) for i, token in enumerate(tokens)])


@lru_cache(maxsize=1 << 16)
def joined(name: str, level: int = 4) -> str:
    """The same without word breaks: 'LoaKuluKota' and 'Loa Kulu Kota' are one."""
    return spaced(name, level).replace(" ", "")


def is_city_prefix(name: str) -> bool | None:
    """True when the name says Kota, False when it says Kabupaten, None when it says neither."""
    first = (_tokens(name) or [""])[0]
    if first in {"kota", "kotamadya", "kodya"}:
        return True
    return False if first in {"kabupaten", "kab"} else None
