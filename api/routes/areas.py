"""/api/areas: ranking, search, and everything about one area."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import facts
from api.change import Memory, change
from api.params import LIMIT, FromSnapshot, InLanguage, Limit, Offset, Text, choice, code
from api.replies import json_reply
from core.errors import NotFoundError

router = APIRouter()
SORTS = ("score", "name", "kode")


@router.get("/api/areas")
async def list_areas(
    request: Request,
    served: FromSnapshot,
    lang: InLanguage,
    level: Annotated[int | None, Query(ge=1, le=4)] = None,
    q: Text = None,
    sort: Text = None,
    parent: Text = None,
    limit: Limit = LIMIT,
    offset: Offset = 0,
) -> Response:
    """Areas by level, by name or code, inside `parent` (its children, or its areas of `level`).

    Without `sort`: by code, or with `q` the best match first.
    """
    rows = served.areas.find(level, q, code("parent", parent))
    if sort is not None or q is None:
        rows = served.areas.sorted_rows(rows, choice("sort", sort or "kode", SORTS))
    page = rows[offset : offset + limit]
    return json_reply(
        request, {**served.marks(lang), "items": [facts.brief(served, row) for row in page], "total": len(rows)}
    )


@router.get("/api/areas/{kode}")
async def one_area(request: Request, served: FromSnapshot, lang: InLanguage, kode: str) -> Response:
    """Score, contributions, coverage and counts of one area, its forecast, and what changed since the snapshot before."""
    row = served.areas.row_of.get(kode)
    if row is None:
        raise NotFoundError("E_NO_AREA", value=kode[:80])
    memory: Memory = request.app.state.memory
    tree = {**facts.area(served, row, lang), "change": change(await memory.of(served), kode, lang)}
    return json_reply(request, tree)
