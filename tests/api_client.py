"""A client that calls the application in this process, and a snapshot with a few tiles made by the pmtiles library itself."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from api.app import create_app
from core import tables
from core.cells import parents
from store.manifest import Table
from store.snapshot import Snapshot, open_named
from store.writer import Build, publishing
from tests.synthetic import make

TILE = b"not a real vector tile, but the bytes that were put in " * 20
FULL, EMPTY = (7, 105, 63), (7, 104, 63)


class Client:
    """Blocking calls on one event loop, so locks and queues live as they do in a worker."""

    def __init__(self, app: Any) -> None:
        self.runner = asyncio.Runner()
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")

    def get(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        return self.runner.run(self.http.request(method, path, **options))

    def together(self, *paths: str) -> list[httpx.Response]:
        async def all_of_them() -> list[httpx.Response]:
            return list(await asyncio.gather(*(self.http.get(path) for path in paths)))

        return self.runner.run(all_of_them())

    def close(self) -> None:
        self.runner.run(self.http.aclose())
        self.runner.close()


@contextmanager
def client(workspace: Path, **options: Any) -> Iterator[Client]:
    """A client of a workspace."""
    web = workspace / "web"
    web.mkdir(exist_ok=True)
    (web / "index.html").write_text("<!doctype html><title>peta</title>", encoding="utf-8")
    made = Client(create_app(workspace, **{"web_root": web, **options}))
    try:
        yield made
    finally:
        made.close()


def write_tiles(path: Path, kind: TileType) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_mvt = kind is TileType.MVT
    with path.open("wb") as handle:
        writer = Writer(handle)
        writer.write_tile(zxy_to_tileid(4, 13, 7), gzip.compress(TILE, mtime=0) if is_mvt else TILE)
        writer.write_tile(zxy_to_tileid(*FULL), gzip.compress(TILE + b"7", mtime=0) if is_mvt else TILE + b"7")
        writer.tile_f.flush()
        header = {
            "tile_type": kind,
            "tile_compression": Compression.GZIP if is_mvt else Compression.NONE,
            "min_lon_e7": 1170000000,
            "min_lat_e7": 0,
            "max_lon_e7": 1173600000,
            "max_lat_e7": 3000000,
        }
        writer.finalize(header, {"vector_layers": [{"id": path.stem, "fields": {}}]})
        writer.tile_f.close()


def write_coarse(build: Build, plain: Snapshot, res: int) -> Table:
    """A table of coarser cells; each shows the first of its children, which is enough for a reader."""
    parent, first = np.unique(parents(plain.cells["cell"].to_numpy(), res), return_index=True)
    cells = plain.cells.take(pa.array(first)).set_column(0, "cell", pa.array(parent))
    cells = cells.set_column(1, "kode", pa.nulls(len(parent), pa.string()))
    return build.write_table(f"cells_r{res}", cells, tables.coarse_cells(plain.keys))


def published(
    workspace: Path, seed: int = 7, names: dict[str, str] | None = None, coarse: Sequence[int] = (), **changes: Any
) -> Snapshot:
    """The invented snapshot with tiles; `changes` go into the manifest."""
    plain = make(workspace, seed, names=names)
    with publishing(workspace):
        build = Build.start(workspace)
        for table in plain.manifest.tables:
            shutil.copy(plain.path / table.path, build.folder)
        more = tuple(write_coarse(build, plain, res) for res in coarse)
        for layer, kind in (("cells", TileType.MVT), ("areas", TileType.MVT), ("risk", TileType.PNG)):
            write_tiles(build.folder / "tiles" / f"{layer}.pmtiles", kind)
        manifest = build.finish(
            replace(plain.manifest, files=(), id="", tables=(*plain.manifest.tables, *more), **changes)
        )
    shutil.rmtree(plain.path)
    return open_named(workspace, manifest.id)
