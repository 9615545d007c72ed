"""From accepted rows to a layer's frame: exactly the columns core.tables declares, and a point or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from core import tables
from core.crs import LONLAT


def frame(kind: str, rows: Sequence[Mapping[str, object]]) -> gpd.GeoDataFrame:
    """Rows as dictionaries by column name; a missing value is None; lon and lat make the point.

    Beside the declared columns a layer of incidents may hold `known_on`, the day each was known, for the back-test; it is not published.
    """
    series: dict[str, pd.Series] = {}
    for column in (tables.LAYERS | tables.FIGURES)[kind]:
        values = [row[column.name] for row in rows]
        if not column.nullable and any(value is None for value in values):
            raise ValueError(f"{kind}.{column.name} is never null")
        series[column.name] = pd.Series(values, dtype=_dtype(column.dtype))
    if kind == "incidents" and any(row.get("known_on") is not None for row in rows):
        series["known_on"] = pd.Series([row.get("known_on") for row in rows], dtype="object")
    lon, lat = series["lon"].to_numpy(np.float64), series["lat"].to_numpy(np.float64)
    known = np.isfinite(lon) & np.isfinite(lat)
    points = np.full(len(rows), None, dtype=object)
    points[known] = shapely.points(lon[known], lat[known])
    return gpd.GeoDataFrame(series, geometry=points, crs=LONLAT)


def _dtype(kind: pa.DataType) -> str:
    if pa.types.is_int32(kind):
        return "Int32"  # pandas' nullable integer: unknown is not 0
    if pa.types.is_float32(kind):
        return "float32"
    return "float64" if pa.types.is_float64(kind) else "object"
