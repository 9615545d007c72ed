"""One race: ours and theirs on the same input, the same answer demanded, the best of a few rounds each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Race:
    """`ours` and `theirs` return answers that `same` must find equal; `aim` is the least ratio theirs/ours we want."""

    name: str
    size: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    same: Callable[[object, object], bool]
    against: str
    aim: float
    share: float = 1.0  # the part of the work `theirs` does (a slow loop runs on a part; its time is scaled)


@dataclass(frozen=True)
class Result:
    race: Race
    ours_s: float
    theirs_s: float

    @property
    def ratio(self) -> float:
        return self.theirs_s / self.ours_s


def _best(run: Callable[[], object], rounds: int) -> tuple[float, object]:
    best, answer = float("inf"), None
    for _ in range(rounds):
        start = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - start)
    return best, answer


def run(race: Race, rounds: int = 3) -> Result:
    """Run both sides; raises AssertionError when their answers differ."""
    ours_s, ours = _best(race.ours, rounds)
    theirs_s, theirs = _best(race.theirs, 1 if race.share < 1 else max(1, rounds - 1))
    if not race.same(ours, theirs):
        raise AssertionError(f"{race.name}: the answers differ")
    return Result(race, ours_s, theirs_s / race.share)
