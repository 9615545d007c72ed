"""1,000,000 incident rows from a CSV into a register: seconds, rows a second and peak memory of the process; then the village race.

`python -m benchmarks.import_million [ROWS]`. The rows are invented: seeded points near random cells of Kaltim, half of them in towns.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks import ground, import_villages
from benchmarks.race import run

_KINDS = ("Bentrok antarwarga", "Unjuk rasa", "Sengketa lahan", "Penolakan tambang", "Pencurian", "Intimidasi")
_CHILD = """
import gc, json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from intake.importer import import_file
gc.set_threshold(100_000, 20, 20)  # as petarawan import does
start = time.perf_counter()
report = import_file(Path(sys.argv[1]), "incidents", Path(sys.argv[2]), who="bench", now=datetime.now(UTC))
wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
line = report.line
print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024,
    "rows": line.rows_in, "accepted": line.accepted, "quarantined": line.quarantined, "duplicates": line.duplicates}))
"""


def write_rows(path: Path, n: int) -> None:
    """Dates of ten years in no order, six kinds, points, casualties and a text of its own for every row."""
    lon, lat = ground.points(n, 7)
    rng = random.Random(3)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["tanggal", "jenis", "bujur", "lintang", "meninggal", "luka", "uraian", "sumber"])
        for i in range(n):
            day = date(2015, 1, 1) + timedelta(days=rng.randrange(3_600))
            told = f"Kejadian nomor {i} di RT {rng.randint(1, 40)}, {rng.randint(1, 500)} orang"
            people = (rng.choice(("0", "", "1")), rng.choice(("0", "2", "")))
            writer.writerow(
                [
                    f"{day:%d/%m/%Y}",
                    rng.choice(_KINDS),
                    f"{lon[i]:.5f}",
                    f"{lat[i]:.5f}",
                    *people,
                    told,
                    "Laporan warga",
                ]
            )


def main(n: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder, path = Path(home) / "ruang", Path(home) / "kejadian.csv"
        folder.mkdir()
        (folder / "petarawan.toml").write_text('title = "Bench"\narea = ["64"]\nas_of = 2024-12-31\n', encoding="utf-8")
        write_rows(path, n)
        print(f"{n:,} rows, {path.stat().st_size / 1e6:.0f} MB of CSV")
        for name in ("import", "the same file again"):
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _CHILD, str(folder), str(path)], capture_output=True, text=True, check=True
            )
            took, told = time.perf_counter() - start, json.loads(done.stdout)
            assert told["accepted"] + told["quarantined"] + told["duplicates"] == told["rows"] == n
            print(
                f"{name}: {took:.1f} s ({told['cpu']:.1f} s CPU), {n / took:,.0f} rows/s, peak {told['mb']:.0f} MB; "
                f"accepted {told['accepted']:,}, quarantined {told['quarantined']:,}, repeated {told['duplicates']:,}"
            )
        print(f"register: {(folder / 'register.db').stat().st_size / 1e6:.0f} MB")
    result = run(import_villages.race())
    print(
        f"village of 1,000,000 points: {result.ours_s:.3f} s, geopandas sjoin {result.theirs_s:.3f} s, {result.ratio:.1f}x"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
