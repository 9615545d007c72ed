"""Promises of the engines: whoever computes, and in whatever parts, the bits are the same; what cannot be done is said."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from core.crs import arc_km, chord, unit_vectors
from core.errors import ConfigError
from core.work import one_by_one, threads
from geo.figures import Figures, Lights
from geo.grid import Grid, build, cells_at
from geo.joins import Evidence, Records, place
from geo.overlap import centres, polygons, reach, touched
from publish.engine import Engine, engine
from publish.engine.likeness import likeness
from publish.run import publish
from risk import kernels, parts
from risk import model as models
from risk.factor import factors
from risk.score import combine, measure
from store.snapshot import open_current
from tests import scene
from tests.cli_client import Run
from tests.test_publish import workspace

distributed = pytest.importorskip("distributed")
MODELS = [models.load(path.stem) for path in sorted(models.MODELS.glob("*.toml"))]
LIST = ("galian_c", "coal_mine", "industry", "plantation")


@cache
def country() -> Grid:
    """Two islands, a hundred square villages in twenty districts, at resolution 7: some 330 km from end to end."""
    squares = {
        f"64.{1 + k // 10:02d}.{1 + k % 10:02d}.{2001 + n}": shapely.box(x, 0.12 * n, x + 0.12, 0.12 * (n + 1))
        for k in range(20)
        for n in range(5)
        for x in (116.0 + 0.12 * k + (0.6 if k >= 10 else 0.0),)
    }
    shapes = np.array(list(squares.values()), dtype=object)
    return build(tuple(squares), shapes, 7, indicative=False)


def _records(grid: Grid, many: int, seed: int, **columns: Any) -> Records:
    """Records of all precisions, some of them a little off the coast."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, grid.size, many)
    deep = rng.integers(0, 4, many)  # exact, village, district, regency
    names = np.array(["exact", "village", "district", "regency"], dtype=object)[deep]
    kode = np.array(
        [
            ".".join(grid.villages[grid.owner[c]].split(".")[: 4 if d == 0 else 5 - d])
            for c, d in zip(cell, deep, strict=True)
        ],
        dtype=object,
    )
    lon, lat = grid.lon[cell] + rng.normal(0, 0.01, many), grid.lat[cell] + rng.normal(0, 0.01, many)
    placed = place(grid, kode, names, lon, lat, scene.people(grid))
    return Records(placed, {"precision": names, **{name: make(rng, many) for name, make in columns.items()}})


@cache
def evidence() -> Evidence:
    grid = country()
    rng = np.random.default_rng(1)
    today = np.datetime64(scene.AS_OF)
    kode = np.array([*grid.villages[::7], "64.01.02", "64.02"], dtype=object)
    figures = Figures(kode, np.full(len(kode), today - 400), rng.random(len(kode)) * 30, rng.random(len(kode)) * 9000)
    return Evidence(
        incidents=_records(
            grid,
            900,
            2,
            occurred_on=lambda r, n: today - r.integers(0, 1500, n).astype("timedelta64[D]"),
            severity=lambda r, n: r.random(n),
            kind=lambda r, n: np.array(["land_dispute", "crime"], dtype=object)[r.integers(0, 2, n)],
        ),
        tps=_records(grid, 1500, 3, voters=lambda r, n: r.integers(90, 300, n).astype(float)),
        sites=_records(
            grid,
            60,
            4,
            kind=lambda r, n: np.array(LIST, dtype=object)[r.integers(0, 4, n)],
            permit=lambda r, n: np.array(["legal", "illegal"], dtype=object)[r.integers(0, 2, n)],
            stage=lambda _r, n: np.full(n, "operating", dtype=object),
            valid_from=lambda _r, n: np.full(n, "NaT", "datetime64[D]"),
            valid_to=lambda _r, n: np.full(n, "NaT", "datetime64[D]"),
        ),
        posts=_records(grid, 9, 5),
        people=scene.people(grid),
        seat_lon=np.array([116.1, 118.4]),
        seat_lat=np.array([0.3, 0.1]),
        elections=figures,
        workers=figures,
        lights=Lights((2014, 2023), rng.random((2, grid.size)) * 20),
    )


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.file.name))
def test_parts_have_the_bits_of_the_whole(model: models.RiskModel) -> None:
    grid, given = country(), evidence()
    table = measure(model, given, grid, scene.AS_OF)
    scores = combine(table, model)
    assert (table.known.any(axis=0)).all(), "every factor has something to say here"
    cut = list(parts.parts(grid, given, parts.reach_km(model), 4))
    assert len(cut) > 10
    assert min(part.grid.size for part in cut) < grid.size / 3, "a part is not the whole"
    assert min(len(part.evidence.incidents or ()) for part in cut) < 300
    done = [parts.judge(parts.Task(model, scene.AS_OF, part)) for part in cut]
    for name in ("raw", "value", "known"):
        assert _same(np.concatenate([getattr(one, name) for one, _ in done]), np.asarray(getattr(table, name))), name
    for name in ("score", "contribution", "coverage", "classes"):
        assert _same(np.concatenate([getattr(one, name) for _, one in done]), np.asarray(getattr(scores, name))), name


