"""A small SVG writer in page millimetres: paths, texts and map symbols, as strings.

Only what maps need; the result is drawn as vectors and real text by Typst. Every text is escaped here and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

import shapely
from shapely.geometry.base import BaseGeometry

from prints.fonts import FAMILY


def clean(text: str) -> str:
    """A text without what XML 1.0 forbids (control characters, lone surrogates), spaces joined."""
    kept = (c if (c.isprintable() or c == " ") and not 0xD800 <= ord(c) <= 0xDFFF else " " for c in text)
    return " ".join("".join(kept).split())


def number(value: float) -> str:
    """Two decimals (0.01 mm), no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _ring(coords: Iterable[Sequence[float]], closed: bool) -> str:
    points = [f"{x:.2f} {y:.2f}" for x, y in coords]
    return "M" + "L".join(points[:-1] if closed else points) + ("Z" if closed else "")


def d(geometries: Iterable[BaseGeometry]) -> str:
    """The path data of polygons and lines (points are left out)."""
    parts: list[str] = []
    for geometry in geometries:
        for piece in shapely.get_parts(geometry):
            if isinstance(piece, shapely.Polygon) and not piece.is_empty:
                parts.append(_ring(piece.exterior.coords, True))
                parts.extend(_ring(hole.coords, True) for hole in piece.interiors)
            elif isinstance(piece, shapely.LineString) and not piece.is_empty:
                parts.append(_ring(piece.coords, False))
    return "".join(parts)


def _attributes(**values: str | float | None) -> str:
    pairs = ((k.replace("_", "-"), v if isinstance(v, str) else number(v)) for k, v in values.items() if v is not None)
    return "".join(f" {key}={quoteattr(value)}" for key, value in pairs)


def path(
    data: str,
    fill: str = "none",
    stroke: str | None = None,
    width: float | None = None,
    dash: str | None = None,
    opacity: float | None = None,
) -> str:
    """One path; nothing where there is no data."""
    if not data:
        return ""
    style = _attributes(
        fill=fill,
        fill_rule="evenodd" if fill != "none" else None,
        stroke=stroke,
        stroke_width=width,
        stroke_dasharray=dash,
        stroke_linejoin="round" if stroke else None,
        opacity=opacity,
    )
    return f'<path d="{data}"{style}/>'


def rect(
    x: float, y: float, w: float, h: float, fill: str = "none", stroke: str | None = None, width: float = 0.1
) -> str:
    """A rectangle."""
    style = _attributes(x=x, y=y, width=w, height=h, fill=fill, stroke=stroke, stroke_width=width if stroke else None)
    return f"<rect{style}/>"


def dot(x: float, y: float, radius: float, fill: str) -> str:
    """A filled circle."""
    return f"<circle{_attributes(cx=x, cy=y, r=radius, fill=fill)}/>"


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    style: str = "regular",
    fill: str = "#111111",
    anchor: str = "middle",
    halo: float = 0.0,
    rotate: float = 0.0,
) -> str:
    """A text whose baseline starts (or is centred, or ends) at x, y; `size` in mm; `halo` mm of white behind it."""
    turned = f"rotate({number(rotate)} {number(x)} {number(y)})" if rotate else None
    base: dict[str, str | float | None] = {
        "x": x,
        "y": y,
        "font_family": FAMILY,
        "font_size": size,
        "text_anchor": anchor,
        "transform": turned,
    }
    base |= {"font_weight": "700" if style == "bold" else None, "font_style": "italic" if style == "italic" else None}
    if halo:
        base |= {"stroke": "#ffffff", "stroke_width": 2 * halo, "stroke_opacity": 0.85, "stroke_linejoin": "round"}
        base |= {"paint_order": "stroke"}
    return f"<text{_attributes(**base, fill=fill)}>{escape(clean(words))}</text>"


def outlined(
    x: float, y: float, words: str, size: float, rotate: float, colour: str, width: float, opacity: float
) -> str:
    """A big translucent outlined text centred at x, y: a mark across the map that hides nothing."""
    turned = f"translate({number(x)} {number(y)}) rotate({number(rotate)})"
    style = _attributes(font_family=FAMILY, font_size=size, font_weight="700", text_anchor="middle", transform=turned)
    under = _attributes(y=0.36 * size, fill="none", stroke="#ffffff", stroke_width=3 * width, stroke_opacity=opacity)
    over = _attributes(
        y=0.36 * size, fill="none", stroke=colour, stroke_width=width, stroke_opacity=min(1.0, 1.5 * opacity)
    )
    return "".join(f"<text{style}{stroke}>{escape(clean(words))}</text>" for stroke in (under, over))


_SYMBOLS: dict[str, tuple[int, float, str]] = {  # corners (0: circle), first angle in degrees, colour
    "incident": (0, 0.0, "#111111"),
    "tps": (4, 45.0, "#1f5fbf"),
    "galian_c": (3, -90.0, "#6a3d9a"),
    "coal_mine": (3, 90.0, "#4d2c11"),
    "site": (4, 0.0, "#00695c"),
    "post": (5, -90.0, "#0b3d91"),
}


def symbol(kind: str, x: float, y: float, radius: float) -> str:
    """One map symbol with a white edge: circle, square, triangle, diamond or pentagon."""
    corners, first, colour = _SYMBOLS[kind]
    style = _attributes(fill=colour, stroke="#ffffff", stroke_width=0.18 * radius)
    if not corners:
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(0.85 * radius)}"{style}/>'
    angles = [math.radians(first + 360.0 * i / corners) for i in range(corners)]
    points = " ".join(f"{number(x + radius * math.cos(a))},{number(y + radius * math.sin(a))}" for a in angles)
    return f'<polygon points="{points}"{style}/>'


def document(width: float, height: float, parts: Iterable[str]) -> str:
    """The whole picture; its user unit is the millimetre."""
    size = f'width="{number(width)}mm" height="{number(height)}mm" viewBox="0 0 {number(width)} {number(height)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'
