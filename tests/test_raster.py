"""risk.tif and the picture tiles: every pixel is the score of the cell under its centre; what is not known is not a number."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import warnings
from pathlib import Path

import h3
import numpy as np
import pyarrow as pa
import pytest
import rasterio
from PIL import Image
from pmtiles.reader import MmapSource, Reader, all_tiles

from core.palette import CLASS_COLOURS, HATCH_COLOUR
from publish import mercator, raster
from store.snapshot import Snapshot
from tests.synthetic import make


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make(tmp_path_factory.mktemp("raster"))


def cell_at(lon: float, lat: float) -> int:
    return h3.str_to_int(h3.latlng_to_cell(lat, lon, 8))


def test_every_pixel_is_the_published_score_of_the_cell_under_its_centre(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "risk.tif"
    raster.write_cog(path, snapshot.cells)
    score = dict(zip(snapshot.cells["cell"].to_pylist(), snapshot.cells["score"].to_pylist(), strict=True))
    with rasterio.open(path) as data:
        assert data.crs.to_epsg() == 4326 and data.nodata == raster.NODATA and data.dtypes == ("float32",)
        values = data.read(1)
        west, north, step = data.transform.c, data.transform.f, data.transform.a
        assert step == raster.STEP[8]
        seen = set()
        for line in range(0, data.height, 3):
            for column in range(0, data.width, 3):
                cell = cell_at(west + (column + 0.5) * step, north - (line + 0.5) * step)
                want = score.get(cell)
                assert values[line, column] == (raster.NODATA if want is None else np.float32(want))
        for line, column in np.argwhere(values != raster.NODATA).tolist():
            seen.add(cell_at(west + (column + 0.5) * step, north - (line + 0.5) * step))
    assert seen == {cell for cell, value in score.items() if value is not None}  # every scored cell has a pixel
    assert any(value is None for value in score.values())


def test_a_pixel_at_every_cells_centre_has_its_score_or_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "risk.tif"
    raster.write_cog(path, snapshot.cells)
    cells, scores, classes = (snapshot.cells[name].to_pylist() for name in ("cell", "score", "class"))
    centres = [h3.cell_to_latlng(f"{cell:x}")[::-1] for cell in cells]
    with rasterio.open(path) as data:
        for (value,), score, level in zip(data.sample(centres), scores, classes, strict=True):
            assert value == (raster.NODATA if level == 0 else np.float32(score))


def test_the_same_bytes_and_a_surface_known_already_changes_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    ground = raster.surface(snapshot.cells)
    digests = set()
    for nth in range(3):
        raster.write_cog(tmp_path / f"{nth}.tif", snapshot.cells, ground if nth else None)
        raster.write_png(tmp_path / f"{nth}.pmtiles", snapshot.cells, ground if nth else None)
        both = (tmp_path / f"{nth}.tif").read_bytes(), (tmp_path / f"{nth}.pmtiles").read_bytes()
        digests.add(tuple(hashlib.sha256(data).hexdigest() for data in both))
    assert len(digests) == 1


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="no gdalinfo here")
def test_gdal_sees_a_cloud_optimised_geotiff(snapshot: Snapshot, tmp_path: Path) -> None:
    raster.write_cog(tmp_path / "risk.tif", snapshot.cells)
    told = subprocess.run(["gdalinfo", str(tmp_path / "risk.tif")], capture_output=True, text=True, check=True).stdout
    for line in ("LAYOUT=COG", "NoData Value=-9999", 'ID["EPSG",4326]', "UNIT=0..100"):
        assert line in told
    assert "DATETIME" not in told.upper()


def test_pictures_show_the_class_transparent_outside_and_hatched_where_not_monitored(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    raster.write_png(tmp_path / "risk.pmtiles", snapshot.cells)
    level = dict(zip(snapshot.cells["cell"].to_pylist(), snapshot.cells["class"].to_pylist(), strict=True))
    step = raster.STEP[8]
    zooms, colours = set(), [tuple(bytes.fromhex(text[1:])) for text in (*CLASS_COLOURS, HATCH_COLOUR)]
    checked = agreed = 0
    with (tmp_path / "risk.pmtiles").open("rb") as handle, warnings.catch_warnings():
        source = MmapSource(handle)
        header = Reader(source).header()
        for (zoom, x, y), data in all_tiles(source):
            zooms.add(zoom)
            image = Image.open(io.BytesIO(data))
            assert image.size == (256, 256) and image.mode == "P"
            pixels = np.asarray(image.convert("RGBA"))
            assert pixels[..., 3].any()
            for line in range(0, 256, 5):
                for column in range(0, 256, 5):
                    lon, lat = mercator.degrees(
                        (x + (column + 0.5) / 256) / 2**zoom, (y + (line + 0.5) / 256) / 2**zoom
                    )
                    # The picture shows the pixel of risk.tif under its own centre.
                    east, north = (np.floor(lon / step) + 0.5) * step, (np.floor(lat / step) + 0.5) * step
                    want = level.get(cell_at(float(east), float(north)))
                    r, g, b, alpha = pixels[line, column].tolist()
                    hatch = (line + column) % 8 < 2
                    expected = None if want is None else colours[6 if want == 0 and hatch else want]
                    checked += 1
                    agreed += (alpha == 0) if expected is None else (alpha == 255 and (r, g, b) == expected)
    assert agreed == checked > 1000
    assert (
        zooms == set(range(5, 11)) and header["tile_type"].name == "PNG" and header["tile_compression"].name == "NONE"
    )


def test_places_far_apart_leave_empty_strips_between(snapshot: Snapshot) -> None:
    cells = [h3.latlng_to_cell(lat, lon, 8) for lat, lon in ((-9.0, 120.0), (5.0, 95.5))]
    table = snapshot.cells.slice(0, 2).set_column(0, "cell", pa.array(sorted(map(h3.str_to_int, cells)), pa.uint64()))
    ground = raster.surface(table)
    assert set(np.unique(ground.row)) == {-1, 0, 1}
