"""A reported incident: the columns the register holds beyond the published ones, and the report as a noun.

`DETAIL` is kept in the register and never published: free text, names of sources and grades are for the agency alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import pyarrow as pa

from core import codes, tables, taxonomy
from core.errors import InputError
from core.tables import Column
from core.words import Phrase

_S, _D, _I1 = pa.string(), pa.date32(), pa.int8()
DETAIL = (
    Column("date_end", _D, "last day of a month or interval; null where it is one day", nullable=True),
    Column("time", _S, "time of day HH:MM as told, in `zone`", nullable=True),
    Column("zone", _S, "WIB, WITA or WIT", nullable=True),
    Column("text", _S, "what happened, in the reporter's words (uraian)", nullable=True),
    Column("known_on", _D, "day the agency knew of it; null where the file does not say", nullable=True),
    Column("source_name", _S, "who told it: a person, an office, a newspaper", nullable=True),
    Column("source_grade", _S, "how far the source is trusted, A to F", nullable=True),
    Column("credibility", _I1, "how far what it says is confirmed, 1 to 6", nullable=True),
    Column("conflict_stage", _S, "pencegahan, penghentian or pemulihan (UU 7/2012)", nullable=True),
    Column(
        "verification",
        _S,
        "unverified, verified, doubtful or rejected; null where the file does not say",
        nullable=True,
    ),
    Column("outcome", _S, "how it ended, see core/taxonomy.py", nullable=True),
    Column("flags", _S, "kinds of personal data found in the text, joined by commas; '' where none", nullable=True),
)
# Columns of an incident in the register that must be one of a list.
LISTS: dict[str, tuple[str | int, ...]] = {
    "date_precision": ("day", "month", "interval"),
    "kind": tuple(taxonomy.INCIDENT_KINDS),
    "conflict_source": taxonomy.CONFLICT_SOURCES,
    "how_known": taxonomy.HOW_KNOWN,
    "precision": tables.PRECISIONS,
    "zone": tuple(taxonomy.ZONES),
    "source_grade": taxonomy.SOURCE_GRADES,
    "credibility": taxonomy.CREDIBILITIES,
    "conflict_stage": taxonomy.CONFLICT_STAGES,
    "verification": taxonomy.VERIFICATIONS,
    "outcome": taxonomy.OUTCOMES,
}
LONGEST = {"text": 20_000, "source_name": 300, "id": 200}
MOST_PEOPLE = 1_000_000
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINE = re.compile(r"[\t\n\r]")


@dataclass(frozen=True)
class Report:
    """One reported incident, checked; unknown is None. `kode` is the deepest area known, a village where there is a point.

    Raises InputError E_REPORT with every fault named.
    """

    occurred_on: date
    kind: str
    kode: str
    how_known: str = "reported"
    date_precision: str = "day"
    date_end: date | None = None
    time: str | None = None
    zone: str | None = None
    conflict_source: str | None = None
    deaths: int | None = None
    injured: int | None = None
    lon: float | None = None
    lat: float | None = None
    text: str | None = None
    known_on: date | None = None
    source_name: str | None = None
    source_grade: str | None = None
    credibility: int | None = None
    conflict_stage: str | None = None
    verification: str = "unverified"
    outcome: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        found = (*_lists(asdict(self)), *_days(self), *_numbers(self), *_place(self), *_texts(self))
        if found:
            raise InputError("E_REPORT", detail=found)

    @property
    def precision(self) -> str:
        """exact where there is a point, else by the level of the code."""
        return "exact" if self.lon is not None else tables.PRECISIONS[5 - codes.level(self.kode)]

    @property
    def severity(self) -> float:
        return taxonomy.severity(self.kind, self.deaths, self.injured)

    def content(self) -> dict[str, object]:
        """By column name, as the register stores it: the published columns but `id` and `source`, and DETAIL but `flags`."""
        values = asdict(self)
        del values["id"]
        return {**values, "severity": self.severity, "precision": self.precision}


def _lists(values: Mapping[str, object]) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(
            "fault.one_of", {"field": name, "expected": ", ".join(map(str, allowed)), "value": repr(values[name])[:60]}
        )
        for name, allowed in LISTS.items()
        if values.get(name) is not None and values[name] not in allowed
    )


def _days(report: Report) -> tuple[Phrase, ...]:
    found = []
    if not 1900 <= report.occurred_on.year <= 2100:
        found.append(Phrase("fault.other", {"field": "occurred_on", "value": report.occurred_on.isoformat()}))
    if report.date_end is not None and report.date_end < report.occurred_on:
        found.append(Phrase("report.before", {"field": "date_end", "other": "occurred_on"}))
    if report.known_on is not None and report.known_on < report.occurred_on:
        found.append(Phrase("report.before", {"field": "known_on", "other": "occurred_on"}))
    if report.time is not None and not _TIME.fullmatch(report.time):
        found.append(Phrase("report.time", {"field": "time", "value": report.time[:60]}))
    return tuple(found)


def _numbers(report: Report) -> tuple[Phrase, ...]:
    return tuple(
        Phrase("report.people", {"field": name, "value": str(value), "limit": MOST_PEOPLE})
        for name, value in (("deaths", report.deaths), ("injured", report.injured))
        if value is not None and not 0 <= value <= MOST_PEOPLE
    )


def _place(report: Report) -> tuple[Phrase, ...]:
    if not codes.is_code(report.kode) or codes.level(report.kode) < 2:
        return (Phrase("report.kode", {"field": "kode", "value": report.kode[:60]}),)
    if (report.lon is None) != (report.lat is None):
        return (Phrase("report.half", {}),)
    if report.lon is None or report.lat is None:
        return ()
    usable = math.isfinite(report.lon) and math.isfinite(report.lat)
    if not usable or abs(report.lon) > 180 or abs(report.lat) > 90 or (report.lon, report.lat) == (0, 0):
        return (Phrase("report.point", {"value": f"{report.lon}, {report.lat}"}),)
    if codes.level(report.kode) != 4:
        return (Phrase("report.village", {"value": report.kode}),)
    return ()


def _texts(report: Report) -> tuple[Phrase, ...]:
    found = []
    for name, limit in LONGEST.items():
        value = getattr(report, name)
        if value is not None and len(value) > limit:
            found.append(Phrase("fault.long", {"field": name, "limit": limit}))
        if value is not None and (_CONTROL.search(value) or (name != "text" and _LINE.search(value))):
            found.append(Phrase("fault.control", {"field": name, "value": repr(value[:60])}))
    if report.id is not None and not report.id.strip():
        found.append(Phrase("fault.blank", {"field": "id"}))
    return tuple(found)
