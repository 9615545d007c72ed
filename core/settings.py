"""petarawan.toml: what a workspace folder declares; read and checked at the door, then passed in."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.codes import is_code
from core.errors import ConfigError, Place

FILE_NAME = "petarawan.toml"
KINDS = ("boundaries", "incidents", "tps", "sites", "posts", "population")


class Source(BaseModel):
    """One [[source]]: what it is, who reads it, where it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["boundaries", "incidents", "tps", "sites", "posts", "population"]
    reader: str
    path: str | list[str] | None = None
    name: str | None = None
    licence: str | None = None
    attribution: str | None = None
    crs: str | None = None
    code_system: Literal["kemendagri", "bps", "kpu"] | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    sample: bool = False

    def paths(self, base: Path) -> list[Path]:
        """Absolute paths, relative ones being relative to the workspace."""
        names = [] if self.path is None else [self.path] if isinstance(self.path, str) else self.path
        return [(base / name).resolve() for name in names]


class Workspace(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    area: Annotated[list[str], Field(min_length=1)]
    resolution: Annotated[int, Field(ge=4, le=10)] = 8
    as_of: date
    model: str = "kaltim"
    source: list[Source] = Field(default_factory=list)

    @field_validator("area")
    @classmethod
    def _codes(cls, value: list[str]) -> list[str]:
        wrong = [code for code in value if not is_code(code)]
        if wrong:
            raise ValueError(f"not dotted Kemendagri codes: {wrong}")
        return sorted(set(value))


def load(folder: Path) -> Workspace:
    """The workspace of a folder; raises ConfigError E_NO_WORKSPACE, E_CONFIG_TOML or E_CONFIG with every fault named."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise ConfigError("E_NO_WORKSPACE", place=Place(file=str(path)))
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("E_CONFIG_TOML", place=Place(file=str(path)), detail=str(error)) from error
    try:
        return Workspace.model_validate(tree)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
        raise ConfigError("E_CONFIG", place=Place(file=str(path)), detail=faults) from error
