"""Which column of a boundary file holds what: by the headers a reader knows, or by the source's `columns`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process

from core.errors import ConfigError, InputError, Place
from geo.sources.boundary_features import Feature
from geo.sources.villages import RawVillage

PARENTS = ("kecamatan", "kabupaten", "provinsi")


@dataclass(frozen=True)
class Known:
    """Normalised headers (see `plain`) a reader knows, best first; parents are kecamatan, kabupaten, provinsi.

    No `kode` at all: the file has no codes. `fallback` names a village whose name column is empty in a row.
    """

    kode: tuple[str, ...]
    name: tuple[str, ...]
    parents: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())
    fallback: tuple[str, ...] = ()


# Headers seen in files of RBI 10K, Dukcapil, regency offices, and in our own.
USUAL = Known(
    kode=(
        "kdepum",
        "kode",
        "kodedesa",
        "kodekel",
        "kodekelurahan",
        "kodedesaspatial",
        "kddesa",
        "iddesa",
        "kodekemendagri",
        "kodewilayah",
        "code",
    ),
    name=(
        "wadmkd",
        "namakel",
        "namadesa",
        "namakelurahan",
        "desa",
        "desakelurahan",
        "kelurahan",
        "namobj",
        "nama",
        "name",
    ),
    parents=(
        ("wadmkc", "namakec", "namakecamatan", "kecamatan", "district"),
        ("wadmkk", "namakab", "namakabupaten", "kabupaten", "kabupatenkota", "kabkota", "regency"),
        ("wadmpr", "namaprop", "namaprov", "namaprovinsi", "provinsi", "propinsi", "province"),
    ),
)
# Columns that hold BPS codes. They have the same shape and mean other places.
BPS = ("kdebps", "kodebps", "kodebpsdesa", "bpskode", "adm4pcode", "cc4", "idsp2020", "iddesabps")


# Headers that show whose file it is, where the usual headers do not serve; GADM's licence asks for a reader that waits for consent.
_PUBLISHERS = (
    ("gadm", ("gid4",)),
    ("geoboundaries", ("shapetype", "shapegroup")),
    ("hdx_cod", ("adm4pcode", "admin4pcode")),
)


@dataclass(frozen=True)
class Columns:
    """The names as the file writes them; None where it has none."""

    kode: str | None
    name: str
    parents: tuple[str | None, str | None, str | None]  # kecamatan, kabupaten, provinsi
    fallback: str | None = None

    def used(self) -> tuple[str, ...]:
        return tuple(name for name in (self.kode, self.name, self.fallback, *self.parents) if name)


def plain(header: str) -> str:
    """A header in lower-case letters and digits, without the name of the table before it: 'a.b.kode_desa_' is 'kodedesa'."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^(\w+\.)+(?=\w)", "", header.lower()))


def pick(headers: Sequence[str], known: Sequence[str]) -> str | None:
    """The header that is the best of the known ones; None where there is none."""
    by_plain = {plain(header): header for header in headers}
    return next((by_plain[key] for key in known if key in by_plain), None)


def columns_of(
    headers: Sequence[str],
    mapping: Mapping[str, str],
    file: str,
    known: Known = USUAL,
    *,
    code_system: str | None = None,
) -> Columns:
    """The columns, by the source's `columns` (kode, name, kecamatan, kabupaten, provinsi) or by the headers known.

    Raises ConfigError E_OTHER_READER for a publisher's file in the general reader, E_BPS_CODES when the only code column is one of BPS
    and nobody said so, E_NO_SUCH_COLUMN; InputError E_NO_CODE_COLUMN, E_COLUMN_TWICE.
    """
    mapping = {field: header for field, header in mapping.items() if header}
    wrong = [column for column in mapping.values() if column not in headers]
    if wrong:
        raise ConfigError(
            "E_NO_SUCH_COLUMN", place=Place(file=file), columns=", ".join(wrong), known=", ".join(headers)
        )
    _once(headers, (*known.kode, *known.name), file)
    if (
        known is USUAL
        and (publisher := publisher_of(headers))
        and (publisher == "gadm" or not (mapping or code_system))
    ):
        raise ConfigError("E_OTHER_READER", place=Place(file=file), reader=publisher)
    bps = code_system == "bps"
    kode = (
        mapping.get("kode") or pick(headers, BPS if bps else known.kode) or (pick(headers, known.kode) if bps else None)
    )
    name = mapping.get("name") or pick(headers, known.name) or pick(headers, known.fallback)
    if kode is None and known is USUAL and (other := pick(headers, BPS)):
        raise ConfigError("E_BPS_CODES", place=Place(file=file, column=other))
    if (kode is None and known.kode) or name is None:
        wanted, keys = ("kode", known.kode) if kode is None and known.kode else ("nama", known.name)
        near = [header for key in keys[:3] for header, *_ in process.extract(key, list(headers), limit=1)]
        raise InputError(
            "E_NO_CODE_COLUMN",
            place=Place(file=file),
            wanted=wanted,
            known=", ".join(headers) or "-",
            near=next(iter(near), "-"),
        )
    if kode is not None and not bps and plain(kode) in BPS and plain(kode) not in known.kode:
        raise ConfigError("E_BPS_CODES", place=Place(file=file, column=kode))
    kecamatan, kabupaten, provinsi = (
        mapping.get(key) or pick(headers, names) for key, names in zip(PARENTS, known.parents, strict=True)
    )
    return Columns(kode, name, (kecamatan, kabupaten, provinsi), pick(headers, known.fallback))


def publisher_of(headers: Sequence[str]) -> str | None:
    """The reader a file's headers ask for, of those whose files have no usable Kemendagri code; None for any other file."""
    if pick(headers, USUAL.kode) and not pick(headers, ("gid4",)):
        return None
    return next((name for name, signs in _PUBLISHERS if pick(headers, signs)), None)


def _once(headers: Sequence[str], keys: Sequence[str], file: str) -> None:
    """Raise InputError E_COLUMN_TWICE for two headers that are one of those a reader looks for."""
    seen: dict[str, str] = {}
    for header in headers:
        key = plain(header)
        if key in seen and key in keys:
            raise InputError("E_COLUMN_TWICE", place=Place(file=file), columns=f"{seen[key]}, {header}")
        seen[key] = header


def village_of(feature: Feature, columns: Columns) -> RawVillage:
    """The row of a feature, its cells as text."""
    cells = feature.properties
    raw = {key: text_of(cells.get(key)) for key in columns.used()}
    kecamatan, kabupaten, provinsi = (raw[name] or None if name else None for name in columns.parents)
    return RawVillage(
        place=feature.place,
        kode=raw[columns.kode] if columns.kode else "",
        name=raw[columns.name] or (raw[columns.fallback] if columns.fallback else ""),
        shape=feature.shape,
        parents=(kecamatan, kabupaten, provinsi),
        raw=raw,
        flat=feature.flat,
    )


def text_of(value: object) -> str:
    """A cell as text: '' for nothing, whole numbers without a decimal point."""
    if value is None or value != value:  # NaN is the only value unequal to itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # Control characters are no letters of a name: they would end a string or a line somewhere later.
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", str(value)).split())
