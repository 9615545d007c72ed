"""Exact quartic kernel of 50,000 incidents: neighbour pairs from k-d trees, against a loop over grid_disk and great_circle_distance."""

from __future__ import annotations

import h3
import numpy as np

from benchmarks import ground
from benchmarks.race import Race
from core.crs import unit_vectors
from risk.kernels import kernel_sum, quartic

BANDWIDTH = 3.0
PART = 2_500  # the loop runs on this many of the incidents, its time is scaled


def race() -> Race:
    g = ground.grid()
    lon, lat = ground.points(50_000, 3)
    amount = np.random.default_rng(4).random(50_000)
    position = {cell: i for i, cell in enumerate(g.cell.tolist())}

    def ours() -> object:
        return kernel_sum(g.xyz(), unit_vectors(lon, lat), amount, BANDWIDTH, quartic(BANDWIDTH))

    def theirs() -> object:
        field = np.zeros(g.size)
        for x, y, a in zip(lon[:PART].tolist(), lat[:PART].tolist(), amount[:PART].tolist(), strict=True):
            for cell in h3.grid_disk(h3.latlng_to_cell(y, x, 8), 5):
                i = position.get(h3.str_to_int(cell))
                if i is None:
                    continue
                d = h3.great_circle_distance((y, x), h3.cell_to_latlng(cell))
                if d < BANDWIDTH:
                    field[i] += a * 3 / (np.pi * BANDWIDTH**2) * (1 - (d / BANDWIDTH) ** 2) ** 2
        return field

    def same(_a: object, b: object) -> bool:
        part = kernel_sum(g.xyz(), unit_vectors(lon[:PART], lat[:PART]), amount[:PART], BANDWIDTH, quartic(BANDWIDTH))
        return bool(np.allclose(part, b, rtol=1e-4, atol=1e-9))  # type: ignore[arg-type]

    return Race(
        "exact kernel", "50,000 incidents, 3 km", ours, theirs, same, "h3 loop (on 2,500, scaled)", 10, PART / 50_000
    )
