"""Uploads with the real importer and the real register: what a clerk sends in, looks at, confirms, and finds again."""

from __future__ import annotations

import hashlib
import random
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.words import catalogue
from geo.sources import registry
from intake import jobs, showing
from intake.consumer import Worker
from intake.desk import Desk, open_desk
from store.register import open_existing
from tests.cli_client import ROWS, fill
from tests.desk_client import NOW, children_of, consumer, running, server, until
from tests.places import ROOT

REAL = ("--engine", "intake.engine")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def send(desk: Desk, name: str, content: bytes, kind: str = "incidents", profile: str | None = None) -> str:
    draft = desk.begin(kind, name, profile, len(content))
    draft.path.write_bytes(content)
    desk.submit(draft, kind, name, profile, len(content), hashlib.sha256(content).hexdigest(), NOW)
    return draft.id


def many(rows: int, wrong: int, seed: int = 1) -> bytes:
    """Incidents of Bontang, `wrong` of them without a usable date, no two alike."""
    rng = random.Random(seed)
    bad = set(rng.sample(range(rows), wrong))
    lines = ["tanggal,jenis,kecamatan,desa,korban luka,uraian"]
    for i in range(rows):
        day = "31/02/2024" if i in bad else (date(2020, 1, 1) + timedelta(days=i % 1500)).strftime("%d-%m-%Y")
        lines.append(f"{day},bentrok,Bontang Utara,Bontang Kuala,{i % 7},nomor {i}")
    return "\n".join(lines).encode()


def records(workspace: Path) -> list[str]:
    register = open_existing(workspace)
    assert register is not None
    with register:
        return [version.key for version in register.each()]


def adds_up(counts: dict[str, int] | None, rows: int) -> None:
    assert counts is not None
    assert counts["rows_in"] == counts["accepted"] + counts["quarantined"] + counts["duplicates"] == rows


@pytest.mark.slow
def test_a_table_is_mapped_confirmed_mended_and_known_again(tmp_path: Path) -> None:
    workspace = fill(tmp_path)
    desk, work = open_desk(workspace), Worker(workspace)
    job = send(desk, "Kejadian 2024 (baru).csv", ROWS.replace("jenis", "apa yang terjadi").encode())
    work.work(job)
    told = desk.status(job, "id")
    assert (told["state"], told["missing"], told["counts"]) == ("ready", ("jenis",), None) and "confirm" not in told[
        "can"
    ]
    assert [item["header"] for item in told["headers"]][:2] == ["tanggal", "apa yang terjadi"]
    assert told["headers"][1]["samples"][0] == "bentrok"
    fields = {item["field"]: item for item in told["mapping"]}
    assert fields["tanggal"]["sure"] and not fields["jenis"]["sure"] and fields["jenis"]["label"] == "Jenis"
    columns = {name: item["header"] for name, item in fields.items()} | {"jenis": "apa yang terjadi", "desa": None}
    desk.remap(job, columns, {}, None, None, NOW, "id")
    work.work(job)
    told = desk.status(job, "id")
    adds_up(told["counts"], 3)
    assert told["counts"]["accepted"] == 2 and told["quarantine"]
    [wrong] = desk.rows(job, "quarantined", 0, 10, "id")["rows"]
    assert (wrong["row"], wrong["reason"]["column"], wrong["reason"]["value"]) == (4, "tanggal", "31 Februari 2024")
    good = desk.rows(job, "accepted", 0, 10, "id")["rows"]
    assert [row["precision"] for row in good] == ["district", "district"]  # its column `desa` is not used
    assert all(row["lon"] and row["place"].endswith("Kota Bontang") and row["title"] for row in good)
    assert not (workspace / "register.db").exists()  # nothing is entered before it is confirmed
    desk.confirm(job, "Siti Aminah", "kesbangpol", told["revision"], NOW, "id")
    work.work(job)
    told = desk.status(job, "id")
    assert told["state"] == "done" and len(records(workspace)) == 2
    adds_up(told["counts"], 3)
    [line] = desk.overview("id")["imports"]
    assert (line["file"], line["who"], line["counts"]) == ("Kejadian 2024 (baru).csv", "Siti Aminah", told["counts"])
    assert desk.profiles() == [{"name": "kesbangpol", "kind": "incidents"}]
    # fault 20: the same file again adds nothing, and it is said before anybody confirms it
    again = send(desk, "lain.csv", ROWS.replace("jenis", "apa yang terjadi").encode(), profile="kesbangpol")
    work.work(again)
    told = desk.status(again, "id")
    assert told["counts"] == {"rows_in": 3, "accepted": 0, "quarantined": 1, "duplicates": 2}
    [first, _] = desk.rows(again, "duplicate", 0, 10, "id")["rows"]
    assert "baris 2" in first["duplicate_of"]["label"] and "Kejadian 2024" in first["duplicate_of"]["label"]
    # The quarantine file, mended, imports to nothing quarantined.
    workbook, _ = desk.quarantine(job)
    mended = mend(workbook, tmp_path / "mended.xlsx")
    job = send(desk, "karantina.xlsx", mended)
    work.work(job)
    told = desk.status(job, "id")
    assert told["counts"] == {"rows_in": 1, "accepted": 1, "quarantined": 0, "duplicates": 0}, told
    desk.confirm(job, "Siti Aminah", None, None, NOW, "id")
    work.work(job)
    assert desk.status(job, "id")["state"] == "done" and len(records(workspace)) == 3


