"""Sum of a 100 m raster over cells of Kutai Timur's size: label and bincount, against rasterstats.zonal_stats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterstats import zonal_stats

from benchmarks import ground
from benchmarks.race import Race
from geo.overlap import polygons
from geo.zonal import cell_sums

PART = 2_000


def race() -> Race:
    g = ground.grid()
    path = Path("/vsimem/people.tif")  # GDAL's file system in memory: both sides read the same bytes
    step = 1 / 1200
    west, north = 116.5, 1.5
    data = np.random.default_rng(5).random((1800, 1800)).astype(np.float32)
    profile = {"driver": "GTiff", "width": 1800, "height": 1800, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=from_origin(west, north, step, step), nodata=-1, **profile) as target:
        target.write(data, 1)
    inside = np.flatnonzero(
        (g.lon > west + 0.05) & (g.lon < west + 1.45) & (g.lat < north - 0.05) & (g.lat > north - 1.45)
    )
    chosen = inside[:: max(1, len(inside) // PART)][:PART]

    def ours() -> object:
        return cell_sums(path, g)

    def theirs() -> object:
        stats = zonal_stats(polygons(g.cell[chosen]).tolist(), str(path), stats=["sum"])
        return np.array([item["sum"] for item in stats])

    def same(a: object, b: object) -> bool:
        # Pixels on a cell's edge may fall to either side: about 2 % of a cell's 95 pixels.
        return bool(np.allclose(a[chosen], b, rtol=0.08)) and abs(a[chosen].sum() / b.sum() - 1) < 0.002  # type: ignore[index, union-attr, attr-defined, operator]

    size = f"1,800 x 1,800 pixels, {len(inside):,} cells"
    return Race(
        "zonal sum",
        size,
        ours,
        theirs,
        same,
        f"rasterstats (on {len(chosen):,}, scaled)",
        20,
        len(chosen) / len(inside),
    )
