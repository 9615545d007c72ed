"""Which column is which: the header row is found, its names matched to our fields in Indonesian or English, any order.

Names match exactly, up to case and punctuation, or not at all; what only looks alike is proposed to a person (`look_alikes`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rapidfuzz import fuzz, process

from core.errors import ConfigError, InputError, PetarawanError, Place, raise_all
from geo.sources.sheets import Cell, Grid

_SEARCHED = 30  # rows a letter-head may take
_NEAREST = 60.0
_LOOK_ALIKE = 70.0
_LOOSE = 0.9  # what sharing all words of a name is worth against writing it
_NUMBER = re.compile(r"[(\[]?(\d{1,2})[)\].]?(?:\.0)?")
_ROW = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True)
class Field:
    """One thing we want to know; `names` are headers people use for it, normalised, the likeliest first."""

    key: str
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True)
class Header:
    """The header found: its first row and its last, its texts, and the columns of every field there is, the likeliest first.

    Several columns of one field ("Desa" and "Kelurahan") are one: the first that is filled counts.
    """

    row: int  # the last row of it; what follows is data
    texts: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]
    first: int = 0


@dataclass(frozen=True)
class Found:
    """Where a sheet's header seems to be, before any column is matched; `hits` is how many of its names we know."""

    first: int
    last: int
    texts: tuple[str, ...]
    hits: int


_NONE = Found(0, 0, (), 0)


def normal(text: object) -> str:
    """'Tgl. Kejadian (*)' is 'tgl kejadian'; '' for an empty cell."""
    plain = unicodedata.normalize("NFKD", "" if text is None else str(text))
    # camelCase headers of KPU files are two words: idDesa is 'id desa'.
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return " ".join(re.findall(r"[a-z0-9]+", plain.lower()))


def find(
    grids: Sequence[Grid],
    fields: Sequence[Field],
    columns: Mapping[str, str],
    *,
    header_row: int | None = None,
    sheet: str | None = None,
) -> tuple[list[tuple[Grid, Header]], list[Grid]]:
    """Every sheet that has all required columns, with its header; and the sheets left out.

    Raises, where no sheet has them, what is wrong with the one that names the most fields: InputError E_COLUMN_TWICE, E_COLUMN (all
    missing columns at once, each with the nearest header), E_NO_HEADER; InputError E_SHEET, E_HEADER_ROW for what is not there;
    ConfigError E_COLUMN_KEY for an override of no field.
    """
    chosen = overrides(fields, columns)
    wanted = names_of(fields, chosen)
    tables: list[tuple[Grid, Header]] = []
    left: list[Grid] = []
    faults: list[tuple[int, PetarawanError]] = []
    for grid in on_sheet(grids, sheet):
        place = Place(file=grid.file, sheet=grid.sheet)
        found = locate(grid, wanted, header_row)
        try:
            if not found.hits and (header_row is None or not found.texts):
                first = ", ".join(field.names[0] for field in fields if field.required)
                raise InputError("E_NO_HEADER", place=place, wanted=first)
            place = Place(file=grid.file, sheet=grid.sheet, row=found.last)
            matched, errors = match(found.texts, fields, chosen, place)
            raise_all(errors)
            tables.append((grid, Header(found.last, found.texts, matched, found.first)))
        except PetarawanError as error:
            faults.append((found.hits, error))
            left.append(grid)
    if not tables:
        raise max(faults, key=lambda item: item[0])[1]
    return tables, left


def on_sheet(grids: Sequence[Grid], sheet: str | None) -> list[Grid]:
    """All sheets, or the one of that name; raises InputError E_SHEET naming those there are."""
    if sheet is None:
        return list(grids)
    named = [grid for grid in grids if grid.sheet is not None and normal(grid.sheet) == normal(sheet)]
    if not named:
        there = ", ".join(grid.sheet for grid in grids if grid.sheet is not None) or "-"
        raise InputError("E_SHEET", place=Place(file=grids[0].file), value=sheet, there=there)
    return named


def names_of(fields: Sequence[Field], chosen: Mapping[str, str] | None = None) -> frozenset[str]:
    """Every header we would know, normalised."""
    named = {name for field in fields for name in field.names}
    return frozenset(named | {normal(text) for text in (chosen or {}).values() if text})


def overrides(fields: Sequence[Field], columns: Mapping[str, str]) -> dict[str, str]:
    """Field key -> header, from the source's `columns`, whose keys may be any name of a field; raises ConfigError E_COLUMN_KEY."""
    by_name = {name: field.key for field in reversed(fields) for name in field.names}
    by_name |= {normal(field.key): field.key for field in fields}
    wrong = sorted(key for key in columns if normal(key) not in by_name)
    if wrong:
        known = ", ".join(sorted(field.key for field in fields))
        raise ConfigError("E_COLUMN_KEY", keys=", ".join(wrong), known=known)
    return {by_name[normal(key)]: text for key, text in columns.items()}


