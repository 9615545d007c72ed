"""Promises of POST /api/scenario: marked, in two languages, never stored, refused with a reason, and never dearer than it may be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import numpy as np
import pytest

from api import whatif as body
from api.routes.scenario import WAITING
from core import taxonomy
from publish.run import publish
from store.snapshot import Snapshot, open_current
from tests import kota
from tests.api_client import Client, client

QUARRY = {"kind": "galian_c", "permit": "illegal", "stage": "operating", "lon": 117.46, "lat": 0.13}
ADD = {"sites": {"add": [QUARRY]}}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = kota.write(tmp_path_factory.mktemp("skenario"))
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def snapshot(workspace: Path) -> Snapshot:
    return open_current(workspace)


@pytest.fixture(scope="module")
def api(workspace: Path) -> Iterator[Client]:
    with client(workspace) as made:
        yield made


def ask(api: Client, question: Any, query: str = "", **headers: str) -> httpx.Response:
    return api.get(f"/api/scenario{query}", "POST", json=question, headers=headers)


def test_the_answer_says_what_it_is_and_adds_up(api: Client, snapshot: Snapshot) -> None:
    answer = ask(api, {**ADD, "geometry": True})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    tree = answer.json()
    assert (tree["scenario"], tree["title"], tree["snapshot"]) == (True, "SKENARIO", snapshot.id)
    assert tree["mark"] == "DATA CONTOH"
    assert tree["factors"] == ["quarry_pressure"]
    assert tree["weights"]["before"] == tree["weights"]["after"]
    cells = tree["cells"]
    assert len({len(cells[name]) for name in cells if name != "left_out"}) == 1
    assert cells["left_out"] == 0
    assert tree["summary"]["cells_changed"] == len(cells["h3"]) <= tree["summary"]["cells_computed"]
    published = dict(zip(snapshot.cells["cell"].to_pylist(), snapshot.cells["score"].to_pylist(), strict=True))
    for name, before, after, delta in zip(cells["h3"], cells["before"], cells["after"], cells["delta"], strict=True):
        assert before == published[int(name, 16)]
        assert (delta is None) == (before is None or after is None)
        assert delta is None or delta == pytest.approx(after - before, abs=1e-5)
    sizes = [abs(delta) for delta in cells["delta"] if delta is not None]
    assert sizes == sorted(sizes, reverse=True)
    for area in tree["areas"]:
        if area["delta"] is not None:
            assert sum(part["delta"] for part in area["parts"]) == pytest.approx(area["delta"], abs=1e-4)
            assert area["delta"] > 0
    assert {area["level"] for area in tree["areas"]} == {1, 2, 3, 4}
    assert tree["summary"]["areas_changed"] == len(tree["areas"])
    after = tree["summary"]["class_cells"]["after"]
    assert sum(after) == snapshot.cells.num_rows
    rings = [feature["geometry"]["coordinates"][0] for feature in tree["geojson"]["features"]]
    assert len(rings) == len(cells["h3"])
    assert all(ring[0] == ring[-1] and len(ring) == 7 for ring in rings)


def test_the_form_says_what_may_be_asked(api: Client) -> None:
    form = api.get("/api/scenario?lang=en").json()
    assert form["ready"]
    assert (form["kinds"], form["stages"]) == (list(taxonomy.SITE_KINDS), list(taxonomy.STAGES))
    assert sum(item["weight"] for item in form["weights"]) == pytest.approx(1)
    assert all(item["label"] != item["factor"] for item in form["weights"])
    whole = {item["factor"]: item["weight"] for item in form["weights"]}
    same = ask(api, {"weights": whole}).json()
    assert same["summary"]["cells_changed"] == same["summary"]["areas_changed"] == 0, (
        "the model's own weights change nothing"
    )


def test_it_is_told_in_the_readers_language(api: Client) -> None:
    tree = ask(api, ADD, "?lang=en").json()
    assert tree["title"] == "SCENARIO"
    assert tree["areas"][0]["parts"][0]["label"] == "Quarry and mine pressure"


def test_weights_move_every_scored_cell_and_fewer_may_be_listed(api: Client, snapshot: Snapshot) -> None:
    tree = ask(api, {"weights": {"population": 0.5, "remoteness": 0}, "cells": 7}).json()
    assert len(tree["cells"]["h3"]) == 7
    assert tree["cells"]["left_out"] == tree["summary"]["cells_changed"] - 7
    assert tree["summary"]["cells_computed"] == snapshot.cells.num_rows
    assert sum(tree["weights"]["after"].values()) == pytest.approx(1)
    assert tree["weights"]["after"]["remoteness"] == 0
    assert "geojson" not in tree
    ranks = [area["rank_after"] for area in tree["areas"] if area["level"] == 4 and area["rank_after"] is not None]
    assert min(ranks) >= 1


def test_nothing_is_stored(api: Client, workspace: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in workspace.rglob("*")}
    first = ask(api, ADD).json()
    assert ask(api, ADD).json() == first
    assert {path: path.stat().st_mtime_ns for path in workspace.rglob("*")} == before


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({}, "E_SCENARIO_EMPTY"),
        ({"sites": {}, "weights": {}}, "E_SCENARIO_EMPTY"),
        ({"sites": {"close": ["tidak-ada"]}}, "E_SCENARIO_SITE"),
        ({"sites": {"move": [{"id": "sites:2", "lon": 110.0, "lat": 0.1}]}}, "E_SCENARIO_PLACE"),
        ({"sites": {"add": [{**QUARRY, "lon": 200.0}]}}, "E_SCENARIO_PLACE"),
        ({"posts": {"add": [{"lon": 106.8, "lat": -6.2}]}}, "E_SCENARIO_PLACE"),
        ({"weights": {"cuaca": 0.5}}, "E_SCENARIO_WEIGHTS"),
        ({"weights": dict.fromkeys(["population"], -0.1)}, "E_BODY"),
        ({"weights": {"population": 1.5}}, "E_BODY"),
        ({"weights": {"population": "0.5"}}, "E_BODY"),
        ({"sites": {"add": [{**QUARRY, "kind": "tambak"}]}}, "E_BODY"),
        ({"sites": {"add": [{**QUARRY, "nama": "x"}]}}, "E_BODY"),
        ({"sites": {"add": [{**QUARRY, "lat": None}]}}, "E_BODY"),
        ({"sites": {"add": [QUARRY] * 101}}, "E_BODY"),
        ({**ADD, "cells": 5001}, "E_BODY"),
        ({**ADD, "cells": -1}, "E_BODY"),
        ({**ADD, "geometry": 1}, "E_BODY"),
        ([], "E_BODY"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(api: Client, question: Any, code: str) -> None:
    answer = ask(api, question)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"]


@pytest.mark.parametrize("text", ["{", '{"weights": {"population": NaN}}', '{"cells": 1, "cells": 2}', "[" * 5000])
def test_a_body_that_is_no_json_is_refused(api: Client, text: str) -> None:
    answer = api.get("/api/scenario", "POST", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "E_BODY_JSON")


def test_it_is_guarded_like_every_post(api: Client) -> None:
    assert ask(api, ADD, origin="http://jahat.example").json()["code"] == "E_ORIGIN"
    form = api.get("/api/scenario", "POST", content="a=1", headers={"content-type": "text/plain"})
    assert (form.status_code, form.json()["code"]) == (415, "E_MEDIA")
    large = api.get("/api/scenario", "POST", content=b" " * (300 << 10), headers={"content-type": "application/json"})
    assert (large.status_code, large.json()["code"]) == (413, "E_BODY_LARGE")
    wrong = api.get("/api/scenario", "PUT", json=ADD)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "E_METHOD", "GET, HEAD, POST")
    assert ask(api, ADD, "?zona=1").json()["code"] == "E_UNKNOWN_PARAMETER"


def test_many_at_once_wait_their_turn_or_are_sent_away(api: Client) -> None:
    async def all_of_them() -> list[httpx.Response]:
        asked = (api.http.post("/api/scenario", json=ADD) for _ in range(WAITING + 4))
        return list(await asyncio.gather(*asked))

    answers = api.runner.run(all_of_them())
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) >= WAITING
    busy = [answer for answer in answers if answer.status_code != 200]
    assert all((b.status_code, b.json()["code"]) == (429, "E_SCENARIO_BUSY") for b in busy)
    assert all(int(b.headers["retry-after"]) > 0 for b in busy)
    assert ask(api, ADD).status_code == 200


def test_a_snapshot_of_another_model_is_refused_and_the_map_goes_on(api: Client, snapshot: Snapshot) -> None:
    from api.routes.scenario import Bench

    bench = Bench()
    served = api.runner.run(_served(api))
    manifest = served.manifest
    kept = manifest.model["factor"][0]["key"]
    manifest.model["factor"][0]["key"] = "faktor_lama"
    try:
        api_app = api.http._transport.app._routes  # type: ignore[attr-defined]
        whole, api_app.state.bench = api_app.state.bench, bench
        answer = ask(api, ADD)
        form = api.get("/api/scenario?lang=en").json()
        api_app.state.bench = whole
    finally:
        manifest.model["factor"][0]["key"] = kept
    assert (answer.status_code, answer.json()["code"]) == (409, "E_SCENARIO_OLD")
    assert not form["ready"]
    assert "Publish the workspace again" in form["note"]
    assert ask(api, ADD).status_code == 200


async def _served(api: Client) -> Any:
    return await api.http._transport.app._routes.state.archive.current()  # type: ignore[attr-defined]


def test_words_of_the_body_are_those_of_the_taxonomy() -> None:
    assert get_args(body.SiteKind) == taxonomy.SITE_KINDS
    assert get_args(body.Permit) == taxonomy.PERMITS
    assert get_args(body.Stage) == taxonomy.STAGES


def test_a_cell_of_the_answer_is_the_cell_of_the_map(api: Client) -> None:
    cells = ask(api, ADD).json()["cells"]
    first = api.get(f"/api/cells/{cells['h3'][0]}").json()
    assert np.float32(first["score"]) == np.float32(cells["before"][0])
    assert first["class"] == cells["class_before"][0]
