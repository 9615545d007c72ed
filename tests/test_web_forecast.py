"""The page shows of a forecast exactly what the rules allow: with 20, 60, 150 and 600 incidents, with and without an earned word."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Route
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from risk.forecast import spec as forecast_spec
from risk.forecast.history import History
from risk.forecast.stages import decide
from tests.outlook_snapshot import Case, make_outlook
from tests.places import ROOT
from tests.web_client import CHROMIUM, VENDOR, Visit, chromium, served, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is missing"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the page's third-party files are missing: run `make setup`"),
]
DISTRICTS = ("64.08.01", "64.08.02", "64.74.01")
TODAY = 20_000  # days since 1970
STEP_3 = np.array([0x92, 0x88, 0xC0])  # 0.3 to 1 incidents in 30 days
NO_MAP = """
    const old = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === "webgl2" ? null : old.call(this, kind, ...rest);
    };
"""
SMALL = Case(12, "none", "too_few")


def _stage(events: int) -> str:
    """What the engine itself decides of so many incidents of the last five years in the invented country."""
    day = TODAY - 1 - np.arange(events, dtype=np.int64)[::-1]
    place = np.arange(events, dtype=np.int32) % 3
    three, two, unknown = np.ones(3), np.full(2, np.nan), np.full(events, np.nan)
    history = History(
        province="64", kind="konflik", areas=DISTRICTS, regencies=("64.08", "64.74"), regency=np.array([0, 0, 1], np.int32),
        people=1000 * three, km2=100 * three, lon=117 * three, lat=0.1 * three, seat_lon=two, seat_lat=two,
        day=day, known=day, area=place, home=np.array([0, 0, 1], np.int32)[place], event_lon=unknown, event_lat=unknown,
    )  # fmt: skip
    return decide(history, forecast_spec.load(), TODAY).stage


@dataclass(frozen=True)
class Shown:
    """What the rules say of so many incidents: whose number a district is told, and with which words."""

    events: int
    case: Case
    of: str | None
    words: tuple[str, ...]


RULES = (
    Shown(
        20,
        Case(20, "none", "too_few"),
        None,
        ("Hanya 20 kejadian", "diperlukan sedikitnya 30", "hanya kejadian dan penduduk"),
    ),
    Shown(60, Case(60, "regency", "too_few"), "64.08", ("data sedikit (60 kejadian", "hanya sampai kabupaten/kota")),
    Shown(150, Case(150, "monthly", heap=0.81), "64.08.02", ("angka per kecamatan dari 150 kejadian",)),
    Shown(600, Case(600, "monthly", "better", "prakiraan"), "64.08.02", ("angka per kecamatan dari 600 kejadian",)),
)


MONTHLY = {"konflik": Case(150, "monthly", heap=0.81), "bersenjata": SMALL}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("forecast")
    make_outlook(made, MONTHLY, with_tiles=True)
    return made


@pytest.fixture(scope="module")
def base(workspace: Path) -> Iterator[str]:
    with served(workspace) as address:
        yield address


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose snapshots have no tiles."""
    made = tmp_path_factory.mktemp("bare")
    make_outlook(made, {"konflik": RULES[-1].case, "bersenjata": SMALL})
    return made


@pytest.fixture(scope="module")
def bare_base(bare: Path) -> Iterator[str]:
    with served(bare) as address:
        yield address


@pytest.fixture
def plain(browser: Browser, bare_base: str) -> Iterator[Visit]:
    """The page without its map, which is slow to draw in software: panel and legend are the same."""
    with visit(browser, bare_base, script=NO_MAP) as seen:
        yield seen
        assert seen.foreign == []
        assert seen.complaints == []


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Visit]:
    with visit(browser, base) as seen:
        yield seen
        assert seen.foreign == []
        assert seen.complaints == []


