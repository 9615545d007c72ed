"""What the API answers about places and snapshots, and that it says the same as the snapshot."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h3
import pyarrow.compute as pc
import pytest

from core.cells import to_text
from store.snapshot import Snapshot
from tests.api_client import Client, client, published
from tests.places import ROOT

VILLAGE, DISTRICT = "64.74.01.1001", "64.08.01"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def api(snapshot: Snapshot) -> Iterator[Client]:
    with client(snapshot.path.parents[1]) as made:
        yield made


def test_every_area_answers_with_the_published_numbers_and_contributions_that_sum(
    api: Client, snapshot: Snapshot
) -> None:
    scored = 0
    for row in snapshot.areas.to_pylist():
        fact = api.get(f"/api/areas/{row['kode']}").json()
        assert {
            k: fact[k] for k in ("kode", "name", "level", "parent", "score", "class", "coverage", "rank", "area_km2")
        } == {k: row[k] for k in ("kode", "name", "level", "parent", "score", "class", "coverage", "rank", "area_km2")}
        assert fact["counts"] == {k: row[k] for k in ("incidents", "tps", "voters", "sites", "people")}
        assert [item["factor"] for item in fact["contributions"]] == list(snapshot.keys)
        parts = [item["contribution"] for item in fact["contributions"]]
        if row["score"] is None:
            assert parts == [None] * len(parts)
            assert (fact["class"], fact["class_label"]) == (0, "Belum terpantau")
        else:
            scored += 1
            assert sum(part for part in parts if part is not None) == pytest.approx(row["score"], abs=1e-4)
    assert scored > 3


def test_cells_answer_with_the_published_numbers(api: Client, snapshot: Snapshot) -> None:
    rows = snapshot.cells.to_pylist()
    chosen = [row for row in rows if row["score"] is None][:3] + rows[:: len(rows) // 40]
    for row in chosen:
        fact = api.get(f"/api/cells/{to_text(row['cell'])}").json()
        assert (fact["h3"], fact["kode"], fact["score"]) == (to_text(row["cell"]), row["kode"], row["score"])
        parts = [item["contribution"] for item in fact["contributions"]]
        if row["score"] is None:
            assert parts == [None] * len(parts)
            assert (fact["class"], fact["class_label"]) == (0, "Belum terpantau")
        else:
            assert sum(part for part in parts if part is not None) == pytest.approx(row["score"], abs=1e-4)
        unknown = [item for item in fact["contributions"] if not item["known"]]
        assert unknown and all(item["raw"] is None and item["value"] is None for item in unknown)


def test_coarser_cells_answer_from_their_own_table(tmp_path: Path) -> None:
    snapshot = published(tmp_path, coarse=(6, 5))
    with client(tmp_path) as api:
        for res in (6, 5):
            rows = snapshot.table(f"cells_r{res}").to_pylist()
            for row in rows[:5]:
                fact = api.get(f"/api/cells/{to_text(row['cell'])}").json()
                assert (fact["h3"], fact["kode"], fact["score"]) == (to_text(row["cell"]), None, row["score"])
                assert fact["path"] == [] and len(fact["contributions"]) == len(snapshot.keys)
        for res in (4, 7, 9):
            elsewhere = h3.latlng_to_cell(0.1, 117.1, res)
            assert api.get(f"/api/cells/{elsewhere}").json()["code"] == "E_NO_CELL"


def test_a_point_answers_as_the_cell_under_it(api: Client, snapshot: Snapshot) -> None:
    text = to_text(snapshot.cells["cell"][500].as_py())
    lat, lon = h3.cell_to_latlng(text)
    assert api.get(f"/api/at?lon={lon}&lat={lat}").json() == api.get(f"/api/cells/{text}").json()
    outside = api.get("/api/at?lon=110&lat=1")
    assert (outside.status_code, outside.json()["code"]) == (404, "E_OUTSIDE")
    for query in (
        "lon=117",
        "lon=nan&lat=0",
        "lon=inf&lat=0",
        "lon=181&lat=0",
        "lon=117&lat=91",
        "lon=a&lat=0",
        "lon=1e400&lat=0",
    ):
        refused = api.get(f"/api/at?{query}")
        assert (refused.status_code, refused.json()["code"]) == (400, "E_PARAMETER"), query


def test_ranking_is_by_score_with_the_unmonitored_last(api: Client, snapshot: Snapshot) -> None:
    found = api.get("/api/areas?level=4&sort=score").json()
    scores = [item["score"] for item in found["items"]]
    known = [score for score in scores if score is not None]
    assert known == sorted(known, reverse=True)
    assert scores[: len(known)] == known
    assert [item["rank"] for item in found["items"]][: len(known)] == list(range(1, len(known) + 1))
    assert found["total"] == pc.sum(pc.equal(snapshot.areas["level"], 4)).as_py() == len(found["items"])
    by_name = [item["name"] for item in api.get("/api/areas?sort=name").json()["items"]]
    assert by_name == sorted(by_name, key=str.casefold)


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("bontang", "64.74"),
        ("Muara wahau", "64.08.02"),
        ("muara-ancalong", "64.08.01"),
        ("64.08", "64.08"),
        ("640802", "64.08.02"),
    ],
)
def test_search_by_name_and_code(api: Client, q: str, first: str) -> None:
    assert api.get("/api/areas", params={"q": q}).json()["items"][0]["kode"] == first


def test_search_finds_nothing_where_there_is_nothing(api: Client) -> None:
    for q in ("zzz", "---", "<script>", "%"):
        assert api.get("/api/areas", params={"q": q}).json()["items"] == [], q


def test_parent_gives_children_or_all_of_a_level(api: Client) -> None:
    children = api.get("/api/areas?parent=64.08").json()["items"]
    assert [item["kode"] for item in children] == ["64.08.01", "64.08.02"]
    villages = api.get("/api/areas?parent=64.08&level=4").json()["items"]
    assert len(villages) == 9
    assert villages[0]["path"][1] == {"kode": "64.08", "name": "Kutai Timur", "level": 2}
    first = api.get("/api/areas?parent=64.08&level=4&limit=4").json()
    rest = api.get("/api/areas?parent=64.08&level=4&offset=4").json()
    assert first["items"] + rest["items"] == villages
    assert first["total"] == 9


def test_current_snapshot_says_what_the_page_needs(api: Client, snapshot: Snapshot) -> None:
    about = api.get("/api/snapshots/current").json()
    assert about["id"] == snapshot.id
    assert [c["cells"] for c in about["classes"]] == list(snapshot.manifest.class_cells)
    assert sum(c["share"] for c in about["classes"]) == pytest.approx(1)
    assert [(c["min"], c["max"]) for c in about["classes"]] == [
        (None, None),
        (0, 10),
        (10, 20),
        (20, 35),
        (35, 50),
        (50, 100),
    ]
    assert sum(f["weight"] for f in about["factors"]) == pytest.approx(1)
    assert about["inputs"][0]["accepted"] + about["inputs"][0]["quarantined"] == about["inputs"][0]["rows_in"]
    assert api.get(f"/api/snapshots/{snapshot.id}").json() == about
    listed = api.get("/api/snapshots").json()
    assert listed["items"] == [{"id": snapshot.id, "as_of": "2024-10-31", "current": True}]
    unknown = api.get("/api/snapshots/2020-01-01-000000000000")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "E_SNAPSHOT_UNKNOWN")


def test_sample_data_say_so_in_every_answer(api: Client) -> None:
    paths = [
        "/api",
        "/api/areas",
        f"/api/areas/{DISTRICT}",
        "/api/at?lon=117.05&lat=0.05",
        "/api/snapshots",
        "/api/snapshots/current",
    ]
    paths += [
        "/api/collections",
        "/api/collections/tps",
        "/api/collections/tps/items",
        "/api/collections/tps/items/t001",
    ]
    paths += ["/tiles/cells.json", "/healthz", "/readyz"]
    for path in paths:
        answer = api.get(path).json()
        assert (answer["sample"], answer["mark"]) == (True, "DATA CONTOH"), path
    assert "DATA CONTOH" in api.get(f"/wilayah/{DISTRICT}").text


def test_languages(api: Client, snapshot: Snapshot) -> None:
    cell = next(row["cell"] for row in snapshot.cells.to_pylist() if row["class"] == 0)
    here, label = f"/api/cells/{to_text(cell)}", "class_label"
    english = api.get(f"{here}?lang=en").json()
    assert english[label] == "Not monitored"
    assert api.get(here, headers={"accept-language": "en-US,en;q=0.9,id;q=0.8"}).json() == english
    for accept in ("id,en;q=0.5", "", "fr", "en;q=0", "*", "en;q=x"):
        assert api.get(here, headers={"accept-language": accept}).json()[label] == "Belum terpantau", accept
    assert api.get(f"{here}?lang=id", headers={"accept-language": "en"}).json()[label] == "Belum terpantau"
    wrong = api.get("/api/areas?lang=fr")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "E_PARAMETER")
    missing = "/api/areas/99"
    assert api.get(missing).json()["detail"] == "Tidak ada wilayah dengan kode 99 dalam snapshot ini."
    assert (
        api.get(missing, headers={"accept-language": "en"}).json()["detail"]
        == "This snapshot has no area with the code 99"
    )


def test_the_landing_page_leads_to_addresses_that_answer(api: Client) -> None:
    links = api.get("/api").json()["links"]
    assert len(links) >= 6
    for link in links:
        answer = api.get(link["href"])
        assert answer.status_code == 200, link
        assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0]


def test_security_headers_on_every_answer(api: Client, snapshot: Snapshot) -> None:
    for path in (
        "/",
        "/api/areas",
        "/nothing",
        f"/tiles/cells/{snapshot.id}/7/105/63.mvt",
        "/tiles/cells/x/0/0/0.mvt",
        "/wilayah/64",
    ):
        headers = api.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers


def test_readers_start_light() -> None:
    heavy = "import sys, api.app; print([n for n in ('geopandas', 'pandas', 'rasterio', 'pyogrio', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_static_files_by_exact_name_only(tmp_path: Path) -> None:
    published(tmp_path)
    web = tmp_path / "web"
    (web / "js").mkdir(parents=True)
    (web / "vendor").mkdir()
    (web / "node_modules").mkdir()
    (web / "js" / "main.js").write_text("1;" * 2000, encoding="utf-8")
    (web / "vendor" / "a.woff2").write_bytes(b"font")
    (web / "vendor" / "a.sh").write_bytes(b"no")
    (web / "node_modules" / "b.js").write_bytes(b"no")
    (web / "package.json").write_bytes(b"{}")
    (web / ".secret.txt").write_bytes(b"no")
    (tmp_path / "outside.txt").write_bytes(b"no")
    (web / "link.txt").symlink_to(tmp_path / "outside.txt")
    with client(tmp_path) as api:
        script = api.get("/static/js/main.js?v=3")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["content-encoding"] == "gzip"
        assert api.get("/static/vendor/a.woff2").headers["content-type"] == "font/woff2"
        assert api.get("/?area=64.08").text.startswith("<!doctype html>")
        hidden = (
            "vendor/a.sh",
            "node_modules/b.js",
            "package.json",
            ".secret.txt",
            "link.txt",
            "js",
            "js/",
            "",
            "../outside.txt",
        )
        for name in (
            *hidden,
            "..%2foutside.txt",
            "%2e%2e/outside.txt",
            "js/../../outside.txt",
            "js/main.js%00",
            "//outside.txt",
        ):
            answer = api.get(f"/static/{name}")
            assert (answer.status_code, answer.json()["code"]) == (404, "E_NO_PATH"), name


def test_every_documented_address_answers(api: Client, snapshot: Snapshot) -> None:
    table = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").split("\n\n")[2]
    addresses = [
        part
        for line in table.splitlines()[2:]
        for part in re.findall(r"`([^`]+)`", line.split(" | ")[0])
        if part.startswith("/")
    ]
    assert len(addresses) > 15
    fill = {
        "kode": "64.08",
        "h3": to_text(snapshot.cells["cell"][0].as_py()),
        "name": "tps",
        "layer": "cells",
        "snapshot": snapshot.id,
    }
    fill |= {"z": "7", "x": "105", "y": "63", "mvt\\|png": "mvt"}
    for address in addresses:
        id_ = snapshot.id if "snapshots" in address else "t001"
        path = re.sub(r"\{([^}]+)\}", lambda m, id_=id_: {**fill, "id": id_}[m[1]], address.partition("?")[0])
        query = "lon=117.05&lat=0.05" if path == "/api/at" else ""
        answer = api.get(f"{path}?{query}" if query else path)
        assert answer.status_code == 200 or path.startswith("/prints"), path
    written = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    addresses += re.findall(r"`(?:GET|POST|PUT|DELETE) (/api/[^`]+)`", written)
    declared = set(api.get("/api/openapi.json").json()["paths"])
    documented = {re.sub(r"\{[^}]+\}", "{}", re.split(r"[?\[]", address)[0]) for address in addresses}
    assert {re.sub(r"\{[^}]+\}", "{}", path) for path in declared} <= documented
