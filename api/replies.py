"""Answers as bytes: JSON with the marks of its snapshot, ETag and 304, gzip where the reader takes it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

GZIP_FROM = 1024  # bytes; below it a gzip header saves nothing
GZIP_LEVEL = 5
JSON, GEOJSON = "application/json", "application/geo+json"


def takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    for item in header.lower().split(","):
        name, _, quality = item.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def matches(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match header names the tag (weak comparison, RFC 9110 13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or etag.removeprefix("W/") in {
        item.strip().removeprefix("W/") for item in header.split(",")
    }


def etag_of(body: bytes) -> str:
    """A weak tag from the content, the same whatever the encoding on the way."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def reply(
    request: Request,
    body: bytes,
    media: str,
    *,
    packed: bytes | None = None,
    etag: str | None = None,
    cache: str = "no-cache",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The body, or 304 when the reader has it; `packed` is the same body gzipped already."""
    etag = etag or etag_of(body)
    sent = {"etag": etag, "cache-control": cache, "vary": "accept-encoding, accept-language", **(headers or {})}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, 304, sent)
    if len(body) >= GZIP_FROM and takes_gzip(request.headers.get("accept-encoding", "")):
        body = packed or gzip.compress(body, GZIP_LEVEL, mtime=0)
        sent["content-encoding"] = "gzip"
    return Response(body, 200, sent, media)


def json_reply(request: Request, tree: Mapping[str, Any], media: str = JSON, cache: str = "no-cache") -> Response:
    """A JSON answer; no-cache means: ask again with the tag, since CURRENT may have moved."""
    return reply(request, orjson.dumps(tree), media, cache=cache)
