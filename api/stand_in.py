"""Stand-in for formats.features until it is there."""

from __future__ import annotations

import orjson
import pyarrow as pa
import shapely

from core.cells import to_text
from store.manifest import Manifest


def feature_bytes(name: str, table: pa.Table, manifest: Manifest) -> list[bytes]:
    import h3

    out = []
    for row in table.to_pylist():
        if name == "cells":
            row["cell"] = fid = to_text(row["cell"])
            ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(fid)]
            geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        elif name == "areas":
            fid = row["kode"]
            geometry = orjson.loads(shapely.to_geojson(shapely.from_wkb(row.pop("geometry"))))
            if row["max_cell"] is not None:
                row["max_cell"] = to_text(row["max_cell"])
        else:
            fid = row["id"]
            geometry = None if row["lon"] is None else {"type": "Point", "coordinates": [round(row["lon"], 5), round(row["lat"], 5)]}
        out.append(orjson.dumps({"type": "Feature", "id": fid, "geometry": geometry, "properties": row | {"snapshot": manifest.id}}))
    return out
