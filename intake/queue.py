"""The queue of jobs: huey on SQLite, <workspace>/jobs/queue.db. Messages are JSON: nothing read from a folder is ever unpickled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import structlog
from huey import SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from intake.jobs import home

FILE = "queue.db"
_log = structlog.get_logger("petarawan.jobs")


class Letters(Serializer):  # type: ignore[misc]
    """huey's messages as JSON lists."""

    def _serialize(self, data: Any) -> bytes:
        return orjson.dumps(list(data))

    def _deserialize(self, data: bytes) -> Any:
        return Message(*orjson.loads(bytes(data)))


def open_queue(workspace: Path) -> Any:
    """The queue of a workspace (a SqliteHuey)."""
    return SqliteHuey("petarawan", filename=str(home(workspace) / FILE), results=False, serializer=Letters())


def task(queue: Any, work: Callable[[str], None]) -> Any:
    """The one task there is: work on the job of an id. Its name is the same in every process."""

    def job(job_id: str) -> None:
        work(job_id)

    return queue.task(name="job")(job)


def is_empty(workspace: Path) -> bool:
    """Whether no job stands in the queue; raises sqlite3.Error where it cannot be read."""
    queue = open_queue(workspace)
    try:
        return bool(queue.pending_count() == 0)
    finally:
        queue.storage.close()


def put(workspace: Path, job_id: str) -> None:
    """Put a job in the queue; the queue is opened for this alone, so that it can be made anew at any time.

    A queue that cannot be written to is noted and no fault: the job is on the disk, the consumer looks for such every minute.
    """

    def nowhere(_: str) -> None:
        raise AssertionError("work is done by the consumer")

    try:
        queue = open_queue(workspace)
        try:
            task(queue, nowhere)(job_id)
        finally:
            queue.storage.close()
    except sqlite3.Error as error:
        _log.warning("queue_refused", job=job_id, detail=str(error))
