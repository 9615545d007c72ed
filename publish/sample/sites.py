"""Sample project sites and posts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from core.crs import FloatArray
from publish.sample.ground import Ground, scatter

SITE_HEADER = ("Nama", "Jenis", "Status Izin", "Tahap", "Berlaku Dari", "Berlaku Sampai", "Lintang", "Bujur")
POST_HEADER = ("Nama", "Jenis", "Lintang", "Bujur")
# Kind -> how many, km decay from the mining and planting belts (None: everywhere alike), shares of the permits.
_SITES: dict[str, tuple[int, float | None, float | None, tuple[float, float, float, float]]] = {
    "Galian C": (120, 30.0, None, (0.45, 0.38, 0.10, 0.07)),
    "Tambang batubara": (65, 12.0, None, (0.70, 0.15, 0.07, 0.08)),
    "Perkebunan kelapa sawit": (40, None, 15.0, (0.80, 0.02, 0.05, 0.13)),
    "Industri": (22, 25.0, None, (0.85, 0.03, 0.07, 0.05)),
    "Infrastruktur": (9, None, None, (0.55, 0.0, 0.35, 0.10)),
    "Pembangkit listrik": (4, 20.0, None, (0.9, 0.0, 0.1, 0.0)),
}
_PERMITS = ("Berizin", "Tanpa izin", "Diusulkan", "Disengketakan")
_STAGES = ("Operasi", "Konstruksi", "Rencana", "Tutup")
_POSTS = {"Polsek": 0.92, "Koramil": 0.78, "Kantor Camat": 0.98}  # kind -> chance a district has one on the list


def _weight(ground: Ground, mining: float | None, planting: float | None) -> FloatArray:
    weight: FloatArray = np.sqrt(ground.area_km2)
    if mining is not None:
        weight = weight * (0.03 + np.exp(-ground.mining_km / mining))
    if planting is not None:
        weight = weight * (0.03 + np.exp(-ground.planting_km / planting))
    share: FloatArray = weight / weight.sum()
    return share


def make_sites(ground: Ground, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Rows under SITE_HEADER."""
    rows: list[tuple[str, ...]] = []
    for kind, (count, mining, planting, permits) in _SITES.items():
        village = rng.choice(len(ground.kode), size=count, p=_weight(ground, mining, planting))
        lon, lat = scatter(ground, village, np.minimum(0.25 * np.sqrt(ground.area_km2[village]), 5.0), rng)
        for i in range(count):
            permit = _PERMITS[int(rng.choice(4, p=permits))]
            stage = "Rencana" if permit == "Diusulkan" else _STAGES[int(rng.choice(4, p=(0.72, 0.12, 0.04, 0.12)))]
            begun = date(2014, 1, 1) + timedelta(days=int(rng.integers(0, 3_500)))
            ended = begun + timedelta(days=365 * int(rng.choice((5, 10, 20))))
            legal = permit == "Berizin"
            rows.append(
                (
                    f"{kind} contoh {i + 1:03d}",
                    kind,
                    permit,
                    stage,
                    begun.isoformat() if permit != "Diusulkan" else "",
                    ended.isoformat() if legal else "",
                    f"{lat[i]:.5f}",
                    f"{lon[i]:.5f}",
                )
            )
    return rows


def make_posts(ground: Ground, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Rows under POST_HEADER: beside the most peopled village of each district, some districts without."""
    district = np.array(ground.district())
    rows: list[tuple[str, ...]] = []
    for code in sorted(set(district)):
        village = np.flatnonzero(district == code)
        seat = village[[int(np.argmax(ground.people[village]))]]
        for kind, chance in _POSTS.items():
            lon, lat = scatter(ground, seat, np.array([0.6]), rng)
            if rng.random() < chance:
                rows.append((f"{kind} {ground.name(code)}", kind, f"{lat[0]:.5f}", f"{lon[0]:.5f}"))
    return rows
