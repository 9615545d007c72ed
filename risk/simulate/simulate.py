"""From a recipe and a seed to a history, the covariates offered with it and the truth behind it; and a history without any pattern."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.grid import FloatArray
from risk.forecast.history import History
from risk.forecast.models import Covariates
from risk.simulate.ground import survey
from risk.simulate.process import background, happen
from risk.simulate.recipe import Recipe
from risk.simulate.record import codes, write_down


@dataclass(frozen=True)
class Truth:
    """What the simulator knows and a fit has to find out."""

    branching: float
    decay_days: float  # of the exponential trigger
    range_km: float  # standard deviation on each axis, of the Gaussian trigger
    site_risk: float
    background: FloatArray  # (A,) incidents a day, in the order of History.areas
    triggered: float  # share of what happened


@dataclass(frozen=True)
class Simulated:
    """One invented province."""

    recipe: Recipe
    history: History
    covariates: Covariates  # "site": 1 where there is a galian C
    truth: Truth

    @property
    def end(self) -> int:
        """First day after the window, days since 1970-01-01."""
        return self.recipe.first + self.recipe.days


def simulate(recipe: Recipe, seed: int) -> Simulated:
    """The province of a recipe; ground, incidents and record draw from streams of their own, so variants of one seed share their ground."""
    rngs = [np.random.Generator(np.random.PCG64(part)) for part in np.random.SeedSequence(seed).spawn(3)]
    ground = survey(recipe, rngs[0])
    happened = happen(ground, recipe, rngs[1])
    history = write_down(ground, happened, recipe, rngs[2])
    order = codes(ground)[2]
    truth = Truth(
        branching=recipe.branching,
        decay_days=recipe.decay_days,
        range_km=recipe.range_km,
        site_risk=recipe.site_risk,
        background=background(ground, recipe)[order],
        triggered=float(happened.triggered.mean()) if len(happened.day) else 0.0,
    )
    return Simulated(recipe, history, Covariates(("site",), ground.site[order].astype(np.float64)[:, None]), truth)


def shuffled(history: History, seed: int) -> History:
    """The same days and the same number of records, each at a place drawn anew by area of land: where there is nothing to foresee.

    Every record stands at the centre of its kecamatan; PAI by area must come out at about 1.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    area = rng.choice(len(history.areas), len(history.day), p=history.km2 / history.km2.sum()).astype(np.int32)
    return replace(
        history,
        area=area,
        home=history.regency[area].astype(np.int32),
        event_lon=history.lon[area],
        event_lat=history.lat[area],
    )
