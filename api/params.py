"""What may stand behind the question mark: everything is checked, nothing unknown or doubled is passed over."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from api.archive import Archive
from api.language import asked
from api.served import Served
from core.codes import is_code
from core.errors import RequestError
from core.words import DEFAULT_LANGUAGE, LANGUAGES

LIMIT, LIMIT_MAX, OFFSET_MAX = 1000, 10_000, 10**9
TEXT_MAX = 200

Lang = Annotated[str | None, Query(max_length=TEXT_MAX)]
SnapshotId = Annotated[str | None, Query(max_length=TEXT_MAX)]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Offset = Annotated[int, Query(ge=0, le=OFFSET_MAX)]
Text = Annotated[str | None, Query(max_length=TEXT_MAX)]
Box = tuple[float, float, float, float]
Period = tuple[date | None, date | None]


def check_query(request: Request) -> None:
    """Refuse parameters the address does not declare, doubled ones and NUL characters.

    Raises RequestError E_UNKNOWN_PARAMETER, E_DOUBLED_PARAMETER or E_PARAMETER.
    """
    dependant = getattr(request.scope.get("route"), "dependant", None)
    known = _declared(dependant)
    given = Counter(name for name, _ in request.query_params.multi_items())
    for name, times in given.items():
        if name not in known:
            raise RequestError("E_UNKNOWN_PARAMETER", name=name[:80], known=", ".join(sorted(known)) or "-")
        if times > 1:
            raise RequestError("E_DOUBLED_PARAMETER", name=name)
        if "\0" in request.query_params[name]:
            raise RequestError("E_PARAMETER", name=name, value="NUL")
    if request.query_params.get("lang", "id") not in LANGUAGES:
        raise RequestError("E_PARAMETER", name="lang", value=request.query_params["lang"][:80])


def _declared(dependant: object) -> set[str]:
    names = {field.alias for field in getattr(dependant, "query_params", ())}
    for inner in getattr(dependant, "dependencies", ()):
        names |= _declared(inner)
    return names


async def served(request: Request, snapshot: SnapshotId = None) -> Served:
    """The snapshot a request is about: ?snapshot=, else the current one."""
    archive: Archive = request.app.state.archive
    return await (archive.current() if snapshot is None else archive.named(snapshot))


async def language(request: Request, lang: Lang = None) -> str:
    """The language of the answer."""
    return asked(request)


async def language_of_page(lang: Lang = None) -> str:
    """The language of a page or a sheet for people: ?lang=, else Indonesian, whatever the browser was set to."""
    return lang if lang in LANGUAGES else DEFAULT_LANGUAGE


FromSnapshot = Annotated[Served, Depends(served)]
InLanguage = Annotated[str, Depends(language)]
OnPaper = Annotated[str, Depends(language_of_page)]


def number(name: str, text: str, low: float, high: float) -> float:
    """A finite number within bounds; raises RequestError E_PARAMETER."""
    try:
        value = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and low <= value <= high):
        raise RequestError("E_PARAMETER", name=name, value=text[:80])
    return value


def bbox(text: str | None) -> Box | None:
    """west,south,east,north in degrees (or six numbers with heights, which are passed over); raises RequestError E_BBOX.

    A box across the antimeridian (west > east) holds nothing of Indonesia and is refused like other reversed boxes.
    """
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) not in (4, 6) or len(text) > TEXT_MAX:
        raise RequestError("E_BBOX", value=text[:80])
    try:
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise RequestError("E_BBOX", value=text[:80]) from error
    if len(numbers) == 6:
        west, south, low, east, north, high = numbers
    else:
        (west, south, east, north), low, high = numbers, 0.0, 0.0
    good = (
        all(map(math.isfinite, numbers)) and -180 <= west <= east <= 180 and -90 <= south <= north <= 90 and low <= high
    )
    if not good:
        raise RequestError("E_BBOX", value=text[:80])
    return west, south, east, north


_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII)


def _day(text: str) -> date | None:
    if text in ("", ".."):
        return None
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return date.fromisoformat(match[1])


def period(text: str | None) -> Period | None:
    """An instant or an interval of OGC API (day or RFC 3339 time, '..' or nothing for open ends); raises RequestError E_DATETIME."""
    if text is None:
        return None
    parts = text.split("/")
    try:
        days = [_day(part) for part in parts]
    except ValueError as error:
        raise RequestError("E_DATETIME", value=text[:80]) from error
    start, end = days[0], days[-1]
    reversed_ = start is not None and end is not None and start > end
    if len(parts) > 2 or (len(parts) == 1 and start is None) or (start is None and end is None) or reversed_:
        raise RequestError("E_DATETIME", value=text[:80])
    return start, end


def code(name: str, text: str | None) -> str | None:
    """A dotted Kemendagri code; raises RequestError E_PARAMETER."""
    if text is not None and not is_code(text):
        raise RequestError("E_PARAMETER", name=name, value=text[:80])
    return text


def choice(name: str, text: str, known: tuple[str, ...]) -> str:
    """One of some words; raises RequestError E_CHOICE."""
    if text not in known:
        raise RequestError("E_CHOICE", name=name, value=text[:80], known=", ".join(known))
    return text
