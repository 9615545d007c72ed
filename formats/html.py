"""HTML: one file that draws the map of areas from a USB stick, with no network. Made with folium; Leaflet, fonts and data lie inside.

folium gives what it draws to a template engine twice, so what people wrote (names, titles, sources) never passes through it:
such text is escaped by us and put into the page verbatim.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import folium
import pyarrow as pa
from branca.element import Element, Figure, MacroElement
from folium.map import CustomPane
from folium.template import Template
from folium.utilities import JsCode

from core.errors import ConfigError, Place
from core.palette import CLASS_COLOURS
from core.words import DEFAULT_LANGUAGE, say
from formats.handout import shapes, texts
from store.manifest import Manifest

VENDOR = Path(__file__).parents[1] / "web" / "vendor"
_OWN = Path(__file__).parent / "handout"
_AROUND = 5.0  # degrees of land shown around the mapped area
_INK, _GREY = "#1d2733", "#5d6770"
_LAND = {"fill": True, "fillColor": "#f4f2ec", "fillOpacity": 1, "color": "#a9b9c1", "weight": 0.8}
_BORDER = {
    0: (_INK, 1.0),
    2: (_INK, 2.2),
    3: (_INK, 1.3),
}  # colour and width by the level that a line separates; 0: outer edge
_POLICY = "<!-- what this page may load: nothing -->"
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


class _Verbatim(Element):
    """Text put into the page as it is, without the template engine."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:
        return self.text


