"""Where independent pieces of work are done: one by one, in threads, or by somebody else. The answer is the same, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Run(Protocol):
    """Does `function` for every item, in whatever order; the answers come in the order of the items."""

    def __call__(self, function: Callable[[Item], Answer], items: Sequence[Item]) -> Iterable[Answer]: ...


def one_by_one(function: Callable[[Item], Answer], items: Sequence[Item]) -> Iterable[Answer]:
    """Here and now."""
    return map(function, items)


def threads(many: int) -> Run:
    """In `many` threads of this process: most of the time is spent in libraries that let others run."""

    def run(function: Callable[[Item], Answer], items: Sequence[Item]) -> Iterable[Answer]:
        with ThreadPoolExecutor(many) as pool:
            yield from pool.map(function, items)

    return one_by_one if many == 1 else run
