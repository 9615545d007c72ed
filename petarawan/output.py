"""A file of the user's, written at once or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

from core.errors import ConfigError, Place, reason
from core.words import Phrase


def write(workspace: Path, path: Path, content: bytes) -> None:
    """Write it; never into the archive, never over a folder or a device. Raises ConfigError E_OUT_ARCHIVE, E_OUT."""
    place = Place(file=str(path))
    try:
        if path.absolute().resolve().is_relative_to((workspace / "snapshots").absolute().resolve()):
            raise ConfigError("E_OUT_ARCHIVE", place=place)
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise ConfigError("E_OUT", place=place, detail=Phrase("os.not_file"))
        temporary = path.with_name(path.name + ".tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError("E_OUT", place=place, detail=reason(error)) from error
