"""`petarawan backtest`: how the forecast would have done on this workspace's own past, as a card, a page and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core import settings
from core.errors import ConfigError
from core.numerals import number
from core.words import LANGUAGES, catalogue, say
from petarawan.language import language
from petarawan.output import write as write_file

if TYPE_CHECKING:
    from publish.inputs import Inputs
    from risk.forecast.history import History

out = Console(markup=False, emoji=False, soft_wrap=True)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)
STYLE = Path(__file__).resolve().parents[1] / "api" / "textpage.css"


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder kerja / workspace folder")],
    horizon: Annotated[int, typer.Option(min=7, max=365, help="Hari yang diprakirakan / days that are forecast")] = 30,
    origins: Annotated[int, typer.Option(min=1, max=240, help="Banyak bulan uji / number of test months")] = 12,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Hari uji terakhir / last day of the test")
    ] = None,
    province: Annotated[
        str | None, typer.Option(metavar="KODE", help="Hanya provinsi ini / this province only")
    ] = None,
    kind: Annotated[str | None, typer.Option("--class", help="konflik | bersenjata")] = None,
    quick: Annotated[bool, typer.Option(help="Hanya prakiraan baku / the default forecast only")] = False,
) -> None:
    """Uji balik prakiraan pada data ini. / Back-test the forecast on this workspace's own past."""
    from publish import card as cards
    from publish import inputs
    from publish.panel import Panel
    from risk import model as models
    from risk.forecast import history, spec

    lang = language()
    config = settings.load(folder)
    end = until.date() if until is not None else config.as_of
    if end > config.as_of:
        raise ConfigError("E_BACKTEST_RANGE", value=end.isoformat(), as_of=config.as_of.isoformat())
    model = models.load(config.model, folder)
    inputs.check_readers(config)
    with _progress() as progress:
        task = progress.add_task(say("step.backtest.read", lang), total=None)
        given = inputs.read(folder, config, lambda _step: None, allow_empty=True)
        constants, evidence = spec.load(), given.gathered.evidence
        every = history.build(given.grid, evidence, constants, config.as_of)
        first_day = history.day_number(end) + 1
        mine = [
            own
            for own in every
            if province in (None, own.province) and kind in (None, own.kind) and len(own.known_by(first_day))
        ]
        if not mine:
            raise ConfigError("E_NO_HISTORY", until=end.isoformat())
        seen: list[str] = []

        def tell(own: History, step: str) -> None:
            name = f"{own.province} {own.kind}"
            if name not in seen:
                seen.append(name)
            what = catalogue(lang).get(f"backtest.step.{step}", catalogue(lang).get(f"backtest.model.{step}", step))
            progress.update(task, description=f"{name}: {what}", total=len(mine), completed=len(seen) - 1)

        panel = None if quick else Panel(model, evidence, given.grid)
        made = cards.make(
            mine, constants, config.as_of, horizon=horizon, origins=origins, panel=panel, until=end, tell=tell
        )
        progress.update(task, description=say("step.backtest.page", lang), completed=len(mine), total=len(mine))
        aside = end != config.as_of or len(mine) < sum(len(own) > 0 for own in every)
        if not aside:
            made["digest"] = cards.digest(every, constants, config.as_of)
        card, page = _write(folder, made, given, end if aside else None)
    _show(made, lang)
    out.print(say("backtest.cmd.written", lang, card=card, page=page))
    out.print(say("backtest.cmd.aside" if aside else "backtest.cmd.again", lang, folder=folder))


def _progress() -> Progress:
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err)


def _write(folder: Path, card: dict[str, Any], given: Inputs, aside: date | None) -> tuple[Path, Path]:
    """Card, plots and a page in each language, in DIR/backtest or, for a part of the data, in a folder of its own below it."""
    from formats import card as fragment
    from publish import card as cards
    from publish import card_plots

    home = folder / cards.FOLDER
    if aside is not None:
        keys = sorted({f"{entry['province']}-{entry['class']}" for entry in card["entries"]})
        home = home / f"{aside.isoformat()}-{keys[0] if len(keys) == 1 else len(keys)}"
    (home / "card").mkdir(parents=True, exist_ok=True)
    cards.write(home / cards.NAME, card)
    frame = given.tree.at_level(1)
    names = dict(zip(frame["kode"].tolist(), frame["name"].tolist(), strict=True))
    pages = []
    for lang in LANGUAGES:
        for entry in card["entries"]:
            if card_plots.drawable(entry):
                write_file(folder, home / card_plots.name(entry, lang), card_plots.svg(entry, lang))
        main = fragment.body(card, lang, names=names, stages={}, picture=partial(_picture, lang))
        pages.append(home / ("index.html" if lang == LANGUAGES[0] else f"index.{lang}.html"))
        write_file(folder, pages[-1], _page(say("card.title", lang), main, lang).encode())
    return home / cards.NAME, pages[0]


def _picture(lang: str, entry: Mapping[str, Any]) -> str | None:
    from publish import card_plots

    return card_plots.name(entry, lang) if card_plots.drawable(entry) else None


def _page(title: str, main: str, lang: str) -> str:
    style = STYLE.read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main><h1>{escape(title)}</h1>{main}</main></body></html>\n"
    )


def _show(card: dict[str, Any], lang: str) -> None:
    """Three lines for every province and class: what a reader must know before the rest."""
    figures = {name: card[name] for name in ("first", "last", "origins")}
    out.print(say("backtest.cmd.title", lang, horizon=card["horizon_days"], **figures))
    for entry in card["entries"]:
        default = entry["models"]["riwayat"]
        covered = None if default["coverage"] is None else 100 * default["coverage"]
        names = [catalogue(lang).get(f"backtest.model.{key}", key) for key in entry["offered"]]
        told = {
            "province": entry["province"],
            "class": catalogue(lang).get(f"outlook.class.{entry['class']}", entry["class"]),
            "n": number(entry["n_test"], 0, lang),
            "verdict": say(f"backtest.verdict.{entry['verdict']}", lang),
            "gain": _triple(default["gain"]["counts_all"], 3, lang),
            "pai": _triple(default["pai"]["area"]["5"], 1, lang),
            "coverage": number(covered, 0, lang),
            "label": say(f"backtest.label.{entry['label']}", lang),
            "offered": ", ".join(names),
        }
        judged = (
            entry["verdict"] != "too_few"
        )  # under the least number of test incidents no figure of the forecast is told
        for line in ("head", "figures", "label") if judged else ("head",):
            out.print(say(f"backtest.cmd.{line}", lang, **told))


def _triple(value: Sequence[float | None] | None, digits: int, lang: str) -> str:
    """A figure with its interval, or a dash."""
    if not value or value[0] is None:
        return "–"
    low, high = ("–" if end is None else number(end, digits, lang) for end in value[1:])
    return f"{number(value[0], digits, lang)} ({low} – {high})"