class _Start(MacroElement):
    """Hands the map and the layer of every level to our script."""

    _template = Template(
        "{% macro script(this, kwargs) %}handout.start({{ this._parent.get_name() }}, "
        "{ {%- for level, group in this.groups.items() %}{{ level }}: {{ group.get_name() }}, {% endfor -%} });{% endmacro %}"
    )

    def __init__(self, groups: dict[int, folium.FeatureGroup]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self.groups = groups


def write(name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """The whole page, the same bytes for the same snapshot; `name` is `areas`. Raises ConfigError E_VENDOR_MISSING."""
    levels = shapes.levels(table)
    first = max((level.level for level in levels if level.level <= 3), default=4)
    west, south, east, north = manifest.bounds
    page = folium.Map(
        tiles=None,
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=7,
        min_zoom=5,
        max_bounds=True,
        min_lat=south - _AROUND,
        max_lat=north + _AROUND,
        min_lon=west - _AROUND,
        max_lon=east + _AROUND,
        max_zoom=14,
        zoom_snap=0.25,
        zoom_control="topleft",
        control_scale=True,
        attribution_control=False,
    )
    page.default_js, page.default_css = [], []
    figure = Figure()
    figure.add_child(page)
    for text in (_POLICY, _head(manifest), f"<style>{_styles()}</style>", f"<script>{_scripts()}</script>"):
        figure.header.add_child(_Verbatim(text))
    data = f'<script type="application/json" id="handout-data">{texts.data(table, manifest)}</script>'
    for text in (
        data,
        texts.hatch(),
        texts.heading(manifest),
        texts.side(manifest),
        texts.across(manifest),
        texts.legend(table, manifest, levels, first),
    ):
        figure.html.add_child(_Verbatim(text))
    _draw(page, table, manifest, levels, first)
    _name_in_order(figure)
    return _sealed(figure.render())


def _draw(page: folium.Map, table: pa.Table, manifest: Manifest, levels: list[shapes.Level], first: int) -> None:
    for pane, height in (("land", 350), ("borders", 450), ("names", 620)):
        page.add_child(CustomPane(pane, z_index=height))
    west, south, east, north = manifest.bounds
    around = shapes.land(_vendored("land.geojson"), (west - _AROUND, south - _AROUND, east + _AROUND, north + _AROUND))
    _lines(page, [shapes.feature(around, 0)], _LAND, "land")
    kode, classes = table["kode"].to_pylist(), table["class"].to_pylist()
    groups: dict[int, folium.FeatureGroup] = {}
    for level in levels:
        group = folium.FeatureGroup(name=say(f"level.{level.level}"), overlay=False, show=level.level == first)
        page.add_child(group)
        groups[level.level] = group
        edge = {"color": _INK, "weight": 1.6} if level.level == 2 else {"color": _GREY, "weight": 0.6}
        folium.GeoJson(
            {
                "type": "FeatureCollection",
                "features": [shapes.feature(s, n) for s, n in zip(level.shape, level.row.tolist(), strict=True)],
            },
            style_function=lambda feature, edge=edge: {
                "className": f"area class-{classes[feature['id']]}",
                "fillColor": texts.fill(classes[feature["id"]]),
                "fillOpacity": 1,
                **edge,
            },
            smooth_factor=0,  # Leaflet would simplify every polygon by itself and tear neighbours apart
            on_each_feature=JsCode("handout.each"),
        ).add_to(group)
        for above, lines in shapes.borders(kode, level):
            colour, width = _BORDER[above]
            style = {"className": f"border-{above}", "fill": False, "color": colour, "weight": width}
            _lines(group, [shapes.feature(lines, above)], style, "borders")
    folium.LayerControl(position="topright", collapsed=False).add_to(page)
    page.add_child(_Start(groups))


def _lines(parent: Any, features: list[dict[str, Any]], style: dict[str, Any], pane: str) -> None:
    """Something drawn that nobody can choose."""
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: style,
        smooth_factor=0,
        control=False,
        pane=pane,
        interactive=False,
    ).add_to(parent)


def _head(manifest: Manifest) -> str:
    return f'<title>{escape(manifest.title)}</title><link rel="icon" href="data:,">'


def _styles() -> str:
    """Leaflet's own style, our fonts and our style; no picture and no file outside."""
    leaflet = re.sub(
        r"/\*.*?\*/|(background-image|behavior):\s*url\([^)]*\);", "", _text("leaflet/leaflet.css"), flags=re.DOTALL
    )
    font = '@font-face{{font-family:"Noto Sans";font-weight:{};src:url(data:font/woff2;base64,{})}}'
    faces = "".join(font.format(weight, _base64(f"fonts/noto-sans-{weight}.woff2")) for weight in (400, 700))
    colours = "".join(f"--class-{n}:{colour};" for n, colour in enumerate(CLASS_COLOURS))
    own = (_OWN / "page.css").read_text(encoding="utf-8")
    return (
        f"{leaflet}/* Noto Sans: The Noto Project Authors, SIL Open Font License 1.1 */{faces}:root{{{colours}}}{own}"
    )


def _scripts() -> str:
    """Leaflet with its licence, and our script."""
    code = _text("leaflet/leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", "")
    licence = _text("leaflet/LICENSE").replace("*/", "")
    return f"/*!\n{licence}*/\n{code}\n{(_OWN / 'page.js').read_text(encoding='utf-8')}"


def _vendored(name: str) -> bytes:
    path = VENDOR / name
    if not path.is_file():
        raise ConfigError("E_VENDOR_MISSING", place=Place(file=path.as_posix()))
    return path.read_bytes()


def _text(name: str) -> str:
    """With line feeds only, as a browser reads a script before it takes its hash."""
    return _vendored(name).decode().replace("\r\n", "\n")


def _base64(name: str) -> str:
    return b64encode(_vendored(name)).decode()


def _name_in_order(figure: Any) -> None:
    """Numbers in place of the random names that branca gives to everything."""
    number = count()

    def name(element: Any) -> None:
        element._id = f"{next(number)}"
        for child in element._children.values():
            name(child)

    for root in (figure.header, figure.html, figure.script, figure):
        name(root)


def _sealed(page: str) -> bytes:
    """With a policy that lets only these very scripts run and nothing be fetched; and a page that may be magnified."""
    page = page.replace("<html>", f'<html lang="{DEFAULT_LANGUAGE}">', 1)
    page = re.sub(r'<meta name="viewport".*?/>', _VIEWPORT, page, count=1, flags=re.DOTALL)
    hashes = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    )
    policy = f"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; script-src {hashes}"
    return page.replace(_POLICY, f'<meta http-equiv="Content-Security-Policy" content="{policy}">', 1).encode()
