"""The files of the web page: read once into memory, served by exact name, so nothing outside the folder can be named."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from api.replies import GZIP_FROM, etag_of

MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".pbf": "application/x-protobuf",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
LEFT_OUT = {"node_modules", "package.json", "package-lock.json", "tests"}
READY_PACKED = {".png", ".woff2", ".ico"}


@dataclass(frozen=True)
class StaticFile:
    """One file with its media type, tag and gzipped form."""

    body: bytes
    media: str
    packs: bool

    @cached_property
    def etag(self) -> str:
        return etag_of(self.body)

    @cached_property
    def packed(self) -> bytes | None:
        return gzip.compress(self.body, 9, mtime=0) if self.packs and len(self.body) >= GZIP_FROM else None


def listing(root: Path) -> dict[str, Path]:
    """Every file that may be served, by its address below the folder.

    Dot files, build files, unknown types and links that lead out are left out.
    """
    found, home = {}, root.resolve()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("."))
        for name in names:
            path = Path(folder, name)
            if (
                path.suffix in MEDIA
                and name not in LEFT_OUT
                and not name.startswith(".")
                and path.is_file()
                and path.resolve().is_relative_to(home)
            ):
                found[path.relative_to(root).as_posix()] = path
    return found


@dataclass
class WebFolder:
    """The folder of the page; with `dev` files are read anew for every request. Mutable: it fills as files are asked for."""

    root: Path
    dev: bool = False
    _names: dict[str, Path] | None = None
    _files: dict[str, StaticFile] = field(default_factory=dict)

    def get(self, name: str) -> StaticFile | None:
        """A file by its address below the folder, or None."""
        if self._names is None or self.dev:
            self._names = listing(self.root)
        path = self._names.get(name)
        if path is None:
            return None
        if name not in self._files or self.dev:
            self._files[name] = StaticFile(path.read_bytes(), MEDIA[path.suffix], path.suffix not in READY_PACKED)
        return self._files[name]
