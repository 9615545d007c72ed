"""The read side of the archive: open a snapshot, check it, take its tables. Light imports; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import Place, SnapshotError
from store.manifest import NAME, Manifest, parse
from store.writer import CURRENT, differing


@dataclass(frozen=True)
class Snapshot:
    """One immutable snapshot; tables are read once, on first use."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def keys(self) -> tuple[str, ...]:
        """Factor keys in the model's order."""
        return tuple(factor.key for factor in self.manifest.factors)

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """A table (or some of its columns), read afresh; raises SnapshotError E_SNAPSHOT_BROKEN when it cannot be read."""
        path = self.path / self.manifest.table(name).path
        try:
            return pq.read_table(path, columns=columns, memory_map=True)
        except (OSError, pa.ArrowException) as error:
            raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=str(path)), detail=str(error)) from error

    @cached_property
    def cells(self) -> pa.Table:
        return self.table("cells")

    @cached_property
    def areas(self) -> pa.Table:
        return self.table("areas")

    def verify(self) -> list[str]:
        """Names of files that are missing or whose hash differs from the manifest; empty when whole."""
        return differing(self.path, self.manifest)


def open_snapshot(path: Path) -> Snapshot:
    """The snapshot in a folder; raises SnapshotError when its manifest is missing or broken or a file is missing."""
    file = path / NAME
    if not file.is_file():
        raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=str(file)), detail="no manifest")
    manifest = parse(file.read_bytes(), str(file))
    names = [table.path for table in manifest.tables] + [file.path for file in manifest.files]
    missing = [name for name in names if not (path / name).is_file()]
    if missing:
        raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=str(path / missing[0])), detail="file is missing")
    return Snapshot(path, manifest)


def current_id(workspace: Path) -> str:
    """The id CURRENT names; raises SnapshotError E_NO_SNAPSHOT when nothing was published."""
    file = workspace / CURRENT
    if not file.is_file():
        raise SnapshotError("E_NO_SNAPSHOT", place=Place(file=str(workspace)))
    return file.read_bytes()[:200].decode("ascii", errors="replace").strip()


def open_current(workspace: Path) -> Snapshot:
    """The published snapshot of a workspace."""
    return open_named(workspace, current_id(workspace))


def open_named(workspace: Path, snapshot_id: str) -> Snapshot:
    """A snapshot by id; raises SnapshotError E_SNAPSHOT_UNKNOWN when the workspace has none of that name."""
    home = workspace / "snapshots"
    names = {path.name for path in home.iterdir()} if home.is_dir() else set()
    if snapshot_id not in names:
        raise SnapshotError("E_SNAPSHOT_UNKNOWN", place=Place(file=str(home)), value=snapshot_id[:80])
    return open_snapshot(home / snapshot_id)
