"""manifest.json: what a snapshot is, what went in, what it holds and the hash of every file.

No clock and no path of the machine stands in it, so the same inputs give the same bytes and the same id.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from core.errors import Place, SnapshotError

SCHEMA = 2
NAME = "manifest.json"


@dataclass(frozen=True)
class Input:
    """One source of the workspace: its ledger line. accepted + quarantined = rows_in."""

    name: str
    kind: str
    reader: str
    source: str
    licence: str
    sha256: str
    rows_in: int
    accepted: int
    quarantined: int
    attribution: str = ""
    sample: bool = False
    reasons: dict[str, int] = field(default_factory=dict)  # quarantine code -> rows

    def __post_init__(self) -> None:
        if self.accepted + self.quarantined != self.rows_in:
            raise ValueError(f"{self.name}: {self.accepted} + {self.quarantined} != {self.rows_in}")


@dataclass(frozen=True)
class Table:
    """One parquet table of the snapshot."""

    name: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class FileEntry:
    """One other file of the snapshot."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class FactorNote:
    """What a reader needs to show a factor without importing the risk package."""

    key: str
    unit: str
    weight: float
    dimension: str
    cites: str


@dataclass(frozen=True)
class Warning_:
    """Something the reader of the map must know: a code with words `warning.<code>` and its parameters."""

    code: str
    params: dict[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Everything but the bytes. `model` is the parsed model file; `bounds` is west, south, east, north in degrees."""

    title: str
    as_of: str
    area: tuple[str, ...]
    resolution: int
    version: str
    model: dict[str, Any]
    factors: tuple[FactorNote, ...]
    thresholds: tuple[float, ...]  # lower bounds of classes 2..5
    bounds: tuple[float, float, float, float]
    sample: bool
    indicative: bool
    audience: str
    inputs: tuple[Input, ...]
    tables: tuple[Table, ...]
    files: tuple[FileEntry, ...]
    class_cells: tuple[int, ...]  # number of cells of class 0..5
    class_km2: tuple[float, ...]  # their area
    warnings: tuple[Warning_, ...] = ()
    forecast: dict[str, Any] = field(default_factory=dict)  # what may be shown where, and why (publish/forecast.py)
    card: dict[str, Any] = field(default_factory=dict)  # the back-test card the forecast stands on; empty: no forecast
    sensitivity: dict[str, Any] = field(default_factory=dict)  # villages that keep their class under other weights
    schema: int = SCHEMA
    id: str = ""

    def body(self) -> bytes:
        """Canonical JSON without the id: what the id is a hash of."""
        tree = asdict(self)
        del tree["id"]
        return orjson.dumps(tree, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)

    def derived_id(self) -> str:
        """as_of and the first 12 hexadecimal digits of SHA-256 of the body."""
        return f"{self.as_of}-{hashlib.sha256(self.body()).hexdigest()[:12]}"

    def to_bytes(self) -> bytes:
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)

    def table(self, name: str) -> Table:
        """One table by name; raises SnapshotError E_SNAPSHOT_BROKEN when the snapshot has none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=NAME), detail=f"no table {name}")


def parse(raw: bytes, file: str) -> Manifest:
    """The manifest in `raw`; raises SnapshotError E_SNAPSHOT_BROKEN, or E_SNAPSHOT_SCHEMA for another schema number."""
    try:
        tree = orjson.loads(raw)
        if tree["schema"] != SCHEMA:
            raise SnapshotError("E_SNAPSHOT_SCHEMA", place=Place(file=file), found=tree["schema"], wanted=SCHEMA)
        tree["inputs"] = tuple(Input(**item) for item in tree["inputs"])
        tree["tables"] = tuple(Table(**item) for item in tree["tables"])
        tree["files"] = tuple(FileEntry(**item) for item in tree["files"])
        tree["factors"] = tuple(FactorNote(**item) for item in tree["factors"])
        tree["warnings"] = tuple(Warning_(**item) for item in tree["warnings"])
        for name in ("area", "thresholds", "bounds", "class_cells", "class_km2"):
            tree[name] = tuple(tree[name])
        manifest = Manifest(**tree)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=file), detail=str(error)) from error
    if manifest.id != manifest.derived_id():
        raise SnapshotError("E_SNAPSHOT_BROKEN", place=Place(file=file), detail="id does not fit the content")
    return manifest


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
