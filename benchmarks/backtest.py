"""The whole 24-origin back-test of a province, `python -m benchmarks.backtest`: baselines, default, fitted models; aim: under a minute."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table

from risk.backtest import protocol
from risk.forecast import models, spec
from risk.simulate.recipe import recipe
from risk.simulate.simulate import simulate

ORIGINS = 24
AIM_S = 60.0


def seconds(name: str, keys: tuple[str, ...]) -> tuple[float, float, int, int]:
    """Seconds on the clock and of processor of the back-test of an invented province with these models; its incidents and kecamatan."""
    made, registered = simulate(recipe(name), 1), models.models()
    chosen = [registered[key] for key in keys if key in registered]
    start, busy = time.perf_counter(), time.process_time()
    protocol.run(
        made.history,
        spec.load(),
        horizon=30,
        origins=ORIGINS,
        end=made.end,
        models=chosen,
        covariates=made.covariates,
        seed=1,
    )
    spent = time.perf_counter() - start, time.process_time() - busy
    return *spent, len(made.history), len(made.history.areas)


def main() -> None:
    console, table = Console(), Table(title=f"{ORIGINS} origins, 30 days, 1,000 resamples")
    for column in ("province", "incidents", "kecamatan", "models", "seconds", "processor", "aim"):
        table.add_column(column)
    for name in ("base", "dense"):
        for keys in (("riwayat",), ("riwayat", "8e", "8a", "8b"), tuple(models.models())):
            spent, busy, events, areas = seconds(name, keys)
            table.add_row(
                name, f"{events:,}", str(areas), " ".join(keys), f"{spent:.1f}", f"{busy:.1f}", f"{AIM_S:.0f}"
            )
    console.print(table)


if __name__ == "__main__":
    main()
