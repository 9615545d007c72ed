"""/prints/{kode}.pdf: the sheet of an area, drawn once per snapshot, a few at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.params import FromSnapshot, OnPaper
from api.replies import etag_of, matches
from core.errors import NotFoundError, RequestError
from store.snapshot import Snapshot

router = APIRouter()
AT_ONCE = 1  # sheets drawn at the same time by one worker
WAITING = 8  # requests that may wait for their turn
RETRY_AFTER = 10  # seconds
KEPT = 64  # finished sheets


class Render(Protocol):
    """prints.sheet.render, handed in by the front door: api and prints do not know each other."""

    def __call__(self, snapshot: Snapshot, kode: str, *, layout: str, lang: str, base_url: str | None) -> bytes: ...


@dataclass
class Printer:
    """Mutable: the queue and the finished sheets of one worker."""

    render: Render | None
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0
    _done: OrderedDict[tuple[str, ...], bytes] = field(default_factory=OrderedDict)

    async def sheet(self, snapshot: Snapshot, kode: str, layout: str, lang: str, base_url: str) -> bytes:
        """The PDF; raises NotFoundError E_NO_PRINTS without a renderer and RequestError E_BUSY when the queue is full."""
        if self.render is None:
            raise NotFoundError("E_NO_PRINTS")
        key = (snapshot.id, kode, layout, lang, base_url)
        if key not in self._done:
            if self._waiting >= WAITING:
                raise RequestError("E_BUSY", seconds=RETRY_AFTER)
            self._waiting += 1
            try:
                async with self._turn:
                    if key not in self._done:  # somebody before us in the queue may have asked for the same sheet
                        self._done[key] = await asyncio.to_thread(
                            self.render, snapshot, kode, layout=layout, lang=lang, base_url=base_url
                        )
            finally:
                self._waiting -= 1
        self._done.move_to_end(key)
        while len(self._done) > KEPT:
            self._done.popitem(last=False)
        return self._done[key]


@router.get("/prints/{kode}.pdf")
async def sheet(
    request: Request,
    served: FromSnapshot,
    lang: OnPaper,
    kode: str,
    layout: Annotated[str, Query(pattern=r"^[a-z0-9_]{1,20}$")] = "a3",
) -> Response:
    """The printed sheet of an area."""
    if kode not in served.areas.row_of:
        raise NotFoundError("E_NO_AREA", value=kode[:80])
    printer: Printer = request.app.state.printer
    body = await printer.sheet(served.snapshot, kode, layout, lang, str(request.base_url).rstrip("/"))
    headers = {
        "etag": etag_of(body),
        "cache-control": "no-cache",
        "vary": "accept-language",
        "content-disposition": f'inline; filename="petarawan-{kode}-{layout}-{served.id}.pdf"',
    }
    if matches(request.headers.get("if-none-match"), headers["etag"]):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/pdf")
