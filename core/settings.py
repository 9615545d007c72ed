"""petarawan.toml: what a workspace folder declares; read and checked at the door, then passed in."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from core import faults
from core.codes import is_code
from core.errors import ConfigError, Place
from core.words import Phrase

FILE_NAME = "petarawan.toml"


def _printable(text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", text):
        raise PydanticCustomError("control", "control character")
    return text


def _day(value: object) -> object:
    """A number is no date, though pydantic would count seconds from 1970."""
    if isinstance(value, int | float):
        raise PydanticCustomError("date", "not a date")
    return value


def _area(value: list[str]) -> list[str]:
    wrong = [code for code in value if not is_code(code)]
    if wrong:
        raise PydanticCustomError("codes", "not dotted Kemendagri codes", {"wrong": ", ".join(wrong[:20])})
    return sorted(set(value))


# Text a person reads, or a path: on one line, not blank, not endless.
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_printable)
]
FileName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), AfterValidator(_printable)
]


class Source(BaseModel):
    """One [[source]]: what it is, who reads it, where it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal[
        "boundaries", "incidents", "tps", "sites", "posts", "population", "elections", "workers", "night_lights"
    ]
    reader: Text
    path: FileName | list[FileName] | None = None
    name: Text | None = None
    licence: Text | None = None
    licence_accepted: bool = False  # for a reader of data whose licence forbids more than it allows (gadm)
    attribution: Text | None = None
    accessed: Annotated[date | None, BeforeValidator(_day)] = None  # the day it was downloaded, where terms ask for it
    crs: Text | None = None
    code_system: Literal["kemendagri", "bps", "kpu"] | None = None
    columns: dict[str, str] = Field(default_factory=dict)  # field -> header; '' is a field the file does not have
    header_row: Annotated[int | None, Field(strict=True, ge=1)] = None
    sheet: Text | None = None
    date_order: Literal["dmy", "mdy"] | None = None  # of 03/04/2024
    number_style: Literal["id", "en"] | None = None  # 1.234,5 or 1,234.5
    zone: Literal["WIB", "WITA", "WIT"] | None = None  # of a time of day that does not say
    year: Annotated[int | None, Field(strict=True, ge=1992, le=2100)] = None  # a raster of night lights is of
    sample: bool = False

    def paths(self, base: Path) -> list[Path]:
        """Absolute paths, relative ones being relative to the workspace."""
        names = [] if self.path is None else [self.path] if isinstance(self.path, str) else self.path
        # Not Path.resolve: it raises where links go round in a circle; the reader says so when it opens the file.
        return [(base / name).absolute() for name in names]


def _hidden(value: object) -> object:
    """What is no text is not repeated in the message: it may hold a password."""
    return value if isinstance(value, str) else False


class Register(BaseModel):
    """[register]: where the register lies, when not in register.db beside this file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[SecretStr | None, BeforeValidator(_hidden)] = None


class Workspace(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    area: Annotated[list[str], Field(min_length=1), AfterValidator(_area)]
    resolution: Annotated[int, Field(strict=True, ge=4, le=10)] = 8
    as_of: Annotated[date, BeforeValidator(_day)]
    model: FileName = "kaltim"
    source: list[Source] = Field(default_factory=list)
    register_: Annotated[Register, Field(alias="register")] = Field(default_factory=Register)


def load(folder: Path) -> Workspace:
    """The workspace of a folder; raises ConfigError E_NO_WORKSPACE, E_CONFIG_TOML or E_CONFIG with every fault named."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise ConfigError("E_NO_WORKSPACE", place=Place(file=str(path)))
    try:
        return Workspace.model_validate(read_toml(path, "E_CONFIG_TOML"))
    except ValidationError as error:
        raise ConfigError("E_CONFIG", place=Place(file=str(path)), detail=faults.phrases(error)) from error


def read_toml(path: Path, code: str) -> dict[str, Any]:
    """The content of a TOML file (a BOM, as Notepad writes it, is dropped); raises ConfigError `code` with the line where it breaks."""
    place = Place(file=str(path))
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        detail: object = Phrase("fault.encoding", {"position": error.start + 1})
        raise ConfigError(code, place=place, detail=detail) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigError(
            code, place=Place(file=str(path), row=int(line[1]) if line else None), detail=str(error)
        ) from error
    except RecursionError as error:
        raise ConfigError(code, place=place, detail=Phrase("fault.deep")) from error