def test_every_registered_factor_is_in_some_model_that_was_tried() -> None:
    assert set(factors()) <= {key for model in MODELS for key in model.keys}


def test_a_part_carries_all_kinds_of_evidence() -> None:
    # A new field of Evidence must be cut to the part (or stay whole) in risk/parts.py, and be in `evidence` above.
    known = {
        "incidents",
        "tps",
        "sites",
        "posts",
        "people",
        "seat_lon",
        "seat_lat",
        "elections",
        "workers",
        "lights",
        "edge",
    }
    assert {field.name for field in dataclasses.fields(Evidence)} == known


def test_nothing_known_and_derived_borders_part_as_well() -> None:
    grid = replace(country(), indicative=True)
    nothing = Evidence(None, None, None, None, None, np.empty(0), np.empty(0))
    for given in (nothing, replace(evidence(), tps=None, people=None, lights=None)):
        whole = measure(MODELS[0], given, grid, scene.AS_OF)
        done = [parts.judge(parts.Task(MODELS[0], scene.AS_OF, part)) for part in parts.parts(grid, given, 16.0, 4)]
        assert _same(np.concatenate([table.raw for table, _ in done]), np.asarray(whole.raw))


def test_the_reach_is_the_longest_length_of_the_model() -> None:
    kaltim = next(model for model in MODELS if model.file.name == "kaltim")
    assert parts.reach_km(kaltim) == 16.0, "cut_km of project_dispute"


def test_a_kernel_sum_does_not_depend_on_what_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    lon, lat = 116 + rng.random(6000) * rng.choice([0.02, 4.0], 6000), rng.random(6000) * 2
    targets, sources = unit_vectors(lon, lat), unit_vectors(lon[::2] + 0.01, lat[::2])
    amount = np.where(rng.random(3000) < 0.2, 0.0, rng.random(3000))
    whole = kernels.kernel_sum(targets, sources, amount, 9.0, kernels.quartic(9.0))
    one_by_one_ = [
        kernels.kernel_sum(targets[i : i + 1], sources, amount, 9.0, kernels.quartic(9.0))[0] for i in range(300)
    ]
    assert np.array_equal(whole[:300], one_by_one_)
    monkeypatch.setattr(kernels, "_PAIRS_AT_ONCE", 500)
    assert np.array_equal(whole, kernels.kernel_sum(targets, sources, amount, 9.0, kernels.quartic(9.0)))
    order = rng.permutation(6000)
    assert np.array_equal(whole[order], kernels.kernel_sum(targets[order], sources, amount, 9.0, kernels.quartic(9.0)))
    # In source order, from the left, as a loop would.
    for i in (0, 17, 4000):
        d = arc_km(np.sqrt(np.square(targets[i] - sources).sum(axis=1)))
        near = np.flatnonzero(d <= 9.0)
        assert whole[i] == pytest.approx(sum(float(x) for x in amount[near] * kernels.quartic(9.0)(d[near])), rel=1e-12)


def test_a_kernel_sum_of_places_oceans_apart() -> None:
    lon, lat = np.repeat([95.0, 141.0], 500) + np.tile(np.linspace(0, 0.2, 500), 2), np.zeros(1000)
    places = unit_vectors(lon, lat)
    found = kernels.kernel_sum(places, places, np.ones(1000), 3.0, kernels.within(3.0))
    wanted = cKDTree(places).query_ball_point(places, chord(3.0), return_length=True)
    assert np.array_equal(found, wanted)


def test_threads_and_pieces_of_the_grid_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    from geo import grid as module

    squares = scene.villages()
    shapes = np.array(list(squares.values()), dtype=object)
    whole = build(tuple(squares), shapes, 8, indicative=True)
    monkeypatch.setattr(module, "_CELLS_AT_ONCE", 100)
    for run in (one_by_one, threads(3)):
        again = build(tuple(squares), shapes, 8, indicative=True, run=run)
        for field in dataclasses.fields(Grid):
            assert np.array_equal(getattr(again, field.name), getattr(whole, field.name)), field.name


