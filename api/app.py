"""The door from a snapshot to HTTP: one ASGI application for one workspace.

Imports neither geopandas nor pandas nor rasterio: a reader starts light.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from api import errors
from api.archive import Archive
from api.change import Memory
from api.params import check_query
from api.routes import (
    areas,
    card,
    cells,
    collections,
    health,
    imports,
    pages,
    prints,
    reports,
    scenario,
    snapshots,
    tilejson,
    wilayah,
)
from api.shell import SECURE, Shell
from api.static import WebFolder
from api.tiles import TileApp
from api.uploads import Desk
from core.errors import SnapshotError

CHECKED = (areas, card, cells, collections, health, imports, prints, reports, scenario, snapshots, tilejson, wilayah)


@asynccontextmanager
async def warm(routes: FastAPI) -> AsyncIterator[None]:
    """Open the snapshot before the first reader asks; a fault is kept for /healthz and told to every reader."""
    with suppress(SnapshotError):
        await routes.state.archive.current()
    yield


def create_app(
    workspace: Path,
    *,
    render: prints.Render | None = None,
    desk: Callable[[Path], Desk] | None = None,
    web_root: Path,
    hosts: Iterable[str] | None = None,
    dev: bool = False,
) -> ASGIApp:
    """The application. `render` draws sheets; `desk` takes in files; `web_root` holds index.html.

    `hosts` are the names it answers to (None: any). `dev` reads the files of the page anew for every request. Nothing is opened
    before it is started or first asked.
    """
    routes = FastAPI(
        title="petarawan",
        version=importlib.metadata.version("petarawan"),
        lifespan=warm,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    archive = Archive(workspace)
    routes.state.archive = archive
    routes.state.printer = prints.Printer(render)
    routes.state.bench = scenario.Bench()
    routes.state.memory = Memory(workspace)
    routes.state.web = WebFolder(web_root, dev)
    routes.state.desk = None if desk is None else desk(workspace)
    errors.install(routes, [module.router for module in (*CHECKED, pages)])
    for module in CHECKED:
        routes.include_router(module.router, dependencies=[Depends(check_query)])
    routes.include_router(pages.router)
    return Shell(routes, TileApp(archive, SECURE), hosts)
