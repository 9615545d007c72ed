"""Start granian over the application: checks first, then workers that each build their own application."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server
from starlette.types import ASGIApp

from api.app import create_app
from api.archive import startable
from core.errors import ServeError
from core.logs import log_as_json

HEADER_TIMEOUT = 10_000  # milliseconds a client may take to send its request line and headers
STOP_AFTER = 10  # seconds a worker gets to finish its requests
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def serve(
    workspace: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    *,
    web_root: Path,
    render: str | None = None,
    desk: str | None = None,
    access_log: bool = False,
    dev: bool = False,
    ready: Callable[[str], None] | None = None,
    beside: AbstractContextManager[object] | None = None,
) -> None:
    """Serve a workspace until interrupted. `render` and `desk` are dotted names ("prints.sheet:render", "intake.desk:open_desk").

    Port 0 takes a free one; `ready` is called with the address once it listens; `beside` is entered for as long as it serves.
    Raises ServeError E_EXPOSED for a host that is not loopback, ServeError E_PORT for a port in use, SnapshotError E_NO_SNAPSHOT or
    E_SNAPSHOT_BROKEN when there is nothing to serve.
    """
    check_host(host)
    startable(workspace)
    port = check_port(host, port)
    server = Server(
        "petarawan",
        address="127.0.0.1" if host == "localhost" else host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT),
        log_level=LogLevels.error,
        log_access=access_log,
        workers_kill_timeout=STOP_AFTER,
    )
    if ready is not None:
        shown = f"[{host}]" if ":" in host else host
        server.on_startup(partial(ready, f"http://{shown}:{port}/"))
    build = partial(build_app, str(workspace.resolve()), str(web_root.resolve()), render, desk, dev)
    with beside or nullcontext():
        server.serve(target_loader=build, wrap_loader=False)


def build_app(workspace: str, web_root: str, render: str | None, desk: str | None, dev: bool) -> ASGIApp:
    """The application of one worker; called in the worker's own process."""
    log_as_json()
    return create_app(
        Path(workspace),
        render=resolve(render),
        desk=resolve(desk),
        web_root=Path(web_root),
        hosts=LOOPBACK_NAMES,
        dev=dev,
    )


def resolve(dotted: str | None) -> Any:
    """The function a dotted name 'package.module:function' means, imported when it is first called."""
    if dotted is None:
        return None
    module, _, name = dotted.partition(":")

    def call(*args: object, **kwargs: object) -> object:
        return getattr(import_module(module), name)(*args, **kwargs)

    return call


def check_host(host: str) -> None:
    """Raise ServeError E_EXPOSED unless the host is this machine alone: there is no access control yet."""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ServeError("E_EXPOSED", host=host)


def check_port(host: str, port: int) -> int:
    """The port, or a free one for 0; raises ServeError E_PORT when it cannot be bound.

    Needed before the workers start: they share the port (SO_REUSEPORT), so two servers of ours would silently share it too.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1" if host == "localhost" else host, port))
        except (OSError, OverflowError) as error:
            detail = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise ServeError("E_PORT", host=host, port=port, detail=detail) from error
        return int(probe.getsockname()[1])
