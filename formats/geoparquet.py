"""GeoParquet 1.1: WKB in OGC:CRS84, zstd."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq

from formats import rows
from formats.about import facts
from store.manifest import Manifest


def write(name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """The attributes and `geometry`; the facts about the snapshot stand in the file's metadata under `petarawan`."""
    out = rows.with_geometry(name, table, manifest)
    column = {"encoding": "WKB", "geometry_types": ["MultiPolygon", "Polygon"] if name in rows.POLYGONS else ["Point"]}
    column["orientation"] = "counterclockwise"
    geo = {"version": "1.1.0", "primary_column": rows.GEOMETRY, "columns": {rows.GEOMETRY: column}}
    about = json.dumps(dict(facts(manifest)), ensure_ascii=False)
    buffer = io.BytesIO()
    pq.write_table(
        out.replace_schema_metadata({"geo": json.dumps(geo), "petarawan": about}), buffer, compression="zstd"
    )
    return buffer.getvalue()
