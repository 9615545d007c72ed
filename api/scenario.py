"""A what-if on a published snapshot: its tables to arrays, the changed lists of sites and posts, and how the outcome is told.

Imported when the first question comes: it brings scipy, which no other reader needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import h3
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from api.places import village_at
from api.served import Served
from api.whatif import CELLS_MOST, MOST, Question
from core.cells import to_texts
from core.codes import ancestor
from core.errors import ConfigError, RequestError, SnapshotError
from core.taxonomy import PERMITS, SITE_KINDS, STAGES
from core.words import say
from formats.outlook import phrase
from geo.grid import Grid
from geo.joins import Records, place
from geo.regrid import rebuilt
from risk import model as models
from risk import scenario
from risk.rollup import ranks

Tree = dict[str, Any]
Rows = list[Tree]
Published = npt.NDArray[np.float32]
_TEXTS = ("kind", "permit", "stage")
_DAYS = ("valid_from", "valid_to")


def base_of(served: Served) -> scenario.Base:
    """The snapshot as arrays; raises SnapshotError E_SCENARIO_OLD when this version of the program cannot use its model."""
    manifest = served.manifest
    try:
        model = models.of_tree(manifest.model)
    except ConfigError as error:
        raise SnapshotError("E_SCENARIO_OLD", key=error.code) from error
    cells, areas = served.cells.table, served.areas.table
    grid = rebuilt(cells, served.snapshot.table("crosswalk"), indicative=manifest.indicative)
    row = served.areas.row_of
    up = np.array([[row[ancestor(code, level)] for code in grid.villages] for level in range(1, 5)], np.int32)
    people = cells["people"].to_numpy().astype(np.float64)
    covered = None if np.isnan(people).all() else people
    return scenario.Base(
        model=model,
        as_of=date.fromisoformat(manifest.as_of),
        grid=grid,
        xyz=grid.xyz(),
        cells=_columns(cells, model.keys),
        areas=_columns(areas, model.keys),
        level=areas["level"].to_numpy(),
        up=up,
        people=covered,
        sites=_records(_rows(served, "sites"), grid, covered),
        posts=_records(_rows(served, "posts"), grid, covered),
    )


def _columns(table: pa.Table, keys: Sequence[str]) -> scenario.Columns:
    def of(prefix: str) -> tuple[npt.NDArray[Any], ...]:
        return tuple(table[f"{prefix}_{key}"].to_numpy() for key in keys)

    return scenario.Columns(of("raw"), of("value"), of("known"))


def _rows(served: Served, name: str) -> Rows:
    found: Rows = served.snapshot.table(name).to_pylist()
    return found


def _records(rows: Rows, grid: Grid, people: npt.NDArray[np.float64] | None) -> Records | None:
    """Rows of a point table on the grid, in their order; None where there are none."""
    if not rows:
        return None
    kode, precision = (np.array([row[name] for row in rows], dtype=object) for name in ("kode", "precision"))
    lon, lat = (np.array([row[name] for row in rows], dtype=np.float64) for name in ("lon", "lat"))
    columns: dict[str, npt.NDArray[Any]] = {
        name: np.array([row.get(name) for row in rows], dtype=object) for name in _TEXTS
    }
    columns |= {name: np.array([row.get(name) for row in rows], dtype="datetime64[D]") for name in _DAYS}
    return Records(place(grid, kode, precision, lon, lat, people), columns)


def form(served: Served, base: scenario.Base, lang: str) -> Tree:
    """What a question may hold: the words for sites, every factor's weight, and the limits."""
    return {
        **served.marks(lang),
        "ready": True,
        "note": say("scenario.note", lang),
        "kinds": list(SITE_KINDS),
        "permits": list(PERMITS),
        "stages": list(STAGES),
        "weights": [
            {"factor": key, "label": phrase(f"factor.{key}.label", lang, key), "weight": weight}
            for key, weight in zip(base.model.keys, base.model.weights.tolist(), strict=True)
        ],
        "most": {"entries": MOST, "cells": CELLS_MOST},
    }


