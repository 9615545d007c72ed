"""The [[source]] lines of fetched boundaries, to paste into petarawan.toml or to be added at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import tomli_w

from core import settings
from core.errors import ConfigError, Place


def lines(files: Sequence[Path], workspace: Path | None, commit: str) -> str:
    """One [[source]] with the files by name, relative to the workspace where they lie inside it."""
    source = {
        "kind": "boundaries",
        "reader": "cahyadsn_sql",
        "name": "batas desa/kelurahan",
        "licence": "MIT",
        "attribution": f"cahyadsn/wilayah_boundaries @ {commit[:8]}, geometri BIG/Kemendagri",
        "path": [_relative(path.absolute(), workspace) for path in files],
    }
    return "[[source]]\n" + tomli_w.dumps(source).strip()


def _relative(path: Path, workspace: Path | None) -> str:
    base = None if workspace is None else workspace.absolute()
    return str(path.relative_to(base)) if base is not None and path.is_relative_to(base) else str(path)


def refuse_second(workspace: Path) -> None:
    """Raise ConfigError E_ONE_BOUNDARY where petarawan.toml has boundaries already, and as `settings.load`."""
    if any(source.kind == "boundaries" for source in settings.load(workspace).source):
        raise ConfigError("E_ONE_BOUNDARY", place=Place(file=settings.FILE_NAME))


def add_to(workspace: Path, block: str) -> None:
    """Add a source at the end of petarawan.toml, leaving every byte before it as it was; the file is replaced whole or not at all.

    Raises as `refuse_second`, and as `settings.load` for the file as it would become.
    """
    refuse_second(workspace)
    path = workspace / settings.FILE_NAME
    before = path.read_bytes()
    after = before + (b"" if before.endswith(b"\n") else b"\n") + f"\n{block}\n".encode()
    with TemporaryDirectory(prefix="petarawan-") as folder:
        (Path(folder) / settings.FILE_NAME).write_bytes(after)
        settings.load(Path(folder))
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(after)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
