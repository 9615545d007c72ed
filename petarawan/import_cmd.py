"""petarawan import: a file into the register, and a table a clerk understands of what became of every row."""

from __future__ import annotations

import gc
import getpass
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core.errors import ConfigError
from core.numerals import number
from core.words import Phrase, say
from petarawan.language import language

if TYPE_CHECKING:
    from intake import importer
    from intake.report import Repeat, Report

out = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder kerja / workspace folder")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="incidents | tps | sites | posts")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Berkas yang diimpor / file to import")],
    profile: Annotated[str | None, typer.Option(metavar="P", help="Profil tersimpan / saved profile")] = None,
    save_profile: Annotated[
        str | None, typer.Option(metavar="P", help="Simpan cara baca ini / save this way of reading")
    ] = None,
    reader: Annotated[str | None, typer.Option(metavar="R", help="Pembaca / reader")] = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=HEADER", help="Kolom untuk satu isian / the column of a field")
    ] = None,
    code_system: Annotated[str | None, typer.Option(help="kemendagri | bps | kpu")] = None,
    crs: Annotated[str | None, typer.Option(help="Sistem koordinat / coordinate system, EPSG:32650")] = None,
    sheet: Annotated[str | None, typer.Option(help="Lembar / sheet")] = None,
    header_row: Annotated[int | None, typer.Option(help="Baris judul kolom / row of the header")] = None,
    date_order: Annotated[str | None, typer.Option(help="dmy | mdy")] = None,
    number_style: Annotated[str | None, typer.Option(help="id (1.234,5) | en (1,234.5)")] = None,
    zone: Annotated[str | None, typer.Option(help="WIB | WITA | WIT")] = None,
    verification: Annotated[str | None, typer.Option(help="verified | unverified | doubtful | rejected")] = None,
    name: Annotated[str | None, typer.Option(help="Nama sumber / name of the source")] = None,
    licence: Annotated[str | None, typer.Option(help="Lisensi / licence")] = None,
    attribution: Annotated[str | None, typer.Option(help="Atribusi / attribution")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Periksa saja, tanpa menulis / check, write nothing")
    ] = False,
    who: Annotated[str | None, typer.Option(metavar="N", help="Nama pengimpor / who imports")] = None,
    batch: Annotated[int, typer.Option(min=1, max=100_000, hidden=True)] = 20_000,
) -> None:
    """Impor berkas ke register. / Import a file into the register."""
    from intake.importer import import_file

    lang = language()
    options: dict[str, Any] = {
        "columns": _columns(column or []), "code_system": code_system, "crs": crs, "sheet": sheet, "header_row": header_row,
        "date_order": date_order, "number_style": number_style, "zone": zone, "name": name, "licence": licence,
        "attribution": attribution,
    }  # fmt: skip
    if save_profile is not None:
        _check_name(save_profile)
    last: list[importer.Progress] = []
    try:
        with _progress(lang, last) as tell, _fewer_collections():
            report = import_file(
                folder,
                kind,
                file,
                reader=reader,
                profile=profile,
                options=options,
                verification=verification,
                who=who or _user(),
                now=datetime.now(UTC),
                dry_run=dry_run,
                tell=tell,
                batch=batch,
                lang=lang,
            )
    except KeyboardInterrupt:
        if last:
            saved, total = (number(rows, 0, lang) for rows in (last[-1].saved, last[-1].total))
            err.print(say("import.stopped", lang, saved=saved, total=total), soft_wrap=True)
        raise
    _tell(report, folder, kind, lang)
    if save_profile is not None and not dry_run:
        out.print(say("import.profile", lang, file=_save(folder, save_profile, report), name=save_profile))


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Millions of small rows come and go without cycles: looking for those at every 700th object takes a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _progress(lang: str, last: list[importer.Progress]) -> Iterator[Callable[[importer.Progress], None]]:
    """On a terminal a bar; else one line on standard output for every batch that is safe on the disk."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task(say("import.reading", lang), total=None)

        def tell(progress: importer.Progress) -> None:
            last[:] = [progress]
            bar.update(task, description=say("import.saving", lang), completed=progress.saved, total=progress.total)
            if progress.saved and not sys.stdout.isatty():
                saved, total = (number(rows, 0, lang) for rows in (progress.saved, progress.total))
                out.print(say("import.saved", lang, saved=saved, total=total))  # rich flushes each time

        yield tell


def _tell(report: Report, folder: Path, kind: str, lang: str) -> None:
    """The ledger, the reasons, the repeats, what may be the same, where the quarantine is, and what to do next."""
    line = report.line
    if report.already:
        day = line.finished_at.date().isoformat() if line.finished_at else "-"
        out.print(say("import.already", lang, day=day, who=line.draft.who, file=line.draft.file))
    if report.dry_run:
        out.print(say("import.dry", lang))
    table = Table()
    for key in ("file", "reader", "rows", "accepted", "quarantined", "repeated"):
        table.add_column(
            say(f"import.column.{key}", lang), justify="left" if key in ("file", "reader") else "right", overflow="fold"
        )
    counts = (line.rows_in, line.accepted, line.quarantined, line.duplicates)
    table.add_row(line.draft.file, line.draft.reader, *(number(count, 0, lang) for count in counts))
    out.print(table)
    for origin in report.origins:
        out.print(
            "• " + say("import.origin", lang, rows=number(origin.rows, 0, lang), file=origin.file, id=origin.import_id)
        )
    if report.mended:
        brought, held = (number(rows, 0, lang) for rows in (report.mended, line.quarantined))
        out.print("• " + say("import.mended", lang, rows=brought, of=held))
    if line.records and line.records != line.accepted:
        out.print("• " + say("import.records", lang, records=number(line.records, 0, lang)))
    if line.revised:
        out.print("• " + say("import.revised", lang, records=number(line.revised, 0, lang)))
    if report.reasons:
        out.print(_reasons(report, lang))
    for repeat in report.repeats:
        out.print("• " + _repeat(repeat, lang))
    if line.duplicates > len(report.repeats):
        out.print("  " + say("import.more", lang, rows=number(line.duplicates - len(report.repeats), 0, lang)))
    if report.possible_count:
        out.print(_possible(report, lang))
    for warning in line.warnings:
        out.print("• " + say(f"warning.{warning.code}", lang, **warning.params))
    _next(report, folder, kind, lang)


def _next(report: Report, folder: Path, kind: str, lang: str) -> None:
    if report.quarantine is not None:
        out.print(say("import.quarantine", lang, file=report.quarantine))
        out.print("→ " + say("import.mend", lang, dir=_quoted(folder), kind=kind, file=_quoted(report.quarantine)))
    if report.dry_run:
        out.print("→ " + say("import.then", lang))
    elif report.line.accepted:
        out.print("→ " + say("import.publish", lang, dir=_quoted(folder)))


def _reasons(report: Report, lang: str) -> Table:
    table = Table(title=say("import.reasons", lang), title_justify="left")
    for key in ("reason", "rows", "first", "todo"):
        table.add_column(
            say(f"import.column.{key}", lang), justify="right" if key == "rows" else "left", overflow="fold"
        )
    for item in report.reasons:
        params = dict(item.params or {})
        where = "–" if item.first_row is None else str(item.first_row)
        if item.column is not None:
            where += f"\n{item.column}: {(item.value or '')[:40]!r}"
        told = (say(f"reason.{item.code}.{part}", lang, **params) for part in ("message", "hint"))
        message, hint = told
        table.add_row(message, number(item.rows, 0, lang), where, hint)
    return table


def _repeat(repeat: Repeat, lang: str) -> str:
    row, of_row = ("–" if found is None else str(found) for found in (repeat.row, repeat.of_row))
    if repeat.of_file is None:
        return say("import.repeat.here", lang, row=row, of=of_row)
    if not repeat.of_file:
        return say("import.repeat.report", lang, row=row)
    return say("import.repeat.there", lang, row=row, of=of_row, file=repeat.of_file)


def _possible(report: Report, lang: str) -> Table:
    from intake.duplicates import told

    table = Table(
        title=say("import.possible", lang, pairs=number(report.possible_count, 0, lang)), title_justify="left"
    )
    for key in ("new", "before", "score", "why"):
        table.add_column(
            say(f"import.column.{key}", lang), justify="right" if key == "score" else "left", overflow="fold"
        )
    for pair in report.possible:
        row, of_row = ("–" if found is None else str(found) for found in (pair.row, pair.of_row))
        before = say("import.alike" if pair.of_file else "import.alike_report", lang, row=of_row, file=pair.of_file)
        table.add_row(row, before, number(pair.score, 0, lang), told(pair.why, lang))
    return table


def _columns(texts: list[str]) -> dict[str, str]:
    """'tanggal=Tgl. Peristiwa' as field and header; raises ConfigError E_IMPORT_OPTION."""
    found = {}
    for text in texts:
        field, equals, header = text.partition("=")
        if not equals or not field.strip():
            raise ConfigError("E_IMPORT_OPTION", detail=Phrase("import.bad_column", {"value": text[:60]}))
        found[field.strip()] = header.strip()
    return found


def _check_name(name: str) -> None:
    from geo.sources.profile import NAME

    if not NAME.fullmatch(name):
        raise ConfigError("E_PROFILE_NAME", value=name[:80])


def _save(folder: Path, name: str, report: Report) -> Path:
    """Keep how the file was read: its reader, its options, and every column as it was found."""
    from geo.sources import profile
    from intake.asked import profile_of

    return profile.save(folder, name, profile_of(report.line))


def _quoted(path: Path) -> str:
    """The path as a shell takes it."""
    return shlex.quote(str(path))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "-"
