"""What the hand-out says of every area, and the page around the map; every text that people wrote is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from core.numerals import apportion, day, number
from core.palette import CLASS_COLOURS, HATCH_COLOUR
from core.words import catalogue, say
from formats import rows
from formats.about import facts
from formats.handout.shapes import Level
from store.manifest import Manifest

WORDS = "handout.page."
COUNTS = ("incidents", "tps", "voters", "sites", "people")


def tenths(parts: Sequence[float], whole: float) -> list[int]:
    """Parts in tenths that add up to the whole in tenths (largest remainders), as on paper and on the page."""
    return [round(10 * part) for part in apportion(parts, whole)]


def data(table: pa.Table, manifest: Manifest) -> str:
    """What the script reads, as JSON that cannot end a script element; columns in the table's order, null is unknown."""
    keys = [factor.key for factor in manifest.factors]

    def column(name: str) -> list[Any]:
        return list(rows.finite(table[name]).to_pylist())

    held: dict[str, list[Any]] = {
        name: column(name)
        for name in ("kode", "name", "level", "class", "rank", "label_lon", "label_lat", "area_km2", *COUNTS)
    }
    score, share = column("score"), column("coverage")
    part, known = ([column(f"{kind}_{key}") for key in keys] for kind in ("contribution", "known"))
    name = dict(zip(held["kode"], held["name"], strict=True))
    points: list[list[int | None] | None] = []
    for i, whole in enumerate(score):
        if whole is None:
            points.append(None)
            continue
        mine = [k for k in range(len(keys)) if known[k][i]]
        shown = dict(zip(mine, tenths([part[k][i] or 0.0 for k in mine], whole), strict=True))
        points.append([shown.get(k) for k in range(len(keys))])
    for kind in ("label_lon", "label_lat", "area_km2", *COUNTS):
        decimals = 4 if kind.startswith("label") else 1
        held[kind] = [None if value is None else round(value, decimals) for value in held[kind]]
    held |= {
        "score": [None if value is None else round(value * 10) for value in score],
        "coverage": [round(100 * value) for value in share],
        "known": ["".join("1" if known[k][i] else "0" for k in range(len(keys))) for i in range(len(score))],
        "points": points,
        "within": [_within(kode, name) for kode in held["kode"]],
    }
    ranked = {
        n: sum(r is not None and of == n for r, of in zip(held["rank"], held["level"], strict=True))
        for n in range(1, 5)
    }
    words = {key.removeprefix(WORDS): text for key, text in catalogue("id").items() if key.startswith(WORDS)}
    words |= {
        f"{kind}.{n}": say(f"{kind}.{n}")
        for kind, last in (("class", 5), ("level", 4))
        for n in range(last + 1)
        if n or kind == "class"
    }
    tree = {
        "areas": held,
        "ranked": ranked,
        "factors": [say(f"factor.{key}.label") for key in keys],
        "words": words,
    }
    return safe_json(tree)


def safe_json(tree: Any) -> str:
    text = orjson.dumps(tree, option=orjson.OPT_NON_STR_KEYS).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _within(kode: str, name: dict[str, str]) -> str:
    """The names of the areas above, the nearest first."""
    above = kode.split(".")[:-1]
    return ", ".join(name[code] for n in range(len(above), 0, -1) if (code := ".".join(above[:n])) in name)


def heading(manifest: Manifest) -> str:
    """The top of the page: title, date, snapshot, what the map is not, and the mark of sample data."""
    mark = f'<p class="stamp">{escape(say("mark.sample"))}</p>' if manifest.sample else ""
    return (
        f'<header class="top"><div><h1>{escape(manifest.title)}</h1>'
        f"<p>{escape(say('handout.edition', date=day(manifest.as_of), id=manifest.id))} · "
        f"<strong>{escape(say('mark.index'))}</strong></p></div>"
        f"{mark}</header>"
    )


def legend(table: pa.Table, manifest: Manifest, levels: Sequence[Level], first: int) -> str:
    """One table per level: class, name, range of the score and number of areas; the script shows that of the level on the map."""
    limits = [0.0, *manifest.thresholds, 100.0]
    classes = table["class"].to_numpy()
    tables = []
    for level in levels:
        counts = np.bincount(classes[level.row], minlength=6).tolist()
        lines = "".join(
            f'<tr><td><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill="{fill(n)}"/></svg></td>'
            f'<th scope="row">{f"{n} " if n else ""}{escape(say(f"class.{n}"))}</th>'
            f"<td>{_range(limits, n)}</td><td>{number(counts[n])}</td></tr>"
            for n in (5, 4, 3, 2, 1, 0)
        )
        hidden = "" if level.level == first else " hidden"
        heads = "".join(f'<th scope="col">{escape(say(f"handout.legend.{name}"))}</th>' for name in ("class", "score"))
        tables.append(
            f'<table data-level="{level.level}"{hidden}><caption>{escape(say("handout.legend.caption"))}</caption>'
            f'<thead><tr><td></td>{heads}<th scope="col">{escape(say(f"level.{level.level}"))}</th></tr></thead>'
            f"<tbody>{lines}</tbody></table>"
        )
    return f'<section class="legend" aria-label="{escape(say("handout.legend.caption"))}">{"".join(tables)}</section>'


def fill(level: int) -> str:
    """The fill of a class; not monitored is hatched."""
    return CLASS_COLOURS[level] if level else "url(#hatch)"


def hatch() -> str:
    """The hatch of what is not monitored, for map and legend alike."""
    return (
        '<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="7" height="7" fill="{CLASS_COLOURS[0]}"/>'
        f'<path d="M1 0V7" stroke="{HATCH_COLOUR}" stroke-width="1.6"/></pattern></defs></svg>'
    )


def side(manifest: Manifest) -> str:
    """The column beside the map: search, the place that was chosen, the highest places, what to know, sources."""
    notes = [say("handout.note.index"), say("handout.note.unmonitored"), say("handout.note.rounding")]
    notes.append(say(f"handout.note.{'indicative' if manifest.indicative else 'official'}"))
    if manifest.sample:
        notes.insert(0, say("handout.note.sample"))
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    about = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>" for label, text in facts(manifest))
    return (
        '<aside class="side">'
        f'<form id="search" role="search"><label for="place">{escape(say("handout.search.label"))}</label>'
        f'<div><input id="place" list="places" autocomplete="off" placeholder="{escape(say("handout.search.example"))}">'
        f'<button type="submit">{escape(say("handout.search.go"))}</button></div><datalist id="places"></datalist>'
        '<p id="found" role="status"></p></form>'
        '<section id="detail" aria-live="polite" tabindex="-1" hidden></section>'
        '<section id="highest"></section>'
        f'<section class="notes"><h2>{escape(say("handout.note.head"))}</h2><ul>{items}</ul></section>'
        f'<details class="about"><summary>{escape(say("handout.sources"))}</summary><dl>{about}</dl></details>'
        f"<noscript><p>{escape(say('handout.noscript'))}</p></noscript></aside>"
    )


def across(manifest: Manifest) -> str:
    """The mark of sample data across the map."""
    return (
        f'<div class="across" aria-hidden="true"><span>{escape(say("mark.sample"))}</span></div>'
        if manifest.sample
        else ""
    )


def _range(limits: list[float], level: int) -> str:
    return "–".join(f"{limit:g}".replace(".", ",") for limit in limits[level - 1 : level + 1]) if level else "–"
