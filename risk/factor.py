"""What a factor is, and the registry of all there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import import_module

import numpy as np
import numpy.typing as npt

from geo.grid import BoolArray, FloatArray, Grid
from geo.joins import Evidence

Params = Mapping[str, float | Mapping[str, float]]
Measured = tuple[FloatArray, BoolArray]


@dataclass(frozen=True)
class Factor:
    """One measure of the ground.

    measure(evidence, grid, as_of, params) -> raw float64 (N,) in `unit`, known bool (N,); raw is finite where known.
    direction +1: more of it means more risk; -1: less. `params` names what the model file must give, `tables` those of them
    that are tables. `sums` names the kind of record that raw is a sum over: what two sets of records give adds up.
    """

    key: str
    unit: str
    direction: int
    needs: tuple[str, ...]
    cites: str
    caveat: str
    params: tuple[str, ...]
    measure: Callable[[Evidence, Grid, date, Params], Measured]
    tables: tuple[str, ...] = ()
    sums: str | None = None


# Order is the order of columns.
REGISTRY: tuple[str, ...] = (
    "risk.factors.incident_history",
    "risk.factors.near_repeat",
    "risk.factors.escalation",
    "risk.factors.tps_exposure",
    "risk.factors.quarry_pressure",
    "risk.factors.project_dispute",
    "risk.factors.population",
    "risk.factors.remoteness",
    "risk.factors.border_proximity",
    "risk.factors.post_distance",
    "risk.factors.electoral_competitiveness",
    "risk.factors.night_light_change",
    "risk.factors.worker_presence",
)


def factors() -> dict[str, Factor]:
    """All registered factors by key, in order."""
    found = [import_module(address).FACTOR for address in REGISTRY]
    return {factor.key: factor for factor in found}


def unknown(grid: Grid) -> Measured:
    """Known nowhere: what a factor answers when its source is not there."""
    return np.full(grid.size, np.nan), np.zeros(grid.size, bool)


def number(params: Params, name: str) -> float:
    """A plain number among the parameters; raises TypeError for a table."""
    value = params[name]
    if isinstance(value, Mapping):
        raise TypeError(f"{name} is a table")
    return float(value)


def table(params: Params, name: str) -> Mapping[str, float]:
    """A table among the parameters; raises TypeError for a number."""
    value = params[name]
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is not a table")
    return value


def lookup(params: Params, name: str, keys: npt.NDArray[np.generic]) -> FloatArray:
    """(R,) the table's number for each key; a key without one takes the table's `default`."""
    values = table(params, name)
    return np.array([float(values.get(str(key), values["default"])) for key in keys.tolist()], dtype=np.float64)
