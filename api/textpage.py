"""HTML of the text pages. Every word from the data goes through `html.escape`; no script, no inline style."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from api import facts
from api.served import Served
from core.errors import PetarawanError
from core.numerals import number, quantity
from core.words import LANGUAGES, say
from formats.card import Cell, link, table
from formats.outlook import expected_text

STYLE = Path(__file__).parent / "textpage.css"
WHOLE = ("voters", "people")  # nobody is a fraction; records spread over an area are


def _address(kode: str, lang: str) -> str:
    return f"/wilayah/{kode}" + ("" if lang == "id" else f"?lang={lang}")


def page(served: Served, lang: str, title: str, main: str, here: str, *, index: bool = True) -> bytes:
    """A page around `main`, which is HTML already; `here` is its own address; `index`: it must say that it is no forecast."""
    m = served.manifest
    marks = (
        [say("mark.sample", lang)] * m.sample
        + [say("mark.index", lang)] * index
        + [say("mark.indicative", lang)] * m.indicative
    )
    others = "".join(
        f'<a href="{here}?lang={other}" hreflang="{other}" lang="{other}">{escape(say("api.page.language", other))}</a>'
        for other in LANGUAGES
        if other != lang
    )
    sources = "".join(
        f"<li>{escape(i.name)} ({escape(i.kind)}): {escape(i.attribution or i.source)}, {escape(i.licence)}</li>"
        for i in m.inputs
    )
    model = " ".join(str(part) for part in facts.model_of(served).values())
    text = f"""<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · {escape(m.title)}</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/wilayah/wilayah.css">