def closed(served: Served, error: SnapshotError, lang: str) -> Tree:
    """Why nothing can be asked of this snapshot."""
    return {**served.marks(lang), "ready": False, "note": f"{error.message(lang)} {error.hint(lang)}"}


def changed_sites(served: Served, question: Question) -> Rows:
    """The list of sites as the question has it: rows keep their place, new ones come last.

    Raises RequestError E_SCENARIO_SITE for an id that is not on the list, E_SCENARIO_PLACE for a point outside the map.
    """
    asked = question.sites
    rows = {row["id"]: row for row in _rows(served, "sites")}
    named = [*(item.id for item in asked.move), *(item.id for item in asked.change), *asked.close, *asked.remove]
    strange = [name for name in named if name not in rows]
    if strange:
        raise RequestError("E_SCENARIO_SITE", value=strange[0][:80])
    for moved in asked.move:
        rows[moved.id] |= _point(served, moved.lon, moved.lat)
    for change in asked.change:
        rows[change.id] |= {name: value for name in _TEXTS if (value := getattr(change, name)) is not None}
    for name in asked.close:
        rows[name] |= {"stage": "closed"}
    for name in asked.remove:
        rows.pop(name, None)
    new = [
        {**_point(served, item.lon, item.lat), **{name: getattr(item, name) for name in _TEXTS}} for item in asked.add
    ]
    return [*rows.values(), *new]


def _point(served: Served, lon: float, lat: float) -> Tree:
    kode = village_at(served, lon, lat)
    if kode is None:
        raise RequestError("E_SCENARIO_PLACE", value=f"{lon}, {lat}")
    return {"kode": kode, "precision": "exact", "lon": lon, "lat": lat}


def pose(served: Served, base: scenario.Base, question: Question) -> tuple[scenario.Outcome, models.RiskModel]:
    """The outcome of a question and the model it was judged with.

    Raises RequestError E_SCENARIO_* when it cannot be asked, SnapshotError E_SCENARIO_OLD when the snapshot cannot be repeated.
    """
    asked = question.sites
    sites, posts, model = base.sites, base.posts, base.model
    if asked.add or asked.move or asked.change or asked.close or asked.remove:
        sites = _records(changed_sites(served, question), base.grid, base.people)
    if question.posts.add:
        new = [_point(served, item.lon, item.lat) for item in question.posts.add]
        posts = _records([*_rows(served, "posts"), *new], base.grid, base.people)
    if question.weights:
        model = scenario.reweighted(base.model, question.weights)
    if sites is base.sites and posts is base.posts and model is base.model:
        raise RequestError("E_SCENARIO_EMPTY")
    return scenario.run(base, sites=sites, posts=posts, model=model), model


def answer(served: Served, base: scenario.Base, question: Question, lang: str) -> Tree:
    """The outcome of a question as it is told; raises as `pose`."""
    outcome, model = pose(served, base, question)
    cells, left_out, moved = _cells(served, outcome.cells, question.cells)
    areas = _areas(served, base, outcome.areas, lang)
    before = np.array(served.manifest.class_cells)
    table = served.cells.table
    old = np.bincount(table["class"].to_numpy()[outcome.cells.rows], minlength=6)
    after = before - old + np.bincount(outcome.cells.scores.classes, minlength=6)
    tree: Tree = {
        **served.marks(lang),
        "scenario": True,
        "title": say("scenario.title", lang),
        "note": say("scenario.note", lang),
        "factors": list(outcome.measured),
        "weights": {
            "before": dict(zip(base.model.keys, base.model.weights.tolist(), strict=True)),
            "after": dict(zip(model.keys, model.weights.tolist(), strict=True)),
        },
        "summary": {
            "cells_computed": len(outcome.cells.rows),
            "cells_changed": moved,
            "areas_changed": len(areas),
            "class_cells": {"before": before.tolist(), "after": after.tolist()},
            "text": say("scenario.summary", lang, cells=moved, areas=len(areas)),
        },
        "cells": {**cells, "left_out": left_out},
        "areas": areas,
    }
    return tree | ({"geojson": _hexagons(cells)} if question.geometry else {})


