"""Promises of the what-if: it is the full publish bit for bit, it computes only what can differ, and it refuses what it cannot repeat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.codes import ancestor
from core.errors import RequestError, SnapshotError
from geo.grid import Grid
from geo.joins import Evidence, Records
from publish.run import publish
from risk import kernels, scenario, score
from risk import model as models
from risk.rollup import groups_mean
from tests import kota, scene, whatif

NEW = "Galian baru,Galian C,Tanpa izin,Operasi,,0.13000,117.46000\n"
QUARRY = {"kind": "galian_c", "permit": "illegal", "stage": "operating", "lon": 117.46, "lat": 0.13}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = kota.write(tmp_path_factory.mktemp("dasar"))
    publish(folder)
    return folder


def test_one_quarry_is_the_full_publish_on_every_cell(base: Path, tmp_path: Path) -> None:
    ready, before = whatif.served(base), whatif.published(base)
    found = whatif.told(ready, {"sites": {"add": [QUARRY]}})
    publish(kota.write(tmp_path, sites=kota.SITES + NEW))
    after = whatif.published(tmp_path)
    assert whatif.differences(before, found, after) == {}
    assert found.measured == ("quarry_pressure",)
    changed = (before["cells"]["score"].to_numpy() != after["cells"]["score"].to_numpy()) & (
        before["cells"]["class"].to_numpy() > 0
    )
    assert changed.any()
    assert set(np.flatnonzero(changed)) <= set(found.cells.rows), "what is not computed anew is as published"
    assert len(found.cells.rows) < before["cells"].num_rows


@pytest.mark.parametrize(
    ("question", "sites", "posts"),
    [
        (  # a point elsewhere, a village site that becomes a point, a permit, a closure, one taken off, a new one, a post
            {
                "sites": {
                    "move": [
                        {"id": "sites:2", "lon": 117.42, "lat": 0.18},
                        {"id": "sites:4", "lon": 117.48, "lat": 0.105},
                    ],
                    "change": [{"id": "sites:3", "permit": "disputed"}],
                    "close": ["sites:3"],
                    "remove": ["sites:5"],
                    "add": [QUARRY],
                },
                "posts": {"add": [{"lon": 117.42, "lat": 0.06}]},
            },
            """Nama,Jenis,Status Izin,Tahap,Kode,Lintang,Bujur
