"""Sample polling stations of all Kaltim in the ten columns of KPU files; Kutai Timur has exactly 701 and 297,994 voters."""

from __future__ import annotations

import numpy as np

from core import codes
from core.crs import FloatArray
from publish.sample.ground import PEOPLE, Ground, IntArray, shares

HEADER = (
    "idProvinsi",
    "provinsi",
    "idKabupaten",
    "kabupaten",
    "idKecamatan",
    "kecamatan",
    "idDesa",
    "desa",
    "noTps",
    "pemilih",
)
KUTIM = ("64.08", 701, 297_994)
_VOTERS_PER_PERSON = 0.715
_LEAST, _MOST = 40, 595  # voters of one station


def make(ground: Ground, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Rows under HEADER, by village and number."""
    regency = np.array([codes.ancestor(code, 2) for code in ground.kode])
    rows: list[tuple[str, ...]] = []
    for code in sorted(set(regency)):
        village = np.flatnonzero(regency == code)
        people = ground.people[village]
        voters = KUTIM[2] if code == KUTIM[0] else round(PEOPLE.get(code, float(people.sum())) * _VOTERS_PER_PERSON)
        count = KUTIM[1] if code == KUTIM[0] else max(len(village), round(voters / 450))
        stations = shares(count, people, 1)
        of = np.repeat(village, stations)
        number = np.concatenate([np.arange(1, n + 1) for n in stations])
        size = np.repeat(people / stations, stations) * np.exp(rng.normal(0.0, 0.08, count))
        for v, n, pemilih in zip(of.tolist(), number.tolist(), _fill(voters, size).tolist(), strict=True):
            rows.append(_row(ground, ground.kode[v], n, pemilih))
    return rows


def _fill(voters: int, size: FloatArray) -> IntArray:
    """Whole voters per station, about in proportion to `size`, between least and most, adding up exactly."""
    filled: IntArray = np.clip(np.rint(voters * size / size.sum()), _LEAST, _MOST).astype(np.int64)
    while (left := voters - int(filled.sum())) != 0:
        step = 1 if left > 0 else -1
        room = np.flatnonzero(filled < _MOST if step > 0 else filled > _LEAST)
        filled[room[: abs(left)]] += step
    return filled


def _row(ground: Ground, kode: str, number: int, voters: int) -> tuple[str, ...]:
    parts: list[str] = []
    for level in (1, 2, 3, 4):
        code = codes.ancestor(kode, level)
        parts += [code.replace(".", ""), ground.name(code).upper()]
    return (*parts, str(number), str(voters))
