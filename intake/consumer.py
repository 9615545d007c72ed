"""The process that works on jobs, one at a time: `python -m intake.consumer WORKSPACE PARENT`.

Its start makes the queue anew from the jobs, so what was queued or under way when anything was killed is done again; the register
enters no row twice. One per workspace: a second one waits until the first has gone.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from huey import crontab

from core.errors import NotFoundError, PetarawanError
from core.logs import log_as_json
from core.words import Phrase
from intake import jobs, queue
from intake.jobs import Job
from intake.process import end_with_parent
from intake.run import Ended, Limits, Unwanted, run
from intake.wire import packed_error

ENGINE = "intake.engine"
ATTEMPTS = 10  # times a job is taken up again after the consumer died under it
KEPT = timedelta(days=30)  # after its last change, a job that nobody touches is removed
HALF_WRITTEN = timedelta(hours=1)  # an upload that was not written on for so long is nobody's
NOTE_EVERY = 0.5  # seconds between two notes of progress


def clock() -> datetime:
    """The time at this door."""
    return datetime.now(UTC)


@dataclass
class Worker:
    """Mutable: the job under way. One per consumer."""

    workspace: Path
    engine: str = ENGINE
    limits: Limits = field(default_factory=Limits)
    current: str | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def work(self, job_id: str) -> None:
        """Take a job up if it still waits, run it, write down how it ended."""
        try:
            job = jobs.change(self.workspace, job_id, _begin, clock())
        except (NotFoundError, Unwanted):
            return
        if job.state == "failed":  # taken up too often
            return
        self.current = job_id
        try:
            folder = jobs.folder_of(self.workspace, job_id)
            shutil.rmtree(folder / jobs.TEMPORARY, ignore_errors=True)
            ended = run(
                self.workspace, folder, job, self.engine, self.limits, clock(), self._look(job), self._note(job)
            )
            if ended != Ended():
                self._finish(job, ended)
            elif self.stopping.is_set():
                jobs.change(self.workspace, job_id, _put_back, clock())
        except NotFoundError:  # removed meanwhile
            return
        finally:
            self.current = None
            shutil.rmtree(self.workspace / jobs.HOME / job_id / jobs.TEMPORARY, ignore_errors=True)

    def _look(self, job: Job) -> Callable[[], None]:
        state = self.workspace / jobs.HOME / job.id / jobs.STATE

        def look() -> None:
            if self.stopping.is_set() or not state.exists():
                raise Unwanted
            if jobs.load(self.workspace, job.id).state != job.state:
                raise Unwanted

        return look

    def _note(self, job: Job) -> Callable[[int, int | None], None]:
        last = 0.0

        def note(done: int, total: int | None) -> None:
            nonlocal last
            if time.monotonic() - last >= NOTE_EVERY:
                last = time.monotonic()
                jobs.note_progress(self.workspace, job.id, done, total)

        return note

    def _finish(self, job: Job, ended: Ended) -> None:
        """Move the findings in and write the last state, unless the job was cancelled meanwhile."""
        folder = jobs.folder_of(self.workspace, job.id)
        out = folder / jobs.TEMPORARY / "out"

        def how(now_is: Job) -> Job:
            if now_is.state != job.state or now_is.revision != job.revision:
                raise Unwanted
            for name in (jobs.PREVIEW, jobs.ROWS, jobs.QUARANTINE):
                if (out / name).is_file():
                    (out / name).replace(folder / name)
                elif name != jobs.PREVIEW and job.step == "read":  # of the reading before
                    (folder / name).unlink(missing_ok=True)
            return _ended(now_is, ended)

        try:
            last = jobs.change(self.workspace, job.id, how, clock())
        except Unwanted:
            return
        if last.state == "done":
            jobs.strip(self.workspace, last, findings=False)

    def restart(self) -> None:
        """Make the queue anew: every job that waits or was under way, oldest first."""
        folder = jobs.home(self.workspace)
        try:
            waiting = queue.open_queue(self.workspace)
            waiting.storage.flush_queue()
            waiting.storage.close()
        except sqlite3.DatabaseError:  # broken on the disk; it holds nothing that the jobs do not
            for path in folder.glob(f"{queue.FILE}*"):
                path.unlink()
        self.tidy()

    def tidy(self) -> None:
        """Queue what waits and stands in no queue, remove what is old or left over; harmless at any time."""
        now, lost = clock(), queue.is_empty(self.workspace)
        for job in reversed(jobs.every(self.workspace)):
            with suppress(NotFoundError):  # removed by its owner meanwhile
                self._tidy(job, now, lost)
        _sweep(jobs.home(self.workspace), now)

    def _tidy(self, job: Job, now: datetime, lost: bool) -> None:
        if job.id == self.current:
            return
        if job.state in ("uploaded", "reading", "importing"):
            if not job.waiting:
                jobs.change(self.workspace, job.id, _put_back_crashed, now)
            shutil.rmtree(self.workspace / jobs.HOME / job.id / jobs.TEMPORARY, ignore_errors=True)
            if lost:
                queue.put(self.workspace, job.id)
            return
        if job.state in ("done", "cancelled"):
            jobs.strip(self.workspace, job, findings=job.state == "cancelled")
        if now - datetime.fromisoformat(job.changed) > KEPT:
            jobs.remove(self.workspace, job.id)


def _begin(job: Job) -> Job:
    if not job.waiting:
        raise Unwanted
    if job.attempts >= ATTEMPTS:
        trouble = packed_error(PetarawanError("E_JOB_DIED", detail=Phrase("upload.attempts", {"times": ATTEMPTS})))
        return replace(job, state="failed", begun=False, trouble=tuple(trouble))
    state = "reading" if job.step == "read" else "importing"
    return replace(job, state=state, begun=True, attempts=job.attempts + 1, done=0, total=None, trouble=())


def _put_back_crashed(job: Job) -> Job:
    """Under way when its consumer was killed."""
    if job.state not in ("reading", "importing"):
        return job
    return replace(job, state="uploaded" if job.step == "read" else "importing", begun=False, done=0, total=None)


def _put_back(job: Job) -> Job:
    """Under way when its consumer was asked to stop: that attempt does not count."""
    back = _put_back_crashed(job)
    return replace(back, attempts=max(0, back.attempts - 1))


def _ended(job: Job, ended: Ended) -> Job:
    if ended.result is None:
        return replace(job, state="failed", begun=False, trouble=ended.trouble)
    found = ended.result
    return replace(
        job,
        state="ready" if job.step == "read" else "done",
        begun=False,
        attempts=0,
        counts=found.get("counts"),
        possible=found.get("possible"),
        missing=tuple(found.get("missing", ())),
        reader=found.get("reader") or job.reader,
        trouble=(),
    )


def _sweep(folder: Path, now: datetime) -> None:
    """Remove folders that are no jobs: uploads that broke off with their server, jobs half removed."""
    for path in folder.iterdir():
        try:
            touched = max(item.stat().st_mtime for item in (path, *path.iterdir())) if path.is_dir() else None
        except FileNotFoundError:
            continue
        is_job = (path / jobs.STATE).exists() and not path.name.startswith(jobs.NEW)
        if touched is None or is_job:
            continue
        if now - datetime.fromtimestamp(touched, UTC) > HALF_WRITTEN:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def alone(workspace: Path) -> Iterator[None]:
    """Wait until no other consumer works on this workspace."""
    with (jobs.home(workspace) / "consumer.lock").open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until asked to stop (SIGTERM) or the parent has gone."""
    parser = argparse.ArgumentParser(prog="intake.consumer")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("parent", type=int)
    parser.add_argument("--engine", default=ENGINE)
    parser.add_argument("--memory", type=int, default=Limits.memory)
    parser.add_argument("--seconds", type=float)
    given = parser.parse_args(arguments)
    end_with_parent(given.parent, signal.SIGTERM)
    limits = Limits(memory=given.memory)
    if given.seconds is not None:
        limits = replace(limits, read_seconds=given.seconds, import_seconds=given.seconds)
    worker = Worker(given.workspace.resolve(), given.engine, limits)
    with alone(worker.workspace):
        worker.restart()
        serve(worker)
    return 0


def serve(worker: Worker) -> None:
    """Take jobs from the queue until asked to stop; a job under way is put back."""
    waiting = queue.open_queue(worker.workspace)
    queue.task(waiting, worker.work)
    waiting.periodic_task(crontab(), name="tidy")(worker.tidy)
    consumer = waiting.create_consumer(
        workers=1, initial_delay=0.1, max_delay=0.5, scheduler_interval=60, check_worker_health=True
    )
    consumer.run()
    worker.stopping.set()
    for _, thread in consumer.worker_threads:
        thread.join(10)
    waiting.storage.close()


if __name__ == "__main__":
    os.umask(0o077)
    log_as_json()
    sys.exit(main())
