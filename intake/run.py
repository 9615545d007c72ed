"""Run one job in a child process: progress as it comes, ended as a group when it takes too long or nobody wants it any more."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from core.errors import PetarawanError
from core.words import Phrase
from intake.jobs import TEMPORARY, Job
from intake.process import end_group
from intake.wire import Tree, packed_error

LOOK_EVERY = 0.25  # seconds between two looks at the clock and at whether the job is still wanted
# Signals by which a process dies that asked for more than it may have; C++ libraries abort when memory is refused.
_STARVED = {signal.SIGKILL, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGABRT, signal.SIGBUS}


@dataclass(frozen=True)
class Limits:
    """What one job may have: address space in bytes, seconds for reading and for importing."""

    memory: int = 4 << 30
    read_seconds: float = 900.0
    import_seconds: float = 7200.0

    def seconds(self, job: Job) -> float:
        return self.import_seconds if job.step == "import" else self.read_seconds


@dataclass(frozen=True)
class Ended:
    """How it ended: `result`, or `trouble` (entries of intake.wire.packed_error), or neither when it was no longer wanted."""

    result: Tree | None = None
    trouble: tuple[Tree, ...] = ()


class Unwanted(Exception):
    """The job was cancelled, or the consumer ends."""


Progress = Callable[[int, int | None], None]


def run(
    workspace: Path, folder: Path, job: Job, engine: str, limits: Limits, now: datetime, look: Callable[[], None],
    progress: Progress,
) -> Ended:  # fmt: skip
    """Work on a job; findings lie in <folder>/tmp/out afterwards. `look` is called often and may raise Unwanted."""
    temporary = folder / TEMPORARY
    (temporary / "out").mkdir(parents=True)
    order = {
        "workspace": str(workspace),
        "job": asdict(job),
        "upload": str(folder / job.upload),
        "out": str(temporary / "out"),
        "now": now.isoformat(),
        "engine": engine,
        "memory": limits.memory,
        "parent": os.getpid(),
    }
    # One thread each: a pool per core takes address space, which is what is limited. Temporary files lie where we remove them.
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "intake.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, **threads, "TMPDIR": str(temporary)},
    )
    end = time.monotonic() + limits.seconds(job)
    try:
        assert process.stdin is not None
        process.stdin.write(orjson.dumps(order) + b"\n")
        process.stdin.close()
        return _follow(process, end, limits.seconds(job), look, progress)
    except BrokenPipeError:
        process.wait()
        return _died(process.returncode)
    except Unwanted:
        return Ended()
    finally:
        end_group(process.pid)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _follow(
    process: subprocess.Popen[bytes], end: float, seconds: float, look: Callable[[], None], progress: Progress
) -> Ended:
    for line in _lines(process, look):
        if line is None:
            if time.monotonic() > end:
                phrase = Phrase("upload.limit.time", {"minutes": max(1, round(seconds / 60))})
                return Ended(trouble=_trouble("E_JOB_TIME", phrase))
            continue
        tree: dict[str, Any] = orjson.loads(line)
        if "progress" in tree:
            progress(*tree["progress"])
        elif "result" in tree:
            return Ended(result=tree["result"])
        else:
            return Ended(trouble=tuple(tree["error"]))
    process.wait()
    return _died(process.returncode)


def _lines(process: subprocess.Popen[bytes], look: Callable[[], None]) -> Iterator[bytes | None]:
    """The lines the child says, and None whenever it was silent for a moment."""
    assert process.stdout is not None
    rest = b""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while True:
            look()
            if not ready.select(LOOK_EVERY):
                yield None
                continue
            read = os.read(process.stdout.fileno(), 1 << 16)
            if not read:
                return
            *whole, rest = (rest + read).split(b"\n")
            yield from whole
            yield None


def _died(status: int) -> Ended:
    """A child that said nothing more: killed for want of memory, or a fault of ours."""
    if -status in _STARVED:
        return Ended(trouble=_trouble("E_JOB_MEMORY", Phrase("upload.limit.memory")))
    return Ended(trouble=_trouble("E_JOB_DIED", Phrase("upload.died", {"status": status})))


def _trouble(code: str, detail: Phrase) -> tuple[Tree, ...]:
    return tuple(packed_error(PetarawanError(code, detail=detail)))
