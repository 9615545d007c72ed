"""A worker whose one task tries what it must not, dies, hangs or lies, as `params` say; run in place of geo/worker/__main__.py."""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from geo.worker import __main__ as worker
from geo.worker.frames import Writer

JOB = json.loads(sys.argv[1]) if __name__ == "__main__" else {}


def run(read: Mapping[str, Path], params: Mapping[str, Any], write: Writer) -> None:
    did: dict[str, Any] = {}
    for name, value in params.items():
        if name == "without":
            continue
        if name == "environment":
            did[name] = dict(os.environ)
        elif name == "input":
            did[name] = {key: path.read_bytes().decode("latin-1") for key, path in read.items()}
        elif name == "fill":
            while True:
                write({}, b"x" * (1 << 20))
        else:
            did[name] = tried(lambda name=name, value=value: ACTS[name](value))  # type: ignore[misc]
    write({"did": did})


def tried(act: Callable[[], Any]) -> str:
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"


def raw(data: bytes) -> None:
    """Words of its own in place of an answer, and gone."""
    with Path(JOB["write"]).open("wb") as stream:
        stream.write(data)
    os._exit(0)


def spin(_: object) -> None:
    while True:
        pass


ACTS: dict[str, Callable[[Any], Any]] = {
    "file": lambda path: Path(path).read_bytes(),
    "folder": lambda path: list(Path(path).iterdir()),
    "write": lambda path: Path(path).write_bytes(b"x"),
    "connect": lambda to: socket.create_connection(tuple(to), timeout=2),
    "udp": lambda to: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", tuple(to)),
    "unix": lambda to: socket.socket(socket.AF_UNIX).connect(to),
    "run": lambda _: subprocess.run([sys.executable, "-c", ""], check=True),
    "kill": lambda pid: os.kill(pid, signal.SIGTERM),
    "ptrace": lambda pid: _checked(ctypes.CDLL(None, use_errno=True).ptrace(16, pid, 0, 0)),
    "eat": lambda size: bytearray(size),
    "spin": spin,
    "sleep": time.sleep,
    "die": lambda number: os.kill(os.getpid(), number),
    "raise": lambda number: signal.raise_signal(number),
    "leave": os._exit,
    "fault": lambda _: 1 // 0,
}


def _checked(answer: int) -> None:
    if answer < 0:
        raise OSError(ctypes.get_errno(), "refused")


LIES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "garbage": lambda: os.urandom(5000),
    "pickle": lambda: pickle.dumps({"guards": [], "end": True}),
    "cut": lambda: frame({"guards": []}) + frame({"end": True})[:-3],
    "no end": lambda: frame({"guards": []}) + frame({"rows": []}),
    "no guards": lambda: frame({"end": True}),
    "long": lambda: b"PRW1" + (0xFFFFFFFF).to_bytes(4, "little") * 2 + b"{}",
    "deep": lambda: frame({"guards": []}) + head(b"[" * 200_000),
    "list": lambda: frame({"guards": []}) + head(b"[]"),
    "code": lambda: frame({"guards": []}) + frame({"error": "E_NOBODY_KNOWS", "params": {}, "place": {}}),
    "code kind": lambda: frame({"guards": []}) + frame({"error": ["E_EMPTY"], "params": {}, "place": {}}),
    "params": lambda: frame({"guards": []}) + frame({"error": "E_EMPTY", "params": [], "place": {}}),
}


def head(text: bytes) -> bytes:
    return b"PRW1" + len(text).to_bytes(4, "little") + bytes(4) + text


def frame(data: object) -> bytes:
    return head(json.dumps(data).encode())


if __name__ == "__main__":
    lie = JOB["params"].get("lie")
    if lie:
        raw(LIES[lie]())
    if "raw" in JOB["params"]:
        raw(b"".join(frame(item) for item in JOB["params"]["raw"]))
    for guard in JOB["params"].get("without", ()):
        setattr(worker.lockdown, guard, lambda *_, **__: [])
    worker.TASKS["rogue"] = "tests.rogue_worker"
    sys.modules["tests.rogue_worker"] = sys.modules["__main__"]
    sys.exit(worker.main(JOB))
