"""The back-test card of a snapshot: as it is, and as a page with its plots."""

from __future__ import annotations

from html import escape
from typing import Any

from api import textpage
from api.served import Served
from core import steadiness
from core.words import say
from formats import card as fragment
from formats import outlook

Tree = dict[str, Any]
HERE = "/uji-balik"
FOLDER = "card"


def tree(served: Served, lang: str) -> Tree:
    """The card with the marks of its snapshot; `entries` is empty where nothing was back-tested."""
    card = served.manifest.card
    return {**served.marks(lang), "entries": [], **card, "label": outlook.overall_label(served.manifest, lang)}


def plot(served: Served, name: str) -> bytes | None:
    """A plot of the snapshot by its file name, or None; nothing outside the list of the manifest can be named."""
    path = f"{FOLDER}/{name}"
    if not any(entry.path == path for entry in served.manifest.files):
        return None
    return (served.snapshot.path / path).read_bytes()


def page(served: Served, lang: str) -> bytes:
    """The card as a page."""
    manifest = served.manifest
    listed = {entry.path for entry in manifest.files}
    names = {kode: served.areas.name[row] for kode, row in served.areas.row_of.items() if len(kode) == 2}
    stages = {
        (entry["province"], entry["class"]): outlook.stage_text(entry, lang) for entry in outlook.entries(manifest)
    }

    def picture(entry: fragment.Tree) -> str | None:
        name = f"{entry['province']}-{entry['class']}.{lang}.svg"
        return f"{HERE}/{name}?snapshot={served.id}" if f"{FOLDER}/{name}" in listed else None

    main = fragment.body(manifest.card, lang, names=names, stages=stages, picture=picture)
    effects = outlook.site_effects(manifest, lang)
    if effects:
        lines = "".join(f"<li>{escape(effect['text'])}</li>" for effect in effects)
        main += f"<section><h2>{escape(say('card.site_effects', lang))}</h2><ul>{lines}</ul></section>"
    steady = steadiness.told(manifest.sensitivity, lang)
    if steady:
        lines = "".join(f"<p>{escape(line)}</p>" for line in steady)
        main += f"<section><h2>{escape(say('card.steady', lang))}</h2>{lines}</section>"
    ways = [(say("card.to_map", lang), f"/#lang={lang}"), (say("card.json", lang), "/api/card")]
    links = (f'<a href="{href}">{escape(text)}</a>' for text, href in ways)
    main += f"<p>{' · '.join(links)}</p>"
    labelled = outlook.overall_label(manifest, lang) is not None
    return textpage.page(served, lang, say("card.title", lang), main, HERE, index=labelled)
