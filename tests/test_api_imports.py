"""Files over HTTP: only from our own page, never too much, never half, and every answer a document with a stable code."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from api import uploads
from intake import jobs
from intake.desk import Desk, Limits
from tests.api_client import Client, client, published
from tests.desk_client import NOW, orders, running, send_in, server, small_desk, worker
from tests.places import ROOT

FILE = {"content-type": "application/octet-stream"}
SEND = "/api/imports?kind=incidents&name=kejadian.csv"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Client]:
    with client(tmp_path, desk=small_desk) as made:
        yield made


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    workspace = tmp_path_factory.mktemp("workspace")
    published(workspace)
    with server(workspace, "--engine", "tests.fake_engine", "--memory", str(1 << 30), "--seconds", "3") as url:
        yield url.rstrip("/"), workspace


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told: dict[str, Any] = answer.json()
    assert told["code"] == code, told
    assert told["detail"] and told["hint"] and not re.search(r"\{[a-z]*\}", told["detail"])
    assert answer.headers["cache-control"] == "no-store"
    return told


def on_disk(workspace: Path) -> list[str]:
    home = workspace / "jobs"
    return sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def until(url: str, *states: str, seconds: float = 20) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        told: dict[str, Any] = httpx.get(url).json()
        if told["state"] in states:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_a_file_from_the_page_to_the_register(live: tuple[str, Path]) -> None:
    url, _ = live
    with httpx.Client(base_url=url, headers={"sec-fetch-site": "same-origin", "origin": url}) as http:
        _from_the_page(url, http)


def _from_the_page(url: str, http: httpx.Client) -> None:
    sent = http.post(SEND, content=orders(rows=8, bad=3), headers=FILE)
    assert sent.status_code == 202 and sent.headers["location"] == sent.json()["href"]
    href = sent.json()["href"]
    told = until(url + href, "ready")
    assert told["counts"] == {"rows_in": 8, "accepted": 5, "quarantined": 3, "duplicates": 0}
    rows = http.get(f"{href}/rows?outcome=quarantined&offset=1&limit=1").json()
    assert (rows["total"], len(rows["rows"]), rows["rows"][0]["number"]) == (3, 1, 2)
    assert rows["rows"][0]["cells"]["x"] == "<img onerror=1>"  # fault 90: data, as text
    workbook = http.get(f"{href}/quarantine.xlsx")
    assert workbook.content == b"PK of kejadian.csv" and "attachment" in workbook.headers["content-disposition"]
    again = http.put(f"{href}/mapping", json={"columns": {"tanggal": "tanggal", "jenis": "x"}})
    assert (again.status_code, again.json()["revision"]) == (202, 2)
    until(url + href, "ready")
    refused(http.post(f"{href}/confirm", json={"who": "Siti", "revision": 1}), 409, "E_JOB_CHANGED")
    assert http.post(f"{href}/confirm", json={"who": "Siti Aminah", "revision": 2}).status_code == 202
    told = until(url + href, "done")
    assert told["can"] == ["cancel"] and told["state_label"] == "Selesai dicatat"
    listed = http.get("/api/imports").json()
    assert href in [job["href"] for job in listed["jobs"]] and "headers" not in listed["jobs"][0]
    assert {"incidents", "tps", "sites", "posts"} == {kind["value"] for kind in listed["kinds"]}
    refused(http.post(f"{href}/confirm", json={"who": "Siti"}), 409, "E_JOB_STATE")
    assert http.delete(href).status_code == 204
    refused(http.get(href), 404, "E_NO_JOB")
    assert all(answer.headers["cache-control"] == "no-store" for answer in (sent, again, workbook))


def test_fault_089_the_server_lives_while_jobs_die(live: tuple[str, Path]) -> None:
    url, workspace = live
    for told, code in (({"eat": True}, "E_JOB_MEMORY"), ({"hang": True, "leave": True}, "E_JOB_TIME")):
        href = httpx.post(url + SEND, content=orders(**told), headers=FILE).json()["href"]
        answered = 0
        while httpx.get(url + href).json()["state"] in ("uploaded", "reading"):
            assert httpx.get(f"{url}/api/areas", timeout=5).status_code == 200
            answered += 1
            time.sleep(0.1)
        failed = httpx.get(url + href).json()
        assert (failed["state"], failed["error"]["code"], failed["error"]["limit"]) == ("failed", code, True)
        assert answered and not (workspace / "jobs" / failed["id"] / "tmp").exists()
        assert httpx.delete(url + href).json()["state"] == "cancelled"
    assert not running(workspace, "sleep 1000.25") and not running(workspace, "intake.child")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://localhost:9999"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "file://"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://localhost", "sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
def test_writes_from_a_page_of_another_site_are_refused(
    api: Client, tmp_path: Path, headers: dict[str, str], method: str
) -> None:
    for path in (SEND, "/api/imports/0000000000000000", "/api/imports/0000000000000000/mapping", "/api/areas"):
        refused(api.get(path, method, headers={**FILE, **headers}, content=orders()), 403, "E_ORIGIN")
    assert not on_disk(tmp_path)


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/json",
        "application/octet-stream-x",
    ],
)
def test_bodies_that_a_form_can_send_are_refused(api: Client, tmp_path: Path, media: str | None) -> None:
    headers = {} if media is None else {"content-type": media}
    refused(api.get(SEND, "POST", headers=headers, content=orders()), 415, "E_MEDIA")
    if media != "application/json":
        job = send_in(tmp_path)
        for path, method in ((f"/api/imports/{job}/confirm", "POST"), (f"/api/imports/{job}/mapping", "PUT")):
            refused(api.get(path, method, headers=headers, content=b'{"who":"x"}'), 415, "E_MEDIA")
        packed = {"content-type": "application/json", "content-encoding": "gzip"}
        refused(api.get(f"/api/imports/{job}/confirm", "POST", headers=packed, content=b"x"), 415, "E_MEDIA")


def test_fault_106_a_body_in_chunks_is_refused_while_it_comes(live: tuple[str, Path]) -> None:
    url, workspace = live
    before = on_disk(workspace)
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 80), timeout=10) as line:
        head = f"POST {SEND} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\n"
        line.sendall(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        answer, sent = b"", 0
        line.settimeout(0.02)
        while sent < 64 << 20 and not answer:  # the limit is 1 MiB; nobody asks for the rest
            try:
                line.sendall(chunk)
                sent += 65536
                answer = line.recv(4096)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
        if answer:
            assert b" 413 " in answer.split(b"\r\n")[0]
        assert sent < 16 << 20
    with socket.create_connection((address.host, address.port or 80), timeout=10) as line:
        line.sendall(f"{head}content-length: {1 << 40}\r\n\r\n".encode())
        assert b" 413 " in line.recv(4096).split(b"\r\n")[0]  # before a single byte of it
    assert on_disk(workspace) == before


def test_fault_106_in_this_process(api: Client, tmp_path: Path) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 65536
            yield b"x" * 65536

    told = refused(api.get(SEND, "POST", headers=FILE, content=endless()), 413, "E_UPLOAD_LARGE")
    assert "1 MiB" in told["detail"] and given <= (1 << 20) + 65536
    assert not on_disk(tmp_path)


def test_fault_105_a_silent_or_endless_sender_is_let_go(
    api: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dribble(pause: float) -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"x"
            await asyncio.sleep(pause)

    monkeypatch.setattr(uploads, "QUIET", 0.1)
    refused(api.get(SEND, "POST", headers=FILE, content=dribble(5)), 408, "E_UPLOAD_SLOW")
    monkeypatch.setattr(uploads, "UPLOAD_TIME", 0.3)
    refused(api.get(SEND, "POST", headers=FILE, content=dribble(0.02)), 408, "E_UPLOAD_SLOW")
    assert not on_disk(tmp_path)


@pytest.mark.parametrize("framing", ["content-length: 500000", "transfer-encoding: chunked"])
def test_fault_105_an_upload_that_breaks_off_leaves_nothing(live: tuple[str, Path], framing: str) -> None:
    url, workspace = live
    before = on_disk(workspace)
    address = httpx.URL(url)
    for part in (b"", b"x" * 1000, b"x" * 200_000):
        line = socket.create_connection((address.host, address.port or 80), timeout=10)
        head = f"POST {SEND} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/octet-stream\r\n{framing}\r\n\r\n"
        body = part if "length" in framing else f"{len(part):x}\r\n".encode() + part + b"\r\n" if part else b""
        line.sendall(head.encode() + body)
        end = time.monotonic() + 5
        while on_disk(workspace) == before and time.monotonic() < end:
            time.sleep(0.01)
        line.close()
        end = time.monotonic() + 5
        while on_disk(workspace) != before:
            assert time.monotonic() < end, on_disk(workspace)
            time.sleep(0.02)
    assert httpx.get(f"{url}/healthz").status_code == 200


def test_an_upload_of_nothing_or_less_than_it_said(api: Client, tmp_path: Path) -> None:
    refused(api.get(SEND, "POST", headers=FILE, content=b""), 400, "E_UPLOAD_EMPTY")
    refused(api.get(SEND, "POST", headers={**FILE, "content-length": "99"}, content=b"abc"), 400, "E_UPLOAD_BROKEN")
    for wrong in ("-1", "1e3", "x", "9" * 30):
        refused(
            api.get(SEND, "POST", headers={**FILE, "content-length": wrong}, content=b"abc"), 400, "E_UPLOAD_BROKEN"
        )
    assert not on_disk(tmp_path)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("kind=incidents", "E_PARAMETER"),
        ("name=a.csv", "E_PARAMETER"),
        ("kind=boundaries&name=a.csv", "E_CHOICE"),
        ("kind=incidents&name=", "E_PARAMETER"),
        ("kind=incidents&name=%20", "E_PARAMETER"),
        ("kind=incidents&name=a%00.csv", "E_PARAMETER"),
        ("kind=incidents&name=a%0A.csv", "E_PARAMETER"),
        ("kind=incidents&name=" + "a" * 201, "E_PARAMETER"),
        ("kind=incidents&name=a.csv&kind=tps", "E_DOUBLED_PARAMETER"),
        ("kind=incidents&name=a.csv&role=admin", "E_UNKNOWN_PARAMETER"),
        ("kind=incidents&name=a.csv&profile=../../etc", "E_CHOICE"),
        ("kind=incidents&name=a.csv&lang=xx", "E_PARAMETER"),
    ],
)
def test_fault_097_parameters_of_an_upload(api: Client, tmp_path: Path, query: str, code: str) -> None:
    refused(api.get(f"/api/imports?{query}", "POST", headers=FILE, content=orders()), 400, code)
    assert not on_disk(tmp_path)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "/etc/passwd", "C:\\x\\a.csv", "con", "a.csv/..", "<img onerror=1>", "é" * 90]
)
def test_a_file_name_is_data(api: Client, tmp_path: Path, name: str) -> None:
    sent = api.get(f"/api/imports?kind=incidents&name={quote(name, safe='')}", "POST", headers=FILE, content=orders())
    assert sent.status_code == 202
    [folder] = on_disk(tmp_path)
    assert folder == sent.json()["job"]
    files = {path.name for path in (tmp_path / "jobs" / folder).iterdir()}
    assert files <= {"job.json", "upload", "upload.csv"}
    told = api.get(sent.json()["href"]).json()
    assert told["file"]["name"] and "/" not in told["file"]["name"]


def test_a_full_desk_says_when_to_come_back(api: Client, tmp_path: Path) -> None:
    for _ in range(3):
        assert api.get(SEND, "POST", headers=FILE, content=orders()).status_code == 202
    answer = api.get(SEND, "POST", headers=FILE, content=orders())
    refused(answer, 429, "E_JOBS_FULL")
    assert int(answer.headers["retry-after"]) > 0
    for job in jobs.every(tmp_path):
        worker(tmp_path).work(job.id)
    for _ in range(2):
        assert api.get(SEND, "POST", headers=FILE, content=orders()).status_code == 202
        worker(tmp_path).work(jobs.every(tmp_path)[0].id)
    refused(api.get(SEND, "POST", headers=FILE, content=orders()), 429, "E_JOBS_FULL")  # five lie here unconfirmed
    assert api.get(f"/api/imports/{jobs.every(tmp_path)[0].id}", "DELETE").status_code == 200
    assert api.get(SEND, "POST", headers=FILE, content=orders()).status_code == 202


def test_fault_124_a_full_disk(tmp_path: Path) -> None:
    with client(tmp_path, desk=lambda home: Desk(home, Limits(spare=1 << 60))) as api:
        refused(api.get(SEND, "POST", headers=FILE, content=orders()), 507, "E_UPLOAD_DISK")
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        with client(small, desk=lambda home: Desk(home, Limits(spare=0))) as api:
            refused(api.get(SEND, "POST", headers=FILE, content=b"x" * 200_000 * 2), 507, "E_UPLOAD_DISK")
            assert not on_disk(small)
            (small / "filler").write_bytes(b"x" * 240_000)
            assert api.get(SEND, "POST", headers=FILE, content=orders(note="x" * 20_000)).status_code == 507
            (small / "filler").unlink()
            assert api.get(SEND, "POST", headers=FILE, content=orders()).status_code == 202
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "E_BODY_JSON"),
        (b"{", "E_BODY_JSON"),
        (b"\xff", "E_BODY_JSON"),
        (b'{"who":"a","who":"b"}', "E_BODY_JSON"),
        (b'{"who":NaN}', "E_BODY_JSON"),
        (b"[" * 100_000, "E_BODY_JSON"),
        (b"[]", "E_BODY"),
        (b"null", "E_BODY"),
        (b"{}", "E_BODY"),
        (b'{"who":""}', "E_BODY"),
        (b'{"who":"  "}', "E_BODY"),
        (b'{"who":5}', "E_BODY"),
        (b'{"who":"a\\u0000"}', "E_BODY"),
        (b'{"who":"' + b"a" * 400 + b'"}', "E_BODY"),
        (b'{"who":"a","role":"admin"}', "E_BODY"),
        (b'{"who":"a","save_profile":"../x"}', "E_BODY"),
        (b'{"who":"a","revision":1.5}', "E_BODY"),
        (b'{"who":"a","revision":true}', "E_BODY"),
    ],
)
def test_fault_114_bodies_of_a_confirmation(api: Client, tmp_path: Path, body: bytes, code: str) -> None:
    job = send_in(tmp_path)
    worker(tmp_path).work(job)
    told = refused(
        api.get(f"/api/imports/{job}/confirm", "POST", headers={"content-type": "application/json"}, content=body),
        400,
        code,
    )
    assert "pydantic" not in str(told)
    assert jobs.load(tmp_path, job).state == "ready"


def test_bodies_of_a_mapping(api: Client, tmp_path: Path) -> None:
    job = send_in(tmp_path)
    worker(tmp_path).work(job)
    href = f"/api/imports/{job}/mapping"
    for wrong, named in (
        ({"columns": {"nothing": "x"}}, "columns.nothing"),
        ({"columns": {"jenis": "not there"}}, "not there"),
        ({"columns": {"jenis": 5}}, "columns.jenis"),
        ({"columns": []}, "columns"),
        ({"options": {"header_row": 0}}, "header_row"),
        ({"options": {"header_row": "4"}}, "header_row"),
        ({"options": {"code_system": "x"}}, "code_system"),
        ({"options": {"zone": "UTC"}}, "zone"),
        ({"options": {"path": "/etc"}}, "path"),
        ({"state": "done"}, "state"),
        ({"columns": {f"f{n}": None for n in range(101)}}, "columns"),
    ):
        assert named in refused(api.get(href, "PUT", json=wrong), 400, "E_BODY")["detail"], wrong
    refused(api.get(href, "PUT", json={"kind": "x"}), 400, "E_CHOICE")
    refused(api.get(href, "PUT", json={"reader": "x"}), 400, "E_CHOICE")
    refused(api.get(href, "PUT", json={"columns": {"jenis": "x" * 300_000}}), 413, "E_BODY_LARGE")
    assert jobs.load(tmp_path, job).revision == 1
    assert api.get(href, "PUT", json={"kind": "sites", "reader": "table"}).json()["kind"] == "sites"
    refused(api.get(href, "PUT", json={}), 409, "E_JOB_STATE")


def test_wrong_states_and_unknown_jobs(api: Client, tmp_path: Path) -> None:
    job = send_in(tmp_path)
    for path, method, body in (
        (f"/api/imports/{job}/rows?outcome=accepted", "GET", None),
        (f"/api/imports/{job}/confirm", "POST", {"who": "a"}),
        (f"/api/imports/{job}/mapping", "PUT", {}),
    ):
        refused(api.get(path, method, json=body), 409, "E_JOB_STATE")
    refused(api.get(f"/api/imports/{job}/quarantine.xlsx"), 404, "E_NO_QUARANTINE")
    jobs.change(tmp_path, job, lambda one: replace(one, state="importing", begun=True), NOW)
    refused(api.get(f"/api/imports/{job}", "DELETE"), 409, "E_JOB_STATE")
    for name in ("0" * 16, "x", "..%2f..", "%2e%2e", "queue.db", "é", "a" * 9000):
        for path, method in (
            ("", "GET"),
            ("/rows?outcome=accepted", "GET"),
            ("/quarantine.xlsx", "GET"),
            ("", "DELETE"),
        ):
            answer = api.get(f"/api/imports/{name}{path}", method)
            assert (answer.status_code, answer.json()["code"]) in {(404, "E_NO_JOB"), (404, "E_NO_PATH")}, name
    for query, code in (
        ("", "E_PARAMETER"),
        ("?outcome=x", "E_CHOICE"),
        ("?outcome=accepted&limit=0", "E_PARAMETER"),
        ("?outcome=accepted&limit=501", "E_PARAMETER"),
        ("?outcome=accepted&offset=-5", "E_PARAMETER"),
        ("?outcome=accepted&offset=100000000000000000000", "E_PARAMETER"),
        ("?outcome=accepted&x=1", "E_UNKNOWN_PARAMETER"),
    ):
        refused(api.get(f"/api/imports/{job}/rows{query}"), 400, code)


def test_fault_101_methods_and_head(api: Client, tmp_path: Path) -> None:
    job = send_in(tmp_path)
    for path, allow in (
        ("/api/imports", "GET, HEAD, POST"),
        (f"/api/imports/{job}", "DELETE, GET, HEAD"),
        (f"/api/imports/{job}/mapping", "PUT"),
        ("/api/areas", "GET, HEAD"),
    ):
        answer = api.get(path, "PATCH")
        refused(answer, 405, "E_METHOD")
        assert answer.headers["allow"] == allow and allow in answer.json()["hint"]
    assert (
        "access-control-allow-origin" not in api.get("/api/imports", "OPTIONS", headers={"origin": "http://x"}).headers
    )
    head = api.get("/api/imports", "HEAD")
    assert head.status_code == 200 and head.content == b""
    with_body = api.get("/api/imports", "GET", content=b"ignored", headers={"content-type": "text/plain"})
    assert with_body.status_code == 200


def test_without_a_desk_nothing_is_taken_in(tmp_path: Path) -> None:
    with client(tmp_path) as api:
        refused(api.get(SEND, "POST", headers=FILE, content=orders()), 404, "E_NO_DESK")
        refused(api.get("/api/imports"), 404, "E_NO_DESK")


def test_saved_profiles_are_offered_by_kind(api: Client, tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "kesbangpol.toml").write_text('kind = "incidents"\n')
    (folder / "rusak.toml").write_bytes(b"\xff")
    (folder / "Aneh Sekali.toml").write_text('kind = "incidents"\n')
    assert api.get("/api/imports").json()["profiles"] == [{"name": "kesbangpol", "kind": "incidents"}]
    assert api.get(f"{SEND}&profile=kesbangpol", "POST", headers=FILE, content=orders()).status_code == 202
    refused(
        api.get("/api/imports?kind=tps&name=a.csv&profile=kesbangpol", "POST", headers=FILE, content=b"x"),
        400,
        "E_CHOICE",
    )


def test_both_languages(api: Client, tmp_path: Path) -> None:
    job = send_in(tmp_path)
    assert api.get(f"/api/imports/{job}").json()["state_label"] == "Menunggu giliran"
    assert api.get(f"/api/imports/{job}?lang=en").json()["state_label"] == "Waiting for its turn"
    assert api.get(f"/api/imports/{job}", headers={"accept-language": "en"}).json()["kind_label"] == "Incidents"


def test_the_description_names_the_bodies(api: Client, tmp_path: Path) -> None:
    published(tmp_path)
    paths = api.get("/api/openapi.json").json()["paths"]
    assert "application/octet-stream" in paths["/api/imports"]["post"]["requestBody"]["content"]
    schema = paths["/api/imports/{job}/mapping"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert "zone" in schema["properties"]["options"]["properties"]
    assert "$ref" not in str(schema)
