"""Pieces of work on the workers of Dask: a cluster of this machine's processes, or one that runs elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import dask
import distributed
from distributed import CancelledError, KilledWorker
from distributed.comm.core import CommClosedError

from core.errors import ConfigError
from core.work import Answer, Item, Run
from publish.engine.likeness import likeness

_LIBRARY: Any = distributed  # it ships half-typed
_AHEAD = 3  # pieces under way for each worker: enough that none waits, few enough that they fit into memory
_PATIENCE = "20s"  # for a scheduler to answer


@contextmanager
def running(workers: int | None, scheduler: str | None) -> Iterator[Run]:
    """Work on `workers` processes of this machine (None: one for each core), or on those of the scheduler at an address.

    Raises ConfigError E_ENGINE_SCHEDULER when nobody answers or there is no worker, E_ENGINE_DIFFERS when a worker computes otherwise than
    we do, E_ENGINE_LOST when workers die.
    """
    options = {"distributed.comm.timeouts.connect": _PATIENCE, "distributed.admin.large-graph-warning-threshold": "1GB"}
    with dask.config.set(options), _client(workers, scheduler) as client:
        _compare(client, scheduler)
        try:
            yield _run(client)
        except (KilledWorker, CommClosedError, CancelledError) as error:
            raise ConfigError("E_ENGINE_LOST", detail=type(error).__name__) from error


@contextmanager
def _client(workers: int | None, scheduler: str | None) -> Iterator[Any]:
    if scheduler is None:
        # No page of its own: a publish opens no port that anybody could look into from outside.
        options = {
            "threads_per_worker": 1,
            "dashboard_address": None,
            "host": "127.0.0.1",
            "memory_limit": 0,
            "silence_logs": 50,
        }
        with _LIBRARY.LocalCluster(n_workers=workers, **options) as cluster, _LIBRARY.Client(cluster) as client:
            yield client
        return
    try:
        client = _LIBRARY.Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise ConfigError("E_ENGINE_SCHEDULER", value=scheduler) from error
    with client:
        yield client


def _compare(client: Any, scheduler: str | None) -> None:
    """Every worker must have our versions and come to our bits."""
    mine = likeness()
    try:
        theirs = client.run(likeness)
    except ModuleNotFoundError as error:
        raise ConfigError("E_ENGINE_DIFFERS", detail=str(error.name)) from error
    if not theirs:
        raise ConfigError("E_ENGINE_SCHEDULER", value=scheduler)
    different = sorted({name for found in theirs.values() for name in mine if found.get(name) != mine[name]})
    if different:
        raise ConfigError("E_ENGINE_DIFFERS", detail=", ".join(different))


def _run(client: Any) -> Run:
    most = _AHEAD * max(1, len(client.scheduler_info()["workers"]))

    def run(function: Callable[[Item], Answer], items: Iterable[Item]) -> Iterable[Answer]:
        # An item travels with its call, so what a dead worker had is given to another; one that was scattered before would be lost.
        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(client.submit(function, item, pure=False))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    return run
