"""Where a row happened: by coordinates, by code or by name, to the depth that is really known; else the reason why not.

A row known only to its village or district keeps no point: it is spread later, never put on a centroid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core import codes
from core.errors import InputError, Place
from core.settings import Source
from core.tables import PRECISIONS
from geo import crosswalk
from geo.atlas import Atlas
from geo.gazetteer import Places
from geo.sources import area_codes
from geo.sources.faults import BadValue
from geo.sources.headers import Field
from geo.sources.kinds import classify
from geo.sources.naming import Names, deepen, of_names, weigh_names
from geo.sources.points import Points, Spot
from geo.sources.records import Ledger, Record

LON = Field(
    "bujur",
    ("bujur geometri", "bujur", "longitude", "lon", "long", "lng", "x", "bujur timur", "koordinat x", "easting"),
)
LAT = Field("lintang", ("lintang geometri", "lintang", "latitude", "lat", "y", "koordinat y", "northing"))
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
KOORDINAT = Field(
    "koordinat",
    (
        "koordinat", "titik koordinat", "koordinat lokasi", "koordinat kejadian", "titik lokasi", "lintang bujur", "lat long", "lat lon",
        "latlong", "lat lng", "latlng", "coordinates", "coordinate", "gps",
    ),
)  # fmt: skip
PRESISI = Field("presisi", ("presisi", "presisi lokasi", "ketelitian", "ketelitian lokasi", "precision"))
FIELDS = (LON, LAT, KOORDINAT, KODE, DESA, KECAMATAN, KABUPATEN, PRESISI)


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


Code = tuple[str, bool]  # the dotted code, and whether the cell had the dots
_BPS_DIGITS = (2, 4, 7, 10)  # of the four levels
_MOST = 200_000  # answers remembered before the memory is emptied


@dataclass
class Placer:
    """Places a source's rows: every row is seen once, the file judged as a whole, then rows get their placements.

    `reach_km` lets a point outside every village count for the nearest one within it. Raises ConfigError E_CRS when made.
    """

    source: Source
    places: Places
    reach_km: float = 0.0
    _points: Points = field(init=False)
    _codes: int = field(init=False, default=0)  # rows with a code
    _bps: int = field(init=False, default=0)  # of them in the form only BPS codes have
    _bare: int = field(init=False, default=0)  # of them without dots
    _agreed: int = field(init=False, default=0)  # of those with a name beside them that says the same
    _first: Place | None = field(init=False, default=None)
    _known: dict[tuple[Code | None, Names], tuple[Placement, tuple[str, ...]] | BadValue] = field(
        init=False, default_factory=dict
    )
    _claims: dict[tuple[Code | None, Names], str | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._points = Points(self.source, self.places, self.reach_km)

    def see(self, records: Sequence[Record]) -> None:
        """Take note of the coordinates and codes of some rows."""
        self._points.see(records)
        for record in records:
            if record.get("kode") is not None:
                self._see_code(record)

    def _see_code(self, record: Record) -> None:
        self._codes += 1
        if self._first is None:
            self._first = replace(record.place, row=None, column=record.headers["kode"], value=record.text("kode"))
        if self.source.code_system == "bps":
            return
        try:
            code = record.read("kode", area_codes.parse)
        except BadValue as bad:
            self._bps += bad.code == "R_CODE_BPS"
            return
        if code is not None and not code[1] and self.source.code_system is None:
            self._bare += 1
            self._agreed += _names_say_so(Names.of(record), code[0], self.places)

    def judge(self) -> None:
        """Raise InputError E_SWAPPED, E_PROJECTED, E_CODE_BPS (most codes have the form of BPS and nobody says so), E_CODE_SYSTEM."""
        self._points.judge()
        if self._first is None:
            return
        if 2 * self._bps > self._codes:
            raise InputError("E_CODE_BPS", place=self._first)
        if 2 * self._agreed < self._bare:
            raise InputError("E_CODE_SYSTEM", place=self._first)

    def place(
        self, records: Sequence[Record], ledger: Ledger, known_to: Sequence[str | None] | None = None
    ) -> list[Placement | BadValue]:
        """A placement or the fault of every record, in order.

        `known_to` is the precision the file itself states per row (else its column `presisi`).
        """
        placed: list[Placement | BadValue] = []
        for i, (record, spot) in enumerate(zip(records, self._points.spots(records), strict=True)):
            try:
                if isinstance(spot, BadValue):
                    raise spot
                code = self._code(record)
                if spot is None:
                    placed.append(self._by_name(code, Names.of(record), ledger))
                else:
                    stated = known_to[i] if known_to is not None else classify("precision", record.text("presisi"))
                    if spot.away_km > 0:
                        ledger.note("NEAREST", spot.away_km)
                    self._compare(code, Names.of(record), spot, ledger)
                    placed.append(_to_depth(stated or "exact", spot))
            except BadValue as bad:
                placed.append(bad.again())  # without the frames it came through
        return placed

    def _code(self, record: Record) -> Code | None:
        """The row's code as written; one of BPS is translated when its names are known too."""
        if self.source.code_system != "bps":
            return record.read("kode", area_codes.parse)
        digits = record.read("kode", area_codes.parse_bps)
        return None if digits is None else (digits, False)

    def _by_name(self, code: Code | None, names: Names, ledger: Ledger) -> Placement:
        """By code, checked against the names beside it, else by the names; what was said once is remembered."""
        known = self._known.get((code, names))
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            try:
                known = self._look_up(code, names)
            except BadValue as bad:
                known = bad.again()
            self._known[code, names] = known
        if isinstance(known, BadValue):
            raise known.again()
        placement, notes = known
        for note in notes:
            ledger.note(note)
        return placement

    def _look_up(self, code: Code | None, names: Names) -> tuple[Placement, tuple[str, ...]]:
        """The placement, and what is to be warned of."""
        notes: list[str] = []
        if code is None:
            kode = of_names(names, self.places)
        else:
            kode = self._translated(code, names)
            if self.source.code_system != "bps" and kode != code[0]:
                notes.append("CODE_MOVED")
            if self.places.level_of(kode) is None:
                raise _not_mapped(kode)
            agreed, unknown = weigh_names(names, kode, self.places)
            if not (code[1] or agreed or self.source.code_system):
                raise BadValue("R_CODE_UNDECLARED", "kode")
            if unknown:
                notes.append("NAME_DIFFERS")
            kode = deepen(names, kode, self.places)
            if self.source.code_system == "bps" and len(code[0]) > _BPS_DIGITS[codes.level(kode) - 1]:
                notes.append("CODE_COARSER")
        level = codes.level(kode)
        if level == 1:
            raise BadValue("R_TOO_COARSE", "kode")
        return Placement(PRECISIONS[5 - level], kode), tuple(notes)

    def _translated(self, code: Code, names: Names) -> str:
        """The Kemendagri code of today; a BPS code nobody knows counts for the area above it that is known.

        Raises BadValue R_CODE_NO_MATCH where not even its regency is known.
        """
        written, _ = code
        if self.source.code_system != "bps":
            if self.places.level_of(written) is not None:
                return written
            return crosswalk.to_kemendagri(written, self.source.code_system or "kemendagri") or written
        for digits in (written, *(written[:cut] for cut in (7, 4) if cut < len(written))):
            kode = crosswalk.to_kemendagri(digits, "bps", names)
            if kode is not None:
                return kode
        raise BadValue("R_CODE_NO_MATCH", "kode", system="BPS")

    def _compare(self, code: Code | None, names: Names, spot: Spot, ledger: Ledger) -> None:
        """Warn, with the distance, when the row's code or names mean another place than its point."""
        if code is None and not any(names):
            return
        if (code, names) not in self._claims:
            if len(self._claims) >= _MOST:
                self._claims.clear()
            self._claims[code, names] = self._claim(code, names)
        claimed = self._claims[code, names]
        if claimed is not None and not codes.covers(claimed, spot.kode):
            ledger.note("PLACE_DIFFERS", self.places.away_km(spot.lon, spot.lat, claimed))

    def _claim(self, code: Code | None, names: Names) -> str | None:
        """The area a row with a point says it is in; None where it says nothing we know."""
        try:
            if code is not None:
                kode = self._translated(code, names)
                return kode if self.places.level_of(kode) else None
            return of_names(names, self.places)
        except BadValue:
            return None  # the point is what counts; a name nobody knows is no contradiction


def _not_mapped(kode: str) -> BadValue:
    """A place of the registry that the map does not show, or a code of no place at all."""
    found = Atlas.load().entry(kode)
    return BadValue("R_CODE_UNKNOWN", "kode") if found is None else BadValue("R_CODE_OUTSIDE", "kode", name=found.name)


def _to_depth(precision: str, spot: Spot) -> Placement:
    if precision == "exact":
        return Placement(precision, spot.kode, spot.lon, spot.lat)
    return Placement(precision, codes.ancestor(spot.kode, 5 - PRECISIONS.index(precision)))


def _names_say_so(names: Names, kode: str, places: Places) -> bool:
    """Digits without dots mean nothing until someone says whose they are, or the row's names say the same."""
    try:
        return places.level_of(kode) is not None and weigh_names(names, kode, places)[0] > 0
    except BadValue:
        return False
