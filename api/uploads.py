"""Bodies on their way in: only from our own page, never longer than allowed, never slower, and written to the disk as they come."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from core import faults
from core.errors import DiskError, NotFoundError, RequestError
from core.report import Report

BODY_LIMIT = 256 << 10  # bytes of a JSON body
QUIET = 20.0  # seconds a sender may be silent
UPLOAD_TIME = 900.0  # seconds for a whole file
BODY_TIME = 30.0  # seconds for a JSON body
BLOCK = 1 << 20  # bytes written at once
FILE, JSON = "application/octet-stream", "application/json"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
Model = TypeVar("Model", bound=BaseModel)


class Draft(Protocol):
    """A file that an upload goes into."""

    @property
    def path(self) -> Path: ...
    @property
    def limit(self) -> int: ...
    @property
    def id(self) -> str: ...


class Desk(Protocol):
    """intake.desk.Desk, handed in by the front door: api and intake do not know each other. Every call blocks."""

    def begin(self, kind: str, name: str, profile: str | None, size: int | None) -> Draft: ...
    def submit(
        self, draft: Any, kind: str, name: str, profile: str | None, size: int, sha256: str, now: datetime
    ) -> None: ...
    def drop(self, draft: Any) -> None: ...
    def overview(self, lang: str) -> dict[str, Any]: ...
    def status(self, job_id: str, lang: str) -> dict[str, Any]: ...
    def rows(self, job_id: str, outcome: str, offset: int, limit: int, lang: str) -> dict[str, Any]: ...
    def quarantine(self, job_id: str) -> tuple[bytes, str]: ...
    def remap(
        self,
        job_id: str,
        columns: dict[str, str | None] | None,
        options: dict[str, Any],
        kind: str | None,
        reader: str | None,
        now: datetime,
        lang: str,
    ) -> dict[str, Any]: ...
    def confirm(
        self, job_id: str, who: str, save_profile: str | None, revision: int | None, now: datetime, lang: str
    ) -> dict[str, Any]: ...
    def cancel(self, job_id: str, now: datetime, lang: str) -> dict[str, Any] | None: ...
    def file_report(
        self, report: Report, who: str, why: str | None, now: datetime, lang: str
    ) -> tuple[dict[str, Any], bool]: ...
    def list_reports(
        self, kode: str | None, kind: str | None, verification: str | None, after: int | None, limit: int, lang: str
    ) -> tuple[list[dict[str, Any]], int | None]: ...


def clock() -> datetime:
    """The time at this door; what is behind it is told."""
    return datetime.now(UTC)


def the_desk(request: Request) -> Desk:
    """The desk of this server; raises NotFoundError E_NO_DESK when it was started without one."""
    desk: Desk | None = request.app.state.desk
    if desk is None:
        raise NotFoundError("E_NO_DESK")
    return desk


AtDesk = Annotated[Desk, Depends(the_desk)]


def is_foreign(scope: Scope) -> bool:
    """Whether a browser says that another site's page sent this request.

    Browsers cannot be made to leave these headers out; programs that are no browsers send none. Another port of this machine is
    another site here ("same-site" is not enough).
    """
    headers: dict[bytes, bytes] = dict(scope["headers"])
    site = headers.get(b"sec-fetch-site")
    if site is not None and site != b"same-origin":
        return True
    origin = headers.get(b"origin")
    if origin is None:
        return False
    return urlsplit(origin.decode("latin-1")).netloc.lower() != headers.get(b"host", b"").decode("latin-1").lower()


def check_media(request: Request, wanted: str) -> None:
    """Raise RequestError E_MEDIA unless the body is of the type; never one that a form, or a page without our leave, can send."""
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != wanted:
        raise RequestError("E_MEDIA", value=given[:80] or "-", wanted=wanted)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestError("E_MEDIA", value=request.headers["content-encoding"][:80], wanted=wanted)


def stated_length(request: Request) -> int | None:
    """Content-Length, None for a body in chunks; raises RequestError E_UPLOAD_BROKEN for what is no number."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RequestError("E_UPLOAD_BROKEN")
    return int(text)


