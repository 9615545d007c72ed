"""Errors on their way out: which class has which HTTP status, and the problem document (RFC 9457) that tells it."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence

import orjson
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api.language import asked
from core.errors import (
    ConfigError,
    DiskError,
    InputError,
    LockedError,
    NotFoundError,
    PetarawanError,
    RegisterError,
    RequestError,
    SnapshotError,
)
from core.words import say

PROBLEM = "application/problem+json"
# The only table of its kind; an error of any other class is our fault: 500.
STATUS: tuple[tuple[type[PetarawanError], int], ...] = (
    (RequestError, 400),
    (InputError, 400),
    (NotFoundError, 404),
    (LockedError, 409),
    (SnapshotError, 503),
    (RegisterError, 503),
    (ConfigError, 503),
    (DiskError, 507),
)
# These codes say more precisely what happened than their class does.
STATUS_OF_CODE = {
    "E_SNAPSHOT_UNKNOWN": 404,
    "E_METHOD": 405,
    "E_BUSY": 429,
    "E_SCENARIO_BUSY": 429,
    "E_SCENARIO_OLD": 409,
    "E_JOBS_FULL": 429,
    "E_ORIGIN": 403,
    "E_UPLOAD_SLOW": 408,
    "E_UPLOAD_LARGE": 413,
    "E_BODY_LARGE": 413,
    "E_MEDIA": 415,
}
FULL = {errno.ENOSPC, errno.EDQUOT}
_log = structlog.get_logger("petarawan.api")


def status_of(error: PetarawanError) -> int:
    """The HTTP status of an error."""
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def document(error: PetarawanError, lang: str) -> tuple[int, bytes]:
    """Status and body of the problem document; places and details of this machine stay here."""
    status = status_of(error)
    params = error.params if status < 500 else {}
    return status, orjson.dumps(
        {
            "type": f"urn:petarawan:error:{error.code}",
            "title": say(f"api.status.{status}", lang),
            "status": status,
            "detail": say(f"error.{error.code}.message", lang, **params),
            "code": error.code,
            "hint": say(f"error.{error.code}.hint", lang, **params),
        }
    )


def problem(error: PetarawanError, lang: str, headers: Mapping[str, str] | None = None) -> Response:
    """The error as a response."""
    status, body = document(error, lang)
    return Response(body, status, {"cache-control": "no-store", **(headers or {})}, PROBLEM)


def install(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Answer every error of ours, of the framework and of nobody as a problem document."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, PetarawanError)
        if status_of(error) >= 500:
            _log.error("request_failed", code=error.code, detail=str(error.params.get("detail", "")))
        headers = {"retry-after": str(error.params["seconds"])} if status_of(error) == 429 else None
        return problem(error, asked(request), headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        name = str(first["loc"][-1])
        return problem(RequestError("E_PARAMETER", name=name, value=str(first["input"])[:80]), asked(request))

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            allow = allowed(routers, request)
            return problem(
                RequestError("E_METHOD", method=request.method[:20], allow=allow), asked(request), {"allow": allow}
            )
        return problem(NotFoundError("E_NO_PATH", value=request.url.path[:80]), asked(request))

    async def disk(request: Request, error: Exception) -> Response:
        assert isinstance(error, OSError)
        if error.errno in FULL:
            return problem(DiskError("E_UPLOAD_DISK"), asked(request))
        return await unforeseen(request, error)

    async def unforeseen(request: Request, error: Exception) -> Response:
        route = request.scope.get("route")
        _log.error("unforeseen", path=getattr(route, "path", "-"), kind=type(error).__name__, exc_info=error)
        return problem(PetarawanError("E_INTERNAL"), asked(request))

    app.add_exception_handler(PetarawanError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(OSError, disk)
    app.add_exception_handler(Exception, unforeseen)


def allowed(routers: Sequence[APIRouter], request: Request) -> str:
    """The methods of every route at the address of a request."""
    methods: set[str] = set()
    for route in (route for router in routers for route in router.routes):
        if route.matches({**request.scope, "method": "-"})[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
