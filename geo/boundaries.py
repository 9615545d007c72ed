"""The tree of areas: villages cleaned into one coverage, upper levels dissolved from them, and a report on how good they are.

Upper levels never come from files of their own: those are simplified apart and no longer meet (DATA.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from core import codes
from core.crs import EQUAL_AREA, LONLAT
from core.errors import ConfigError
from geo.layer import Layer

GAP_WIDTH = 1e-3  # degrees, about 110 m: a slit between villages narrower than this is a drawing fault and is closed
TOLERANCE = 1e-9  # of the whole area: what rounding may leave of overlaps, or between the sums of two levels
_TOUCH = 1e-9  # degrees: vertices nearer than this are one
Shapes = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]
LEVELS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Drawn:
    """The villages as the file drew them, before cleaning: what overlapped and what gaped between them."""

    overlaps_km2: float = 0.0
    gaps_km2: float = 0.0
    largest_change: float = 0.0  # largest relative change of a village's area by the cleaning


@dataclass(frozen=True)
class AreaTree:
    """All areas of the mapped villages, levels 1 to 4.

    frame : GeoDataFrame EPSG:4326 sorted by kode: kode level(int) name parent(None for a province) area_km2 label_lon label_lat geometry
    indicative : the boundaries are derived, not official
    unmapped : village codes the source names without a usable polygon; they have no row in `frame`
    drawn : how the file had drawn the villages
    others : polygons of villages around the mapped ones, which the source has and nobody asked for
    """

    frame: gpd.GeoDataFrame
    indicative: bool
    unmapped: tuple[str, ...] = ()
    drawn: Drawn = Drawn()
    others: Shapes = field(default_factory=lambda: np.empty(0, dtype=object))

    def at_level(self, level: int) -> gpd.GeoDataFrame:
        """The rows of one level, in code order."""
        return self.frame[self.frame["level"] == level].reset_index(drop=True)


@dataclass(frozen=True)
class TreeReport:
    """What `petarawan boundaries check` prints; every number is of the tree, but `drawn` is of the file before cleaning."""

    counts: dict[int, int]
    area_km2: dict[int, float]
    overlaps_km2: float
    gaps_km2: float
    orphans: tuple[str, ...]
    invalid: tuple[str, ...]
    unmapped: tuple[str, ...]
    drawn: Drawn
    indicative: bool

    def faults(self) -> tuple[str, ...]:
        """Names of the rules the tree breaks: orphans, invalid, unmapped, overlaps, cover (children do not fill their parents)."""
        areas = self.area_km2.values()
        broken = {
            "orphans": bool(self.orphans),
            "invalid": bool(self.invalid),
            "unmapped": bool(self.unmapped),
            "overlaps": self.overlaps_km2 > TOLERANCE * max(areas, default=0.0),
            "cover": max(areas, default=0.0) - min(areas, default=0.0) > TOLERANCE * max(areas, default=0.0),
        }
        return tuple(name for name, found in broken.items() if found)

    @property
    def sound(self) -> bool:
        """No orphan, no invalid polygon, every village mapped, no overlap, and children that fill their parents."""
        return not self.faults()


def build_tree(layer: Layer, area: Sequence[str]) -> AreaTree:
    """The tree of the villages inside the area codes.

    Raises ConfigError E_AREA_UNKNOWN for codes in which the layer has no village with a polygon.
    """
    rows = layer.rows
    kode = rows["kode"].tolist()
    inside, whole = tuple(f"{code}." for code in area), set(area)  # as codes.covers, for many at once
    chosen = [item in whole or item.startswith(inside) for item in kode]
    mine = rows[chosen].sort_values("kode", ignore_index=True)
    usable = ~(shapely.is_missing(mine.geometry.to_numpy()) | shapely.is_empty(mine.geometry.to_numpy()))
    found = {codes.ancestor(item, level) for item in mine["kode"][usable].tolist() for level in LEVELS}
    unknown = [code for code in area if code not in found]
    if unknown:
        raise ConfigError("E_AREA_UNKNOWN", codes=", ".join(unknown))
    drawn_shapes = mine.geometry.to_numpy()[usable]
    cleaned = clean(drawn_shapes)
    kept = shapely.area(cleaned) > 0
    villages = mine[usable][kept]
    lost = sorted(set(mine["kode"]) - set(villages["kode"]))
    return AreaTree(
        _levels(villages, cleaned[kept]),
        layer.info.indicative,
        tuple(lost),
        _drawn(drawn_shapes, cleaned),
        _around(rows.geometry.to_numpy()[~np.array(chosen)], cleaned[kept]),
    )


def _around(others: Shapes, mapped: Shapes) -> Shapes:
    """Those of the other villages that reach into the rectangle around the mapped ones."""
    west, south, east, north = shapely.total_bounds(mapped)
    left, bottom, right, top = shapely.bounds(others).T
    # False for the NaN bounds of a village without a polygon.
    return np.asarray(others[(left <= east) & (right >= west) & (bottom <= north) & (top >= south)], dtype=object)


def clean(shapes: Shapes) -> Shapes:
    """The same villages as one coverage: no overlap, slits closed, shared edges with identical vertices.

    An overlap goes to the smaller village, so that an enclave drawn over its surroundings is not lost.
    """
    if shapely.coverage_is_valid(shapes) and not len(_slits(shapely.coverage_union_all(shapes))):
        return shapes
    # GEOS works with NaN on the way (empty rings), which numpy would report although the result holds none.
    with np.errstate(invalid="ignore"):
        cleaned = shapely.coverage_clean(  # type: ignore[attr-defined]  # new in shapely 2.2, unknown to the stubs of 2.1
            shapes, gap_width=GAP_WIDTH, snapping_distance=_TOUCH, merge_strategy="min_area"
        )
    return np.asarray(cleaned, dtype=np.object_)


def areas_km2(shapes: Shapes) -> FloatArray:
    """Area in EPSG:6933; lon/lat polygons (N,) to km2 (N,)."""
    ahead = pyproj.Transformer.from_crs(LONLAT, EQUAL_AREA, always_xy=True)
    flat = shapely.transform(shapes, lambda xy: np.column_stack(ahead.transform(xy[:, 0], xy[:, 1])))
    return np.asarray(shapely.area(flat), dtype=np.float64) / 1e6


def label_points(shapes: Shapes) -> FloatArray:
    """A point well inside each shape, (N, 2): the middle of its largest circle."""
    size = np.sqrt(shapely.area(shapes))
    return np.asarray(
        shapely.get_coordinates(shapely.get_point(shapely.maximum_inscribed_circle(shapes, size / 50), 0))
    )


def _levels(villages: gpd.GeoDataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    """Rows of all four levels from the cleaned villages."""
    kode = villages["kode"].to_numpy(dtype=object)
    parts = [pd.DataFrame({"kode": kode, "level": 4, "name": villages["name"].to_numpy(dtype=object)})]
    geometry = [shapes]
    for level, column in ((3, "kecamatan"), (2, "kabupaten"), (1, "provinsi")):
        own = np.array([codes.ancestor(item, level) for item in kode], dtype=object)
        upper, first = np.unique(own, return_index=True)
        ends = [*first[1:], len(own)]  # villages are sorted by code, so every area is one run
        geometry.append(
            np.array([shapely.coverage_union_all(shapes[a:b]) for a, b in zip(first, ends, strict=True)], dtype=object)
        )
        parts.append(
            pd.DataFrame({"kode": upper, "level": level, "name": villages[column].to_numpy(dtype=object)[first]})
        )
    frame = pd.concat(parts, ignore_index=True)
    every = np.concatenate(geometry)
    points = label_points(every)
    parent = np.array([codes.parent(item) for item in frame["kode"]], dtype=object)
    frame = frame.assign(parent=parent, area_km2=areas_km2(every), label_lon=points[:, 0], label_lat=points[:, 1])
    frame["parent"] = frame["parent"].astype(object).where(frame["parent"].notna(), None)
    out = gpd.GeoDataFrame(frame, geometry=every, crs=LONLAT).sort_values("kode", ignore_index=True)
    return out[["kode", "level", "name", "parent", "area_km2", "label_lon", "label_lat", "geometry"]]


def _drawn(before: Shapes, after: Shapes) -> Drawn:
    """Overlaps and gaps of the villages as drawn, and how much the cleaning changed."""
    if before is after:
        return Drawn()
    was, now = areas_km2(before), areas_km2(after)
    overlaps, gaps = overlaps_and_gaps(before)
    change = np.abs(now - was) / np.where(was > 0, was, 1.0)
    return Drawn(overlaps, gaps, float(change.max(initial=0.0)))


def overlaps_and_gaps(shapes: Shapes) -> tuple[float, float]:
    """km2 that lie in more than one polygon (counted once per extra one), and km2 of slits between them up to GAP_WIDTH wide."""
    # The union of a valid coverage is found by dropping shared edges; the general one costs ten times as much.
    union = shapely.coverage_union_all(shapes) if shapely.coverage_is_valid(shapes) else shapely.union_all(shapes)
    covered = float(areas_km2(np.array([union], dtype=object))[0])
    overlaps = max(0.0, float(areas_km2(shapes).sum()) - covered)
    return overlaps, float(areas_km2(_slits(union)).sum())


def _slits(union: shapely.Geometry) -> Shapes:
    """The holes of a union that are narrower than GAP_WIDTH; wider ones are lakes or land that is not mapped."""
    rings = [ring for part in shapely.get_parts(union) for ring in shapely.get_rings(part)[1:]]
    holes = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    return np.asarray(holes[shapely.is_empty(shapely.buffer(holes, -GAP_WIDTH / 2))], dtype=object)


def check_tree(tree: AreaTree) -> TreeReport:
    """Counts, areas, overlaps, gaps, orphans and invalid polygons of a tree."""
    frame = tree.frame
    known = set(frame["kode"])
    parents = frame["parent"].tolist()
    orphans = [
        kode for kode, parent in zip(frame["kode"], parents, strict=True) if parent is not None and parent not in known
    ]
    shapes = frame.geometry.to_numpy()
    bad = ~shapely.is_valid(shapes) | ~(frame["area_km2"].to_numpy() > 0)
    villages = tree.at_level(4).geometry.to_numpy()
    overlaps, gaps = overlaps_and_gaps(villages)
    return TreeReport(
        counts={level: int((frame["level"] == level).sum()) for level in LEVELS},
        area_km2={level: float(frame.loc[frame["level"] == level, "area_km2"].sum()) for level in LEVELS},
        overlaps_km2=overlaps,
        gaps_km2=gaps,
        orphans=tuple(orphans),
        invalid=tuple(frame["kode"][bad].tolist()),
        unmapped=tree.unmapped,
        drawn=tree.drawn,
        indicative=tree.indicative,
    )