async def receive(
    request: Request,
    limit: int,
    seconds: float,
    take: Callable[[bytes], Awaitable[None]],
    too_large: Callable[[], RequestError],
) -> int:
    """Give every part of the body to `take`; bytes received.

    Raises `too_large` as soon as the limit is passed, RequestError E_UPLOAD_SLOW when the sender is silent or takes too long,
    E_UPLOAD_BROKEN when it goes away or sends less than it said.
    """
    stated = stated_length(request)
    if stated is not None and stated > limit:
        raise too_large()
    loop = asyncio.get_running_loop()
    end, size = loop.time() + seconds, 0
    parts = request.stream().__aiter__()
    while True:
        wait = min(QUIET, end - loop.time())
        if wait <= 0:
            raise RequestError("E_UPLOAD_SLOW")
        try:
            part = await asyncio.wait_for(anext(parts), wait)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise RequestError("E_UPLOAD_SLOW") from error
        except ClientDisconnect as error:
            raise RequestError("E_UPLOAD_BROKEN") from error
        size += len(part)
        if size > limit:
            raise too_large()
        await take(part)
    if stated is not None and size != stated:
        raise RequestError("E_UPLOAD_BROKEN")
    return size


async def to_file(request: Request, path: Path, limit: int) -> tuple[int, str]:
    """Write the body to a file as it comes; its size and sha256.

    Raises as `receive`, with E_UPLOAD_LARGE; RequestError E_UPLOAD_EMPTY; DiskError E_UPLOAD_DISK when the disk is full.
    """
    digest, block = hashlib.sha256(), bytearray()

    def write(handle: FileIO, content: bytes) -> None:
        digest.update(content)
        rest = memoryview(content)
        while rest:
            rest = rest[handle.write(rest) or 0 :]

    def finish(handle: FileIO, content: bytes) -> None:
        write(handle, content)
        os.fsync(handle.fileno())

    # Without a buffer of Python's: a full disk is told where it is met, not when the file is closed.
    with path.open("xb", buffering=0) as handle:

        async def take(part: bytes) -> None:
            block.extend(part)
            if len(block) >= BLOCK:
                await asyncio.to_thread(write, handle, bytes(block))
                block.clear()

        try:
            size = await receive(
                request, limit, UPLOAD_TIME, take, lambda: RequestError("E_UPLOAD_LARGE", limit=limit >> 20)
            )
            await asyncio.to_thread(finish, handle, bytes(block))
        except OSError as error:
            if error.errno in _FULL:
                raise DiskError("E_UPLOAD_DISK") from error
            raise
    if size == 0:
        raise RequestError("E_UPLOAD_EMPTY")
    return size, digest.hexdigest()


async def json_body(request: Request, model: type[Model]) -> Model:
    """A JSON body as a model; raises RequestError E_MEDIA, E_BODY_LARGE, E_BODY (every fault named), and as `receive`."""
    check_media(request, JSON)
    body = bytearray()

    async def take(part: bytes) -> None:
        body.extend(part)

    await receive(request, BODY_LIMIT, BODY_TIME, take, lambda: RequestError("E_BODY_LARGE", limit=BODY_LIMIT >> 10))
    try:
        tree = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        return model.model_validate(tree)
    except ValidationError as error:
        raise RequestError("E_BODY", detail=faults.phrases(error)) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, a key twice, NaN, nested too deep
        raise RequestError("E_BODY_JSON") from error


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand there once (JSON readers else keep the last and say nothing)."""
    listed = list(pairs)
    tree = dict(listed)
    if len(tree) != len(listed):
        raise ValueError("a key twice")
    return tree


def _no_number(text: str) -> float:
    raise ValueError(text)
