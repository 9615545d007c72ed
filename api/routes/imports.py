"""/api/imports: a file comes in, is read, looked at, confirmed and entered into the register; all of it behind the desk."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.params import TEXT_MAX, InLanguage, Text
from api.uploads import FILE, JSON, AtDesk, check_media, clock, json_body, stated_length, to_file
from core.errors import RequestError
from core.settings import Text as Line

router = APIRouter(tags=["imports"])
NAME_MAX = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Column = Annotated[str, Field(max_length=500)]


class Options(BaseModel):
    """How the file is to be read; null: found by the importer itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    header_row: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    sheet: Column | None = None
    code_system: Literal["kemendagri", "bps", "kpu"] | None = None
    date_order: Literal["dmy", "mdy"] | None = None
    number_style: Literal["id", "en"] | None = None
    zone: Literal["WIB", "WITA", "WIT"] | None = None
    crs: Line | None = None
    licence: Line | None = None
    attribution: Line | None = None


class Mapping(BaseModel):
    """Which column is which, and the options; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: Annotated[dict[Annotated[str, Field(max_length=60)], Column | None], Field(max_length=100)] | None = None
    options: Options = Options()
    kind: Annotated[str, Field(max_length=40)] | None = None
    reader: Annotated[str, Field(max_length=40)] | None = None


class Confirmation(BaseModel):
    """Who takes responsibility; `revision` guards against confirming what was read anew meanwhile."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Line
    save_profile: Annotated[str, Field(max_length=40)] | None = None
    revision: Annotated[int, Field(strict=True, ge=1)] | None = None


def answer(tree: Any, status: int = 200, **headers: str) -> Response:
    """JSON that nobody may keep."""
    return Response(orjson.dumps(tree), status, {"cache-control": "no-store", **headers}, JSON)


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The body of a route for the description of the API; the route itself reads it as it comes."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs", {})
    for name, part in schema.get("properties", {}).items():
        reference = part.get("$ref", "").rpartition("/")[2]
        schema["properties"][name] = inner.get(reference, part)
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


_FILE_BODY = {"requestBody": {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}}


@router.post("/api/imports", status_code=202, openapi_extra=_FILE_BODY)
async def send_in(
    request: Request,
    desk: AtDesk,
    kind: Annotated[str, Query(max_length=TEXT_MAX)],
    name: Annotated[str, Query(min_length=1, max_length=NAME_MAX)],
    profile: Text = None,
    lang: Text = None,
) -> Response:
    """A file for the register; the body is the file itself."""
    check_media(request, FILE)
    if not name.isprintable() or not name.strip():
        raise RequestError("E_PARAMETER", name="name", value=repr(name)[:80])
    draft = await asyncio.to_thread(desk.begin, kind, name, profile, stated_length(request))
    submitted = False
    try:
        size, sha256 = await to_file(request, draft.path, draft.limit)
        await asyncio.to_thread(desk.submit, draft, kind, name, profile, size, sha256, clock())
        submitted = True
    finally:
        if not submitted:
            await asyncio.to_thread(desk.drop, draft)
    href = f"/api/imports/{draft.id}"
    return answer({"job": draft.id, "href": href}, 202, location=href)


@router.get("/api/imports")
async def overview(desk: AtDesk, lang: InLanguage) -> Response:
    """All jobs, everything that was ever imported, and what may be sent in."""
    return answer(await asyncio.to_thread(desk.overview, lang))


@router.get("/api/imports/{job}")
async def status(desk: AtDesk, lang: InLanguage, job: str) -> Response:
    """One job: how far it is, what was found in its file, what may be done with it."""
    return answer(await asyncio.to_thread(desk.status, job, lang))


@router.get("/api/imports/{job}/rows")
async def rows(
    desk: AtDesk,
    lang: InLanguage,
    job: str,
    outcome: Annotated[str, Query(max_length=TEXT_MAX)],
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Rows of the file that were accepted, quarantined or are duplicates."""
    return answer(await asyncio.to_thread(desk.rows, job, outcome, offset, limit, lang))


@router.get("/api/imports/{job}/quarantine.xlsx")
async def quarantine(desk: AtDesk, job: str, lang: Text = None) -> Response:
    """The quarantined rows as a workbook, each with its reason, to be mended and sent in again."""
    body, name = await asyncio.to_thread(desk.quarantine, job)
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, 200, headers, XLSX)


@router.put("/api/imports/{job}/mapping", status_code=202, openapi_extra=body_of(Mapping))
async def remap(request: Request, desk: AtDesk, lang: InLanguage, job: str) -> Response:
    """Read the file again with another mapping."""
    given = await json_body(request, Mapping)
    tree = await asyncio.to_thread(
        desk.remap, job, given.columns, given.options.model_dump(), given.kind, given.reader, clock(), lang
    )
    return answer(tree, 202)


@router.post("/api/imports/{job}/confirm", status_code=202, openapi_extra=body_of(Confirmation))
async def confirm(request: Request, desk: AtDesk, lang: InLanguage, job: str) -> Response:
    """Enter the rows into the register."""
    given = await json_body(request, Confirmation)
    tree = await asyncio.to_thread(desk.confirm, job, given.who, given.save_profile, given.revision, clock(), lang)
    return answer(tree, 202)


@router.delete("/api/imports/{job}")
async def cancel(desk: AtDesk, lang: InLanguage, job: str) -> Response:
    """Stop a job and remove its upload; a finished one leaves the list."""
    tree = await asyncio.to_thread(desk.cancel, job, clock(), lang)
    return Response(None, 204, {"cache-control": "no-store"}) if tree is None else answer(tree)
