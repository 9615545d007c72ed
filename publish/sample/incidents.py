"""Sample incidents: parents by people, belts and time, each with near repeats; places and days known more or less well."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from core import codes
from core.crs import FloatArray
from publish.sample.ground import Ground, IntArray, onto_land, scatter

HEADER = (
    "No",
    "Tanggal",
    "Jenis Kejadian",
    "Kabupaten/Kota",
    "Kecamatan",
    "Desa/Kelurahan",
    "Kode Wilayah",
    "Lintang",
    "Bujur",
    "Meninggal",
    "Luka",
    "Sumber Konflik",
    "Cara Diketahui",
)
HOW_MANY = 1_600
FIRST, LAST = date(2019, 1, 1), date(2024, 10, 30)
_MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
_ELECTIONS = (date(2019, 4, 17), date(2020, 12, 9), date(2024, 2, 14), date(2024, 10, 30))
# Kind as written -> share in towns, in the mining belt, in the planting belt, elsewhere; deaths, injured per event.
_KINDS: dict[str, tuple[float, float, float, float, float, float]] = {
    "Unjuk rasa damai": (30, 24, 18, 18, 0.0, 0.0),
    "Sengketa lahan": (8, 16, 30, 20, 0.01, 0.1),
    "Penolakan tambang": (3, 22, 4, 5, 0.01, 0.15),
    "Bentrok antarwarga": (9, 7, 7, 8, 0.06, 1.6),
    "Kerusuhan": (3, 2, 2, 1, 0.08, 2.5),
    "Sengketa batas desa": (1, 3, 7, 10, 0.0, 0.2),
    "Sengketa pemilu": (6, 4, 4, 8, 0.0, 0.1),
    "Intimidasi": (8, 8, 10, 8, 0.0, 0.1),
    "Ujaran kebencian": (10, 3, 2, 4, 0.0, 0.0),
    "Pencurian": (16, 8, 12, 12, 0.01, 0.2),
    "Kekerasan bersenjata": (2, 1, 1, 1, 0.3, 0.8),
    "Lain-lain": (4, 2, 3, 5, 0.0, 0.1),
}
_SOURCES = {
    "Sengketa lahan": "Sengketa sumber daya alam",
    "Penolakan tambang": "Sengketa sumber daya alam",
    "Sengketa batas desa": "Sengketa batas wilayah",
    "Sengketa pemilu": "Politik",
}


def _parents(ground: Ground, rng: np.random.Generator) -> tuple[IntArray, FloatArray, FloatArray, IntArray]:
    """Village, lon, lat, day of independent events; quiet districts have none."""
    pull = 0.25 + 2.2 * np.exp(-ground.mining_km / 15.0) + 1.4 * np.exp(-ground.planting_km / 20.0)
    weight = ground.people**0.6 * pull * np.exp(rng.normal(0.0, 0.9, len(ground.kode)))
    weight[quiet(ground, weight)] = 0.0
    count = int(HOW_MANY * 0.72)
    village = rng.choice(len(weight), size=count, p=weight / weight.sum())
    days = np.arange((LAST - FIRST).days + 1)
    rate = 1.0 + 0.7 * days / days[-1]
    for vote in _ELECTIONS:
        rate += 1.2 * np.exp(-(((days - (vote - FIRST).days) / 25.0) ** 2))
    day = rng.choice(days, size=count, p=rate / rate.sum())
    lon, lat = scatter(ground, village, np.minimum(0.12 * np.sqrt(ground.area_km2[village]), 2.5), rng)
    return village, lon, lat, day


def quiet(ground: Ground, weight: FloatArray) -> IntArray:
    """Villages of the 14 districts with the least weight per village: nobody reports from there."""
    district = np.array(ground.district())
    names, member = np.unique(district, return_inverse=True)
    mean = np.bincount(member, weight) / np.bincount(member)
    return np.flatnonzero(np.isin(district, names[np.argsort(mean, kind="stable")[:14]]))


def make(ground: Ground, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Rows under HEADER, by date."""
    village, lon, lat, day = _parents(ground, rng)
    # Near repeats: within about a kilometre and two weeks of an event, themselves repeated less often.
    while len(day) < HOW_MANY:
        again = rng.integers(0, len(day), HOW_MANY - len(day))
        new_lon, new_lat = onto_land(
            ground,
            lon[again] + rng.normal(0, 0.008, len(again)),
            lat[again] + rng.normal(0, 0.008, len(again)),
            village[again],
        )
        new_day = day[again] + 1 + rng.exponential(12.0, len(again)).astype(np.int64)
        kept = new_day <= (LAST - FIRST).days
        village = np.concatenate((village, village[again][kept]))
        lon, lat = np.concatenate((lon, new_lon[kept])), np.concatenate((lat, new_lat[kept]))
        day = np.concatenate((day, new_day[kept]))
    order = np.lexsort((lat, lon, day))
    owner = ground.places.at(lon[order], lat[order])
    setting = _setting(ground, village[order])
    return [
        _row(i + 1, ground, str(owner[i]), float(lon[j]), float(lat[j]), int(day[j]), int(setting[i]), rng)
        for i, j in enumerate(order.tolist())
    ]


def _setting(ground: Ground, village: IntArray) -> IntArray:
    """0 town, 1 mining belt, 2 planting belt, 3 elsewhere."""
    urban = np.array([code.split(".")[3].startswith("1") for code in ground.kode])
    kind = np.where(ground.planting_km < 25.0, 2, 3)
    kind = np.where(ground.mining_km < 20.0, 1, kind)
    return np.asarray(np.where(urban, 0, kind)[village], dtype=np.int64)


def _row(
    number: int, ground: Ground, kode: str, lon: float, lat: float, day: int, setting: int, rng: np.random.Generator
) -> tuple[str, ...]:
    share = np.array([kind[setting] for kind in _KINDS.values()], dtype=np.float64)
    kind = list(_KINDS)[int(rng.choice(len(share), p=share / share.sum()))]
    precision = rng.choice(3, p=(0.55, 0.32, 0.13))  # exact, village, district
    deaths, injured = _KINDS[kind][4:]
    counted = rng.random() > 0.15
    when = FIRST + timedelta(days=day)
    how = ("Laporan", "Temuan", "Media")[int(rng.choice(3, p=(0.6, 0.15, 0.25)))]
    return (
        str(number),
        _written(when, float(rng.random())),
        kind,
        ground.name(codes.ancestor(kode, 2)),
        ground.name(codes.ancestor(kode, 3)),
        ground.name(kode) if precision < 2 else "",
        kode if precision == 1 else "",
        f"{lat:.5f}" if precision == 0 else "",
        f"{lon:.5f}" if precision == 0 else "",
        str(int(rng.poisson(deaths))) if counted else "",
        str(int(rng.poisson(injured))) if counted else "",
        _SOURCES.get(kind, ""),
        how,
    )


def _written(when: date, chance: float) -> str:
    """The date as people write it: mostly ISO, some in words, some known only to the month or as a span."""
    if chance < 0.06:
        return f"{_MONTHS[when.month - 1]} {when.year}"
    if chance < 0.08 and when.day <= 26:
        return f"{when.day} s/d {when.day + 2} {_MONTHS[when.month - 1]} {when.year}"
    if chance < 0.25:
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    return when.isoformat()
