"""The map frame: which part of the world lies where on the page, in millimetres, y downward.

Projection is the UTM zone of the area on WGS 84; the scale comes from a list of round scales, as a map reader expects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from core.crs import LONLAT, utm_epsg

Points = npt.NDArray[np.float64]

SCALES = (
    *(5_000, 7_500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000, 75_000),
    *(100_000, 125_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000, 600_000, 750_000),
    *(1_000_000, 1_250_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000, 4_000_000, 5_000_000, 7_500_000, 10_000_000),
)
_STEPS = tuple(n / 3600 for n in (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000))  # graticule, degrees


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@dataclass(frozen=True)
class Frame:
    """`x y width height`: the frame on the page (mm); `east north`: UTM metres of its centre; 1:`scale`."""

    x: float
    y: float
    width: float
    height: float
    epsg: int
    scale: int
    east: float
    north: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.x + self.width, self.y + self.height

    @property
    def zone(self) -> str:
        """The UTM zone as a map says it: 50S."""
        return f"{self.epsg % 100}{'N' if self.epsg < 32700 else 'S'}"

    def to_page(self, lonlat: Points) -> Points:
        """Degrees (N, 2) to millimetres on the page (N, 2)."""
        east, north = _transformer(LONLAT, f"EPSG:{self.epsg}").transform(lonlat[:, 0], lonlat[:, 1])
        millimetres = 1000.0 / self.scale
        return np.column_stack(
            (
                self.x + self.width / 2 + (np.asarray(east) - self.east) * millimetres,
                self.y + self.height / 2 - (np.asarray(north) - self.north) * millimetres,
            )
        )

    def to_lonlat(self, page: Points) -> Points:
        """Millimetres on the page (N, 2) to degrees (N, 2)."""
        metres = self.scale / 1000.0
        lon, lat = _transformer(f"EPSG:{self.epsg}", LONLAT).transform(
            self.east + (page[:, 0] - self.x - self.width / 2) * metres,
            self.north - (page[:, 1] - self.y - self.height / 2) * metres,
        )
        return np.column_stack((lon, lat))

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees of everything inside the frame."""
        along = np.linspace(0.0, 1.0, 9)
        edge = [(t, side) for t in along for side in (0.0, 1.0)]
        unit = np.array([*edge, *((side, t) for t, side in edge)])
        lonlat = self.to_lonlat(np.array([self.x, self.y]) + unit * np.array([self.width, self.height]))
        west, south = lonlat.min(axis=0)
        east, north = lonlat.max(axis=0)
        return float(west), float(south), float(east), float(north)

    def wkt(self) -> str:
        """The projected coordinate system as GeoPDF readers want it."""
        return CRS.from_epsg(self.epsg).to_wkt("WKT1_ESRI")


def fit(
    area: BaseGeometry, box: tuple[float, float, float, float], margin: float, scales: tuple[int, ...] = SCALES
) -> Frame:
    """The frame in `box` (x0, y0, x1, y1 in mm) that shows an area given in degrees, `margin` mm free around it."""
    west, south, east, north = shapely.bounds(area)
    epsg = utm_epsg((west + east) / 2, (south + north) / 2)
    corners = shapely.get_coordinates(area)
    x, y = _transformer(LONLAT, f"EPSG:{epsg}").transform(corners[:, 0], corners[:, 1])
    width, height = box[2] - box[0], box[3] - box[1]
    needed = 1000.0 * max(np.ptp(x) / (width - 2 * margin), np.ptp(y) / (height - 2 * margin))
    scale = next((step for step in scales if step >= needed), scales[-1])
    middle_x, middle_y = (float(v.min() + np.ptp(v) / 2) for v in (np.asarray(x), np.asarray(y)))
    return Frame(box[0], box[1], width, height, epsg, scale, middle_x, middle_y)


@dataclass(frozen=True)
class Tick:
    """Where a meridian or parallel leaves the frame: `side` is left, right, top or bottom; `degrees` signed."""

    side: str
    x: float
    y: float
    degrees: float


def graticule(frame: Frame, spacing: float = 55.0) -> tuple[list[shapely.LineString], list[Tick]]:
    """Meridians and parallels about `spacing` mm apart inside the frame, and their ends on its sides."""
    west, south, east, north = frame.bounds()
    wanted = (north - south) / (frame.height / spacing)
    step = next((s for s in _STEPS if s >= 0.75 * wanted), _STEPS[-1])
    box = frame.box
    lines: list[shapely.LineString] = []
    ticks: list[Tick] = []
    along = np.linspace(0.0, 1.0, 33)
    for low, high, meridian in ((west, east, True), (south, north, False)):
        for n in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
            fixed = np.full(33, n * step)
            moving = (south + (north - south) * along) if meridian else (west + (east - west) * along)
            line = shapely.linestrings(frame.to_page(np.column_stack((fixed, moving) if meridian else (moving, fixed))))
            inside = shapely.clip_by_rect(line, *box)
            if not isinstance(inside, shapely.LineString) or inside.is_empty:
                continue
            lines.append(inside)
            for x, y in (inside.coords[0], inside.coords[-1]):
                side = _side(x, y, box, meridian)
                if side:
                    ticks.append(Tick(side, x, y, n * step))
    return lines, ticks


def _side(x: float, y: float, box: tuple[float, float, float, float], meridian: bool) -> str:
    if meridian:
        return "top" if abs(y - box[1]) < 0.01 else "bottom" if abs(y - box[3]) < 0.01 else ""
    return "left" if abs(x - box[0]) < 0.01 else "right" if abs(x - box[2]) < 0.01 else ""
