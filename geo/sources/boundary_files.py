"""Village polygons from any GeoJSON, GeoPackage or zipped Shapefile, by the headers seen in real files.

A reader states its code system: undotted codes are refused without `code_system`; BPS codes look like Kemendagri codes and mean other
places, so they are used only where `code_system = "bps"` says so, and then translated (geo.crosswalk).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.settings import Source
from geo.layer import Layer
from geo.sources.boundary_columns import columns_of, village_of
from geo.sources.boundary_features import read_features
from geo.sources.content import needed
from geo.sources.polygons import BadShape
from geo.sources.villages import RawVillage, layer_of

UNKNOWN = "tidak dinyatakan"


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village; the format is found by content, whichever of geojson, gpkg and shapefile `source.reader` says.

    Raises InputError and ConfigError as `villages.layer_of`, `boundary_features.read_features` and `boundary_columns.columns_of`.
    """
    needed(paths, source.reader)
    found = [village for path in paths for village in _villages(source, path)]
    if source.code_system == "bps":
        from geo.sources.boundary_codes import from_bps

        found, source = from_bps(found), source.model_copy(update={"code_system": "kemendagri"})
    return layer_of(
        source, source.reader, paths, found, origin=source.name or ", ".join(p.name for p in paths), licence=UNKNOWN
    )


def _villages(source: Source, path: Path) -> list[RawVillage]:
    features = read_features(source, path)
    if not features.headers:
        return [RawVillage(item.place, "", "", BadShape("R_NOT_FEATURE")) for item in features.rows]
    columns = columns_of(features.headers, source.columns, str(path), code_system=source.code_system)
    return [village_of(item, columns) for item in features.rows]
