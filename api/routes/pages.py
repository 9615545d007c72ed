"""/ and /static: the files of the web page. /wilayah: the same facts as text and tables."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import wilayah
from api.params import FromSnapshot, InLanguage
from api.replies import reply
from api.static import WebFolder
from core.errors import NotFoundError

router = APIRouter()
HTML = "text/html; charset=utf-8"


def _file(request: Request, name: str) -> Response:
    folder: WebFolder = request.app.state.web
    found = folder.get(name)
    if found is None:
        raise NotFoundError("E_NO_PATH", value=request.url.path[:80])
    return reply(request, found.body, found.media, packed=found.packed, etag=found.etag)


@router.get("/", include_in_schema=False)
async def page(request: Request) -> Response:
    """The map. Its parameters are read by its own script, so none is refused here."""
    return _file(request, "index.html")


@router.get("/static/{name:path}", include_in_schema=False)
async def static(request: Request, name: str) -> Response:
    """A file of the page by its exact name."""
    return _file(request, name)


@router.get("/wilayah/wilayah.css", include_in_schema=False)
async def style(request: Request) -> Response:
    """The style of the text pages."""
    return reply(request, wilayah.STYLE.read_bytes(), "text/css; charset=utf-8")


@router.get("/wilayah", include_in_schema=False)
@router.get("/wilayah/", include_in_schema=False)
async def all_areas(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """The areas of the highest levels with links to their own pages."""
    return reply(request, wilayah.index(served, lang), HTML)


@router.get("/wilayah/{kode}", include_in_schema=False)
async def one_area(request: Request, served: FromSnapshot, lang: InLanguage, kode: str) -> Response:
    """One area as text and tables."""
    row = served.areas.row_of.get(kode)
    if row is None:
        raise NotFoundError("E_NO_AREA", value=kode[:80])
    return reply(request, wilayah.area(served, row, lang), HTML)