def _number(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.events))
def test_the_page_shows_what_so_many_incidents_carry(plain: Visit, bare: Path, rule: Shown) -> None:
    assert _stage(rule.events) == rule.case.stage
    make_outlook(bare, {"konflik": rule.case, "bersenjata": SMALL})
    plain.open("theme=forecast_konflik&area=64.08.02")
    plain.until("document.querySelector('#panel .outlook[data-class=konflik]') !== null")
    section = plain.page.locator("#panel .outlook[data-class=konflik]")
    legend = plain.text("#legend")
    told = legend + section.inner_text()
    assert all(word in told for word in rule.words), told
    earned = rule.case.label == "prakiraan"
    assert ("Indeks, bukan prakiraan" in legend) == (not earned)
    assert ("Indeks, bukan prakiraan" in plain.text("#notes")) == (not earned)
    assert section.locator("h3").inner_text().startswith("Prakiraan" if earned else "Kejadian diperkirakan")
    assert plain.page.locator("#modes").is_hidden()
    if rule.of is None:
        assert section.locator(".expected").count() == 0
        assert "Insiden" in section.inner_text() and "Penduduk" in section.inner_text()
    else:
        fact = plain.page.request.get(f"{plain.base}/api/areas/64.08.02").json()["forecast"][0]
        assert fact["of"] == rule.of
        shown = [_number(text) for text in section.locator(".expected").all_inner_texts()]
        assert len(shown) == 2 and abs(shown[0] - fact["expected"]) <= 0.05
        assert f"{fact['low']}–{fact['high']}" in section.inner_text()
        parts = [_number(text) for text in section.locator(".parts [data-part] dd").all_inner_texts()]
        assert sum(parts) == pytest.approx(_number(section.locator(".parts .total dd").inner_text()), abs=1e-9)
        badge = {
            "better": "lebih baik daripada",
            "no_advantage": "tidak ada keunggulan nyata",
            "too_few": "belum dapat dinilai",
        }
        assert badge[rule.case.verdict] in section.inner_text()
    assert ("81 %" in told) == (rule.case.heap is not None)


def _picture(page: Visit, reach: int) -> np.ndarray:
    """What stands around the middle of the map: red, green and blue (3, 2 * reach, 2 * reach)."""
    x, y = page.centre()
    taken = page.page.screenshot(clip={"x": x - reach, "y": y - reach, "width": 2 * reach, "height": 2 * reach})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a screenshot is no map
        with MemoryFile(taken) as file, file.open() as image:
            return image.read((1, 2, 3)).astype(int)


def _colours(page: Visit) -> np.ndarray:
    """Red, green and blue of some points around the middle of the map (9, 3)."""
    return _picture(page, 9)[:, ::8, ::8].reshape(3, -1).T


def test_the_map_colours_areas_by_steps_and_hatches_where_there_is_no_number(page: Visit, workspace: Path) -> None:
    make_outlook(workspace, {"konflik": Case(60, "regency", "too_few"), "bersenjata": SMALL}, with_tiles=True)
    view = "view=12.6/0.0250/117.1500"  # inside a village of 64.08.02: its regency's number shines through
    page.open(f"theme=forecast_konflik&{view}")
    assert (abs(_colours(page) - STEP_3).max(axis=1) < 12).all()
    page.page.evaluate(f"location.hash = 'theme=forecast_bersenjata&{view}'")
    page.until("document.getElementById('legend').textContent.includes('Hanya 12 kejadian')")
    for _ in range(40):
        grey = _colours(page)
        if (np.ptp(grey, axis=1) < 12).all():
            break
        page.page.wait_for_timeout(100)
    assert (np.ptp(grey, axis=1) < 12).all()
    make_outlook(workspace, MONTHLY, with_tiles=True)  # what the other tests look at


