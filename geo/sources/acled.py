"""ACLED exports of both generations: numeric or text actors, ISO or "16 May 2025" dates, old files without the newer columns.

Bring your own: ACLED's terms let nobody pass its rows on, so the layer is `restricted`: its rows feed the score and are never published.
Columns and codes: ACLED Codebook (acleddata.com), and its guide to the column changes of March 2023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from core.settings import Source
from core.taxonomy import severity
from geo.gazetteer import Places
from geo.layer import Layer
from geo.names import joined
from geo.sources import dates, numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field, normal
from geo.sources.placing import KABUPATEN, KECAMATAN, LAT, LON, Placement
from geo.sources.records import Record
from geo.sources.sheets import Cell
from geo.sources.stream import Context, LayerRow, Spec
from store.manifest import Warning_

REACH_KM = 10.0  # its points stand on towns and coasts of its own gazetteer
FIELDS = (
    Field("id", ("event id cnty",), True),
    Field("tanggal", ("event date",), True),
    Field("ketelitian_waktu", ("time precision",)),
    Field("jenis", ("event type",), True),
    Field("rincian", ("sub event type",)),
    Field("pihak_1", ("inter1", "inter 1")),
    Field("pihak_2", ("inter2", "inter 2")),
    replace(KABUPATEN, names=("admin2", "admin 2")),
    replace(KECAMATAN, names=("admin3", "admin 3")),
    Field("lokasi", ("location",)),
    replace(LAT, names=("latitude",), required=True),
    replace(LON, names=("longitude",), required=True),
    Field("ketelitian", ("geo precision",)),
    Field("meninggal", ("fatalities",), True),
    Field("sumber", ("source",)),
    Field("diperbarui", ("timestamp",)),
    Field("negara", ("country",)),
)
MARKS = frozenset({"event id cnty", "event type", "sub event type", "interaction", "geo precision", "source scale"})
LICENCE = "ACLED Terms of Use"
ATTRIBUTION = "Armed Conflict Location & Event Data (ACLED), acleddata.com"
_ACTORS = {
    "1": "state forces",
    "2": "rebel group",
    "3": "political militia",
    "4": "identity militia",
    "5": "rioters",
    "6": "protesters",
    "7": "civilians",
    "8": "external other forces",
}
_KINDS = {
    "battles": "armed_violence",
    "explosions remote violence": "armed_violence",
    "remote violence": "armed_violence",  # the name until 2018
    "violence against civilians": "one_sided_violence",
    "riots": "riot",
    "protests": "peaceful_protest",
}
# Where the sub-event says more. Force used against a protest is nobody's protest: it weighs, the protest itself weighs 0.
_SUB_KINDS = {
    "peaceful protest": "peaceful_protest",
    "protest with intervention": "other",
    "excessive force against protesters": "one_sided_violence",
    "excessive force against protestors": "one_sided_violence",
    "violent demonstration": "riot",
    "mob violence": "communal_violence",
    "looting property destruction": "riot",
}
_COMMUNAL = frozenset({"identity militia", "rioters", "civilians"})


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per event, known to its village at best: ACLED's points are towns, not the spot. Raises as `stream.read`.

    Quarantined: strategic developments (no incident), geo_precision 3 (a province's capital in the place's stead), the second line of an
    event in a dyadic export.
    """
    return stream.read(source, paths, places, SPEC)


def kind_of(event: str, sub_event: str, actors: tuple[str, str] = ("", "")) -> str | None:
    """Our kind of incident; None for what is no incident. Actors as text or by their old number.

    Raises BadValue R_ACLED_KIND for an event type ACLED never had.
    """
    event, sub_event = normal(event), normal(sub_event)
    first, second = (_ACTORS.get(actor.strip(), normal(actor)) for actor in actors)
    if sub_event in _SUB_KINDS:
        return _SUB_KINDS[sub_event]
    if event == "riots protests":  # one type until 2018: who it was tells which
        return "riot" if "rioters" in (first, second) else "peaceful_protest"
    if event.startswith("battle"):  # until 2018 "Battle-No change of territory" and two more
        event = "battles"
    if event.startswith(("strategic development", "headquarters or base", "non violent transfer")):
        return None
    kind = _KINDS.get(event)
    if kind is None:
        raise BadValue("R_ACLED_KIND", "jenis")
    communal = kind == "armed_violence" and first == "identity militia" and (second in _COMMUNAL or not second)
    return "communal_violence" if communal and event == "battles" else kind


