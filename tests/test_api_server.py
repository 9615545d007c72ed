"""The real server: what it refuses before it starts, real readers over a socket, hot swap, a clean stop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pyogrio.raw
import pytest

from api.server import check_port, serve
from core.errors import ServeError, SnapshotError
from store.snapshot import Snapshot
from tests.api_client import published

# No certificates to load (slow), and a new connection for every request, so that every worker gets some.
http = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))
START = """
import sys
from pathlib import Path
from api.server import serve
serve(Path(sys.argv[1]), port=0, workers=int(sys.argv[2]), web_root=Path(sys.argv[1]), ready=lambda url: print(url, flush=True))
"""


@contextmanager
def running(workspace: Path, workers: int = 1) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    (workspace / "index.html").write_text("<!doctype html>", encoding="utf-8")
    command = [sys.executable, "-W", "error", "-c", START, str(workspace), str(workers)]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        for _ in range(150):
            try:
                if http.get(f"{url}readyz", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.1)
        yield url, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def url(snapshot: Snapshot) -> Iterator[str]:
    with running(snapshot.path.parents[1]) as (address, _):
        yield address


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "", "127.0.0.1.example.org"])
def test_fault_115_other_hosts_than_loopback_are_refused(tmp_path: Path, host: str) -> None:
    published(tmp_path)
    with pytest.raises(ServeError) as caught:
        serve(tmp_path, host, 0, web_root=tmp_path)
    assert (caught.value.code, caught.value.exit_status) == ("E_EXPOSED", 6)
    assert host in caught.value.message()


def test_a_port_in_use_is_told_before_any_worker_starts(snapshot: Snapshot) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServeError) as caught:
            serve(snapshot.path.parents[1], port=taken.getsockname()[1], web_root=snapshot.path)
        assert (caught.value.code, caught.value.exit_status) == ("E_PORT", 6)
    assert 0 < check_port("127.0.0.1", 0) < 65536
    for port in (-1, 65536, 10**9):
        with pytest.raises(ServeError):
            check_port("127.0.0.1", port)


def test_two_servers_on_one_port(url: str, snapshot: Snapshot) -> None:
    with pytest.raises(ServeError):
        serve(snapshot.path.parents[1], port=httpx.URL(url).port or 0, web_root=snapshot.path)


def test_nothing_published_or_nothing_whole(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        serve(tmp_path, web_root=tmp_path)
    assert caught.value.code == "E_NO_SNAPSHOT"
    snapshot = published(tmp_path)
    (snapshot.path / "cells.parquet").write_bytes(b"")
    with pytest.raises(SnapshotError) as caught:
        serve(tmp_path, web_root=tmp_path)
    assert caught.value.code == "E_SNAPSHOT_BROKEN"


@pytest.mark.parametrize("name", ["areas", "cells", "incidents"])
def test_gdal_reads_the_geojson(url: str, snapshot: Snapshot, name: str, tmp_path: Path) -> None:
    answer = http.get(f"{url}api/collections/{name}/items?limit=10000")
    file = tmp_path / "items.geojson"
    file.write_bytes(answer.content)
    meta, _, geometry, fields = pyogrio.raw.read(file)
    rows = snapshot.manifest.table(name).rows
    assert len(geometry) == rows and all(shape is not None for shape in geometry)
    columns = dict(zip(meta["fields"].tolist(), fields, strict=True))
    assert set(columns["snapshot"]) == {snapshot.id}
    if name == "areas":
        assert sorted(columns["kode"]) == snapshot.areas["kode"].to_pylist()
        assert np.nansum(columns["score"]) == pytest.approx(
            sum(v for v in snapshot.areas["score"].to_pylist() if v is not None), rel=1e-6
        )


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo (package gdal-bin) is not on this machine")
def test_ogrinfo_reads_it_over_http(url: str, snapshot: Snapshot) -> None:
    address = f"{url}api/collections/areas/items?limit=10000"
    done = subprocess.run(["ogrinfo", "-ro", "-so", "-al", address], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"Feature Count: {snapshot.manifest.table('areas').rows}" in done.stdout
    assert "kode: String" in done.stdout


def test_other_host_names_are_refused(url: str) -> None:
    assert http.get(f"{url}api/areas", headers={"host": "evil.example"}).json()["code"] == "E_HOST"
    assert http.get(f"{url}tiles/cells/x/0/0/0.mvt", headers={"host": "evil.example:80"}).status_code == 400
    for host in ("localhost", "LOCALHOST:80", "[::1]:9"):
        assert http.get(f"{url}api/areas", headers={"host": host}).status_code == 200


def test_hot_swap_on_every_worker_and_a_clean_stop(tmp_path: Path) -> None:
    first = published(tmp_path)
    with running(tmp_path, workers=2) as (url, process):
        assert http.get(f"{url}api/snapshots/current").json()["id"] == first.id
        second = published(tmp_path, seed=8)
        seen = {
            http.get(f"{url}api/snapshots/current").json()["id"] for _ in range(20)
        }  # a connection each: both workers answer
        assert seen == {second.id}
        tile = http.get(f"{url}tiles/cells/{first.id}/7/105/63.mvt")
        assert tile.status_code == 200 and tile.headers["content-encoding"] == "gzip"
        head = http.head(f"{url}api/areas")
        assert head.content == b"" and int(head.headers["content-length"]) > 100
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
        assert (process.returncode, out, err) == (0, "", "")


def test_requests_leave_no_trace_in_the_log(tmp_path: Path) -> None:
    published(tmp_path)
    with running(tmp_path) as (url, process):
        http.get(f"{url}api/areas?api_key=prk_secret", headers={"authorization": "Bearer prk_secret"})
        (tmp_path / "snapshots").rename(tmp_path / "gone")
        assert http.get(f"{url}api/areas?snapshot=prk_secret").status_code == 404
        (tmp_path / "CURRENT").write_text("2024-10-31-000000000000\n", encoding="ascii")
        assert http.get(f"{url}healthz").json()["code"] == "E_SNAPSHOT_UNKNOWN"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    assert "prk_secret" not in out + err
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines] == ["snapshot_refused"]
    assert lines[0]["code"] == "E_SNAPSHOT_UNKNOWN"
