"""The index as it would have stood on an earlier day, by kecamatan: a rival of the forecast in the back-test, and covariates for models."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from geo.grid import BoolArray, FloatArray, Grid, IntArray
from geo.joins import DAY, Evidence, Records, owner_groups
from risk.factor import factors
from risk.forecast.history import History
from risk.forecast.models import Covariates
from risk.model import RiskModel
from risk.rollup import groups_mean
from risk.score import FactorTable, combine, measure

_EPOCH = date(1970, 1, 1)
_STILL = frozenset({"boundaries", "tps", "posts", "population"})  # sources whose factors are the same on every day


@dataclass
class Panel:
    """Factors of every kecamatan of a grid by day, each made once. Mutable on purpose: it remembers what it has measured."""

    model: RiskModel
    evidence: Evidence
    grid: Grid
    _known: dict[int, FactorTable] = field(default_factory=dict)
    _still: dict[str, tuple[FloatArray, BoolArray]] = field(default_factory=dict)

    def at(self, origin: int) -> FactorTable:
        """The factors (A_all, F) of all kecamatan of the grid from what was known before `origin`."""
        if origin not in self._known:
            self._known[origin] = self._measured(origin)
        return self._known[origin]

    def scores(self, history: History, origin: int) -> FloatArray:
        """(A,) index of the history's kecamatan, NaN where there is none."""
        return combine(self._mine(history, origin), self.model).score

    def covariates(self, history: History, origin: int) -> Covariates | None:
        """Raw factors that do not come from incidents, for the history's kecamatan; None where the model has none known anywhere."""
        table, registered = self._mine(history, origin), factors()
        keep = [
            i
            for i, key in enumerate(table.keys)
            if "incidents" not in registered[key].needs and table.known[:, i].any()
        ]
        return Covariates(tuple(table.keys[i] for i in keep), table.raw[:, keep]) if keep else None

    def _mine(self, history: History, origin: int) -> FactorTable:
        codes, _, _ = owner_groups(self.grid, 3)
        row = np.searchsorted(np.array(codes), np.array(history.areas))
        table = self.at(origin)
        return FactorTable(table.keys, table.raw[row], table.value[row], table.known[row])

    def _measured(self, origin: int) -> FactorTable:
        day = _EPOCH + timedelta(days=origin - 1)
        evidence = replace(self.evidence, incidents=_before(self.evidence.incidents, origin))
        registered = factors()
        dated = [item.key for item in self.model.file.factor if set(registered[item.key].needs) - _STILL]
        again = bool(self._known)
        whole = self._remeasured(evidence, day, dated) if again else measure(self.model, evidence, self.grid, day)
        for i, key in enumerate(whole.keys):
            if key not in dated:
                self._still[key] = (np.column_stack((whole.raw[:, i], whole.value[:, i])), whole.known[:, i])
        return _by_district(whole, self.grid, self.evidence.people)

    def _remeasured(self, evidence: Evidence, day: date, dated: list[str]) -> FactorTable:
        """Only what the day changes is measured again."""
        items = [item for item in self.model.file.factor if item.key in dated]
        part = measure(
            replace(self.model, file=self.model.file.model_copy(update={"factor": items})), evidence, self.grid, day
        )
        columns = {key: (part.raw[:, i], part.value[:, i], part.known[:, i]) for i, key in enumerate(part.keys)}
        columns |= {key: (pair[:, 0], pair[:, 1], known) for key, (pair, known) in self._still.items()}
        made = [columns[key] for key in self.model.keys]
        raw, value = (np.column_stack([column[n] for column in made]).astype(np.float64) for n in range(2))
        return FactorTable(self.model.keys, raw, value, np.column_stack([column[2] for column in made]))


def _by_district(table: FactorTable, grid: Grid, people: FloatArray | None) -> FactorTable:
    """The factors of every kecamatan by the one rule of areas."""
    codes, of_village, _ = owner_groups(grid, 3)
    heads = None if people is None else people[grid.pair_cell] * grid.pair_part
    group: IntArray = of_village[grid.pair_village]
    return groups_mean(table, grid.pair_cell, group, len(codes), grid.pair_km2, heads)


def _before(incidents: Records | None, origin: int) -> Records | None:
    """The incidents that had happened and were known before a day."""
    if incidents is None:
        return None
    day = incidents.columns["occurred_on"].astype(DAY).astype(np.int64)
    chosen = day < origin
    if "known_on" in incidents.columns:
        told = incidents.columns["known_on"].astype(DAY)
        chosen &= np.isnat(told) | (told.astype(np.int64) < origin)
    there = incidents.placement
    kept = {name: getattr(there, name)[chosen] for name in ("cell", "village", "area", "lon", "lat")}
    return Records(replace(there, **kept), {name: column[chosen] for name, column in incidents.columns.items()})
