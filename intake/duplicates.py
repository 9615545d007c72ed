"""Records of different imports that may be the same incident: found by blocking on day and place, scored, listed, both kept.

Two are compared when they happened on the same or the next day, in the same area or one inside the other, and are of one family of
kinds (a clash may be told as a riot, not as a theft). The score weighs how alike the texts are; without text it stays low.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz

from core import codes
from core.words import DEFAULT_LANGUAGE, say
from store.manifest import Warning_
from store.register import Possible, Register
from store.register.database import reading
from store.register.models import imports, reports

LEAST = 70.0  # a score below it is not told
# Of token_set_ratio: two tellings of one incident have about 74 to 90, two incidents of one kind and place 38 to 62.
LEAST_ALIKE = 66.0
MOST_EACH = 3  # pairs kept of one record
_MOST_COMPARED = 300  # candidates looked at for one record
_KEPT_AT_ONCE = 5_000
_FAMILIES = {
    "communal_violence": "violence", "armed_violence": "violence", "one_sided_violence": "violence", "riot": "violence",
    "land_dispute": "dispute", "site_dispute": "dispute", "border_dispute": "dispute", "intimidation": "threat",
    "hate_speech": "threat", "election_dispute": "election", "crime": "crime", "peaceful_protest": "protest",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Told:
    """What one record says, as far as it is compared."""

    key: str
    day: date
    kode: str
    kind: str
    deaths: int | None
    injured: int | None
    text: str
    mine: bool


@dataclass
class _Day:
    """The other imports' records of one day, by their area and by every area around it."""

    at: dict[str, list[_Told]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[str, list[_Told]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: _Told) -> None:
        self.at[one.kode].append(one)
        for level in range(2, codes.level(one.kode)):
            self.inside[codes.ancestor(one.kode, level)].append(one)

    def near(self, kode: str) -> Iterator[_Told]:
        """Those of the same area, of the areas around it, and of the areas inside it."""
        for level in range(codes.level(kode), 1, -1):
            yield from self.at.get(codes.ancestor(kode, level), ())
        yield from self.inside.get(kode, ())


def find(register: Register, import_id: str) -> list[Warning_]:
    """Compare an import's incidents with all others in the register and keep the pairs there; a warning where not all were compared."""
    pairs: list[Possible] = []
    capped = 0
    with reading(register.engine) as connection:
        number = connection.execute(sa.select(imports.c.no).where(imports.c.id == import_id)).scalar()
        days = _days(connection, number)
        window: dict[date, tuple[list[_Told], _Day]] = {}
        for day in days:
            near = [day + timedelta(days=shift) for shift in (0, -1, 1)]
            window = {d: window[d] if d in window else _load(connection, d, number) for d in near}
            for one in window[day][0]:
                best, cut = _best(one, [window[d][1] for d in near])
                capped += cut
                pairs += best
    for start in range(0, len(pairs), _KEPT_AT_ONCE):
        register.add_possible(import_id, pairs[start : start + _KEPT_AT_ONCE])
    return [Warning_("POSSIBLE_CAPPED", {"rows": capped})] if capped else []


def score(one: _Told, other: _Told) -> tuple[float, str]:
    """0..100 and why, for two records that were found near each other; 0 where their texts tell different things."""
    alike = fuzz.token_set_ratio(one.text, other.text) if one.text and other.text else None
    if alike is not None and alike < LEAST_ALIKE:
        return 0.0, ""
    place = 1.0 if one.kode == other.kode else 0.75
    day = 1.0 if one.day == other.day else 0.6
    kind = 1.0 if one.kind == other.kind else 0.6
    people = _people(one, other)
    facts = 0.35 * place + 0.3 * day + 0.2 * kind + 0.15 * people
    # The same words weigh as much as all facts together; facts alone never look certain.
    total = 100 * facts * 0.5 + 0.5 * alike if alike is not None else 80 * facts
    why = f"{'same_day' if day == 1 else 'next_day'} {'same_place' if place == 1 else 'around'}"
    return round(total, 1), why + ("" if alike is None else f" text={alike:.0f}")


def told(why: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """The reasons of a pair in words."""
    parts = [part.partition("=") for part in why.split()]
    return "; ".join(say(f"intake.possible.{name}", lang, value=value) for name, _, value in parts)


def _people(one: _Told, other: _Told) -> float:
    """How well the casualties agree; not known agrees with everything a little."""
    agree = []
    for mine, theirs in ((one.deaths, other.deaths), (one.injured, other.injured)):
        agree.append(0.6 if mine is None or theirs is None else 1.0 if mine == theirs else 0.0)
    return sum(agree) / 2


def _best(one: _Told, days: list[_Day]) -> tuple[list[Possible], bool]:
    family = _FAMILIES.get(one.kind)
    found: list[tuple[float, str, str]] = []
    compared = 0
    for other in (other for day in days for other in day.near(one.kode)):
        theirs = _FAMILIES.get(other.kind)
        if other.key == one.key or not (family is None or theirs is None or family == theirs):
            continue
        compared += 1
        if compared > _MOST_COMPARED:
            break
        points, why = score(one, other)
        if points >= LEAST:
            found.append((-points, other.key, why))
    found.sort()
    seen = {key: Possible(one.key, key, -points, why) for points, key, why in reversed(found)}
    return sorted(seen.values(), key=lambda pair: (-pair.score, pair.other))[:MOST_EACH], compared > _MOST_COMPARED


def _days(connection: sa.Connection, number: int | None) -> list[date]:
    """Days on which the import has incidents; none where it is the only one with any."""
    other = sa.select(reports.c.seq).where(reports.c.import_no.is_distinct_from(number)).limit(1)
    if connection.execute(other).first() is None:
        return []
    mine = sa.select(reports.c.occurred_on).where(reports.c.import_no == number).distinct()
    return sorted(connection.execute(mine).scalars())


def _load(connection: sa.Connection, day: date, number: int | None) -> tuple[list[_Told], _Day]:
    """The import's records of a day, and everybody else's."""
    c = reports.c
    query = (
        sa.select(c.key, c.kode, c.kind, c.deaths, c.injured, c.text, c.import_no)
        .where(c.occurred_on == day)
        .order_by(c.key, c.version)
    )
    mine: list[_Told] = []
    others = _Day()
    for row in connection.execute(query):
        told = _Told(
            row.key, day, row.kode, row.kind, row.deaths, row.injured, _words(row.text), row.import_no == number
        )
        if told.mine:
            mine.append(told)
        else:
            others.add(told)
    return mine, others


def _words(text: Any) -> str:
    return " ".join(_WORD.findall(text.lower()))[:500] if text else ""
