"""Profiles: how a file of an office is to be read, saved under a name; and proposals for a file nobody has seen yet.

Exact header names apply by themselves. What only looks alike is proposed with its score, for a person to confirm and save.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Key

from core import faults
from core.errors import ConfigError, InputError, Place
from core.settings import Source, Text, read_toml
from core.words import DEFAULT_LANGUAGE, catalogue
from geo.sources.headers import Field, Found, locate, look_alikes, match, names_of, on_sheet, overrides, widest
from geo.sources.records import shown, titles_of
from geo.sources.sheets import Grid
from geo.sources.stream import Spec
from geo.sources.table_files import open_grids

FOLDER = "profiles"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SAMPLES, _LOOKED_AT, _LETTERS = 5, 200, 80


class Profile(BaseModel):
    """One saved way of reading: which reader, which column is which field, and what the file itself does not say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["incidents", "tps", "sites", "posts"]
    reader: Text = "table"
    columns: dict[str, str] = Key(default_factory=dict)
    header_row: int | None = Key(default=None, strict=True, ge=1)
    sheet: Text | None = None
    code_system: Literal["kemendagri", "bps", "kpu"] | None = None
    date_order: Literal["dmy", "mdy"] | None = None
    number_style: Literal["id", "en"] | None = None
    zone: Literal["WIB", "WITA", "WIT"] | None = None
    crs: Text | None = None
    licence: Text | None = None
    attribution: Text | None = None
    verification: Literal["unverified", "verified", "doubtful", "rejected"] | None = None

    def options(self) -> dict[str, Any]:
        """What it says as keys of `core.settings.Source`, but kind and reader; unset ones left out."""
        return self.model_dump(exclude={"kind", "reader", "verification"}, exclude_none=True, exclude_defaults=True)


def save(workspace: Path, name: str, profile: Profile) -> Path:
    """Write profiles/<name>.toml, over an older one; raises ConfigError E_PROFILE_NAME."""
    path = _path(workspace, name)
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(tomli_w.dumps(profile.model_dump(exclude_none=True, exclude_defaults=False)), encoding="utf-8")
    draft.replace(path)
    return path


def load(workspace: Path, name: str) -> Profile:
    """Raises ConfigError E_PROFILE_NAME, E_PROFILE_ABSENT (naming those there are), E_PROFILE_TOML, E_PROFILE_KEYS."""
    path = _path(workspace, name)
    if not path.is_file():
        raise ConfigError("E_PROFILE_ABSENT", value=name, known=", ".join(names(workspace)) or "-")
    try:
        return Profile.model_validate(read_toml(path, "E_PROFILE_TOML"))
    except ValidationError as error:
        raise ConfigError("E_PROFILE_KEYS", place=Place(file=str(path)), detail=faults.phrases(error)) from error


def names(workspace: Path) -> list[str]:
    """Every saved profile, by name."""
    return sorted(path.stem for path in (workspace / FOLDER).glob("*.toml") if NAME.fullmatch(path.stem))


def of_source(source: Source, columns: Mapping[str, str], verification: str | None = None) -> Profile:
    """The profile that reads a file as `source` does, with the columns that were settled; raises ConfigError E_PROFILE_KEYS."""
    keys = {name for name in Profile.model_fields if name not in {"columns", "verification"}}
    said = {name: value for name in keys if (value := getattr(source, name)) is not None}
    try:
        return Profile.model_validate({**said, "columns": dict(columns), "verification": verification})
    except ValidationError as error:
        raise ConfigError("E_PROFILE_KEYS", detail=faults.phrases(error)) from error


def _path(workspace: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ConfigError("E_PROFILE_NAME", value=name[:80])
    return workspace / FOLDER / f"{name}.toml"


@dataclass(frozen=True)
class Choice:
    """A field and the column it is read from; `header` None where no name matches exactly and nobody chose one.

    proposals : headers that look like it, (header, score 0..100), best first; samples : first cells of `header`.
    """

    field: str
    label: str
    required: bool
    header: str | None
    proposals: tuple[tuple[str, float], ...]
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """A table file as far as it can be told before it is read; titles in file order, first filled cells of each."""

    sheets: tuple[str, ...]
    sheet: str | None
    header_row: int  # the first row of the header
    headers: tuple[str, ...]
    samples: Mapping[str, tuple[str, ...]]
    choices: tuple[Choice, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Required fields without a column."""
        return tuple(choice.field for choice in self.choices if choice.required and choice.header is None)


def look(source: Source, path: Path, spec: Spec, lang: str = DEFAULT_LANGUAGE) -> Look:
    """Open a file, find the likeliest sheet and header, and propose which column is which field; missing columns are no fault here.

    Raises InputError as `table_files.open_grids`, E_SHEET, E_HEADER_ROW; ConfigError E_COLUMN_KEY.
    """
    grids = open_grids(path, source) if spec.open is None else spec.open(path)
    chosen = overrides(spec.fields, source.columns)
    wanted = names_of(spec.fields, chosen)
    found = [(grid, locate(grid, wanted, source.header_row)) for grid in on_sheet(grids, source.sheet)]
    grid, header = max(found, key=lambda item: item[1].hits)
    if not header.texts:
        header = widest(grid)
    titles = titles_of(header.texts)
    samples = _samples(grid, header, titles)
    return Look(
        sheets=tuple(item.sheet for item in grids if item.sheet is not None),
        sheet=grid.sheet,
        header_row=header.first,
        headers=titles,
        samples=samples,
        choices=propose(spec.fields, header.texts, samples, chosen, lang),
    )


def propose(
    fields: Sequence[Field],
    texts: Sequence[str],
    samples: Mapping[str, tuple[str, ...]],
    chosen: Mapping[str, str] | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> tuple[Choice, ...]:
    """A choice for every field, in their order; a header whose name belongs to one field is proposed for no other."""
    matched, _ = match(texts, fields, chosen or {}, Place())
    taken = {at for columns in matched.values() for at in columns}
    free = [text for i, text in enumerate(texts) if i not in taken]
    titles = titles_of(texts)
    choices = []
    for field in fields:
        at = matched.get(field.key, ())
        header = titles[at[0]] if at else None
        proposals = () if at else tuple(look_alikes(field, free))
        told = samples.get(header, ()) if header else ()
        choices.append(Choice(field.key, label(field, lang), field.required, header, proposals, told))
    return tuple(choices)


def label(field: Field, lang: str = DEFAULT_LANGUAGE) -> str:
    """What a person calls a field: words `field.<key>`, else the likeliest header of it."""
    return catalogue(lang).get(f"field.{field.key}") or field.names[0].capitalize()


def _samples(grid: Grid, header: Found, titles: Sequence[str]) -> dict[str, tuple[str, ...]]:
    kept: dict[str, list[str]] = {title: [] for title in titles}
    try:
        for _, cells in islice((item for item in grid.rows if item[0] > header.last), _LOOKED_AT):
            for title, cell in zip(titles, cells, strict=False):
                if cell is not None and len(kept[title]) < _SAMPLES:
                    kept[title].append(shown(cell)[:_LETTERS])
    except InputError:  # a broken row farther down is told when the file is read
        pass
    return {title: tuple(texts) for title, texts in kept.items()}
