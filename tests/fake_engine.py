"""An engine the upload tests can steer: the upload is a JSON order that says how many rows there are and what goes wrong.

{"rows": n, "bad": m, "pause": seconds per row, "hang": true, "eat": true, "die": signal, "error": code, "leave": true, "missing": [...]}
"in": "read" or "import" says in which step it goes wrong (both unless said). Rows are entered into fake.db, one transaction each.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
import time
from typing import Any

from core.errors import InputError, Place
from core.words import Phrase
from intake.child import Order, Tell


def read(order: Order, tell: Tell) -> dict[str, Any]:
    told = _told(order)
    _trouble(told, "read")
    for number in range(told["rows"]):
        time.sleep(told.get("pause", 0))
        tell(number + 1, told["rows"])
    bad = told.get("bad", 0)
    rows = [
        {
            "number": n, "row": n + 1, "sheet": None, "cells": {"tanggal": f"2024-01-{n:02d}", "x": "<img onerror=1>"},
            "reason": None, "duplicate_of": None, "kode": "64.74.01", "place": "Bontang Utara", "precision": "district",
            "lon": 117.5, "lat": 0.1, "occurred_on": None, "title": {"phrase": "closed.kind.riot", "params": {}},
        }
        for n in range(1, told["rows"] + 1)
    ]  # fmt: skip
    for row in rows[:bad]:
        row["reason"] = {"code": "R_NAME_UNKNOWN", "params": {"proposals": "Loktuan"}, "column": "x", "value": "Lok"}
    found = {
        "proposals": [{"kind": "incidents", "reader": "table", "score": 0.9, "why": None}],
        "headers": [{"header": "tanggal", "samples": ["2024-01-01"]}, {"header": "x", "samples": []}],
        "mapping": [
            {"field": "tanggal", "required": True, "header": "tanggal", "sure": True, "proposals": []},
            {"field": "jenis", "required": True, "header": None, "sure": False, "proposals": []},
        ],
        "options": dict(order.job.options),
        "reasons": {"R_NAME_UNKNOWN": bad} if bad else {},
        "warnings": [{"code": "KIND", "params": {"rows": 2}}],
    }
    (order.out / "preview.json").write_text(json.dumps(found))
    parts = {
        "accepted": {"total": told["rows"] - bad, "rows": rows[bad:][:50]},
        "quarantined": {"total": bad, "rows": rows[:bad][:50]},
    }
    (order.out / "rows.json").write_text(json.dumps(parts))
    if bad:
        (order.out / "quarantine.xlsx").write_bytes(b"PK of " + order.job.file.encode())
    return {"counts": _counts(told), "possible": 0, "missing": told.get("missing", []), "reader": "table"}


def enter(order: Order, tell: Tell) -> dict[str, Any]:
    told = _told(order)
    database = sqlite3.connect(order.workspace / "fake.db", isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("create table if not exists entered (job text, number int, who text, primary key (job, number))")
    for number in range(1, told["rows"] - told.get("bad", 0) + 1):
        if number == told["rows"] // 2 + 1:
            _trouble(told, "import")
        database.execute("insert or ignore into entered values (?, ?, ?)", (order.job.id, number, order.job.who))
        time.sleep(told.get("pause", 0))
        tell(number, told["rows"])
    database.close()
    return {"counts": _counts(told), "possible": 0}


def _told(order: Order) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(order.upload.read_bytes())
    return told


def _counts(told: dict[str, Any]) -> dict[str, int]:
    bad = told.get("bad", 0)
    return {"rows_in": told["rows"], "accepted": told["rows"] - bad, "quarantined": bad, "duplicates": 0}


def _trouble(told: dict[str, Any], step: str) -> None:
    if told.get("in", step) != step:
        return
    if told.get("leave"):
        with tempfile.NamedTemporaryFile(delete=False) as left:
            left.write(b"left behind")
        assert "/jobs/" in left.name
    if told.get("hang"):
        subprocess.Popen(["sleep", "1000.25"])  # a grandchild that must not stay behind
        time.sleep(1000)
    if told.get("eat"):
        held = bytearray(1 << 40)
        assert held
    if "die" in told:
        os.kill(os.getpid(), told["die"])
    if told.get("bug"):
        raise ValueError("Pak Budi, NIK 6474010101800001")
    if "error" in told:
        raise InputError(told["error"], place=Place(file="/secret/place/upload.csv", row=3), detail=Phrase("os.ENOENT"))
