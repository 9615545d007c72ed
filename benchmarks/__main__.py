"""Run all races and print one table."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks.race import run

RACES = ("polyfill", "rollup", "nearest", "kernel", "zonal", "locate", "import_villages", "fits", "scenario")

TIMED = (
    "backtest",
    "national",
)  # against an aim in seconds or an equal answer, not against a rival; each prints its own table


def main(names: list[str]) -> None:
    console = Console()
    table = Table(title="petarawan / what a user would use today")
    for name, side in (
        ("job", "left"),
        ("size", "left"),
        ("against", "left"),
        ("ours s", "right"),
        ("theirs s", "right"),
        ("ratio", "right"),
        ("aim", "right"),
    ):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for name in [name for name in names if name not in TIMED] if names else RACES:
        with console.status(name):
            module = import_module(f"benchmarks.{name}")
            results = [run(race) for race in (module.races() if hasattr(module, "races") else (module.race(),))]
        for result in results:
            race = result.race
            cells = (f"{result.ours_s:.3f}", f"{result.theirs_s:.3f}", f"{result.ratio:.1f}x", f"{race.aim:.0f}x")
            table.add_row(race.name, race.size, race.against, *cells)
    if table.row_count:
        console.print(table)
    for name in [name for name in names if name in TIMED] if names else TIMED:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
