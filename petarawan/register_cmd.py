"""petarawan register: see, add, verify, correct and export what the agency knows; every change is signed and nothing is overwritten."""

from __future__ import annotations

import sys
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

from core import numerals
from core.errors import ConfigError, InputError
from core.report import Report
from core.words import Phrase, say
from petarawan import output
from petarawan.language import language

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
        found = register.reports(wanted, kind=kind, as_of=_day("--as-of", as_of), after=after, limit=limit + 1)
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
        "source_grade": grade[:1].upper() if grade else None, "credibility": _credibility(grade), "time": time, "zone": zone,
        "outcome": outcome, "known_on": known_on,
    }  # fmt: skip
    trees = _from_stdin() if json else [given]
    reports = [_report(folder, tree, who, why) for tree in trees]
    with _opened(folder, "incidents") as register:
        for report, name, reason in reports:
            now = _now()
            made = register.add_report(report, name, reason, now)
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
        made = register.verify(key, state, who, why, _now(), kind=kind, known_on=_day("--known-on", known_on))
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
        changes = _changes(kind, change)
        made = register.correct(key, changes, who, why, _now(), kind=kind, known_on=_day("--known-on", known_on))
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
        content, rows = write(register, kind, format_, wanted, raw=raw, as_of=_day("--as-of", as_of), lang=lang)
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
        raise _usage("usage.one_of", "--kind", choices=", ".join(KINDS))
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


def _usage(key: str, name: str, **params: object) -> ConfigError:
    return ConfigError("E_USAGE", detail=Phrase(key, {"name": name, **params}), command="petarawan register")


def _day(option: str, text: str | None) -> date | None:
    """A day as people write it; raises ConfigError E_USAGE for a month, a span or no date at all."""
    from geo.sources.dates import parse
    from geo.sources.faults import BadValue

    if text is None:
        return None
    try:
        found = parse(text)
    except BadValue as bad:
        raise _usage("usage.value", option) from bad
    if found is None or found.precision != "day":
        raise _usage("usage.value", option)
    return found.day


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
            raise _usage("usage.one_of", option, choices=", ".join(map(str, LISTS[name])))
    return Filter(kode, _day("--since", since), _day("--until", until), what, verification, None, flagged)


def _credibility(grade: str | None) -> int | None:
    """The figure of a grade like B2; raises ConfigError E_USAGE."""
    if grade is None or len(grade) == 1:
        return None
    if len(grade) != 2 or not grade[1].isascii() or not grade[1].isdigit():
        raise _usage("usage.value", "--grade")
    return int(grade[1])


def _from_stdin() -> list[dict[str, Any]]:
    """One report or a list of them; raises InputError E_REPORT_JSON."""
    try:
        read = orjson.loads(sys.stdin.buffer.read())
    except orjson.JSONDecodeError as error:
        raise InputError("E_REPORT_JSON", detail=f"{error.msg} ({error.lineno}:{error.colno})") from error
    trees = read if isinstance(read, list) else [read]
    if not trees or not all(isinstance(tree, dict) for tree in trees):
        raise InputError("E_REPORT_JSON", detail=Phrase("register.objects"))
    return trees


def _report(folder: Path, tree: dict[str, Any], who: str, why: str) -> tuple[Report, str, str]:
    """A report from what was given, its place looked up where only a point is told; raises InputError E_REPORT, E_REPORT_PLACE."""
    given = {name: value for name, value in tree.items() if value is not None and name not in {"who", "why"}}
    known = {item.name for item in fields(Report)}
    faults = [Phrase("fault.unknown", {"field": name[:60]}) for name in sorted(given.keys() - known)]
    faults += [Phrase("fault.missing", {"field": name}) for name in ("occurred_on", "kind") if name not in given]
    for name in ("occurred_on", "date_end", "known_on"):
        if name in given:
            try:
                given[name] = _day(name, given[name] if isinstance(given[name], str) else "-")
            except ConfigError:
                faults.append(Phrase("fault.date", {"field": name, "value": repr(given[name])[:60]}))
    faults += _wrong_types(given)
    if faults:
        raise InputError("E_REPORT", detail=tuple(faults))
    given["kode"] = _kode(folder, given.get("kode"), given.get("lon"), given.get("lat"))
    return Report(**given), str(tree.get("who") or who), str(tree.get("why") or why)


def _wrong_types(given: dict[str, Any]) -> list[Phrase]:
    wholes, degrees, days = (
        {"deaths", "injured", "credibility"},
        {"lon", "lat"},
        {"occurred_on", "date_end", "known_on"},
    )
    found = []
    for name, value in given.items():
        kinds = int if name in wholes else int | float if name in degrees else date if name in days else str
        if not isinstance(value, kinds) or isinstance(value, bool):
            words = "whole" if name in wholes else "number" if name in degrees else "text"
            found.append(Phrase(f"fault.{words}", {"field": name, "value": repr(value)[:60]}))
    return found


def _kode(folder: Path, kode: str | None, lon: float | None, lat: float | None) -> str:
    from core import settings
    from geo.atlas import Atlas
    from intake.ground import places_of

    if lon is not None and lat is not None:
        village = places_of(folder, settings.load(folder)).at([lon], [lat])[0]  # type: ignore[arg-type]
        if village is None:
            raise InputError("E_REPORT_PLACE", detail=Phrase("upload.place.outside", {"value": f"{lon}, {lat}"}))
        return str(village)
    if kode is None:
        raise InputError("E_REPORT_PLACE", detail=Phrase("upload.place.none"))
    if kode not in Atlas.load():
        raise InputError("E_REPORT_PLACE", detail=Phrase("upload.place.code", {"value": kode[:40]}))
    return kode


def _changes(kind: str, given: list[str]) -> dict[str, object]:
    """field=value pairs as values of the columns' types; an empty value is null. Raises ConfigError E_USAGE."""
    from store.register.models import CONTENT

    columns = {column.name: column for column in CONTENT[kind]}
    changes: dict[str, object] = {}
    for pair in given:
        name, sign, text = pair.partition("=")
        name, text = name.strip(), text.strip()
        if not sign or (name not in columns and name != "verification"):
            raise _usage("usage.one_of", f"--set {name[:40]}", choices=", ".join(columns))
        changes[name] = _value(name, text, str(columns[name].dtype) if name in columns else "string")
    return changes


def _value(name: str, text: str, dtype: str) -> object:
    if text == "":
        return None
    if dtype.startswith("date"):
        return _day(f"--set {name}", text)
    if dtype == "string":
        return text
    try:
        return int(text) if dtype.startswith("int") else float(text.replace(",", "."))
    except ValueError as error:
        raise _usage("usage.value", f"--set {name}") from error
