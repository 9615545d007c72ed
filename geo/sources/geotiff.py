"""A raster of people (or of light): checked whole and handed on as a file; nobody reads a pixel before it is known to make sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window, from_bounds

from core.errors import ConfigError, InputError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources.records import Ledger, info
from geo.sources.sheets import read_head
from store.manifest import Warning_

MAX_SIDE, MAX_PIXELS = 400_000, 4_000_000_000  # Indonesia at 3 arc-seconds is 57,000 x 22,000
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
MOST_PEOPLE = 1e8  # in one pixel; more is a nodata value that was not declared, often 3.4e38
_STRIP = 4_000_000  # pixels looked at at once


@dataclass(frozen=True)
class Values:
    """What one pixel may hold, and the codes of the errors for what is below and above it."""

    least: float
    most: float
    below: str
    above: str


PEOPLE = Values(0.0, MOST_PEOPLE, "E_RASTER_NEGATIVE", "E_RASTER_HUGE")


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """The raster as a layer; one row in, one accepted.

    Raises ConfigError E_ONE_FILE; InputError E_NO_FILE, E_EMPTY, E_UNREADABLE, and E_RASTER_ with SIZE, TOO_BIG, BANDS, TYPE, CRS, ROTATED,
    OUTSIDE, EMPTY, NEGATIVE, HUGE; E_NOT_TIFF.
    """
    return checked(source, paths, places, PEOPLE)


def checked(source: Source, paths: Sequence[Path], places: Places, values: Values) -> Layer:
    """The raster of a source whose pixels hold `values`; raises as `read`, the last two being the codes `values` names."""
    if len(paths) != 1:
        raise ConfigError("E_ONE_FILE", kind=source.kind, count=len(paths))
    path = paths[0]
    head = read_head(path)
    if not head.startswith(_TIFF):
        raise InputError("E_NOT_TIFF", place=Place(file=path.name))
    ledger = Ledger(rows_in=1)
    try:
        # The driver is forced and sidecar files are not looked for: content decides, nothing else is opened.
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
            rasterio.open(path, driver="GTiff") as raster,
        ):
            _check_shape(raster, path.name)
            nodata_known = raster.nodata is not None or bool(np.issubdtype(raster.dtypes[0], np.floating))
            _check_values(raster, _window(raster, places, path.name), path.name, values)
    except RasterioError as error:
        raise InputError("E_UNREADABLE", place=Place(file=path.name), detail=str(error)) from error
    if not nodata_known:
        ledger.warnings.append(Warning_("RASTER_NODATA", {"file": path.name}))
    return Layer(info(source, paths, ledger), raster=path)


def _check_shape(raster: rasterio.DatasetReader, name: str) -> None:
    place = Place(file=name)
    if raster.width > MAX_SIDE or raster.height > MAX_SIDE or raster.width * raster.height > MAX_PIXELS:
        raise InputError("E_RASTER_TOO_BIG", place=place, width=raster.width, height=raster.height)
    if raster.width < 2 or raster.height < 2:
        raise InputError("E_RASTER_SIZE", place=place, width=raster.width, height=raster.height)
    if raster.count != 1:
        raise InputError("E_RASTER_BANDS", place=place, count=raster.count)
    if np.issubdtype(raster.dtypes[0], np.complexfloating):
        raise InputError("E_RASTER_TYPE", place=place, dtype=raster.dtypes[0])
    if raster.crs is None or raster.crs.to_epsg() != 4326:
        found = "-" if raster.crs is None else raster.crs.to_string()[:60]
        raise InputError("E_RASTER_CRS", place=place, found=found)
    step = raster.transform
    if step.b or step.d or step.a <= 0 or step.e >= 0:
        raise InputError("E_RASTER_ROTATED", place=place)


def _window(raster: rasterio.DatasetReader, places: Places, name: str) -> Window:
    """The part over the mapped area."""
    west, south, east, north = places.bounds
    left, bottom, right, top = raster.bounds
    if left >= east or right <= west or bottom >= north or top <= south:
        raise InputError("E_RASTER_OUTSIDE", place=Place(file=name), bounds=f"{left:g}, {bottom:g}, {right:g}, {top:g}")
    box = (max(left, west), max(bottom, south), min(right, east), min(top, north))
    window = from_bounds(*box, transform=raster.transform).round_offsets(op="floor").round_lengths(op="ceil")
    return window.intersection(Window(0, 0, raster.width, raster.height))


def _check_values(raster: rasterio.DatasetReader, window: Window, name: str, allowed: Values) -> None:
    """Something is known there, and nothing is below or above what there can be; read in strips."""
    known = 0
    rows = max(1, _STRIP // max(1, int(window.width)))
    for top in range(0, int(window.height), rows):
        strip = Window(window.col_off, window.row_off + top, window.width, min(rows, int(window.height) - top))
        values = raster.read(1, window=strip, masked=True)
        values = np.ma.masked_invalid(values) if np.issubdtype(values.dtype, np.floating) else values
        known += int(values.count())
        if values.count() and float(values.min()) < allowed.least:
            raise InputError(allowed.below, place=Place(file=name), value=float(values.min()))
        if values.count() and float(values.max()) > allowed.most:
            raise InputError(allowed.above, place=Place(file=name), value=f"{float(values.max()):g}")
    if not known:
        raise InputError("E_RASTER_EMPTY", place=Place(file=name))
