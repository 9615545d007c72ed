"""/healthz and /readyz: whether the server lives and whether it serves what was last published."""

from __future__ import annotations

import importlib.metadata

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.archive import Archive
from api.params import InLanguage
from api.replies import json_reply
from core.errors import SnapshotError
from core.words import say

router = APIRouter()


@router.get("/healthz")
async def health(request: Request, lang: InLanguage) -> Response:
    """'ok', or 'degraded' with the code when an older snapshot is served because the newest is broken, or none is."""
    archive: Archive = request.app.state.archive
    try:
        served = await archive.current()
        marks, fault = served.marks(lang), archive.fault or await archive.recheck()
    except SnapshotError as error:
        marks, fault = {"snapshot": None}, error
    tree: dict[str, object] = {
        "status": "ok" if fault is None else "degraded",
        "version": importlib.metadata.version("petarawan"),
        **marks,
    }
    if fault is not None:
        tree |= {
            "code": fault.code,
            "detail": say(f"error.{fault.code}.message", lang),
            "hint": say(f"error.{fault.code}.hint", lang),
        }
    return json_reply(request, tree, cache="no-store")


@router.get("/readyz")
async def ready(request: Request, lang: InLanguage) -> Response:
    """200 when a snapshot is served; raises SnapshotError (503) otherwise."""
    served = await request.app.state.archive.current()
    return json_reply(request, {"status": "ready", **served.marks(lang)}, cache="no-store")
