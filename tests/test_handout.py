"""The one-file hand-out: opens with no network, draws every area, says why, and runs nothing that people wrote."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from core.errors import ConfigError
from core.palette import CLASS_COLOURS
from formats import html, registry
from formats.handout import shapes, texts
from store.manifest import Input
from store.snapshot import Snapshot
from tests.places import ROOT
from tests.synthetic import make
from tests.web_client import CHROMIUM, chromium

pytestmark = pytest.mark.skipif(
    not (html.VENDOR / "leaflet" / "leaflet.js").exists(), reason="Leaflet is missing: run `make setup`"
)
HOSTILE = {
    "64.08.01.2001": "<img src=x onerror=alert(1)>",
    "64.08.01.2002": "</script><script>alert(1)</script>",
    "64.08.01.2003": "{{ 7 * 7 }}{% raise %}{#",
    "64.08.01.2004": "A & B \"petik\" 'tunggal' \u2028 <!--",
    "64.08.02": "<b>Kecamatan</b>",
}
TITLE = "Judul <script>alert(2)</script> {{ 7 * 7 }}"
SOURCE = "<svg onload=alert(3)> {{ 7 * 7 }}"
needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is missing")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    made = make(tmp_path_factory.mktemp("handout"), names=HOSTILE)
    (item,) = made.manifest.inputs
    inputs: tuple[Input, ...] = (replace(item, source=SOURCE, name="sumber <i>"),)
    return replace(made, manifest=replace(made.manifest, title=TITLE, inputs=inputs))


@pytest.fixture(scope="module")
def file(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("usb") / "peta.html"
    path.write_bytes(registry.write("html", "areas", snapshot.areas, snapshot.manifest))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Seen:
    """An open hand-out and what went wrong in it. Mutable: complaints arrive while it is open."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def choose(self, kode: str) -> None:
        self.page.fill("#place", kode)
        self.page.click("#search button")

    def level(self, number: int) -> None:
        self.page.click(f".leaflet-control-layers-base label:nth-child({number - 1})")

    def shown(self) -> int:
        """Areas on the map that are really drawn: with a line of their own."""
        drawn: int = self.page.evaluate(
            "[...document.querySelectorAll('path.area')].filter(p => /^M[^M]*L/.test(p.getAttribute('d'))).length"
        )
        return drawn


@contextmanager
def opened(browser: Browser, path: Path, width: int = 1280, height: int = 720) -> Iterator[Seen]:
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    seen = Seen(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-ready=true]")
    yield seen
    context.close()
    assert [url for url in seen.requests if not url.startswith("data:")] == [path.as_uri()]
    assert seen.complaints == []


@pytest.fixture
def seen(browser: Browser, file: Path) -> Iterator[Seen]:
    with opened(browser, file) as page:
        yield page


def data_of(page: bytes) -> dict[str, object]:
    (text,) = re.findall(r'<script type="application/json" id="handout-data">(.*?)</script>', page.decode(), re.DOTALL)
    tree: dict[str, object] = json.loads(text)
    return tree


def test_only_areas_can_be_a_hand_out(snapshot: Snapshot) -> None:
    for table in set(registry.TABLES) - {"areas"}:
        with pytest.raises(ConfigError) as caught:
            registry.write("html", table, snapshot.table(table), snapshot.manifest)
        assert caught.value.code == "E_FORMAT_TABLE" and "areas" in caught.value.hint("id")


def test_leaflet_missing_is_said(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "VENDOR", tmp_path)
    with pytest.raises(ConfigError) as caught:
        registry.write("html", "areas", snapshot.areas, snapshot.manifest)
    assert caught.value.code == "E_VENDOR_MISSING"