def test_answers_come_in_the_order_of_the_items_and_faults_come_out() -> None:
    assert list(threads(3)(lambda n: n * n, iter(range(50)))) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(threads(2)(lambda n: 1 // n, [1, 0, 1]))


@pytest.mark.parametrize("res", [4, 6, 8])
def test_shares_are_those_of_a_general_intersection(res: int) -> None:
    rng = np.random.default_rng(res)
    size = 5.0 / 2.6 ** (res - 4)
    turn = np.sort(rng.random(300)) * 2 * np.pi
    star = shapely.Polygon(np.column_stack((117 + np.cos(turn) * size * rng.uniform(0.4, 1, 300), np.sin(turn) * size)))
    holed = shapely.box(117 + 2 * size, 0, 117 + 3 * size, size) - shapely.box(
        117 + 2.3 * size, 0, 117 + 2.6 * size, size / 2
    )
    two = shapely.union_all(
        [shapely.box(110, 0, 110 + size / 9, size), shapely.box(110 + size / 5, 0, 110 + size, size / 9)]
    )
    shapes = np.array([shapely.make_valid(star), shapely.reverse(holed), two], dtype=object)
    found = touched(shapes, res)
    cells = polygons(found.cell)
    exact = shapely.area(shapely.intersection(cells, shapes[found.village])) / shapely.area(cells)
    assert len(exact) > 100
    assert np.abs(found.share - exact).max() < 1e-9
    lon, lat = centres(found.cell)
    assert np.array_equal(found.centre, shapely.contains_xy(shapes[found.village], lon, lat))


@pytest.mark.parametrize("res", [4, 5, 6, 7, 8, 9, 10])
def test_no_cell_of_the_country_reaches_farther_than_we_count_on(res: int) -> None:
    rng = np.random.default_rng(res)
    cells = np.unique(cells_at(rng.uniform(94, 142, 5000), rng.uniform(-12, 8, 5000), res))
    lon, lat = centres(cells)
    corner, of = shapely.get_coordinates(polygons(cells), return_index=True)
    assert np.hypot(corner[:, 0] - lon[of], corner[:, 1] - lat[of]).max() < reach(res)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(host="127.0.0.1", silence_logs=50, **options) as running:
        yield running.scheduler_address


def test_a_publish_by_dask_is_the_same_snapshot(cluster: str, tmp_path: Path) -> None:
    here = publish(workspace(tmp_path / "a"))
    with engine("dask", scheduler=cluster) as there:
        assert there.in_parts
        manifest = publish(workspace(tmp_path / "b"), engine=there)
    assert manifest.id == here.id
    a, b = open_current(tmp_path / "a").path, open_current(tmp_path / "b").path
    names = sorted(path.relative_to(a) for path in a.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(b) for path in b.rglob("*") if path.is_file())
    assert all((a / name).read_bytes() == (b / name).read_bytes() for name in names)


def test_parts_over_the_wire_have_the_bits_of_the_whole(cluster: str) -> None:
    grid, given, model = country(), evidence(), MODELS[0]
    table, scores = Engine().judge(model, given, grid, scene.AS_OF)
    with engine("dask", scheduler=cluster) as there:
        far, judged = there.judge(model, given, grid, scene.AS_OF)
    assert _same(table.raw, far.raw)
    assert _same(scores.contribution, judged.contribution)
    assert _same(scores.classes, judged.classes)


def test_a_fault_on_a_worker_is_that_fault_here(cluster: str) -> None:
    with pytest.raises(ValueError, match="math domain"), engine("dask", scheduler=cluster) as there:
        list(there.run(math.sqrt, [1.0, -1.0]))


def test_a_worker_that_computes_otherwise_is_refused(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from publish.engine import dask

    here = dask.likeness()
    assert dask.likeness() == here
    monkeypatch.setattr(dask, "likeness", _Unlike(here))
    with pytest.raises(ConfigError) as caught, engine("dask", scheduler=cluster):
        pass
    assert caught.value.code == "E_ENGINE_DIFFERS"
    assert "numbers" in caught.value.message("id")


class _Unlike:
    """Answers as asked the first time (here), and honestly on the worker."""

    def __init__(self, found: dict[str, str]) -> None:
        self.found = found

    def __call__(self) -> dict[str, str]:
        return {**self.found, "numbers": "0" * 64}

    def __reduce__(self) -> tuple[Any, ...]:
        return (partial, (likeness,))


def test_what_cannot_be_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from publish.engine import dask

    monkeypatch.setattr(dask, "_PATIENCE", "1s")
    for name, options, code in (
        ("spark", {}, "E_ENGINE"),
        ("local", {"scheduler": "tcp://127.0.0.1:1"}, "E_ENGINE_OPTIONS"),
        ("dask", {"scheduler": "tcp://127.0.0.1:1", "workers": 2}, "E_ENGINE_OPTIONS"),
        ("dask", {"scheduler": "tcp://127.0.0.1:1"}, "E_ENGINE_SCHEDULER"),
        ("dask", {"scheduler": "nowhere://x"}, "E_ENGINE_SCHEDULER"),
    ):
        with pytest.raises(ConfigError) as caught, engine(name, **options):  # type: ignore[arg-type]
            pass
        assert caught.value.code == code
        assert caught.value.hint("id")
        assert caught.value.hint("en")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "publish.engine.dask", raising=False)
    monkeypatch.delattr("publish.engine.dask", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError) as caught, engine("dask"):
        pass
    assert caught.value.code == "E_ENGINE_MISSING"
    assert "petarawan[dask]" in caught.value.hint("id")


def test_the_command_knows_the_engines(run: Run, tmp_path: Path) -> None:
    said = run("publish", tmp_path, "--engine", "spark")
    assert (said.code, said.status) == ("E_ENGINE", 3)
