"""From rows of a boundary file to the boundaries layer: one row per village, checked, named, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from core import codes
from core.crs import LONLAT
from core.errors import ConfigError, InputError, Place
from core.settings import Source
from core.words import Phrase
from geo import registry
from geo.atlas import Atlas
from geo.layer import Layer, LayerInfo, Rejected
from geo.sources.content import digest
from geo.sources.polygons import BadShape, box_text, mend, where
from store.manifest import Warning_

FAR_KM = 400.0
UNMATCHED = ("R_UNMATCHED", "R_AMBIGUOUS", "R_NO_PARENT", "R_CODE_NAME", "R_MATCHED_TWICE")
_LISTED = 20  # names or codes in a sentence


@dataclass(frozen=True)
class RawVillage:
    """One row as found: code and names as text, a shape drawn as given (None: no polygon) or the BadShape that came instead."""

    place: Place
    kode: str
    name: str
    shape: shapely.Geometry | BadShape | None
    parents: tuple[str | None, str | None, str | None] = (None, None, None)  # kecamatan, kabupaten, provinsi
    raw: dict[str, str] = field(default_factory=dict)
    flat: bool = False  # a third coordinate was dropped
    people: int | None = None  # as the file counts them


def in_system(source: Source, reader: str, own: str | None) -> Source:
    """The source with the code system its reader knows the file to have; raises ConfigError E_SYSTEM_FIXED where it says another."""
    if source.code_system not in (None, own):
        raise ConfigError("E_SYSTEM_FIXED", place=Place(value=source.code_system), reader=reader, own=own or "-")
    return source.model_copy(update={"code_system": own})


def village_code(text: str, code_system: str | None) -> str:
    """The dotted code of a cell; raises ConfigError E_CODE_SYSTEM or E_BPS_CODES, BadShape R_VILLAGE_CODE or R_NOT_VILLAGE."""
    found = text.strip().removesuffix(".0")
    if code_system == "bps":
        raise ConfigError("E_BPS_CODES")
    if found.isascii() and found.isdigit():
        if code_system is None:
            raise ConfigError("E_CODE_SYSTEM", value=found)
        found = codes.dotted(found) or ""
    if not codes.is_code(found):
        raise BadShape("R_VILLAGE_CODE")
    if codes.level(found) != 4:
        raise BadShape("R_NOT_VILLAGE", level=str(codes.level(found)))
    return found


def layer_of(
    source: Source,
    reader: str,
    files: Sequence[Path],
    rows: Sequence[RawVillage],
    *,
    origin: str,
    licence: str,
    warnings: tuple[Warning_, ...] = (),
) -> Layer:
    """The layer of the usable rows; the others are in quarantine with their reason. Its frame has `people` where a row has them.

    Raises InputError E_NO_VILLAGES, E_SWAPPED_FILE, E_METRES_FILE, E_WHOLE_AREA, E_FAR_FILE, E_CODE_TWICE; ConfigError E_CODE_SYSTEM,
    E_BPS_CODES, E_BPS_LIKELY.
    """
    kept: list[tuple[str, RawVillage, shapely.Geometry | None]] = []
    rejected: list[Rejected] = []
    mended: list[float] = []
    for row in rows:
        try:
            if isinstance(row.shape, BadShape):
                raise row.shape
            kode = village_code(row.kode, source.code_system)
            shape = _usable(row, mended)
        except BadShape as fault:
            rejected.append(
                Rejected(fault.code, row.place, row.raw | {"kode": row.kode, "nama": row.name}, fault.params)
            )
        except ConfigError as error:
            raise ConfigError(error.code, place=row.place, **error.params) from error
        else:
            kept.append((kode, row, shape))
    _whole_file(files, rows, rejected, kept)
    twice = sorted(kode for kode, count in Counter(kode for kode, _, _ in kept).items() if count > 1)
    if twice:
        raise InputError("E_CODE_TWICE", place=_files(files), codes=", ".join(twice[:20]))
    kept.sort(key=lambda item: item[0])
    frame = gpd.GeoDataFrame(
        {
            "kode": [kode for kode, _, _ in kept],
            "name": [row.name or kode for kode, row, _ in kept],
            "kecamatan": [_parent(row, kode, 3) for kode, row, _ in kept],
            "kabupaten": [_parent(row, kode, 2) for kode, row, _ in kept],
            "provinsi": [_parent(row, kode, 1) for kode, row, _ in kept],
        },
        geometry=[shape for _, _, shape in kept],
        crs=LONLAT,
    )
    people = [row.people for _, row, _ in kept]
    if any(count is not None for count in people):
        frame["people"] = pd.array(people, dtype="Int64")
    return Layer(
        info=LayerInfo(
            name=source.name or "batas wilayah",
            kind="boundaries",
            reader=reader,
            source=origin,
            licence=source.licence or licence,
            sha256=digest(files),
            rows_in=len(rows),
            rejected=tuple(rejected),
            attribution=source.attribution or origin,
            sample=source.sample,
            warnings=(*warnings, *_warnings(kept, mended), *_unmatched(rejected)),
        ),
        frame=frame,
    )


def _usable(row: RawVillage, mended: list[float]) -> shapely.Geometry | None:
    """The valid polygon of a row in the country, None where it has none; notes what was mended."""
    if row.shape is None or isinstance(row.shape, BadShape) or shapely.is_empty(row.shape):
        return None
    misplaced = where(row.shape)
    if misplaced:
        raise BadShape(misplaced, box=box_text())
    found = mend(row.shape)
    if found.shape is not row.shape and not shapely.is_valid(row.shape):
        mended.append(found.change)
    return found.shape


def _whole_file(
    files: Sequence[Path],
    rows: Sequence[RawVillage],
    rejected: Sequence[Rejected],
    kept: Sequence[tuple[str, RawVillage, shapely.Geometry | None]],
) -> None:
    """Raise where the fault is the file's and not a row's."""
    reasons = Counter(item.code for item in rejected)
    for reason, code in (
        ("R_POLYGON_SWAPPED", "E_SWAPPED_FILE"),
        ("R_POLYGON_METRES", "E_METRES_FILE"),
        ("R_POLYGON_SIZE", "E_WHOLE_AREA"),
    ):
        if reasons[reason] * 2 > len(rows):
            raise InputError(code, place=_files(files), rows=reasons[reason], total=len(rows))
    # Kemendagri numbers its villages from 1001, 2001 or 3001; BPS from 001, so its ten digits show a 0 there.
    strange = [kode for kode, _, _ in kept if kode[9] not in "123"]
    if len(strange) * 2 > len(kept):
        raise ConfigError("E_BPS_LIKELY", place=_files(files), value=strange[0], rows=len(strange), total=len(kept))
    if not kept:
        most = reasons.most_common(1)
        why = next((item for item in rejected if most and item.code == most[0][0]), None)
        told: object = Phrase(f"reason.{why.code}.message", why.params) if why else "-"
        raise InputError(
            "E_NO_VILLAGES", place=_files(files), rows=len(rows), code=why.code if why else "-", reason=told
        )
    _refuse_far(files, kept)


def _refuse_far(files: Sequence[Path], kept: Sequence[tuple[str, RawVillage, shapely.Geometry | None]]) -> None:
    """Raise InputError E_FAR_FILE when most villages lie in regencies whose nearest village is far from their own capital.

    A wrong UTM zone moves a map by 667 km and stays inside Indonesia; no regency is as wide as that.
    """
    home = registry.seats()
    seat = dict(zip(home.kode, zip(home.lon, home.lat, strict=True), strict=True))
    shapes: dict[str, list[shapely.Geometry]] = {}
    for kode, _, shape in kept:
        if shape is not None and codes.ancestor(kode, 2) in seat:
            shapes.setdefault(codes.ancestor(kode, 2), []).append(shape)
    away = {kode: _km_to(seat[kode], np.array(found, dtype=object)) for kode, found in shapes.items()}
    far = [kode for kode, km in away.items() if km > FAR_KM]
    if 2 * sum(len(shapes[kode]) for kode in far) > sum(len(found) for found in shapes.values()):
        named = f"{far[0]} {registry.name_of(far[0])}"
        raise InputError("E_FAR_FILE", place=_files(files), regency=named, km=round(away[far[0]]))


def _km_to(point: tuple[float, float], shapes: np.ndarray[tuple[int], np.dtype[np.object_]]) -> float:
    """Kilometres from a point to the middle of the nearest shape's box, good to a per cent near the equator."""
    west, south, east, north = shapely.bounds(shapes).T
    x = ((west + east) / 2 - point[0]) * np.cos(np.radians(point[1]))
    return float(np.hypot(x, (south + north) / 2 - point[1]).min() * 111.2)


