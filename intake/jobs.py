"""Jobs on disk: <workspace>/jobs/<id>/ holds job.json (replaced at once or not at all), the upload and what was found in it.

job.json is the only truth about a job; the queue is made from it again whenever the consumer starts.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from core.errors import NotFoundError

HOME, STATE, TEMPORARY = "jobs", "job.json", "tmp"
PREVIEW, ROWS, QUARANTINE = "preview.json", "rows.json", "quarantine.xlsx"
NEW = ".new-"  # begins the names of folders that an upload is still written into
_ID = re.compile(r"[0-9a-f]{16}")
OPEN_STATES = ("uploaded", "reading", "ready", "importing")


@dataclass(frozen=True)
class Job:
    """One upload on its way into the register.

    state: uploaded, reading, ready, importing, done, failed or cancelled. step: read or import, what is done or waited for.
    begun: whether a consumer has taken it up. columns: field -> header as a person chose, None for the importer's own finding.
    trouble: entries of intake.wire.packed_error. Times are ISO 8601 in UTC.
    """

    id: str
    kind: str
    file: str
    upload: str  # the name it lies here under
    size: int
    sha256: str
    created: str
    changed: str
    state: str = "uploaded"
    step: str = "read"
    begun: bool = False
    attempts: int = 0
    revision: int = 1
    reader: str | None = None
    profile: str | None = None
    columns: dict[str, str | None] | None = None
    options: dict[str, str | int | None] = field(default_factory=dict)
    who: str = ""
    save_profile: str | None = None
    done: int = 0
    total: int | None = None
    counts: dict[str, int] | None = None
    possible: int | None = None
    missing: tuple[str, ...] = ()
    trouble: tuple[dict[str, Any], ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether it stands in the queue."""
        return self.state in ("uploaded", "importing") and not self.begun

    @property
    def can(self) -> tuple[str, ...]:
        """What a person may do with it now: mapping, confirm, cancel."""
        if self.state == "ready":
            return ("mapping", "cancel") if self.missing else ("mapping", "confirm", "cancel")
        if self.state == "failed":
            return ("mapping", "cancel") if self.step == "read" else ("confirm", "cancel")
        return () if self.state == "importing" and self.begun else ("cancel",)


def stamp(now: datetime) -> str:
    """A moment as job.json writes it."""
    return now.isoformat(timespec="seconds").replace("+00:00", "Z")


def home(workspace: Path) -> Path:
    """The folder of all jobs; nobody else on the machine may look into it."""
    folder = workspace / HOME
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def folder_of(workspace: Path, job_id: str) -> Path:
    """The folder of one job; raises NotFoundError E_NO_JOB for what is no id or has no folder."""
    folder = workspace / HOME / job_id
    if not _ID.fullmatch(job_id) or not (folder / STATE).is_file():
        raise NotFoundError("E_NO_JOB", value=job_id[:40])
    return folder


def load(workspace: Path, job_id: str) -> Job:
    """One job; raises NotFoundError E_NO_JOB."""
    try:
        tree = orjson.loads((folder_of(workspace, job_id) / STATE).read_bytes())
        known = {name: value for name, value in tree.items() if name in Job.__dataclass_fields__}
        return Job(**{**known, "missing": tuple(known["missing"]), "trouble": tuple(known["trouble"])})
    except (FileNotFoundError, orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise NotFoundError("E_NO_JOB", value=job_id[:40]) from error


def every(workspace: Path) -> list[Job]:
    """All jobs, newest first; those whose state cannot be read are passed over."""
    return sorted(_each(workspace), key=lambda job: (job.created, job.id), reverse=True)


def _each(workspace: Path) -> Iterator[Job]:
    folder = workspace / HOME
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            yield load(workspace, path.name)
        except NotFoundError:
            continue


def add(workspace: Path, job: Job, prepared: Path) -> None:
    """Make a prepared folder (upload inside) the job's own; after this the job is there, before it is not."""
    store(prepared, job)
    prepared.rename(home(workspace) / job.id)
    _settle(home(workspace))


def store(folder: Path, job: Job, *, durable: bool = True) -> None:
    """Write job.json by a temporary file; `durable` waits for the disk, which the count of rows read so far need not."""
    temporary = folder / f"{STATE}.tmp"
    with temporary.open("wb") as handle:
        handle.write(orjson.dumps(asdict(job)))
        if durable:
            handle.flush()
            os.fsync(handle.fileno())
    temporary.replace(folder / STATE)
    if durable:
        _settle(folder)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(workspace: Path) -> Iterator[None]:
    """Nobody else changes a job meanwhile; held for the time of a small write."""
    with (home(workspace) / ".lock").open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def change(workspace: Path, job_id: str, how: Callable[[Job], Job], now: datetime) -> Job:
    """Read, change and write a job as one step; `how` may raise to leave it as it is. Raises NotFoundError E_NO_JOB."""
    with locked(workspace):
        folder = folder_of(workspace, job_id)
        job = replace(how(load(workspace, job_id)), changed=stamp(now))
        store(folder, job)
        return job


def note_progress(workspace: Path, job_id: str, done: int, total: int | None) -> Job:
    """Write how far a job is; as `change`, but the disk is not waited for. Raises NotFoundError E_NO_JOB."""
    with locked(workspace):
        job = replace(load(workspace, job_id), done=done, total=total)
        store(folder_of(workspace, job_id), job, durable=False)
        return job


def strip(workspace: Path, job: Job, *, findings: bool) -> None:
    """Remove the upload and temporary files; with `findings` also what was found in it."""
    folder = workspace / HOME / job.id
    (folder / job.upload).unlink(missing_ok=True)
    shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
    for name in (PREVIEW, ROWS, QUARANTINE) if findings else ():
        (folder / name).unlink(missing_ok=True)


def remove(workspace: Path, job_id: str) -> None:
    """Remove a job and everything it left; the ledger of what it entered is the register's."""
    with locked(workspace):
        folder = folder_of(workspace, job_id)
        (folder / STATE).unlink()  # from here on it is no job any more
        shutil.rmtree(folder, ignore_errors=True)
