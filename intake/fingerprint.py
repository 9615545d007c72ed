"""What makes two file rows the same row: what they say, however the file is called, sorted, coloured or saved."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from geo.sources.headers import normal
from intake.marks import is_ours

_COUNTERS = frozenset({"no", "nomor", "no urut", "nomor urut", "num", "number", "no baris", "row"})
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[ t]00:00(:00(\.0+)?)?")
_END = "\x1e"
_MID = "\x1f"


def counted(headers: Iterable[str], used: Iterable[str]) -> frozenset[str]:
    """Headers that say nothing of the row itself: running numbers nobody mapped to a field, and the columns we added in quarantine."""
    taken = set(used)
    return frozenset(
        text
        for text in headers
        if is_ours(text) or (text not in taken and normal(text) in _COUNTERS) or not normal(text)
    )


class Cells:
    """Fingerprints of the rows of one file: what its columns are called is worked out once."""

    def __init__(self, kind: str, headers: Iterable[str], used: Iterable[str]) -> None:
        every = tuple(headers)
        self._kind = kind
        self._left_out = counted(every, used)
        told = sorted((_plain(title), title) for title in every if title not in self._left_out)
        self._titles = tuple((title, f"{plain}{_MID}") for plain, title in told)
        self._known = frozenset(every)

    def mark(self, raw: Mapping[str, str], known: Mapping[str, date] | None = None) -> str:
        """24 hexadecimal digits; the order of columns, blank cells, case and spaces make no difference.

        raw : header -> text; known : header -> the day its cell means, so that a sheet saved again with its dates in another spelling
        is the same
        """
        parts = []
        for title, plain in self._titles:
            text = raw.get(title)
            if text:
                day = known.get(title) if known else None
                parts.append(plain + (_value(text) if day is None else day.isoformat()))
        if not raw.keys() <= self._known:  # cells beyond the header
            beyond = sorted((title, text) for title, text in raw.items() if title not in self._known)
            parts += [f"{title}{_MID}{_value(text)}" for title, text in beyond]
        return _digest(self._kind, _END.join(parts))


def of_record(kind: str, key: str, content: Mapping[str, object]) -> str:
    """The same of a record that has a name of its own in the world (an event number, a polling station): key and content."""
    said = [f"{name}{_MID}{_told(value)}" for name, value in sorted(content.items()) if value is not None]
    return _digest(kind, _END.join((key, *said)))


def import_id(*parts: str) -> str:
    """16 hexadecimal digits: the same file read in the same way has the same."""
    return _digest("import", _END.join(parts))[:16]


def _digest(kind: str, text: str) -> str:
    return hashlib.blake2b(f"{kind}{_END}{text}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _plain(text: str) -> str:
    if not text.isascii():
        return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return " ".join(text.split()).lower()


def _value(text: str) -> str:
    """A cell's text in one spelling: '117,150' and '117.15' are one number, midnight is no time of day."""
    plain = _plain(text)
    if plain[:1] in "+-0123456789":
        if _NUMBER.fullmatch(plain):
            whole, _, part = plain.lstrip("+").replace(",", ".").partition(".")
            part = part.rstrip("0")
            return f"{whole}.{part}" if part else whole
        if found := _MIDNIGHT.fullmatch(plain):
            return found[1]
    return plain


def _told(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
