"""The plots of a back-test card as SVG: reliability, hits by area and by people, persistent against new places; same card, same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.numerals import number
from core.words import catalogue, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Entry = Mapping[str, Any]
SHOWN_FROM = 100  # test incidents; under it a card shows baselines only, and no plot
# Dark to light and solid to dotted, so that a photocopy still tells them apart.
_LINES = {
    "riwayat": ("#7a0f1e", "-", 2.2),
    "8e": ("#1b6ca8", "-", 1.6),
    "8a": ("#1b6ca8", "--", 1.4),
    "8b": ("#3d7f3d", "-", 1.4),
    "counts_all": ("#222222", "--", 1.6),
    "indeks": ("#b8860b", "-.", 1.4),
    "penduduk": ("#777777", ":", 1.6),
}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "petarawan",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def name(entry: Entry, lang: str) -> str:
    """The plot's path in the snapshot: card/53-konflik.id.svg."""
    return f"card/{entry['province']}-{entry['class']}.{lang}.svg"


def drawable(entry: Entry) -> bool:
    """Whether the card has enough test incidents for a plot to mean something."""
    return entry["n_test_located"] >= SHOWN_FROM and entry["models"].get("riwayat") is not None


def svg(entry: Entry, lang: str) -> bytes:
    """One figure of four panels for one province and class."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9.6, 8.0), layout="constrained")
        axes = figure.subplots(2, 2)
        models = {key: entry["models"][key] for key in _LINES if entry["models"].get(key)}
        _reliability(axes[0, 0], models, lang)
        _curve(axes[0, 1], models, "area", lang)
        _curve(axes[1, 0], models, "people", lang)
        _places(axes[1, 1], models, lang)
        handles, labels = axes[0, 1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
        for each in axes.flat:
            for axis in (each.xaxis, each.yaxis):
                if axis is not axes[1, 1].xaxis:
                    axis.set_major_formatter(lambda value, _at: f"{value:g}".replace(".", say("plot.decimal", lang)))
        held = io.BytesIO()
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    return held.getvalue()


def _label(key: str, lang: str) -> str:
    return catalogue(lang).get(f"backtest.model.{key}", key)


def _reliability(axes: Axes, models: Mapping[str, Any], lang: str) -> None:
    """Mean expected against mean observed number, by tenths of the places; on the diagonal the level is right."""
    top = 0.0
    for key in ("riwayat", "counts_all", "8e"):
        points = (models.get(key) or {}).get("reliability") or []
        if points:
            colour, line, width = _LINES[key]
            axes.plot([p[0] for p in points], [p[1] for p in points], line, color=colour, lw=width, marker="o", ms=3.5)
            top = max(top, *(max(p[0], p[1]) for p in points))
    axes.plot([0, top], [0, top], color="#bbbbbb", lw=1, zorder=0)
    axes.set_title(say("plot.reliability", lang), loc="left")
    axes.set_xlabel(say("plot.expected", lang))
    axes.set_ylabel(say("plot.observed", lang))


def _curve(axes: Axes, models: Mapping[str, Any], by: str, lang: str) -> None:
    """Share of test incidents caught in the first x of area or people; the diagonal is picking at random."""
    drawn = False
    for key, (colour, line, width) in _LINES.items():
        points = ((models.get(key) or {}).get("curve") or {}).get(by) or []
        if points:
            axes.plot(
                [100 * p[0] for p in points],
                [100 * p[1] for p in points],
                line,
                color=colour,
                lw=width,
                label=_label(key, lang),
            )
            drawn = True
    axes.set_title(say(f"plot.hits_{by}", lang), loc="left")
    axes.set_xlabel(say(f"plot.share_{by}", lang))
    axes.set_ylabel(say("plot.hits", lang))
    if not drawn:
        _say_none(axes, lang)
        return
    axes.plot([0, 100], [0, 100], color="#bbbbbb", lw=1, zorder=0)
    axes.set_xlim(0, 50)
    axes.set_ylim(0, 100)


def _places(axes: Axes, models: Mapping[str, Any], lang: str) -> None:
    """PAI at persistent and at new places, with its interval; 1 is picking at random."""
    kinds = ("persistent", "new")
    shown = [key for key in ("riwayat", "8e", "counts_all", "penduduk") if models.get(key)]
    width, some = 0.8 / max(1, len(shown)), False
    for i, key in enumerate(shown):
        for j, kind in enumerate(kinds):
            value = models[key].get(kind)
            if value and value[0] is not None:
                at = j + (i - (len(shown) - 1) / 2) * width
                axes.bar(at, value[0], width * 0.9, color=_LINES[key][0], alpha=0.85)
                if value[1] is not None:
                    axes.errorbar(
                        at, value[0], [[value[0] - value[1]], [value[2] - value[0]]], color="#000000", lw=1, capsize=2
                    )
                written: dict[str, Any] = {
                    "ha": "center",
                    "va": "bottom",
                    "fontsize": 8,
                    "color": "#ffffff",
                    "fontweight": "bold",
                }
                axes.text(at, 0.03 * max(1.0, value[0]), number(value[0], 1, lang), **written)
                some = True
    axes.set_title(say("plot.places", lang), loc="left")
    axes.set_xticks(range(len(kinds)), [say(f"plot.{kind}", lang) for kind in kinds])
    axes.set_ylabel("PAI")
    if not some:
        _say_none(axes, lang)
        return
    axes.axhline(1.0, color="#bbbbbb", lw=1, zorder=0)


def _say_none(axes: Axes, lang: str) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, say("plot.none", lang), ha="center", va="center", transform=axes.transAxes, color="#555555")
