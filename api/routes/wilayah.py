"""/wilayah: the facts of an area as text and tables, for readers without map, script or mouse."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import textpage
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
        raise NotFoundError("E_NO_AREA", value=kode[:80])
    return reply(request, textpage.area(served, row, lang), HTML)
