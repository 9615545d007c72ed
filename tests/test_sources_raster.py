"""The population raster is checked before anybody counts with it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from core.errors import PetarawanError
from tests.kaltim import read, warned

NORTH_UP = Affine(0.01, 0, 116.0, 0, -0.01, 1.0)


def tif(
    folder: Path, values: np.ndarray, transform: Affine = NORTH_UP, crs: str | None = "EPSG:4326", **more: object
) -> Path:
    path = folder / "penduduk.tif"
    high, wide = values.shape
    profile = {
        "driver": "GTiff",
        "width": wide,
        "height": high,
        "count": 1,
        "dtype": values.dtype,
        "transform": transform,
    }
    with rasterio.open(path, "w", **{**profile, "crs": crs, **more}) as out:
        out.write(values, 1)
    return path


def refused(path: Path) -> str:
    with pytest.raises(PetarawanError) as caught:
        read("population", "geotiff", path)
    assert caught.value.message("id")
    assert caught.value.hint("en")
    return caught.value.code


def people(shape: tuple[int, int] = (50, 60)) -> np.ndarray:
    return np.ones(shape, dtype="float32")


def test_a_good_raster_is_one_row_and_a_path(tmp_path: Path) -> None:
    path = tif(tmp_path, people(), nodata=-9999.0)
    layer = read("population", "geotiff", path, name="wp")
    assert layer.raster == path
    assert (layer.info.rows_in, layer.info.ledger().accepted, warned(layer)) == (1, 1, {})


def test_fault_072_all_nodata_or_nan(tmp_path: Path) -> None:
    assert refused(tif(tmp_path, np.full((9, 9), np.nan, "float32"))) == "E_RASTER_EMPTY"
    assert refused(tif(tmp_path, np.full((9, 9), -9999, "float32"), nodata=-9999.0)) == "E_RASTER_EMPTY"


def test_fault_072_one_pixel(tmp_path: Path) -> None:
    assert refused(tif(tmp_path, people((1, 1)))) == "E_RASTER_SIZE"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_fault_072_wrong_or_no_crs_rotated_flipped_outside(tmp_path: Path) -> None:
    assert refused(tif(tmp_path, people(), crs=None)) == "E_RASTER_CRS"
    assert refused(tif(tmp_path, people(), crs="EPSG:32750")) == "E_RASTER_CRS"
    assert refused(tif(tmp_path, people(), NORTH_UP @ Affine.rotation(20))) == "E_RASTER_ROTATED"
    assert refused(tif(tmp_path, people(), Affine(0.01, 0, 116, 0, 0.01, 0))) == "E_RASTER_ROTATED"
    assert refused(tif(tmp_path, people(), Affine(0.01, 0, 10.0, 0, -0.01, 50.0))) == "E_RASTER_OUTSIDE"


def test_fault_072_an_undeclared_nodata_value_is_never_people(tmp_path: Path) -> None:
    values = people()
    values[3, 3] = -200
    assert refused(tif(tmp_path, values)) == "E_RASTER_NEGATIVE"
    assert refused(tif(tmp_path, values, nodata=-9999.0)) == "E_RASTER_NEGATIVE"
    layer = read("population", "geotiff", tif(tmp_path, np.ones((9, 9), "int32")))
    assert "RASTER_NODATA" in warned(layer)


def test_fault_088_a_tiff_that_claims_two_thousand_million_pixels_a_side(tmp_path: Path) -> None:
    side = 2**31 - 1
    tags = [
        (256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1),
        (322, 4, 1, 32_768), (323, 4, 1, 32_768), (324, 4, 1, 8), (325, 4, 1, 8),
    ]  # fmt: skip
    body = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", len(tags))
    body += b"".join(struct.pack("<HHII", *tag) for tag in tags) + struct.pack("<I", 0)
    path = tmp_path / "bom.tif"
    path.write_bytes(body + b"\x00" * 64)
    assert refused(path) in {"E_RASTER_TOO_BIG", "E_UNREADABLE"}


def test_fault_088_big_but_real_dimensions(tmp_path: Path) -> None:
    path = tmp_path / "besar.tif"
    profile = {
        "driver": "GTiff",
        "width": 400_001,
        "height": 2,
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:4326",
        "transform": NORTH_UP,
    }
    with rasterio.open(path, "w", sparse_ok=True, **profile):
        pass
    assert refused(path) == "E_RASTER_TOO_BIG"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "E_EMPTY"), (b"<VRTDataset/>", "E_NOT_TIFF"), (b"II*\x00rusak", "E_UNREADABLE")]
)
def test_what_is_no_tiff(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(content)
    assert refused(path) == code
    assert refused(tmp_path / "tidak-ada.tif") == "E_NO_FILE"


def test_exactly_one_file_and_one_band(tmp_path: Path) -> None:
    path = tif(tmp_path, people(), nodata=-1.0)
    with pytest.raises(PetarawanError) as caught:
        read("population", "geotiff", path, path)
    assert caught.value.code == "E_ONE_FILE"
    with rasterio.open(
        path, "w", driver="GTiff", width=3, height=3, count=2, dtype="uint8", crs="EPSG:4326", transform=NORTH_UP
    ) as out:
        out.write(np.ones((2, 3, 3), "uint8"))
    assert refused(path) == "E_RASTER_BANDS"
