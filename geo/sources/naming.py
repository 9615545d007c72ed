"""A row's names of regency, district and village to one code, or the reason why not with proposals for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core import codes
from geo.gazetteer import Places
from geo.sources.faults import BadValue
from geo.sources.records import Record

_LEVELS = {2: "kabupaten", 3: "kecamatan", 4: "desa"}


class Names(NamedTuple):
    """The names a row gives, '' where it gives none."""

    kabupaten: str = ""
    kecamatan: str = ""
    desa: str = ""

    @classmethod
    def of(cls, record: Record) -> Names:
        return cls(record.text("kabupaten"), record.text("kecamatan"), record.text("desa"))


def of_names(names: Names, places: Places) -> str:
    """The deepest area the names give.

    Raises BadValue R_NO_PLACE (no name at all), R_NAME_UNKNOWN, R_NAME_AMBIGUOUS (never the first match).
    """
    kabupaten, kecamatan, desa = names
    if not (kabupaten or kecamatan or desa):
        raise BadValue("R_NO_PLACE")
    regencies = _one_or_more(places, places.find_area(kabupaten, 2), 2, kabupaten, None) if kabupaten else []
    if len(regencies) > 1:
        raise _ambiguous(places, regencies, 2)
    within = regencies[0] if regencies else None
    districts: list[str] = []
    if kecamatan:
        districts = _one_or_more(places, places.find_area(kecamatan, 3, kabupaten or None), 3, kecamatan, within)
        if len(districts) > 1 and not desa:
            raise _ambiguous(places, districts, 3)
    if not desa:
        return (districts or regencies)[0]
    villages = places.find(desa, kecamatan or None, kabupaten or None)
    villages = _one_or_more(places, villages, 4, desa, districts[0] if len(districts) == 1 else within)
    if len(villages) > 1:
        raise _ambiguous(places, villages, 4)
    return villages[0]


def weigh_names(names: Names, kode: str, places: Places) -> tuple[int, int]:
    """How many names beside a code agree with it, and how many nobody knows; raises BadValue R_CODE_CONFLICT."""
    agreed = unknown = 0
    for (level, key), name in zip(_LEVELS.items(), names, strict=True):
        if not name or level > codes.level(kode):
            continue
        found = places.find(name) if level == 4 else places.find_area(name, level)
        mine = codes.ancestor(kode, level)
        if mine in found:
            agreed += 1
        elif found:
            raise BadValue("R_CODE_CONFLICT", "kode", column=key, name=name, named=places.names[mine])
        else:
            unknown += 1
    return agreed, unknown


def deepen(names: Names, kode: str, places: Places) -> str:
    """The deepest area the row's names give inside the code's own: no row is put down coarser than it says.

    Raises BadValue R_NAME_UNKNOWN or R_NAME_AMBIGUOUS for a name below the code's level that is not one place in it.
    """
    level = codes.level(kode)
    below = names[level - 1 :]
    if not any(below):
        return kode
    own = [places.names[codes.ancestor(kode, upper)] for upper in range(2, level + 1)]
    found = of_names(Names(*own, *below), places)
    return found if codes.covers(kode, found) else kode


def _one_or_more(places: Places, found: list[str], level: int, name: str, parent: str | None) -> list[str]:
    if not found:
        near = places.propose(name, level, parent)
        offer = "; ".join(f"{text} ({code}, {score:.0f})" for code, text, score in near)
        raise BadValue("R_NAME_UNKNOWN", _LEVELS[level], proposals=offer or "-")
    return found


def _ambiguous(places: Places, found: Sequence[str], level: int) -> BadValue:
    shown = "; ".join(f"{code} {places.names.get(codes.parent(code) or '', '')}".strip() for code in found[:8])
    return BadValue("R_NAME_AMBIGUOUS", _LEVELS[level], count=str(len(found)), candidates=shown)
