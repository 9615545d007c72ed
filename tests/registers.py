"""Rows and drafts for tests of the register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.report import Report
from store.register import ImportDraft, NewRow, QuarantinedRow

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # 11.00 WITA
TODAY = date(2026, 11, 24)
HAPPENED = date(2024, 3, 1)
WHO, WHY = "Ani", "telepon warga"


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)


def draft(id_: str = "impor-1", kind: str = "incidents", **changes: Any) -> ImportDraft:
    given: dict[str, Any] = {
        "id": id_,
        "kind": kind,
        "reader": "table",
        "file": f"{id_}.xlsx",
        "sha256": "0" * 64,
        "profile": None,
        "who": "Budi",
        "name": id_,
        "licence": "",
        "attribution": "",
        "mapping": {"tanggal": "Tgl Kejadian"},
    }
    return ImportDraft(**{**given, **changes})


def incident(**changes: Any) -> dict[str, Any]:
    return {
        "occurred_on": HAPPENED,
        "date_precision": "day",
        "kind": "riot",
        "conflict_source": None,
        "severity": 0.8,
        "deaths": None,
        "injured": 2,
        "how_known": "reported",
        "precision": "village",
        "kode": "64.74.01.1001",
        "lon": None,
        "lat": None,
        "text": "Ribut di pasar",
        **changes,
    }


def new(number: int, content: Mapping[str, Any] | None = None, **changes: Any) -> NewRow:
    content = content or incident()
    given: dict[str, Any] = {
        "number": number,
        "row": number + 1,
        "key": f"k{number:04}",
        "fingerprint": f"f{number:04}",
        "content": content,
        "kode": content["kode"],
        "occurred_on": content.get("occurred_on"),
        **changes,
    }
    return NewRow(**given)


def held(number: int, code: str = "R_DATE", **changes: Any) -> QuarantinedRow:
    given: dict[str, Any] = {
        "number": number,
        "row": number + 1,
        "code": code,
        "column": "tanggal",
        "value": "31 Februari 2024",
        "params": {"counted": "3"},
        "raw": {"Tgl Kejadian": "31 Februari 2024"},
        "sheet": "Kejadian",
    }
    return QuarantinedRow(**{**given, **changes})


def report(**changes: Any) -> Report:
    given: dict[str, Any] = {"occurred_on": HAPPENED, "kind": "riot", "kode": "64.74.01"}
    return Report(**{**given, **changes})


def site(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Galian Sungai Batu",
        "kind": "galian_c",
        "permit": "illegal",
        "stage": "operating",
        "valid_from": date(2023, 1, 1),
        "valid_to": None,
        "precision": "exact",
        "kode": "64.74.01.1001",
        "lon": 117.49,
        "lat": 0.13,
        **changes,
    }
