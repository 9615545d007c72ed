"""Relations that hold for every registered factor and every shipped model, whatever the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.figures import Figures, in_force, of_cells, of_villages, without_whole
from geo.grid import Grid
from geo.joins import Evidence, Placement, Records, area_people
from risk.factor import factors
from risk.model import RiskModel
from risk.normalise import normalise
from risk.score import FactorTable, combine
from risk.score import measure as measure_all
from tests import scene
from tests.test_factors import KEYS, MODELS, measure

SUMS = tuple(key for key in KEYS if factors()[key].sums)
FIGURED = ("electoral_competitiveness", "worker_presence")
every_factor = pytest.mark.parametrize("key", KEYS)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.file.name)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return scene.grid()


@pytest.fixture(scope="module")
def evidence(grid: Grid) -> Evidence:
    return scene.evidence(grid, with_people=True)


def some(records: Records, chosen: np.ndarray) -> Records:
    p = records.placement
    fields = (p.cell[chosen], p.village[chosen], p.area[chosen], p.lon[chosen], p.lat[chosen])
    columns = {name: values[chosen] for name, values in records.columns.items()}
    return Records(Placement(*fields, p.area_cells, p.area_villages), columns)


def test_every_factor_is_used_by_a_model() -> None:
    assert {item.key for model in MODELS for item in model.file.factor} == set(KEYS)


@pytest.mark.parametrize("key", SUMS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_two_sets_of_records_give_adds_up(key: str, grid: Grid, evidence: Evidence, seed: int) -> None:
    name = str(factors()[key].sums)
    records = getattr(evidence, name)
    left = np.random.default_rng(seed).random(len(records)) < 0.5
    whole, known = measure(key, evidence, grid)
    parts = [measure(key, replace(evidence, **{name: some(records, mine)}), grid) for mine in (left, ~left)]
    both = parts[0][1] & parts[1][1]
    assert (both <= known).all()
    assert np.allclose(whole[both], parts[0][0][both] + parts[1][0][both], rtol=1e-10, atol=1e-12)
    for part, seen in parts:
        # More of what is counted never lowers the measure.
        assert (whole[seen] >= part[seen] - 1e-9).all()


@pytest.mark.parametrize("key", SUMS)
def test_twice_the_records_twice_the_sum(key: str, grid: Grid, evidence: Evidence) -> None:
    name = str(factors()[key].sums)
    records = getattr(evidence, name)
    doubled = some(records, np.repeat(np.arange(len(records)), 2))
    raw, known = measure(key, evidence, grid)
    again, again_known = measure(key, replace(evidence, **{name: doubled}), grid)
    assert np.array_equal(known, again_known)
    assert np.allclose(again[known], 2.0 * raw[known], rtol=1e-10, atol=1e-12)


@every_factor
@settings(max_examples=25, deadline=None)
@given(a=st.floats(-500, 5000), b=st.floats(-500, 5000))
def test_values_rise_with_risk_and_stay_in_0_to_1(key: str, a: float, b: float) -> None:
    low, high = np.array([min(a, b)]), np.array([max(a, b)])
    for model in MODELS:
        for item in model.file.factor:
            if item.key == key:
                direction = factors()[key].direction
                below, above = normalise(low, item, direction)[0], normalise(high, item, direction)[0]
                assert 0 <= below <= 1
                assert 0 <= above <= 1
                assert direction * (above - below) >= 0


@every_model
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_scores_rise_with_every_value_and_parts_sum_to_them(model: RiskModel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (40, len(model.keys))
    value, known = rng.random(shape), rng.random(shape) < 0.9
    table = FactorTable(model.keys, value, np.where(known, value, np.nan), known)
    before = combine(table, model)
    scored = np.isfinite(before.score)
    assert np.allclose(before.contribution[scored].sum(axis=1), before.score[scored], atol=1e-9)
    assert (before.contribution[scored] >= 0).all()
    assert ((before.score[scored] >= 0) & (before.score[scored] <= 100 + 1e-9)).all()
    for f in range(shape[1]):
        more = value.copy()
        more[:, f] += (1.0 - more[:, f]) * rng.random(shape[0])
        after = combine(FactorTable(model.keys, more, np.where(known, more, np.nan), known), model)
        assert np.array_equal(np.isfinite(after.score), scored)
        assert (after.score[scored] >= before.score[scored] - 1e-9).all()


@every_model
def test_unknown_is_not_zero(model: RiskModel) -> None:
    """A factor that is not known leaves the mean; one that is known to be 0 lowers it."""
    shape = (1, len(model.keys))
    value = np.full(shape, 0.6)
    everything = np.ones(shape, bool)
    whole = combine(FactorTable(model.keys, value, value, everything), model)
    for f in range(shape[1]):
        known = everything.copy()
        known[0, f] = False
        gone = combine(FactorTable(model.keys, value, np.where(known, value, np.nan), known), model)
        zero = value.copy()
        zero[0, f] = 0.0
        none = combine(FactorTable(model.keys, zero, zero, everything), model)
        assert none.score[0] < whole.score[0]
        assert gone.coverage[0] == pytest.approx(1.0 - model.weights[f])
        if np.isfinite(gone.score[0]):
            assert gone.score[0] == pytest.approx(whole.score[0])


@every_model
def test_a_district_that_never_reported_has_no_score(model: RiskModel, grid: Grid, evidence: Evidence) -> None:
    scores = combine(measure_all(model, evidence, grid, scene.AS_OF), model)
    third = np.array([kode.startswith("64.08.03") for kode in np.array(grid.villages)[grid.owner]])
    assert np.isnan(scores.score[third]).all()
    assert (scores.classes[third] == 0).all()
    assert np.isfinite(scores.score[~third]).any()


@pytest.mark.parametrize("name", ["incidents", "tps", "sites", "posts"])
def test_spreading_keeps_every_total_at_every_level(name: str, grid: Grid, evidence: Evidence) -> None:
    records = getattr(evidence, name)
    amount = np.random.default_rng(7).random(len(records))
    villages = records.placement.villages(amount)
    assert records.placement.cells(amount).sum() == pytest.approx(amount.sum(), rel=1e-12)
    assert villages.sum() == pytest.approx(amount.sum(), rel=1e-12)
    districts = np.unique([code[:8] for code in grid.villages], return_inverse=True)[1]
    assert np.bincount(districts, villages).sum() == pytest.approx(amount.sum(), rel=1e-12)


def test_the_kernel_of_history_keeps_the_total_inside_the_map(grid: Grid, evidence: Evidence) -> None:
    """Rates per km2 times km2 are the decayed incidents again: far from the edge to a few in a hundred (cells are coarse against 3 km)."""
    records = evidence.incidents
    assert records is not None
    p = records.placement
    inner = (p.area < 0) & (np.abs(p.lon - 117.15) < 0.1) & (np.abs(p.lat - 0.15) < 0.1)
    assert inner.any()
    columns = {**records.columns, "severity": np.ones(len(records)), "kind": np.full(len(records), "crime")}
    columns["occurred_on"] = np.full(len(records), np.datetime64(scene.AS_OF))
    alone = replace(evidence, incidents=some(Records(p, columns), np.flatnonzero(inner)))
    raw, _ = measure("incident_history", alone, grid)
    expected = inner.sum() * np.log(2) * 365.25 / 365
    assert (raw * grid.cell_km2 / 100).sum() == pytest.approx(expected, rel=0.1)


def test_workers_per_head_times_heads_are_the_workers(grid: Grid) -> None:
    heads = np.random.default_rng(3).integers(1, 900, grid.size).astype(np.float64)
    kode = np.array(["64.08.01", "64.08.02.2001", "64.08.02.2002", "64.08.02.2003", "64.08.03"], dtype=object)
    count = np.array([60.0, 900.0, 12.0, 7.0, 33.0])
    figures = Figures(kode, np.full(5, "NaT", "datetime64[D]"), count, area_people(grid, kode, heads))
    raw, known = measure("worker_presence", nothing_but(workers=figures), grid)
    assert known.all()
    assert (raw * heads).sum() / 1000 == pytest.approx(count.sum(), rel=1e-12)


def _more_records(evidence: Evidence, grid: Grid, name: str) -> Evidence:
    records = getattr(evidence, name)
    return replace(evidence, **{name: some(records, np.repeat(np.arange(len(records)), 2))})


def _more_posts(evidence: Evidence, grid: Grid, name: str) -> Evidence:
    lon, lat = np.append(evidence.seat_lon, 117.2), np.append(evidence.seat_lat, 0.2)
    posts = evidence.posts
    assert posts is not None
    p = posts.placement
    one = Placement(
        np.append(p.cell, 0), np.append(p.village, 0), np.append(p.area, -1), np.append(p.lon, 117.2),
        np.append(p.lat, 0.2), p.area_cells, p.area_villages,
    )  # fmt: skip
    columns = {key: np.append(values, values[:1]) for key, values in posts.columns.items()}
    return replace(evidence, seat_lon=lon, seat_lat=lat, posts=Records(one, columns))


def _more_figures(evidence: Evidence, grid: Grid, name: str) -> Evidence:
    figures = getattr(evidence, name)
    return replace(evidence, **{name: replace(figures, value=figures.value * 1.1)})


def _more_people(evidence: Evidence, grid: Grid, name: str) -> Evidence:
    assert evidence.people is not None
    return replace(evidence, people=evidence.people * 1.1)


def _more_light(evidence: Evidence, grid: Grid, name: str) -> Evidence:
    assert evidence.lights is not None
    brighter = evidence.lights.radiance.copy()
    brighter[2] += 1.0  # 2023, the last year that had ended
    return replace(evidence, lights=replace(evidence.lights, radiance=brighter))


# Factor -> what makes more of what it measures, and whether raw then rises (1) or falls (-1).
MORE = {
    **dict.fromkeys(SUMS, (_more_records, 1)),
    "population": (_more_people, 1),
    "remoteness": (_more_posts, -1),
    "post_distance": (_more_posts, -1),
    "electoral_competitiveness": (_more_figures, 1),
    "worker_presence": (_more_figures, 1),
    "night_light_change": (_more_light, 1),
}
# A ratio to its own past, and a distance to what boundaries fix: these have relations of their own below.
APART = {"escalation", "border_proximity"}


@every_factor
def test_more_of_what_is_measured_moves_raw_one_way(key: str, grid: Grid, evidence: Evidence) -> None:
    assert (key in MORE) != (key in APART), f"{key}: say in MORE what more of it is"
    if key in APART:
        return
    change, sign = MORE[key]
    raw, known = measure(key, evidence, grid)
    again, again_known = measure(key, change(evidence, grid, factors()[key].needs[0]), grid)
    assert np.array_equal(known, again_known)
    moved = sign * (again - raw)[known]
    assert (moved >= -1e-9).all()
    assert (moved > 1e-9).any()


def test_more_recent_incidents_escalate_and_more_past_ones_calm(grid: Grid, evidence: Evidence) -> None:
    records = evidence.incidents
    assert records is not None
    age = (np.datetime64(scene.AS_OF) - records.columns["occurred_on"]).astype(int)
    raw, known = measure("escalation", evidence, grid)
    for recent, sign in ((age < 90, 1), ((age >= 90) & (age < 1185), -1)):
        twice = some(records, np.concatenate((np.arange(len(records)), np.flatnonzero(recent))))
        again, _ = measure("escalation", replace(evidence, incidents=twice), grid)
        assert (sign * (again - raw)[known] >= -1e-12).all()
        assert (sign * (again - raw)[known] > 1e-9).any()


def test_the_border_is_near_at_the_border(grid: Grid) -> None:
    raw, known = factors()["border_proximity"].measure(nothing_but(), grid, scene.AS_OF, {})
    assert known.all()
    crossing = np.abs(grid.lon[:, None] - np.array([117.1, 117.2])).min(axis=1)
    assert raw[crossing < 0.003].max() < 0.5
    assert raw[crossing > 0.04].min() > 1.0


def nothing_but(**more: object) -> Evidence:
    return replace(Evidence(None, None, None, None, None, np.empty(0), np.empty(0)), **more)


@pytest.mark.parametrize("key", FIGURED)
def test_order_of_figures_does_not_matter(key: str, grid: Grid, evidence: Evidence) -> None:
    name = factors()[key].needs[0]
    figures = getattr(evidence, name)
    raw, known = measure(key, evidence, grid)
    order = np.random.default_rng(5).permutation(len(figures))
    again, again_known = measure(key, replace(evidence, **{name: figures.take(order)}), grid)
    assert np.array_equal(known, again_known)
    assert raw.tobytes() == again.tobytes()


def figures_of(grid: Grid, *rows: tuple[str, date | None, float]) -> Figures:
    return scene.figures(grid, [scene.Figure(*row) for row in rows])


def of_owner(grid: Grid, code: str) -> np.ndarray:
    """Cells that lie wholly in one village of `code`."""
    owners = np.array(grid.villages)[grid.owner]
    alone = np.bincount(grid.pair_cell, minlength=grid.size) == 1
    return alone & np.array([owner.startswith(code) for owner in owners])


def test_the_newest_election_counts_and_never_one_to_come(grid: Grid) -> None:
    rows = [("64.08", date(2020, 12, 9), 9.0), ("64.08", date(2015, 12, 9), 30.0), ("64.08", date(2024, 11, 27), 1.0)]
    evidence = nothing_but(elections=figures_of(grid, *rows))
    factor = factors()["electoral_competitiveness"]
    for as_of, wanted in ((scene.AS_OF, 9.0), (date(2024, 11, 27), 1.0), (date(2016, 1, 1), 30.0)):
        raw, known = factor.measure(evidence, grid, as_of, {})
        assert known.all()
        assert np.allclose(raw, wanted)
    assert not factor.measure(evidence, grid, date(2010, 1, 1), {})[1].any()


def test_the_smallest_area_with_a_figure_counts(grid: Grid) -> None:
    figures = figures_of(
        grid, ("64.08", None, 20.0), ("64.08.01", None, 10.0), ("64.08.01.2002", date(2020, 1, 1), 5.0)
    )
    raw, _ = measure("electoral_competitiveness", nothing_but(elections=figures), grid)
    assert set(raw[of_owner(grid, "64.08.01.2002")]) == {5.0}
    assert set(raw[of_owner(grid, "64.08.01.2001")]) == {10.0}
    assert set(raw[of_owner(grid, "64.08.02")]) == {20.0}


def test_what_is_withheld_stays_unknown_and_cannot_be_had_by_subtraction(grid: Grid, evidence: Evidence) -> None:
    raw, known = measure("worker_presence", evidence, grid)
    assert not known[of_owner(grid, "64.08.02.2002")].any()  # withheld, though its district has 903
    assert (raw[of_owner(grid, "64.08.02.2003")] == 0).all()
    figures = in_force(scene.figures(grid, scene.workers()), scene.AS_OF)
    assert "64.08.02" in figures.kode
    assert "64.08.02" not in without_whole(figures).kode
    only = figures_of(grid, ("64.08.02", None, 12.0), ("64.08.02.2001", None, 9.0))
    rates, seen = measure("worker_presence", nothing_but(workers=only), grid)
    assert not seen[of_owner(grid, "64.08.02.2002")].any()
    assert seen[of_owner(grid, "64.08.02.2001")].all()
    assert np.isnan(rates[~seen]).all()


def test_of_two_figures_for_one_day_the_one_withheld_counts(grid: Grid) -> None:
    rows = [("64.08.01", date(2024, 1, 1), 8.0), ("64.08.01", date(2024, 1, 1), float("nan"))]
    for order in (rows, rows[::-1]):
        assert not measure("worker_presence", nothing_but(workers=figures_of(grid, *order)), grid)[1].any()


def test_workers_without_people_are_unknown(grid: Grid, evidence: Evidence) -> None:
    assert evidence.workers is not None
    for people in (np.full(len(evidence.workers), np.nan), np.zeros(len(evidence.workers))):
        counts = replace(evidence.workers, people=people)
        raw, known = measure("worker_presence", replace(evidence, workers=counts), grid)
        assert not known.any()
        assert np.isnan(raw).all()


def test_a_figure_of_a_place_that_is_not_mapped_says_nothing(grid: Grid) -> None:
    figures = Figures(
        np.array(["64.74.01"], dtype=object), np.array(["2020-01-01"], "datetime64[D]"), np.ones(1), np.ones(1)
    )
    assert np.isnan(of_villages(grid, figures, figures.value)).all()
    assert not of_cells(grid, of_villages(grid, figures, figures.value))[1].any()


def test_lights_of_years_that_had_not_ended_are_not_seen(grid: Grid, evidence: Evidence) -> None:
    factor = factors()["night_light_change"]
    params = {"floor_radiance": 0.5}
    assert not factor.measure(evidence, grid, date(2019, 12, 30), params)[1].any()
    raw, known = factor.measure(evidence, grid, date(2019, 12, 31), params)
    assert known.all()
    town = np.argmin((grid.lon - 117.2) ** 2 + (grid.lat - 0.1) ** 2)
    assert raw[town] > 5
    assert raw[np.argmin((grid.lon - 117.3) ** 2 + (grid.lat - 0.3) ** 2)] == pytest.approx(0.0, abs=0.01)


def test_lights_the_other_way_round_are_the_opposite(grid: Grid, evidence: Evidence) -> None:
    assert evidence.lights is not None
    there = replace(evidence.lights, years=(2014, 2019), radiance=evidence.lights.radiance[:2])
    back = replace(there, radiance=there.radiance[::-1])
    grown, known = measure("night_light_change", replace(evidence, lights=there), grid)
    shrunk, _ = measure("night_light_change", replace(evidence, lights=back), grid)
    assert known.all()
    assert np.allclose((1 + grown / 100) * (1 + shrunk / 100), 1.0)


def test_dark_ground_with_noise_is_no_growth(grid: Grid, evidence: Evidence) -> None:
    rng = np.random.default_rng(2)
    assert evidence.lights is not None
    noise = replace(evidence.lights, years=(2014, 2023), radiance=rng.random((2, grid.size)) * 0.05)
    raw, known = measure("night_light_change", replace(evidence, lights=noise), grid)
    assert known.all()
    assert np.abs(raw).max() < 1.2
