"""/tiles/{layer}/{version}/{z}/{x}/{y}.{mvt|png}: a plain ASGI path of its own, since a tile is one look-up and one slice.

(Measured in SERVING: 0.42 of nginx's rate for ready tiles this way, 0.145 through FastAPI routes.)
"""

from __future__ import annotations

import gzip
import re

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.archive import Archive
from api.errors import problem
from api.language import asked
from api.replies import matches, takes_gzip
from api.served import TILE_LAYERS, Served
from api.tile_archive import TileArchive
from core.errors import NotFoundError, PetarawanError, RequestError

MAX_ZOOM = 24
_NAME = re.compile(r"(0|[1-9]\d{0,8})/(0|[1-9]\d{0,8})/(0|[1-9]\d{0,8})\.(mvt|png)", re.ASCII)
Headers = list[tuple[bytes, bytes]]


def is_tile_path(path: str) -> bool:
    """Whether the path is a tile's rather than a TileJSON's."""
    return path.startswith("/tiles/") and path.count("/") > 2


def cache_control(served: Served) -> bytes:
    """A versioned address never changes meaning; what is not public stays out of shared caches."""
    scope = b"public" if served.manifest.audience == "public" else b"private"
    return scope + b", max-age=31536000, immutable"


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def check_name(layer: str, archive: TileArchive, name: str) -> None:
    """Raise NotFoundError E_TILE unless the name is a tile of the pyramid in the layer's own format."""
    match = _NAME.fullmatch(name)
    if match is not None and match[4] == archive.extension:
        z, x, y = int(match[1]), int(match[2]), int(match[3])
        if z <= MAX_ZOOM and x < 1 << z and y < 1 << z:
            return
    raise NotFoundError("E_TILE", layer=layer, value=name[:80])


class TileApp:
    """Answers GET for tiles of any snapshot that still exists; `secure` are headers every answer carries."""

    def __init__(self, archive: Archive, secure: Headers) -> None:
        self._archive = archive
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, send)
        except PetarawanError as error:
            secure = {name.decode("ascii"): value.decode("ascii") for name, value in self._secure}
            allow = {"allow": "GET, HEAD"} if error.code == "E_METHOD" else {}
            await problem(error, asked(Request(scope)), secure | allow)(scope, receive, send)

    async def _answer(self, scope: Scope, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            raise RequestError("E_METHOD", method=scope["method"][:20])
        layer, _, rest = scope["path"][len("/tiles/") :].partition("/")
        version, _, name = rest.partition("/")
        if layer not in TILE_LAYERS:
            raise NotFoundError("E_NO_TILES", value=layer[:80])
        served = self._archive.at_hand(version) or await self._archive.named(version)
        archive = served.archive(layer)
        if archive is None:
            raise NotFoundError("E_NO_TILES", value=layer)
        stem, _, extension = name.rpartition(".")
        body = archive.tile(stem) if extension == archive.extension else None
        if body is None:
            check_name(layer, archive, name)
        if scope["query_string"]:
            raise RequestError("E_UNKNOWN_PARAMETER", name=scope["query_string"].decode("latin-1")[:80], known="-")
        tag = f'"{version}.{layer}.{stem.replace("/", ".")}"'
        headers: Headers = [
            (b"cache-control", cache_control(served)),
            (b"etag", tag.encode("ascii")),
            (b"vary", b"accept-encoding"),
            *self._secure,
        ]
        if matches(_header(scope, b"if-none-match") or None, tag):
            status, body = 304, b""
        elif body is None:
            status, body = 204, b""
        else:
            status = 200
            headers.append((b"content-type", archive.media.encode("ascii")))
            if archive.gzipped and takes_gzip(_header(scope, b"accept-encoding")):
                headers.append((b"content-encoding", b"gzip"))
            elif archive.gzipped:
                body = gzip.decompress(body)
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
