"""Where a publish computes: in this process, or in parts on workers of Dask (`petarawan[dask]`); the snapshot is the same, bit for bit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from core.errors import ConfigError
from core.work import Run, one_by_one, threads
from geo.grid import Grid
from geo.joins import Evidence
from risk import parts
from risk.model import RiskModel
from risk.score import FactorTable, ScoreTable, combine, measure

Name = Literal["local", "dask"]
NAMES: tuple[Name, ...] = ("local", "dask")
_ROWS_AT_ONCE = 65_536
_MOST_THREADS = 4  # more do not help: the libraries take turns


@dataclass(frozen=True)
class Engine:
    """`run` does independent pieces of work; `in_parts`: factors and scores are computed part by part."""

    run: Run = one_by_one
    in_parts: bool = False

    def judge(self, model: RiskModel, evidence: Evidence, grid: Grid, as_of: date) -> tuple[FactorTable, ScoreTable]:
        """Factors and scores of every cell."""
        if not self.in_parts:
            table = measure(model, evidence, grid, as_of)
            return table, _combined(table, model)
        cut = parts.parts(grid, evidence, parts.reach_km(model), parts.parents_at(grid.resolution))
        tasks = (parts.Task(model, as_of, part) for part in cut)
        shape = (grid.size, len(model.keys))
        raw, value = np.empty(shape, order="F"), np.empty(shape, order="F")
        table, whole, first = (
            FactorTable(model.keys, raw, value, np.empty(shape, np.bool_, order="F")),
            _empty(shape),
            0,
        )
        for piece, scores in self.run(parts.judge, tasks):
            mine = slice(first, first + len(scores.score))
            table.raw[mine], table.value[mine], table.known[mine] = piece.raw, piece.value, piece.known
            _put(whole, mine, scores)
            first = mine.stop
        return table, whole


def _combined(table: FactorTable, model: RiskModel) -> ScoreTable:
    """`combine`, some rows at a time: what it needs on the way is as large as what it gives."""
    whole = _empty(table.raw.shape)
    for first in range(0, len(table.raw), _ROWS_AT_ONCE):
        mine = slice(first, first + _ROWS_AT_ONCE)
        piece = FactorTable(table.keys, table.raw[mine], table.value[mine], table.known[mine])
        _put(whole, mine, combine(piece, model))
    return whole


def _empty(shape: tuple[int, ...]) -> ScoreTable:
    rows = shape[0]
    return ScoreTable(np.empty(rows), np.empty(shape, order="F"), np.empty(rows), np.empty(rows, np.int8))


def _put(whole: ScoreTable, mine: slice, piece: ScoreTable) -> None:
    whole.score[mine], whole.contribution[mine] = piece.score, piece.contribution
    whole.coverage[mine], whole.classes[mine] = piece.coverage, piece.classes


HERE = Engine()


@contextmanager
def engine(name: str, *, workers: int | None = None, scheduler: str | None = None) -> Iterator[Engine]:
    """An engine to compute with inside the block: `local`, one process with `workers` threads; or `dask`, with `workers` processes of its
    own (None: one for each core), or those of the scheduler at an address.

    Raises ConfigError E_ENGINE, E_ENGINE_OPTIONS, E_ENGINE_MISSING, E_ENGINE_SCHEDULER, E_ENGINE_DIFFERS, E_ENGINE_LOST.
    """
    if name not in NAMES:
        raise ConfigError("E_ENGINE", value=name, known=", ".join(NAMES))
    if scheduler is not None and (workers is not None or name != "dask"):
        raise ConfigError("E_ENGINE_OPTIONS")
    if name == "local":
        yield Engine(run=threads(workers or min(_MOST_THREADS, os.cpu_count() or 1)))
        return
    try:
        from publish.engine import dask
    except ModuleNotFoundError as error:
        raise ConfigError("E_ENGINE_MISSING", detail=str(error.name)) from error
    with dask.running(workers, scheduler) as run:
        yield Engine(run=run, in_parts=True)
