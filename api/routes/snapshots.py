"""/api and /api/snapshots: where everything is, and what was published."""

from __future__ import annotations

import importlib.metadata

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import facts
from api.archive import snapshot_ids
from api.params import FromSnapshot, InLanguage
from api.replies import json_reply
from core.words import say

router = APIRouter()


@router.get("/api")
async def landing(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """The landing page: links to everything."""
    base = str(request.base_url).rstrip("/")
    links = [
        ("self", "application/json", "/api", "api.link.self"),
        ("service-desc", "application/json", "/api/openapi.json", "api.link.openapi"),
        ("data", "application/json", "/api/collections", "api.link.collections"),
        ("areas", "application/json", "/api/areas", "api.link.areas"),
        ("snapshots", "application/json", "/api/snapshots", "api.link.snapshots"),
        ("alternate", "text/html", "/", "api.link.map"),
        ("alternate", "text/html", "/wilayah/", "api.link.text"),
    ]
    tree = {
        "title": served.manifest.title,
        "description": say("api.description", lang),
        "version": importlib.metadata.version("petarawan"),
        **served.marks(lang),
        "links": [
            {"rel": rel, "type": media, "href": base + href, "title": say(key, lang)} for rel, media, href, key in links
        ],
    }
    return json_reply(request, tree)


@router.get("/api/openapi.json", include_in_schema=False)
async def description(request: Request) -> Response:
    """The description of this API (OpenAPI 3.1)."""
    return json_reply(request, request.app.openapi())


@router.get("/api/snapshots")
async def list_snapshots(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """Ids of every snapshot that still exists, newest first."""
    ids = snapshot_ids(request.app.state.archive.workspace)
    current = (await request.app.state.archive.current()).id
    items = [{"id": name, "as_of": name[:10], "current": name == current} for name in ids]
    return json_reply(request, {**served.marks(lang), "items": items, "total": len(items)})


@router.get("/api/snapshots/current")
async def current_snapshot(request: Request, lang: InLanguage) -> Response:
    """What the served snapshot is: title, model, factors, classes, inputs, warnings."""
    served = await request.app.state.archive.current()
    return json_reply(request, facts.snapshot(served, lang, is_current=True))


@router.get("/api/snapshots/{snapshot_id}")
async def one_snapshot(request: Request, lang: InLanguage, snapshot_id: str) -> Response:
    """The same of any snapshot that still exists."""
    archive = request.app.state.archive
    served = await archive.named(snapshot_id)
    return json_reply(request, facts.snapshot(served, lang, is_current=served is await archive.current()))
