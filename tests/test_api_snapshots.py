"""What is served when snapshots come, break, or are old; prints; text pages; markup in the data."""

from __future__ import annotations

import html.parser
import threading
import time
from pathlib import Path

import pytest

from core.errors import RequestError
from store.snapshot import Snapshot
from store.writer import set_current
from tests.api_client import Client, client, published
from tests.synthetic import make


def served(api: Client) -> str:
    return str(api.get("/api/snapshots/current").json()["id"])


def test_a_new_publish_is_served_without_a_restart_and_the_old_one_stays(tmp_path: Path) -> None:
    first = published(tmp_path)
    with client(tmp_path) as api:
        assert served(api) == first.id
        page = api.get("/api/collections/tps/items?limit=5").json()
        tile = f"/tiles/cells/{first.id}/7/105/63.mvt"
        old_tile, old_area = api.get(tile).content, api.get("/api/areas/64.08").json()
        old_tag = api.get("/tiles/cells.json").headers["etag"]
        second = published(tmp_path, seed=8)
        assert second.id != first.id
        assert served(api) == second.id
        assert api.get("/api/areas/64.08").json() != old_area
        assert api.get("/api/areas/64.08", params={"snapshot": first.id}).json() == old_area
        assert api.get(tile).content == old_tile
        moved = api.get("/tiles/cells.json", headers={"if-none-match": old_tag})
        assert moved.status_code == 200 and second.id in moved.json()["tiles"][0]
        following = next(link["href"] for link in page["links"] if link["rel"] == "next")
        assert api.get(following).json()["features"][0]["properties"]["snapshot"] == first.id
        assert {item["id"]: item["current"] for item in api.get("/api/snapshots").json()["items"]} == {
            first.id: False,
            second.id: True,
        }
        set_current(tmp_path, first.id)
        assert served(api) == first.id


def test_an_old_snapshot_is_served_by_a_server_that_never_saw_it_published(tmp_path: Path) -> None:
    first, second = published(tmp_path), published(tmp_path, seed=8)
    with client(tmp_path) as api:
        assert served(api) == second.id
        assert api.get(f"/tiles/cells/{first.id}/7/105/63.mvt").status_code == 200
        assert api.get("/api/areas/64", params={"snapshot": first.id}).json()["snapshot"] == first.id


def flip_a_bit(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize("name", ["cells.parquet", "incidents.parquet", "tiles/cells.pmtiles", "manifest.json"])
def test_fault_126_one_bit_flipped_the_previous_is_served_and_health_says_so(tmp_path: Path, name: str) -> None:
    first = published(tmp_path)
    with client(tmp_path) as api:
        assert api.get("/healthz").json()["status"] == "ok"
        second = published(tmp_path, seed=8)
        flip_a_bit(second.path / name)
        assert served(api) == first.id
        health = api.get("/healthz")
        assert health.status_code == 200
        told = health.json()
        assert (told["status"], told["code"], told["snapshot"]) == ("degraded", "E_SNAPSHOT_BROKEN", first.id)
        assert str(tmp_path) not in health.text
        assert api.get("/readyz").status_code == 200
        broken = api.get("/api/areas", params={"snapshot": second.id})
        assert (broken.status_code, broken.json()["code"]) == (503, "E_SNAPSHOT_BROKEN")
        assert str(tmp_path) not in broken.text
        published(tmp_path, seed=8)  # publishing again heals the copy
        assert (served(api), api.get("/healthz").json()["status"]) == (second.id, "ok")
    with client(tmp_path) as api:  # a server started over a broken current snapshot takes the other one
        flip_a_bit(second.path / name)
        assert (served(api), api.get("/healthz").json()["status"]) == (first.id, "degraded")


def test_fault_126_damage_to_the_served_files_degrades_health(tmp_path: Path) -> None:
    snapshot = published(tmp_path)
    with client(tmp_path) as api:
        before = api.get("/api/areas/64").json()
        flip_a_bit(snapshot.path / "areas.parquet")
        assert api.get("/healthz").json()["code"] == "E_SNAPSHOT_BROKEN"
        assert api.get("/api/areas/64").json() == before  # what was checked when it was opened is still in memory


def test_nothing_published_yet(tmp_path: Path) -> None:
    with client(tmp_path) as api:
        for path in ("/api/areas", "/readyz", "/wilayah/64", "/tiles/cells.json", "/tiles/cells/x/0/0/0.mvt"):
            answer = api.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "E_NO_SNAPSHOT"), path
        assert api.get("/healthz").json()["code"] == "E_NO_SNAPSHOT"
        assert api.get("/").status_code == 200
        snapshot = make(tmp_path)
        assert served(api) == snapshot.id


