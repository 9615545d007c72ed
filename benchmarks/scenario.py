"""What-if on the demo of Kalimantan Timur: one quarry against the full publish of the changed workspace, and other weights on every cell.

The answers are equal bit for bit on every cell and area (the quarry), and within float32 of a data frame's (the weights).
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from api import scenario as asked
from api.served import Served, prepare
from api.whatif import Question
from benchmarks.race import Race
from publish.demo import write_demo
from publish.run import publish
from risk import scenario
from store.snapshot import open_current
from tests.whatif import differences, published

ROW = "Galian C baru,Galian C,Tanpa izin,Operasi,,,0.13000,117.47000\n"
QUARRY = {"kind": "galian_c", "permit": "illegal", "stage": "operating", "lon": 117.47, "lat": 0.13}
WEIGHTS = {"quarry_pressure": 0.3, "remoteness": 0.0}


@cache
def workspace() -> Path:
    folder = write_demo(Path(tempfile.mkdtemp(prefix="petarawan-bench-")) / "demo")
    publish(folder)
    return folder


@cache
def changed() -> Path:
    """The published workspace with the quarry on its list."""
    folder = workspace().with_name("baru")
    shutil.copytree(workspace(), folder, ignore=shutil.ignore_patterns("snapshots", "CURRENT", "build", "quarantine"))
    with (folder / "contoh-lokasi.csv").open("a", encoding="utf-8") as file:
        file.write(ROW)
    publish(folder)
    return folder


@cache
def ready() -> tuple[Served, scenario.Base]:
    served = prepare(open_current(workspace()))
    return served, asked.base_of(served)


def races() -> tuple[Race, ...]:
    return quarry(), weights()


def quarry() -> Race:
    served, base = ready()
    question = Question.model_validate({"sites": {"add": [QUARRY]}})

    def ours() -> object:
        asked.answer(served, base, question, "id")  # with the whole answer made
        return None

    def same(_a: object, b: object) -> bool:
        found, _ = asked.pose(served, base, question)
        return differences(published(workspace()), found, published(changed())) == {}

    return Race(
        "what-if: one quarry", f"{base.grid.size:,} cells", ours, changed, same, "full publish", 20, share=0.999_999
    )


def weights() -> Race:
    _, base = ready()
    model = scenario.reweighted(base.model, WEIGHTS)
    whole = base.cells.table(model.keys, slice(None))
    frame = pd.DataFrame(whole.value, columns=list(model.keys))

    def ours() -> np.ndarray:
        return scenario.run(base, sites=base.sites, posts=base.posts, model=model).cells.scores.score

    def theirs() -> np.ndarray:
        weight = pd.Series(model.weights, index=model.keys)
        coverage = frame.notna().mul(weight).sum(axis=1)
        part = frame.mul(100.0 * weight).div(coverage, axis=0)
        score = part.sum(axis=1).where(coverage >= model.file.coverage_floor - 1e-12)
        pd.cut(score, [-1.0, *model.file.thresholds, 101.0], right=False)
        return score.to_numpy()

    def same(a: object, b: object) -> bool:
        return bool(np.allclose(a, b, atol=1e-9, equal_nan=True))  # type: ignore[arg-type]

    return Race("what-if: other weights", f"{base.grid.size:,} cells", ours, theirs, same, "pandas", 1)
