"""Where independent pieces of work are done: one by one, in threads, or by somebody else. The answer is the same, bit for bit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Run(Protocol):
    """Does `function` for every item, in whatever order; the answers come in the order of the items, which are taken as they are needed."""

    def __call__(self, function: Callable[[Item], Answer], items: Iterable[Item]) -> Iterable[Answer]: ...


def one_by_one(function: Callable[[Item], Answer], items: Iterable[Item]) -> Iterable[Answer]:
    """Here and now."""
    return map(function, items)


def threads(many: int) -> Run:
    """In `many` threads of this process: libraries let others run while they compute."""

    def run(function: Callable[[Item], Answer], items: Iterable[Item]) -> Iterable[Answer]:
        waiting: deque[Future[Answer]] = deque()
        with ThreadPoolExecutor(many) as pool:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > many:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    return one_by_one if many == 1 else run
