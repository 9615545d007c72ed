"""The commands: they read arguments, call one door, and show what came back. Indonesian first, English second."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core import words
from core.errors import CheckFailed, ConfigError, NotFoundError, PetarawanError, Place
from petarawan import boundaries_cmd
from petarawan.language import language

ROOT = Path(__file__).resolve().parents[1]
app = typer.Typer(
    name="petarawan",
    help="Peta rawan konflik: dari berkas ke peta, API dan kertas. / Conflict-risk maps: from files to map, API and paper.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(boundaries_cmd.app, name="boundaries")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder kerja / workspace folder")]
out = Console()
err = Console(stderr=True)


@app.command()
def demo(folder: Folder) -> None:
    """Tulis ruang kerja contoh seluruh Kaltim (DATA CONTOH). / Write the sample workspace of all Kaltim."""
    from publish.demo import write_demo

    if (folder / "petarawan.toml").exists():
        raise ConfigError("E_NOT_EMPTY", place=Place(file=str(folder)))
    write_demo(folder)
    out.print(str(folder / "petarawan.toml"), highlight=False)


@app.command()
def publish(
    folder: Folder,
    allow_empty: Annotated[bool, typer.Option(help="Terima sumber tanpa baris / accept a source without rows")] = False,
) -> None:
    """Hitung dan terbitkan. / Compute and publish a snapshot."""
    from petarawan.progress import steps
    from publish.run import publish as run

    with steps(err, language()) as tell:
        manifest = run(folder, tell, allow_empty=allow_empty)
    lang = language()
    table = Table(title=f"{manifest.title}: {manifest.id}", title_justify="left")
    for name in ("name", "kind", "rows_in", "accepted", "quarantined"):
        numeric = name in {"rows_in", "accepted", "quarantined"}
        table.add_column(words.say(f"cli.input.{name}", lang), justify="right" if numeric else "left")
    for item in manifest.inputs:
        table.add_row(item.name, item.kind, f"{item.rows_in:,}", f"{item.accepted:,}", f"{item.quarantined:,}")
    out.print(table)
    for warning in manifest.warnings:
        out.print("• " + words.say(f"warning.{warning.code}", lang, **warning.params), highlight=False)
    if any(item.quarantined for item in manifest.inputs):
        out.print(words.say("cli.quarantine", lang, file=folder / "quarantine" / f"{manifest.id}.csv"), highlight=False)


@app.command()
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(help="Alamat / address")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Porta / port")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Banyak proses / number of processes")] = 1,
) -> None:
    """Layani peta dan API. / Serve the map and the API."""
    from api.server import serve as run

    def ready(url: str) -> None:
        err.print(words.say("cli.serving", language(), url=url), highlight=False)

    run(folder, host=host, port=port, workers=workers, web_root=ROOT / "web", render="prints.sheet:render", ready=ready)


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
    from store.snapshot import open_current

    pdf = render(open_current(folder), area, layout=layout, lang=lang or language(), base_url=base_url)
    _write(out_file, pdf)


@app.command()
def export(
    folder: Folder,
    table: Annotated[str, typer.Option(help="areas | cells | incidents | tps | sites")],
    format_: Annotated[str, typer.Option("--format", help="geojson | csv | geoparquet | xlsx | gpkg | html")],
    out_file: Annotated[Path, typer.Option("--out", metavar="F", help="Berkas keluaran / output file")],
) -> None:
    """Ekspor satu tabel terbitan. / Export one table of the published snapshot."""
    from formats.registry import TABLES, write
    from store.snapshot import open_current

    if table not in TABLES:
        raise ConfigError("E_TABLE", value=table, known=", ".join(TABLES))
    snapshot = open_current(folder)
    _write(out_file, write(format_, table, snapshot.table(table), snapshot.manifest))


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
        table.add_row(words.say(f"check.{finding.rule}", lang), "✓" if finding.ok else "✗", finding.detail)
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
    from publish.diff import diff as run
    from store.snapshot import open_named

    lang = language()
    changes = [c for c in run(open_named(folder, a), open_named(folder, b)) if level is None or c.level == level]
    table = Table(title=f"{a} → {b}: {len(changes)}", title_justify="left")
    for name in ("kode", "name", "before", "after", "delta", "why"):
        table.add_column(
            words.say(f"cli.diff.{name}", lang), justify="right" if name in {"before", "after", "delta"} else "left"
        )
    for change in changes:
        why = "; ".join(f"{words.say(f'factor.{key}.label', lang)} {points:+.1f}" for key, points in change.parts[:3])
        before, after = ("–" if s is None else f"{s:.1f}" for s in (change.before, change.after))
        table.add_row(
            change.kode, change.name, before, after, "–" if change.delta is None else f"{change.delta:+.1f}", why
        )
    out.print(table)


def _write(path: Path, content: bytes) -> None:
    try:
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise ConfigError("E_OUT", place=Place(file=str(path)), detail=error.strerror or str(error)) from error
    out.print(str(path), highlight=False)


def tell_error(error: PetarawanError, lang: str) -> None:
    """The code, the message and what to do, on standard error."""
    err.print(f"{error.code}: {error.message(lang)}", style="bold red", highlight=False, markup=False, soft_wrap=True)
    hint = error.hint(lang)
    if hint:
        err.print(f"→ {hint}", highlight=False, markup=False, soft_wrap=True)


def main() -> None:
    """Entry point: errors of ours become a message and their exit status, never a traceback."""
    try:
        app(standalone_mode=True)
    except PetarawanError as error:
        tell_error(error, language())
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        tell_error(ConfigError("E_INTERRUPTED"), language())
        sys.exit(130)
    except OSError as error:
        place = Place(file=error.filename if isinstance(error.filename, str) else None)
        tell_error(NotFoundError("E_DISK", place=place, detail=error.strerror or str(error)), language())
        sys.exit(74)  # EX_IOERR
