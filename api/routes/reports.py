"""/api/reports: a report by a person into the register, and the reports nobody has published yet; never a part of any score."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from api.params import FromSnapshot, InLanguage, Text, choice, code
from api.places import named, placed
from api.routes.imports import answer, body_of
from api.uploads import AtDesk, clock, json_body
from core.report import Report
from core.settings import Text as Line
from core.taxonomy import INCIDENT_KINDS, VERIFICATIONS
from core.words import say

router = APIRouter(tags=["reports"])
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written(value: object) -> object:
    """A day is written out, 2024-10-24: a number is none, and neither is a moment."""
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise PydanticCustomError("date", "not a day")
    return value


Day = Annotated[date, BeforeValidator(_written)]
Whole = Annotated[int, Field(strict=True)]
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Word = Annotated[str, Field(max_length=40)]


class ReportBody(BaseModel):
    """A report as it is sent; its values are checked by core.report.Report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    occurred_on: Day
    kind: Word
    who: Line
    why: Line | None = None
    date_precision: Word = "day"
    date_end: Day | None = None
    time: Word | None = None
    zone: Word | None = None
    conflict_source: Word | None = None
    conflict_stage: Word | None = None
    how_known: Word = "reported"
    deaths: Whole | None = None
    injured: Whole | None = None
    kode: Word | None = None
    lon: Degrees | None = None
    lat: Degrees | None = None
    text: Annotated[str, Field(max_length=20_000)] | None = None
    source_name: Line | None = None
    source_grade: Word | None = None
    credibility: Whole | None = None
    known_on: Day | None = None
    outcome: Word | None = None


@router.post("/api/reports", status_code=201, openapi_extra=body_of(ReportBody))
async def send_report(request: Request, desk: AtDesk, served: FromSnapshot, lang: InLanguage) -> Response:
    """One report for the register. What looks like personal data in its words is told to the writer."""
    given = await json_body(request, ReportBody)
    kode, differs = placed(served, given.kode, given.lon, given.lat)
    report = Report(**{**given.model_dump(exclude={"who", "why"}), "kode": kode})
    tree, is_new = await asyncio.to_thread(desk.file_report, report, given.who, given.why, clock(), lang)
    tree["place"] = named(served, kode)
    tree["warnings"] = (
        [{"code": "REPORT_PLACE", "text": say("warning.REPORT_PLACE", lang, given=named(served, str(given.kode)))}]
        if differs
        else []
    )
    tree["href"] = f"/api/reports?kode={kode}"
    return answer(tree, 201 if is_new else 200, **({"location": tree["href"]} if is_new else {}))


@router.get("/api/reports")
async def list_reports(
    desk: AtDesk,
    served: FromSnapshot,
    lang: InLanguage,
    verification: Text = None,
    kind: Text = None,
    kode: Text = None,
    after: Annotated[int | None, Query(ge=0, le=10**15)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Reports as the desk sees them: those nobody has judged yet, or those of another state; without words and names."""
    state = choice("verification", verification or "unverified", VERIFICATIONS)
    wanted = None if kind is None else choice("kind", kind, tuple(INCIDENT_KINDS))
    rows, further = await asyncio.to_thread(desk.list_reports, code("kode", kode), wanted, state, after, limit, lang)
    for row in rows:
        row["place"] = named(served, row["kode"])
        row["kind_label"] = say(f"closed.kind.{row['kind']}", lang)
    query = "".join(f"&{name}={value}" for name, value in (("kind", kind), ("kode", kode)) if value is not None)
    link = None if further is None else f"/api/reports?verification={state}{query}&limit={limit}&after={further}"
    return answer({"reports": rows, "next": link, "note": say("upload.unpublished", lang)})
