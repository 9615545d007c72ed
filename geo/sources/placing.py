"""Where a row happened: by coordinates, by code or by name, to the depth that is really known; else the reason why not.

A row known only to its village or district keeps no point: it is spread later, never put on a centroid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core import codes
from core.errors import InputError, Place
from core.settings import Source
from core.tables import PRECISIONS
from geo.gazetteer import Places
from geo.sources import area_codes
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kinds import classify
from geo.sources.naming import deepen, of_names, weigh_names
from geo.sources.points import points
from geo.sources.records import Ledger, Record

LON = Field("bujur", ("bujur", "longitude", "lon", "long", "lng", "x", "bujur timur", "koordinat x", "easting"))
LAT = Field("lintang", ("lintang", "latitude", "lat", "y", "koordinat y", "northing"))
KODE = Field(
    "kode",
    (
        "kode", "kode wilayah", "kode desa", "kode desa kelurahan", "kode kelurahan", "kode kemendagri", "id desa",
        "kode kecamatan", "kode kabupaten", "area code", "village code", "kode daerah",
    ),
)  # fmt: skip
DESA = Field(
    "desa",
    (
        "desa", "desa kelurahan", "kelurahan", "kelurahan desa", "kampung", "desa kel", "kel desa", "nama desa",
        "nama desa kelurahan", "village", "admin4",
    ),
)  # fmt: skip
KECAMATAN = Field("kecamatan", ("kecamatan", "kec", "nama kecamatan", "district", "subdistrict", "admin3"))
KABUPATEN = Field(
    "kabupaten",
    (
        "kabupaten", "kabupaten kota", "kab kota", "kabkota", "kota", "kab", "nama kabupaten", "nama kabupaten kota",
        "regency", "city", "admin2",
    ),
)  # fmt: skip
PRESISI = Field("presisi", ("presisi", "presisi lokasi", "ketelitian", "ketelitian lokasi", "precision"))
FIELDS = (LON, LAT, KODE, DESA, KECAMATAN, KABUPATEN, PRESISI)


@dataclass(frozen=True)
class Placement:
    """precision, the deepest code known, and the point where one is known."""

    precision: str
    kode: str
    lon: float | None = None
    lat: float | None = None

    def columns(self, source: str) -> dict[str, object]:
        """The columns every placed row has."""
        return {"precision": self.precision, "kode": self.kode, "lon": self.lon, "lat": self.lat, "source": source}


def place(
    records: Sequence[Record],
    source: Source,
    places: Places,
    ledger: Ledger,
    *,
    reach_km: float = 0.0,
    known_to: Sequence[str | None] | None = None,
) -> list[Placement | BadValue]:
    """A placement or the fault of every record, in order.

    `known_to` is the precision the file itself states per row (else its column `presisi`); `reach_km` lets a point outside every
    village count for the nearest one within it. Raises InputError E_SWAPPED, E_PROJECTED, E_CODE_SYSTEM (undotted and
    undeclared), E_CODE_BPS; ConfigError E_CRS.
    """
    spots = points(records, source, places, reach_km)
    parsed = _codes(records, source, places)
    placed: list[Placement | BadValue] = []
    for i, record in enumerate(records):
        try:
            spot = spots[i]
            if isinstance(spot, BadValue):
                raise spot
            code = parsed[i]
            if isinstance(code, BadValue):
                raise code
            if spot is None:
                placed.append(_by_name(record, code, source, places, ledger))
            else:
                stated = known_to[i] if known_to is not None else classify("precision", record.text("presisi"))
                if spot.away_km > 0:
                    ledger.note("NEAREST", spot.away_km)
                _compare(record, code, spot.kode, spot.lon, spot.lat, places, ledger)
                placed.append(_to_depth(stated or "exact", spot.kode, spot.lon, spot.lat))
        except BadValue as bad:
            placed.append(bad)
    return placed


def _to_depth(precision: str, village: str, lon: float, lat: float) -> Placement:
    if precision == "exact":
        return Placement(precision, village, lon, lat)
    return Placement(precision, codes.ancestor(village, 5 - PRECISIONS.index(precision)))


def _codes(records: Sequence[Record], source: Source, places: Places) -> list[tuple[str, bool] | BadValue | None]:
    """Each row's code; raises E_CODE_BPS when the source or the digits say they are BPS codes, E_CODE_SYSTEM when nobody says."""
    parsed: list[tuple[str, bool] | BadValue | None] = []
    for record in records:
        try:
            parsed.append(record.read("kode", area_codes.parse))
        except BadValue as bad:
            parsed.append(bad)
    given = [item for item in parsed if item is not None]
    if given:
        first = records[next(i for i, item in enumerate(parsed) if item is not None)]
        header = first.headers["kode"]
        where = Place(file=first.place.file, sheet=first.place.sheet, column=header, value=first.text("kode"))
        area_codes.check_system(source.code_system, where)
        area_codes.check_forms([item if isinstance(item, BadValue) else None for item in given], where)
        bare = [
            (record, item[0])
            for record, item in zip(records, parsed, strict=True)
            if isinstance(item, tuple) and not item[1]
        ]
        if source.code_system is None and 2 * sum(_names_say_so(*item, places) for item in bare) < len(bare):
            raise InputError("E_CODE_SYSTEM", place=where)
    return parsed


def _names_say_so(record: Record, kode: str, places: Places) -> bool:
    """Digits without dots mean nothing until someone says whose they are, or the row's names say the same."""
    try:
        return places.level_of(kode) is not None and weigh_names(record, kode, places)[0] > 0
    except BadValue:
        return False


def _by_name(
    record: Record, code: tuple[str, bool] | None, source: Source, places: Places, ledger: Ledger
) -> Placement:
    """By code, checked against the names beside it, else by the names."""
    if code is None:
        kode = of_names(record, places)
    else:
        kode, dotted = code
        if places.level_of(kode) is None:
            raise BadValue("R_CODE_UNKNOWN", "kode")
        agreed, unknown = weigh_names(record, kode, places)
        if not (dotted or agreed or source.code_system):
            raise BadValue("R_CODE_UNDECLARED", "kode")
        if unknown:
            ledger.note("NAME_DIFFERS")
        kode = deepen(record, kode, places)
    level = codes.level(kode)
    if level == 1:
        raise BadValue("R_TOO_COARSE", "kode")
    return Placement(PRECISIONS[5 - level], kode)


def _compare(
    record: Record, code: tuple[str, bool] | None, village: str, lon: float, lat: float, places: Places, ledger: Ledger
) -> None:
    """Warn, with the distance, when the row's code or names mean another place than its point."""
    if code is not None:
        claimed = code[0] if places.level_of(code[0]) else None
    else:
        try:
            claimed = of_names(record, places)
        except BadValue:
            claimed = None  # the point is what counts; a name nobody knows is no contradiction
    if claimed is None or codes.covers(claimed, village):
        return
    ledger.note("PLACE_DIFFERS", places.away_km(lon, lat, claimed))


def usable(
    records: Sequence[Record],
    placed: Sequence[Placement | BadValue],
    ledger: Ledger,
    row: Callable[[Record, Placement | BadValue], dict[str, object]],
) -> list[dict[str, object]]:
    """The rows that `row` can make of the records; one it raises BadValue for goes to the ledger's quarantine."""
    rows = []
    for record, where in zip(records, placed, strict=True):
        try:
            rows.append(row(record, where))
        except BadValue as bad:
            ledger.reject(record, bad)
    return rows
