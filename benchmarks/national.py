"""The whole country at resolution 8 in one process, one province at 9, and the same on Dask: time, memory, equal bits.

`python -m benchmarks.national [--boundaries DIR] [--workers N] [JOB ...]`; DIR as `petarawan boundaries build --province all` makes it: if
it is not there it is made (two packages are downloaded, once). Every job has a process of its own, and so its own peak of memory.
Processor seconds stand beside the seconds of the clock: on a machine that others use they say more.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
BOUNDARIES = ROOT / "workspace" / "batas-nasional"


@dataclass(frozen=True)
class Job:
    provinces: tuple[str, ...]
    resolution: int
    counts: tuple[int, int, int, int]  # incidents, stations, sites, posts
    engine: str


COUNTRY, PROVINCE = (200_000, 820_000, 5_000, 7_000), (20_000, 11_500, 1_000, 200)
JOBS = {
    "nasional-8": Job((), 8, COUNTRY, "local"),
    "nasional-8-dask": Job((), 8, COUNTRY, "dask"),
    "kaltim-9": Job(("64",), 9, PROVINCE, "local"),
    "kaltim-9-dask": Job(("64",), 9, PROVINCE, "dask"),
}


def work(job: Job, boundaries: Path, workers: int | None) -> dict[str, object]:
    """Do it in this process; seconds by step, peak of memory, and a digest of every array of the result."""
    from benchmarks import country
    from geo.grid import build
    from publish.engine import engine
    from risk import model as models

    seconds: dict[str, tuple[float, float]] = {}
    peaks: dict[str, int] = {}
    last = [time.perf_counter(), time.process_time()]

    def took(step: str) -> None:
        now = [time.perf_counter(), time.process_time()]
        seconds[step] = (now[0] - last[0], now[1] - last[1])
        peaks[step] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        last[:] = now

    tree = country.tree(boundaries, job.provinces)
    villages = tree.at_level(4)
    codes, shapes = tuple(villages["kode"].tolist()), villages.geometry.to_numpy()
    took("boundaries")
    with engine(job.engine, workers=workers) as there:
        took("engine")
        grid = build(codes, shapes, job.resolution, indicative=tree.indicative, others=tree.others, run=there.run)
        took("grid")
        evidence = country.evidence(grid, *job.counts)
        took("records")
        table, scores = there.judge(models.load("kaltim"), evidence, grid, country.AS_OF)
        took("factors")
    digest = hashlib.sha256()
    for noun in (grid, table, scores):
        for field in fields(noun):
            value = getattr(noun, field.name)
            if isinstance(value, np.ndarray):
                for column in (
                    value.T if value.ndim == 2 else (value,)
                ):  # one by one: a copy of all of them is a peak of its own
                    digest.update(np.ascontiguousarray(column).data)
    usage = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cells": grid.size,
        "seconds": seconds,
        "peaks": peaks,
        "cpu": usage[0].ru_utime + usage[0].ru_stime + usage[1].ru_utime + usage[1].ru_stime,
        "peak": usage[0].ru_maxrss * 1024,
        "worker_peak": usage[1].ru_maxrss * 1024,
        "digest": digest.hexdigest(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="*", choices=[*JOBS, []], default=list(JOBS))
    parser.add_argument("--boundaries", type=Path, default=BOUNDARIES)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--here", action="store_true", help="do the one job in this process and print JSON")
    asked = parser.parse_args()
    if asked.here:
        sys.stdout.write(json.dumps(work(JOBS[asked.jobs[0]], asked.boundaries, asked.workers)))
        return
    if not asked.boundaries.is_dir():
        command = ["-m", "petarawan", "boundaries", "build", "--province", "all", "--out", str(asked.boundaries)]
        subprocess.run([sys.executable, *command], check=True, cwd=ROOT)
    Console(width=200).print(_table({name: _apart(name, asked) for name in asked.jobs}))


def _apart(name: str, asked: argparse.Namespace) -> dict[str, object]:
    more = [] if asked.workers is None or JOBS[name].engine == "local" else ["--workers", str(asked.workers)]
    words = [sys.executable, "-m", "benchmarks.national", name, "--here", "--boundaries", str(asked.boundaries), *more]
    return dict(json.loads(subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout))


def _table(done: dict[str, dict[str, object]]) -> Table:
    """One line a job: seconds of grid and of factors with scores (what the aim is about), peak, bytes a cell, equality."""
    table = Table(title="petarawan / national")
    steps = ("boundaries", "grid", "records", "factors")
    timed = [f"{step} s (cpu)" for step in (*steps, "grid + factors")]
    for column in ("job", "cells", *timed, "all cpu s", "peak GB", "worker GB", "bytes/cell", "bits"):
        table.add_column(column, justify="left" if column in ("job", "bits") else "right")
    for name, found in done.items():
        seconds, cells, peak = found["seconds"], found["cells"], found["peak"]
        number: Callable[[object, float], str] = lambda value, unit: f"{float(value) / unit:.1f}"  # type: ignore[arg-type]  # noqa: E731
        alike = [other for other in done if other != name and other.removesuffix("-dask") == name.removesuffix("-dask")]
        equal = ["equal" if done[other]["digest"] == found["digest"] else "DIFFERENT" for other in alike]
        table.add_row(
            name,
            f"{cells:,}",
            *(f"{seconds[step][0]:.1f} ({seconds[step][1]:.1f})" for step in steps),  # type: ignore[index]
            f"{seconds['grid'][0] + seconds['factors'][0]:.1f} ({seconds['grid'][1] + seconds['factors'][1]:.1f})",  # type: ignore[index]
            number(found["cpu"], 1),
            number(peak, 1e9),
            number(found["worker_peak"], 1e9) if name.endswith("dask") else "",
            f"{float(peak) / float(cells):.0f}",  # type: ignore[arg-type]
            ", ".join(equal),
        )
    return table


if __name__ == "__main__":
    main()
