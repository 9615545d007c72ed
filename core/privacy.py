"""Personal data in free text: found by its form, so that a person looks at it before anything goes out; `mask` hides it.

It finds NIK, telephone numbers, plates, e-mail addresses, accounts, and names that stand behind a marker (Sdr., Bpk, an., bin). A name
without a marker has no form to be found by: free text is never published, flagged or not.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.taxonomy import FLAGS
from core.words import DEFAULT_LANGUAGE, say


@dataclass(frozen=True)
class Flag:
    """One find: its kind (see core.taxonomy.FLAGS) and where it stands, text[start:end]."""

    kind: str
    start: int
    end: int


def flags(text: str) -> tuple[Flag, ...]:
    """Every find in the order of the text; where two overlap, the first kind of FLAGS counts."""
    found = sorted(_all(_ascii_digits(text)), key=lambda flag: (FLAGS.index(flag.kind), flag.start))
    kept: list[Flag] = []
    taken = bytearray(len(text))
    for flag in found:
        if not any(taken[flag.start : flag.end]):
            kept.append(flag)
            taken[flag.start : flag.end] = b"\1" * (flag.end - flag.start)
    return tuple(sorted(kept, key=lambda flag: flag.start))


def mask(text: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """The text with every find replaced by what it was, in brackets: `[NIK]`."""
    for _ in range(_PASSES):
        found = flags(text)
        if not found:
            return text
        parts, end = [], 0
        for flag in found:
            parts += [text[end : flag.start], f"[{say(f'closed.flag.{flag.kind}', lang)}]"]
            end = flag.end
        text = "".join((*parts, text[end:]))
    return f"[{say('closed.flag.name', lang)}]"  # made to resist: nothing of it is shown


_PASSES = 20  # hiding one find may leave another in view, a few times over
_GAP = "[ .\\-\u00a0\u2010-\u2015]"  # one blank, dot or dash between groups of digits
_START, _END = r"(?<!\w)(?<!\d[.,/-])", r"(?!\w)(?![.,/-]\d)"
_WORD = "[A-Z\u00c0-\u00de](?:[\\w.'\u2019-]*\\w)?\\.?"
_NAME = f"{_WORD}(?:[ \u00a0]+(?:(?i:bin|binti|al|el|van|de)[ \u00a0]+)?{_WORD}){{0,4}}"
# Cheap looks that spare most texts the dear ones.
_LETTERS = re.compile(r"[a-z]+")
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")
_PLATE_LIKE = re.compile(r"(?<!\w)[A-Za-z]{1,2}[ .-]?\d{1,4}[ .-]?[A-Za-z]")


@cache
def _words(name: str) -> frozenset[str]:
    tree = tomllib.loads((Path(__file__).with_suffix(".toml")).read_text(encoding="utf-8"))
    return frozenset(tree[name].split())


def _any_of(name: str) -> str:
    """The words of a list as alternatives of a pattern, longest first."""
    return "|".join(re.escape(word) for word in sorted(_words(name), key=lambda word: (-len(word), word)))


@cache
def _parts_of(*names: str) -> frozenset[str]:
    """Every run of letters in the words of the lists."""
    return frozenset(part for name in names for word in _words(name) for part in _LETTERS.findall(word))


@cache
def _nik() -> re.Pattern[str]:
    """Province, regency, district; day (+40 for women), month, year; serial number; grouped in the ways people group it."""
    return re.compile(
        rf"{_START}(?:\d{{16}}|\d{{6}}({_GAP})\d{{6}}\1\d{{4}}|\d{{4}}({_GAP})\d{{4}}\2\d{{4}}\2\d{{4}}"
        rf"|\d\d({_GAP})\d\d\3\d\d\3\d{{6}}\3\d{{4}}){_END}"
    )


@cache
def _phone() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)\(?(?:\+62|0062)\)?{_GAP}?\(?\d{{1,3}}\)?(?:{_GAP}?\d){{5,9}}{_END}"  # the country's number says it is one
        rf"|{_START}(?:08\d\d\d?|62{_GAP}?8\d\d\d?)(?:{_GAP}?\d{{2,5}}){{2,3}}{_END}"  # mobile: 0812-3456-7890
        rf"|{_START}08({_GAP})\d\d(?:\1\d\d){{3,4}}{_END}"  # 08 12 34 56 78 90
        rf"|(?<!\w)\(0\d{{2,3}}\){_GAP}?\d{{2,4}}{_GAP}?\d{{3,5}}{_END}"  # (0541) 123456
        rf"|{_START}0[2-7]\d{{1,2}}[-\u2010-\u2015]\d{{5,8}}{_END}"  # 0541-123456
        rf"|(?<!\w)(?:{_any_of('phones')})\b\.?\s?:?\s?(?:no(?:mor|\.)?\s?:?\s?)?(?P<told>\d(?:{_GAP}?\d){{6,13}}){_END}",
        re.IGNORECASE,
    )


@cache
def _plate() -> re.Pattern[str]:
    """Region, number, series; in small letters only with three digits or more; without a series only behind the word for it."""
    region = _any_of("plate_regions")
    return re.compile(
        rf"{_START}(?:{region})[ .-]?\d{{1,4}}[ .-]?[A-Z]{{1,3}}(?!\w)"
        rf"|{_START}(?i:{region})[ .-]?\d{{3,4}}[ .-]?[a-z]{{2,3}}(?!\w)"
        rf"|(?i:nopol|no\.? ?pol|plat|nomor polisi)\.?\s?:?\s?(?P<told>(?i:{region})[ .-]?\d{{1,4}}(?:[ .-]?[A-Za-z]{{1,3}})?)(?!\w)"
    )


@cache
def _mail() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@cache
def _account() -> re.Pattern[str]:
    """@name, an address at a network, 'akun FB Budi', 'IG: budi_99'."""
    nets = _any_of("networks")
    name = rf"(?!(?i:{nets})\b)(?:[A-Z][\w.]*\w(?:\s+[A-Z][\w.]*\w){{0,3}}|[a-z]\w*[0-9_.]\w+)"
    return re.compile(
        rf"(?<![\w.@/])@[A-Za-z_][\w.]{{1,29}}\b"
        rf"|\b(?:www\.|m\.)?(?i:{_any_of('sites')})\.(?:com|me|net|be)/@?[\w./?=&-]+"
        rf"|(?<!\w)(?i:{_any_of('accounts')})\s+(?i:(?:media\s+sosial|medsos|{nets})\s+)?(?i:bernama\s+|atas\s+nama\s+|milik\s+)?(?P<told>{name})"
        rf"|(?<!\w)(?i:{nets})\s?[:=]\s?(?P<user>[\w.@]{{3,30}}(?:\s+[A-Z]\w+){{0,3}})"
    )


@cache
def _named() -> re.Pattern[str]:
    """Behind a title; behind a role and a colon; and initials, of which there may be several."""
    marker = rf"(?:(?i:{_any_of('markers')}|{_any_of('always_dotted')})\.\s?|(?i:{_any_of('markers')}|atas\s+nama)(?:\s*:\s*|\s+))"
    initials = r"[A-Z](?:\.?[A-Z]){0,3}\.?(?!\w)"
    return re.compile(
        rf"(?<!\w)(?i:(?:ber)?inisial)\s+(?P<user>{initials}(?:(?:\s*,\s*|\s+dan\s+|\s*&\s*){initials})+)"
        rf"|(?<![\w-])(?:{marker}[(\"'\u201c]?){{1,4}}(?!(?i:{_any_of('markers')})\b)(?P<told>{_NAME})|(?<!\w)(?i:{_any_of('roles')})\s*:\s*(?:{marker}){{0,4}}(?P<role>{_NAME})"
    )


@cache
def _bin() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?P<told>{_WORD}(?: {_WORD}){{0,2}} (?i:bin|binti|bt\.?|b\.) {_WORD}(?: {_WORD}){{0,2}})"
    )


@cache
def _before(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any_of(name)})\.?\s*$", re.IGNORECASE)


def _ascii_digits(text: str) -> str:
    """The same length, digits of every script as ASCII."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c > "9" and c.isdecimal() else c for c in text)