def known_to(geo_precision: int, location: str, district: str, regency: str) -> str | None:
    """How far ACLED's point is to be trusted: 'village' at best, None where it stands for a province.

    geo_precision 1 is a town: one that is called as its district or regency stands for all of that (a town point is where events
    heap up). 2 is a part of a region, told by a town in it. 3 is a region, told by its capital.
    """
    if geo_precision not in (1, 2):
        return None
    place = joined(location.split(" - ")[0], 2)  # "Samarinda - Samarinda Ulu" is a part of the city
    names_part = " - " in location
    if place and place == joined(regency, 2) and not names_part and joined(district, 3) != place:
        return "regency"
    town = joined(location, 3)  # "Sangatta" is the town that "Sangatta Utara" is a part of
    if geo_precision == 2 or names_part or (town and joined(district, 3).startswith(town)):
        return "district"
    return "village"


def _known_to(record: Record, ctx: Context) -> str | None:
    if "ketelitian" not in record.headers:
        ctx.ledger.once(Warning_("NO_GEO_PRECISION", {}))
        return known_to(2, record.text("lokasi"), record.text("kecamatan"), record.text("kabupaten"))
    try:
        stated = record.read("ketelitian", _whole)
    except BadValue:
        return None
    return known_to(stated or 0, record.text("lokasi"), record.text("kecamatan"), record.text("kabupaten"))


def _row(record: Record, where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    number = record.text("id")
    if not number:
        raise BadValue("R_ID_EMPTY", "id")
    day = record.read("tanggal", dates.parse)
    if day is None:
        raise BadValue("R_DATE_EMPTY", "tanggal")
    kind = kind_of(record.text("jenis"), record.text("rincian"), (record.text("pihak_1"), record.text("pihak_2")))
    if kind is None:
        raise BadValue("R_NOT_INCIDENT", "jenis")
    deaths = record.read("meninggal", _whole)
    when = _when(day, record.read("ketelitian_waktu", _whole))
    if _known_to(record, ctx) is None:
        raise BadValue("R_TOO_COARSE", "ketelitian")
    if isinstance(where, BadValue):
        raise where
    if day.ambiguous:
        ctx.ledger.note("DATE_ORDER")
    ctx.ledger.once(Warning_("RESTRICTED", {"licence": ctx.source.licence or LICENCE}))
    if ctx.source.accessed is None and ctx.source.attribution is None:
        ctx.ledger.once(Warning_("ACLED_ACCESS", {}))
    ctx.seen.update((f"={day.day.isoformat()}", f"@{record.text('negara')}"))
    row: LayerRow = {
        "id": f"{ctx.name}:{number}",
        **when,
        "kind": kind,
        "conflict_source": None,
        "severity": severity(kind, deaths, None),
        "deaths": deaths,
        "injured": None,
        "how_known": "media",
        "known_on": _known_on(record, day.day),
        "source_name": " ".join(record.text("sumber").split())[:300] or None,
        **where.columns(ctx.name),
    }
    return [ctx.once(row, "id")]


def _when(day: dates.Dated, time_precision: int | None) -> Mapping[str, object]:
    """ACLED writes a day always; by time_precision it is the day (1), in the week around it (2) or in its month (3)."""
    if time_precision == 3:
        first = day.day.replace(day=1)
        return {"occurred_on": first, "date_precision": "month", "date_end": dates.month_end(first)}
    return {"occurred_on": day.day, "date_precision": "interval" if time_precision == 2 else day.precision}


def _known_on(record: Record, happened: date) -> date | None:
    """The day ACLED last wrote the row (`timestamp`, seconds since 1970), None where the file does not say."""
    try:
        seconds = record.read("diperbarui", _decimal)
    except BadValue:
        return None
    if seconds is None or not 1_000_000_000 <= seconds <= 4_000_000_000:
        return None
    written = datetime.fromtimestamp(seconds, UTC).date()
    return written if written >= happened else None


def _cite(ctx: Context) -> str:
    """What ACLED's terms want beside its name: the day of access, and what was taken (countries, first to last day)."""
    days = sorted(item[1:] for item in ctx.seen if item.startswith("="))
    countries = ", ".join(sorted(item[1:] for item in ctx.seen if item.startswith("@") and item != "@"))
    taken = f"{countries or '-'} {days[0]} – {days[-1]}" if days else ""
    accessed = f"diakses/accessed {ctx.source.accessed.isoformat()}" if ctx.source.accessed else ""
    return "".join(f"; {part}" for part in (accessed, taken) if part)


def _whole(value: Cell) -> int | None:
    return numbers.count(value, "en")


def _decimal(value: Cell) -> float | None:
    return numbers.decimal(value, "en")


SPEC = Spec(
    kind="incidents",
    fields=FIELDS,
    row=_row,
    reach_km=REACH_KM,
    known_to=_known_to,
    licence=LICENCE,
    attribution=ATTRIBUTION,
    cite=_cite,
)
