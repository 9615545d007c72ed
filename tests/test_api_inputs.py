"""Hostile and clumsy requests: every one gets a problem document with a stable code, none a 500 and none is passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
import shapely

from store.snapshot import Snapshot
from tests.api_client import Client, client, published

PROBLEM = {"type", "title", "status", "detail", "code", "hint"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def api(snapshot: Snapshot) -> Iterator[Client]:
    with client(snapshot.path.parents[1]) as made:
        yield made


def refused(api: Client, path: str, status: int, code: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
    told = answer.json()
    assert set(told) == PROBLEM
    assert (told["code"], told["status"], told["type"]) == (code, status, f"urn:petarawan:error:{code}"), path
    assert told["detail"] and told["hint"] and len(answer.content) < 2000


@pytest.mark.parametrize(
    "bbox",
    [
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "nan,0,118,1",
        "116,0,inf,1",
        "116,0,1e400,1",
        "118,0,117,1",
        "117,1,118,0",
        "",
        ",,,",
        "117 0 118 1",
        "-181,0,0,1",
        "0,-91,1,0",
        "0,0,0,91",
        "117,0,9,118,1,2",
        "1,2,3,4,5,6,7",
        "117,0,118,1%00",
        "9" * 150 + ",0,1,1",
        "170,-10,-170,10",
    ],
)
def test_fault_093_unusable_bbox(api: Client, bbox: str) -> None:
    for name in ("cells", "areas", "incidents"):
        answer = api.get(f"/api/collections/{name}/items?bbox={bbox}")
        assert answer.status_code == 400, bbox
        assert answer.json()["code"] in ("E_BBOX", "E_PARAMETER")


def test_fault_093_usable_bbox_gives_what_meets_it(api: Client, snapshot: Snapshot) -> None:
    box = (117.03, 0.04, 117.09, 0.07)
    whole = {
        name: api.get(f"/api/collections/{name}/items?limit=10000").json()["features"]
        for name in ("cells", "areas", "tps")
    }
    for text in ("117.03,0.04,117.09,0.07", "117.03,0.04,0,117.09,0.07,100", "1.1703e2,4e-2,117.09,0.07"):
        for name, features in whole.items():
            found = api.get(f"/api/collections/{name}/items?limit=10000&bbox={text}").json()
            shapes = [(f["id"], shapely.from_geojson(json.dumps(f["geometry"]))) for f in features]
            # Fragments are rounded to 5 decimals, so shapes within a rounding of the edge may fall either way.
            near = {i for i, shape in shapes if abs(shape.distance(shapely.box(*box).boundary)) < 2e-5}
            expected = {i for i, shape in shapes if shape.intersects(shapely.box(*box))}
            got = {f["id"] for f in found["features"]}
            assert got ^ expected <= near, name
            assert 0 < len(got) < len(features)
            assert found["numberMatched"] == len(got)
    assert api.get("/api/collections/cells/items?bbox=117.05,0.05,117.05,0.05").json()["numberMatched"] in (1, 2, 3)
    assert api.get("/api/collections/cells/items?bbox=10,10,11,11").json()["features"] == []


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "100000000", "1e3", "1.5", "", "%00", "10%00", "0x10", "9" * 400])
def test_fault_094_unusable_limit(api: Client, limit: str) -> None:
    refused(api, f"/api/collections/tps/items?limit={limit}", 400, "E_PARAMETER")
    refused(api, f"/api/areas?limit={limit}", 400, "E_PARAMETER")


def test_fault_094_doubled_parameters(api: Client) -> None:
    for query in (
        "limit=1&limit=2",
        "limit=1&limit=1",
        "bbox=1,2,3,4&bbox=1,2,3,4",
        "lang=id&lang=id",
        "f=json&f=json",
    ):
        refused(api, f"/api/collections/tps/items?{query}", 400, "E_DOUBLED_PARAMETER")


@pytest.mark.parametrize("offset", ["-5", "100000000000000000000", "a", "1.0.0", ""])
def test_fault_095_unusable_offset(api: Client, offset: str) -> None:
    refused(api, f"/api/collections/tps/items?offset={offset}", 400, "E_PARAMETER")
    refused(api, f"/api/areas?offset={offset}", 400, "E_PARAMETER")


def test_fault_095_offset_past_the_end_is_an_empty_page(api: Client) -> None:
    found = api.get("/api/collections/tps/items?offset=999999").json()
    assert (found["numberMatched"], found["numberReturned"], found["features"]) == (40, 0, [])
    assert [link["rel"] for link in found["links"]] == ["self"]


@pytest.mark.parametrize(
    "datetime",
    [
        "x",
        "2024-13-01",
        "2024-02-30",
        "2024-10-01/2024-01-01",
        "../..",
        "..",
        "",
        "/",
        "2024-01-01/2024-02-01/2024-03-01",
        "2024",
        "2024-01-01T25",
        "24-01-01",
        "kemarin",
        "2024-01-01/x",
        "٢٠٢٤-01-01",
        "0000-01-01",
        "2024-01-01%00",
    ],
)
def test_fault_096_unusable_datetime(api: Client, datetime: str) -> None:
    answer = api.get(f"/api/collections/incidents/items?datetime={datetime}")
    assert answer.status_code == 400, datetime
    assert answer.json()["code"] in ("E_DATETIME", "E_PARAMETER")


def test_fault_096_usable_datetime(api: Client, snapshot: Snapshot) -> None:
    days = snapshot.table("incidents")["occurred_on"].to_pylist()
    first, last = date(2024, 3, 1), date(2024, 6, 30)
    cases = {
        "2024-03-01/2024-06-30": sum(first <= day <= last for day in days),
        "2024-03-01T00:00:00Z/2024-06-30T23:59:59Z": sum(first <= day <= last for day in days),
        "../2024-06-30": sum(day <= last for day in days),
        "/2024-06-30": sum(day <= last for day in days),
        "2024-03-01/..": sum(day >= first for day in days),
        "2024-03-01/": sum(day >= first for day in days),
        days[3].isoformat(): sum(day == days[3] for day in days),
        "1999-01-01": 0,
    }
    for text, expected in cases.items():
        found = api.get("/api/collections/incidents/items", params={"datetime": text}).json()
        assert found["numberMatched"] == expected, text
    assert 0 < cases["2024-03-01/2024-06-30"] < len(days)


def test_fault_097_unknown_parameters(api: Client, snapshot: Snapshot) -> None:
    paths = [
        "/api",
        "/api/areas",
        "/api/areas/64",
        "/api/at",
        "/api/snapshots",
        "/api/snapshots/current",
        f"/api/snapshots/{snapshot.id}",
    ]
    paths += [
        "/api/collections",
        "/api/collections/tps",
        "/api/collections/tps/items",
        "/api/collections/tps/items/t001",
        "/healthz",
        "/api/openapi.json",
    ]
    paths += ["/tiles/cells.json", "/prints/64.pdf", "/wilayah/64", "/readyz"]
    for path in paths:
        refused(api, f"{path}?tidak_ada=1", 400, "E_UNKNOWN_PARAMETER")
        refused(api, f"{path}?Lang=id", 400, "E_UNKNOWN_PARAMETER")


def test_fault_101_f_head_and_conditional(api: Client) -> None:
    here = "/api/collections/tps/items"
    refused(api, f"{here}?f=shp", 400, "E_CHOICE")
    got, head = api.get(f"{here}?f=json"), api.get(f"{here}?f=json", "HEAD")
    assert got.headers["content-type"] == "application/geo+json"
    assert (got.headers["content-encoding"], head.content) == ("gzip", b"")
    assert dict(head.headers) == dict(got.headers)
    plain = api.get(f"{here}?f=json", headers={"accept-encoding": "br, gzip;q=0"})
    assert "content-encoding" not in plain.headers and plain.content == got.content
    for path in (here, "/api/areas", "/api/areas/64", "/", "/wilayah/64", "/api/snapshots/current"):
        first = api.get(path)
        tag = first.headers["etag"]
        for header in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
            again = api.get(path, headers={"if-none-match": header})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
        assert api.get(path, headers={"if-none-match": '"x"'}).status_code == 200
        assert api.get(path, headers={"accept-encoding": "identity"}).headers["etag"] == tag
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = api.get(here, method)
        assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "E_METHOD", "GET, HEAD")
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_fault_102_strange_ids(api: Client, snapshot: Snapshot) -> None:
    for odd in (
        "a/b",
        "a%2Fb",
        "%2e%2e%2f",
        "désa",
        "64.08%00",
        "x" * 10_000,
        "%F0%9F%98%80",
        "64.8",
        "64.08.01.20010",
        "' OR 1=1",
        "%",
        "\\",
    ):
        for path in (
            "/api/areas/",
            "/api/collections/",
            "/api/collections/tps/items/",
            "/api/snapshots/",
            "/wilayah/",
            "/prints/",
        ):
            answer = api.get(path + odd + (".pdf" if path == "/prints/" else ""))
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), (
                path,
                odd,
            )
            assert len(answer.content) < 1500
    for odd in ("886888d1edffff", "zzz", "786888d1edfffff", "086888d1edfffff", "x" * 10_000, "8٦6888d1edfffff"):
        refused(api, f"/api/cells/{odd}", 400, "E_CELL")
        assert api.get(f"/api/collections/cells/items/{odd}").status_code == 404
    for elsewhere in ("8828308281fffff", "85283473fffffff"):
        refused(api, f"/api/cells/{elsewhere}", 404, "E_NO_CELL")
    refused(api, "/api/areas?parent=64.8", 400, "E_PARAMETER")
    refused(api, "/api/areas?level=5", 400, "E_PARAMETER")
    refused(api, "/api/areas?sort=luas", 400, "E_CHOICE")
    refused(api, f"/api/areas?q={'x' * 201}", 400, "E_PARAMETER")
    refused(api, "/api/areas?q=a%00b", 400, "E_PARAMETER")
    refused(api, "/api/areas?snapshot=../..", 404, "E_SNAPSHOT_UNKNOWN")
    refused(api, "/tidak/ada", 404, "E_NO_PATH")


def test_pages_join_to_the_whole_without_gap_or_repetition(api: Client, snapshot: Snapshot) -> None:
    for name, size, query in (
        ("cells", 500, ""),
        ("areas", 7, ""),
        ("incidents", 11, "&datetime=2024-02-01/.."),
        ("tps", 40, "&kode=64.08"),
    ):
        whole = api.get(f"/api/collections/{name}/items?limit=10000{query}").json()
        assert whole["numberReturned"] == whole["numberMatched"] == len(whole["features"])
        address: str | None = f"/api/collections/{name}/items?limit={size}{query}"
        found: list[object] = []
        while address:
            page = api.get(address).json()
            assert page["numberMatched"] == whole["numberMatched"]
            assert page["numberReturned"] == len(page["features"]) <= size
            found += page["features"]
            address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
            assert address is None or f"snapshot={snapshot.id}" in address
        assert found == whole["features"]
    refused(api, "/api/collections/tps/items?after=none", 400, "E_PARAMETER")
    refused(api, "/api/collections/tps/items?after=t001&offset=3", 400, "E_PARAMETER")


def test_one_feature_is_that_of_the_collection_and_carries_kode_and_snapshot(api: Client, snapshot: Snapshot) -> None:
    for name in ("cells", "areas", "incidents", "tps", "sites"):
        for feature in api.get(f"/api/collections/{name}/items?limit=3").json()["features"]:
            alone = api.get(f"/api/collections/{name}/items/{feature['id']}").json()
            assert {key: alone[key] for key in feature} == feature
            assert feature["properties"]["snapshot"] == snapshot.id
            assert feature["properties"]["kode"].startswith("64")
        assert api.get(f"/api/collections/{name}").json()["features"] == snapshot.manifest.table(name).rows


def test_kode_keeps_whole_codes_only(api: Client) -> None:
    all_of = api.get("/api/collections/areas/items?kode=64.08").json()["features"]
    assert {f["id"] for f in all_of} >= {"64.08", "64.08.01"}
    assert all(f["id"] == "64.08" or f["id"].startswith("64.08.") for f in all_of)
    refused(api, "/api/collections/areas/items?kode=64.0", 400, "E_PARAMETER")