def _all(text: str) -> Iterator[Flag]:
    there = set(_LETTERS.findall(text.lower()))
    if _SEVEN_DIGITS.search(text):
        yield from (_flag("nik", hit) for hit in _nik().finditer(text) if _born(_digits(hit)))
        yield from (_flag("phone", hit) for hit in _phone().finditer(text) if _is_phone(hit))
    if _PLATE_LIKE.search(text) or not there.isdisjoint(("nopol", "pol", "plat", "polisi")):
        yield from (_flag("plate", hit) for hit in _plate().finditer(text) if _is_plate(text, hit))
    if "@" in text:
        yield from (_flag("email", hit) for hit in _mail().finditer(text))
    if "@" in text or not there.isdisjoint(_parts_of("networks", "sites", "accounts")):
        yield from (_flag("account", hit) for hit in _account().finditer(text))
    if not there.isdisjoint(_parts_of("markers", "always_dotted", "roles")):
        yield from (_flag("name", hit) for hit in _named().finditer(text) if _is_name(text, hit))
    if not there.isdisjoint(("bin", "binti", "bt", "b")):
        yield from (_flag("name", hit) for hit in _bin().finditer(text) if _is_name(text, hit))


def _flag(kind: str, hit: re.Match[str]) -> Flag:
    """The named part of the hit, else the whole."""
    spans = [hit.span(name) for name in ("told", "user", "role") if hit.groupdict().get(name)]
    return Flag(kind, *(spans[0] if spans else hit.span()))


def _digits(hit: re.Match[str]) -> str:
    return "".join(filter(str.isdigit, hit[0]))


def _born(digits: str) -> bool:
    """Whether digits 7 to 12 of a NIK can be a day of birth, and the first two a province."""
    day, month = int(digits[6:8]), int(digits[8:10])
    return 11 <= int(digits[:2]) <= 97 and 1 <= month <= 12 and (1 <= day <= 31 or 41 <= day <= 71)


def _is_phone(hit: re.Match[str]) -> bool:
    """8 to 15 digits; a mobile number has at least 10, and 08012000 is a day."""
    return (10 if hit[0].startswith(("08", "62")) else 8) <= len(_digits(hit)) <= 15


def _is_plate(text: str, hit: re.Match[str]) -> bool:
    if hit["told"]:
        return True
    letters, digits = re.findall(r"[A-Za-z]+", hit[0]), _digits(hit)
    if digits.startswith("0") or _before("no_plate_before").search(text, max(0, hit.start() - 20), hit.start()):
        return False
    compass = letters[0] == "S" and letters[-1] in {"E", "W"}
    return not compass and (len(digits) > 2 or letters[-1].lower() not in _words("no_plate_end"))


def _is_name(text: str, hit: re.Match[str]) -> bool:
    start, end = _flag("name", hit).start, hit.end()
    first = re.split(r"[\s.]", text[start:end], maxsplit=1)[0].lower()
    return first not in _words("no_name") and not _before("streets").search(text, max(0, hit.start() - 20), hit.start())
