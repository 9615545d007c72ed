"""The facts of a place and of a snapshot as JSON trees: the shapes promised in docs/api.md.

Numbers are the published f4 columns as float64, so the contributions add up to the score as the snapshot publishes it.
"""

from __future__ import annotations

from typing import Any

import h3

from api import outlook
from api.served import Served
from core.cells import to_text
from core.words import catalogue, say
from formats.outlook import overall_label, phrase, site_effects

Tree = dict[str, Any]
COUNTS = ("incidents", "tps", "voters", "sites", "people")


def contributions(served: Served, row: Tree, lang: str) -> list[Tree]:
    """One entry per factor, in the model's order."""
    return [
        {
            "factor": factor.key,
            "label": phrase(f"factor.{factor.key}.label", lang, factor.key),
            "unit": phrase(f"factor.{factor.key}.unit", lang, factor.unit),
            "raw": row[f"raw_{factor.key}"],
            "known": row[f"known_{factor.key}"],
            "value": row[f"value_{factor.key}"],
            "weight": factor.weight,
            "contribution": row[f"contribution_{factor.key}"],
        }
        for factor in served.manifest.factors
    ]


def _judged(row: Tree, lang: str) -> Tree:
    return {
        "score": row["score"],
        "class": row["class"],
        "class_label": say(f"class.{row['class']}", lang),
        "coverage": row["coverage"],
    }


def area(served: Served, number: int, lang: str) -> Tree:
    """Everything published about one area."""
    areas, row = served.areas, served.areas.row(number)
    return {
        "kode": row["kode"],
        "name": row["name"],
        "level": row["level"],
        "level_label": say(f"level.{row['level']}", lang)
        + (f" ({say('mark.partial', lang)})" if row["partial"] else ""),
        "partial": row["partial"],
        "parent": row["parent"],
        "path": areas.path(row["kode"]),
        **_judged(row, lang),
        "rank": row["rank"],
        "ranked": areas.ranked[row["level"]],
        **served.marks(lang),
        "counts": {name: row[name] for name in COUNTS},
        "area_km2": row["area_km2"],
        "max_cell": None if row["max_cell"] is None else to_text(row["max_cell"]),
        "max_score": row["max_score"],
        "lon": row["label_lon"],
        "lat": row["label_lat"],
        "bbox": areas.boxes[number].round(6).tolist(),
        "contributions": contributions(served, row, lang),
        "forecast": outlook.of_area(served, row["kode"], lang),
        "alert": outlook.alert(served, row["kode"], lang),
    }


def cell(served: Served, row: Tree, lang: str) -> Tree:
    """Everything published about one cell; its name is that of the village that owns it, and cells are not ranked.

    A cell coarser than the snapshot's own has no one owner: `kode` and `parent` are null, its name is its index.
    """
    text, kode = to_text(row["cell"]), row["kode"]
    ring = h3.cell_to_boundary(text)
    lat, lon = h3.cell_to_latlng(text)
    at = served.areas.row_of.get(kode)
    return {
        "h3": text,
        "kode": kode,
        "name": text if at is None else served.areas.name[at],
        "level": None,
        "level_label": say("api.cell", lang),
        "parent": kode,
        "path": [] if kode is None else served.areas.path(kode),
        **_judged(row, lang),
        "rank": None,
        "ranked": None,
        **served.marks(lang),
        "counts": {name: row[name] for name in COUNTS},
        "area_km2": row["area_km2"],
        "gap": row["gap"],
        "max_cell": text,
        "max_score": row["score"],
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "bbox": [round(pick(p[axis] for p in ring), 6) for pick, axis in ((min, 1), (min, 0), (max, 1), (max, 0))],
        "contributions": contributions(served, row, lang),
        "forecast": outlook.of_cell(served, row["cell"], kode, lang),
    }


def brief(served: Served, number: int) -> Tree:
    """One line of a list of areas."""
    areas, row = served.areas, served.areas.brief_row(number)
    return {
        "kode": row["kode"],
        "name": row["name"],
        "level": row["level"],
        "parent": row["parent"],
        "path": areas.path(row["kode"]),
        "score": row["score"],
        "class": row["class"],
        "coverage": row["coverage"],
        "rank": row["rank"],
        "lon": row["label_lon"],
        "lat": row["label_lat"],
        "bbox": areas.boxes[number].round(6).tolist(),
    }


def model_of(served: Served) -> Tree:
    """Name and version of the model the snapshot was made with."""
    model = served.manifest.model.get("model", served.manifest.model)
    return {"name": model.get("name"), "version": model.get("version")}


def classes(served: Served, lang: str) -> list[Tree]:
    """The legend: bounds, number of cells, area and share of the mapped area of every class."""
    m = served.manifest
    lower, total = (0.0, *m.thresholds), sum(m.class_km2)
    upper = (*m.thresholds, 100.0)
    return [
        {
            "class": number,
            "label": say(f"class.{number}", lang),
            "min": lower[number - 1] if number else None,
            "max": upper[number - 1] if number else None,
            "cells": m.class_cells[number],
            "km2": m.class_km2[number],
            "share": m.class_km2[number] / total if total else None,
        }
        for number in range(6)
    ]


def snapshot(served: Served, lang: str, *, is_current: bool) -> Tree:
    """What the page and other readers must know of a snapshot before they show it."""
    m = served.manifest
    return {
        "id": m.id,
        "current": is_current,
        "title": m.title,
        "area": list(m.area),
        "resolution": m.resolution,
        "bounds": list(m.bounds),
        "indicative": m.indicative,
        "audience": m.audience,
        **served.marks(lang),
        "model": model_of(served),
        "factors": [
            {
                "key": f.key,
                "label": phrase(f"factor.{f.key}.label", lang, f.key),
                "help": phrase(f"factor.{f.key}.help", lang, ""),
                "unit": phrase(f"factor.{f.key}.unit", lang, f.unit),
                "weight": f.weight,
                "dimension": f.dimension,
                "cites": f.cites,
            }
            for f in m.factors
        ],
        "thresholds": list(m.thresholds),
        "classes": classes(served, lang),
        "label": overall_label(m, lang),
        "forecast": outlook.entries(served, lang),
        "card_href": "/uji-balik",
        "site_effects": site_effects(m, lang),
        "inputs": [
            {
                "name": i.name,
                "kind": i.kind,
                "reader": i.reader,
                "source": i.source,
                "licence": i.licence,
                "attribution": i.attribution,
                "sample": i.sample,
                "sha256": i.sha256,
                "rows_in": i.rows_in,
                "accepted": i.accepted,
                "quarantined": i.quarantined,
                "reasons": i.reasons,
            }
            for i in m.inputs
        ],
        "warnings": [
            {
                "code": w.code,
                "text": say(f"warning.{w.code}", lang, **w.params)
                if f"warning.{w.code}" in catalogue(lang)
                else w.code,
            }
            for w in m.warnings
        ],
    }
