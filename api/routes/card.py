"""/api/forecast, /api/card and /uji-balik: what is expected where, and how that did on incidents it had not seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import card, outlook
from api.params import LIMIT, TEXT_MAX, FromSnapshot, InLanguage, Limit, Offset, OnPaper, Text, choice, code
from api.replies import json_reply, reply
from core.errors import NotFoundError

router = APIRouter()
HTML = "text/html; charset=utf-8"
SVG = "image/svg+xml"
HORIZONS = ("30", "90")


@router.get("/api/forecast")
async def ranking(
    request: Request,
    served: FromSnapshot,
    lang: InLanguage,
    kind: Annotated[str, Query(alias="class", max_length=TEXT_MAX)] = "konflik",
    level: Annotated[int, Query(ge=1, le=3)] = 3,
    days: Text = None,
    quiet: bool = False,
    province: Text = None,
    limit: Limit = LIMIT,
    offset: Offset = 0,
) -> Response:
    """Areas by what is expected of a class, province by province; `quiet`: those without an incident in 24 months, ranked apart."""
    horizon = int(choice("days", days or HORIZONS[0], HORIZONS))
    rows = outlook.ranking(served, kind, level, horizon, quiet=quiet, province=code("province", province))
    return json_reply(request, {**served.marks(lang), "items": rows[offset : offset + limit], "total": len(rows)})


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
