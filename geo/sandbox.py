"""Files of others are opened in a process of their own that can do nothing else; what it says is data, checked, never trusted."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import ConfigError, DiskError, InputError, PetarawanError, Place
from core.words import DEFAULT_LANGUAGE, Phrase, catalogue
from geo.worker import drivers, frames

_MAIN = Path(frames.__file__).with_name("__main__.py")
_CONFIG = ("E_CRS",)  # faults of the question, not of the file
_DRIVERS = {"gpkg": "GPKG", "shapefile": "ESRI Shapefile", "filegdb": "OpenFileGDB"}
# Nothing of this process's own environment is handed on; the proxy is a port nobody listens on.
_DEAD = "http://127.0.0.1:9"
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "PATH": "/nonexistent",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "http_proxy": _DEAD,
    "https_proxy": _DEAD,
    "ALL_PROXY": _DEAD,
    "GDAL_HTTP_PROXY": _DEAD,
    "GDAL_HTTPS_PROXY": _DEAD,
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_CONFIG_FILE": "",
    "GDAL_NUM_THREADS": "1",
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    "GDAL_PYTHON_DRIVER_PATH": "",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_AWS_EC2_API_ROOT_URL": "disabled",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "PROJ_NETWORK": "OFF",
}


@dataclass(frozen=True)
class Limits:
    """What one job may use: address space and output in bytes, processor and wall time in seconds, open files."""

    memory: int = 3 << 30
    output: int = 1 << 31
    cpu: int = 300
    wall: int = 600
    files: int = 64


LIMITS = Limits()


@dataclass(frozen=True)
class Answer:
    """The frames of one job that ended well; valid inside `run`."""

    guards: tuple[str, ...]
    path: Path = field(repr=False)
    file: str = field(repr=False)

    def frames(self) -> Iterator[frames.Frame]:
        """Data and bytes of each frame; raises InputError E_WORKER_ANSWER."""
        try:
            for data, blob in frames.read(self.path):
                if not data.keys() & {"guards", "end"}:
                    yield data, blob
        except frames.BadFrames as error:
            raise InputError("E_WORKER_ANSWER", place=Place(file=self.file)) from error


@contextmanager
def run(
    task: str, paths: Mapping[str, Path], params: Mapping[str, object], *, file: str, limits: Limits | None = None
) -> Iterator[Answer]:
    """Do one task of geo.worker on `paths` (all it may read); its answer lasts as long as the context.

    Raises what the task says, by code; InputError E_WORKER_LIMIT when it was stopped by a limit or the system, E_WORKER_ANSWER when
    it died or said something that is no answer; DiskError E_DISK. `file` is the name people know.
    """
    limits = limits or LIMITS
    with TemporaryDirectory(prefix="petarawan-") as folder:
        out = Path(folder) / "answer"
        out.touch(mode=0o600)
        job = {
            "task": task,
            "read": {name: str(path.absolute()) for name, path in paths.items()},
            "write": str(out),
            "params": dict(params),
            "parent": os.getpid(),
            "limits": {key: value for key, value in asdict(limits).items() if key != "wall"},
        }
        environment = _ENVIRONMENT | {"TMPDIR": folder}
        if task in _DRIVERS:
            environment |= dict.fromkeys(("GDAL_SKIP", "OGR_SKIP"), drivers.skip(but=_DRIVERS[task]))
        status = _wait(_start(job, environment, folder), limits.wall)
        if status is None:
            raise _limit(file, "time", limits)
        yield Answer(_judged(out, status, file, limits), out, file)


def guards() -> tuple[str, ...]:
    """What keeps the worker in on this machine: namespace, landlock, capabilities, seccomp; a dead proxy and limits always."""
    with run("probe", {}, {}, file="-") as answer:
        return answer.guards


def missing(held: Sequence[str]) -> tuple[Phrase, ...]:
    """What those guards leave open, in words; nothing where network and files are shut by the kernel."""
    open_ = []
    if not {"namespace", "seccomp"} & set(held):
        open_.append(Phrase("sandbox.open.network"))
    if "landlock" not in held:
        open_.append(Phrase("sandbox.open.files"))
    return tuple(open_)


def _start(job: Mapping[str, object], environment: Mapping[str, str], folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", str(_MAIN), json.dumps(job)],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Its exit status; None when it had to be killed because its time was up. It never outlives this call."""
    try:
        if hasattr(os, "pidfd_open"):  # waits without looking again and again
            handle = os.pidfd_open(process.pid)
            try:
                poll = select.poll()
                poll.register(handle, select.POLLIN)
                if not poll.poll(seconds * 1000):
                    return None
            finally:
                os.close(handle)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


_STOPPED = {signal.SIGXCPU: "time", signal.SIGXFSZ: "size", signal.SIGKILL: "memory", signal.SIGABRT: "memory"}


def _judged(out: Path, status: int, file: str, limits: Limits) -> tuple[str, ...]:
    """The guards of a job that ended well; raises as `run`."""
    place = Place(file=file)
    if status == frames.DISK_FULL:
        raise DiskError("E_DISK", place=Place(file=str(out.parent.parent)), detail=Phrase("os.ENOSPC"))
    if status < 0 and -status in _STOPPED:
        raise _limit(file, _STOPPED[signal.Signals(-status)], limits)
    try:
        first, last = frames.ends(out)
    except frames.BadFrames as error:
        if out.stat().st_size >= limits.output:
            raise _limit(file, "size", limits) from error
        raise InputError("E_WORKER_ANSWER", place=place) from error
    held = first.get("guards")
    if "error" in last:
        raise _told(last, file, limits)
    if status != 0 or "end" not in last or not isinstance(held, list):
        raise InputError("E_WORKER_ANSWER", place=place)
    return tuple(str(name) for name in held)


def _limit(file: str, what: str, limits: Limits) -> InputError:
    amounts = {"memory": limits.memory >> 20, "size": limits.output >> 20, "time": limits.wall}
    return InputError("E_WORKER_LIMIT", place=Place(file=file), what=Phrase(f"sandbox.{what}", {"most": amounts[what]}))


def _told(data: Mapping[str, Any], file: str, limits: Limits) -> PetarawanError:
    """The error a worker reports: a code we have words for, plain short parameters; else its answer is none."""
    code, params, place = data.get("error"), data.get("params"), data.get("place")
    if code == "E_WORKER_LIMIT":
        return _limit(file, "memory", limits)
    known = isinstance(code, str) and f"error.{code}.message" in catalogue(DEFAULT_LANGUAGE)
    if not known or not isinstance(params, dict) or not isinstance(place, dict):
        return InputError("E_WORKER_ANSWER", place=Place(file=file))
    clean = {str(key): _plain(value) for key, value in params.items() if re.fullmatch("[a-z_]{1,20}", str(key))}
    row = place.get("row")
    text = {key: str(place[key])[:120] for key in ("sheet", "column", "value") if place.get(key) is not None}
    where = Place(file, text.get("sheet"), row if isinstance(row, int) else None, text.get("column"), text.get("value"))
    kind = ConfigError if code in _CONFIG else InputError
    return kind(str(code), place=where, **clean)


def _plain(value: object) -> object:
    if isinstance(value, int):
        return value
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:300])
