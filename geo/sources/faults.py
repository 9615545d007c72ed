"""Why a cell or a row cannot be used: a reason code with its parameters, raised by parsers and caught by readers."""

from __future__ import annotations


class BadValue(Exception):
    """A value nobody can read for sure; `code` has words `reason.<code>`, `key` is the field it stands in."""

    def __init__(self, code: str, /, key: str | None = None, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.key = key
        self.params = params
