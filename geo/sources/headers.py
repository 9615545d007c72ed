"""Which column is which: the header row is found, its names matched to our fields in Indonesian or English, any order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from core.errors import ConfigError, InputError, PetarawanError, Place, raise_all
from geo.sources.sheets import Grid

_SEARCHED = 30  # rows a letter-head may take
_NEAREST = 60.0


@dataclass(frozen=True)
class Field:
    """One thing we want to know; `names` are headers people use for it, normalised, the likeliest first."""

    key: str
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class Header:
    """The header row found: its number, its texts, and the columns of every field there is, the likeliest first.

    Several columns of one field ("Desa" and "Kelurahan") are one: the first that is filled counts.
    """

    row: int
    texts: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]


def normal(text: object) -> str:
    """'Tgl. Kejadian (*)' is 'tgl kejadian'; '' for an empty cell."""
    plain = unicodedata.normalize("NFKD", "" if text is None else str(text))
    # camelCase headers of KPU files are two words: idDesa is 'id desa'.
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return " ".join(re.findall(r"[a-z0-9]+", plain.lower()))


def find(
    grids: Sequence[Grid], fields: Sequence[Field], columns: Mapping[str, str]
) -> tuple[list[tuple[Grid, Header]], list[Grid]]:
    """Every sheet that has all required columns, with its header; and the sheets left out.

    Raises, where no sheet has them, what is wrong with the one that names the most fields: InputError E_COLUMN_TWICE, E_COLUMN (all
    missing columns at once, each with the nearest header), E_NO_HEADER; ConfigError E_COLUMN_KEY for an override of no field.
    """
    chosen = _overrides(fields, columns)
    wanted = {name for field in fields for name in field.names} | {normal(text) for text in chosen.values()}
    tables: list[tuple[Grid, Header]] = []
    left: list[Grid] = []
    faults: list[tuple[int, PetarawanError]] = []
    for grid in grids:
        hits, row, cells = max(
            ((len({normal(cell) for cell in cells} & wanted), -row, cells) for row, cells in grid.rows[:_SEARCHED]),
            key=lambda item: item[:2],
            default=(0, 0, ()),
        )
        texts = tuple("" if cell is None else str(cell) for cell in cells)
        try:
            if not hits:
                first = ", ".join(field.names[0] for field in fields if field.required)
                raise InputError("E_NO_HEADER", place=Place(file=grid.file, sheet=grid.sheet), wanted=first)
            place = Place(file=grid.file, sheet=grid.sheet, row=-row)
            tables.append((grid, Header(-row, texts, _match(texts, fields, chosen, place))))
        except PetarawanError as error:
            faults.append((hits, error))
            left.append(grid)
    if not tables:
        raise max(faults, key=lambda item: item[0])[1]
    return tables, left


def _overrides(fields: Sequence[Field], columns: Mapping[str, str]) -> dict[str, str]:
    """Field key -> header, from the source's `columns`, whose keys may be any name of a field."""
    by_name = {name: field.key for field in fields for name in (normal(field.key), *field.names)}
    wrong = sorted(key for key in columns if normal(key) not in by_name)
    if wrong:
        known = ", ".join(sorted(field.key for field in fields))
        raise ConfigError("E_COLUMN_KEY", keys=", ".join(wrong), known=known)
    return {by_name[normal(key)]: text for key, text in columns.items()}


def _match(
    texts: Sequence[str], fields: Sequence[Field], chosen: Mapping[str, str], place: Place
) -> dict[str, tuple[int, ...]]:
    plain = [normal(text) for text in texts]
    errors: list[InputError] = []
    found: dict[str, tuple[int, ...]] = {}
    for field in fields:
        names = (normal(chosen[field.key]),) if field.key in chosen else field.names
        at = [i for i, text in enumerate(plain) if text and text in names]
        at.sort(key=lambda i: names.index(plain[i]))
        same = [i for i in at if sum(plain[i] == plain[j] for j in at) > 1]
        if same:
            twice = ", ".join(f"{_letter(i)} {texts[i]!r}" for i in same)
            errors.append(InputError("E_COLUMN_TWICE", place=place, columns=twice, field=field.key))
        elif at:
            found[field.key] = tuple(at)
        elif field.required or field.key in chosen:
            wanted = chosen.get(field.key, field.names[0])
            nearest = _nearest((chosen[field.key],) if field.key in chosen else field.names, texts)
            there = ", ".join(text for text in texts if text)
            errors.append(
                InputError("E_COLUMN", place=place, wanted=wanted, field=field.key, nearest=nearest, there=there)
            )
    raise_all(errors)
    return found


def _nearest(names: Sequence[str], texts: Sequence[str]) -> str:
    """The header that looks most like any name of a field; '-' where none does."""
    there = {normal(text): text for text in texts if normal(text)}
    near = [process.extractOne(normal(name), list(there), scorer=fuzz.ratio, score_cutoff=_NEAREST) for name in names]
    best = max((item for item in near if item), key=lambda item: item[1], default=None)
    return there[best[0]] if best else "-"


def _letter(index: int) -> str:
    """0 is A, 26 is AA: a column as a spreadsheet names it."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text
