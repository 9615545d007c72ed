"""Helpers of the import tests: a workspace, small files, and a clerk who mends a quarantine workbook."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from intake.importer import import_file
from intake.report import Report
from store.register import ACCEPTED, Register

NOW = datetime(2024, 11, 20, 3, 0, tzinfo=UTC)
HEAD = ("tanggal", "jenis", "kecamatan", "desa", "korban meninggal", "uraian")
Row = Sequence[object]


def workspace(folder: Path, area: str = "64.74") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "petarawan.toml").write_text(f'title = "Uji"\narea = ["{area}"]\nresolution = 7\nas_of = 2024-12-31\n')
    return folder


def rows(n: int, first: int = 0) -> list[Row]:
    """Good rows, no two alike."""
    places = (("Bontang Utara", "Bontang Kuala"), ("Bontang Selatan", "Berbas Tengah"), ("Bontang Utara", "Loktuan"))
    kinds = ("bentrok", "sengketa lahan", "unjuk rasa", "pencurian")
    made: list[Row] = []
    for i in range(first, first + n):
        kecamatan, desa = places[i % 3]
        day = f"{1 + i % 28}/{1 + i // 28 % 12}/{2020 + i % 4}"
        made.append((day, kinds[i % 4], kecamatan, desa, i % 3, f"Kejadian ke-{i} di RT {i % 40}, {i * 7 % 311} orang"))
    return made


def csv_file(path: Path, lines: Iterable[Row], head: Row = HEAD) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([head, *lines])
    return path


def bring(folder: Path, path: Path, kind: str = "incidents", **more: Any) -> Report:
    return import_file(folder, kind, path, **{"who": "Uji", "now": NOW, **more})


def counts(report: Report) -> tuple[int, int, int, int]:
    line = report.line
    assert line.rows_in == line.accepted + line.quarantined + line.duplicates
    return line.rows_in, line.accepted, line.quarantined, line.duplicates


def ledger(register: Register, kind: str = "incidents") -> list[tuple[Any, ...]]:
    """Everything the register holds of a kind and what became of every row, without the moments it was written."""
    records = [
        (v.key, v.version, v.import_id, v.row, v.known_on, v.verification, sorted(v.content.items(), key=str))
        for v in register.reports(kind=kind, limit=None)
    ]
    lines = [
        (
            x.id,
            x.state,
            x.rows_in,
            x.accepted,
            x.quarantined,
            x.duplicates,
            x.records,
            x.revised,
            sorted(x.reasons.items()),
        )
        for x in register.imports()
    ]
    kept = [
        (x.id, outcome, row.number, row.row, row.key, row.code, row.raw)
        for x in register.imports()
        for outcome in (ACCEPTED, "quarantined", "duplicate")
        for row in register.import_rows(x.id, outcome, 0, 10_000_000)
    ]
    pairs = [(x.id, pair) for x in register.imports() for pair in register.possible(x.id)]
    return [sorted(records, key=str), sorted(lines), sorted(kept, key=str), sorted(pairs, key=str)]  # type: ignore[list-item]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def sheet_of(path: Path) -> list[list[Any]]:
    """All cells of a workbook's first sheet."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def mend(path: Path, out: Path, change: Callable[[int, dict[str, Any]], Mapping[str, Any] | None]) -> int:
    """Save the workbook again as a person does: `change` gets the original row and the cells, and gives new cells or None to delete.

    Returns how many rows were kept.
    """
    head, *lines = sheet_of(path)
    origin = next(i for i, text in enumerate(head) if str(text).startswith("Baris asal"))
    book = xlsxwriter.Workbook(str(out), {"strings_to_formulas": False})
    sheet = book.add_worksheet("Sheet1")
    sheet.write_row(0, 0, head)
    kept = 0
    for cells in lines:
        given = dict(zip(head, cells, strict=True))
        row = int(str(cells[origin]).rpartition("!")[2])
        new = change(row, given)
        if new is None:
            continue
        kept += 1
        for column, title in enumerate(head):
            value = {**given, **new}[title]
            if value != "":
                (sheet.write_string if isinstance(value, str) else sheet.write)(kept, column, value)
    book.close()
    return kept
