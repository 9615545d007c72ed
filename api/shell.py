"""The outermost layer: security headers, HEAD as GET, tiles ahead of the routes, only hosts that are meant, writes from our page alone."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem
from api.language import asked
from api.tiles import Headers, is_tile_path
from api.uploads import is_foreign
from core.errors import RequestError

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "worker-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURE: Headers = [
    (b"content-security-policy", CONTENT_POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Shell:
    """`hosts` are the names the server answers to, without port; None for any.

    On loopback the names of loopback alone: else a web page elsewhere could point its own name at 127.0.0.1 and read the map.
    """

    def __init__(self, routes: ASGIApp, tiles: ASGIApp, hosts: Iterable[str] | None) -> None:
        self._routes = routes
        self._tiles = tiles
        self._hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._routes(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(item for item in SECURE if item[0] not in present)]
            elif message["type"] == "http.response.body" and is_head:
                message = {**message, "body": b""}
            await send(message)

        if self._hosts is not None and not self._is_meant(scope):
            await problem(RequestError("E_HOST"), asked(Request(scope)))(scope, receive, dress)
        elif scope["method"] not in READS and is_foreign(scope):
            await problem(RequestError("E_ORIGIN"), asked(Request(scope)))(scope, receive, dress)
        elif is_tile_path(scope["path"]):
            await self._tiles(scope, receive, send if scope["method"] == "GET" else dress)
        else:
            await self._routes({**scope, "method": "GET"} if is_head else scope, receive, dress)

    def _is_meant(self, scope: Scope) -> bool:
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        return self._hosts is not None and name.lower() in self._hosts