def test_the_same_bytes_in_another_process(snapshot: Snapshot, file: Path) -> None:
    once = registry.write("html", "areas", snapshot.areas, snapshot.manifest)
    assert once == file.read_bytes()
    code = (
        "import hashlib, sys; from pathlib import Path; from store.snapshot import open_current; from formats import registry; "
        "s = open_current(Path(sys.argv[1])); "
        "print(hashlib.sha256(registry.write('html', 'areas', s.areas, s.manifest)).hexdigest())"
    )
    workspace = str(snapshot.path.parents[1])
    runs = {
        subprocess.run([sys.executable, "-c", code, workspace], cwd=ROOT, capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1


def test_no_foreign_host_and_nothing_that_fetches(file: Path) -> None:
    text = file.read_text()
    leaflet = (html.VENDOR / "leaflet" / "leaflet.js").read_text().partition("//# sourceMappingURL")[0]
    assert leaflet in text
    assert set(re.findall(r"https?://([^/\"'\s]+)", leaflet)) == {"leafletjs.com", "www.w3.org"}  # credit, name of SVG
    own = text.replace(leaflet, "")
    assert not re.search(r"https?:|//[a-z]+\.[a-z]", own)
    assert not re.search(r"<script[^>]+src|<link[^>]+stylesheet|@import|<img|<iframe|\$\.ajax|fetch\(", own)
    assert not [url for url in re.findall(r"url\(([^)]*)\)", own) if not url.strip("\"'").startswith(("data:", "#"))]
    assert "default-src 'none'" in own and "script-src 'sha256-" in own and "unsafe-eval" not in own
    assert "BSD 2-Clause" in text


def test_fault_090_what_people_wrote_never_becomes_markup_or_template(snapshot: Snapshot, file: Path) -> None:
    text = file.read_text()
    assert len(re.findall(r"<script", text)) == 4  # Leaflet with our script, its switches, the data, the map
    for bad in ("<img", "<svg onload", "<b>Kec", "<i>", "alert(1)</script", "<script>alert"):
        assert bad not in text
    held = data_of(file.read_bytes())["areas"]
    assert isinstance(held, dict) and held["name"] == snapshot.areas["name"].to_pylist()
    assert "&lt;script&gt;alert(2)" in text and "{{ 7 * 7 }}" in text


def test_points_add_up_and_unknown_is_not_nought(snapshot: Snapshot, file: Path) -> None:
    tree = data_of(file.read_bytes())
    held = tree["areas"]
    assert isinstance(held, dict)
    rows = snapshot.areas.to_pylist()
    assert {row["score"] is None for row in rows} == {True, False}
    for i, row in enumerate(rows):
        if row["score"] is None:
            assert held["points"][i] is None and held["score"][i] is None and held["class"][i] == 0
            continue
        assert held["score"][i] == round(row["score"] * 10)
        assert sum(value or 0 for value in held["points"][i]) == held["score"][i]
        for key, value, known in zip(snapshot.keys, held["points"][i], held["known"][i], strict=True):
            assert (value is None) == (not row[f"known_{key}"]) == (known == "0")
            assert value is None or abs(value - 10 * row[f"contribution_{key}"]) < 1


@given(st.lists(st.floats(0, 30), min_size=1, max_size=12))
def test_tenths_add_up(parts: list[float]) -> None:
    shown = texts.tenths(parts, sum(parts))
    assert sum(shown) == round(10 * sum(parts))
    assert all(abs(a - 10 * b) <= 1 for a, b in zip(shown, parts, strict=True))


def test_legend_has_ranges_and_counts_of_every_level(snapshot: Snapshot, file: Path) -> None:
    text = file.read_text()
    for level in (2, 3, 4):
        (table,) = re.findall(rf'<table data-level="{level}".*?</table>', text, re.DOTALL)
        rows = re.findall(r'fill="([^"]+)".*?<th scope="row">([^<]+)</th><td>([^<]+)</td><td>(\d+)</td>', table)
        classes = snapshot.areas.filter(pc.equal(snapshot.areas["level"], level))["class"].to_pylist()
        assert [int(count) for *_, count in rows] == [classes.count(n) for n in (5, 4, 3, 2, 1, 0)]
        assert [span for _, _, span, _ in rows] == ["50–100", "35–50", "20–35", "10–20", "0–10", "–"]
        assert [colour for colour, *_ in rows] == [*CLASS_COLOURS[:0:-1], "url(#hatch)"]
        assert rows[-1][1] == "Belum terpantau" and rows[0][1] == "5 Sangat tinggi"


def test_marks_and_notes(snapshot: Snapshot, file: Path) -> None:
    text = file.read_text()
    for want in (
        "31 Oktober 2024",
        snapshot.id,
        "indeks, bukan prakiraan",
        "Batas indikatif, bukan batas resmi",
        "CC0",
    ):
        assert want in text
    assert text.count("DATA CONTOH") >= 3 and 'class="across"' in text
    real = replace(snapshot.manifest, sample=False, indicative=False, inputs=())
    plain = registry.write("html", "areas", snapshot.areas, real).decode()
    assert "DATA CONTOH" not in plain and 'class="across"' not in plain and "Batas indikatif" not in plain


def test_neighbours_keep_one_border_when_simplified() -> None:
    """Wiggly strips: far fewer points, and still no gap and no overlap."""
    x = np.linspace(0, 1, 6001)
    wave = [np.column_stack((x, n / 10 + 0.004 * np.sin(90 * x + n))) for n in range(9)]
    strips = [shapely.Polygon([*wave[n], *wave[n + 1][::-1]]) for n in range(8)]
    kode = [f"64.08.01.{2001 + n}" for n in range(8)]
    table = pa.table({"kode": kode, "level": pa.array([4] * 8, pa.int8()), "geometry": shapely.to_wkb(strips).tolist()})
    (level,) = shapes.levels(table)
    assert (
        shapely.get_num_coordinates(level.shape).sum() <= shapes.MOST_POINTS < shapely.get_num_coordinates(strips).sum()
    )
    assert shapely.coverage_is_valid(level.shape)
    assert abs(shapely.area(level.shape).sum() - shapely.area(strips).sum()) < 1e-3


def test_no_areas_is_a_page_all_the_same(snapshot: Snapshot) -> None:
    page = registry.write("html", "areas", snapshot.areas.slice(0, 0), snapshot.manifest)
    assert b"handout.start(" in page


def test_the_file_is_small(file: Path) -> None:
    assert file.stat().st_size < 500_000


@pytest.mark.browser
@needs_browser
def test_every_area_of_the_level_is_drawn_and_counted(seen: Seen, snapshot: Snapshot) -> None:
    assert seen.shown() == 3  # opens with the districts, which fill the map
    room, drawn = (seen.page.locator(what).first.bounding_box() for what in (".folium-map", "path.border-0"))
    assert room is not None and drawn is not None
    assert max(drawn["width"] / room["width"], drawn["height"] / room["height"]) > 0.75
    for level in (2, 4, 3):
        seen.level(level)
        assert seen.shown() == pc.sum(pc.equal(snapshot.areas["level"], level)).as_py()
        assert seen.page.locator(".legend table:visible").get_attribute("data-level") == str(level)


@pytest.mark.browser
@needs_browser
def test_not_monitored_is_hatched(seen: Seen, snapshot: Snapshot) -> None:
    seen.level(4)
    fills = seen.page.evaluate("[...document.querySelectorAll('path.area.class-0')].map(p => p.getAttribute('fill'))")
    villages = snapshot.areas.filter(pc.equal(snapshot.areas["level"], 4))
    assert fills == ["url(#hatch)"] * villages["class"].to_pylist().count(0) and fills
    kode = villages.filter(pc.equal(villages["class"], 0))["kode"][0].as_py()
    seen.choose(kode)
    said = seen.page.inner_text("#detail")
    assert "Belum terpantau" in said and "bukan berarti aman" in said and "tidak diketahui" in said
    assert "Jumlah = skor" not in said


@pytest.mark.browser
@needs_browser
def test_a_click_says_why_and_the_points_add_up_as_shown(seen: Seen, snapshot: Snapshot) -> None:
    row = next(row for row in snapshot.areas.to_pylist() if row["kode"] == "64.08.01")
    seen.page.locator("path.area").first.click()
    assert seen.page.locator("#detail h2").inner_text() == row["name"]
    seen.choose("64.08.01")
    cells = seen.page.locator(".factors tbody td").all_inner_texts()
    assert cells.count("tidak diketahui") == sum(not row[f"known_{key}"] for key in snapshot.keys) > 0
    tenths = [round(10 * float(text.replace(",", "."))) for text in cells if text != "tidak diketahui"]
    assert sum(tenths) == round(10 * row["score"])
    total = seen.page.inner_text(".factors .total")
    assert total == seen.page.inner_text(".figure strong") == f"{row['score']:.1f}".replace(".", ",")
    said = seen.page.inner_text("#detail")
    assert "64.08.01" in said and f"Cakupan data {round(100 * row['coverage'])} %" in said and "Kutai Timur" in said
    seen.page.keyboard.press("Escape")
    assert seen.page.locator("#detail").is_hidden()


@pytest.mark.browser
@needs_browser
def test_fault_090_hostile_names_show_as_text(seen: Seen) -> None:
    assert seen.page.inner_text("h1") == TITLE
    for kode, name in HOSTILE.items():
        seen.choose(kode)
        assert seen.page.locator("#detail h2").text_content() == name
    seen.page.click(".about summary")
    assert SOURCE in seen.page.inner_text(".about")
    assert seen.page.locator("img, #detail b, .about svg").count() == 0


@pytest.mark.browser
@needs_browser
def test_search_by_name_by_part_and_in_vain(seen: Seen) -> None:
    seen.choose("kutai timur")
    assert seen.page.locator("#detail h2").inner_text() == "Kutai Timur"
    assert seen.page.locator("input[type=radio]").first.is_checked()
    seen.choose("Bontang")
    assert seen.page.locator("#detail h2").inner_text() == "Kota Bontang"
    seen.choose("desa contoh")
    assert "wilayah cocok" in seen.page.inner_text("#found")
    seen.choose("<b>tiada")
    assert "<b>tiada" in seen.page.inner_text("#found")


@pytest.mark.browser
@needs_browser
def test_on_a_phone_nothing_sticks_out_and_the_place_stays_in_sight(browser: Browser, file: Path) -> None:
    with opened(browser, file, 390, 844) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
        seen.choose("64.74.01")
        seen.page.wait_for_timeout(600)
        panel, place = (seen.page.locator(what).bounding_box() for what in ("#detail", "path.area[stroke='#0b3d91']"))
        assert panel is not None and place is not None
        assert place["y"] + place["height"] <= panel["y"] + 2 and panel["y"] > 300


@pytest.mark.browser
@needs_browser
def test_no_areas_opens_without_a_complaint(browser: Browser, snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "kosong.html"
    path.write_bytes(registry.write("html", "areas", snapshot.areas.slice(0, 0), snapshot.manifest))
    with opened(browser, path) as seen:
        assert seen.shown() == 0
