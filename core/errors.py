"""The one tree of errors; every error has a stable code, words in two languages, a place and an exit status.

PetarawanError
├── InputError        2  a file or a row of the user's data
├── ConfigError       3  petarawan.toml, a model, an argument of a command
├── SnapshotError     4  a snapshot that is missing, broken or of another schema
├── LockedError       5  somebody else is publishing
├── ServeError        6  the server cannot start
├── NotFoundError     7  nothing has this code, cell or name
├── RequestError      8  a request parameter is not usable
├── CheckFailed       9  `petarawan check` found a difference
├── RegisterError    10  the register cannot be reached, is broken, or is of a newer version
├── DiskError        74  the file system refuses: full, read-only, no permission
└── Faults           (of its first)  several errors told at once
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass

from core.words import DEFAULT_LANGUAGE, Phrase, say


@dataclass(frozen=True)
class Place:
    """Where a fault is: file, sheet, row (1-based, as a spreadsheet shows it), column, value as found."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    entry: int | None = None  # the [[source]] of petarawan.toml, 1-based

    def text(self, lang: str = DEFAULT_LANGUAGE) -> str:
        parts = [
            f"{say(f'place.{name}', lang)} {item}"
            for name, item in (
                ("file", None if self.file is None else _end(self.file)),
                ("entry", self.entry),
                ("sheet", self.sheet),
                ("row", self.row),
                ("column", self.column),
                ("value", None if self.value is None else repr(self.value[:120])),
            )
            if item is not None
        ]
        return ", ".join(parts)


def _end(path: str, most: int = 200) -> str:
    """A path on one line; of a very long one the end, which tells more than its beginning."""
    plain = path if path.isprintable() else repr(path)
    return plain if len(plain) <= most else "…" + plain[-most:]


class PetarawanError(Exception):
    """A stable code, its words (`error.<CODE>.message` and `.hint`), parameters for them, and a Place."""

    exit_status = 1

    def __init__(self, code: str, /, *, place: Place | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.place = place or Place()
        self.params = params

    def at(self, place: Place) -> None:
        """Say where, if nobody has."""
        if self.place == Place():
            self.place = place

    def message(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """What is wrong and where, in one or two sentences."""
        text = say(f"error.{self.code}.message", lang, **self.params)
        place = self.place.text(lang)
        return f"{text} ({place})" if place else text

    def hint(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """What to do now."""
        return say(f"error.{self.code}.hint", lang, **self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.message('en')}"


class InputError(PetarawanError):
    exit_status = 2


class ConfigError(PetarawanError):
    exit_status = 3


class SnapshotError(PetarawanError):
    exit_status = 4


class LockedError(PetarawanError):
    exit_status = 5


class ServeError(PetarawanError):
    exit_status = 6


class NotFoundError(PetarawanError):
    exit_status = 7


class RequestError(PetarawanError):
    exit_status = 8


class CheckFailed(PetarawanError):
    exit_status = 9


class RegisterError(PetarawanError):
    exit_status = 10


class DiskError(PetarawanError):
    exit_status = 74  # EX_IOERR


class Faults(PetarawanError):
    """Several errors at once; code and exit status are those of the first."""

    def __init__(self, errors: Sequence[PetarawanError]) -> None:
        super().__init__(errors[0].code)
        self.errors = tuple(errors)
        self.exit_status = errors[0].exit_status

    def at(self, place: Place) -> None:
        for error in self.errors:
            error.at(place)

    def message(self, lang: str = DEFAULT_LANGUAGE) -> str:
        return "\n".join(error.message(lang) for error in self.errors)

    def hint(self, lang: str = DEFAULT_LANGUAGE) -> str:
        return "\n".join(dict.fromkeys(error.hint(lang) for error in self.errors))


def reason(error: OSError) -> Phrase | str:
    """Why the file system refuses: in our words where we have them, else in its own."""
    name = errno.errorcode.get(error.errno or 0, "")
    if name in _REASONS:
        return Phrase(f"os.{name}")
    text = error.strerror or str(error)
    return Phrase("os.ENOSPC") if "No space left" in text else text


_REASONS = ("EACCES", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOSPC", "ENOTDIR", "EPERM", "EROFS")


def raise_all(errors: Sequence[PetarawanError]) -> None:
    """Raise nothing, the one error, or Faults of them all."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Faults(errors)
