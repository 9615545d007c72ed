"""petarawan locate: which place a name, a code or a point means, as a ranked list for a person to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.errors import NotFoundError, Place
from core.numerals import number
from core.words import say
from petarawan.language import language

if TYPE_CHECKING:
    from geo.locate import Found

out = Console(markup=False, emoji=False, highlight=False)


def command(
    text: Annotated[
        list[str],
        typer.Argument(
            metavar="TEKS...",
            help='Nama, kode, atau bujur,lintang / a name, a code, or lon,lat: "Sumber Sari, Kota Bangun"',
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=200, help="Paling banyak baris / at most so many rows")] = 5,
) -> None:
    """Cari tempat di seluruh Indonesia. / Find a place in all of Indonesia."""
    from geo.atlas import Atlas

    lang = language()
    asked = " ".join(text)
    found = Atlas.load().locate(asked, limit=None)
    if not found:
        raise NotFoundError("E_NO_SUCH_PLACE", place=Place(value=asked))
    out.print(_table(found[:limit], lang))
    if "point" in found[0].why:
        out.print(say("gazetteer.points", lang), soft_wrap=True)
    elif len(found) > limit:
        out.print(say("gazetteer.more", lang, shown=limit, total=len(found)), soft_wrap=True)


def _table(found: list[Found], lang: str) -> Table:
    """Three columns of two lines each, so that a narrow terminal shows every code and number whole."""
    table = Table(show_lines=True)
    for key in ("kode", "name", "score"):
        table.add_column(say(f"gazetteer.column.{key}", lang), no_wrap=key == "kode")
    for item in found:
        point = "–" if item.lon is None or item.lat is None else f"{item.lon:.5f}, {item.lat:.5f}"
        why = ", ".join(say(f"gazetteer.why.{key}", lang) for key in item.why)
        away = "" if item.km is None else f" ({number(item.km, 1, lang)} km)"
        table.add_row(
            f"{item.kode}\n{point}",
            f"{item.name} ({say(f'level.{item.level}', lang)})\n{item.path or '–'}",
            f"{number(item.score, 1, lang)}\n{why}{away}",
        )
    return table
