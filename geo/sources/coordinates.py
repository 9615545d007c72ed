"""Coordinates as people write them: -0,502; 0.5 S; 0°30'12" LS; 117 06 30 BT; and both in one cell. A side is never guessed.

LU, N and U are north, LS and S south, BT, E and T east, BB, W and B west.
"""

from __future__ import annotations

import re
from typing import Literal

from core.crs import INDONESIA
from geo.sources import numbers
from geo.sources.faults import BadValue

Axis = Literal["bujur", "lintang"]
_SIDES = {
    "lu": ("lintang", 1), "n": ("lintang", 1), "u": ("lintang", 1), "utara": ("lintang", 1), "north": ("lintang", 1),
    "ls": ("lintang", -1), "s": ("lintang", -1), "selatan": ("lintang", -1), "south": ("lintang", -1),
    "bt": ("bujur", 1), "e": ("bujur", 1), "t": ("bujur", 1), "timur": ("bujur", 1), "east": ("bujur", 1),
    "bb": ("bujur", -1), "w": ("bujur", -1), "b": ("bujur", -1), "barat": ("bujur", -1), "west": ("bujur", -1),
}  # fmt: skip
_SIDE = r"lu|ls|bt|bb|utara|selatan|timur|barat|north|south|east|west|[nsewutb]"
_AT_END = re.compile(rf"(.*[\d°'\"\s.])({_SIDE})\.?")
_AT_START = re.compile(rf"({_SIDE})[\s.:]*([-+\d].*)")
_DECIMAL = re.compile(r"([+-]?)(\d{1,3}(?:[.,]\d+)?)\s*°?")
_PARTS = re.compile(
    r"([+-]?)(\d{1,3})\s*(°|\s|-|:|d)\s*(\d{1,2}(?:[.,]\d+)?)\s*('|\s|-|:|m|$)\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(\"|s)?)?"
)
_SIGNS = str.maketrans(
    {**dict.fromkeys("º˚", "°"), **dict.fromkeys("′’‘`´", "'"), **dict.fromkeys("″”“", '"'), "−": "-", "–": "-"}
)
_WORDS = (
    ("derajat", "°"), ("deg", "°"), ("menit", "'"), ("min", "'"), ("detik", '"'), ("sec", '"'), ("''", '"'), ("lintang", ""), ("bujur", ""),
)  # fmt: skip
_BETWEEN = (r"\s*[;/|]\s*", r",\s+", r"\s+", r",")


def lon(value: object) -> float | None:
    """Longitude in degrees, None for an empty cell; raises BadValue R_COORDINATE, R_DMS, R_HEMISPHERE."""
    return parse(value, "bujur")


def lat(value: object) -> float | None:
    """Latitude in degrees; the same."""
    return parse(value, "lintang")


def parse(value: object, axis: Axis) -> float | None:
    """One coordinate; degrees, minutes and seconds need their side (LU, LS or a minus), which only a longitude has by itself."""
    try:
        return numbers.coordinate(value)
    except BadValue:
        if not isinstance(value, str) or not re.search(r"\d", value):
            raise
        return _written(_plain(value), axis)


def pair(value: object) -> tuple[float, float] | None:
    """Longitude and latitude of one cell, '-0.502, 117.153': by their letters, else by which of them can be which in Indonesia.

    Raises BadValue R_COORDINATE where it is not one of each for sure.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadValue("R_COORDINATE")
    text = _plain(value).strip("()[] ")
    found = {both for parts in _halves(text) if (both := _both(*parts)) is not None}
    if len(found) != 1:
        raise BadValue("R_COORDINATE")
    return found.pop()


def _plain(value: str) -> str:
    text = value.translate(_SIGNS).lower()
    for word, sign in _WORDS:
        text = text.replace(word, sign)
    return " ".join(text.split())


def _written(text: str, axis: Axis) -> float:
    side = None
    if found := _AT_END.fullmatch(text):
        text, side = found[1].strip(), _SIDES[found[2]]
    elif found := _AT_START.fullmatch(text):
        text, side = found[2].strip(), _SIDES[found[1]]
    if plain := _DECIMAL.fullmatch(text):
        minus, size, named = plain[1] == "-", float(plain[2].replace(",", ".")), True
    elif parts := _PARTS.fullmatch(text):
        minus, size, named = parts[1] == "-", _degrees(parts, side is not None), axis == "bujur" or parts[1] != ""
    else:
        raise BadValue("R_COORDINATE")
    if side is not None and (side[0] != axis or (minus and side[1] > 0)):
        raise BadValue("R_HEMISPHERE")
    if side is None and not named:
        raise BadValue("R_DMS")
    return -size if minus or (side is not None and side[1] < 0) else size


def _degrees(parts: re.Match[str], sided: bool) -> float:
    """Degrees of the three; only the last may have decimals. '117 15' without its side is not taken for degrees and minutes."""
    minutes, seconds = (float((parts[i] or "0").replace(",", ".")) for i in (4, 6))
    bare = not sided and parts[3] in " -" and parts[6] is None and parts[5] != "'"
    if minutes >= 60 or seconds >= 60 or bare or (parts[6] is not None and minutes != int(minutes)):
        raise BadValue("R_DMS")
    return int(parts[2]) + minutes / 60 + seconds / 3600


def _halves(text: str) -> list[tuple[str, str]]:
    """Every way of cutting a cell into two that the usual separators give."""
    cuts = set()
    for form in _BETWEEN:
        for mark in re.finditer(form, text):
            halves = (text[: mark.start()], text[mark.end() :])
            # A comma alone may be a decimal one: '117,1' is half a coordinate.
            if all(halves) and (form != "," or all(re.search(r"[.,°a-z]", half) for half in halves)):
                cuts.add(halves)
    return sorted(cuts)


def _both(first: str, second: str) -> tuple[float, float] | None:
    west, south, east, north = INDONESIA
    for one, other in ((first, second), (second, first)):
        try:
            x, y = parse(one, "bujur"), parse(other, "lintang")
        except BadValue:
            continue
        if x is not None and y is not None and west <= x <= east and south <= y <= north:
            return x, y
    return None