def _files(files: Sequence[Path]) -> Place:
    return Place(file=", ".join(str(path) for path in files))


def _parent(row: RawVillage, kode: str, level: int) -> str:
    """The name of an upper area: as the file writes it, else as the register does, else its code."""
    code = codes.ancestor(kode, level)
    return row.parents[3 - level] or registry.name_of(code) or code


def _warnings(
    kept: Sequence[tuple[str, RawVillage, shapely.Geometry | None]], mended: Sequence[float]
) -> tuple[Warning_, ...]:
    found = []
    if mended:
        found.append(Warning_("MENDED", {"villages": len(mended), "percent": round(100 * max(mended), 6)}))
    blank = sorted(kode for kode, _, shape in kept if shape is None)
    if blank:
        found.append(Warning_("NO_POLYGON", {"villages": len(blank), "codes": ", ".join(blank[:20])}))
    flat = sum(row.flat for _, row, _ in kept)
    if flat:
        found.append(Warning_("HEIGHT_DROPPED", {"villages": flat}))
    unnamed = sorted(
        {codes.ancestor(kode, level) for kode, row, _ in kept for level in (1, 2, 3) if _unnamed(row, kode, level)}
        | {kode for kode, row, _ in kept if not row.name}
    )
    if unnamed:
        found.append(Warning_("UNNAMED", {"codes": ", ".join(unnamed[:20])}))
    return (*found, *_against_register([kode for kode, _, _ in kept]))