def _plain(numbers: Published) -> list[float | None]:
    """Published numbers as JSON has them, null for NaN."""
    return [None if number != number else number for number in numbers.tolist()]


def _cells(served: Served, part: scenario.Part, most: int) -> tuple[dict[str, list[Any]], int, int]:
    """The cells whose score, class or coverage differs, largest change first (a score that comes or goes before all), column by column."""
    table = served.cells.table
    before, after, changed = _changes(table, part)
    delta, old_class = after - before, table["class"].to_numpy()[part.rows]
    shown = changed[:most]
    columns = {
        "h3": to_texts(served.cells.cell[part.rows[shown]]),
        "before": _plain(before[shown]),
        "after": _plain(after[shown]),
        "delta": _plain(delta[shown]),
        "class_before": old_class[shown].tolist(),
        "class_after": part.scores.classes[shown].tolist(),
    }
    return columns, len(changed) - len(shown), len(changed)


def _changes(table: pa.Table, part: scenario.Part) -> tuple[Published, Published, npt.NDArray[np.intp]]:
    """Scores before and after (R,), and the rows whose score or coverage differs: scores that come or go, then the largest change."""
    before: Published = table["score"].to_numpy()[part.rows]
    after = part.scores.score.astype(np.float32)
    gone = np.isnan(before) != np.isnan(after)
    delta = np.abs(np.nan_to_num(after - before))
    differs = gone | (delta > 0) | (table["coverage"].to_numpy()[part.rows] != part.scores.coverage.astype(np.float32))
    changed = np.flatnonzero(differs)
    return before, after, changed[np.argsort(np.where(gone, -np.inf, -delta)[changed], kind="stable")]


def _hexagons(cells: dict[str, list[Any]]) -> Tree:
    """The cells of an answer as GeoJSON."""
    features = []
    for number, name in enumerate(cells["h3"]):
        ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(name)]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
                "properties": {key: values[number] for key, values in cells.items()},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _areas(served: Served, base: scenario.Base, part: scenario.Part, lang: str) -> Rows:
    """Areas whose score or coverage differs, largest change first, with the change of every factor's points."""
    index, table = served.areas, served.areas.table
    before, after, changed = _changes(table, part)
    delta = after - before
    whole = table["score"].to_numpy().astype(np.float64)
    whole[part.rows] = part.scores.score
    rank = ranks(whole, base.level)
    points = {key: table[f"contribution_{key}"].to_numpy() for key in base.model.keys}
    old_class = table["class"].to_numpy()
    found = []
    for i in changed.tolist():
        row = int(part.rows[i])
        shifts = {
            key: float(np.float32(part.scores.contribution[i, f]) - points[key][row])
            for f, key in enumerate(base.model.keys)
        }
        parts = sorted(((key, shift) for key, shift in shifts.items() if abs(shift) > 0), key=lambda p: -abs(p[1]))
        brief = index.brief_row(row)
        found.append(
            {
                **{name: brief[name] for name in ("kode", "name", "level", "parent")},
                "before": _plain(before[i : i + 1])[0],
                "after": _plain(after[i : i + 1])[0],
                "delta": _plain(delta[i : i + 1])[0],
                "class_before": int(old_class[row]),
                "class_after": int(part.scores.classes[i]),
                "rank_before": brief["rank"],
                "rank_after": int(rank[row]) or None,
                "parts": [
                    {"factor": key, "label": phrase(f"factor.{key}.label", lang, key), "delta": shift}
                    for key, shift in parts
                ],
            }
        )
    return found
