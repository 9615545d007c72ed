"""What place a text means: "Sumber Sari, Kota Bangun", a code of Kemendagri or BPS, or a point; ranked, every meaning kept.

An answer is an offer with a score and its reasons, never a join: whoever takes a place into the data chooses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core import codes
from core.crs import in_indonesia
from geo.crosswalk_table import codes_of
from geo.history import family
from geo.names import is_city, is_city_prefix, joined, level_said, spaced

if TYPE_CHECKING:
    from geo.atlas import Atlas

CUTOFF = 80.0  # below it two names only share letters
EXACT, SPELLING, ALIAS, FORMER = 100.0, 99.0, 97.0, 95.0
SEAT, BEGINS = 92.0, 90.0  # the capital of a regency for the regency; "Sangatta" for "Sangatta Utara"
ELSEWHERE = 60.0  # the name is right and the place named beside it is not; more where the regency or the province is
_PARENT_WEIGHT = 0.25  # of the places named beside it, against the name itself
_MOST_ALIKE = 40  # look-alikes weighed further
_LONGEST = 200  # characters of a query that are read
_SHORTEST = 4  # letters of a word that may be the beginning of a name

_CODE = re.compile(r"(?:ID)?(\d{2}(?:\.\d{2}(?:\.\d{2}(?:\.\d{4})?)?)?|\d{4}|\d{6}|\d{7}|\d{10})", re.IGNORECASE)
_NUMBER = r"[-+]?\d{1,3}(?:[.,]\d+)?"
_POINT = re.compile(rf"\s*({_NUMBER})\s*°?\s*[,;\s]\s*({_NUMBER})\s*°?\s*")
# "Desa Sumber Sari Kecamatan Kota Bangun": the word for a level begins a new part.
_LEVEL_WORD = re.compile(r"(?<=\w)\s+(?=(?:kecamatan|kec|distrik|kabupaten|kab|provinsi|prov)(?:\.|\s))", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """One place a text may mean.

    path  : the areas it lies in, nearest first, as one line
    score : 0..100; 100 is the registry's own name with everything named beside it right
    why   : reasons, words at `gazetteer.why.*`: code, code_bps, code_former, point, name, spelling, alias, seat, begins, similar; then
            parent, parent_former (the area it was split from), parent_similar, elsewhere
    km    : for a point, how far the village's own point is
    """

    kode: str
    name: str
    path: str
    level: int
    lon: float | None
    lat: float | None
    score: float
    why: tuple[str, ...]
    km: float | None = None


def locate(atlas: Atlas, text: str) -> list[Found]:
    """Every place the text may mean, best first; of equal ones the larger area first, then by code. Nothing fits: an empty list.

    Look-alikes are offered only where no place has just this name.
    """
    text = " ".join(text[:_LONGEST].split())
    found = _code(atlas, text)
    if found is None:
        found = _point(atlas, text)
    if found is None:
        found = _names(atlas, text)
    return sorted(found, key=lambda item: (-item.score, item.km or 0.0, item.level, item.kode))


def _of(atlas: Atlas, code: str, score: float, why: tuple[str, ...], km: float | None = None) -> Found:
    spot = atlas.spot(atlas.row[code])
    path = ", ".join(atlas.path(code))
    return Found(code, spot.name, path, spot.level, spot.lon, spot.lat, round(score, 1), why, km)


def _code(atlas: Atlas, text: str) -> list[Found] | None:
    """A code, or None where the text is none. Digits without dots may be of either system: all they mean are offered."""
    match = _CODE.fullmatch(text)
    if match is None:
        return None
    digits = match[1].replace(".", "")
    dotted = codes.dotted(digits)
    meant: dict[str, str] = {}
    if dotted is not None and not text[0].isalpha():
        meant[dotted] = "code"
        meant.setdefault(codes_of("kemendagri").get(digits, ""), "code_former")
    if "." not in text or dotted not in atlas:  # "64.04" is no Kemendagri code: someone put dots into one of BPS
        meant.setdefault(codes_of("bps").get(digits, ""), "code_bps")
    return [
        _of(
            atlas,
            kode,
            FORMER if why == "code_former" else EXACT if "." not in text or why == "code" else BEGINS,
            (why,),
        )
        for kode, why in meant.items()
        if kode in atlas
    ]


def _point(atlas: Atlas, text: str) -> list[Found] | None:
    """A point in the country, longitude and latitude in either order (the two cannot be mistaken here); None where it is none."""
    match = _POINT.fullmatch(text)
    if match is None:
        return None
    one, two = (float(part.replace(",", ".")) for part in match.groups())
    for lon, lat in ((one, two), (two, one)):
        if in_indonesia(np.array([lon]), np.array([lat]))[0]:
            near = atlas.near(lon, lat, 10)
            return [_of(atlas, code, max(0.0, EXACT - km), ("point",), round(km, 2)) for code, km in near]
    return []


def _names(atlas: Atlas, text: str) -> list[Found]:
    parts = [part.strip() for part in re.split(r"[,;|\n>›]", _LEVEL_WORD.sub(",", text)) if spaced(part.strip(), 4)]
    if not parts:
        return []
    name, beside = parts[0], parts[1:]
    found = _exact(atlas, name, beside)
    if not found and not beside:
        found = _run_together(atlas, name.split())
    there = [item for item in found if "elsewhere" not in item.why]
    if any("seat" not in item.why for item in there):
        return there
    return (there or found) + _alike(atlas, name, beside)


def _run_together(atlas: Atlas, words: Sequence[str]) -> list[Found]:
    """No comma: "Sumber Sari Kota Bangun" is read at the word where both halves are names, one inside the other."""
    found: list[Found] = []
    for cut in range(len(words) - 1, 0, -1):
        both = _exact(atlas, " ".join(words[:cut]), [" ".join(words[cut:])])
        found += [item for item in both if "elsewhere" not in item.why]
    return found


def _levels(part: str) -> tuple[int, ...]:
    said = level_said(part)
    return (said,) if said else (1, 2, 3, 4)


def _rows(atlas: Atlas, part: str, levels: Sequence[int]) -> dict[int, tuple[float, str]]:
    """Rows that have this name, with the score and the reason."""
    rows: dict[int, tuple[float, str]] = {}
    for level in levels:
        text = spaced(part, level)
        key = text.replace(" ", "")
        for row in atlas.exact[level].get(key, ()):
            rows[row] = (EXACT, "name") if atlas.spelt[row] == text else (SPELLING, "spelling")
        for row in atlas.other[level].get(key, ()):
            rows.setdefault(row, (ALIAS, "alias"))
    city = is_city_prefix(part)
    kept = {
        row: hit
        for row, hit in rows.items()
        if city is None or len(atlas.codes[row]) != 5 or is_city(atlas.codes[row]) == city
    }
    return kept or rows


def _exact(atlas: Atlas, name: str, beside: Sequence[str]) -> list[Found]:
    """Places of exactly this name, and the regency it is the capital of; those outside the areas named beside it as `elsewhere`."""
    areas = [_areas(atlas, part) for part in beside]
    levels = _levels(name)
    rows = _rows(atlas, name, levels)
    if 2 in levels:
        for row in atlas.seats.get(joined(name, 2), ()):
            rows.setdefault(row, (SEAT, "seat"))
    found = []
    for row, (score, why) in rows.items():
        code = atlas.codes[row]
        weighed = _weigh(code, score, (why,), areas)
        if weighed is None and why != "seat":
            weighed = (code, ELSEWHERE + _nearness(code, areas), (why, "elsewhere"))
        if weighed is not None:
            found.append(_of(atlas, *weighed))
    return found


def _nearness(code: str, areas: Sequence[dict[str, tuple[float, str]]]) -> float:
    """10 in the regency of an area named beside it, 5 in its province, else 0."""
    named = [area for options in areas for area in options]
    if any(len(area) > 2 and area[:5] == code[:5] for area in named):
        return 10.0
    return 5.0 if any(area[:2] == code[:2] for area in named) else 0.0


def _areas(atlas: Atlas, part: str) -> dict[str, tuple[float, str]]:
    """Areas a part beside the name may mean, and what was split from them: code to score and reason."""
    areas: dict[str, tuple[float, str]] = {}
    rows = _rows(atlas, part, [level for level in _levels(part) if level < 4])
    for row, (score, _) in rows.items():
        areas[atlas.codes[row]] = (score, "parent")
    for row in rows:
        for heir in family(atlas.codes[row]):
            areas.setdefault(heir, (FORMER, "parent_former"))
    return areas


def _weigh(
    code: str, score: float, why: tuple[str, ...], areas: Sequence[dict[str, tuple[float, str]]]
) -> tuple[str, float, tuple[str, ...]] | None:
    """The place with the score of what stands beside it; None when one of those is no area it lies in."""
    total = 0.0
    for options in areas:
        hit = max((options[above] for above in _above(code) if above in options), default=None)
        if hit is None:
            return None
        total += hit[0]
        why = why if hit[1] in why else (*why, hit[1])
    if areas:
        score = (1 - _PARENT_WEIGHT) * score + _PARENT_WEIGHT * total / len(areas)
    return code, score, why


def _above(code: str) -> Iterator[str]:
    parent = codes.parent(code)
    while parent is not None:
        yield parent
        parent = codes.parent(parent)


def _alike(atlas: Atlas, name: str, beside: Sequence[str]) -> list[Found]:
    """Names that begin with, or look like, this one, inside areas that are, or look like, those named beside it."""
    areas = [_areas(atlas, part) or _areas_alike(atlas, part) for part in beside]
    if not all(areas):
        return []
    best: dict[str, tuple[str, float, tuple[str, ...]]] = {}
    near = [hit for start, stop in _spans(atlas, areas) for hit in _rows_alike(atlas, name, start, stop)]
    for row, score, why in [*near, *_rows_beginning(atlas, name)]:
        weighed = _weigh(atlas.codes[row], score, (why,), areas)
        if weighed and weighed[1] > best.get(weighed[0], ("", -1.0))[1]:
            best[weighed[0]] = weighed
    ranked = sorted(best.values(), key=lambda item: (-item[1], len(item[0]), item[0]))
    return [_of(atlas, *item) for item in ranked[:_MOST_ALIKE]]


def _rows_beginning(atlas: Atlas, name: str) -> Iterator[tuple[int, float, str]]:
    """Rows whose name begins with these whole words."""
    levels = _levels(name)
    text = spaced(name, levels[-1])
    if len(text) < _SHORTEST:
        return
    for row in atlas.beginning(text + " "):
        if codes.level(atlas.codes[row]) in levels:
            yield row, BEGINS, "begins"


def _areas_alike(atlas: Atlas, part: str) -> dict[str, tuple[float, str]]:
    """Areas whose name looks like a part beside the name, and what was split from them."""
    areas: dict[str, tuple[float, str]] = {}
    for row, score, _ in _rows_alike(atlas, part, 0, len(atlas.codes)):
        for heir in family(atlas.codes[row]) if len(atlas.codes[row]) < 13 else ():
            areas[heir] = max(areas.get(heir, (0.0, "")), (score, "parent_similar"))
    return areas


def _spans(atlas: Atlas, areas: Sequence[dict[str, tuple[float, str]]]) -> list[tuple[int, int]]:
    """The rows to search: of the areas named the fewest, or all."""
    if not areas:
        return [(0, len(atlas.codes))]
    return min(
        ([atlas.span(code) for code in options] for options in areas), key=lambda spans: sum(b - a for a, b in spans)
    )


def _rows_alike(atlas: Atlas, name: str, start: int, stop: int) -> Iterator[tuple[int, float, str]]:
    """Rows whose name looks like this one, or, where a part beside was misspelt, is it."""
    levels = _levels(name)
    for key in dict.fromkeys(joined(name, level) for level in levels):
        if not key:
            continue
        for row, score in atlas.lookalikes.like(key, CUTOFF, start, stop):
            level = codes.level(atlas.codes[row])
            if level in levels and joined(name, level) == key:
                yield row, score, "similar" if score < EXACT else "name"
