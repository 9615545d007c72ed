"""Why a cell or a row cannot be used: a reason code with its parameters, raised by parsers and caught by readers."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import TypeVar, cast

A = TypeVar("A")
T = TypeVar("T")


class BadValue(Exception):
    """A value nobody can read for sure; `code` has words `reason.<code>`, `key` is the field it stands in."""

    def __init__(self, code: str, /, key: str | None = None, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.key = key
        self.params = params

    def again(self) -> BadValue:
        """The same fault, not yet raised anywhere."""
        return BadValue(self.code, self.key, **self.params)


def remembered(parse: Callable[[A], T]) -> Callable[[A], T]:
    """A parser of one hashable value that remembers what it said of each, faults included: a table repeats itself."""

    @lru_cache(maxsize=1 << 16, typed=True)
    def tried(value: Hashable) -> T | BadValue:
        try:
            return parse(cast(A, value))
        except BadValue as bad:
            return bad.again()

    @wraps(parse)
    def recalled(value: A) -> T:
        found = tried(cast(Hashable, value))
        if isinstance(found, BadValue):
            raise found.again()
        return found

    return recalled
