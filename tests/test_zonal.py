"""Promises of the population sums: the total is kept at any pixel size, no data is never 0, rasterstats agrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterstats import zonal_stats

from geo.overlap import polygons
from geo.zonal import cell_sums
from tests import scene

GRID = scene.grid()
INSIDE = (GRID.lon > 117.04) & (GRID.lon < 117.26) & (GRID.lat > 0.04) & (GRID.lat < 0.26)


def raster(
    path: Path, data: np.ndarray, step: float, west: float = 116.9, north: float = 0.4, crs: str = "EPSG:4326"
) -> Path:
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "nodata": -1.0, "crs": crs}
    transform = Affine(step, 0, west, 0, -step, north)
    with rasterio.open(path, "w", height=data.shape[0], width=data.shape[1], transform=transform, **profile) as target:
        target.write(data.astype(np.float32), 1)
    return path


@pytest.mark.parametrize("pixels", [25, 100, 600])
def test_the_total_is_kept_whatever_the_pixel(tmp_path: Path, pixels: int) -> None:
    step = 0.5 / pixels
    data = np.zeros((pixels, pixels))
    middle = slice(int(pixels * 0.4), int(pixels * 0.6))  # 117.1 to 117.2, 0.1 to 0.2: well inside the grid
    data[middle, middle] = np.random.default_rng(1).random((len(range(*middle.indices(pixels))),) * 2) * 50
    sums = cell_sums(raster(tmp_path / "p.tif", data, step), GRID)
    assert np.nansum(sums) == pytest.approx(data.astype(np.float32).sum(), rel=1e-6)
    assert np.isfinite(sums[INSIDE]).all()


def test_even_density_gives_people_by_area(tmp_path: Path) -> None:
    sums = cell_sums(raster(tmp_path / "p.tif", np.full((60, 60), 30.0), 0.5 / 60), GRID)
    density = sums[INSIDE] / GRID.cell_km2[INSIDE]
    assert np.allclose(density, density.mean(), rtol=0.06)


def test_no_data_is_unknown_and_zero_is_zero(tmp_path: Path) -> None:
    data = np.zeros((100, 100))
    data[:, 50:] = -1.0  # no data east of 117.15
    sums = cell_sums(raster(tmp_path / "p.tif", data, 0.005), GRID)
    west, east = GRID.lon < 117.13, GRID.lon > 117.17
    assert (sums[west & INSIDE] == 0).all()
    assert np.isnan(sums[east & INSIDE]).all()


def test_nan_and_negative_values_are_no_people(tmp_path: Path) -> None:
    data = np.full((100, 100), 10.0)
    data[30:60] = np.nan
    data[60:] = -3.4e38
    sums = cell_sums(raster(tmp_path / "p.tif", data, 0.005), GRID)
    assert np.nanmin(sums) > 0
    assert np.isnan(sums[(GRID.lat < 0.2) & INSIDE]).all()


def test_a_raster_elsewhere_knows_nothing(tmp_path: Path) -> None:
    sums = cell_sums(raster(tmp_path / "p.tif", np.ones((20, 20)), 0.01, west=100.0, north=5.0), GRID)
    assert np.isnan(sums).all()


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # inside rasterstats
def test_rasterstats_agrees_on_fine_pixels(tmp_path: Path) -> None:
    data = np.random.default_rng(2).random((600, 600)) * 9
    path = raster(tmp_path / "p.tif", data, 0.5 / 600)
    cells = np.flatnonzero(INSIDE)
    theirs = np.array(
        [item["sum"] for item in zonal_stats(polygons(GRID.cell[cells]).tolist(), str(path), stats=["sum"])]
    )
    ours = cell_sums(path, GRID)[cells]
    assert np.allclose(ours, theirs, rtol=0.02)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.002)