class Sheets:
    """A renderer that counts and can be made to wait."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str, str | None]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, snapshot: Snapshot, kode: str, *, layout: str, lang: str, base_url: str | None) -> bytes:
        if layout == "a9":
            raise RequestError("E_CHOICE", name="layout", value=layout, known="a3")
        self.calls.append((kode, layout, lang, base_url))
        assert self.go.wait(10)
        return b"%PDF-1.7 " + snapshot.id.encode() + kode.encode()


def test_prints_are_drawn_once_per_snapshot(tmp_path: Path) -> None:
    snapshot, sheets = published(tmp_path), Sheets()
    with client(tmp_path, render=sheets) as api:
        first = api.get("/prints/64.08.01.pdf", headers={"accept-language": "en"})
        assert first.headers["content-type"] == "application/pdf"
        assert snapshot.id in first.headers["content-disposition"]
        assert api.get("/prints/64.08.01.pdf?layout=a3&lang=id").content == first.content
        assert sheets.calls == [("64.08.01", "a3", "id", "http://localhost")]
        again = api.get("/prints/64.08.01.pdf", headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304
        assert api.get("/prints/64.08.01.pdf?lang=en").status_code == 200
        assert len(sheets.calls) == 2
        published(tmp_path, seed=8)
        assert api.get("/prints/64.08.01.pdf").content != first.content
        assert (api.get("/prints/64.99.pdf").status_code, api.get("/prints/x.pdf").status_code) == (404, 404)
        for layout in ("a9", "../a3", "A3", "x" * 40):
            assert api.get("/prints/64.pdf", params={"layout": layout}).status_code == 400


def test_a_long_queue_of_prints_is_told_to_come_back(tmp_path: Path) -> None:
    published(tmp_path)
    sheets = Sheets()
    sheets.go.clear()
    codes = [row["kode"] for row in make(tmp_path).areas.to_pylist()][:14]
    with client(tmp_path, render=sheets) as api:
        threading.Thread(target=lambda: (time.sleep(1), sheets.go.set())).start()
        answers = api.together(*(f"/prints/{kode}.pdf" for kode in codes), "/healthz")
    assert answers[-1].status_code == 200
    drawn = [a for a in answers[:-1] if a.status_code == 200]
    busy = [a for a in answers[:-1] if a.status_code == 429]
    assert len(drawn) == 8 and len(busy) == 6
    assert all((a.json()["code"], a.headers["retry-after"]) == ("E_BUSY", "10") for a in busy)


def test_no_renderer_is_a_clear_answer(tmp_path: Path) -> None:
    make(tmp_path)
    with client(tmp_path) as api:
        assert api.get("/prints/64.pdf").json()["code"] == "E_NO_PRINTS"


class Outline(html.parser.HTMLParser):
    """Tags that open, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(text: str) -> Outline:
    parsed = Outline()
    parsed.feed(text)
    return parsed


EVIL = "<img src=x onerror=alert(1)></script><b>\"'&"


def test_fault_090_markup_in_the_data_is_text(tmp_path: Path) -> None:
    published(tmp_path, names={"64.08.01": EVIL}, title=EVIL)
    with client(tmp_path) as api:
        for path in ("/wilayah/64.08.01", "/wilayah/64.08.01.2001", "/wilayah/64.08", "/wilayah/"):
            page = api.get(path)
            parsed = outline(page.text)
            assert not {"img", "script", "b"} & set(parsed.tags), path
            assert EVIL in parsed.text, path
        for path in ("/api/areas/64.08.01", "/api/collections/areas/items"):
            answer = api.get(path)
            assert answer.headers["content-type"].split(";")[0] in ("application/json", "application/geo+json")
        assert api.get("/api/areas/64.08.01").json()["name"] == EVIL
        assert "<img" not in api.get("/api/collections/areas/items").text


def test_text_pages_show_the_published_numbers_and_link_to_pages_that_exist(tmp_path: Path) -> None:
    published(tmp_path)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "icon.svg").write_text("<svg/>", encoding="utf-8")
    with client(tmp_path, render=Sheets()) as api:
        fact = api.get("/api/areas/64.08.01").json()
        page = api.get("/wilayah/64.08.01", headers={"accept-language": "en"})
        parsed = outline(page.text)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert 'lang="id"' in page.text and "Muara Ancalong" in parsed.text
        assert f"{fact['score']:.1f}".replace(".", ",") in parsed.text
        assert all(item["label"] in parsed.text for item in fact["contributions"])
        english = outline(api.get("/wilayah/64.08.01?lang=en").text)
        assert "/#area=64.08.01&lang=en" in english.links and "/#area=64.08.01" in parsed.links
        assert "/static/icon.svg" in parsed.links
        for link in parsed.links:
            if link.startswith("/"):
                assert api.get(link).status_code == 200, link
        index = outline(api.get("/wilayah/").text)
        assert "/wilayah/64.08" in index.links
        missing = api.get("/wilayah/<b>99", headers={"accept": "text/html,*/*;q=0.8"})
        assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "<b>99" in outline(missing.text).text and "b" not in outline(missing.text).tags