def test_a_click_opens_the_district_alarms_stand_first_and_the_card_is_one_click_away(
    page: Visit, workspace: Path
) -> None:
    page.open("theme=forecast_konflik&view=12.6/0.0250/117.0300&lang=en")
    page.page.mouse.click(*page.centre())
    page.until("document.querySelector('#panel .facts') !== null")
    assert "area=64.08.01" in page.state() and "area=64.08.01." not in page.state()
    assert "1 village(s)" in page.text("#place-alert") and "1.5 false alarms a year" in page.text("#place-alert")
    assert "risk 1.8 times (1.2–2.6)" in page.text("#effects") and "coal" not in page.text("#effects")
    page.page.click("#panel .outlook a")
    page.until("document.querySelector('h1')?.textContent === 'Back-test card'")
    page.until("document.querySelector('figure img').naturalWidth > 0")
    page.page.goto(f"{page.base}/#area=64.08.01.2001")
    page.until("document.getElementById('place-alert')?.className === 'alarm'", 30)
    assert "Eskalasi" in page.text("#place-alert")
    page.until("document.querySelector('#panel .outlook') !== null")
    assert "Muara Ancalong" in page.text("#panel .outlook[data-class=konflik]")


def test_a_model_that_earned_its_place_is_told_as_factors_that_multiply(plain: Visit, bare: Path) -> None:
    case = Case(600, "monthly", "better", "prakiraan", model="8e")
    make_outlook(bare, {"konflik": case, "bersenjata": SMALL})
    plain.open("area=64.08.02&lang=en")
    plain.until("document.querySelector('#panel .outlook[data-class=konflik] .parts') !== null")
    section = plain.page.locator("#panel .outlook[data-class=konflik]")
    first, second = section.locator(".parts [data-part] dd").all_inner_texts()
    total = section.locator(".parts .total").inner_text()
    assert second == "× 1.35" and "Product" in total
    assert float(first) * 1.35 == pytest.approx(float(section.locator(".parts .total dd").inner_text()), abs=0.1)
    assert "8e" in section.locator(".test").inner_text() and "better than" in section.locator(".test").inner_text()
    assert section.locator(".stamp").count() == 0
    assert "Forecast: Conflict" in plain.page.locator("#theme option").all_inner_texts()


ANSWER = {
    "scenario": True,
    "title": "SKENARIO",
    "note": "Ini skenario.",
    "factors": ["quarry_pressure"],
    "summary": {"cells_changed": 1, "areas_changed": 1, "text": "Jika pengandaian ini terjadi, skor 1 sel berubah."},
    "cells": {"left_out": 0},
    "areas": [
        {"kode": "64.08.01.2001", "name": "<b>Desa</b>", "level": 4, "before": 20.0, "after": 25.5, "delta": 5.5}
    ],
    "geojson": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"delta": 5.5},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[117.0, 0.0], [117.06, 0.0], [117.06, 0.1], [117.0, 0.1], [117.0, 0.0]]],
                },
            }
        ],
    },
}
BROWN = np.array([0x8C, 0x51, 0x0A])


