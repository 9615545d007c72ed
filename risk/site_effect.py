"""Learned site effect: how much more often incidents befall people living within some km of a kind of site than the rest of their district.

Compared is only inside one kecamatan and inside one spell during which the list of sites stayed the same, so neither a district nor a
year that reports more makes an effect. Letters: N cells, R incidents, S sites, G districts.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import BaseModel, ConfigDict, Field
from scipy.spatial import cKDTree

from core.crs import chord, unit_vectors
from geo.grid import BoolArray, FloatArray, Grid, IntArray
from geo.joins import DAY, Evidence, Records, owner_groups
from risk.forecast.constants import read
from risk.relative_risk import Cases, Estimate, estimate

ANY = "any"  # in place of a permit: all of the kind
_FILE = Path(__file__).with_name("site_effect.toml")


class Constants(BaseModel):
    """risk/site_effect.toml, where the reasons stand."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: str
    radii_km: tuple[Annotated[float, Field(gt=0)], ...]
    years: Annotated[int, Field(gt=0)]
    level: Annotated[float, Field(gt=0, lt=1)]
    least_events: int
    least_near: int
    least_blocks: Annotated[int, Field(ge=2)]
    replicates: Annotated[int, Field(ge=100)]
    false_alarm: Annotated[float, Field(gt=0, lt=1)]
    headline_km: float
    heap_km: float
    heap_share: float


@dataclass(frozen=True)
class SiteEffect:
    """rr (low..high) for people within radius_km of sites of kind and permit (`any`: of the kind); events near out of n compared.

    why : "" where it may be shown; else few_events, few_near, few_blocks (rr, low and high are None), contains_one or chance, and then no
    figure may be told.
    """

    kind: str
    permit: str
    radius_km: float
    events: int
    n: int
    blocks: int
    rr: float | None
    low: float | None
    high: float | None
    p: float | None
    why: str


@cache
def constants() -> Constants:
    """The constants as shipped."""
    return read(Constants, _FILE)


def shown(effects: tuple[SiteEffect, ...]) -> tuple[SiteEffect, ...]:
    """Those that may be told."""
    return tuple(effect for effect in effects if not effect.why)


@dataclass(frozen=True)
class _Ground:
    """What every kind is measured against: people (N,) 0 where not counted, district (N,), and incidents as rows of shares over cells."""

    people: FloatArray
    district: IntArray
    n_districts: int
    where: sp.csr_array  # (R, N) share of each incident in each cell, rows sum to 1
    at_district: IntArray  # (R,)
    day: npt.NDArray[np.datetime64]  # (R,)


def learn(
    grid: Grid, evidence: Evidence, as_of: date, kinds: Set[str], seed: int, limits: Constants | None = None
) -> tuple[SiteEffect, ...]:
    """Effects of every kind of site, and of kind and permit, at every radius, for incidents of `kinds`; the same seed, the same figures.

    Only sites with a known point and incidents known to a point or a village count; empty without people, sites or incidents. Incidents
    after as_of are not looked at.
    """
    limits = limits or constants()
    sites = evidence.sites
    if evidence.people is None or evidence.incidents is None or sites is None:
        return ()
    ground = _ground(grid, evidence, evidence.incidents, evidence.people, as_of, kinds, limits)
    placed = np.flatnonzero(sites.placement.cell >= 0)
    if not len(ground.day) or not len(placed):
        return ()
    spots = unit_vectors(sites.placement.lon[placed], sites.placement.lat[placed])
    kind, permit = (sites.columns[name][placed].astype(str) for name in ("kind", "permit"))
    valid = tuple(sites.columns[name][placed].astype(DAY) for name in ("valid_from", "valid_to"))
    reach = chord(max(limits.radii_km))
    pairs = cKDTree(spots).sparse_distance_matrix(cKDTree(grid.xyz()), reach, output_type="ndarray")
    told = permit != "unknown"  # not a state of its own
    states = set(zip(kind[told].tolist(), permit[told].tolist(), strict=True))
    wanted = sorted({(k, ANY) for k in kind.tolist()} | states)
    found: list[SiteEffect] = []
    for number, (k, p) in enumerate(wanted):
        mine = (kind == k) & ((permit == p) | (p == ANY))
        if p != ANY and mine.sum() == (kind == k).sum():
            continue  # all of one permit: told once, as the kind
        for radius in limits.radii_km:
            near = _near(pairs, mine, radius, grid.size)
            rng = np.random.default_rng([seed, number, round(radius * 1000)])
            found.append(_effect(k, p, radius, _cases(ground, near, (valid[0][mine], valid[1][mine])), limits, rng))
    return _judge(tuple(found), limits)


