"""/api/collections: the published tables as GeoJSON features, by box, area and time, page by page."""

from __future__ import annotations

import asyncio
import gzip
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.features import Collection
from api.params import LIMIT, TEXT_MAX, FromSnapshot, InLanguage, Limit, Offset, Text, bbox, choice, code, period
from api.replies import GEOJSON, GZIP_FROM, json_reply, reply, takes_gzip
from api.served import COLLECTIONS, Served
from core.errors import NotFoundError, RequestError
from core.words import say
from formats.features import collection as feature_collection

router = APIRouter()
_PACK_LEVEL = 4


def _about(served: Served, name: str, base: str, lang: str) -> dict[str, object]:
    here = f"{base}/api/collections/{name}"
    collection = served.collection(name)
    return {
        "id": name,
        "title": say(f"api.collection.{name}.title", lang),
        "description": say(f"api.collection.{name}.description", lang),
        "itemType": "feature",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "extent": {
            "spatial": {"bbox": [list(served.manifest.bounds)], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
        },
        "features": len(collection),
        "links": [
            {"rel": "self", "type": "application/json", "href": here},
            {"rel": "items", "type": GEOJSON, "href": f"{here}/items"},
        ],
    }


@router.get("/api/collections")
async def list_collections(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """The collections there are."""
    base = str(request.base_url).rstrip("/")
    about = await asyncio.to_thread(lambda: [_about(served, name, base, lang) for name in COLLECTIONS])
    links = [{"rel": "self", "type": "application/json", "href": f"{base}/api/collections"}]
    return json_reply(request, {**served.marks(lang), "collections": about, "links": links})


@router.get("/api/collections/{name}")
async def one_collection(request: Request, served: FromSnapshot, lang: InLanguage, name: str) -> Response:
    """One collection."""
    base = str(request.base_url).rstrip("/")
    return json_reply(request, {**await asyncio.to_thread(_about, served, name, base, lang), **served.marks(lang)})


@router.get("/api/collections/{name}/items")
async def items(
    request: Request,
    served: FromSnapshot,
    lang: InLanguage,
    name: str,
    bbox_: Annotated[str | None, Query(alias="bbox", max_length=TEXT_MAX)] = None,
    datetime_: Annotated[str | None, Query(alias="datetime", max_length=TEXT_MAX)] = None,
    kode: Text = None,
    limit: Limit = LIMIT,
    offset: Offset = 0,
    after: Text = None,
    f: Text = None,
) -> Response:
    """Features in the snapshot's order; `next` continues after the last one, on the same snapshot."""
    box, time, inside = bbox(bbox_), period(datetime_), code("kode", kode)
    choice("f", f or "geojson", ("geojson", "json"))
    if after is not None and offset:
        raise RequestError("E_PARAMETER", name="offset", value=str(offset))
    here = str(request.url.replace(query=""))
    kept = {key: value for key, value in request.query_params.items() if key not in ("after", "offset", "snapshot")}

    def build() -> bytes:
        collection = served.collection(name)
        rows = collection.select(box, inside, time)
        start = offset if after is None else int(rows.searchsorted(_row_after(collection, after), side="right"))
        page = rows[start : start + limit]
        links = [
            _link(
                "self", here, {**kept, **({"after": after} if after else {"offset": offset} if offset else {})}, served
            )
        ]
        if len(page) and start + limit < len(rows):
            links.append(_link("next", here, {**kept, "after": collection.id_of(int(page[-1]))}, served))
        counts = {"numberMatched": len(rows), "numberReturned": len(page), "links": links}
        return feature_collection(collection.fragments(page), **served.marks(lang), **counts)

    body = await asyncio.to_thread(build)
    pack = len(body) >= GZIP_FROM and takes_gzip(request.headers.get("accept-encoding", ""))
    packed = await asyncio.to_thread(gzip.compress, body, _PACK_LEVEL, mtime=0) if pack else None
    return reply(request, body, GEOJSON, packed=packed)


def _row_after(collection: Collection, feature_id: str) -> int:
    row = collection.row_of(feature_id)
    if row is None:
        raise RequestError("E_PARAMETER", name="after", value=feature_id[:80])
    return row


def _link(rel: str, here: str, query: dict[str, object], served: Served) -> dict[str, str]:
    return {"rel": rel, "type": GEOJSON, "href": f"{here}?{urlencode({**query, 'snapshot': served.id})}"}


@router.get("/api/collections/{name}/items/{feature_id}")
async def one_item(request: Request, served: FromSnapshot, lang: InLanguage, name: str, feature_id: str) -> Response:
    """One feature."""

    def build() -> bytes | None:
        collection = served.collection(name)
        row = collection.row_of(feature_id)
        return None if row is None else collection.fragment(row)

    body = await asyncio.to_thread(build)
    if body is None:
        raise NotFoundError("E_NO_FEATURE", value=feature_id[:80], collection=name)
    return reply(request, body[:-1] + b"," + orjson.dumps(served.marks(lang))[1:], GEOJSON)
