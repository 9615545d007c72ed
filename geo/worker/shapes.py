"""Geometries on their way out of the worker: lon/lat, flat, finite, or a reason."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pyproj.datadir
import shapely

from core.crs import LONLAT
from core.errors import ConfigError

POLYGONAL = (3, 6)


class NoShape(Exception):
    """Why a row has no usable geometry: a code with words `reason.<code>`."""

    def __init__(self, code: str, /, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def data_folders() -> list[Path]:
    """Where PROJ keeps its tables; in some installations outside of Python's own folders."""
    return [Path(folder) for folder in pyproj.datadir.get_data_dir().split(os.pathsep) if folder]


def system(text: str) -> pyproj.CRS:
    """A coordinate system by its name or definition; raises ConfigError E_CRS."""
    try:
        return pyproj.CRS(text)
    except pyproj.exceptions.CRSError as error:
        raise ConfigError("E_CRS", value=text[:120]) from error


def name_of(crs: pyproj.CRS) -> str:
    """Its EPSG number where it has one (`.prj` files seldom say it), else its name."""
    epsg = crs.to_epsg(min_confidence=25)
    return f"EPSG:{epsg}" if epsg else (crs.name or "?")[:80]


def to_lonlat(crs: pyproj.CRS) -> pyproj.Transformer | None:
    """The way to lon/lat; None where the numbers are that already. Raises ConfigError E_CRS where there is no way."""
    if crs.to_epsg() == 4326 or crs.equals(pyproj.CRS(LONLAT), ignore_axis_order=True):
        return None
    try:
        return pyproj.Transformer.from_crs(crs, LONLAT, always_xy=True)
    except pyproj.exceptions.ProjError as error:  # a system of no place on earth, or one that wants a grid file
        raise ConfigError("E_CRS", value=name_of(crs)) from error


def from_wkb(wkb: bytes) -> shapely.Geometry:
    """One geometry of a file, read by itself so that a broken one costs one row; raises NoShape R_POLYGON_BROKEN."""
    try:
        return shapely.from_wkb(wkb)
    except (shapely.errors.GEOSException, TypeError) as error:
        raise NoShape("R_POLYGON_BROKEN") from error


def out(shape: shapely.Geometry, ahead: pyproj.Transformer | None, crs: str) -> tuple[bytes | None, bool]:
    """WKB in lon/lat, 2-D, and whether heights were dropped; None for a geometry of nothing. Raises NoShape."""
    if shapely.is_empty(shape):
        return None, False
    tall = bool(shapely.has_z(shape))
    shape = shapely.force_2d(shape)
    xy = shapely.get_coordinates(shape)
    if not np.isfinite(xy).all():
        raise NoShape(number_reason(shape))
    if ahead is not None:
        lon, lat = ahead.transform(xy[:, 0], xy[:, 1])
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise NoShape("R_SHAPE_CRS", crs=crs)
        shape = shapely.set_coordinates(shape, np.column_stack((lon, lat)))
    return bytes(shapely.to_wkb(shape)), tall


def number_reason(shape: shapely.Geometry) -> str:
    return "R_POLYGON_NUMBER" if shapely.get_type_id(shape) in POLYGONAL else "R_SHAPE_NUMBER"


class Rows:
    """Rows gathered into frames {rows, times, shapes, faults, heights}; `shapes` are lengths of WKB in the frame's bytes, or null."""

    def __init__(self, write: Any, most: int = 200, most_bytes: int = 1 << 24) -> None:
        self._write, self._most, self._most_bytes = write, most, most_bytes
        self._clear()

    def _clear(self) -> None:
        self._data: dict[str, Any] = {"rows": [], "times": [], "shapes": [], "faults": [], "heights": []}
        self._blob = bytearray()

    def add(
        self, cells: list[Any], times: list[tuple[int, str, str]], wkb: bytes | None, tall: bool, fault: NoShape | None
    ) -> None:
        """One row; `times` are (column, kind, ISO text)."""
        at = len(self._data["rows"])
        self._data["rows"].append(cells)
        self._data["times"] += [[at, *item] for item in times]
        self._data["shapes"].append(None if wkb is None else len(wkb))
        self._blob += wkb or b""
        if fault is not None:
            self._data["faults"].append([at, fault.code, fault.params])
        if tall:
            self._data["heights"].append(at)
        if at + 1 >= self._most or len(self._blob) >= self._most_bytes:
            self.flush()

    def flush(self) -> None:
        """Write what is gathered."""
        if self._data["rows"]:
            self._write(self._data, bytes(self._blob))
        self._clear()
