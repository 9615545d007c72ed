"""Kemendagri codes for villages that a file names by BPS codes or by name alone: exactly and inside the parent, or not at all.

What has no match, or more than one, stays in quarantine with its names: a list for a person, never a guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from core import codes
from geo.atlas import Atlas
from geo.crosswalk import to_kemendagri
from geo.history import family
from geo.names import joined
from geo.sources.polygons import BadShape
from geo.sources.villages import RawVillage

BPS_VILLAGE = 10  # digits
Find = Callable[[RawVillage], str]


def from_bps(rows: Sequence[RawVillage]) -> list[RawVillage]:
    """The same rows with Kemendagri codes and names of the register instead of BPS codes; unmatched ones are BadShape."""
    return coded(rows, by_bps)


def coded(rows: Sequence[RawVillage], find: Find) -> list[RawVillage]:
    """The rows with the code that `find` gives (it raises BadShape for none); a code that two rows get is for a person to give.

    Names come out as in `spelt`.
    """
    out = [row if isinstance(row.shape, BadShape) else _coded(row, find) for row in rows]
    count = Counter(row.kode for row in out if not isinstance(row.shape, BadShape))
    return [
        replace(row, shape=BadShape("R_MATCHED_TWICE", name=told(row), found=row.kode, rows=str(count[row.kode])))
        if count[row.kode] > 1 and not isinstance(row.shape, BadShape)
        else row
        for row in out
    ]


def _coded(row: RawVillage, find: Find) -> RawVillage:
    try:
        kode = find(row)
    except BadShape as fault:
        return replace(row, shape=fault)
    return spelt(replace(row, kode=kode), kode)


def spelt(row: RawVillage, kode: str) -> RawVillage:
    """The row with its names as the register writes them, where they mean the same ("BONTANG KUALA", "LoaKuluKota")."""
    kecamatan, kabupaten, provinsi = (
        _official(codes.ancestor(kode, level), name, level) for level, name in zip((3, 2, 1), row.parents, strict=True)
    )
    return replace(row, name=_official(kode, row.name, 4) or "", parents=(kecamatan, kabupaten, provinsi))


def _official(kode: str, name: str | None, level: int) -> str | None:
    """The register's spelling of a name that means the same; a parent that has another name today is told by its code's name."""
    entry = Atlas.load().entry(kode)
    if entry is None:
        return name
    same = not name or joined(name, level) == joined(entry.name, level)
    return entry.name if same or level < 4 else name


def by_bps(row: RawVillage) -> str:
    """By its BPS code, below the level the crosswalk holds by its names inside the parent; raises BadShape.

    R_BPS_CODE : no code of ten digits; R_UNMATCHED : nothing known; R_CODE_NAME : the code means one village and the names another.
    A name that no village of the register has does not overrule the code: villages are spelt in many ways, and renamed.
    """
    found = _of_code(row)
    if agrees(found, row.name):
        return found
    try:
        named = by_name(row)
    except BadShape:
        return found
    if named != found:
        raise _apart(row, found)
    return found


def by_old_bps(row: RawVillage) -> str:
    """The same for a file so old that its code may belong to another village by now: the code counts only where the name agrees.

    Raises BadShape as `by_name`, and R_CODE_NAME where the code means another village and the names none.
    """
    try:
        found = _of_code(row)
    except BadShape:
        return by_name(row)
    if agrees(found, row.name):
        return found
    try:
        return by_name(row)
    except BadShape as fault:
        if fault.code == "R_AMBIGUOUS":
            raise
        raise _apart(row, found) from fault


def _of_code(row: RawVillage) -> str:
    digits = re.sub(r"[.\s]", "", row.kode.upper().removeprefix("ID"))  # an HDX p-code is "ID" and the BPS code
    if len(digits) != BPS_VILLAGE or not digits.isascii() or not digits.isdigit():
        raise BadShape("R_BPS_CODE", found=row.kode[:40])
    kecamatan, kabupaten, _ = row.parents
    found = to_kemendagri(digits, "bps", (kabupaten, kecamatan, row.name or None))
    if found is None or codes.level(found) != 4:
        raise BadShape("R_UNMATCHED", name=told(row))
    return found


def agrees(kode: str, name: str) -> bool:
    """Whether a village goes by this name, or has none to disagree with."""
    return not name or kode in Atlas.load().find(name, 4, [kode])


def _apart(row: RawVillage, found: str) -> BadShape:
    entry = Atlas.load().entry(found)
    means = f"{found} {entry.name}" if entry else found
    return BadShape("R_CODE_NAME", code=row.kode, found=means, name=told(row))


def by_name(row: RawVillage) -> str:
    """By names, province down to village, each inside its parent; raises BadShape R_UNMATCHED or R_AMBIGUOUS.

    A regency that was split since is looked through with all that came out of it.
    """
    kecamatan, kabupaten, provinsi = row.parents
    within: list[str] | None = None
    if provinsi:
        within = _wide(_inside(provinsi, 1, None)) or None  # a province by a name nobody knows decides nothing
    if kabupaten:
        within = _wide(_inside(kabupaten, 2, within))
    if kecamatan and within != []:
        # A district that the register calls otherwise: its villages are looked for in the whole regency.
        within = _inside(kecamatan, 3, within) or within
    if within is None:
        raise BadShape("R_NO_PARENT", name=told(row))
    found = _inside(row.name, 4, within) if row.name and within else []
    if not found:
        raise BadShape("R_UNMATCHED", name=told(row))
    if len(found) > 1:
        raise BadShape("R_AMBIGUOUS", name=told(row), found=", ".join(found[:5]))
    return found[0]


def _inside(name: str, level: int, within: Sequence[str] | None) -> list[str]:
    return Atlas.load().find(name, level, within)


def _wide(found: Sequence[str]) -> list[str]:
    """With everything that was split from them."""
    return sorted({item for code in found for item in family(code)})


def told(row: RawVillage) -> str:
    """A village as its file calls it: 'Sumber Sari, Kota Bangun, Kutai Kartanegara'."""
    return ", ".join(item for item in (row.name, *row.parents) if item) or "-"
