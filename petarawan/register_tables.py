"""Tables of the register for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from rich.table import Table

from core.numerals import day, number
from core.taxonomy import ZONES, zone_of
from core.words import say
from store.register import ALWAYS, ImportLine, Possible, ReportVersion

Named = Callable[[str], str]
_LISTED = {"incidents": ("occurred_on", "kind"), "tps": ("name",), "sites": ("name", "kind"), "posts": ("name", "kind")}
_COUNTED = {"incidents": ("deaths", "injured"), "tps": ("voters",), "sites": (), "posts": ()}
_LISTS = (
    "kind",
    "conflict_source",
    "how_known",
    "date_precision",
    "precision",
    "conflict_stage",
    "verification",
    "outcome",
)


def listing(found: Sequence[ReportVersion], kind: str, named: Named, lang: str) -> Table:
    """One record a row: its number, what it is, and its state; `named` gives the name of an area."""
    table = _table(("key", "record", "verification"), lang)
    for item in found:
        what = [told(kind, name, item.content.get(name), lang) for name in _LISTED[kind]]
        kode = str(item.content["kode"])
        what.append(f"{kode} {named(kode)}".strip())
        what += [
            f"{say(f'register.column.{name}', lang)}: {told(kind, name, item.content[name], lang)}"
            for name in _COUNTED[kind]
            if item.content[name] is not None
        ]
        state = [say(f"closed.verification.{item.verification}", lang), say("register.version", lang, n=item.version)]
        if item.flags:
            state.append(
                say("register.holds", lang, kinds=", ".join(say(f"closed.flag.{flag}", lang) for flag in item.flags))
            )
        table.add_row(item.key, "\n".join(what), "\n".join(state))
    return table


def history(found: Sequence[ReportVersion], lang: str) -> Table:
    """Every version: since when it is known, when it was written down, by whom and why, and what it changed."""
    table = _table(("version", "recorded_at", "changed"), lang)
    table.title, table.title_justify = found[-1].key, "left"
    before: ReportVersion | None = None
    for item in found:
        why = item.why or (say("register.by_import", lang, id=item.import_id, row=item.row) if item.import_id else "–")
        written = f"{moment(item, lang)}\n{item.who}\n{why}"
        known = say("register.known", lang, day=_known(item, lang))
        state = say(f"closed.verification.{item.verification}", lang)
        table.add_row(str(item.version), written, "\n".join((state, known, *_changed(before, item, lang))))
        before = item
    return table


def changes(before: ReportVersion, after: ReportVersion, lang: str) -> Table:
    """What a correction changed."""
    table = Table(title=f"{after.key} ({before.version} → {after.version})", title_justify="left")
    for name in ("field", "before", "after"):
        table.add_column(say(f"register.column.{name}", lang), overflow="fold")
    for name, old, new in _differences(before, after):
        table.add_row(
            say(f"register.column.{name}", lang), told(after.kind, name, old, lang), told(after.kind, name, new, lang)
        )
    return table


def ledger(lines: Sequence[ImportLine], lang: str) -> Table:
    """One import a row; accepted + quarantined + duplicates = rows in."""
    table = _table(("id", "file", "rows_in"), lang)
    for line in lines:
        when = line.finished_at or line.begun_at
        what = (line.draft.file, f"{say(f'register.kind.{line.draft.kind}', lang)} ({line.draft.reader})")
        by = f"{line.draft.who}, {day(when.date().isoformat(), lang)}"
        names = ("rows_in", "accepted", "quarantined", "duplicates", "revised")
        counts = [f"{say(f'register.column.{name}', lang)}: {number(getattr(line, name), 0, lang)}" for name in names]
        table.add_row(
            line.id, "\n".join((*what, by)), "\n".join(counts) if line.state == "done" else say("register.open", lang)
        )
    return table


def one_import(line: ImportLine, pairs: Sequence[Possible], lang: str) -> Iterator[Table]:
    """Why rows of an import wait in quarantine, and which records may be the same as others."""
    if line.reasons:
        table = Table(title=say("register.reasons", lang), title_justify="left")
        table.add_column(say("register.column.reason", lang), overflow="fold")
        table.add_column(say("register.column.rows", lang), justify="right")
        for code, rows in sorted(line.reasons.items(), key=lambda item: (-item[1], item[0])):
            table.add_row(f"{code}: {say(f'reason.{code}.message', lang)}", number(rows, 0, lang))
        yield table
    if pairs:
        table = Table(title=say("register.possible", lang), title_justify="left")
        for name in ("key", "other", "score"):
            table.add_column(say(f"register.column.{name}", lang), overflow="fold")
        for pair in pairs:
            table.add_row(pair.key, pair.other, number(pair.score, 0, lang))
        yield table


def told(kind: str, name: str, value: Any, lang: str) -> str:
    """A value in the reader's language; an en dash where there is none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, date):
        return day(value.isoformat(), lang)
    if name in _LISTS and not (name == "kind" and kind != "incidents"):
        return say(f"closed.{name}.{value}", lang)
    if isinstance(value, float):
        return number(value, 5 if name in {"lon", "lat"} else 2, lang)
    return number(value, 0, lang) if isinstance(value, int) else str(value)


def moment(item: ReportVersion, lang: str) -> str:
    """When a version was written down, by the clock of the place it is about."""
    zone = zone_of(str(item.content["kode"]))
    local: datetime = item.recorded_at.astimezone(timezone(timedelta(hours=ZONES[zone])))
    return f"{day(local.date().isoformat(), lang)} {local:%H.%M} {zone}"


def _known(item: ReportVersion, lang: str) -> str:
    if item.known_on == ALWAYS:
        return say("register.always", lang)
    text = day(item.known_on.isoformat(), lang)
    return say("register.assumed", lang, day=text) if item.known_assumed else text


def _changed(before: ReportVersion | None, item: ReportVersion, lang: str) -> list[str]:
    return [
        f"{say(f'register.column.{name}', lang)}: {told(item.kind, name, old, lang)} → {told(item.kind, name, new, lang)}"
        for name, old, new in ([] if before is None else _differences(before, item))
        if name != "verification"
    ]


def _differences(before: ReportVersion, after: ReportVersion) -> list[tuple[str, Any, Any]]:
    pairs = [(name, before.content[name], after.content[name]) for name in after.content]
    pairs.append(("verification", before.verification, after.verification))
    return [(name, old, new) for name, old, new in pairs if old != new]


def _table(names: Sequence[str], lang: str) -> Table:
    """A few columns of several lines, so that a narrow terminal shows every number whole."""
    table = Table(show_lines=True)
    for i, name in enumerate(names):
        table.add_column(say(f"register.column.{name}", lang), no_wrap=i == 0, overflow="fold")
    return table
