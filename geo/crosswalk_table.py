"""The table of code pairs data/boundaries/crosswalk.csv.gz, made by `petarawan boundaries crosswalk`, read once."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from functools import cache
from typing import NamedTuple

from geo.registry import DATA


class Pair(NamedTuple):
    """One area in two code systems.

    code, level : in its own system, digits only ("6404", 2); a BPS district has 7 digits, a village 10
    kode        : the Kemendagri code of today, dotted
    name        : what the other system calls it, where the villages were the proof; else empty
    how         : name (the same name inside the same parent, once on either side), villages (another name, but the same villages
                  inside), reviewed (an alias), former (a code that was given up, and not given to another area since)
    """

    system: str
    code: str
    kode: str
    name: str
    how: str


@cache
def pairs() -> tuple[Pair, ...]:
    """Every pair: of the table, then the former codes that people wrote down (crosswalk_former.csv)."""
    with gzip.open(DATA / "crosswalk.csv.gz") as stream:
        text = stream.read().decode("utf-8")
    rows = csv.reader(io.StringIO(text))
    next(rows)
    former = csv.DictReader(io.StringIO((DATA / "crosswalk_former.csv").read_text(encoding="utf-8")))
    olds = (Pair(row["system"], row["code"], row["kode"], "", "former") for row in former)
    return (*map(Pair._make, rows), *olds)


@cache
def codes_of(system: str) -> dict[str, str]:
    """Digits of one system ("bps", or "kemendagri" for numbers it has since given up) to the code of today."""
    return {pair.code: pair.kode for pair in pairs() if pair.system == system}


@cache
def new_districts() -> dict[str, tuple[str, ...]]:
    """District to the districts its villages were in when BPS made its list (2018), for those that are newer than the list."""
    now = codes_of("bps")
    came: dict[str, set[str]] = defaultdict(set)
    for code, kode in now.items():
        district = now.get(code[:7]) if len(code) == 10 else None
        if district is not None and not kode.startswith(district):
            came[kode[:8]].add(district)
    return {district: tuple(sorted(parents)) for district, parents in came.items()}
