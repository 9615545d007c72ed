"""The village of 1,000,000 points: raster of labels with the polygons asked near borders, against geopandas sjoin; both from polygons."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import ground
from benchmarks.race import Race
from geo.locator import Locator


def race(n: int = 1_000_000) -> Race:
    frame = ground.villages().sort_values("kode", ignore_index=True)[["kode", "geometry"]]
    kode = frame["kode"].to_numpy(dtype=object)
    lon, lat = ground.points(n, 5)

    def ours() -> object:
        shapes = frame.geometry.to_numpy().copy()
        shapely.prepare(shapes)
        found = Locator.of(shapes, shapely.STRtree(shapes)).at(lon, lat)
        return np.array([*kode, None], dtype=object)[found]

    def theirs() -> object:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
        joined = gpd.sjoin(points, frame, how="left", predicate="intersects")
        # A point on a border comes out once for each of its villages.
        return joined.loc[~joined.index.duplicated(), "kode"].to_numpy(dtype=object)

    def same(a: object, b: object) -> bool:
        missing = np.array([item is None for item in a])  # type: ignore[attr-defined]
        theirs_missing = np.array([not isinstance(item, str) for item in b])  # type: ignore[attr-defined]
        return bool(np.array_equal(missing, theirs_missing) and (a == b)[~missing].all())  # type: ignore[index]

    return Race("village of points", f"{n:,} points, 1,038 villages", ours, theirs, same, "geopandas sjoin", 2)
