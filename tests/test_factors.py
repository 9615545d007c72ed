"""Promises of every registered factor: golden tables by other means, and relations that hold whatever the numbers."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from core.cells import to_texts
from geo.grid import Grid
from geo.joins import Evidence, Placement, Records
from risk import model as models
from risk.factor import Factor, factors
from tests import scene

GOLDEN = Path(__file__).parent / "golden"
MODELS = [models.load(path.stem) for path in sorted(models.MODELS.glob("*.toml"))]
# As tests/make_golden.py: the parameters of the first model, by name, that has the factor.
PARAMS = {item.key: item.params for model in reversed(MODELS) for item in model.file.factor}
KEYS = tuple(factors())
every_factor = pytest.mark.parametrize("key", KEYS)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return scene.grid()


@pytest.fixture(scope="module")
def evidence(grid: Grid) -> Evidence:
    return scene.evidence(grid)


def measure(key: str, evidence: Evidence, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    return factors()[key].measure(evidence, grid, scene.AS_OF, PARAMS[key])


@every_factor
def test_golden_table(key: str, grid: Grid, evidence: Evidence) -> None:
    path = GOLDEN / f"{key}.csv"
    assert path.is_file(), f"{key} has no golden table: add it to tests/make_golden.py"
    with path.open() as handle:
        rows = list(csv.DictReader(handle))
    assert [row["cell"] for row in rows] == to_texts(grid.cell)
    wanted = np.array([float(row["raw"] or "nan") for row in rows])
    raw, known = measure(key, evidence, grid)
    assert np.array_equal(known, np.isfinite(wanted))
    assert np.allclose(raw[known], wanted[known], rtol=2e-5, atol=1e-6)
    assert np.ptp(wanted[known]) > 0, "a golden table of one value proves nothing"


@every_factor
def test_lengths_and_finite_where_known(key: str, grid: Grid, evidence: Evidence) -> None:
    raw, known = measure(key, evidence, grid)
    assert raw.shape == known.shape == (grid.size,)
    assert known.dtype == bool
    assert np.isfinite(raw[known]).all()


@every_factor
def test_unknown_without_its_source(key: str, grid: Grid) -> None:
    nothing = Evidence(None, None, None, None, None, np.empty(0), np.empty(0))
    raw, known = measure(key, nothing, replace(grid, indicative=True))
    assert not known.any(), f"{key} claims to know without a source"
    assert np.isnan(raw).all()


def _shuffled(records: Records, order: np.ndarray) -> Records:
    p = records.placement
    placement = Placement(
        p.cell[order], p.village[order], p.area[order], p.lon[order], p.lat[order], p.area_cells, p.area_villages
    )
    return Records(placement, {name: values[order] for name, values in records.columns.items()})


@every_factor
def test_order_of_rows_does_not_matter(key: str, grid: Grid, evidence: Evidence) -> None:
    rng = np.random.default_rng(1)
    changed = {
        name: _shuffled(records, rng.permutation(len(records)))
        for name in ("incidents", "tps", "sites", "posts")
        if (records := getattr(evidence, name)) is not None
    }
    raw, known = measure(key, evidence, grid)
    again, known_again = measure(key, replace(evidence, **changed), grid)
    assert np.array_equal(known, known_again)
    assert np.allclose(raw[known], again[known], rtol=1e-12, atol=1e-12)


@every_factor
def test_same_input_same_bits(key: str, grid: Grid, evidence: Evidence) -> None:
    assert measure(key, evidence, grid)[0].tobytes() == measure(key, evidence, grid)[0].tobytes()


@every_factor
def test_it_says_what_it_is(key: str) -> None:
    factor: Factor = factors()[key]
    assert factor.key == key
    assert factor.direction in (-1, 1)
    assert len(factor.cites) > 15
    assert len(factor.caveat) > 15
    assert set(factor.params) == set(PARAMS[key])


@pytest.mark.parametrize("key", ["incident_history", "near_repeat", "escalation"])
def test_what_happens_after_as_of_is_not_seen(key: str, grid: Grid, evidence: Evidence) -> None:
    assert evidence.incidents is not None
    days = evidence.incidents.columns["occurred_on"].copy()
    late = np.arange(len(days)) % 5 == 0
    days[late] = np.datetime64(scene.AS_OF) + 10
    kept = replace(evidence, incidents=_shuffled(evidence.incidents, np.flatnonzero(~late)))
    moved = replace(
        evidence, incidents=Records(evidence.incidents.placement, {**evidence.incidents.columns, "occurred_on": days})
    )
    a, b = measure(key, kept, grid), measure(key, moved, grid)
    assert np.array_equal(a[1], b[1])
    assert np.allclose(a[0][a[1]], b[0][b[1]], rtol=1e-12, atol=1e-12)


def test_a_district_without_reports_is_not_known(grid: Grid, evidence: Evidence) -> None:
    third = np.array([kode.startswith("64.08.03") for kode in np.array(grid.villages)[grid.owner]])
    for key in ("incident_history", "near_repeat", "escalation"):
        _, known = measure(key, evidence, grid)
        assert np.array_equal(known, ~third)


def test_history_fades_with_time(grid: Grid, evidence: Evidence) -> None:
    factor = factors()["incident_history"]
    now, known = factor.measure(evidence, grid, scene.AS_OF, PARAMS["incident_history"])
    later, _ = factor.measure(evidence, grid, scene.AS_OF + timedelta(days=365), PARAMS["incident_history"])
    assert (later[known] <= now[known] + 1e-12).all()
    assert later[known].sum() < now[known].sum()


def test_an_illegal_quarry_weighs_more_than_a_legal_one(grid: Grid, evidence: Evidence) -> None:
    assert evidence.sites is not None
    columns = evidence.sites.columns

    def with_permit(permit: str) -> np.ndarray:
        permits = np.full(len(columns["permit"]), permit)
        sites = Records(evidence.sites.placement, {**columns, "permit": permits})
        return measure("quarry_pressure", replace(evidence, sites=sites), grid)[0]

    assert (with_permit("illegal") >= with_permit("legal")).all()
    assert with_permit("illegal").sum() > with_permit("legal").sum()


def test_peaceful_protest_does_no_harm_but_shows_that_somebody_watches(grid: Grid, evidence: Evidence) -> None:
    assert evidence.incidents is not None
    n = len(evidence.incidents)
    columns = {**evidence.incidents.columns, "kind": np.full(n, "peaceful_protest"), "severity": np.zeros(n)}
    calm = replace(evidence, incidents=Records(evidence.incidents.placement, columns))
    raw, known = measure("incident_history", calm, grid)
    assert known.any()
    assert (raw[known] == 0).all()
