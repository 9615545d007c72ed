"""The commands: they read arguments, call one door, and show what came back. Indonesian first, English second."""

from __future__ import annotations

import os
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from typer._click.exceptions import BadParameter, ClickException, MissingParameter, NoArgsIsHelpError, NoSuchOption

from core import words
from core.errors import CheckFailed, ConfigError, DiskError, Faults, PetarawanError, Place, SnapshotError, reason
from core.numerals import number
from petarawan import backtest_cmd, boundaries_cmd, crosswalk_cmd, import_cmd, locate_cmd, register_cmd
from petarawan.language import language
from petarawan.output import write as write_file

if TYPE_CHECKING:
    from store.snapshot import Snapshot

ROOT = Path(__file__).resolve().parents[1]
INTERRUPTED = 130
_ADDRESS = re.compile(r"https?://[!-~]{1,300}")  # more does not fit into a QR code a telephone reads
app = typer.Typer(
    name="petarawan",
    help="Peta rawan konflik: dari berkas ke peta, API dan kertas. / Conflict-risk maps: from files to map, API and paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
boundaries_cmd.app.command()(crosswalk_cmd.crosswalk)
app.add_typer(boundaries_cmd.app, name="boundaries")
# "-0.5,117.1" is a place, not an option.
app.command("locate", context_settings={"ignore_unknown_options": True})(locate_cmd.command)
app.add_typer(register_cmd.app, name="register")
app.command(name="import")(import_cmd.command)
app.command(name="backtest")(backtest_cmd.command)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder kerja / workspace folder")]
# Names and titles are the user's: nothing in them is markup, and a line is as long as it is.
out = Console(markup=False, emoji=False, soft_wrap=True)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)


@app.command()
def demo(folder: Folder) -> None:
    """Tulis ruang kerja contoh seluruh Kaltim (DATA CONTOH). / Write the sample workspace of all Kaltim."""
    from publish.demo import write_demo

    if (folder / "petarawan.toml").exists():
        raise ConfigError("E_NOT_EMPTY", place=Place(file=str(folder)))
    write_demo(folder)
    out.print(str(folder / "petarawan.toml"), soft_wrap=True)


@app.command()
def publish(
    folder: Folder,
    allow_empty: Annotated[bool, typer.Option(help="Terima sumber tanpa baris / accept a source without rows")] = False,
    engine: Annotated[
        str, typer.Option(help="local | dask: tempat menghitung, hasil sama / where to compute")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Banyak pekerja di komputer ini / workers on this machine")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Klaster Dask yang berjalan / a Dask cluster that runs")
    ] = None,
) -> None:
    """Hitung dan terbitkan. / Compute and publish a snapshot."""
    from petarawan.progress import steps
    from publish.engine import engine as engine_of
    from publish.run import publish as run

    with steps(err, language()) as tell, engine_of(engine, workers=workers, scheduler=scheduler) as there:
        manifest = run(folder, tell, allow_empty=allow_empty, engine=there)
    lang = language()
    table = Table(title=f"{manifest.title}: {manifest.id}", title_justify="left")
    for name in ("name", "kind", "rows_in", "accepted", "quarantined"):
        numeric = name in {"rows_in", "accepted", "quarantined"}
        table.add_column(words.say(f"cli.input.{name}", lang), justify="right" if numeric else "left", overflow="fold")
    for item in manifest.inputs:
        counts = (number(count, 0, lang) for count in (item.rows_in, item.accepted, item.quarantined))
        table.add_row(item.name, item.kind, *counts)
    out.print(table)
    for warning in manifest.warnings:
        out.print("• " + words.say(f"warning.{warning.code}", lang, **warning.params), soft_wrap=True)
    if any(item.quarantined for item in manifest.inputs):
        out.print(words.say("cli.quarantine", lang, file=folder / "quarantine" / f"{manifest.id}.csv"), soft_wrap=True)


@app.command()
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Alamat / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Porta / port")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Banyak proses / number of processes")] = 1,
) -> None:
    """Layani peta dan API. / Serve the map and the API."""
    from api.server import serve as run
    from geo.sandbox import guards, missing
    from petarawan.workers import consumer

    for gap in missing(guards()):  # what this kernel cannot shut for the process that opens people's files
        err.print(words.say(gap.key, language(), **gap.params), soft_wrap=True)

    def ready(url: str) -> None:
        err.print(words.say("cli.serving", language(), url=url), soft_wrap=True)

    run(
        folder,
        host=host,
        port=port,
        workers=workers,
        web_root=ROOT / "web",
        render="prints.sheet:render",
        desk="intake.desk:open_desk",
        ready=ready,
        beside=consumer(folder),
    )


