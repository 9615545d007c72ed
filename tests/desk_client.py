"""A desk with small limits, jobs put in by hand, and a consumer of its own process, all with the steerable engine."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from intake import jobs
from intake.consumer import Worker
from intake.desk import Desk, Limits
from intake.run import Limits as RunLimits
from tests.places import ROOT

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ENGINE = "tests.fake_engine"


def small_desk(workspace: Path) -> Desk:
    """What the server of a test calls for."""
    return Desk(workspace, Limits(size=1 << 20, waiting=3, kept=5, spare=0))


def orders(**told: Any) -> bytes:
    return json.dumps({"rows": 10, **told}).encode()


def send_in(workspace: Path, name: str = "kejadian.csv", kind: str = "incidents", **told: Any) -> str:
    """A job put in past HTTP; its id."""
    desk = small_desk(workspace)
    draft = desk.begin(kind, name, None, None)
    content = orders(**told)
    draft.path.write_bytes(content)
    desk.submit(draft, kind, name, None, len(content), hashlib.sha256(content).hexdigest(), NOW)
    return draft.id


def worker(workspace: Path, memory: int = 2 << 30, seconds: float = 60) -> Worker:
    return Worker(workspace, ENGINE, RunLimits(memory=memory, read_seconds=seconds, import_seconds=seconds))


def state(workspace: Path, job_id: str) -> str:
    return jobs.load(workspace, job_id).state


def until(workspace: Path, job_id: str, *states: str, seconds: float = 30) -> jobs.Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = jobs.load(workspace, job_id)
        if job.state in states:
            return job
        time.sleep(0.05)
    raise AssertionError(f"still {job}")


@contextmanager
def consumer(workspace: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The consumer in its own process; asked to stop at the end."""
    command = [
        sys.executable,
        "-m",
        "intake.consumer",
        str(workspace),
        str(os.getpid()),
        "--engine",
        ENGINE,
        *arguments,
    ]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            status = process.wait(20)
            assert status in (0, -signal.SIGTERM), status  # the latter where it had not begun


def children_of(pid: int) -> list[int]:
    """Process ids whose parent this is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def running(workspace: Path, *words: str) -> list[str]:
    """Command lines of the processes of a workspace (named there or in their environment) that hold all the words."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                about = line + (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(workspace) in about and all(word in line for word in words):
                lines.append(line)
    return lines


_SERVE = """
import sys
from pathlib import Path
from api.server import serve
from petarawan.workers import consumer
home = Path(sys.argv[1])
beside = consumer(home, *sys.argv[3:])
serve(home, port=0, web_root=home, desk=sys.argv[2], beside=beside, ready=lambda url: print(url, flush=True))
"""


@contextmanager
def server(workspace: Path, *arguments: str, desk: str = "tests.desk_client:small_desk") -> Iterator[str]:
    """The address of the real server with its consumer; `arguments` are those of intake.consumer."""
    (workspace / "index.html").write_text("<!doctype html>", encoding="utf-8")
    command = [sys.executable, "-c", _SERVE, str(workspace), desk, *(arguments or ("--engine", ENGINE))]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        for _ in range(150):
            try:
                if httpx.get(f"{url}readyz", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                assert process.poll() is None
            time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
