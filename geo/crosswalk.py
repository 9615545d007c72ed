"""Codes of BPS, of KPU, and old ones of Kemendagri, to the dotted Kemendagri code of today.

BPS codes are not Kemendagri codes: BPS 6404 is Kutai Timur, 64.08; BPS 6402 is Kutai Barat, 64.07. Where a number means nothing here,
the answer is None, never the same digits with dots.
"""

from __future__ import annotations

from collections.abc import Sequence

from core import codes
from geo.atlas import Atlas
from geo.crosswalk_table import codes_of
from geo.history import family

SYSTEMS = ("kemendagri", "bps", "kpu")
_BPS_LEVEL = {2: 1, 4: 2, 7: 3, 10: 4}  # digits to level
_BPS_CUTS = (7, 4, 2)


def to_kemendagri(code: str, system: str, names: Sequence[str | None] = ()) -> str | None:
    """The dotted Kemendagri code of the same level, or None where it is not known.

    code   : digits, with or without dots; an HDX p-code ("ID6404") is a BPS code
    system : kemendagri, bps or kpu (KPU writes Kemendagri codes without dots)
    names  : (kabupaten, kecamatan, desa) as far as known: below the level that the table of pairs holds, the one area of that name
             inside the parent, in its old borders too. They do not overrule a code that is known.
    """
    digits = code.strip().upper().removeprefix("ID").replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    return _of_bps(digits, names) if system == "bps" else _of_kemendagri(digits)


def _of_kemendagri(digits: str) -> str | None:
    """The dotted code where the registry has it; a regency that changed its number keeps the numbers inside it."""
    dotted, atlas = codes.dotted(digits), Atlas.load()
    if dotted is None or dotted in atlas:
        return dotted
    regency = codes_of("kemendagri").get(digits[:4])
    moved = None if regency is None else regency + dotted[5:]
    return moved if moved in atlas else None


def _of_bps(digits: str, names: Sequence[str | None]) -> str | None:
    level, known = _BPS_LEVEL.get(len(digits)), codes_of("bps")
    if level is None:
        return None
    if digits in known:
        return known[digits]
    above = next((known[digits[:cut]] for cut in _BPS_CUTS if cut < len(digits) and digits[:cut] in known), None)
    return None if above is None else _by_names(above, level, names)


def _by_names(above: str, level: int, names: Sequence[str | None]) -> str | None:
    """The one area of `level` that the names give inside `above`, going down as far as they are given; None for none or several."""
    atlas, within = Atlas.load(), [above]
    for deeper in range(codes.level(above) + 1, level + 1):
        name = names[deeper - 2] if deeper - 2 < len(names) else None
        if name:
            inside = [heir for area in within for heir in family(area)]
            within = atlas.find(name, deeper, inside)
        if not within or (deeper == level and not name):
            return None
    return within[0] if len(within) == 1 else None
