"""The workers beside the server: one process that keeps the consumer of a workspace's jobs running, and ends with the server.

`python -m petarawan.workers WORKSPACE PARENT [arguments of intake.consumer]` is that process; `consumer` starts it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import structlog

from core.logs import log_as_json
from intake.process import end_group, end_with_parent

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a consumer that died is started again, doubled every time
LIVED = 60.0  # seconds after which a consumer counts as sound, and the pause begins anew
STOP_AFTER = 15.0  # seconds a consumer gets to put its job back
_log = structlog.get_logger("petarawan.workers")


@contextmanager
def consumer(workspace: Path, *arguments: str) -> Iterator[int]:
    """Jobs of the workspace are worked on while the block runs; gives the process id of the supervisor.

    It ends with the block, and when this process is killed. No thread is made here: the server forks its workers.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "petarawan.workers", str(workspace.resolve()), str(os.getpid()), *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C on the terminal is the server's to hear
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_AFTER + 5)
        except subprocess.TimeoutExpired:
            end_group(process.pid)
            process.wait()


class _Stop(Exception):
    """The server ends."""


def supervise(workspace: str, arguments: Sequence[str]) -> None:
    """Start the consumer, and again whenever it ends, until told to stop."""
    pause = FIRST_PAUSE
    while True:
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "intake.consumer", workspace, str(os.getpid()), *arguments],
            stdin=subprocess.DEVNULL,
        )
        try:
            status = process.wait()
            _log.error("consumer_ended", status=status, again_in=pause)
            pause = FIRST_PAUSE if time.monotonic() - begun > LIVED else min(2 * pause, LONGEST_PAUSE)
            time.sleep(pause)
        except _Stop:
            process.terminate()
            try:
                process.wait(STOP_AFTER)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return


def main() -> int:
    """The supervising process."""
    workspace, parent, *arguments = sys.argv[1:]

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Stop

    log_as_json()
    signal.signal(signal.SIGTERM, stop)
    try:
        end_with_parent(int(parent), signal.SIGTERM)
        supervise(workspace, arguments)
    except _Stop:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
