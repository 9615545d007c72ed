"""The page in a real Chromium with the network cut: a published invented snapshot, the real server, and what the browser complained of."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.places import ROOT

CHROMIUM = Path("/usr/bin/chromium")
VENDOR = ROOT / "web" / "vendor" / "maplibre-gl" / "maplibre-gl.mjs"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_SERVE = """
import sys
from pathlib import Path
from api.server import serve
serve(Path(sys.argv[1]), port=0, web_root=Path(sys.argv[2]), ready=lambda address: print(address, flush=True))
"""


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """The address of a server of its own process over a workspace, with web/ as it stands."""
    command = [sys.executable, "-c", _SERVE, str(workspace), str(ROOT / "web")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip().rstrip("/")
            _wait_for(f"{address}/healthz")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(address: str, seconds: float = 20) -> None:
    """The server says its address a moment before its worker listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urlopen(address, timeout=5).close()
            return
        except URLError:
            time.sleep(0.05)
    raise AssertionError(f"no answer from {address}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, drawing WebGL2 in software."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One open page and everything that went wrong in it. Mutable: complaints arrive while it is open."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def guard(self, route: Route) -> None:
        """Lets requests to this machine through and cuts every other."""
        if urlsplit(route.request.url).hostname in ("127.0.0.1", "localhost") or route.request.url.startswith(
            ("data:", "blob:")
        ):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def open(self, state: str = "") -> Visit:
        """Go to the page at an address of its own and wait until it says that it is ready."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.base}/#{state}")
        self.until("document.body.dataset.ready === 'true'", 30)
        return self

    def until(self, expression: str, seconds: float = 10) -> Any:
        """Poll a JavaScript expression until it is true (wait_for_function would need unsafe-eval)."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.page.evaluate(expression):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never became true: {expression}; complaints: {self.complaints}")

    def text(self, selector: str) -> str:
        return (self.page.text_content(selector) or "").strip()

    def centre(self) -> tuple[float, float]:
        """The middle of the map on the screen."""
        box = self.page.locator("#map").bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def state(self) -> str:
        return urlsplit(self.page.url).fragment


@contextmanager
def visit(browser: Browser, base: str, width: int = 1100, height: int = 640, script: str = "") -> Iterator[Visit]:
    """A fresh browser context; `script` runs before the page's own."""
    context = browser.new_context(viewport={"width": width, "height": height})
    if script:
        context.add_init_script(script)
    page = context.new_page()
    seen = Visit(page, base)
    page.on(
        "console", lambda m: seen.complaints.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: seen.complaints.append(f"uncaught: {error}"))
    page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.route("**/*", seen.guard)
    yield seen
    context.close()
