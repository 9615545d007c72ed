"""What `petarawan boundaries` prints: the built files, the check of a tree, what changes, what was fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from core.numerals import number
from core.words import say

if TYPE_CHECKING:
    from geo.boundaries import TreeReport
    from geo.boundary_changes import LevelChange
    from geo.build_embedded import Built
    from geo.fetch import Fetched
    from geo.layer import LayerInfo

_PLACED = ("own", "district", "regency", "moved", "islet", "separated")
LISTED = 10  # villages of a list on the screen


def _table(keys: Sequence[str], left: Sequence[str], lang: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left")
    for key in keys:
        table.add_column(
            say(f"boundaries.column.{key}", lang), justify="left" if key in left else "right", overflow="fold"
        )
    return table


def built(found: Sequence[Built], lang: str) -> Table:
    """One line per province; of the ways a village was placed, only those that occur."""
    seen = [key for key in _PLACED if any(item.placed[key] for item in found)]
    table = _table(("province", "villages", *seen), ("province",), lang)
    for item in found:
        name = item.table.column("provinsi")[0].as_py()
        table.add_row(
            f"{item.province} {name}",
            number(item.table.num_rows, 0, lang),
            *(number(item.placed[key], 0, lang) for key in seen),
        )
    return table


def counts(report: TreeReport, name: str, lang: str) -> Table:
    """Number and area of every level."""
    table = _table(("level", "count", "area"), ("level",), lang, say("boundaries.title", lang, name=name))
    for level, count in report.counts.items():
        table.add_row(say(f"level.{level}", lang), number(count, 0, lang), number(report.area_km2[level], 3, lang))
    return table


def findings(report: TreeReport, info: LayerInfo, lang: str) -> Table:
    """Every rule of the check, in the file as drawn and in the tree."""
    table = _table(("rule", "asdrawn", "intree"), ("rule",), lang)
    drawn = report.drawn
    for rule, before, after in (
        ("overlaps", number(drawn.overlaps_km2, 6, lang), number(report.overlaps_km2, 6, lang)),
        ("gaps", number(drawn.gaps_km2, 6, lang), number(report.gaps_km2, 6, lang)),
        ("change", number(100 * drawn.largest_change, 4, lang), ""),
        ("invalid", "", few(report.invalid, lang)),
        ("orphans", "", few(report.orphans, lang)),
        ("unmapped", few(report.unmapped, lang), ""),
        ("quarantined", number(len(info.rejected), 0, lang), ""),
    ):
        table.add_row(say(f"boundaries.rule.{rule}", lang), before, after)
    return table


def few(codes: Sequence[str], lang: str) -> str:
    """A count, with the first codes when there are any."""
    return number(len(codes), 0, lang) + (f" ({', '.join(codes[:5])}{' …' if len(codes) > 5 else ''})" if codes else "")


def changes(found: Sequence[LevelChange], lang: str) -> Table:
    """What changes at every level, in counts and areas."""
    keys = ("level", "both", "added", "lost", "renamed", "before", "after", "other")
    table = _table(keys, ("level",), lang, say("boundaries.changes", lang))
    for item in found:
        table.add_row(
            say(f"level.{item.level}", lang),
            number(item.both, 0, lang),
            number(len(item.added), 0, lang),
            number(len(item.lost), 0, lang),
            number(len(item.renamed), 0, lang),
            number(item.before_km2, 1, lang),
            number(item.after_km2, 1, lang),
            f"{number(item.other_km2, 1, lang)} ({number(100 * item.other_share, 1, lang)} %)",
        )
    return table


def listed(found: Sequence[LevelChange], lang: str) -> list[str]:
    """The codes and names behind the counts, one sentence a level and kind, the first few of each."""
    lines = []
    for item in found:
        level = say(f"level.{item.level}", lang)
        renamed = [f"{one.kode} {one.before} → {one.after}" for one in item.renamed]
        moved = [
            f"{one.kode} {one.name} {number(one.before, 1, lang)} → {number(one.after, 1, lang)} km²"
            for one in item.moved
        ]
        for key, texts in (("added", item.added), ("lost", item.lost), ("renamed", renamed), ("moved", moved)):
            if texts:
                shown = "; ".join(texts[:LISTED]) + (" …" if len(texts) > LISTED else "")
                lines.append(say(f"boundaries.list.{key}", lang, level=level, count=len(texts), names=shown))
    return lines


def fetched(found: Sequence[Fetched], lang: str) -> Table:
    """The files written and what vouches for each."""
    table = _table(("file", "sha256", "proof"), ("file", "sha256", "proof"), lang)
    for item in found:
        table.add_row(item.file.name, item.sha256, say(f"boundaries.proof.{item.proof}", lang))
    return table
