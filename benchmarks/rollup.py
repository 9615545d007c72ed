"""Sums of cells at their parents, every level up to resolution 4: bit arithmetic, against h3-py and pandas groupby."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd

from benchmarks import ground
from benchmarks.race import Race
from core.cells import parent_groups


def race() -> Race:
    cell = ground.grid().cell
    amount = np.random.default_rng(1).random(len(cell))

    def ours() -> object:
        sums = {}
        for res in (7, 6, 5, 4):
            parent, start = parent_groups(cell, res)
            sums[res] = (parent, np.add.reduceat(amount, start))
        return sums

    def theirs() -> object:
        frame = pd.DataFrame({"cell": [h3.int_to_str(c) for c in cell.tolist()], "amount": amount})
        sums = {}
        for res in (7, 6, 5, 4):
            grouped = (
                frame.assign(parent=[h3.cell_to_parent(c, res) for c in frame["cell"]])
                .groupby("parent")["amount"]
                .sum()
            )
            sums[res] = (np.array([h3.str_to_int(c) for c in grouped.index], dtype=np.uint64), grouped.to_numpy())
        return sums

    def same(a: object, b: object) -> bool:
        return all(np.array_equal(a[r][0], b[r][0]) and np.allclose(a[r][1], b[r][1]) for r in (7, 6, 5, 4))  # type: ignore[index]

    return Race("roll-up", "179,552 cells, res 8 to 4", ours, theirs, same, "h3-py + groupby", 50)
