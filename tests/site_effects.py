"""How often the interval of a learned site effect holds the truth, and how often something is told where there is nothing.

Seeded incidents in clusters of about three, in 8, 20 or 50 kecamatan of about twelve incidents each. Run: python -m tests.site_effects
"""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table

from risk.relative_risk import estimate
from risk.site_effect import constants
from tests.test_site_effect import clustered

RUNS = 400
TRUTH = (1.0, 2.0, 4.0)
BLOCKS = (8, 20, 50)


def main() -> None:
    table = Table(title=f"Site effect: {constants().level:.0%} intervals over {RUNS} seeds")
    for name in ("relative risk", "kecamatan", "interval holds it %", "interval without 1 %", "median estimate"):
        table.add_column(name, justify="right")
    for rr in TRUTH:
        for blocks in BLOCKS:
            held, told, found = 0, 0, []
            for seed in range(RUNS):
                rng = np.random.default_rng([9, seed])
                got = estimate(
                    clustered(rr, rng, blocks), level=constants().level, replicates=constants().replicates, rng=rng
                )
                held += got.low <= rr <= got.high
                told += not got.low <= 1.0 <= got.high
                found.append(got.rr)
            row = (f"{rr:g}", str(blocks), f"{100 * held / RUNS:.1f}", f"{100 * told / RUNS:.1f}")
            table.add_row(*row, f"{np.median(found):.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
