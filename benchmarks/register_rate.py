"""How fast the register takes and gives rows, and how large it gets: `python -m benchmarks.register_rate [ROWS [ADDRESS]]`.

No race: nobody else keeps versions, two times and a ledger. Rows are as an import makes them, 20,000 to a transaction, each with its own
fingerprint; on SQLite with WAL and synchronous=FULL.
"""

from __future__ import annotations

import hashlib
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from store.register import Filter, ImportDraft, NewRow, Register, open_register

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BATCH = 20_000
TEXT = "Warga desa menolak kegiatan tambang di dekat sungai dan melapor ke kantor camat."


def rows(first: int, last: int, rng: random.Random) -> list[NewRow]:
    """Incidents of ten years in Kutai Timur, each at a point, with 80 letters of text."""
    made = []
    for number in range(first, last + 1):
        day = date(2015, 1, 1) + timedelta(days=rng.randrange(3600))
        kode = f"64.08.{rng.randrange(1, 19):02}.{2000 + rng.randrange(1, 15)}"
        content = {
            "occurred_on": day, "date_precision": "day", "kind": "riot", "severity": 0.8, "injured": rng.randrange(3),
            "how_known": "reported", "precision": "exact", "kode": kode, "lon": 117 + rng.random(), "lat": rng.random(), "text": TEXT,
            "source_name": "Polsek",
        }  # fmt: skip
        mark = hashlib.blake2b(str(number).encode(), digest_size=12).hexdigest()
        made.append(NewRow(number, number + 1, f"impor:{number:07}", mark, content, kode, day, flags=()))
    return made


def fill(register: Register, count: int) -> tuple[float, float]:
    """Seconds of the clock and of the processor that writing took; making the rows is not counted."""
    register.begin_import(ImportDraft("impor", "incidents", "table", "a.csv", "0", None, "-", "a", "", ""), NOW)
    rng = random.Random(1)
    clock = work = 0.0
    for first in range(1, count + 1, BATCH):
        batch = rows(first, min(count, first + BATCH - 1), rng)
        start, busy = time.perf_counter(), time.process_time()
        register.add_batch("impor", batch, NOW)
        clock, work = clock + time.perf_counter() - start, work + time.process_time() - busy
    register.finish_import("impor", count, [], NOW)
    return clock, work


def main(count: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder, open_register(Path(folder), url) as register:
        clock, work = fill(register, count)
        print(
            f"{count:,} rows in {clock:.1f} s = {count / clock:,.0f} rows/s ({count / work:,.0f} per second of this process's work)"
        )
        file = Path(folder) / "register.db"
        if file.exists():
            print(
                f"{sum(p.stat().st_size for p in Path(folder).iterdir()) / count:.0f} bytes a row on disk, the log included"
            )
        start = time.perf_counter()
        known = sum(1 for _ in register.known("incidents", NOW.date()))
        print(f"known as of today: {known:,} rows in {time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        register.reports(Filter(kode="64.08.01"))
        print(f"a page of 100: {1000 * (time.perf_counter() - start):.0f} ms")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, sys.argv[2] if len(sys.argv) > 2 else None)
