"""Where an incident of SNPK lies on today's map: its regency by BPS code, its district and village by name in the borders of the time.

A name is looked for in the regency and in those split from it since the list of areas SNPK used; exact names only (and the other
names the gazetteer holds, BPS's among them). What is known less deep stays less deep.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from core import codes
from core.crs import arc_km, unit_vectors
from core.tables import PRECISIONS
from geo.atlas import Atlas
from geo.crosswalk import to_kemendagri
from geo.gazetteer import Places
from geo.history import at_year, family
from geo.sources.faults import BadValue
from geo.sources.placing import Placement
from geo.sources.records import Ledger, Record

# SNPK codes events of all years by the areas of 2010: those of 1998 too stand under regencies made in 2002 to 2009, none under later ones.
CODED = 2010
NEAR_KM = 10.0  # a village this near to the district named was most likely split from it
_NOTHING = frozenset({"", "0", "-", "tidak ada", "tidak jelas", "tidak diketahui"})


class _Names(NamedTuple):
    """Cells of a row as they stand: codes and names of regency, district, village; '' where nothing is said."""

    kode_kab: str
    nama_kab: str
    kode_kec: str
    nama_kec: str
    nama_desa: str


class _Found(NamedTuple):
    kode: str
    notes: tuple[str, ...] = ()


def place(record: Record, year: int, places: Places, ledger: Ledger) -> Placement:
    """The deepest area that is known for sure and mapped, counting in the ledger what was not; `year` is that of the event.

    Raises BadValue R_TOO_COARSE (no regency), R_CODE_UNKNOWN, R_CODE_CONFLICT, R_SPLIT (only a regency that was split since),
    R_AREA_OUTSIDE.
    """
    cells = (record.text(key).strip() for key in _Names._fields)
    names = _Names(*("" if cell.lower() in _NOTHING else cell for cell in cells))
    found = _locate(names, max(year, CODED))
    kode = found.kode
    while places.level_of(kode) is None and codes.level(kode) > 2:
        kode = codes.ancestor(kode, codes.level(kode) - 1)  # a village the boundaries do not have yet
    if places.level_of(kode) is None:
        spot = Atlas.load().entry(kode)
        raise BadValue("R_AREA_OUTSIDE", "nama_kab", kode=kode, name=spot.name if spot else "-")
    for note in found.notes:
        ledger.note(note)
    return Placement(PRECISIONS[5 - codes.level(kode)], kode)


@lru_cache(maxsize=1 << 15)
def _locate(names: _Names, year: int) -> _Found:
    """The deepest code, with the warnings to count."""
    regency, notes = _regency(names)
    then = tuple(code for code in family(regency) if code == regency or at_year(code, year) == regency)
    district, more = _district(names, then)
    notes = (*notes, *more)
    atlas = Atlas.load()
    if names.nama_desa:
        inside = atlas.find(names.nama_desa, 4, [district]) if district else []
        if len(inside) == 1:
            return _Found(inside[0], notes)
        around = atlas.find(names.nama_desa, 4, then) if not inside else []
        if len(around) == 1 and district is None:
            return _Found(around[0], notes)
        if len(around) == 1 and district is not None and _away_km(around[0], district) <= NEAR_KM:
            return _Found(around[0], (*notes, "SNPK_MOVED"))
        notes = (*notes, "SNPK_VILLAGE")
    if district is not None:
        return _Found(district, notes)
    if len(then) > 1:
        others = ", ".join(f"{code} {spot.name}" for code in then if (spot := atlas.entry(code)))
        raise BadValue("R_SPLIT", "nama_kab", areas=others)
    return _Found(regency, notes)


def _regency(names: _Names) -> tuple[str, tuple[str, ...]]:
    """By BPS code, which the name beside it must agree with; a code nobody knows yields to a name that one regency has."""
    if not names.kode_kab or names.kode_kab.startswith("9999"):
        raise BadValue("R_TOO_COARSE", "nama_kab")  # "Tidak ada kabupaten Provinsi ..."
    atlas = Atlas.load()
    called = atlas.find(names.nama_kab, 2)
    regency = to_kemendagri(names.kode_kab, "bps") if len(names.kode_kab) == 4 else None
    if regency is None or codes.level(regency) != 2:
        if len(called) != 1:
            raise BadValue("R_CODE_UNKNOWN", "kode_kab")
        return called[0], ("SNPK_CODE",)
    if called and regency not in called:
        spot = atlas.entry(regency)
        named = spot.name if spot else "-"
        raise BadValue("R_CODE_CONFLICT", "kode_kab", column="kabupaten", name=names.nama_kab, named=named)
    return regency, ()


def _district(names: _Names, then: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """By name; its BPS code decides between several, and counts alone where nothing has the name. None where it is not known."""
    if not names.nama_kec:
        return None, ()
    called = Atlas.load().find(names.nama_kec, 3, then)
    coded = to_kemendagri(names.kode_kec, "bps") if len(names.kode_kec) == 7 else None
    inside = coded is not None and any(codes.covers(area, coded) for area in then)
    if len(called) == 1:
        return called[0], ()
    if inside and (not called or coded in called):
        return coded, () if called else ("NAME_DIFFERS",)
    return None, ("SNPK_DISTRICT",)


def _away_km(village: str, district: str) -> float:
    """From a village to the nearest village of a district, by their points; infinite where one is not known."""
    atlas = Atlas.load()
    spot = atlas.entry(village)
    first, last = atlas.span(district)
    if spot is None or spot.lon is None or spot.lat is None or first == last:
        return float("inf")
    points = atlas.points[first:last]
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return float("inf")
    here = unit_vectors(np.array([spot.lon]), np.array([spot.lat]))
    return float(arc_km(np.linalg.norm(unit_vectors(points[:, 0], points[:, 1]) - here, axis=1)).min())
