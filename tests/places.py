"""Where the real files for testing lie; tests that need them skip, saying so, where they are absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_SHARED = Path(os.environ.get("PETARAWAN_SHARED", ROOT.parent / "shared"))
SHARED = _SHARED / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real test files are not here: {SHARED}")