</head>
<body>
<a class="skip" href="#isi">{escape(say("api.page.skip", lang))}</a>
<header><p><a href="/wilayah/{"?lang=en" if lang == "en" else ""}">{escape(m.title)}</a></p>
<p class="marks">{escape(" · ".join(marks))}</p><nav>{others}</nav></header>
<main id="isi">
<h1>{escape(title)}</h1>
{main}
</main>
<footer>
<h2>{escape(say("api.page.sources", lang))}</h2>
<ul>{sources}</ul>
<p>{escape(say("api.page.edition", lang, snapshot=m.id, as_of=m.as_of, model=model))}</p>
</footer>
</body>
</html>
"""
    return text.encode()


def _lines(served: Served, rows: Iterable[int], lang: str) -> Iterable[list[Cell]]:
    for row in rows:
        item = served.areas.brief_row(row)
        yield [
            (item["name"], _address(item["kode"], lang)),
            item["kode"],
            say(f"class.{item['class']}", lang),
            number(item["score"], 1, lang),
            number(item["rank"], 0, lang),
        ]


def _head(lang: str) -> list[str]:
    return [say(f"api.page.{name}", lang) for name in ("name", "kode", "class", "score", "rank")]


def index(served: Served, lang: str) -> bytes:
    """Provinces and regencies with their scores."""
    rows = [row for row, level in enumerate(served.areas.level) if level <= 2]
    main = f"<p>{escape(say('api.page.about', lang))}</p>" + table(
        say("api.page.areas", lang), _head(lang), _lines(served, rows, lang)
    )
    return page(served, lang, say("api.page.index", lang), main, "/wilayah/")


def area(served: Served, row: int, lang: str) -> bytes:
    """One area: score, class, rank, coverage, contributions, counts, the areas inside it."""
    fact = facts.area(served, row, lang)
    kode = fact["kode"]
    above = " › ".join(
        f'<a href="{_address(step["kode"], lang)}">{escape(step["name"])}</a>' for step in fact["path"][:-1]
    )
    score = number(fact["score"], 1, lang)
    summary = [
        [say("api.page.class", lang), fact["class_label"]],
        [say("api.page.score", lang), score],
        [
            say("api.page.rank", lang),
            say("api.page.rank_of", lang, rank=number(fact["rank"], 0, lang), ranked=number(fact["ranked"], 0, lang)),
        ],
        [say("api.page.coverage", lang), number(100 * fact["coverage"], 0, lang) + " %"],
        [say("api.page.area", lang), number(fact["area_km2"], 2, lang) + " km²"],
        *(
            [say(f"api.page.{name}", lang), number(value, 0, lang) if name in WHOLE else quantity(value, lang)]
            for name, value in fact["counts"].items()
        ),
        [say("api.page.max_score", lang), number(fact["max_score"], 1, lang)],
    ]
    parts = [
        [
            item["label"],
            quantity(item["raw"], lang) if item["known"] else say("api.page.unknown", lang),
            item["unit"],
            number(None if item["value"] is None else 100 * item["value"], 0, lang),
            number(100 * item["weight"], 0, lang) + " %",
            number(item["contribution"], 2, lang),
        ]
        for item in fact["contributions"]
    ]
    parts.append([say("api.page.sum", lang), "", "", "", "", score])
    inside = served.areas.sorted_rows(served.areas.find(None, None, kode), "score")
    columns = [say(f"api.page.{name}", lang) for name in ("factor", "raw", "unit", "value", "weight", "contribution")]
    lang_query = f"&lang={lang}" if lang != "id" else ""
    links = [
        (say("api.page.map", lang), f"/#area={kode}{lang_query}"),
        (say("api.page.pdf", lang), f"/prints/{kode}.pdf?layout=a3{lang_query}"),
        (say("api.page.json", lang), f"/api/areas/{kode}"),
    ]
    main = "".join(
        (
            f"<p>{above}</p>" if above else "",
            f"<p>{escape(fact['level_label'])}, {escape(kode)}</p>",
            f"<p>{escape(say('api.page.unmonitored', lang))}</p>" if fact["class"] == 0 else "",
            table(say("api.page.summary", lang), (say("api.page.what", lang), say("api.page.value_of", lang)), summary),
            table(say("api.page.why", lang), columns, parts),
            _outlook(fact, lang),
            f"<ul>{''.join(f'<li>{link(way)}</li>' for way in links)}</ul>",
            table(say("api.page.inside", lang), _head(lang), _lines(served, inside, lang)) if inside else "",
        )
    )
    return page(served, lang, f"{fact['name']}", main, f"/wilayah/{kode}")


def _outlook(fact: facts.Tree, lang: str) -> str:
    """The forecast of an area: numbers with their interval and badge, or what is shown instead and why; the alarm beside it."""
    numbered = [item for item in fact["forecast"] if item["expected"] is not None]
    told = [item["text"] for item in fact["forecast"] if item["expected"] is None]
    told += sorted({f"{item['class_label']}: {item['note']}" for item in numbered if item["note"]})
    told += [fact["alert"]["text"]] if fact["alert"] else []
    rows: list[list[Cell]] = [
        [
            item["class_label"],
            say("outlook.page.days", lang, days=item["horizon_days"]),
            expected_text(item["expected"], lang),
            f"{number(item['low'], 0, lang)}–{number(item['high'], 0, lang)}",
            item["label"] or say("outlook.page.forecast", lang),
            (item["badge"], "/uji-balik" if lang == "id" else f"/uji-balik?lang={lang}"),
        ]
        for item in numbered
    ]
    if not rows and not told:
        return ""
    columns = [
        say(f"outlook.page.{name}", lang) for name in ("class", "horizon", "expected", "interval", "called", "test")
    ]
    main = table(say("outlook.page.forecast", lang), columns, rows) if rows else ""
    return main + "".join(f"<p>{escape(text)}</p>" for text in told)


def missing(served: Served, error: PetarawanError, lang: str) -> bytes:
    """The page for a code that is not there."""
    main = f"<p>{escape(error.message(lang))}</p><p>{escape(error.hint(lang))}</p>"
    return page(served, lang, say("api.status.404", lang), main, "/wilayah/")
