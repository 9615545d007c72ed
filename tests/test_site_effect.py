"""The learned site effect: the statistics against brute force, and when nothing may be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
import shapely
from scipy.optimize import minimize_scalar

from geo.grid import Grid, build
from geo.joins import Evidence, Records, place
from risk.relative_risk import Cases, estimate
from risk.site_effect import Constants, SiteEffect, constants, learn, shown

AS_OF = date(2024, 10, 31)
KINDS = frozenset({"land_dispute", "communal_violence"})
NO_DAY = np.datetime64("NaT", "D")


def clustered(rr: float, rng: np.random.Generator, blocks: int = 20, per_block: int = 12) -> Cases:
    """Incidents in clusters of about three at one place; one cluster in five is known to an area only."""
    near, share, block = [], [], []
    for number in range(blocks):
        q, left = 0.02 + 0.6 * rng.beta(1, 4), rng.poisson(per_block) + 1
        while left > 0:
            size = min(left, 1 + rng.poisson(2))
            left -= size
            inside = float(rng.random() < q * rr / (1 + q * (rr - 1)))
            near += [inside] * size
            share += [q] * size
            block += [number] * size
    return Cases(np.array(near), np.array(share), np.array(block, np.int32))


def _log_likelihood(cases: Cases, log_rr: float) -> float:
    rr = np.exp(log_rr)
    return float(sum(np.log((n * rr + 1 - n) / (q * rr + 1 - q)) for n, q in zip(cases.near, cases.share, strict=True)))


def test_the_estimate_is_the_maximum_of_the_likelihood() -> None:
    rng = np.random.default_rng(1)
    cases = clustered(2.5, rng)
    vague = replace(cases, near=np.where(rng.random(len(cases.near)) < 0.3, rng.random(len(cases.near)), cases.near))
    for made in (cases, vague):
        best = minimize_scalar(lambda t, made=made: -_log_likelihood(made, t), bounds=(-5, 5), method="bounded")
        found = estimate(made, level=0.95, replicates=200, rng=np.random.default_rng(2))
        assert np.log(found.rr) == pytest.approx(best.x, abs=1e-3)
        for end in (found.low, found.high):  # never narrower than the profile
            assert 2 * (-best.fun - _log_likelihood(made, float(np.log(end)))) > 3.7


def test_with_one_share_everywhere_it_is_the_ratio_of_rates() -> None:
    near = np.array(([1.0] * 30 + [0.0] * 70) * 2)
    cases = Cases(near, np.full(200, 0.1), np.repeat(np.arange(10), 20).astype(np.int32))
    found = estimate(cases, level=0.95, replicates=200, rng=np.random.default_rng(3))
    assert found.rr == pytest.approx((60 / 0.1) / (140 / 0.9), rel=1e-3)


@pytest.mark.parametrize("rr", [1.0, 2.0])
def test_intervals_cover_and_nothing_is_told_of_no_effect_though_incidents_come_in_clusters(rr: float) -> None:
    covered, told, runs = 0, 0, 80
    for seed in range(runs):
        rng = np.random.default_rng([4, seed])
        found = estimate(clustered(rr, rng), level=0.95, replicates=200, rng=rng)
        covered += found.low <= rr <= found.high
        told += found.low > 1.0 or found.high < 1.0
    assert covered / runs > 0.87  # 95 % less three standard errors of 80 runs
    assert told / runs < 0.13 if rr == 1.0 else told / runs > 0.4


def test_one_block_tells_nothing() -> None:
    with pytest.raises(ValueError, match="blocks"):
        estimate(
            Cases(np.ones(9), np.full(9, 0.2), np.zeros(9, np.int32)),
            level=0.95,
            replicates=100,
            rng=np.random.default_rng(5),
        )


@cache
def _grid() -> Grid:
    """Twelve kecamatan of one village each, squares of about 11 km."""
    shapes = {
        f"64.08.{k + 1:02d}.2001": shapely.box(
            117 + 0.1 * (k % 4), 0.1 * (k // 4), 117.1 + 0.1 * (k % 4), 0.1 * (k // 4 + 1)
        )
        for k in range(12)
    }
    return build(tuple(shapes), np.array(list(shapes.values()), dtype=object), 8, indicative=False)


def _people(grid: Grid) -> np.ndarray:
    return np.round(50 + 200 * np.abs(np.sin(grid.lon * 90) * np.cos(grid.lat * 70)))


def _records(grid: Grid, cell: np.ndarray, precision: str, people: np.ndarray, **columns: object) -> Records:
    n = len(cell)
    kode = np.array([grid.villages[v] for v in grid.owner[cell]], dtype=object)
    how = np.full(n, precision, dtype=object)
    placed = place(grid, kode, how, grid.lon[cell], grid.lat[cell], people)
    return Records(placed, {**{k: np.asarray(v) for k, v in columns.items()}, "kode": kode, "precision": how})


def _site_cells(grid: Grid) -> np.ndarray:
    """One in every kecamatan, a third from its west and south side."""
    at = [(117 + 0.1 * (k % 4) + 0.035, 0.1 * (k // 4) + 0.035) for k in range(12)]
    return np.array([int(np.argmin((grid.lon - x) ** 2 + (grid.lat - y) ** 2)) for x, y in at])


def _evidence(
    effect: float,
    seed: int = 6,
    n: int = 500,
    precision: str = "exact",
    begins: str | None = None,
    permit: str = "illegal",
) -> tuple[Grid, Evidence]:
    """Incidents by people, `effect` times as many within 2 km of a quarry from the day it began."""
    grid, rng = _grid(), np.random.default_rng(seed)
    people, sites = _people(grid), _site_cells(grid)
    distance = np.min([np.hypot(grid.lon - grid.lon[s], grid.lat - grid.lat[s]) for s in sites], axis=0) * 111.2
    day = np.datetime64(AS_OF, "D") - rng.integers(0, 3000, n)
    start = np.datetime64(begins or "1900-01-01", "D")
    weight = people * np.where(distance <= 2.0, effect, 1.0)
    cell = np.where(
        day >= start,
        rng.choice(grid.size, n, p=weight / weight.sum()),
        rng.choice(grid.size, n, p=people / people.sum()),
    )
    incidents = _records(grid, cell, precision, people, occurred_on=day, kind=np.full(n, "land_dispute", dtype=object))
    quarries = _records(
        grid,
        sites,
        "exact",
        people,
        kind=np.full(12, "galian_c", dtype=object),
        permit=np.full(12, permit, dtype=object),
        valid_from=np.full(12, np.datetime64(begins, "D") if begins else NO_DAY),
        valid_to=np.full(12, NO_DAY),
    )
    return grid, Evidence(incidents, None, quarries, None, people, np.empty(0), np.empty(0))


def _at(effects: tuple[SiteEffect, ...], radius: float, permit: str = "any") -> SiteEffect:
    return next(effect for effect in effects if effect.radius_km == radius and effect.permit == permit)


def test_a_threefold_risk_is_found_with_an_interval_that_holds_it() -> None:
    grid, evidence = _evidence(3.0)
    effects = learn(grid, evidence, AS_OF, KINDS, 7)
    found = _at(effects, 2.0)
    assert found in shown(effects) and found.low <= 3.0 <= found.high and found.low > 1.5
    assert found.n == 500 and found.blocks == 12 and found.events >= 10
    wider = _at(effects, 5.0)
    assert wider.rr is not None and wider.rr < found.rr
    assert {effect.permit for effect in effects} == {"any"}  # one permit alone is told once
    assert learn(grid, evidence, AS_OF, KINDS, 7) == effects
    shuffled = np.random.default_rng(2).permutation(500)
    there = evidence.incidents
    mixed = _records(
        grid,
        there.placement.cell[shuffled],
        "exact",
        evidence.people,
        **{name: there.columns[name][shuffled] for name in ("occurred_on", "kind")},
    )
    again = _at(learn(grid, replace(evidence, incidents=mixed), AS_OF, KINDS, 7), 2.0)
    assert again.rr == pytest.approx(found.rr, rel=1e-9) and again.low == pytest.approx(found.low, rel=1e-9)


def test_without_an_effect_nothing_is_told() -> None:
    told = 0
    for seed in range(12):
        grid, evidence = _evidence(1.0, seed=100 + seed)
        told += bool(shown(learn(grid, evidence, AS_OF, KINDS, seed)))
    assert told <= 2


def test_an_effect_that_may_be_none_and_too_few_incidents_are_withheld_with_the_reason() -> None:
    grid, evidence = _evidence(1.0, seed=8)
    effects = learn(grid, evidence, AS_OF, KINDS, 7)
    assert all(effect.why == "contains_one" for effect in effects if effect.low and effect.low <= 1 <= effect.high)
    grid, evidence = _evidence(3.0, n=40)
    assert {effect.why for effect in learn(grid, evidence, AS_OF, KINDS, 7)} == {"few_events"}
    limits = constants().model_copy(update={"least_blocks": 13})
    grid, evidence = _evidence(3.0)
    assert _at(learn(grid, evidence, AS_OF, KINDS, 7, limits), 2.0).why == "few_blocks"
    assert all(effect.rr is None for effect in effects if effect.why.startswith("few"))


def test_what_happened_before_a_site_was_there_does_not_count_as_near_it() -> None:
    grid, evidence = _evidence(4.0, n=1500, begins="2021-01-01")
    found = _at(learn(grid, evidence, AS_OF, KINDS, 7), 2.0)
    assert found.n < 800 and found.low <= 4.0 <= found.high and found.low > 1.0


def test_villages_as_places_widen_the_interval_and_districts_count_not_at_all() -> None:
    exact = _at(learn(*_evidence(3.0), AS_OF, KINDS, 7), 2.0)
    grid, evidence = _evidence(3.0, precision="village")
    vague = _at(learn(grid, evidence, AS_OF, KINDS, 7), 2.0)  # the village is the whole kecamatan: it says nothing
    assert vague.why and (vague.rr is None or (vague.low < exact.low and vague.high > exact.high))
    grid, evidence = _evidence(3.0, precision="district")
    assert learn(grid, evidence, AS_OF, KINDS, 7) == ()


def test_without_people_or_sites_or_incidents_of_the_kind_there_is_nothing() -> None:
    grid, evidence = _evidence(3.0)
    assert learn(grid, replace(evidence, people=None), AS_OF, KINDS, 7) == ()
    assert learn(grid, replace(evidence, sites=None), AS_OF, KINDS, 7) == ()
    assert learn(grid, replace(evidence, incidents=None), AS_OF, KINDS, 7) == ()
    assert learn(grid, evidence, AS_OF, frozenset({"armed_violence"}), 7) == ()
    assert learn(grid, evidence, date(2010, 1, 1), KINDS, 7) == ()  # all of it is later
    nobody = learn(grid, replace(evidence, people=np.zeros(grid.size)), AS_OF, KINDS, 7)
    assert {effect.why for effect in nobody} == {"few_events"}
    unknown = learn(grid, replace(evidence, people=np.full(grid.size, np.nan)), AS_OF, KINDS, 7)
    assert {effect.why for effect in unknown} == {"few_events"}


def test_a_capital_that_stands_for_its_regency_does_not_make_the_plant_beside_it_dangerous() -> None:
    grid, evidence = _evidence(1.0, seed=9)
    town = _site_cells(grid)[0]
    cell = np.concatenate((evidence.incidents.placement.cell, np.full(400, town)))
    day = np.concatenate((evidence.incidents.columns["occurred_on"], np.full(400, np.datetime64(AS_OF, "D"))))
    heaped = _records(
        grid, cell, "exact", evidence.people, occurred_on=day, kind=np.full(len(cell), "land_dispute", dtype=object)
    )
    seat = {"seat_lon": grid.lon[[town]], "seat_lat": grid.lat[[town]]}
    naive = _at(learn(grid, replace(evidence, incidents=heaped), AS_OF, KINDS, 7), 2.0)
    careful = _at(learn(grid, replace(evidence, incidents=heaped, **seat), AS_OF, KINDS, 7), 2.0)
    assert naive.rr > 3.0 and careful.rr < 1.6 and careful.n < 500


def test_holm_withholds_what_many_tries_make_likely() -> None:
    grid, evidence = _evidence(1.9, n=260, seed=12)
    alone = learn(grid, evidence, AS_OF, KINDS, 7)
    strict: Constants = constants().model_copy(update={"false_alarm": 1e-12})
    judged = learn(grid, evidence, AS_OF, KINDS, 7, strict)
    assert shown(alone) and not shown(judged)
    assert {effect.why for effect in judged if effect in judged and effect.low and effect.low > 1} == {"chance"}
