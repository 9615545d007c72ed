"""Processes that end with the one that started them, and with all they started themselves."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int, how: signal.Signals) -> None:
    """Be sent a signal when the parent ends, however it ends (Linux: prctl(2)); ends at once if it is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def end_group(leader: int) -> None:
    """Kill a process and everything in its group; none left is no fault."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def bound(memory: int, file_size: int) -> None:
    """Limit this process's address space and the size of a file it writes, in bytes, and let it die first when memory runs out."""
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, file_size), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (most, hard))
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text("1000", encoding="ascii")