def mend(workbook: bytes, path: Path) -> bytes:
    """The workbook with the faulty date written right, as a clerk would in Excel."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    path.write_bytes(workbook)
    book = CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    with xlsxwriter.Workbook(str(path)) as out:
        sheet = out.add_worksheet(book.sheet_names[0])
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, "28 Februari 2024" if cell == "31 Februari 2024" else cell)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("kosong.csv", b"", "E_EMPTY"),
        ("rusak.xlsx", b"PK\x03\x04 nothing of the kind", "E_BROKEN"),
        ("vrt.geojson", b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTDataSource>", ""),
        ("gambar.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 200, ""),
    ],
)
def test_a_file_that_is_no_table_fails_with_its_reason(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    workspace = fill(tmp_path)
    desk = open_desk(workspace)
    job = send(desk, name, content)
    Worker(workspace).work(job)
    told = desk.status(job, "id")
    assert told["state"] == "failed" and told["error"]["code"].startswith(code or "E_"), told["error"]
    assert "root:" not in str(told) and str(tmp_path) not in str(told) and "/jobs/" not in str(told["error"])
    assert told["error"]["code"] not in ("E_JOB_DIED", "E_JOB_MEMORY")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_fault_123_kill_9_while_reading_and_while_importing(tmp_path: Path, seed: int) -> None:
    workspace = fill(tmp_path)
    desk, rng = open_desk(workspace), random.Random(seed)
    rows, wrong = 40_000, 400
    job = send(desk, "banyak.csv", many(rows, wrong))

    def killed_at_random() -> None:
        with consumer(workspace, *REAL) as process:
            while not children_of(process.pid) and jobs.load(workspace, job).state in (
                "uploaded",
                "reading",
                "importing",
            ):
                time.sleep(0.02)
            time.sleep(rng.uniform(0.2, 6))
            process.kill()
            process.wait()
        time.sleep(0.5)
        assert not running(workspace, "intake.child")

    for _ in range(2):
        killed_at_random()
    with consumer(workspace, *REAL):
        adds_up(until(workspace, job, "ready", seconds=120).counts, rows)
    desk.confirm(job, "Siti", None, None, NOW, "id")
    for _ in range(3):
        killed_at_random()
    with consumer(workspace, *REAL):
        done = until(workspace, job, "done", seconds=120)
    assert done.counts == {"rows_in": rows, "accepted": rows - wrong, "quarantined": wrong, "duplicates": 0}
    found = records(workspace)
    assert len(found) == len(set(found)) == rows - wrong
    assert sorted(path.name for path in (workspace / "jobs" / job).iterdir()) == [
        "job.json", "preview.json", "quarantine.xlsx", "rows.json"
    ]  # fmt: skip


@pytest.mark.slow
def test_the_whole_way_over_http(published: Path) -> None:
    with server(published, *REAL, desk="intake.desk:open_desk") as url, httpx.Client(base_url=url) as http:
        begin = time.monotonic()
        sent = http.post(
            "/api/imports?kind=incidents&name=kejadian.csv",
            content=many(5_000, 40),
            headers={"content-type": "application/octet-stream"},
        ).json()
        assert jobs.load(published, sent["job"]).size == len(many(5_000, 40))
        ready = poll(http, sent["href"], "ready")
        adds_up(ready["counts"], 5_000)
        http.post(f"{sent['href']}/confirm", json={"who": "Siti", "revision": ready["revision"]}).raise_for_status()
        done = poll(http, sent["href"], "done")
        adds_up(done["counts"], 5_000)
        assert http.get("/api/imports").json()["imports"][0]["counts"] == done["counts"]
        assert http.get(done["quarantine"]).content[:2] == b"PK"
        assert time.monotonic() - begin < 60


def poll(http: httpx.Client, href: str, *states: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        told: dict[str, Any] = http.get(href).json()
        if told["state"] in states:
            return told
        assert told["state"] != "failed", told["error"]
        time.sleep(0.2)
    raise AssertionError(told)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_field_kind_and_reader_has_words(lang: str) -> None:
    words = catalogue(lang)
    for kind in showing.KINDS:
        assert f"upload.kind.{kind}" in words
        for reader in registry.READERS[kind]:
            assert f"upload.reader.{reader}" in words, reader
            for field in registry.spec(kind, reader).fields:
                assert {f"field.{field.key}", f"upload.field.{field.key}"} & words.keys(), (reader, field.key)
