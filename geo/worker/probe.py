"""A task that does nothing: its answer tells which guards hold on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.worker.frames import Writer


def run(read: Mapping[str, Path], params: Mapping[str, Any], write: Writer) -> None:
    """No frame of its own."""
