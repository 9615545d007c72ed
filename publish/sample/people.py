"""Sample population raster: 30 arc-seconds, people per pixel, nodata at sea and where nobody surveyed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.features import rasterize
from rasterio.transform import Affine

from core.crs import LONLAT, FloatArray, arc_km, unit_vectors
from publish.sample.ground import Ground

STEP = 1 / 120  # 30 arc-seconds
NODATA = -9999.0
_UNSURVEYED_KM = 14.0  # farther from a village's point than this nobody counted


def write(path: Path, ground: Ground) -> None:
    """The GeoTIFF: each village's people over its pixels, dense near its point, thin away from it."""
    west, south, east, north = ground.places.bounds
    west, north = np.floor(west / STEP) * STEP, np.ceil(north / STEP) * STEP
    wide, high = int(np.ceil((east - west) / STEP)), int(np.ceil((north - south) / STEP))
    transform = Affine(STEP, 0.0, west, 0.0, -STEP, north)
    owner = rasterize(
        zip(ground.places.shapes, range(1, len(ground.kode) + 1), strict=True),
        out_shape=(high, wide),
        transform=transform,
        dtype="int32",
    ).ravel()
    pixel = np.flatnonzero(owner)
    village = owner[pixel] - 1
    lon = west + (pixel % wide + 0.5) * STEP
    lat = north - (pixel // wide + 0.5) * STEP
    away = arc_km(np.linalg.norm(unit_vectors(lon, lat) - unit_vectors(ground.lon, ground.lat)[village], axis=1))
    reach = np.clip(0.12 * np.sqrt(ground.area_km2), 0.6, 2.0)[village]
    weight = np.where(away > _UNSURVEYED_KM, 0.0, np.exp(-away / reach) + 0.002)
    total = np.bincount(village, weight, minlength=len(ground.kode)).astype(np.float64)
    people = np.full(high * wide, NODATA, dtype=np.float32)
    counted = weight > 0
    people[pixel[counted]] = (ground.people * _inverse(total))[village[counted]] * weight[counted]
    profile = {
        "driver": "GTiff",
        "width": wide,
        "height": high,
        "count": 1,
        "dtype": "float32",
        "crs": LONLAT,
        "transform": transform,
        "nodata": NODATA,
        "compress": "deflate",
        "predictor": 3,
    }
    with rasterio.open(path, "w", **profile) as out:
        out.write(people.reshape(high, wide), 1)
        out.set_band_description(1, "people per pixel (DATA CONTOH)")


def _inverse(total: FloatArray) -> FloatArray:
    """One over the total, 0 where a village is too small to own a pixel."""
    return np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
