"""Village polygons of geoBoundaries (ADM4: shapeName, shapeID, shapeType), which have no codes: matched by name inside the parent.

The file has no parents either. Give its ADM3 and ADM2 files in the same `path`: the parent is then the polygon a village's inner point
lies in. Without them a village is taken only where exactly one of its name in the register lies inside its polygon or nearer than
NEAR degrees to it. What is not matched is quarantined and listed, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from core.errors import InputError, Place
from core.settings import Source
from geo.atlas import Atlas
from geo.layer import Layer
from geo.sources.boundary_codes import by_name, coded, told
from geo.sources.boundary_columns import Known, columns_of, pick, text_of, village_of
from geo.sources.boundary_features import Features, read_features
from geo.sources.content import needed
from geo.sources.polygons import BadShape
from geo.sources.villages import RawVillage, in_system, layer_of

ORIGIN = "geoBoundaries (geoboundaries.org)"
LICENCE = "CC BY 4.0 (gbOpen)"
KNOWN = Known(kode=(), name=("shapename",))
NEAR = 0.02  # degrees, about 2 km


@dataclass(frozen=True)
class Parents:
    """The polygons of one upper level and their names."""

    tree: shapely.STRtree
    names: tuple[str, ...]

    def name_at(self, point: shapely.Geometry) -> str | None:
        """The name of the one polygon a point lies in; None where there is none, or where two overlap."""
        found = self.tree.query(point, predicate="intersects").tolist()
        return self.names[found[0]] if len(found) == 1 else None


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village of the ADM4 file; files of upper levels only tell the parents.

    Raises InputError E_UPPER_LEVEL when no file is of villages, and as `boundary_features.read_features`,
    `boundary_columns.columns_of` and `villages.layer_of`.
    """
    needed(paths, "geoboundaries")
    in_system(source, "geoboundaries", None)
    parents: dict[int, Parents] = {}
    rows: list[RawVillage] = []
    for path in paths:
        features = read_features(source, path)
        columns = columns_of(features.headers, source.columns, str(path), KNOWN)
        found = [village_of(item, columns) for item in features.rows]
        level = _level(features)
        if level == 4:
            rows += found
        else:
            parents[level] = _parents(found)
    if not rows:
        raise InputError("E_UPPER_LEVEL", place=Place(file=str(paths[0])), level=max(parents))
    by_place = [_placed(row, parents) for row in rows]
    found_rows = coded(by_place, by_name if parents else _by_point)
    kept = source.model_copy(update={"code_system": "kemendagri"})
    return layer_of(kept, "geoboundaries", paths, found_rows, origin=ORIGIN, licence=LICENCE)


def _level(features: Features) -> int:
    """1 to 4 by shapeType (ADM4), which is the same on every row; a file without it is taken as of villages."""
    column = pick(features.headers, ("shapetype",))
    kinds = {text_of(item.properties.get(column)).upper() for item in features.rows} if column else set()
    kinds.discard("")
    if kinds <= {"ADM4"}:
        return 4
    if len(kinds) > 1 or (kind := kinds.pop()) not in ("ADM1", "ADM2", "ADM3"):
        raise InputError("E_SHAPE_TYPE", place=Place(file=features.file, column=column))
    return int(kind[-1])


def _parents(rows: Sequence[RawVillage]) -> Parents:
    named = [(row.name, row.shape) for row in rows if isinstance(row.shape, shapely.Geometry) and row.name]
    with np.errstate(invalid="ignore"):
        shapes = [shapely.make_valid(shape) for _, shape in named]
    return Parents(shapely.STRtree(shapes), tuple(name for name, _ in named))


def _placed(row: RawVillage, parents: dict[int, Parents]) -> RawVillage:
    """The row with the names of its parents, by a point inside its polygon."""
    if not parents or not isinstance(row.shape, shapely.Geometry):
        return row
    with np.errstate(invalid="ignore"):
        point = shapely.point_on_surface(row.shape)
    kecamatan, kabupaten, provinsi = (parents[n].name_at(point) if n in parents else None for n in (3, 2, 1))
    return replace(row, parents=(kecamatan, kabupaten, provinsi))


def _by_point(row: RawVillage) -> str:
    """The one village of this name whose registered point lies in or near the polygon; raises BadShape R_NO_PARENT, R_AMBIGUOUS."""
    atlas = Atlas.load()
    if not isinstance(row.shape, shapely.Geometry):
        raise BadShape("R_NO_PARENT", name=told(row))
    away: dict[str, float] = {}
    for kode in atlas.find(row.name, 4, None) if row.name else []:
        entry = atlas.entry(kode)
        if entry is not None and entry.lon is not None and entry.lat is not None:
            away[kode] = float(shapely.distance(row.shape, shapely.Point(entry.lon, entry.lat)))
    inside = [kode for kode, km in away.items() if km == 0.0]
    near = inside or [kode for kode, km in away.items() if km < NEAR]
    if len(near) > 1:
        raise BadShape("R_AMBIGUOUS", name=told(row), found=", ".join(near[:5]))
    if not near:
        raise BadShape("R_NO_PARENT", name=told(row))
    return near[0]
