"""petarawan register: see, add, verify, correct and export what the agency knows; every change is signed and nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from core import numerals
from core.words import Phrase, say
from petarawan import output
from petarawan.language import language
from petarawan.register_input import changes_of, credibility, day_of, from_stdin, report_of, usage

if TYPE_CHECKING:
    from store.register import Filter, Register

app = typer.Typer(
    help="Register kejadian: lihat, catat, periksa, betulkan. / The register: see, record, verify, correct.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
out = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder kerja / workspace folder")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="Nomor catatan / number of the record")]
Kind = Annotated[str, typer.Option(metavar="KIND", help="incidents | tps | sites | posts")]
Who = Annotated[str, typer.Option(metavar="N", help="Siapa yang mencatat / who records it")]
Why = Annotated[str, typer.Option(metavar="T", help="Alasan / the reason")]
Day = Annotated[str | None, typer.Option(metavar="D", help="Tanggal / day: 2024-10-24, 24 Oktober 2024")]
Area = Annotated[str | None, typer.Option(metavar="KODE", help="Wilayah / area code: 64.08")]
State = Annotated[str | None, typer.Option(metavar="S", help="unverified | verified | doubtful | rejected")]


@app.command(name="list")
def list_(
    folder: Folder,
    kind: Kind = "incidents",
    kode: Area = None,
    since: Day = None,
    until: Day = None,
    what: Annotated[str | None, typer.Option(metavar="K", help="Jenis kejadian / kind of incident")] = None,
    verification: State = None,
    flagged: Annotated[
        bool, typer.Option("--flagged", help="Hanya yang memuat data pribadi / with personal data")
    ] = False,
    as_of: Annotated[str | None, typer.Option(metavar="D", help="Yang diketahui sampai / as known by")] = None,
    after: Annotated[int | None, typer.Option(metavar="NO", help="Lanjutkan sesudah / go on after")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Paling banyak / at most")] = 50,
) -> None:
    """Daftar catatan, yang terakhir dicatat lebih dahulu. / List records, the latest first."""
    from petarawan import register_tables

    lang = language()
    with _opened(folder, kind) as register:
        wanted = _filter(kode, since, until, what, verification, flagged or None)
        found = register.reports(wanted, kind=kind, as_of=day_of("--as-of", as_of), after=after, limit=limit + 1)
        summary = register.known_summary(kind, _as_of(folder))
    out.print(register_tables.listing(found[:limit], kind, _named, lang))
    if len(found) > limit:
        out.print(say("register.more", lang, shown=limit, after=found[limit - 1].seq))
    counts = {name: numerals.number(getattr(summary, name), 0, lang) for name in ("published", "unverified", "later")}
    out.print(say("register.summary", lang, day=numerals.day(_as_of(folder).isoformat(), lang), **counts))


@app.command()
def add(
    folder: Folder,
    who: Who = "",
    why: Why = "",
    day: Annotated[str | None, typer.Option("--date", metavar="D", help="Tanggal kejadian / day it happened")] = None,
    what: Annotated[str | None, typer.Option(metavar="K", help="Jenis kejadian / kind of incident")] = None,
    kode: Area = None,
    lon: Annotated[float | None, typer.Option(help="Bujur / longitude")] = None,
    lat: Annotated[float | None, typer.Option(help="Lintang / latitude")] = None,
    text: Annotated[str | None, typer.Option(help="Uraian / what happened")] = None,
    deaths: Annotated[int | None, typer.Option(help="Meninggal / killed")] = None,
    injured: Annotated[int | None, typer.Option(help="Luka / injured")] = None,
    how_known: Annotated[str | None, typer.Option(metavar="H", help="reported | discovered | media")] = None,
    conflict_source: Annotated[
        str | None, typer.Option(metavar="C", help="Sumber konflik / source of conflict")
    ] = None,
    conflict_stage: Annotated[
        str | None, typer.Option(metavar="T", help="pencegahan | penghentian | pemulihan")
    ] = None,
    source_name: Annotated[str | None, typer.Option(metavar="N", help="Nama sumber / who told it")] = None,
    grade: Annotated[str | None, typer.Option(metavar="B2", help="Nilai sumber A-F dan isi 1-6 / grades")] = None,
    time: Annotated[str | None, typer.Option(metavar="HH:MM", help="Jam / time of day")] = None,
    zone: Annotated[str | None, typer.Option(help="WIB | WITA | WIT")] = None,
    outcome: Annotated[str | None, typer.Option(metavar="O", help="Akhirnya / how it ended")] = None,
    known_on: Annotated[str | None, typer.Option(metavar="D", help="Tanggal diketahui / day it was known")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Baca JSON dari masukan baku / read JSON from standard input")
    ] = False,
) -> None:
    """Catat laporan baru (belum diperiksa). / Record a new report (unverified)."""
    given = {
        "occurred_on": day, "kind": what, "kode": kode, "lon": lon, "lat": lat, "text": text, "deaths": deaths, "injured": injured,
        "how_known": how_known, "conflict_source": conflict_source, "conflict_stage": conflict_stage, "source_name": source_name,
        "source_grade": grade[:1].upper() if grade else None, "credibility": credibility(grade), "time": time, "zone": zone,
        "outcome": outcome, "known_on": known_on,
    }  # fmt: skip
    trees = from_stdin() if json else [given]
    reports = [report_of(folder, tree, who, why) for tree in trees]
    with _opened(folder, "incidents") as register:
        now = _now()
        for made in register.add_reports(reports, now):
            key = "register.added" if made.recorded_at == now else "register.there"
            out.print(say(key, language(), key=made.key, state=Phrase(f"closed.verification.{made.verification}")))
            if made.flags:
                kinds = tuple(Phrase(f"closed.flag.{flag}") for flag in made.flags)
                out.print(say("register.flagged", language(), kinds=kinds))


@app.command()
def verify(
    folder: Folder,
    key: Key,
    state: Annotated[str, typer.Option(metavar="S", help="verified | doubtful | rejected | unverified")] = "verified",
    who: Who = "",
    why: Why = "",
    kind: Kind = "incidents",
    known_on: Day = None,
) -> None:
    """Nyatakan hasil pemeriksaan satu catatan. / Say what checking a record has shown."""
    from petarawan import register_tables

    with _opened(folder, kind) as register:
        made = register.verify(key, state, who, why, _now(), kind=kind, known_on=day_of("--known-on", known_on))
    out.print(register_tables.history([made], language()))


@app.command()
def correct(
    folder: Folder,
    key: Key,
    change: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", help="deaths=2; kosong / empty: deaths=")
    ],
    who: Who = "",
    why: Why = "",
    kind: Kind = "incidents",
    known_on: Day = None,
) -> None:
    """Betulkan satu catatan; versi lama tetap ada. / Correct a record; older versions stay."""
    from petarawan import register_tables

    with _opened(folder, kind) as register:
        changes = changes_of(kind, change)
        made = register.correct(key, changes, who, why, _now(), kind=kind, known_on=day_of("--known-on", known_on))
        before = register.history(key, kind=kind)[-2]
    out.print(register_tables.changes(before, made, language()))


@app.command()
def history(folder: Folder, key: Key, kind: Kind = "incidents") -> None:
    """Semua versi satu catatan. / Every version of a record."""
    from petarawan import register_tables

    with _opened(folder, kind) as register:
        found = register.history(key, kind=kind)
    out.print(register_tables.history(found, language()))


@app.command()
def export(
    folder: Folder,
    out_file: Annotated[Path, typer.Option("--out", metavar="F", help="Berkas keluaran / output file")],
    format_: Annotated[str, typer.Option("--format", help="csv | xlsx | geojson")] = "csv",
    kind: Kind = "incidents",
    kode: Area = None,
    since: Day = None,
    until: Day = None,
    verification: State = None,
    as_of: Annotated[str | None, typer.Option(metavar="D", help="Yang diketahui sampai / as known by")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Tanpa penyamaran / nothing masked")] = False,
) -> None:
    """Ekspor register untuk meja kerja; data pribadi disamarkan. / Export for the desk, personal data masked."""
    from publish.register_export import write

    lang = language()
    with _opened(folder, kind) as register:
        wanted = _filter(kode, since, until, None, verification, None)
        content, rows = write(register, kind, format_, wanted, raw=raw, as_of=day_of("--as-of", as_of), lang=lang)
    output.write(folder, out_file, content)
    out.print(
        say(
            "register.exported_raw" if raw else "register.exported",
            lang,
            file=out_file,
            rows=numerals.number(rows, 0, lang),
        )
    )


@app.command()
def imports(
    folder: Folder,
    import_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Nomor impor / number of an import")] = None,
) -> None:
    """Buku impor: setiap berkas dan ke mana barisnya. / The ledger: every file and where its rows went."""
    from petarawan import register_tables

    lang = language()
    with _opened(folder, "incidents") as register:
        lines = register.imports() if import_id is None else [register.import_line(import_id)]
        pairs = register.possible(import_id) if import_id is not None else []
    out.print(register_tables.ledger(lines, lang))
    if import_id is not None:
        for table in register_tables.one_import(lines[0], pairs, lang):
            out.print(table)


def _opened(folder: Path, kind: str) -> Register:
    """The register of a workspace; raises ConfigError E_NO_WORKSPACE, E_USAGE for a kind there is none of, or as open_register."""
    from core import settings
    from store.register import KINDS, open_register

    if kind not in KINDS:
        raise usage("usage.one_of", "--kind", choices=", ".join(KINDS))
    settings.load(folder)
    return open_register(folder)


def _named(kode: str) -> str:
    """The name of an area, '' where it is not known."""
    from geo.atlas import Atlas

    spot = Atlas.load().entry(kode)
    return "" if spot is None else spot.name


def _as_of(folder: Path) -> date:
    from core import settings

    return settings.load(folder).as_of


def _now() -> datetime:
    return datetime.now(UTC)


def _filter(
    kode: str | None,
    since: str | None,
    until: str | None,
    what: str | None,
    verification: str | None,
    flagged: bool | None,
) -> Filter:
    from core.report import LISTS
    from store.register import Filter

    for option, value, name in (("--what", what, "kind"), ("--verification", verification, "verification")):
        if value is not None and value not in LISTS[name]:
            raise usage("usage.one_of", option, choices=", ".join(map(str, LISTS[name])))
    return Filter(kode, day_of("--since", since), day_of("--until", until), what, verification, None, flagged)
