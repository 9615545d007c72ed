"""Village polygons of GADM (level 4): never a default, and read only where the source says `licence_accepted = true`.

GADM allows academic and other non-commercial use and forbids redistribution, which a published map comes near to; its areas are those of
about 2010 (no Mahakam Ulu). CC_4 is the BPS code in ten digits. NAME_n are written without spaces ("KutaiTimur") and with "NA" for
nothing. A village is matched by its code, else by its names inside their parents; what is not matched is quarantined and listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import ConfigError, InputError, Place
from core.settings import Source
from geo.layer import Layer
from geo.sources.boundary_codes import by_name, by_old_bps, coded
from geo.sources.boundary_columns import Known, columns_of, pick, text_of, village_of
from geo.sources.boundary_features import Feature, read_features
from geo.sources.content import needed
from geo.sources.villages import RawVillage, in_system, layer_of
from store.manifest import Warning_

ORIGIN = "GADM (gadm.org)"
LICENCE = "GADM: hanya akademik dan nonkomersial, dilarang disebarluaskan ulang"
KNOWN = Known(kode=("cc4",), name=("name4",), parents=(("name3",), ("name2",), ("name1",)))
_NOTHING = ("NA", "N/A", "NULL")


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village.

    Raises ConfigError E_GADM_LICENCE unless the source accepts the licence, InputError E_UPPER_LEVEL for a file of an upper level, and
    as `boundary_features.read_features`, `boundary_columns.columns_of` and `villages.layer_of`.
    """
    if not source.licence_accepted:
        raise ConfigError("E_GADM_LICENCE")
    needed(paths, "gadm")
    in_system(source, "gadm", "bps")
    rows = coded([row for path in paths for row in _villages(source, path)], _find)
    found = source.model_copy(update={"code_system": "kemendagri"})
    return layer_of(found, "gadm", paths, rows, origin=ORIGIN, licence=LICENCE, warnings=(Warning_("GADM_LICENCE"),))


def _villages(source: Source, path: Path) -> list[RawVillage]:
    features = read_features(source, path)
    if not source.columns and pick(features.headers, KNOWN.name) is None:
        level = next((n for n in (3, 2, 1) if pick(features.headers, (f"name{n}",))), None)
        if level:
            raise InputError("E_UPPER_LEVEL", place=Place(file=str(path)), level=level)
    columns = columns_of(features.headers, source.columns, str(path), KNOWN)
    kind = pick(features.headers, ("type2", "engtype2"))
    return [_village(village_of(item, columns), item, kind) for item in features.rows]


def _village(row: RawVillage, feature: Feature, kind: str | None) -> RawVillage:
    kecamatan, kabupaten, provinsi = (_name(name or "") or None for name in row.parents)
    what = text_of(feature.properties.get(kind)) if kind else ""
    if kabupaten and what in ("Kota", "Kotamadya", "City") and not kabupaten.startswith("Kota "):
        kabupaten = f"Kota {kabupaten}"
    code = "" if row.kode in _NOTHING else row.kode
    return replace(row, kode=code, name=_name(row.name), parents=(kecamatan, kabupaten, provinsi))


def _name(text: str) -> str:
    """'LoaKuluKota' as 'Loa Kulu Kota', so that 'SukaMaju' and 'Sukamaju' stay two; '' for GADM's NA."""
    return "" if text in _NOTHING else re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", text)


def _find(row: RawVillage) -> str:
    """By its code where it has one and the name agrees, else by its names; raises BadShape as they do."""
    return by_old_bps(row) if row.kode else by_name(row)