def test_a_scenario_is_asked_drawn_and_never_without_its_word(page: Visit) -> None:
    asked: list[dict] = []

    def reply(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json=ANSWER)

    page.page.route("**/api/scenario?*", reply)
    page.open("view=12.6/0.0250/117.0300")
    mark = page.page.locator(".scenario-mark")
    assert mark.is_hidden()
    page.page.click("#scenario-turn")
    assert mark.is_visible() and "SKENARIO" in mark.inner_text()
    page.page.click("#scenario-site")
    page.page.mouse.click(*page.centre())
    page.until("document.querySelector('#scenario-result table') !== null")
    [site] = asked[0]["sites"]["add"]
    assert (site["kind"], site["permit"], site["stage"]) == ("galian_c", "illegal", "operating")
    assert abs(site["lon"] - 117.03) < 1e-3 and abs(site["lat"] - 0.025) < 1e-3
    assert page.page.locator("#panel").is_hidden()  # the click was for the scenario
    shown = page.text("#scenario-result")
    assert "SKENARIO" in shown and "+5,5" in shown and "<b>Desa</b>" in shown
    x, y = page.centre()
    page.page.mouse.move(x, y - 200)
    for _ in range(50):
        red, green, blue = _picture(page, 60)
        if (abs(np.stack((red, green, blue)) - BROWN.reshape(3, 1, 1)).max(axis=0) < 20).mean() > 0.2:
            break
        page.page.wait_for_timeout(100)
    else:
        raise AssertionError("the difference was not drawn")
    page.page.click("#scenario summary")
    page.page.evaluate(
        "(e => { e.value = '0.5'; e.dispatchEvent(new Event('input')); })"
        "(document.querySelector('[data-factor=quarry_pressure][type=range]'))"
    )
    page.until("document.querySelector('#scenario-result table') !== null")
    for _ in range(40):
        if len(asked) > 1:
            break
        page.page.wait_for_timeout(100)
    assert asked[-1]["weights"] == {"quarry_pressure": 0.5} and len(asked[-1]["sites"]["add"]) == 1
    page.page.focus("#scenario-post")
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Enter")  # the map has the focus now: the point in its middle
    for _ in range(40):
        if asked[-1]["posts"]["add"]:
            break
        page.page.wait_for_timeout(100)
    assert len(asked[-1]["posts"]["add"]) == 1
    page.page.click("#scenario .steps li:first-child button")
    page.until("document.querySelectorAll('#scenario .steps li').length === 1")
    page.page.click("#scenario-turn")
    assert mark.is_hidden() and page.page.locator("#scenario-result").count() == 0


def test_a_listed_site_can_be_closed_in_a_scenario(page: Visit) -> None:
    asked: list[dict] = []
    page.page.route(
        "**/api/scenario?*", lambda route: (asked.append(route.request.post_data_json), route.fulfill(json=ANSWER))
    )
    site = page.page.request.get(f"{page.base}/api/collections/sites/items?limit=4").json()["features"][3]["properties"]
    page.open(f"layers=sites&view=16/{site['lat']:.5f}/{site['lon']:.5f}")
    page.page.click("#scenario-turn")
    x, y = page.centre()
    for _ in range(40):  # the marks are asked for when the map stands still
        page.page.mouse.click(x, y)
        if page.page.locator("#scenario-close").count():
            break
        page.page.wait_for_timeout(100)
    page.page.click("#scenario-close")
    page.until("document.querySelector('#scenario-result table') !== null")
    assert asked[-1]["sites"]["close"] == [site["id"]]


def test_quiet_places_are_a_theme_of_their_own(page: Visit) -> None:
    page.open("theme=quiet_konflik&view=12.6/0.0250/117.0300")  # the one quiet district
    assert "20 % teratas" in page.text("#legend")
    options = page.page.locator("#theme option").all_inner_texts()
    assert "Tempat tenang: Konflik" in options and not any(
        "tenang" in text and "bersenjata" in text for text in options
    )
    darkest = np.array([0x40, 0x19, 0x6F])
    for _ in range(50):
        if (abs(_colours(page) - darkest).max(axis=1) < 12).all():
            break
        page.page.wait_for_timeout(100)
    assert (abs(_colours(page) - darkest).max(axis=1) < 12).all()


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["wide", "phone"])
def test_no_barrier_that_axe_can_see(browser: Browser, base: str, size: tuple[int, int]) -> None:
    axe = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with visit(browser, base, *size) as page:
        page.open("theme=forecast_konflik&area=64.08.01")
        page.until("document.querySelector('#panel .facts') !== null")
        if size[0] > 760:
            page.page.click("#scenario-turn")
            page.page.click("#scenario summary")
        page.page.evaluate(axe)
        found = page.page.evaluate("axe.run()")["violations"]
        page.page.goto(f"{base}/uji-balik")
        page.page.evaluate(axe)
        found += page.page.evaluate("axe.run()")["violations"]
        assert page.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.complaints == []
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in found] == []