def _against_register(kode: Sequence[str]) -> tuple[Warning_, ...]:
    """Villages of the register that the file lacks in the regencies it has, and villages the register does not know."""
    atlas, mine = Atlas.load(), set(kode)
    lacking = [
        item
        for regency in sorted({codes.ancestor(item, 2) for item in mine})
        for item in atlas.codes[slice(*atlas.span(regency))]
        if codes.level(item) == 4 and item not in mine
    ]
    unknown = sorted(item for item in mine if item not in atlas)
    return tuple(
        Warning_(
            code,
            {"villages": len(found), "codes": ", ".join(found[:_LISTED]) + (" ..." if len(found) > _LISTED else "")},
        )
        for code, found in (("NOT_IN_FILE", lacking), ("NOT_REGISTERED", unknown))
        if found
    )


def _unmatched(rejected: Sequence[Rejected]) -> tuple[Warning_, ...]:
    """The rows that no village of the register was found for, by name; all of them are in quarantine."""
    named = sorted(item.params.get("name", "-") for item in rejected if item.code in UNMATCHED)
    if not named:
        return ()
    shown = "; ".join(named[:_LISTED]) + (" ..." if len(named) > _LISTED else "")
    return (Warning_("UNMATCHED", {"villages": len(named), "names": shown}),)


def _unnamed(row: RawVillage, kode: str, level: int) -> bool:
    return not row.parents[3 - level] and registry.name_of(codes.ancestor(kode, level)) is None