def locate(grid: Grid, wanted: Collection[str], header_row: int | None = None) -> Found:
    """The row, or two rows under one another, among the first thirty that names the most of `wanted`; the one asked for, if one is.

    Two rows are one header where cells were merged: "Korban" over "Meninggal" and "Luka". A row of column numbers (1, 2, 3, ...)
    below belongs to it. `hits` is 0 where nothing is known. Raises InputError E_HEADER_ROW.
    """
    if next(iter(grid.rows), (1, ()))[0] == 0:  # a map file: its attributes are the header
        header_row = None
    if header_row is None:
        rows = list(islice(grid.rows, _SEARCHED + 2))
    else:
        rows = list(islice((row for row in grid.rows if row[0] >= header_row), 3))
        if not rows or rows[0][0] != header_row:
            raise InputError("E_HEADER_ROW", place=Place(file=grid.file, sheet=grid.sheet, row=header_row))
    searched = rows[:_SEARCHED] if header_row is None else rows[:1]
    both = [(at, found) for at in range(len(searched)) for found in _headers(rows, at, wanted)]
    at, best = max(both, key=lambda item: (item[1].hits, item[1].first == item[1].last, -item[0]), default=(0, _NONE))
    if header_row is None and not best.hits:
        return _NONE
    below = at + best.last - best.first + 1
    if below < len(rows) and _is_numbering(rows[below][1]):
        return replace(best, last=rows[below][0])
    return best


def widest(grid: Grid) -> Found:
    """The row that looks most like a header when none of its names is known: the most different texts that are no numbers."""
    rows = list(islice(grid.rows, _SEARCHED))

    def texts(cells: Sequence[Cell]) -> int:
        return len({normal(cell) for cell in cells if isinstance(cell, str) and re.search("[A-Za-z]", cell)})

    row, cells = max(rows, key=lambda item: (texts(item[1]), -item[0]), default=(0, ()))
    return Found(row, row, tuple("" if cell is None else str(cell) for cell in cells), 0)


def _headers(rows: Sequence[_ROW], at: int, wanted: Collection[str]) -> Iterator[Found]:
    """The row itself, then it and the next one together."""
    number, upper = rows[at]
    texts = tuple("" if cell is None else str(cell) for cell in upper)
    yield Found(number, number, texts, _hits(texts, wanted))
    if at + 1 < len(rows) and rows[at + 1][0] == number + 1:
        both = _together(upper, rows[at + 1][1], wanted)
        yield Found(number, number + 1, both, _hits(both, wanted))


def _hits(texts: Sequence[str], wanted: Collection[str]) -> int:
    return len({normal(text) for text in texts} & set(wanted))


def _together(upper: Sequence[Cell], lower: Sequence[Cell], wanted: Collection[str]) -> tuple[str, ...]:
    """Titles of two header rows; a cell merged over several columns stands in the first of them and counts for all."""
    titles, over = [], ""
    for i in range(max(len(upper), len(lower))):
        above = upper[i] if i < len(upper) else None
        below = lower[i] if i < len(lower) else None
        over = str(above) if above is not None else over
        if below is None:
            titles.append("" if above is None else str(above))
        else:
            both = f"{over} {below}".strip()
            titles.append(both if normal(both) in wanted or normal(below) not in wanted else str(below))
    return tuple(titles)


def _is_numbering(cells: Sequence[Cell]) -> bool:
    """A row that only counts the columns: 1, 2, 3 or (1), (2), (3)."""
    found = [_NUMBER.fullmatch(str(cell).strip()) for cell in cells if cell is not None]
    return len(found) >= 3 and [int(item[1]) if item else 0 for item in found] == list(range(1, len(found) + 1))


def match(
    texts: Sequence[str], fields: Sequence[Field], chosen: Mapping[str, str], place: Place
) -> tuple[dict[str, tuple[int, ...]], list[PetarawanError]]:
    """The columns of every field that has some, and what is wrong: E_COLUMN_TWICE, E_COLUMN."""
    plain = [normal(text) for text in texts]
    errors: list[PetarawanError] = []
    found: dict[str, tuple[int, ...]] = {}
    for field in fields:
        wanted = chosen.get(field.key)
        names = field.names if wanted is None else (normal(wanted),)
        at = [i for i, text in enumerate(plain) if text and text in names]
        at.sort(key=lambda i: names.index(plain[i]))
        same = [i for i in at if sum(plain[i] == plain[j] for j in at) > 1]
        if same:
            twice = ", ".join(f"{_letter(i)} {texts[i]!r}" for i in same)
            errors.append(InputError("E_COLUMN_TWICE", place=place, columns=twice, field=field.key))
        elif at:
            found[field.key] = tuple(at)
        elif field.required or wanted:
            there = ", ".join(text for text in texts if text)
            nearest = _nearest(names if wanted is None or not wanted else (wanted,), texts)
            shown = wanted or field.names[0]
            errors.append(
                InputError("E_COLUMN", place=place, wanted=shown, field=field.key, nearest=nearest, there=there)
            )
    return found, errors


def look_alikes(field: Field, texts: Sequence[str], limit: int = 3) -> list[tuple[str, float]]:
    """Headers that may be meant, for a person to choose from: (header, score 0..100), best first; never applied by themselves.

    The score is the edit similarity (rapidfuzz `ratio`) to the nearest name of the field, or 0.9 of the `token_set_ratio`, which is 100
    where all words of one are in the other.
    """
    scored = {}
    for text in texts:
        plain = normal(text)
        if not plain:
            continue
        score = max(max(fuzz.ratio(name, plain), _LOOSE * fuzz.token_set_ratio(name, plain)) for name in field.names)
        if score >= _LOOK_ALIKE:
            scored[text] = round(float(score), 1)
    return sorted(scored.items(), key=lambda item: (-item[1], item[0]))[:limit]


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