Galian satu,Galian C,Tanpa izin,Operasi,,0.18,117.42
Tambang dua,Tambang batubara,Disengketakan,Tutup,,0.14,117.47
Galian desa,Galian C,Tanpa izin,Operasi,,0.105,117.48
"""
            + NEW,
            kota.POSTS + "Pos baru,Polsek,0.06,117.42\n",
        ),
        (  # the last of a kind goes: nobody knows of quarries any more, and every cell and its coverage change
            {"sites": {"remove": ["sites:2", "sites:3", "sites:4"]}},
            "".join(line for line in kota.SITES.splitlines(True) if "Galian C" not in line and "Tambang" not in line),
            kota.POSTS,
        ),
    ],
    ids=["many changes", "the last of a kind"],
)
def test_any_change_of_the_lists_is_the_full_computation(
    base: Path, tmp_path: Path, question: dict[str, object], sites: str, posts: str
) -> None:
    found = whatif.told(whatif.served(base), question)
    after = whatif.computed(kota.write(tmp_path, sites=sites, posts=posts))
    assert whatif.differences(whatif.published(base), found, after) == {}


def test_the_first_site_and_the_first_post_make_their_factors_known(tmp_path: Path) -> None:
    folder = kota.write(tmp_path / "kosong", sites="", posts="")
    publish(folder)
    found = whatif.told(
        whatif.served(folder), {"sites": {"add": [QUARRY]}, "posts": {"add": [{"lon": 117.49, "lat": 0.135}]}}
    )
    header = kota.SITES.splitlines(True)[0]
    after = whatif.computed(kota.write(tmp_path / "penuh", sites=header + NEW, posts=kota.POSTS))
    assert whatif.differences(whatif.published(folder), found, after) == {}
    assert found.measured == ("quarry_pressure", "post_distance")


@pytest.mark.parametrize("name", ["kaltim", "sumber_daya"])
def test_other_weights_are_another_model_file(tmp_path: Path, name: str) -> None:
    """Also one factor out, and a quarry at once; `sumber_daya` is geometric."""
    folder = kota.write(tmp_path / "dasar", model=name)
    publish(folder)
    ready = whatif.served(folder)
    shipped = models.load(name)
    given = {shipped.keys[0]: 0.5, "quarry_pressure": 0.3, shipped.keys[-1]: 0.0}
    found = whatif.told(ready, {"weights": given, "sites": {"add": [QUARRY]}})
    other = kota.write(tmp_path / "bobot", model="bobot.toml", sites=kota.SITES + NEW)
    text = (models.MODELS / f"{name}.toml").read_text(encoding="utf-8")
    head, *blocks = text.split("[[factor]]")
    weights = scenario.reweighted(shipped, given).weights
    for item, weight in zip(shipped.file.factor, weights.tolist(), strict=True):
        block = next(b for b in blocks if f'key = "{item.key}"' in b)
        lines = [f"weight = {weight!r}" if line.startswith("weight = ") else line for line in block.splitlines()]
        if weight:
            head += "[[factor]]\n" + "\n".join(lines) + "\n"
    (other / "bobot.toml").write_text(head, encoding="utf-8")
    assert whatif.differences(whatif.published(folder), found, whatif.computed(other)) == {}
    assert len(found.cells.rows) == len(ready.cells.cell)


GRID = scene.grid()
UP = np.array(
    [np.unique([ancestor(code, level) for code in GRID.villages], return_inverse=True)[1] for level in range(1, 5)],
    np.int32,
)
SIZES = [int(row.max()) + 1 for row in UP]
UP += np.concatenate(([0], np.cumsum(SIZES)[:-1])).astype(np.int32)[:, None]
LEVEL = np.repeat(np.arange(1, 5, dtype=np.int8), SIZES)


def _areas(table: score.FactorTable, evidence: Evidence, grid: Grid) -> score.FactorTable:
    """Every level by the roll-up rule, as publish.assemble does it."""
    people = None if evidence.people is None else evidence.people[grid.pair_cell] * grid.pair_part
    means = []
    for level in range(4):
        group = UP[level][grid.pair_village] - UP[level].min()
        means.append(groups_mean(table, grid.pair_cell, group, SIZES[level], grid.pair_km2, people))
    return score.FactorTable(
        table.keys, *(np.concatenate([getattr(m, name) for m in means]) for name in ("raw", "value", "known"))
    )


def _columns(table: score.FactorTable) -> scenario.Columns:
    def of(numbers: np.ndarray, kind: type) -> tuple[np.ndarray, ...]:
        return tuple(numbers[:, f].astype(kind) for f in range(len(table.keys)))

    return scenario.Columns(of(table.raw, np.float32), of(table.value, np.float32), of(table.known, bool))


def _base(evidence: Evidence, model: models.RiskModel) -> scenario.Base:
    table = score.measure(model, evidence, GRID, scene.AS_OF)
    return scenario.Base(
        model=model,
        as_of=scene.AS_OF,
        grid=GRID,
        xyz=GRID.xyz(),
        cells=_columns(table),
        areas=_columns(_areas(table, evidence, GRID)),
        level=LEVEL,
        up=UP,
        people=evidence.people,
        sites=evidence.sites,
        posts=evidence.posts,
    )


EVIDENCE = scene.evidence(GRID, with_people=True)
BASES = {name: _base(EVIDENCE, models.load(name)) for name in ("kaltim", "sumber_daya")}
site = st.builds(
    scene.Place,
    kode=st.sampled_from(list(scene.villages())),
    precision=st.sampled_from(["exact", "exact", "village"]),
    lon=st.floats(117.0, 117.3),
    lat=st.floats(0.0, 0.3),
    kind=st.sampled_from(["galian_c", "coal_mine", "industry", "other"]),
    permit=st.sampled_from(["legal", "illegal", "proposed", "unknown"]),
    stage=st.sampled_from(["planned", "operating", "closed"]),
)


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(sorted(BASES)),
    st.lists(st.integers(0, 11), unique=True, max_size=12),
    st.lists(site, max_size=3),
    st.booleans(),
)
def test_any_list_of_sites_gives_what_measuring_everything_gives(
    name: str, gone: list[int], new: list[scene.Place], again: bool
) -> None:
    base = BASES[name]
    items = [item for n, item in enumerate(scene.sites()) if n not in gone] + new
    sites = scene.site_records(GRID, items, EVIDENCE.people) if items else None
    weights = {"quarry_pressure": 0.4} if again else {}
    model = scenario.reweighted(base.model, weights) if weights else base.model
    found = scenario.run(base, sites=sites, posts=base.posts, model=model)
    table = score.measure(model, replace(EVIDENCE, sites=sites), GRID, scene.AS_OF)
    rolled = _areas(table, EVIDENCE, GRID)
    for part, columns, whole in ((found.cells, base.cells, table), (found.areas, base.areas, rolled)):
        held = columns.table(base.model.keys, slice(None))
        scores = score.combine(whole, model)
        for mine, theirs, was in (
            (part.factors.raw, whole.raw, held.raw),
            (part.factors.value, whole.value, held.value),
            (part.factors.known, whole.known, held.known),
        ):
            now = was.copy()
            now[part.rows] = mine
            assert np.array_equal(now, theirs, equal_nan=mine.dtype != np.bool_)
        assert np.array_equal(part.scores.score, scores.score[part.rows], equal_nan=True)
        assert np.array_equal(part.scores.contribution, scores.contribution[part.rows], equal_nan=True)


def test_rows_at_once_and_pairs_at_once_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    base = BASES["sumber_daya"]
    model = scenario.reweighted(base.model, {"quarry_pressure": 0.4})
    sites = scene.site_records(GRID, scene.sites()[:7], EVIDENCE.people)
    whole = scenario.run(base, sites=sites, posts=base.posts, model=model)
    monkeypatch.setattr(score, "_AT_ONCE", 100)
    monkeypatch.setattr(kernels, "_PAIRS_AT_ONCE", 50)
    parted = scenario.run(base, sites=sites, posts=base.posts, model=model)
    assert np.array_equal(whole.cells.rows, parted.cells.rows)
    for name in ("score", "contribution", "coverage"):
        ours, theirs = (getattr(found.cells.scores, name) for found in (whole, parted))
        assert np.array_equal(ours, theirs, equal_nan=True)
    assert np.array_equal(whole.areas.scores.score, parted.areas.scores.score, equal_nan=True)


def test_the_same_list_again_changes_nothing() -> None:
    base = BASES["kaltim"]
    sites = scene.site_records(GRID, scene.sites(), EVIDENCE.people)
    found = scenario.run(base, sites=sites, posts=base.posts, model=base.model)
    assert (found.measured, len(found.cells.rows), len(found.areas.rows)) == ((), 0, 0)


def test_what_the_published_sites_do_not_give_is_refused() -> None:
    base = BASES["kaltim"]
    at = base.model.keys.index("quarry_pressure")
    raw = list(base.cells.raw)
    raw[at] = raw[at] * np.float32(1.01)
    other = replace(base, cells=replace(base.cells, raw=tuple(raw)))
    sites: Records | None = scene.site_records(GRID, scene.sites()[1:], EVIDENCE.people)
    with pytest.raises(SnapshotError, match="E_SCENARIO_OLD"):
        scenario.run(other, sites=sites, posts=other.posts, model=other.model)


@pytest.mark.parametrize(
    "weights",
    [
        {"cuaca": 0.1},
        {"population": -0.1},
        {"population": float("nan")},
        dict.fromkeys(models.load("kaltim").keys, 0.0),
    ],
)
def test_weights_that_are_none_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(RequestError, match="E_SCENARIO_WEIGHTS"):
        scenario.reweighted(models.load("kaltim"), weights)


def test_weights_replace_the_models_and_sum_to_one() -> None:
    shipped = models.load("kaltim")
    model = scenario.reweighted(shipped, {"population": 0.5, "remoteness": 0.0})
    assert model.weights.sum() == pytest.approx(1.0)
    kept = [key for key in shipped.keys if key not in {"population", "remoteness"}]
    ratio = {key: model.weights[model.keys.index(key)] / shipped.weights[shipped.keys.index(key)] for key in kept}
    assert max(ratio.values()) == pytest.approx(min(ratio.values())), "the others keep their proportions"
    assert model.weights[model.keys.index("remoteness")] == 0
