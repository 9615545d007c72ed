"""The snapshots of a workspace as the server sees them: CURRENT watched, a broken newcomer refused, old ones kept at hand."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from api.served import Served, prepare
from core.errors import SnapshotError
from store.snapshot import Snapshot, current_id, open_named
from store.writer import CURRENT

KEPT = 4  # snapshots besides the current one that stay open
_log = structlog.get_logger("petarawan.api")
Signature = tuple[int, int, int]


def snapshot_ids(workspace: Path) -> list[str]:
    """Ids of the published snapshots, newest as_of first."""
    home = workspace / "snapshots"
    names = [path.name for path in home.iterdir() if path.is_dir()] if home.is_dir() else []
    return sorted(names, reverse=True)


def startable(workspace: Path) -> tuple[Snapshot, SnapshotError | None]:
    """The current snapshot if it is whole, else the last built other that is, with the fault of the current one.

    Raises SnapshotError: E_NO_SNAPSHOT when nothing was published, else the fault of the current one when no other is whole.
    """
    wanted = current_id(workspace)
    fault: SnapshotError | None = None
    home = workspace / "snapshots"
    others = [name for name in snapshot_ids(workspace) if name != wanted]
    for name in (wanted, *sorted(others, key=lambda other: (home / other).stat().st_mtime_ns, reverse=True)):
        try:
            snapshot = open_named(workspace, name)
            damaged = snapshot.verify()
            if damaged:
                raise SnapshotError("E_SNAPSHOT_BROKEN", detail=", ".join(damaged))
        except SnapshotError as error:
            fault = fault or error
        else:
            return snapshot, fault
    assert fault is not None
    raise fault


def _stamps(snapshot: Snapshot) -> tuple[Signature, ...]:
    """inode, time and size of every file: what changes when somebody writes into a snapshot; (0, 0, 0) for one that is gone."""
    names = [table.path for table in snapshot.manifest.tables] + [entry.path for entry in snapshot.manifest.files]
    found: list[Signature] = []
    for name in names:
        try:
            stat = (snapshot.path / name).stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


@dataclass
class Archive:
    """Mutable on purpose: which snapshot is served, and the fault of the one that should be. One per worker."""

    workspace: Path
    fault: SnapshotError | None = None
    _current: Served | None = None
    _seen: Signature | None = None
    _others: OrderedDict[str, Served] = field(default_factory=OrderedDict)
    _stamps: tuple[Signature, ...] = ()
    _damage: SnapshotError | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def _signature(self) -> Signature | None:
        try:
            stat = (self.workspace / CURRENT).stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    async def current(self) -> Served:
        """The snapshot to serve now; looks at CURRENT (one stat) and opens a newcomer in a thread.

        Raises SnapshotError when there is none to serve.
        """
        if self._current is not None and self._signature() == self._seen:
            return self._current
        async with self._lock:
            signature = self._signature()
            if self._current is None or signature != self._seen:
                await self._move()
                self._seen = signature
        if self._current is None:
            raise self.fault or SnapshotError("E_NO_SNAPSHOT")
        return self._current

    async def _move(self) -> None:
        previous = self._current
        try:
            if previous is None:
                snapshot, fault = await asyncio.to_thread(startable, self.workspace)
            else:
                snapshot, fault = (
                    await asyncio.to_thread(lambda: open_named(self.workspace, current_id(self.workspace))),
                    None,
                )
            stamps = await asyncio.to_thread(_stamps, snapshot)
            self._current = await asyncio.to_thread(prepare, snapshot)
            self.fault, self._damage, self._stamps = fault, None, stamps
        except SnapshotError as error:
            self.fault = error
        if self.fault is not None:
            serving = self._current.id if self._current else None
            _log.error(
                "snapshot_refused",
                code=self.fault.code,
                detail=str(self.fault.params.get("detail", "")),
                serving=serving,
            )
        if previous is not None and self._current is not previous:
            self._keep(previous)

    def _keep(self, served: Served) -> None:
        self._others[served.id] = served
        self._others.move_to_end(served.id)
        while len(self._others) > KEPT:
            self._others.popitem(last=False)

    async def recheck(self) -> SnapshotError | None:
        """The fault of the served snapshot if its files were touched since it was opened and no longer hash right."""
        served = await self.current()
        stamps = await asyncio.to_thread(_stamps, served.snapshot)
        if stamps != self._stamps:
            damaged = await asyncio.to_thread(served.snapshot.verify)
            self._damage = SnapshotError("E_SNAPSHOT_BROKEN", detail=", ".join(damaged)) if damaged else None
            self._stamps = stamps
        return self._damage

    def at_hand(self, snapshot_id: str) -> Served | None:
        """A snapshot that is already open, or None."""
        if self._current is not None and self._current.id == snapshot_id:
            return self._current
        return self._others.get(snapshot_id)

    async def named(self, snapshot_id: str) -> Served:
        """A snapshot by id; raises SnapshotError E_SNAPSHOT_UNKNOWN or E_SNAPSHOT_BROKEN."""
        current = await self.current()
        found = current if current.id == snapshot_id else self._others.get(snapshot_id)
        if found is None:
            async with self._lock:
                found = self._others.get(snapshot_id)
                if found is None:
                    found = await asyncio.to_thread(lambda: prepare(open_named(self.workspace, snapshot_id)))
                    self._keep(found)
        return found
