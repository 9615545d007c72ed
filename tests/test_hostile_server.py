"""Hostile files sent to the real server: jobs end with words, nothing is fetched or given away, nothing stays, the server answers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.words import catalogue
from intake import jobs
from tests import hostile_files as files
from tests.desk_client import server
from tests.hostile_files import Scene
from tests.test_hostile import CANARY, heard, scene  # noqa: F401 - fixtures

# One of each sort; every file goes through the same doors in test_hostile.py.
SENT = (
    files.vrt, files.link, files.kml, files.slip, files.bomb, files.grids_of_prj, files.triggers, files.virtual, files.duckdb, files.deep,
    files.entities, files.ods_repeats
)  # fmt: skip
ENDED = ("failed", "ready", "done")


def ended(http: httpx.Client, href: str) -> dict[str, Any]:
    """The job when nothing more happens to it; the server must answer at once all the while."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        before = time.monotonic()
        assert http.get("/healthz").status_code == 200
        assert time.monotonic() - before < 5
        told: dict[str, Any] = http.get(href).json()
        if told["state"] in ENDED:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


@pytest.mark.slow
def test_faults_074_to_089_through_the_server(scene: Scene, published: Path) -> None:  # noqa: F811
    folder = published
    states: dict[str, str] = {}
    with (
        server(folder, "--engine", "intake.engine", desk="intake.desk:open_desk") as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        for maker in SENT:
            path = maker(scene)
            sent = http.post(
                "/api/imports",
                params={"kind": "incidents", "name": path.name},
                content=path.read_bytes(),
                headers={"content-type": "application/octet-stream"},
            )
            if sent.status_code != 202:
                assert 400 <= sent.status_code < 500
                states[maker.__name__] = str(sent.json()["code"])
                continue
            told = ended(http, sent.json()["href"])
            rows = http.get(f"{sent.json()['href']}/rows", params={"outcome": "accepted"})
            assert CANARY not in str(told) + rows.text
            states[maker.__name__] = str(told["error"]["code"]) if told["state"] == "failed" else told["state"]
            http.delete(sent.json()["href"]).raise_for_status()
        assert http.get("/readyz").status_code == 200
    assert not list((folder / jobs.HOME).rglob(jobs.TEMPORARY))
    assert set(states.values()) - {"ready"} <= {
        key.split(".")[1] for key in catalogue("id") if key.startswith("error.")
    }
    assert states["bomb"] == "E_ZIP_BOMB"
    assert states["vrt"] == states["kml"] == states["duckdb"] == "E_FOREIGN"
    assert states["deep"] == "E_JSON_DEPTH"
    assert not [item for item in folder.rglob("*") if item.is_file() and CANARY.encode() in item.read_bytes()]
