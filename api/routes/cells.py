"""/api/cells/{h3} and /api/at: everything about one cell, by its index or by a point."""

from __future__ import annotations

from typing import Annotated

import h3
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import facts
from api.params import FromSnapshot, InLanguage, number
from api.replies import json_reply
from core.cells import from_text
from core.errors import NotFoundError

router = APIRouter()


@router.get("/api/cells/{cell}")
async def one_cell(request: Request, served: FromSnapshot, lang: InLanguage, cell: str) -> Response:
    """Score, contributions and coverage of one cell, of the snapshot's resolution or of a coarser one the map shows."""
    found = served.find_cell(from_text(cell.lower()))
    if found is None:
        raise NotFoundError("E_NO_CELL", value=cell[:80], resolution=served.manifest.resolution)
    cells, row = found
    return json_reply(request, facts.cell(served, cells.row(row), lang))


@router.get("/api/at")
async def at_point(
    request: Request,
    served: FromSnapshot,
    lang: InLanguage,
    lon: Annotated[str, Query(max_length=40)],
    lat: Annotated[str, Query(max_length=40)],
) -> Response:
    """The cell under a point."""
    x, y = number("lon", lon, -180, 180), number("lat", lat, -90, 90)
    row = served.cells.find(h3.str_to_int(h3.latlng_to_cell(y, x, served.manifest.resolution)))
    if row is None:
        raise NotFoundError("E_OUTSIDE", lon=lon, lat=lat)
    return json_reply(request, facts.cell(served, served.cells.row(row), lang))
