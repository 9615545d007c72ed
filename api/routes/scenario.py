"""/api/scenario: what if a site, a post or a weight were another; nothing is stored, and no answer goes without the word."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.params import FromSnapshot, InLanguage
from api.replies import json_reply
from api.routes.imports import answer, body_of
from api.served import Served
from api.uploads import json_body
from api.whatif import Question
from core.errors import RequestError, SnapshotError

if TYPE_CHECKING:
    from risk.scenario import Base

router = APIRouter(tags=["scenario"])
AT_ONCE = 1  # questions one worker answers at the same time
WAITING = 8  # questions that may wait for their turn
RETRY_AFTER = 2  # seconds
KEPT = 2  # snapshots whose arrays stay in memory


@dataclass
class Bench:
    """Mutable: the queue and the prepared snapshots of one worker."""

    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _waiting: int = 0
    _bases: OrderedDict[str, Base] = field(default_factory=OrderedDict)

    async def answer(self, served: Served, question: Question | None, lang: str) -> dict[str, Any]:
        """The answer, or for None what may be asked; raises RequestError E_SCENARIO_BUSY when the queue is full, and as api.scenario."""
        if self._waiting >= WAITING:
            raise RequestError("E_SCENARIO_BUSY", seconds=RETRY_AFTER)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._work, served, question, lang)
        finally:
            self._waiting -= 1

    def _work(self, served: Served, question: Question | None, lang: str) -> dict[str, Any]:
        # scipy: a third of a second and 30 MiB that only those who ask need.
        from api import scenario

        if question is not None:
            return scenario.answer(served, self._base(served), question, lang)
        try:
            return scenario.form(served, self._base(served), lang)
        except SnapshotError as error:
            return scenario.closed(served, error, lang)

    def _base(self, served: Served) -> Base:
        from api import scenario

        if served.id not in self._bases:
            self._bases[served.id] = scenario.base_of(served)
        self._bases.move_to_end(served.id)
        while len(self._bases) > KEPT:
            self._bases.popitem(last=False)
        return self._bases[served.id]


@router.get("/api/scenario")
async def form(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """What may be asked of this snapshot: words for sites, the weights there are, limits. Makes the server ready for the question."""
    bench: Bench = request.app.state.bench
    return json_reply(request, await bench.answer(served, None, lang))


@router.post("/api/scenario", openapi_extra=body_of(Question))
async def what_if(request: Request, served: FromSnapshot, lang: InLanguage) -> Response:
    """What would change with other sites, posts or weights, against the published snapshot."""
    question = await json_body(request, Question)
    bench: Bench = request.app.state.bench
    return answer(await bench.answer(served, question, lang))
