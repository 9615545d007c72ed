"""Village polygons of BIG's RBI 10K (layer ADMINISTRASI_AR_DESAKEL): KDEPUM is the Kemendagri code; the *BPS columns are never used.

As GeoJSON, GeoPackage, zipped Shapefile or zipped FileGDB; heights are dropped. LUAS is km2 in the release of 2022 and hectares in that
of 2023, so it serves only to notice a polygon that cannot be the village its row names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from core import codes
from core.errors import InputError, Place
from core.settings import Source
from geo.boundaries import areas_km2
from geo.layer import Layer
from geo.sources.boundary_columns import Known, columns_of, pick, text_of, village_of
from geo.sources.boundary_features import Feature, Features, read_features
from geo.sources.content import needed
from geo.sources.polygons import BadShape, where
from geo.sources.villages import RawVillage, in_system, layer_of

ORIGIN = "BIG, Rupabumi Indonesia 1:10.000"
LICENCE = "tidak dinyatakan dalam berkas"
KNOWN = Known(
    kode=("kdepum",),
    name=("wadmkd",),
    parents=(("wadmkc",), ("wadmkk",), ("wadmpr",)),
    fallback=("namobj",),
)
_UPPER = ((3, "kdcpum"), (2, "kdpkab"), (1, "kdppum"))
_TIMES = 4.0  # an area that differs more than so from the one stated, in km2 and in hectares, is another area


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village.

    Raises InputError E_UPPER_LEVEL for a layer of districts, regencies or provinces, and as `boundary_features.read_features`,
    `boundary_columns.columns_of` and `villages.layer_of`.
    """
    needed(paths, "rbi10k")
    rows = [row for path in paths for row in _villages(source, path)]
    return layer_of(in_system(source, "rbi10k", "kemendagri"), "rbi10k", paths, rows, origin=ORIGIN, licence=LICENCE)


def _villages(source: Source, path: Path) -> list[RawVillage]:
    features = read_features(source, path, likely="DESA")
    columns = columns_of(features.headers, source.columns, str(path), KNOWN)
    rows = [village_of(item, columns) for item in features.rows]
    upper = {level: column for level, key in _UPPER if (column := pick(features.headers, (key,)))}
    if not any(row.kode for row in rows):
        _refuse_upper(features, upper)
    stated = pick(features.headers, ("luas",))
    rows = [_agreeing(row, item, upper) for row, item in zip(rows, features.rows, strict=True)]
    return _sized(rows, [number_of(item.properties.get(stated)) if stated else None for item in features.rows])


def _refuse_upper(features: Features, upper: Mapping[int, str]) -> None:
    """Raise InputError E_UPPER_LEVEL when no row has a village code but some have one of an upper area."""
    for level, column in upper.items():
        if any(text_of(item.properties.get(column)) for item in features.rows):
            raise InputError("E_UPPER_LEVEL", place=Place(file=features.file, column=column), level=level)


def _agreeing(row: RawVillage, feature: Feature, upper: Mapping[int, str]) -> RawVillage:
    """The row, or with BadShape R_CODES_APART where its own codes contradict each other."""
    for level, column in upper.items():
        code = text_of(feature.properties.get(column))
        # KDPKAB comes as a number in some files (61.1 for 61.10); only what is a code can disagree.
        if row.kode and codes.is_code(code) and codes.level(code) == level and not codes.covers(code, row.kode):
            return replace(row, shape=BadShape("R_CODES_APART", found=row.kode, other=code))
    return row


def _sized(rows: Sequence[RawVillage], stated: Sequence[float | None]) -> list[RawVillage]:
    """The rows, with BadShape R_POLYGON_SIZE where a polygon cannot be of the area stated, in km2 or in hectares."""
    out = list(rows)
    known = [
        (i, row.shape, luas)
        for i, (row, luas) in enumerate(zip(rows, stated, strict=True))
        if luas and isinstance(row.shape, shapely.Geometry) and not where(row.shape)
    ]
    sizes = areas_km2(np.array([shape for _, shape, _ in known] + [None], dtype=object)[:-1]).tolist()
    for (i, _, luas), km2 in zip(known, sizes, strict=True):
        if not any(1 / _TIMES < km2 / given < _TIMES for given in (luas, luas / 100.0)):
            fault = BadShape("R_POLYGON_SIZE", km2=f"{km2:.1f}", stated=f"{luas:g}")
            out[i] = replace(out[i], raw=out[i].raw | {"LUAS": f"{luas:g}"}, shape=fault)
    return out


def number_of(value: object) -> float | None:
    """A positive finite number; None for anything else: the file does not say."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if 0.0 < number < np.inf else None
