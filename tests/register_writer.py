"""A writer for tests that kill it: `python -m tests.register_writer FOLDER URL|- ROWS BATCH` imports rows and says each batch kept."""

from __future__ import annotations

import sys
from pathlib import Path

from store.register import open_register
from tests.registers import NOW, draft, held, incident, new


def main(folder: str, url: str, rows: int, size: int) -> None:
    with open_register(Path(folder), None if url == "-" else url) as register:
        print("open", flush=True)
        line = register.begin_import(draft(), NOW)
        for start in range(1, rows + 1, size):
            numbers = range(start, min(rows, start + size - 1) + 1)
            items = [held(n) if n % 10 == 0 else new(n, incident(deaths=n)) for n in numbers]
            register.add_batch(line.id, items, NOW)
            print(numbers[-1], flush=True)
        register.finish_import(line.id, rows, [], NOW)
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