@app.command(name="print")
def print_(
    folder: Folder,
    area: Annotated[str, typer.Option(metavar="KODE", help="Kode wilayah / area code, 64.08.01")],
    out_file: Annotated[Path, typer.Option("--out", metavar="F", help="Berkas PDF / PDF file")],
    layout: Annotated[str, typer.Option(help="Tata letak / layout")] = "a3",
    lang: Annotated[str | None, typer.Option(help="id | en")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Alamat peta untuk kode QR / address of the map for the QR")
    ] = None,
) -> None:
    """Cetak lembar peta satu wilayah ke PDF. / Print one area's map sheet to PDF."""
    from prints.sheet import render

    if lang not in (None, *words.LANGUAGES):
        raise _bad_value("--lang", "usage.one_of", choices=", ".join(words.LANGUAGES))
    if base_url is not None and not _ADDRESS.fullmatch(base_url):
        raise _bad_value("--base-url", "usage.address")
    pdf = render(_whole(folder), area, layout=layout, lang=lang or language(), base_url=base_url)
    _write(folder, out_file, pdf)


@app.command()
def export(
    folder: Folder,
    table: Annotated[str, typer.Option(help="areas | cells | incidents | tps | sites")],
    format_: Annotated[str, typer.Option("--format", help="geojson | csv | geoparquet | xlsx | gpkg | html")],
    out_file: Annotated[Path, typer.Option("--out", metavar="F", help="Berkas keluaran / output file")],
) -> None:
    """Ekspor satu tabel terbitan. / Export one table of the published snapshot."""
    from formats.registry import TABLES, write

    if table not in TABLES:
        raise ConfigError("E_TABLE", value=table, known=", ".join(TABLES))
    snapshot = _whole(folder)
    _write(folder, out_file, write(format_, table, snapshot.table(table), snapshot.manifest))


@app.command()
def check(folder: Folder) -> None:
    """Periksa terbitan: sidik, kekekalan jumlah, sumbangan faktor. / Check hashes, conservation and contributions."""
    from publish.check import check as run
    from store.snapshot import open_current

    lang = language()
    snapshot = open_current(folder)
    findings = run(snapshot)
    table = Table(title=snapshot.id, title_justify="left")
    for name in ("rule", "result", "detail"):
        table.add_column(words.say(f"cli.check.{name}", lang))
    for finding in findings:
        table.add_row(words.say(f"check.{finding.rule}", lang), "✓" if finding.ok else "✗", finding.detail(lang))
    out.print(table)
    failed = [finding.rule for finding in findings if not finding.ok]
    if failed:
        raise CheckFailed("E_CHECK", place=Place(file=str(snapshot.path)), detail=", ".join(failed))


@app.command()
def diff(
    folder: Folder,
    a: Annotated[str, typer.Argument(metavar="A", help="Terbitan lama / older snapshot")],
    b: Annotated[str, typer.Argument(metavar="B", help="Terbitan baru / newer snapshot")],
    level: Annotated[int | None, typer.Option(min=1, max=4, help="Hanya tingkat ini / this level only")] = None,
) -> None:
    """Bandingkan dua terbitan per wilayah dan faktor. / Compare two snapshots by area and factor."""
    from formats.outlook import phrase
    from publish.diff import diff as run
    from store.snapshot import open_named

    lang = language()
    changes = [c for c in run(open_named(folder, a), open_named(folder, b)) if level is None or c.level == level]
    shown = [c for c in changes if c.delta is None or abs(c.delta) >= 0.05]
    table = Table(title=f"{a} → {b}: {len(shown)}", title_justify="left")
    for name in ("kode", "name", "before", "after", "delta", "why"):
        table.add_column(
            words.say(f"cli.diff.{name}", lang), justify="right" if name in {"before", "after", "delta"} else "left"
        )
    for change in shown:
        why = "; ".join(f"{phrase(f'factor.{key}.label', lang, key)} {points:+.1f}" for key, points in change.parts[:3])
        before, after = ("–" if s is None else f"{s:.1f}" for s in (change.before, change.after))
        table.add_row(
            change.kode, change.name, before, after, "–" if change.delta is None else f"{change.delta:+.1f}", why
        )
    out.print(table)
    if len(shown) < len(changes):
        out.print(words.say("cli.diff.small", lang, n=len(changes) - len(shown)))


