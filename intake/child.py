"""The process one job is worked on in, `python -m intake.child`: one order on standard input, JSON lines on standard output.

Lines: {"progress": [done, total or null]}, then one of {"result": {...}} and {"error": [...]}. Whatever happens to this process,
the consumer lives and says so in the job.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson
import structlog

from core.errors import DiskError, PetarawanError, reason
from core.logs import log_as_json
from core.words import Phrase
from intake.jobs import Job
from intake.process import bound, end_with_parent
from intake.wire import packed_error

FILE_SIZE = 8 << 30  # bytes of the largest file a job may write (the register with it)
_log = structlog.get_logger("petarawan.jobs")
Tell = Callable[[int, int | None], None]
# What an engine gives back: counts {rows_in, accepted, quarantined, duplicates} or None, possible, missing, reader.
Result = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """One piece of work: the job, its upload, where findings go (preview.json, rows.json, quarantine.xlsx), and what time it is."""

    workspace: Path
    job: Job
    upload: Path
    out: Path
    now: datetime


def main() -> int:
    """Do the order; 0 when a result or an error was told, else what killed us."""
    gc.set_threshold(
        100_000, 20, 20
    )  # millions of small rows come and go without cycles; looking for those takes a sixth of the time
    log_as_json()
    sys.excepthook = _crashed
    lines = _own_output()
    tree = orjson.loads(sys.stdin.buffer.readline())
    end_with_parent(tree["parent"], signal.SIGKILL)
    bound(tree["memory"], FILE_SIZE)
    order = Order(
        workspace=Path(tree["workspace"]),
        job=Job(**tree["job"]),
        upload=Path(tree["upload"]),
        out=Path(tree["out"]),
        now=datetime.fromisoformat(tree["now"]),
    )

    def tell(done: int, total: int | None) -> None:
        _say(lines, {"progress": [done, total]})

    try:
        engine = import_module(tree["engine"])
        answer = {"result": (engine.enter if order.job.step == "import" else engine.read)(order, tell)}
    except PetarawanError as error:
        answer = {"error": packed_error(error)}
    except MemoryError:
        answer = {"error": packed_error(PetarawanError("E_JOB_MEMORY", detail=Phrase("upload.own_limit")))}
    except OSError as error:
        answer = {"error": packed_error(DiskError("E_DISK", detail=reason(error)))}
    _say(lines, answer)
    return 0


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of the program: its kind and where, without the message, which may repeat what stands in the file."""
    last = traceback.extract_tb(trace)[-1:]
    where = "".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in last)
    _log.error("job_crashed", kind=kind.__name__, where=where)


def _own_output() -> BinaryIO:
    """Standard output for our lines alone; what a library prints goes to standard error."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "wb")


def _say(lines: BinaryIO, tree: dict[str, object]) -> None:
    lines.write(orjson.dumps(tree) + b"\n")
    lines.flush()


if __name__ == "__main__":
    sys.exit(main())
