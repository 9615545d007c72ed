"""Village polygons of the Common Operational Dataset on HDX (ADM4_EN, ADM4_PCODE "ID6404010001"): its p-codes are BPS codes.

BPS 6404 is Kutai Timur, Kemendagri 64.08: every code is translated (geo.crosswalk), below the level the crosswalk holds by the names
inside the parent; what has no match is quarantined and listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError, Place
from core.settings import Source
from geo.layer import Layer
from geo.sources.boundary_codes import from_bps
from geo.sources.boundary_columns import Known, columns_of, pick, village_of
from geo.sources.boundary_features import Features, read_features
from geo.sources.content import needed
from geo.sources.villages import RawVillage, in_system, layer_of

ORIGIN = "BPS/OCHA, Common Operational Datasets (HDX)"
LICENCE = "tidak dinyatakan dalam berkas"


def _known(level: int) -> tuple[str, ...]:
    """Name headers of a level, over the generations of the dataset."""
    return (f"adm{level}en", f"adm{level}name", f"admin{level}nameen", f"adm{level}id")


KNOWN = Known(kode=("adm4pcode", "admin4pcode"), name=_known(4), parents=(_known(3), _known(2), _known(1)))


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village.

    Raises InputError E_UPPER_LEVEL for a file of an upper level, and as `boundary_features.read_features`,
    `boundary_columns.columns_of` and `villages.layer_of`.
    """
    needed(paths, "hdx_cod")
    in_system(source, "hdx_cod", "bps")
    rows = from_bps([row for path in paths for row in _villages(source, path)])
    found = source.model_copy(update={"code_system": "kemendagri"})
    return layer_of(found, "hdx_cod", paths, rows, origin=ORIGIN, licence=LICENCE)


def _villages(source: Source, path: Path) -> list[RawVillage]:
    features = read_features(source, path)
    if "kode" not in source.columns:
        _refuse_upper(features)
    columns = columns_of(features.headers, source.columns, str(path), KNOWN)
    return [village_of(item, columns) for item in features.rows]


def _refuse_upper(features: Features) -> None:
    """Raise InputError E_UPPER_LEVEL for a file with p-codes, but none of villages."""
    if pick(features.headers, KNOWN.kode):
        return
    for level in (3, 2, 1):
        column = pick(features.headers, (f"adm{level}pcode", f"admin{level}pcode"))
        if column:
            raise InputError("E_UPPER_LEVEL", place=Place(file=features.file, column=column), level=level)
