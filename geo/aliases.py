"""Other names of areas, from data/boundaries/aliases.csv and the crosswalk: former names, old spellings, English names; exact only."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from geo.crosswalk_table import pairs
from geo.registry import DATA


@dataclass(frozen=True)
class Alias:
    """`name` is, or was, another name of `kode`; kind is former, spelling, short, seat or exonym; source says who says so."""

    kode: str
    name: str
    kind: str
    source: str


@cache
def reviewed() -> tuple[Alias, ...]:
    """The aliases written by people, in the order of the file."""
    with (DATA / "aliases.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(Alias(**row) for row in csv.DictReader(stream))


@cache
def aliases() -> tuple[Alias, ...]:
    """The reviewed ones, then the names BPS uses where they are other words than the registry's."""
    theirs = (Alias(pair.kode, pair.name, "spelling", "BPS") for pair in pairs() if pair.name)
    return (*reviewed(), *theirs)
