"""Where a report belongs: a code or a point, checked against the areas of the served snapshot."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from api.served import Served
from core.codes import covers, level
from core.errors import RequestError
from core.words import Phrase

Tree = dict[str, Any]


def village_at(served: Served, lon: float, lat: float) -> str | None:
    """The mapped village a point lies in, the smallest code on a shared border (as geo.gazetteer has it); None outside."""
    areas = served.areas
    west, south, east, north = areas.boxes.T
    near = np.flatnonzero((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north))
    geometry = served.snapshot.areas["geometry"]
    for row in near:  # rows are sorted by code
        if areas.level[row] == 4 and shapely.intersects_xy(shapely.from_wkb(geometry[int(row)].as_py()), lon, lat):
            return areas.kode[row]
    return None


def placed(served: Served, kode: str | None, lon: float | None, lat: float | None) -> tuple[str, bool]:
    """The code a report stands under, and whether the one it gave was another; a point decides, as it does in an import.

    Raises RequestError E_REPORT_PLACE: no place at all, half a point, a point outside the map, a code the map does not have.
    """
    if (lon is None) != (lat is None):
        raise _refused("report.half")
    if kode is not None and (kode not in served.areas.row_of or level(kode) < 2):
        raise _refused("upload.place.code", value=kode[:40])
    if lon is None or lat is None:
        if kode is None:
            raise _refused("upload.place.none")
        return kode, False
    village = village_at(served, lon, lat)
    if village is None:
        raise _refused("upload.place.outside", value=f"{lon}, {lat}")
    return village, kode is not None and not covers(kode, village)


def named(served: Served, kode: str) -> str | None:
    """'Bontang Kuala, Bontang Utara, Kota Bontang': the area and what it lies in, below the province; None where not mapped."""
    if kode not in served.areas.row_of:
        return None
    path = [str(part["name"]) for part in reversed(served.areas.path(kode))]
    return ", ".join(path[:-1] or path)


def _refused(key: str, **params: object) -> RequestError:
    return RequestError("E_REPORT_PLACE", detail=Phrase(key, params))