def _ground(
    grid: Grid,
    evidence: Evidence,
    incidents: Records,
    people: FloatArray,
    as_of: date,
    kinds: Set[str],
    limits: Constants,
) -> _Ground:
    day = incidents.columns["occurred_on"].astype(DAY)
    placement, n = incidents.placement, len(incidents)
    point = placement.cell >= 0
    village = incidents.columns["precision"].astype(str) == "village"
    end = np.datetime64(as_of, "D")
    of_kind = np.isin(incidents.columns["kind"].astype(str), sorted(kinds))
    used = of_kind & (point | village) & (day <= end) & (day > end - np.timedelta64(int(limits.years * 365.25), "D"))
    heads = np.where(np.isfinite(people), people, 0.0)
    town = _towns(grid, evidence, limits.heap_km)
    at = np.flatnonzero(used & point)
    if len(at) and town[placement.cell[at]].mean() > limits.heap_share:
        heads = np.where(town, 0.0, heads)
        used[at] &= ~town[placement.cell[at]]
    points = sp.csr_array(
        (np.ones(int(point.sum())), (np.flatnonzero(point), placement.cell[point])), shape=(n, grid.size)
    )
    areas = placement.area >= 0
    rows = sp.csr_array(
        (np.ones(int(areas.sum())), (np.flatnonzero(areas), placement.area[areas])),
        shape=(n, placement.area_cells.shape[0]),
    )
    where = sp.csr_array(points + rows @ placement.area_cells)[used]
    codes, _, district = owner_groups(grid, 3)
    # A village lies in one district; its border cells may be owned by the next one's village.
    by_district = where @ sp.csr_array(
        (np.ones(grid.size), (np.arange(grid.size), district)), shape=(grid.size, len(codes))
    )
    at_district = np.asarray(by_district.argmax(axis=1)).ravel().astype(np.int32)
    return _Ground(heads, district, len(codes), where, at_district, day[used])


def _towns(grid: Grid, evidence: Evidence, reach_km: float) -> BoolArray:
    """(N,) cells whose centre lies within reach_km of a regency capital."""
    if not len(evidence.seat_lon):
        return np.zeros(grid.size, bool)
    distance, _ = cKDTree(unit_vectors(evidence.seat_lon, evidence.seat_lat)).query(grid.xyz())
    return np.asarray(distance <= chord(reach_km))


def _near(pairs: npt.NDArray[np.void], mine: BoolArray, radius_km: float, cells: int) -> sp.csr_array:
    """(N, S') 1 where the centre of the cell lies within radius_km of the site, for the sites chosen out of S."""
    chosen = pairs[mine[pairs["i"]] & (pairs["v"] <= chord(radius_km))]
    number = np.cumsum(mine) - 1
    return sp.csr_array((np.ones(len(chosen)), (chosen["j"], number[chosen["i"]])), shape=(cells, int(mine.sum())))


def _cases(ground: _Ground, near: sp.csr_array, valid: tuple[npt.NDArray[np.datetime64], ...]) -> Cases:
    """The incidents of districts that had, on their day, people both near a site and not; spells between changes of the list one by one."""
    begins, ends = valid
    after = ends + np.timedelta64(1, "D")
    changes = np.unique(np.concatenate((begins[~np.isnat(begins)], after[~np.isnat(after)])))
    spell = np.searchsorted(changes, ground.day, side="right")
    total = np.bincount(ground.district, ground.people, ground.n_districts)
    reached = np.flatnonzero(np.diff(near.indptr))  # cells near any site; all others are far in every spell
    near, people, district = near[reached], ground.people[reached], ground.district[reached]
    where = sp.csr_array(ground.where[:, reached])
    parts: list[tuple[FloatArray, FloatArray, IntArray]] = []
    for number in np.unique(spell).tolist():
        mine = np.flatnonzero(spell == number)
        first = ground.day[mine[0]] if number == 0 else changes[number - 1]
        open_now = (np.isnat(begins) | (begins <= first)) & (np.isnat(ends) | (ends >= first))
        close = near @ open_now.astype(np.float64) > 0.0
        inside = np.bincount(district, np.where(close, people, 0.0), ground.n_districts)
        share = (inside / np.where(total > 0.0, total, 1.0))[ground.at_district[mine]]
        told = (inside > 0.0) & (inside < total)
        keep = told[ground.at_district[mine]]
        at = np.clip(where[mine] @ close.astype(np.float64), 0.0, 1.0)
        parts.append((at[keep], share[keep], ground.at_district[mine][keep]))
    near_share, share, block = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return Cases(near_share, share, np.unique(block, return_inverse=True)[1].astype(np.int32))


def _effect(
    kind: str, permit: str, radius: float, cases: Cases, limits: Constants, rng: np.random.Generator
) -> SiteEffect:
    n, events = len(cases.near), float(cases.near.sum())
    blocks = int(cases.block.max()) + 1 if n else 0
    wanted: tuple[tuple[str, float, int], ...] = (
        ("few_events", n, limits.least_events),
        ("few_near", events, limits.least_near),
        ("few_blocks", blocks, limits.least_blocks),
    )
    few = next((code for code, there, least in wanted if there < least), "")
    draft = SiteEffect(kind, permit, radius, int(events), n, blocks, None, None, None, None, few)
    if few:
        return draft
    got: Estimate = estimate(cases, level=limits.level, replicates=limits.replicates, rng=rng)
    why = "contains_one" if got.low <= 1.0 <= got.high else ""
    return replace(draft, rr=got.rr, low=got.low, high=got.high, p=got.p, why=why)


def _judge(found: tuple[SiteEffect, ...], limits: Constants) -> tuple[SiteEffect, ...]:
    """Holm's step-down rule over kinds and permits at the headline radius; what falls there is shown at no radius."""
    tried = sorted(
        (
            (effect.p, effect.kind, effect.permit)
            for effect in found
            if effect.radius_km == limits.headline_km and effect.p is not None
        ),
    )
    passed: set[tuple[str, str]] = set()
    for place, (p, kind, permit) in enumerate(tried):
        if p > limits.false_alarm / (len(tried) - place):
            break
        passed.add((kind, permit))
    return tuple(
        effect if effect.why or (effect.kind, effect.permit) in passed else replace(effect, why="chance")
        for effect in found
    )
