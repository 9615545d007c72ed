"""/wilayah: the facts of an area as text and tables, for readers without map, script or mouse."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import textpage
from api.errors import status_of
from api.params import FromSnapshot, OnPaper
from api.replies import reply
from core.errors import NotFoundError

router = APIRouter()
HTML = "text/html; charset=utf-8"


@router.get("/wilayah/wilayah.css", include_in_schema=False)
async def style(request: Request) -> Response:
    """The style of the text pages."""
    return reply(request, textpage.STYLE.read_bytes(), "text/css; charset=utf-8")


@router.get("/wilayah", include_in_schema=False)
@router.get("/wilayah/", include_in_schema=False)
async def all_areas(request: Request, served: FromSnapshot, lang: OnPaper) -> Response:
    """The areas of the highest levels with links to their own pages."""
    return reply(request, textpage.index(served, lang), HTML)


@router.get("/wilayah/{kode}", include_in_schema=False)
async def one_area(request: Request, served: FromSnapshot, lang: OnPaper, kode: str) -> Response:
    """One area as text and tables."""
    row = served.areas.row_of.get(kode)
    if row is None:
        error = NotFoundError("E_NO_AREA", value=kode[:80])
        if "text/html" not in request.headers.get("accept", ""):
            raise error
        return Response(textpage.missing(served, error, lang), status_of(error), {"cache-control": "no-store"}, HTML)
    return reply(request, textpage.area(served, row, lang), HTML)
