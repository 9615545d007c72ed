"""What truly happens on the invented ground: background incidents and the chains they set off, generation by generation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.grid import FloatArray, IntArray
from risk.simulate.ground import Ground
from risk.simulate.recipe import Recipe

_MONTH = 30
DayArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Happened:
    """The incidents of the window in order of day; letter R."""

    day: DayArray  # (R,) days since 1970-01-01
    x: FloatArray  # (R,) km
    y: FloatArray
    area: IntArray  # (R,) kecamatan
    triggered: npt.NDArray[np.bool_]  # (R,) set off by an earlier one


def background(ground: Ground, recipe: Recipe) -> FloatArray:
    """(A,) background incidents a day: a log-linear function of people and sites, scaled to background_per_year."""
    rate = ground.people**recipe.people_slope * np.where(ground.site, recipe.site_risk, 1.0)
    return np.asarray(recipe.background_per_year / 365.25 * rate / rate.sum(), dtype=np.float64)


def happen(ground: Ground, recipe: Recipe, rng: np.random.Generator) -> Happened:
    """Draw the incidents by their branching structure (Hawkes & Oakes 1974).

    Time is counted in days, as incidents are reported: an incident can be set off from the day after on, with a lag that is geometric
    ("exponential") or Omori-Lomax ("power"). The province is an island: a place outside it is drawn again.
    """
    burn = round(recipe.burn_years * 365.25)
    first, end = recipe.first - burn, recipe.first + recipe.days
    area, day = _background_incidents(ground, recipe, (first, end), rng)
    x, y = ground.scatter(area, rng)
    found = [(day, x, y, np.zeros(len(day), bool))]
    while len(day):
        parent = np.repeat(np.arange(len(day)), rng.poisson(recipe.branching, len(day)))
        day = day[parent] + _lag(recipe, len(parent), rng)
        stays = day < end
        day, parent = day[stays], parent[stays]
        x, y = _near(ground, x[parent], y[parent], recipe, rng)
        found.append((day, x, y, np.ones(len(day), bool)))
    day, x, y, triggered = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(day, kind="stable")
    order = order[day[order] >= recipe.first]
    return Happened(day[order], x[order], y[order], ground.locate(x[order], y[order]), triggered[order])


def _background_incidents(
    ground: Ground, recipe: Recipe, window: tuple[int, int], rng: np.random.Generator
) -> tuple[IntArray, DayArray]:
    """(R,), (R,) kecamatan and day; with hidden causes the rate of each month is the background times exp of an AR(1)."""
    first, end = window
    rate = background(ground, recipe)
    places = np.arange(len(rate), dtype=np.int32)
    if recipe.hidden_sd == 0.0:
        area = np.repeat(places, rng.poisson(rate * (end - first)))
        return area, rng.integers(first, end, len(area))
    kept = float(np.exp(-_MONTH / (365.25 * recipe.hidden_years)))
    hidden = rng.standard_normal(len(rate))
    areas, days = [], []
    for start in range(first, end, _MONTH):
        length = min(_MONTH, end - start)
        factor = np.exp(recipe.hidden_sd * hidden - 0.5 * recipe.hidden_sd**2)
        areas.append(np.repeat(places, rng.poisson(rate * factor * length)))
        days.append(rng.integers(start, start + length, len(areas[-1])))
        hidden = kept * hidden + np.sqrt(1.0 - kept * kept) * rng.standard_normal(len(rate))
    return np.concatenate(areas), np.concatenate(days)


def _lag(recipe: Recipe, size: int, rng: np.random.Generator) -> DayArray:
    """(R,) days, 1 and more."""
    if recipe.trigger == "exponential":
        return rng.geometric(-np.expm1(-1.0 / recipe.decay_days), size)
    lomax = recipe.omori_c_days * (rng.random(size) ** (-1.0 / (recipe.omori_p - 1.0)) - 1.0)
    return 1 + np.floor(np.minimum(lomax, 1e6)).astype(np.int64)


def _near(
    ground: Ground, x: FloatArray, y: FloatArray, recipe: Recipe, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """(R,), (R,) km: a place on the ground near each of the places."""
    near_x, near_y = x.copy(), y.copy()
    left = np.arange(len(x))
    while len(left):
        dx, dy = _step(recipe, len(left), rng)
        near_x[left], near_y[left] = x[left] + dx, y[left] + dy
        left = left[ground.locate(near_x[left], near_y[left]) < 0]
    return near_x, near_y


def _step(recipe: Recipe, size: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """(R,), (R,) km east and north."""
    if recipe.trigger == "exponential":
        steps = rng.standard_normal((2, size)) * recipe.range_km
        return steps[0], steps[1]
    far = recipe.near_km * np.sqrt(rng.random(size) ** (-1.0 / (recipe.near_q - 1.0)) - 1.0)
    turn = rng.uniform(0.0, 2.0 * np.pi, size)
    return far * np.cos(turn), far * np.sin(turn)
