"""BPS codes paired with Kemendagri codes: by the same name inside the same parent, once on either side, or by the same villages.

What neither shows is left out: a code that is not in the table is unknown, never a guess.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from core import codes
from geo.aliases import reviewed
from geo.build_embedded import Packages
from geo.crosswalk_table import Pair
from geo.history import family
from geo.names import is_city, joined, spaced
from geo.packages import BPS, verify

_DATA = "wilayah_indonesia/csv/"
_FILES = ("provinces.csv", "regencies.csv", "districts.csv", "villages.csv")
_PARENT = {2: 0, 4: 2, 7: 4, 10: 7}  # digits of a BPS code to digits of its parent's
# The same district under another name: this much of its villages is found there, and that much at most in the next best.
_SAME_SHARE, _OTHER_SHARE, _FEWEST = 0.5, 0.2, 2
_ALIKE = 80.0  # a district that lost villages to a new one is still itself where its name is nearly the same


@dataclass(frozen=True)
class Bps:
    """Names by BPS code, and the codes inside each, in code order."""

    names: dict[str, str]
    inside: dict[str, list[str]]


@dataclass(frozen=True)
class Registry:
    """The same of Kemendagri, dotted."""

    names: dict[str, str]
    inside: dict[str, list[str]]

    @classmethod
    def of(cls, packages: Packages) -> Registry:
        """Of the packages the boundaries are made of."""
        rows = [packages.registry, *packages.villages.values()]
        names = {kode: name for frame in rows for kode, name in zip(frame["kode"], frame["name"], strict=True)}
        return cls(names, _tree(names, lambda kode: codes.parent(kode) or ""))


def load(path: Path) -> Bps:
    """Read the lists out of the pinned package; raises InputError E_NO_FILE or E_PACKAGE_HASH."""
    verify(path, BPS)
    names: dict[str, str] = {}
    with zipfile.ZipFile(path) as archive:
        for file in _FILES:
            rows = csv.reader(io.StringIO(archive.read(_DATA + file).decode("utf-8")))
            names |= {row[0]: row[-1].strip() for row in rows if row}
    return Bps(names, _tree(names, lambda code: code[: _PARENT[len(code)]]))


def _tree(names: Mapping[str, str], parent: Callable[[str], str]) -> dict[str, list[str]]:
    inside: dict[str, list[str]] = defaultdict(list)
    for code in sorted(names):
        inside[parent(code)].append(code)
    return dict(inside)


def pair_all(bps: Bps, registry: Registry) -> list[Pair]:
    """Every pair that its names prove, by code; each code and each kode at most once."""
    found: list[Pair] = []
    spelt = _other_names()
    for province in _named(bps.inside[""], bps.names, registry.inside[""], registry.names, 1, spelt):
        found.append(province)
        # The 2022 provinces of Papua are not in the list yet: their regencies stand under the province they came from.
        theirs = [kode for heir in family(province.kode) for kode in registry.inside[heir]]
        mine = bps.inside[province.code]
        for city in (False, True):
            mine_here = [code for code in mine if (int(code[2:]) >= 71) == city]
            theirs_here = [kode for kode in theirs if is_city(kode) == city]
            for regency in _named(mine_here, bps.names, theirs_here, registry.names, 2, spelt):
                found.append(regency)
                found += _inside_regency(bps, registry, regency, spelt)
    return sorted(found, key=lambda pair: (len(pair.code), pair.code))


def _other_names() -> dict[str, list[str]]:
    others: dict[str, list[str]] = defaultdict(list)
    for alias in reviewed():
        others[alias.kode].append(alias.name)
    return dict(others)


def _named(
    mine: Sequence[str],
    my_names: Mapping[str, str],
    theirs: Sequence[str],
    their_names: Mapping[str, str],
    level: int,
    others: Mapping[str, Sequence[str]],
) -> Iterator[Pair]:
    """Pairs of the same name, the name being the only one of its spelling on either side; aliases last."""
    left, right = list(mine), list(theirs)
    rounds: tuple[tuple[Callable[[str, int], str], bool], ...] = ((spaced, False), (joined, False), (joined, True))
    for spell, by_alias in rounds:
        ours = _by_spelling(((code, my_names[code]) for code in left), spell, level)
        known = ((kode, their_names[kode]) for kode in right)
        also = ((kode, name) for kode in right for name in others.get(kode, ()))
        targets = _by_spelling(also if by_alias else known, spell, level)
        for text, code in ours.items():
            kode = targets.get(text)
            if code is None or kode is None:
                continue
            left.remove(code)
            right.remove(kode)
            how = "reviewed" if by_alias else "name"
            yield Pair("bps", code, kode, "", how)


def _by_spelling(
    rows: Iterator[tuple[str, str]], spell: Callable[[str, int], str], level: int
) -> dict[str, str | None]:
    """Code by spelling; None where several have it."""
    found: dict[str, str | None] = {}
    for code, name in rows:
        text = spell(name, level)
        found[text] = code if found.get(text, code) == code else None
    return found


def _inside_regency(bps: Bps, registry: Registry, regency: Pair, others: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    """Districts of one regency, by name and then by their villages; villages inside them, and those that moved between them."""
    mine, theirs = bps.inside[regency.code], registry.inside[regency.kode]
    districts = {pair.code: pair for pair in _named(mine, bps.names, theirs, registry.names, 3, others)}
    taken = {pair.kode for pair in districts.values()}
    for pair in _by_villages(bps, registry, regency, [code for code in mine if code not in districts], taken):
        districts[pair.code] = pair
    yield from districts.values()
    villages: dict[str, Pair] = {}
    for pair in districts.values():
        inside = (bps.inside.get(pair.code, []), registry.inside.get(pair.kode, []))
        for village in _named(inside[0], bps.names, inside[1], registry.names, 4, {}):
            villages[village.code] = village
    yield from villages.values()
    # A village of a district that has no pair, or now in one that has none (a new one): the only one of its name in the whole
    # regency, on either side.
    ours = _by_spelling(((v, bps.names[v]) for d in mine for v in bps.inside.get(d, ())), joined, 4)
    targets = _by_spelling(((v, registry.names[v]) for d in theirs for v in registry.inside.get(d, ())), joined, 4)
    used, paired = {pair.kode for pair in villages.values()}, {pair.kode for pair in districts.values()}
    for text, code in ours.items():
        kode = targets.get(text)
        if code is None or kode is None or code in villages or kode in used:
            continue
        if code[:7] not in districts or codes.parent(kode) not in paired:
            yield Pair("bps", code, kode, "", "name")


def _by_villages(bps: Bps, registry: Registry, regency: Pair, left: Sequence[str], taken: set[str]) -> Iterator[Pair]:
    """Districts under another name: most villages of the one are villages of the other, and of no third."""
    homes: dict[str, list[str]] = defaultdict(list)
    for district in registry.inside[regency.kode]:
        for village in registry.inside.get(district, ()):
            homes[joined(registry.names[village], 4)].append(district)
    offers: dict[str, list[Pair]] = defaultdict(list)
    for code in left:
        villages = bps.inside.get(code, [])
        share: Counter[str] = Counter()
        for village in villages:
            at = homes.get(joined(bps.names[village], 4), [])
            for district in at:
                share[district] += 1 / len(at)  # type: ignore[assignment]
        ranked = [(kode, count) for kode, count in share.most_common() if kode not in taken]
        if not ranked or ranked[0][1] < max(_FEWEST, _SAME_SHARE * len(villages)):
            continue
        kode, name = ranked[0][0], bps.names[code]
        alike = fuzz.ratio(joined(name, 3), joined(registry.names[kode], 3))
        if (
            max((count for _, count in share.most_common()[1:]), default=0.0) <= _OTHER_SHARE * len(villages)
            or alike >= _ALIKE
        ):
            offers[kode].append(Pair("bps", code, kode, name.title(), "villages"))
    yield from (found[0] for found in offers.values() if len(found) == 1)


def table_bytes(pairs: Sequence[Pair]) -> bytes:
    """crosswalk.csv.gz: system,code,kode,name,how, without a time stamp."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("system", "code", "kode", "name", "how"))
    writer.writerows((pair.system, pair.code, pair.kode, pair.name, pair.how) for pair in pairs)
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
