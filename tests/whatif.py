"""A what-if held against the full publish of the workspace it speaks of: every judged number of every cell and area, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from api.served import Served, prepare
from risk import scenario
from store.snapshot import Snapshot, open_current


def served(workspace: Path) -> Served:
    return prepare(open_current(workspace))


def expected(before: pa.Table, part: scenario.Part, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The judged columns of a table with the part's rows on it, as a publish would write them (NaN where null)."""
    made: dict[str, np.ndarray] = {
        "score": part.scores.score,
        "class": part.scores.classes,
        "coverage": part.scores.coverage,
    }
    for f, key in enumerate(keys):
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


def differences(before: Snapshot, found: scenario.Outcome, after: Snapshot) -> dict[str, int]:
    """Columns of the two tables that are not the same bits, with the number of rows; empty when the what-if is the publish."""
    wrong: dict[str, int] = {}
    for name, part in (("cells", found.cells), ("areas", found.areas)):
        old, new = (getattr(snapshot, name).combine_chunks() for snapshot in (before, after))
        for column, numbers in expected(old, part, after.keys).items():
            published = new[column].to_numpy()
            same = np.array_equal(published, numbers, equal_nan=published.dtype.kind == "f")
            if not same:
                wrong[f"{name}.{column}"] = int(
                    np.sum((published != numbers) & ~(np.isnan(published) & np.isnan(numbers)))
                )
    return wrong
