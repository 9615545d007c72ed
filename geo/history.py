"""Splits of provinces and regencies since 1997, from data/boundaries/history.csv: who came out of whom, when, by which law."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from core import codes
from geo.crosswalk_table import new_districts
from geo.registry import DATA


@dataclass(frozen=True)
class Split:
    """`child` was split from `parent` (codes of today) in `year` by `law`; a child of two parents has a line for each."""

    child: str
    parent: str
    year: int
    law: str
    source: str


@cache
def splits() -> tuple[Split, ...]:
    """Every split known, by child and then in the order of the file: the parent that gave the most stands first."""
    with (DATA / "history.csv").open(encoding="utf-8", newline="") as stream:
        rows = [Split(**(row | {"year": int(row["year"])})) for row in csv.DictReader(stream)]  # type: ignore[arg-type]
    return tuple(sorted(rows, key=lambda row: row.child))


@cache
def _children() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for split in splits():
        found[split.parent].append(split.child)
    for child, parents in new_districts().items():
        for parent in parents:
            found[parent].append(child)
    return {parent: tuple(children) for parent, children in found.items()}


@cache
def _origins() -> dict[str, tuple[Split, ...]]:
    found: dict[str, list[Split]] = defaultdict(list)
    for split in splits():
        found[split.child].append(split)
    return {child: tuple(rows) for child, rows in found.items()}


def origins(code: str) -> tuple[Split, ...]:
    """The splits that made a province or regency: none for one older than the list, two where it has two parents."""
    return _origins().get(code, ())


@cache
def family(code: str) -> tuple[str, ...]:
    """The area itself and all areas split from it since, in code order: where a name in its old borders may lie today.

    Of districts the splits since 2018 are known (from the villages BPS listed in them). What was never split is its own family.
    """
    found, todo = {code}, [code]
    while todo:
        for child in _children().get(todo.pop(), ()):
            if child not in found:
                found.add(child)
                todo.append(child)
    return tuple(sorted(found))


def at_year(code: str, year: int) -> str:
    """The code (of today) of the regency or province that held this one's land at the end of `year`.

    Deeper codes keep their own number below a regency that stayed; below one that was split later they answer the parent.
    Of two parents the first listed, which gave the most land.
    """
    level = min(codes.level(code), 2)
    holder = codes.ancestor(code, level)
    seen = {holder}
    while (made := origins(holder)) and made[0].year > year and made[0].parent not in seen:
        holder = made[0].parent
        seen.add(holder)
    return code if holder == codes.ancestor(code, level) else holder
