"""Ready tiles: addresses, headers, emptiness, versions."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from pathlib import Path

import mapbox_vector_tile
import pytest

from core.cells import to_text
from store.snapshot import Snapshot
from tests.api_client import EMPTY, FULL, TILE, Client, client, published
from tests.synthetic import make


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="module")
def api(snapshot: Snapshot) -> Iterator[Client]:
    with client(snapshot.path.parents[1]) as made:
        yield made


def address(snapshot: Snapshot, layer: str = "cells", tile: tuple[int, int, int] = FULL, extension: str = "mvt") -> str:
    z, x, y = tile
    return f"/tiles/{layer}/{snapshot.id}/{z}/{x}/{y}.{extension}"


def test_a_tile_is_the_bytes_that_were_published(api: Client, snapshot: Snapshot) -> None:
    tile = api.get(address(snapshot))
    assert tile.content == TILE + b"7"  # httpx undoes the gzip
    assert tile.headers["content-encoding"] == "gzip"
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert tile.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert int(tile.headers["content-length"]) == len(gzip.compress(TILE + b"7", mtime=0))
    plain = api.get(address(snapshot), headers={"accept-encoding": "identity"})
    assert plain.content == TILE + b"7" and "content-encoding" not in plain.headers
    picture = api.get(address(snapshot, "risk", extension="png"))
    assert (picture.headers["content-type"], picture.content) == ("image/png", TILE + b"7")


def test_public_snapshots_may_be_kept_by_shared_caches(tmp_path: Path) -> None:
    snapshot = published(tmp_path, audience="public")
    with client(tmp_path) as api:
        assert api.get(address(snapshot)).headers["cache-control"] == "public, max-age=31536000, immutable"


def test_fault_100_impossible_tiles_are_404_and_empty_ones_204(api: Client, snapshot: Snapshot) -> None:
    for layer, extension in (("cells", "mvt"), ("areas", "mvt"), ("risk", "png")):
        for tile in (EMPTY, (0, 0, 0), (12, 4095, 4095), (24, 2**24 - 1, 0)):
            answer = api.get(address(snapshot, layer, tile, extension))
            assert (answer.status_code, answer.content) == (204, b""), tile
    impossible = [
        "-1/0/0.mvt",
        "7/128/0.mvt",
        "7/0/128.mvt",
        "7/-1/0.mvt",
        "40/0/0.mvt",
        "25/0/0.mvt",
        "a/0/0.mvt",
        "7/1.5/0.mvt",
    ]
    impossible += [
        "07/105/63.mvt",
        "7/105/63",
        "7/105/63.png",
        "7/105/63.mvt/",
        "7/105",
        "",
        "7/105/63.mvt%00",
        "٧/105/63.mvt",
    ]
    impossible += [
        "7/105/999999999999999999999.mvt",
        "../../../CURRENT",
        "7/105/" + "9" * 10_000 + ".mvt",
        "7/%2e%2e/63.mvt",
    ]
    for name in impossible:
        answer = api.get(f"/tiles/cells/{snapshot.id}/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), name
    for version in ("none", "2020-01-01-000000000000", "..", "%2e%2e", "x" * 5000):
        assert api.get(f"/tiles/cells/{version}/7/105/63.mvt").status_code == 404, version
    assert api.get(f"/tiles/nothing/{snapshot.id}/7/105/63.mvt").json()["code"] == "E_NO_TILES"
    assert api.get(address(snapshot) + "?a=1").status_code == 400


def test_fault_101_head_conditional_and_other_methods_of_tiles(api: Client, snapshot: Snapshot) -> None:
    got, head = api.get(address(snapshot)), api.get(address(snapshot), "HEAD")
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)
    again = api.get(address(snapshot), headers={"if-none-match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == got.headers["etag"]
    assert api.get(address(snapshot), headers={"if-none-match": '"another"'}).status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = api.get(address(snapshot), method)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_tilejson_leads_to_the_tiles_of_this_version(api: Client, snapshot: Snapshot) -> None:
    for layer, extension in (("cells", "mvt"), ("areas", "mvt"), ("risk", "png")):
        answer = api.get(f"/tiles/{layer}.json")
        tilejson = answer.json()
        assert tilejson["tilejson"] == "3.0.0"
        assert (tilejson["minzoom"], tilejson["maxzoom"]) == (4, 7)
        assert answer.headers["cache-control"] == "no-cache"
        assert ("vector_layers" in tilejson) == (extension == "mvt")
        template = tilejson["tiles"][0]
        assert template == f"http://localhost/tiles/{layer}/{snapshot.id}/{{z}}/{{x}}/{{y}}.{extension}"
        tile = api.get(template.format(z=FULL[0], x=FULL[1], y=FULL[2]))
        assert tile.content == TILE + b"7"
        assert api.get(f"/tiles/{layer}.json", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert api.get("/tiles/nothing.json").status_code == 404


def test_tiles_of_the_real_writer_hold_every_cell(tmp_path: Path) -> None:
    snapshot = make(tmp_path, with_tiles=True)
    texts = {to_text(cell) for cell in snapshot.cells["cell"].to_pylist()}
    with client(tmp_path) as api:
        about = api.get("/tiles/cells.json").json()
        assert [layer["id"] for layer in about["vector_layers"]] == ["cells"]
        west, south, east, north = about["bounds"]
        zoom = about["maxzoom"]
        found: set[str] = set()
        for x in range(column(west - 0.02, zoom), column(east + 0.02, zoom) + 1):
            for y in range(row(north + 0.02, zoom), row(south - 0.02, zoom) + 1):
                tile = api.get(address(snapshot, "cells", (zoom, x, y)))
                if tile.status_code == 200:
                    features = mapbox_vector_tile.decode(tile.content)["cells"]["features"]
                    found |= {feature["properties"]["cell"] for feature in features}
        assert found == texts


def column(lon: float, zoom: int) -> int:
    return int((lon + 180) / 360 * 2**zoom)


def row(lat: float, zoom: int) -> int:
    return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)


def test_a_snapshot_without_tiles_says_so(tmp_path: Path) -> None:
    snapshot = make(tmp_path)
    with client(tmp_path) as api:
        for path in ("/tiles/cells.json", address(snapshot)):
            assert (api.get(path).status_code, api.get(path).json()["code"]) == (404, "E_NO_TILES")
