"""The demo workspace is whole, plausible, the same every time, and names nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from core import codes, settings
from core.errors import ConfigError
from geo.layer import Layer
from geo.sources.registry import reader
from publish.demo import write_demo
from tests.kaltim import places, tree


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo(tmp_path_factory.mktemp("demo") / "ruang")


@pytest.fixture(scope="module")
def layers(demo: Path) -> dict[str, Layer]:
    sources = settings.load(demo).source
    return {s.kind: reader(s.kind, s.reader)(s, s.paths(demo), places()) for s in sources if s.kind != "boundaries"}


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(demo: Path, tmp_path: Path) -> None:
    same, other = write_demo(tmp_path / "a"), write_demo(tmp_path / "b", seed=1)
    names = sorted(path.name for path in demo.iterdir())
    assert names == sorted(path.name for path in same.iterdir())
    for name in names:
        assert (demo / name).read_bytes() == (same / name).read_bytes()
    assert (demo / "contoh-kejadian.csv").read_bytes() != (other / "contoh-kejadian.csv").read_bytes()


def test_everything_invented_says_so(demo: Path) -> None:
    workspace = settings.load(demo)
    assert "DATA CONTOH" in workspace.title
    assert [s.sample for s in workspace.source] == [s.kind != "boundaries" for s in workspace.source]


def test_every_row_is_accepted_without_a_warning(layers: dict[str, Layer]) -> None:
    for layer in layers.values():
        assert layer.info.rejected == ()
        assert layer.info.warnings == ()
        assert layer.info.sample


def test_kutai_timur_has_exactly_701_stations_and_297994_voters(layers: dict[str, Layer]) -> None:
    rows = layers["tps"].rows
    kutim = rows[rows["kode"].str.startswith("64.08.")]
    assert (len(kutim), int(kutim["voters"].sum()), kutim["kode"].nunique()) == (701, 297_994, 141)
    villages = set(tree().frame["kode"][tree().frame["level"] == 4])
    assert set(rows["kode"]) == villages
    assert 2_600_000 < rows["voters"].sum() < 3_000_000
    assert rows["voters"].between(1, 600).all()


def test_incidents_are_many_clustered_mixed_and_missing_somewhere(layers: dict[str, Layer]) -> None:
    rows = layers["incidents"].rows
    assert len(rows) == 1_600
    assert {"exact", "village", "district"} == set(rows["precision"])
    assert {"day", "month", "interval"} == set(rows["date_precision"])
    assert rows["kind"].nunique() >= 10
    assert (rows["kind"] == "peaceful_protest").mean() > 0.15
    years = {day.year for day in rows["occurred_on"]}
    assert years == set(range(2019, 2025))
    district = rows["kode"].map(lambda code: codes.ancestor(code, 3)).value_counts()
    assert 105 - len(district) >= 5  # some districts nobody reports from
    assert district.head(10).sum() > 0.3 * len(rows)
    exact = rows[rows["precision"] == "exact"].sort_values("occurred_on")
    lon, lat = exact["lon"].to_numpy(), exact["lat"].to_numpy()
    day = np.array([when.toordinal() for when in exact["occurred_on"]])
    near = (np.abs(lon[:, None] - lon) < 0.02) & (np.abs(lat[:, None] - lat) < 0.02)
    soon = (day[:, None] - day > 0) & (day[:, None] - day <= 30)
    shuffled = np.random.default_rng(0).permutation(day)
    by_chance = (shuffled[:, None] - shuffled > 0) & (shuffled[:, None] - shuffled <= 30)
    assert (near & soon).sum() > 2 * (near & by_chance).sum()


def test_sites_and_posts(layers: dict[str, Layer]) -> None:
    sites, posts = layers["sites"].rows, layers["posts"].rows
    assert len(sites) == 260
    assert {"legal", "illegal", "proposed", "disputed"} == set(sites["permit"])
    assert {"galian_c", "coal_mine", "plantation", "industry"} <= set(sites["kind"])
    assert {"polsek", "koramil", "kantor_camat"} == set(posts["kind"])
    assert 200 < len(posts) < 315


def test_people_add_up_and_the_unsurveyed_is_not_zero(layers: dict[str, Layer]) -> None:
    assert layers["population"].raster is not None
    with rasterio.open(layers["population"].raster) as raster:
        values = raster.read(1, masked=True)
        assert raster.res == pytest.approx((1 / 120, 1 / 120))
        rows, columns = np.nonzero(np.ma.getmaskarray(values))
        lon, lat = raster.xy(rows, columns)
    assert 3_700_000 < values.sum() < 4_200_000
    assert values.min() > 0
    inside = sum(owner is not None for owner in places().at(np.array(lon), np.array(lat)))
    assert 1_000 < inside < 0.3 * values.count()


def test_a_workspace_is_never_overwritten(demo: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        write_demo(demo)
    assert caught.value.code == "E_DEMO_EXISTS"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("x")
    with pytest.raises(ConfigError) as caught:
        write_demo(tmp_path / "berkas")
    assert caught.value.code == "E_DEMO_FOLDER"
