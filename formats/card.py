"""A back-test card as an HTML fragment: the verdict first, then every figure the protocol asks for, baselines beside the forecast.

Every word from the data goes through `html.escape`; no script, no inline style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from core.numerals import day, number
from core.words import say
from formats import outlook

Tree = Mapping[str, Any]
Cell = str | tuple[str, str]  # text, or (text, address) for a link
BASELINES = ("nol", "penduduk", "bulan_lalu", "counts_12", "counts_all", "conflictology", "kde", "indeks")
MODELS = ("riwayat", "8e", "8a", "8b", "boosting")
AGAINST = ("counts_all", "counts_12")
SHARES = ("1", "5", "10")
READINGS = ("log", "pai", "reliability", "interval", "baselines")
Picture = Callable[[Tree], str | None]


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[Cell]], within: str = "") -> str:
    """A table that can be scrolled on a narrow screen; the first cell of a row is its heading.

    `within` tells tables of one caption apart for those who do not see the page.
    """
    name = f"{within}: {caption}" if within else caption
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = []
    for first, *rest in rows:
        body.append(f'<tr><th scope="row">{link(first)}</th>{"".join(f"<td>{link(cell)}</td>" for cell in rest)}</tr>')
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(name)}"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def link(cell: Cell) -> str:
    """Text, or text that leads to an address."""
    if isinstance(cell, tuple):
        return f'<a href="{escape(cell[1])}">{escape(cell[0])}</a>'
    return escape(cell)


def body(
    card: Tree, lang: str, *, names: Mapping[str, str], stages: Mapping[tuple[str, str], str], picture: Picture
) -> str:
    """The whole card; `names` of provinces by code, `stages` by province and class: what is shown there; `picture` gives the address
    of an entry's plots, or None where there are none.
    """
    if not card.get("entries"):
        return f"<p>{escape(say('card.none', lang))}</p>"
    figures = {
        "origins": number(card["origins"], 0, lang),
        "first": day(card["first"], lang),
        "last": day(card["last"], lang),
        "days": number(card["horizon_days"], 0, lang),
    }
    made = say(
        "card.made",
        lang,
        seed=card["seed"],
        spec=card["spec"],
        depth=say(f"card.depth.{card['depth']}", lang),
        digest=card["digest"][:16],
    )
    links: list[list[Cell]] = [
        [
            (
                f"{names.get(entry['province'], entry['province'])}: {outlook.class_label(entry['class'], lang)}",
                f"#{anchor(entry)}",
            ),
            _verdict(entry, lang),
            _plain(entry["n_test"], 0, lang),
            say(f"card.label.{entry['label']}", lang),
        ]
        for entry in card["entries"]
    ]
    return "".join(
        (
            f"<p>{escape(say('card.about', lang, **figures))}</p>",
            table(say("card.summary", lang), _words(("place", "verdict", "n_test", "map"), lang), links),
            f"<details open><summary>{escape(say('card.how', lang))}</summary><ul>",
            *(f"<li>{escape(say(f'card.read.{name}', lang))}</li>" for name in READINGS),
            "</ul></details>",
            *(_entry(entry, lang, names, stages, picture) for entry in card["entries"]),
            f"<p>{escape(made)}</p>",
        )
    )


def _verdict(entry: Tree, lang: str) -> str:
    return outlook.phrase(f"backtest.verdict.{entry['verdict']}", lang, entry["verdict"])


def anchor(entry: Tree) -> str:
    """The place of an entry in the page."""
    return f"{entry['province']}-{entry['class']}"


def _words(names: Sequence[str], lang: str) -> list[str]:
    return [say(f"card.{name}", lang) for name in names]


def _entry(
    entry: Tree, lang: str, names: Mapping[str, str], stages: Mapping[tuple[str, str], str], picture: Picture
) -> str:
    kind = outlook.class_label(entry["class"], lang)
    stage = stages.get((entry["province"], entry["class"]), "")
    address = picture(entry)
    title = f"{names.get(entry['province'], entry['province'])}: {kind}"
    few = entry["verdict"] == "too_few"
    verdict, label = _verdict(entry, lang), say(f"card.label.{entry['label']}", lang)
    keys = [key for key in (*BASELINES, *(() if few else MODELS)) if entry["models"].get(key)]
    notes = [outlook.phrase(f"backtest.note.{code}", lang, code) for code in entry.get("notes") or ()]
    shown = [key for key in keys if key in MODELS]
    return "".join(
        (
            f'<section id="{escape(anchor(entry))}"><h2>{escape(title)}</h2>',
            f'<p class="verdict">{escape(verdict)}</p>',
            f'<p class="marks">{escape(label)}</p>',
            f"<p>{escape(stage)}</p>" if stage else "",
            f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>" if notes else "",
            table(say("card.numbers", lang), _words(("what", "value"), lang), _numbers(entry, lang), title),
            f'<figure><img src="{escape(address)}" alt="{escape(say("card.plot_alt", lang, title=title))}"></figure>'
            if address
            else "",
            table(
                say("card.scores", lang),
                _words(("model", "log_score", "gain_all", "gain_12", "where_all"), lang),
                _scores(entry, keys, lang),
                title,
            ),
            _pai(entry, keys, "area", lang, title),
            _pai(entry, keys, "people", lang, title),
            table(
                say("card.quality", lang),
                _words(("model", "eo", "brier", "crps", "coverage", "pei", "persistent", "new"), lang),
                _quality(entry, keys, lang),
                title,
            ),
            *(_reliability(entry, key, lang, title) for key in shown[:1] if entry["models"][key].get("reliability")),
            _offered(entry, lang, title) if not few else "",
            _left_out(entry, lang, title) if not few else "",
            "</section>",
        )
    )


def _numbers(entry: Tree, lang: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [say(f"card.{name}", lang), _plain(entry.get(name), 0, lang)]
        for name in ("months", "n_test", "n_test_located", "n_new", "n_history", "areas")
    ]
    rows.append([say("card.level_eo", lang), _plain(entry.get("level_eo"), 2, lang)])
    heap = entry.get("heap_share")
    rows.append([say("card.heap_share", lang), "–" if heap is None else f"{number(100 * heap, 0, lang)} %"])
    return rows


def _plain(value: float | None, decimals: int, lang: str) -> str:
    return number(value, decimals, lang)


def interval(value: Sequence[float | None] | None, decimals: int, lang: str, signed: bool = False) -> str:
    """0,08 (0,03 sampai 0,13); an en dash where there is nothing."""
    if not value or value[0] is None:
        return "–"
    middle = number(value[0], decimals, lang)
    if signed and value[0] > 0:
        middle = f"+{middle}"
    if len(value) < 3 or value[1] is None or value[2] is None:
        return middle
    return say(
        "card.interval",
        lang,
        middle=middle,
        low=number(value[1], decimals, lang),
        high=number(value[2], decimals, lang),
    )


def _scores(entry: Tree, keys: Sequence[str], lang: str) -> Iterable[list[Cell]]:
    for key in keys:
        model = entry["models"][key]
        gain, where = model.get("gain") or {}, model.get("where_gain") or {}
        yield [
            outlook.model_label(key, lang),
            _plain(model.get("log_score"), 3, lang),
            *(interval(gain.get(name), 3, lang, signed=True) for name in AGAINST),
            interval(where.get("counts_all"), 3, lang, signed=True),
        ]


def _pai(entry: Tree, keys: Sequence[str], by: str, lang: str, title: str) -> str:
    """PAI with its interval and the hit rate at each share of area or of people."""
    known = [key for key in keys if (entry["models"][key].get("pai") or {}).get(by)]
    if not known:
        return ""
    rows = []
    for key in known:
        pai, hit = entry["models"][key]["pai"][by], (entry["models"][key].get("hit") or {}).get(by) or {}
        cells = [interval(pai.get(share), 1, lang) for share in SHARES]
        caught = [hit.get(share) for share in SHARES]
        cells += [f"{number(100 * one[0], 0, lang)} %" if one and one[0] is not None else "–" for one in caught]
        rows.append([outlook.model_label(key, lang), *cells])
    head = [say("card.model", lang), *(f"PAI {share} %" for share in SHARES)]
    head += [say("card.hit", lang, share=share) for share in SHARES]
    return table(say(f"card.pai_{by}", lang), head, rows, title)


def _quality(entry: Tree, keys: Sequence[str], lang: str) -> Iterable[list[Cell]]:
    for key in keys:
        model = entry["models"][key]
        covered = model.get("coverage")
        yield [
            outlook.model_label(key, lang),
            _plain(model.get("eo"), 2, lang),
            _plain(model.get("brier"), 4, lang),
            _plain(model.get("crps"), 4, lang),
            "–" if covered is None else f"{number(100 * covered, 0, lang)} %",
            _plain(model.get("pei"), 2, lang),
            interval(model.get("persistent"), 1, lang),
            interval(model.get("new"), 1, lang),
        ]


def _reliability(entry: Tree, key: str, lang: str, title: str) -> str:
    rows = [
        [number(i, 0, lang), number(point[0], 3, lang), number(point[1], 3, lang), number(point[2], 0, lang)]
        for i, point in enumerate(entry["models"][key]["reliability"], start=1)
    ]
    caption = say("card.reliability", lang, model=outlook.model_label(key, lang))
    return table(caption, _words(("tenth", "expected", "observed", "places"), lang), rows, title)


def _offered(entry: Tree, lang: str, title: str) -> str:
    """Which models may be shown, and why the others may not."""
    rows: list[list[Cell]] = [
        [outlook.model_label(key, lang), say("card.is_offered", lang)] for key in entry.get("offered") or ()
    ]
    rows += [
        [outlook.model_label(key, lang), outlook.phrase(f"backtest.why.{why}", lang, why)]
        for key, why in (entry.get("why") or {}).items()
    ]
    return table(say("card.offered", lang), _words(("model", "standing"), lang), rows, title) if rows else ""


def _left_out(entry: Tree, lang: str, title: str) -> str:
    """What fitted models know of a regency whose past they were not shown, against the default made as blindly."""
    spatial = entry.get("spatial")
    if not spatial:
        return ""
    rows: list[list[Cell]] = [
        [outlook.model_label(key, lang), interval(gain, 3, lang, signed=True)] for key, gain in spatial["gain"].items()
    ]
    caption = say("card.left_out", lang, n=number(spatial["regencies"], 0, lang))
    return table(caption, _words(("model", "gain_riwayat"), lang), rows, title)