def _whole(folder: Path) -> Snapshot:
    """The published snapshot, every file of it as it was published; raises SnapshotError E_SNAPSHOT_BROKEN naming the others."""
    from store.snapshot import open_current

    snapshot = open_current(folder)
    wrong = snapshot.verify()
    if wrong:
        place = Place(file=str(snapshot.path / wrong[0]))
        raise SnapshotError(
            "E_SNAPSHOT_BROKEN", place=place, detail=words.Phrase("cli.hash", {"files": ", ".join(wrong)})
        )
    return snapshot


def _write(folder: Path, path: Path, content: bytes) -> None:
    write_file(folder, path, content)
    out.print(str(path), soft_wrap=True)


def tell_error(error: PetarawanError, lang: str) -> None:
    """The code, the message and what to do, on standard error; of several errors each its own."""
    for one in error.errors if isinstance(error, Faults) else (error,):
        err.print(f"{one.code}: {one.message(lang)}", style="bold red", soft_wrap=True)
        hint = one.hint(lang)
        if hint:
            err.print(f"→ {hint}", soft_wrap=True)


def main() -> None:
    """Entry point: errors of ours become a message and their exit status, never a traceback."""
    sys.excepthook = _unforeseen
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without these letters shows '?'
    try:
        if app(standalone_mode=False) == INTERRUPTED:  # what typer makes of Ctrl+C
            _stop(ConfigError("E_INTERRUPTED"), INTERRUPTED)
    except NoArgsIsHelpError as error:
        out.print(error.format_message(), soft_wrap=True)
    except ClickException as error:
        fault = _usage(error)
        _stop(fault, fault.exit_status)
    except PetarawanError as error:
        _stop(error, error.exit_status)
    except KeyboardInterrupt:
        _stop(ConfigError("E_INTERRUPTED"), INTERRUPTED)
    except OSError as error:
        place = Place(file=error.filename if isinstance(error.filename, str) else None)
        _stop(DiskError("E_DISK", place=place, detail=reason(error)), DiskError.exit_status)


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of the program itself: say so and where; PETARAWAN_DEBUG=1 shows the whole traceback. The exit status stays 1."""
    last = traceback.extract_tb(trace)[-1:]
    where = "".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in last)
    fault = PetarawanError("E_BUG", detail=f"{kind.__name__}: {error}"[:300], where=where)
    tell_error(fault, language())
    if os.environ.get("PETARAWAN_DEBUG"):
        sys.__excepthook__(kind, error, trace)


def _stop(error: PetarawanError, status: int) -> None:
    tell_error(error, language())
    sys.exit(status)


def _bad_value(option: str, key: str, **params: object) -> ConfigError:
    return ConfigError("E_USAGE", detail=words.Phrase(key, {"name": option, **params}), command="petarawan print")


def _usage(error: ClickException) -> ConfigError:
    """An argument that is missing, unknown or unusable, in our words."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "petarawan"
    name = str(getattr(error, "param_hint", None) or getattr(getattr(error, "param", None), "opts", ["-"])[0])
    text = error.format_message()
    quoted = re.search(r"No such command '(.*)'", text, re.DOTALL)
    if isinstance(error, MissingParameter):
        detail = words.Phrase("usage.missing", {"name": name})
    elif isinstance(error, NoSuchOption):
        detail = words.Phrase("usage.option", {"name": error.option_name})
    elif isinstance(error, BadParameter):
        limit = re.search(r"(greater|less) than or equal to (\d+)", error.message)
        whole = re.search(r"valid integer", error.message)
        key = "usage.whole" if whole else "usage.value" if limit is None else f"usage.{limit[1]}"
        detail = words.Phrase(key, {"name": name, "limit": limit[2] if limit else ""})
    elif quoted:
        detail = words.Phrase("usage.command", {"name": quoted[1][:60]})
    elif "unexpected extra argument" in text:
        detail = words.Phrase("usage.extra", {"given": text.partition("(s)")[2].strip(" ()")})
    else:
        detail = words.Phrase("usage.other", {"detail": text})
    return ConfigError("E_USAGE", detail=detail, command=command)
