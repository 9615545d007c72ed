"""Which column of a boundary file holds what, by the headers seen in real files (RBI 10K, Dukcapil, and our own)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process

from core.errors import ConfigError, InputError, Place

# Normalised headers (lower case, letters and digits only), best first.
_KODE = (
    "kdepum",
    "kode",
    "kodedesa",
    "kodekel",
    "kodekelurahan",
    "kddesa",
    "iddesa",
    "kodekemendagri",
    "kodewilayah",
    "code",
)
_NAME = (
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
)
_PARENTS = (
    ("wadmkc", "namakec", "namakecamatan", "kecamatan", "district"),
    ("wadmkk", "namakab", "namakabupaten", "kabupaten", "kabupatenkota", "kabkota", "regency"),
    ("wadmpr", "namaprop", "namaprov", "namaprovinsi", "provinsi", "propinsi", "province"),
)
# Columns that hold BPS codes. They have the same shape and mean other places.
_BPS = ("kdebps", "kodebps", "kodebpsdesa", "bpskode", "adm4pcode", "cc4", "idsp2020", "iddesabps")


@dataclass(frozen=True)
class Columns:
    """The names as the file writes them; None where it has none."""

    kode: str
    name: str
    parents: tuple[str | None, str | None, str | None]  # kecamatan, kabupaten, provinsi

    def used(self) -> tuple[str, ...]:
        return (self.kode, self.name, *(name for name in self.parents if name))


def columns_of(headers: Sequence[str], mapping: Mapping[str, str], file: str) -> Columns:
    """The columns, by the source's `columns` (kode, name, kecamatan, kabupaten, provinsi) or by known headers.

    Raises ConfigError E_BPS_CODES when the only code column is one of BPS, InputError E_NO_CODE_COLUMN, E_COLUMN_TWICE,
    ConfigError E_NO_SUCH_COLUMN.
    """
    wrong = [column for column in mapping.values() if column not in headers]
    if wrong:
        raise ConfigError(
            "E_NO_SUCH_COLUMN", place=Place(file=file), columns=", ".join(wrong), known=", ".join(headers)
        )
    plain: dict[str, str] = {}
    for header in headers:
        key = re.sub(r"[^a-z0-9]", "", header.lower())
        if key in plain and key in (*_KODE, *_NAME):
            raise InputError("E_COLUMN_TWICE", place=Place(file=file), columns=f"{plain[key]}, {header}")
        plain[key] = header
    kode = mapping.get("kode") or _first(plain, _KODE)
    name = mapping.get("name") or _first(plain, _NAME)
    if kode is None and (bps := _first(plain, _BPS)):
        raise ConfigError("E_BPS_CODES", place=Place(file=file, column=bps))
    if kode is None or name is None:
        wanted, known = ("kode", _KODE) if kode is None else ("nama", _NAME)
        near = [header for key in known[:3] for header, *_ in process.extract(key, list(headers), limit=1)]
        raise InputError(
            "E_NO_CODE_COLUMN",
            place=Place(file=file),
            wanted=wanted,
            known=", ".join(headers) or "-",
            near=next(iter(near), "-"),
        )
    if re.sub(r"[^a-z0-9]", "", kode.lower()) in _BPS:
        raise ConfigError("E_BPS_CODES", place=Place(file=file, column=kode))
    names = ("kecamatan", "kabupaten", "provinsi")
    kecamatan, kabupaten, provinsi = (
        mapping.get(key) or _first(plain, known) for key, known in zip(names, _PARENTS, strict=True)
    )
    return Columns(kode, name, (kecamatan, kabupaten, provinsi))


def _first(plain: Mapping[str, str], known: Sequence[str]) -> str | None:
    return next((plain[key] for key in known if key in plain), None)


def text_of(value: object) -> str:
    """A cell as text: '' for nothing, whole numbers without a decimal point."""
    if value is None or value != value:  # NaN is the only value unequal to itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # Control characters are no letters of a name: they would end a string or a line somewhere later.
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", str(value)).split())
