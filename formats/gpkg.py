"""GeoPackage 1.4 by GDAL, with the snapshot's date in place of the clock."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyogrio
from pyogrio.raw import write_arrow

from core.crs import LONLAT
from formats import rows
from formats.about import facts
from store.manifest import Manifest


def write(name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """One layer named after the table; the facts about the snapshot stand in the layer's description."""
    out = rows.with_geometry(name, table, manifest)
    kind = "Unknown" if name == "areas" else "Polygon" if name == "cells" else "Point"
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.gpkg"
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{manifest.as_of}T00:00:00.000Z"})
        try:
            write_arrow(
                out,
                path,
                layer=name,
                driver="GPKG",
                geometry_name=rows.GEOMETRY,
                geometry_type=kind,
                crs=LONLAT,
                layer_options={
                    "IDENTIFIER": f"{manifest.title}: {name}",
                    "DESCRIPTION": json.dumps(dict(facts(manifest)), ensure_ascii=False),
                    "FID": "fid",
                },
            )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
        return path.read_bytes()
