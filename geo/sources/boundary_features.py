"""Features of a boundary file, whatever its format: GeoJSON, GeoPackage, zipped Shapefile, zipped FileGDB, all read in the sandbox.

Shapes come out in lon/lat as drawn, valid or not; what cannot be read at all comes out as the BadShape that says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from core.errors import InputError, Place
from core.settings import Source
from geo.sources import vectors
from geo.sources.content import regular
from geo.sources.polygons import MAX_VERTICES, BadShape

_GZIP = b"\x1f\x8b"
_SHP = b"\x00\x00\x27\x0a"
_ZIP = b"PK"
_SEVERAL = ("E_LAYERS", "E_GPKG_LAYERS")
# What a source insists on by the name of its reader; readers of one publisher's files take what they find.
_FORMS = {"geojson": "json", "gpkg": "gpkg"}
Shape = shapely.Geometry | BadShape | None


@dataclass(frozen=True)
class Feature:
    """One feature: its cells and its shape; `flat` says that a third coordinate was dropped."""

    place: Place
    properties: Mapping[str, Any]
    shape: Shape
    flat: bool = False


@dataclass(frozen=True)
class Features:
    """All features of one file, and its column names in the order they first occur."""

    file: str
    headers: tuple[str, ...]
    rows: Sequence[Feature]


def read_features(source: Source, path: Path, likely: str = "") -> Features:
    """The features of a file, by its content and never by its name.

    Of several layers the one that `source.sheet` names; else the only one with `likely` in its name, if that is given.
    Raises InputError E_SHP_ALONE, E_NOT_SHAPEFILE, and InputError and ConfigError as `vectors.read_features`.
    """
    regular(path)
    with path.open("rb") as stream:
        head = stream.read(4)
    if head == _SHP:
        raise InputError("E_SHP_ALONE", place=Place(file=str(path)))
    if source.reader == "shapefile" and not head.startswith(_ZIP):
        raise InputError("E_NOT_SHAPEFILE", place=Place(file=str(path)))
    form = _FORMS.get(source.reader) or ("json" if head.startswith(_GZIP) else None)
    try:
        found = vectors.read_features(path, crs=source.crs, layer=source.sheet, form=form)
    except InputError as error:
        names = str(error.params.get("layers", "")).split(", ")
        fitting = [name for name in names if likely and likely in name.upper()]
        if source.sheet is not None or error.code not in _SEVERAL or len(fitting) != 1:
            raise
        found = vectors.read_features(path, crs=source.crs, layer=fitting[0], form=form)
    shapes = _shapes([row.wkb for row in found.rows])
    for number, fault in found.faults.items():
        shapes[number - 1] = BadShape(fault.code, **fault.params)
    rows = [
        Feature(
            Place(file=path.name, sheet=found.layer, row=row.number), row.properties, shape, row.number in found.heights
        )
        for row, shape in zip(found.rows, shapes, strict=True)
    ]
    return Features(str(path), tuple(found.columns), rows)


def _shapes(wkbs: Sequence[bytes | None]) -> list[Shape]:
    """Geometries, None for none; one that cannot be read costs its own row."""
    stored = np.array([*wkbs, None], dtype=object)[:-1]
    with np.errstate(invalid="ignore"):  # GEOS meets NaN in a broken geometry; it gives None for it
        shapes = np.asarray(shapely.from_wkb(stored, on_invalid="ignore"), dtype=object)
    out: list[Shape] = shapes.tolist()
    for i in np.flatnonzero(shapely.is_missing(shapes) & np.array([wkb is not None for wkb in wkbs], dtype=bool)):
        out[i] = BadShape("R_POLYGON_BROKEN")
    for i in np.flatnonzero(shapely.get_num_coordinates(shapes) > MAX_VERTICES):
        out[i] = BadShape("R_POLYGON_VERTICES", limit=str(MAX_VERTICES))
    return out
