"""Names and seats of all provinces, regencies and districts of the country, from data/boundaries/registry.csv.gz."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

DATA = Path(__file__).resolve().parents[1] / "data" / "boundaries"


@dataclass(frozen=True)
class Entry:
    """One area of level 1 to 3; lon and lat are None where the register has no usable point."""

    kode: str
    level: int
    name: str
    capital: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Seats:
    """Regency capitals: kode list, lon (K,), lat (K,) in degrees; regencies without a usable point are left out."""

    kode: list[str]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]


@cache
def entries() -> dict[str, Entry]:
    """Every area of levels 1 to 3 by code, in code order."""
    with gzip.open(DATA / "registry.csv.gz") as stream:
        text = stream.read().decode("utf-8")
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        point = (float(row["lon"]), float(row["lat"])) if row["lon"] and row["lat"] else (None, None)
        found[row["kode"]] = Entry(row["kode"], int(row["level"]), row["name"], row["capital"], *point)
    return found


def name_of(code: str) -> str | None:
    """The name of a province, regency or district; None for any other code."""
    entry = entries().get(code)
    return None if entry is None else entry.name


def seats() -> Seats:
    """All regency capitals of the country, in code order."""
    found = [(item.kode, item.lon, item.lat) for item in entries().values() if item.level == 2]
    usable = [(kode, lon, lat) for kode, lon, lat in found if lon is not None and lat is not None]
    return Seats(
        kode=[kode for kode, _, _ in usable],
        lon=np.array([lon for _, lon, _ in usable], dtype=np.float64),
        lat=np.array([lat for _, _, lat in usable], dtype=np.float64),
    )
