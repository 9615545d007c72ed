"""The rows of INSERT statements in a MySQL or SQLite dump: a small tokenizer, tolerant of everything that is not an INSERT."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

Value = str | float | None

# One token after blanks and comments. A string ends at a quote that is neither doubled nor behind a backslash.
_BLANK = re.compile(r"(?:\s+|/\*.*?\*/|--[^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z))+", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_STRING = re.compile(r"[^'\\]*(?:(?:''|\\.)[^'\\]*)*", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_ESCAPE = re.compile(r"''|\\(.)", re.DOTALL)


class SqlFault(Exception):
    """A statement that cannot be read: a code and the line (1-based) where it began."""

    def __init__(self, code: str, line: int) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


@dataclass(frozen=True)
class Token:
    """kind: word, name (quoted), number, string, or mark (one character of punctuation)."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Row:
    """One tuple of values: its table, its columns ('' where the statement names none), and the line it starts on."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Value, ...]
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Every token of the text; raises SqlFault E_SQL_QUOTE when a quote is never closed."""
    at, end = 0, len(text)
    while at < end:
        blank = _BLANK.match(text, at)
        if blank:
            at = blank.end()
            continue
        mark = text[at]
        if mark == "'":
            inner = _STRING.match(text, at + 1)
            stop = inner.end() if inner else at
            if stop >= end or text[stop] != "'":
                raise SqlFault("E_SQL_QUOTE", text.count("\n", 0, at) + 1)
            yield Token("string", _ESCAPE.sub(_unescape, text[at + 1 : stop]), at)
            at = stop + 1
        elif mark in '`"[':
            stop = text.find("]" if mark == "[" else mark, at + 1)
            if stop < 0:
                raise SqlFault("E_SQL_QUOTE", text.count("\n", 0, at) + 1)
            yield Token("name", text[at + 1 : stop], at)
            at = stop + 1
        elif found := _WORD.match(text, at):
            yield Token("word", found.group(), at)
            at = found.end()
        elif found := _NUMBER.match(text, at):
            yield Token("number", found.group(), at)
            at = found.end()
        else:
            yield Token("mark", mark, at)
            at += 1


def _unescape(found: re.Match[str]) -> str:
    after = found.group(1)
    return "'" if after is None else _ESCAPES.get(after, after)


def rows(text: str) -> Iterator[Row]:
    """The rows of every INSERT or REPLACE; other statements are passed over.

    Raises SqlFault E_SQL_QUOTE, or E_SQL_ROW where a tuple is cut short or holds something other than numbers, strings and NULL.
    """
    stream = tokens(text)
    lines = _Lines(text)
    for token in stream:
        if token.kind == "word" and token.text.upper() in ("INSERT", "REPLACE"):
            yield from _insert(stream, lines)
        elif token.text != ";":
            _skip(stream)


class _Lines:
    """Line numbers of growing positions, each part of the text counted once."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def at(self, position: int) -> int:
        self._line += self._text.count("\n", self._at, position)
        self._at = position
        return self._line


def _skip(stream: Iterator[Token]) -> None:
    """Pass over the rest of a statement."""
    for token in stream:
        if token.kind == "mark" and token.text == ";":
            return


def _insert(stream: Iterator[Token], lines: _Lines) -> Iterator[Row]:
    """The rows of one statement, INSERT already read."""
    table, columns, before = "", [], True
    for token in stream:
        if before:
            if token.kind == "word" and token.text.upper() in ("VALUES", "VALUE"):
                before = False
            elif token.kind in ("word", "name"):
                if (
                    token.text.upper() not in ("INTO", "IGNORE", "OR", "LOW_PRIORITY", "DELAYED")
                    or token.kind == "name"
                ):
                    columns.append(token.text.lower())
            elif token.text == "." and columns:
                columns.pop()  # schema.table: the table is what follows
            elif token.text == ";":
                return  # INSERT ... SELECT without a VALUES
        elif token.text == "(" and token.kind == "mark":
            yield Row(
                columns[0] if columns else table,
                tuple(columns[1:]),
                _values(stream, token, lines),
                lines.at(token.start),
            )
        elif token.kind == "mark" and token.text == ";":
            return
        elif token.kind == "word":  # ON DUPLICATE KEY UPDATE ...
            _skip(stream)
            return


def _values(stream: Iterator[Token], opening: Token, lines: _Lines) -> tuple[Value, ...]:
    found: list[Value] = []
    for token in stream:
        if token.kind in ("string", "name"):  # MySQL also writes strings in double quotes
            found.append(token.text)
        elif token.kind == "number":
            found.append(float(token.text))
        elif token.kind == "word" and token.text.upper() == "NULL":
            found.append(None)
        elif token.kind == "mark" and token.text == ")":
            return tuple(found)
        elif token.kind != "mark" or token.text != ",":
            break
    raise SqlFault("E_SQL_ROW", lines.at(opening.start))
