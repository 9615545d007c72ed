"""Village polygons of Dukcapil's map service (Kemendagri), with the population it counts in every village.

Columns come whole (`kode_desa_spatial`), cut to ten letters in a Shapefile (`kode_desa_`), or behind the name of a table
(`giskemendagri.gisadmin.rekap_kel202001.kode_desa_spatial`). The code is that of Kemendagri without dots, often stored as a number.
Names are in capitals and come out as the register writes them. `luas_wilayah` is never used: it is the regency's area on every village.
The counted people go into the column `people` of the layer's frame (null where the file is silent, never 0); nothing is scored with
them yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core import codes
from core.settings import Source
from geo.layer import Layer
from geo.sources.boundary_codes import spelt
from geo.sources.boundary_columns import Known, columns_of, pick, text_of, village_of
from geo.sources.boundary_features import Feature, read_features
from geo.sources.content import needed
from geo.sources.polygons import BadShape
from geo.sources.villages import RawVillage, in_system, layer_of

ORIGIN = "Ditjen Dukcapil, Kemendagri"
LICENCE = "tidak dinyatakan dalam berkas"
UNDEFINED = "TIDAK TERDEFINISI"
KNOWN = Known(
    kode=("kodedesaspatial", "kodedesa", "kodekel"),
    name=("namakel", "namakelsiak", "namadesa"),
    parents=(("namakec", "namakecsiak"), ("namakab", "namakabsiak"), ("namaprop", "namapropsiak")),
)
PEOPLE = ("jumlahpenduduk", "jumlahpen", "jumlahpend")


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village; rows of no village ("TIDAK TERDEFINISI") are quarantined as R_UNDEFINED.

    Raises as `boundary_features.read_features`, `boundary_columns.columns_of` and `villages.layer_of`.
    """
    needed(paths, "dukcapil")
    rows = [row for path in paths for row in _villages(source, path)]
    return layer_of(
        in_system(source, "dukcapil", "kemendagri"), "dukcapil", paths, rows, origin=ORIGIN, licence=LICENCE
    )


def _villages(source: Source, path: Path) -> list[RawVillage]:
    features = read_features(source, path)
    columns = columns_of(features.headers, source.columns, str(path), KNOWN)
    people = pick(features.headers, PEOPLE)
    return [_village(village_of(item, columns), item, people) for item in features.rows]


def _village(row: RawVillage, feature: Feature, people: str | None) -> RawVillage:
    named = {row.name.upper(), *(name.upper() for name in row.parents if name)}
    if UNDEFINED in named or row.kode in ("", "0"):
        return replace(row, shape=BadShape("R_UNDEFINED"))
    if people:
        row = replace(row, people=_count(feature.properties.get(people)))
    kode = codes.dotted(row.kode)
    return spelt(row, kode) if kode else row


def _count(value: object) -> int | None:
    """People as a whole number; None for nothing and for anything else."""
    text = text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
