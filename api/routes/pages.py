"""/, /unggah and /static: the files of the web page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.replies import reply
from api.static import WebFolder
from core.errors import NotFoundError

router = APIRouter()


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


@router.get("/unggah", include_in_schema=False)
async def upload_page(request: Request) -> Response:
    """The page a clerk brings files in by."""
    return _file(request, "unggah.html")


@router.get("/static/{name:path}", include_in_schema=False)
async def static(request: Request, name: str) -> Response:
    """A file of the page by its exact name."""
    return _file(request, name)
