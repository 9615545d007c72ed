"""A raster of night lights of one calendar year (VIIRS or DMSP annual composite): one file, or one tile of several of that year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import ConfigError, Place
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources.geotiff import Values, checked
from store.manifest import Warning_

# Composites hold sensor noise a little below 0 (VIIRS, nW/cm2/sr); farther below it is a nodata value that was not declared, often -999.
NOISE = -2.0
BRIGHTEST = 1e5  # gas flares reach some thousands; more is no light
LIGHT = Values(NOISE, BRIGHTEST, "E_LIGHTS_NEGATIVE", "E_LIGHTS_HUGE")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\d{2}(?:\d{2})?(?!\d)|(?!\d))")


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """The raster as a layer of its year; several sources of one year are tiles.

    A file whose name tells other years than the source is warned of: two years the wrong way round turn growth into decline. Raises
    ConfigError E_YEAR_NEEDED where the source names no year; else as `geotiff.read`, with E_LIGHTS_NEGATIVE and E_LIGHTS_HUGE.
    """
    if source.year is None:
        raise ConfigError("E_YEAR_NEEDED", place=Place(file=paths[0].name if paths else None))
    layer = checked(source, paths, places, LIGHT)
    told = years_told(paths[0].name)
    if told and source.year not in told:
        warning = Warning_(
            "LIGHTS_YEAR", {"file": paths[0].name, "year": source.year, "told": ", ".join(map(str, told))}
        )
        layer = replace(layer, info=replace(layer.info, warnings=(*layer.info.warnings, warning)))
    return layer


def years_told(name: str) -> list[int]:
    """Years a file name speaks of: 2019 in VNL_v21_npp_2019, 2012 and 2013 in npp_201204-201303; c20220101, when it was made, is none."""
    plain = re.sub(r"(?<![a-z])c\d{8,}|^f\d\d(?=\d{4})", "", name.lower())  # F18 is the satellite in F182013
    return sorted({int(year) for year in _YEAR.findall(plain)})
