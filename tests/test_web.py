"""The page does what it promises: shows the snapshot, explains every score, works by keyboard, asks no foreign host."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import h3
import numpy as np
import pytest
from playwright.sync_api import Browser
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from core.cells import to_text
from store.snapshot import Snapshot
from tests.places import ROOT
from tests.synthetic import make
from tests.web_client import CHROMIUM, VENDOR, Visit, chromium, served, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is missing"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the page's third-party files are missing: run `make setup`"),
]
HOSTILE, ITS_NAME = "64.08.01.2001", "<img src=x onerror=alert(1)>"
NARROW = (390, 844)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make(tmp_path_factory.mktemp("web"), names={HOSTILE: ITS_NAME}, with_tiles=True)


@pytest.fixture(scope="module")
def base(snapshot: Snapshot) -> Iterator[str]:
    workspace: Path = snapshot.path.parents[1]
    with served(workspace) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Visit]:
    """An open page; whatever the test did, the browser must have had nothing to complain of and asked no other host."""
    with visit(browser, base) as seen:
        yield seen
        assert seen.foreign == []
        assert seen.complaints == []


def _points(text: str) -> int:
    """A number as the page writes it in Indonesian, in tenths."""
    return round(float(text.replace(".", "").replace(",", ".")) * 10)


def _cell(snapshot: Snapshot, *, monitored: bool) -> str:
    """A cell of a middle row of the table, with or without a score."""
    fit = [
        c
        for c, k in zip(snapshot.cells["cell"].to_pylist(), snapshot.cells["class"].to_pylist(), strict=True)
        if (k > 0) == monitored
    ]
    inner = [c for c in fit if set(h3.grid_disk(to_text(c), 1)) <= {to_text(other) for other in fit}]
    return to_text(inner[len(inner) // 2])


def _view(cell: str, zoom: float = 12.5) -> str:
    lat, lon = h3.cell_to_latlng(cell)
    return f"view={zoom}/{lat:.4f}/{lon:.4f}"


def _picture(page: Visit, reach: int) -> np.ndarray:
    """What stands around the middle of the map: red, green and blue (3, 2 * reach, 2 * reach)."""
    x, y = page.centre()
    taken = page.page.screenshot(clip={"x": x - reach, "y": y - reach, "width": 2 * reach, "height": 2 * reach})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a screenshot is no map
        with MemoryFile(taken) as file, file.open() as image:
            return image.read((1, 2, 3)).astype(int)


def test_first_sight_tells_what_the_map_is(page: Visit, snapshot: Snapshot) -> None:
    page.open()
    assert page.text("#title") == snapshot.manifest.title
    assert snapshot.id in page.text("#edition")
    notes = page.text("#notes")
    assert all(
        mark in notes for mark in ("DATA CONTOH", "Indeks, bukan prakiraan", "Batas indikatif, bukan batas resmi")
    )
    rows = [row.split() for row in page.page.locator("#legend tr").all_inner_texts()]
    told = {" ".join(row) for row in rows}
    for number, cells in enumerate(snapshot.manifest.class_cells):
        assert any(str(cells) in row.split() and (("Belum terpantau" in row) == (number == 0)) for row in told), (
            number,
            told,
        )
    assert page.page.evaluate("document.documentElement.lang") == "id"


def test_a_click_on_a_cell_explains_its_score(page: Visit, snapshot: Snapshot) -> None:
    cell = _cell(snapshot, monitored=True)
    page.open(_view(cell))
    page.page.mouse.click(*page.centre())
    page.until("document.querySelector('#panel .facts') !== null")
    row = snapshot.cells.filter(snapshot.cells["cell"].to_numpy() == h3.str_to_int(cell)).to_pylist()[0]
    assert cell in page.text("#panel .under")
    assert _points(page.text("#score")) == round(row["score"] * 10)
    bars = page.page.locator(".bar")
    known = {key for key in snapshot.keys if row[f"known_{key}"]}
    assert {bars.nth(i).get_attribute("data-factor") for i in range(bars.count())} == known
    shown = [_points(text) for text in page.page.locator(".bar-points").all_inner_texts()]
    assert sum(shown) == _points(page.text("#score")) == _points(page.text("#bars-sum"))
    assert len(known) < len(snapshot.keys)
    assert "Tidak diketahui" in page.text("#panel .unknown")
    assert f"cell={cell}" in page.state()


def test_the_text_page_of_an_area_leads_back_to_it_on_the_map(page: Visit) -> None:
    page.page.goto(f"{page.base}/wilayah/64.08.01?lang=en")
    page.page.click('main a[href^="/#"]')
    page.until("document.querySelector('#panel .facts') !== null", 30)
    assert "64.08.01" in page.text("#panel .under")
    assert page.page.evaluate("document.documentElement.lang") == "en"


def test_enter_opens_what_is_in_the_middle_and_closing_gives_the_focus_back(page: Visit, snapshot: Snapshot) -> None:
    cell = _cell(snapshot, monitored=False)
    page.open(_view(cell))
    page.page.focus("#map canvas")
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('#panel .facts') !== null")
    assert page.page.locator("#score").count() == 0
    assert "Belum terpantau" in page.text("#panel .score")
    assert "tidak berarti aman" in page.text("#panel .score")
    page.page.focus("#panel-close")
    page.page.keyboard.press("Enter")
    page.until("document.getElementById('panel').hidden")
    assert page.page.evaluate("document.activeElement.tagName") == "CANVAS"
    assert "cell=" not in page.state()


def test_what_is_not_monitored_is_hatched_grey(page: Visit, snapshot: Snapshot) -> None:
    page.open(_view(_cell(snapshot, monitored=False), zoom=13.5))
    red, green, blue = _picture(page, 12)
    assert (abs(red - green) < 12).all() and (abs(green - blue) < 12).all()
    assert red.min() < 0xB0 and red.max() > 0xE0


def test_search_by_keyboard_alone(page: Visit) -> None:
    page.open(
        "area=<img>&cell=8&theme=nonsense&view=a/b/c&level=9&layers=x,,&lang=fr"
    )  # an address of nonsense is the plain page
    assert page.page.locator("#panel").is_hidden() and page.page.input_value("#theme") == "score"
    page.page.focus("#search")
    page.page.keyboard.type("bontang ut")
    page.until("document.getElementById('search').getAttribute('aria-expanded') === 'true'")
    assert "64.74.01" in page.text("#found [aria-selected=true]")
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('#panel h2')?.textContent === 'Bontang Utara'")
    assert "area=64.74.01" in page.state()
    assert page.text("#crumbs").endswith("Bontang Utara")
    assert page.page.get_attribute("#print", "href") == "/prints/64.74.01.pdf?lang=id"
    page.page.fill("#search", "64.08.02")
    page.until("document.querySelector('#found [aria-selected=true] .found-code')?.textContent === '64.08.02'")
    page.page.keyboard.press("Escape")
    assert page.page.locator("#found").is_hidden()


def test_a_name_that_is_markup_is_shown_as_text(page: Visit) -> None:
    page.open(f"area={HOSTILE}&tab=table&level=4")
    page.until(
        "document.querySelectorAll('#table tbody tr').length === 12 && document.querySelector('#panel .facts') !== null"
    )
    assert page.text("#panel h2") == ITS_NAME
    assert ITS_NAME in page.text("#crumbs")
    assert page.text(f"tr[data-kode='{HOSTILE}'] .col-name") == ITS_NAME
    page.page.fill("#search", "img src")
    page.until("document.querySelector('#found .found-name') !== null")
    assert page.text("#found .found-name") == ITS_NAME
    assert page.page.locator("img").count() == 0


def test_a_mark_on_the_map_tells_what_it_is_and_sharing_gives_the_address(page: Visit, snapshot: Snapshot) -> None:
    site = snapshot.table("sites").to_pylist()[3]
    page.open(f"layers=sites&view=16/{site['lat']:.5f}/{site['lon']:.5f}")
    x, y = page.centre()
    for _ in range(40):  # the marks are asked for when the map stands still
        page.page.mouse.click(x, y)
        if page.page.locator("#panel").is_visible() and site["name"] in page.text("#panel h2"):
            break
        page.page.wait_for_timeout(100)
    assert page.text("#panel h2") == site["name"] and "<b>" in site["name"]
    assert "Tambang batu bara" in page.text("#panel .facts") and "Berizin" in page.text("#panel .facts")
    page.page.click("#panel .ways button")
    page.until(f"document.querySelector('#panel .under')?.textContent.includes({site['kode']!r})")
    page.page.click("#share")
    page.until("document.getElementById('toast').textContent !== ''")
    assert f"area={site['kode']}" in page.state()


def test_records_without_a_point_are_counted_at_the_label_of_their_area(page: Visit, snapshot: Snapshot) -> None:
    village = next(row for row in snapshot.areas.to_pylist() if row["level"] == 4)
    nowhere = [{"type": "Feature", "geometry": None, "properties": {"kode": village["kode"]}}] * 7
    answer = {"type": "FeatureCollection", "numberMatched": 7, "features": nowhere}
    page.page.route("**/api/collections/tps/items?*", lambda route: route.fulfill(json=answer))
    view = f"view=11/{village['label_lat']:.5f}/{village['label_lon']:.5f}"
    page.open(view)
    blue = np.array([0x0B, 0x5C, 0xAD]).reshape(3, 1, 1)

    def marked() -> bool:
        return bool((abs(_picture(page, 60) - blue).max(axis=0) < 12).any())

    assert not marked()
    page.page.evaluate(f"location.hash = 'layers=tps&{view}'")
    assert any(marked() or page.page.wait_for_timeout(100) for _ in range(50))


def test_the_table_sorts_and_opens(page: Visit) -> None:
    page.open("tab=table&level=4")
    page.until("document.querySelectorAll('#table tbody tr').length === 12")
    scores = [_points(text) for text in page.page.locator("td.col-score").all_inner_texts() if text != "–"]
    assert scores == sorted(scores, reverse=True) and 0 < len(scores) < 12
    page.page.click("th.col-kode button")
    page.until("document.querySelector('th.col-kode').getAttribute('aria-sort') === 'ascending'")
    codes = page.page.locator("td.col-kode").all_inner_texts()
    assert codes == sorted(codes)
    page.page.click(f"tr[data-kode='{codes[-1]}'] button")
    page.until("document.querySelector('#panel .facts') !== null")
    assert codes[-1] in page.text("#panel .under")


CONTROLS = {  # what is done, what is read afterwards
    "mode": (
        "document.querySelector('[data-mode=areas]').click()",
        "document.querySelector('[data-mode=areas]').getAttribute('aria-pressed')",
    ),
    "theme": (
        "(e => { e.value = 'quarry_pressure'; e.dispatchEvent(new Event('change')); })(document.getElementById('theme'))",
        "document.getElementById('theme').value + document.getElementById('legend').textContent",
    ),
    "layers": (
        "document.querySelectorAll('#layers input').forEach((box, i) => i !== 1 && box.click())",
        "[...document.querySelectorAll('#layers input')].map((box) => box.checked).join()",
    ),
    "level": (
        "document.querySelector('#table button').click()",
        "document.querySelector('#table [aria-pressed=true]').textContent",
    ),
}


def test_the_address_restores_every_control(page: Visit) -> None:
    page.open("tab=table")
    page.until("document.querySelectorAll('#table tbody tr').length === 3")
    after = {}
    for name, (act, reads) in CONTROLS.items():
        start, before = page.state(), page.page.evaluate(reads)
        page.page.evaluate(act)
        page.until(f"{reads} !== {before!r}")
        after[name], changed = page.page.evaluate(reads), page.state()
        page.page.evaluate(f"location.hash = {start!r}")
        page.until(f"{reads} === {before!r}")
        page.page.evaluate(f"location.hash = {changed!r}")
        page.until(f"{reads} === {after[name]!r}")
    page.open(page.state())
    page.until("document.querySelectorAll('#table tbody tr').length === 2")
    assert {name: page.page.evaluate(reads) for name, (_, reads) in CONTROLS.items()} == after


def test_back_returns_to_the_place_before_and_english_keeps_the_place(page: Visit) -> None:
    page.open("area=64.08")
    page.page.click("#crumbs button >> nth=0")
    page.until("document.querySelector('#panel h2')?.textContent === 'Kalimantan Timur'")
    page.page.go_back()
    page.until("document.querySelector('#panel h2')?.textContent === 'Kutai Timur'")
    page.page.click("[data-lang=en]")
    page.until("document.documentElement.lang === 'en' && document.body.dataset.ready === 'true'", 30)
    page.until("document.querySelector('#panel h2')?.textContent === 'Kutai Timur'")
    assert "Why this score?" in page.text("#panel")


@pytest.mark.parametrize("size", [(1280, 720), NARROW], ids=["wide", "phone"])
def test_no_barrier_that_axe_can_see(browser: Browser, base: str, size: tuple[int, int]) -> None:
    axe = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with visit(browser, base, *size) as page:
        page.open("area=64.08.01&layers=sites")
        page.until("document.querySelector('#panel .facts') !== null")
        page.page.evaluate(axe)
        found = page.page.evaluate("axe.run()")["violations"]
        page.page.click("[data-tab=table]")
        page.until("document.querySelectorAll('#table tbody tr').length === 3")
        found += page.page.evaluate("axe.run()")["violations"]
        assert page.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.complaints == []
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in found] == []


def test_without_webgl_the_figures_are_still_there(browser: Browser, base: str) -> None:
    script = """
        const old = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : old.call(this, kind, ...rest);
        };
    """
    with visit(browser, base, script=script) as page:
        page.open()
        page.until("document.querySelectorAll('#table tbody tr').length === 3")
        assert "WebGL2" in page.text("#alert")
        assert page.page.get_attribute("#alert a", "href") == "/wilayah/"
        assert page.complaints == []
