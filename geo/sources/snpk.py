"""SNPK / NVMS (Sistem Nasional Pemantauan Kekerasan), the yearly files: 100 columns, BPS codes, names of the time, no coordinates.

Codes as the files' own columns show them (jenis_kek and meta_tp_kek1_new agree row by row), with the names the SNPK application gives
them: github dayanramly/snpk_master, util.py, second version (its first has the list of types shifted by one and two names of jenis_kek
exchanged). Every incident here is violent, so a demonstration (ben_kek1 3) is a violent one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.settings import Source
from core.taxonomy import INCIDENT_KINDS, severity
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import dates, numbers, stream
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.placing import Placement
from geo.sources.records import Record, row_id
from geo.sources.sheets import Cell
from geo.sources.snpk_place import place
from geo.sources.stream import Context, LayerRow, Spec

# The keys are none of those that are placed by today's names: `place` knows the borders of the time.
FIELDS = (
    Field("tanggal", ("tanggal kejadian",), True),
    Field("kode_kab", ("kodebpskab",), True),
    Field("nama_kab", ("kabupaten",), True),
    Field("kode_kec", ("kodebpskec1", "kodebpskec")),
    Field("nama_kec", ("kecamatan1", "kecamatan")),
    Field("nama_desa", ("desa1", "desa")),
    Field("jenis", ("jenis kek",), True),
    Field("tipe", ("tp kek1 new", "tp kek1")),
    Field("bentuk", ("ben kek1",)),
    Field("meninggal", ("kil total",), True),
    Field("luka", ("inj total",), True),
)
MARKS = frozenset({"kodebpskab", "jenis kek", "tp kek1 new", "ben kek1", "kil total", "inj total", "build dmg total"})
LICENCE = "-"
ATTRIBUTION = "Sistem Nasional Pemantauan Kekerasan (SNPK), Kemenko PMK dan Bank Dunia"
CONFLICT, CRIME, DOMESTIC, ENFORCEMENT = 1, 2, 3, 4  # jenis_kek
# ben_kek1 (bentuk kekerasan) of a conflict; a fight (7) and an assault (11) alone say nothing of its kind.
_FORMS = {
    3: "riot",  # demonstrasi
    4: "intimidation",  # blokade
    5: "riot",  # kerusuhan
    6: "communal_violence",  # bentrokan
    8: "communal_violence",  # pengeroyokan
    9: "armed_violence",  # serangan teror
    10: "riot",  # perusakan
    12: "intimidation",  # sweeping
    13: "intimidation",  # penculikan
    14: "crime",  # perampokan
}
# tp_kek1_new (tipe kekerasan): its first two digits are the group, 11 resources to 99 separatism; 1 and 2 are unclear and other.
_TYPE_KINDS = {1103: "land_dispute", 1104: "site_dispute", 1107: "site_dispute"}
_GROUP_KINDS = {33: "election_dispute", 99: "armed_violence"}
_POLITICS = "politics_economy_socioculture"
_GROUP_SOURCES = {11: _POLITICS, 22: _POLITICS, 33: _POLITICS, 44: _POLITICS, 99: _POLITICS}
_TYPE_SOURCES = {
    **dict.fromkeys((1103, 1104, 1107), "natural_resources"),  # land, natural resources, environment
    **dict.fromkeys(
        (4403, 4404, 4405, 4406, 4407), "faith_ethnic"
    ),  # between and within ethnic groups and faiths, migrants
}


def read(source: Source, paths: Sequence[Path], places: Places) -> Layer:
    """One row per incident: crime and violence at home apart from conflict, known to its village, district or regency.

    Raises as `stream.read`.
    """
    return stream.read(source, paths, places, SPEC)


def kind_of(jenis: int, tipe: int | None, bentuk: int | None) -> str:
    """Our kind: of what the form and the issue of a conflict say the more harmful; raises BadValue R_SNPK_KIND for no such jenis_kek."""
    if jenis in (CRIME, DOMESTIC):
        return "crime"
    if jenis == ENFORCEMENT:
        return "other"  # force in the course of an arrest is neither crime nor a conflict of groups
    if jenis != CONFLICT:
        raise BadValue("R_SNPK_KIND", "jenis")
    issue = _TYPE_KINDS.get(tipe or 0) or _GROUP_KINDS.get((tipe or 0) // 100)
    said = [kind for kind in (_FORMS.get(bentuk or 0), issue) if kind]
    return max(said, key=lambda kind: (INCIDENT_KINDS[kind], kind), default="other")


def source_of(jenis: int, tipe: int | None) -> str | None:
    """Source of conflict by UU 7/2012 art. 5; None for what is no conflict, for popular justice, and where the issue is not clear."""
    if jenis != CONFLICT or tipe is None:
        return None
    return _TYPE_SOURCES.get(tipe) or _GROUP_SOURCES.get(tipe // 100)


def _row(record: Record, _where: Placement | BadValue, ctx: Context) -> list[LayerRow]:
    day = record.read("tanggal", dates.parse)
    if day is None:
        raise BadValue("R_DATE_EMPTY", "tanggal")
    jenis, tipe, bentuk = (record.read(key, _whole) for key in ("jenis", "tipe", "bentuk"))
    kind = kind_of(jenis or 0, tipe, bentuk)
    deaths, injured = record.read("meninggal", _whole), record.read("luka", _whole)
    where = place(record, day.day.year, ctx.places, ctx.ledger)
    return [
        {
            "id": row_id(ctx.name, record),
            "occurred_on": day.day,
            "date_precision": day.precision,
            "kind": kind,
            "conflict_source": source_of(jenis or 0, tipe),
            "severity": severity(kind, deaths, injured),
            "deaths": deaths,
            "injured": injured,
            "how_known": "media",
            **where.columns(ctx.name),
        }
    ]


def _whole(value: Cell) -> int | None:
    return numbers.count(value, "id")


SPEC = Spec(kind="incidents", fields=FIELDS, row=_row, placed=False, licence=LICENCE, attribution=ATTRIBUTION)
