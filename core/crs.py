"""The coordinate systems we speak: lon/lat outside, EPSG:6933 for areas, UTM for paper, the unit sphere for distances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LONLAT = "EPSG:4326"
EQUAL_AREA = "EPSG:6933"
EARTH_KM = 6371.007180918475  # authalic radius, the one H3 uses
INDONESIA = (94.0, -12.0, 142.0, 7.0)  # west, south, east, north: anything outside is not in the country

FloatArray = npt.NDArray[np.float64]


def unit_vectors(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Points on the unit sphere; degrees (N,), (N,) to float64 (N, 3)."""
    lam, phi = np.radians(lon), np.radians(lat)
    cos = np.cos(phi)
    return np.column_stack((cos * np.cos(lam), cos * np.sin(lam), np.sin(phi)))


def chord(km: float) -> float:
    """Straight-line length on the unit sphere of an arc of `km`."""
    return float(2.0 * np.sin(km / EARTH_KM / 2.0))


def arc_km(chords: FloatArray) -> FloatArray:
    """Arc length in km of chords on the unit sphere."""
    return np.asarray(2.0 * EARTH_KM * np.arcsin(np.minimum(chords / 2.0, 1.0)), dtype=np.float64)


def utm_epsg(lon: float, lat: float) -> int:
    """EPSG code of the WGS 84 / UTM zone of a point."""
    return (32600 if lat >= 0 else 32700) + int((lon + 180.0) // 6.0) + 1


def in_indonesia(lon: FloatArray, lat: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each point lies in the bounding box of the country (False for NaN)."""
    west, south, east, north = INDONESIA
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
