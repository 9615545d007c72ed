"""/api/card and /uji-balik: how the forecast did on incidents it had not seen, as data and as a page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import card
from api.params import FromSnapshot, InLanguage, OnPaper
from api.replies import json_reply, reply
from core.errors import NotFoundError

router = APIRouter()
HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"


@router.get("/api/card")
async def as_data(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """The back-test card of the snapshot."""
    return json_reply(request, card.tree(served, lang))


@router.get("/uji-balik", include_in_schema=False)
async def as_page(request: Request, served: FromSnapshot, lang: OnPaper) -> Response:
    """The card as text, tables and plots."""
    return reply(request, card.page(served, lang), HTML)


@router.get("/uji-balik/{name}", include_in_schema=False)
async def plot(request: Request, served: FromSnapshot, name: str) -> Response:
    """A plot of the card."""
    body = card.plot(served, name)
    if body is None:
        raise NotFoundError("E_NO_PATH", value=request.url.path[:80])
    return reply(request, body, SVG)
