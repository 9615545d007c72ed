"""A what-if held against the full computation of the workspace it speaks of: every judged number of every cell and area, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from api import scenario as asked
from api.served import Served, prepare
from api.whatif import Question
from core import settings
from publish import assemble, inputs
from risk import model as models
from risk import scenario, score
from store.snapshot import open_current

Tables = dict[str, pa.Table]


def served(workspace: Path) -> Served:
    return prepare(open_current(workspace))


def told(ready: Served, body: dict[str, object]) -> scenario.Outcome:
    """What the question's outcome is, on arrays made afresh from the snapshot."""
    return asked.pose(ready, asked.base_of(ready), Question.model_validate(body))[0]


def published(workspace: Path) -> Tables:
    """The two judged tables as the current snapshot holds them."""
    snapshot = open_current(workspace)
    return {"cells": snapshot.cells.combine_chunks(), "areas": snapshot.areas.combine_chunks()}


def computed(workspace: Path) -> Tables:
    """The two judged tables as a publish of the workspace makes them, without tiles and forecasts."""
    config = settings.load(workspace)
    model = models.load(config.model, workspace)
    found = inputs.read(workspace, config, lambda _step: None, allow_empty=False)
    evidence = found.gathered.evidence
    table = score.measure(model, evidence, found.grid, config.as_of)
    scores = score.combine(table, model)
    areas = assemble.areas((found.tree, found.grid), config.area, model, table, scores, evidence)
    return {"cells": assemble.cells(found.grid, table, scores, evidence), "areas": areas}


def expected(before: pa.Table, part: scenario.Part) -> dict[str, np.ndarray]:
    """The judged columns of a table with the part's rows on it, as a publish would write them (NaN where null)."""
    made: dict[str, np.ndarray] = {
        "score": part.scores.score,
        "class": part.scores.classes,
        "coverage": part.scores.coverage,
    }
    for f, key in enumerate(part.factors.keys):
        made |= {
            f"raw_{key}": part.factors.raw[:, f],
            f"value_{key}": part.factors.value[:, f],
            f"known_{key}": part.factors.known[:, f],
            f"contribution_{key}": part.scores.contribution[:, f],
        }
    columns = {}
    for name, numbers in made.items():
        columns[name] = before[name].to_numpy().copy()
        columns[name][part.rows] = numbers
    return columns


def differences(before: Tables, found: scenario.Outcome, after: Tables) -> dict[str, int]:
    """Columns that are not the same bits, with the number of rows; empty when the what-if is the publish.

    A factor of weight 0 is a factor that the other model does not have.
    """
    wrong: dict[str, int] = {}
    for name, part in (("cells", found.cells), ("areas", found.areas)):
        for column, numbers in expected(before[name], part).items():
            if column not in after[name].column_names:
                continue
            there = after[name][column].to_numpy()
            same = (there == numbers) | (np.isnan(there) & np.isnan(numbers))
            if not same.all():
                wrong[f"{name}.{column}"] = int((~same).sum())
    return wrong
