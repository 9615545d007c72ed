"""What the API says of forecast, alarm and card: exactly what the data carry, with its label and badge, and the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cells import to_text
from formats import outlook
from tests.api_client import Client, client
from tests.outlook_snapshot import SVG, Case, make_outlook

SMALL = Case(12, "none", "too_few")
CASES = {
    "few": Case(20, "none", "too_few"),
    "some": Case(60, "regency", "too_few"),
    "many": Case(150, "monthly", heap=0.81),
    "earned": Case(600, "monthly", "better", "prakiraan"),
    "cardless": Case(600, "monthly", with_card=False),
    "rare": Case(40, "watch", "too_few"),
}
DISTRICT, VILLAGE = "64.08.01", "64.08.01.2001"


@pytest.fixture(scope="module", params=CASES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Client]]:
    case = CASES[request.param]
    snapshot = make_outlook(tmp_path_factory.mktemp("outlook"), {"konflik": case, "bersenjata": SMALL})
    with client(snapshot.path.parents[1]) as made:
        yield case, made


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    snapshot = make_outlook(tmp_path_factory.mktemp("card"), {"konflik": CASES["many"], "bersenjata": SMALL})
    with client(snapshot.path.parents[1]) as made:
        yield made


def _of(api: Client, path: str, kind: str = "konflik") -> list[dict]:
    return [item for item in api.get(path).json()["forecast"] if item["class"] == kind]


def test_a_stage_shows_what_the_rules_say_and_nothing_finer(told: tuple[Case, Client]) -> None:
    case, api = told
    stage = case.stage if case.with_card else "none"
    shown = {level: _of(api, f"/api/areas/{kode}") for level, kode in ((2, "64.08"), (3, DISTRICT), (4, VILLAGE))}
    if stage == "none":
        for items in shown.values():
            assert [item["expected"] for item in items] == [None]
            assert items[0]["parts"] == [] and items[0]["low"] is items[0]["high"] is None
            assert "tidak" in items[0]["text"]
            assert ("kartu uji balik" if not case.with_card else str(case.events)) in items[0]["text"]
        return
    assert [item["horizon_days"] for item in shown[2]] == [30, 90]
    for items in shown.values():
        for item in items:
            assert item["low"] <= item["expected"] <= item["high"]
            assert sum(part["value"] for part in item["parts"]) == pytest.approx(item["expected"], abs=1e-9)
    assert shown[2][0]["of"] == "64.08"
    finest = DISTRICT if stage == "monthly" else "64.08"
    assert shown[3][0]["of"] == shown[4][0]["of"] == finest
    assert shown[4][0]["expected"] == shown[3][0]["expected"]
    few = "data sedikit" in shown[2][0]["note"]
    assert few == (stage != "monthly")
    assert ("prioritas pemantauan, bukan prakiraan" in shown[2][0]["note"]) == (stage == "watch")
    if stage == "monthly":
        assert shown[3][0]["note"].startswith("Tempat tenang")
        assert "Muara Ancalong" in shown[4][0]["note"]


def test_the_word_forecast_must_be_earned(told: tuple[Case, Client]) -> None:
    case, api = told
    fact = api.get("/api/snapshots/current").json()
    entry = next(item for item in fact["forecast"] if item["class"] == "konflik")
    earned = case.label == "prakiraan"
    assert (entry["label"] is None) == earned
    assert (fact["label"] is None) == earned
    assert entry["label"] in (None, "Indeks, bukan prakiraan")
    expected = {
        "better": "lebih baik daripada hitungan masa lalu",
        "no_advantage": "tidak ada keunggulan nyata",
        "too_few": "hanya 40 kejadian uji",
    }[case.verdict]
    assert (expected if case.with_card else "Belum diuji balik") in entry["badge"]
    head = api.get("/uji-balik").text.partition("<h1>")[0]
    assert ("bukan prakiraan" in head) == (fact["label"] is not None)
    for item in _of(api, f"/api/areas/{DISTRICT}"):
        assert (item["label"], item["badge"]) == (entry["label"], entry["badge"])
    assert all(item["label"] for item in fact["forecast"] if item["class"] == "bersenjata")


def test_a_cell_tells_its_share_and_that_it_is_no_precision(api: Client) -> None:
    at = api.get("/api/at?lon=117.05&lat=0.05").json()
    items = [item for item in at["forecast"] if item["class"] == "konflik"]
    assert [item["horizon_days"] for item in items] == [30, 90]
    assert all("bukan ketelitian lokasi" in item["note"] for item in items)
    whole = _of(api, f"/api/areas/{DISTRICT}")[0]["expected"]
    assert 0 < items[0]["expected"] < whole


def test_cells_of_a_district_add_up_to_it(tmp_path: Path) -> None:
    snapshot = make_outlook(tmp_path, {"konflik": CASES["many"], "bersenjata": SMALL})
    with client(tmp_path) as api:
        cells = [
            c
            for c, k in zip(*(snapshot.cells[n].to_pylist() for n in ("cell", "kode")), strict=True)
            if k[:8] == DISTRICT
        ]
        total = sum(_of(api, f"/api/cells/{to_text(cell)}")[0]["expected"] for cell in cells)
        assert total == pytest.approx(_of(api, f"/api/areas/{DISTRICT}")[0]["expected"], rel=1e-5)


def test_areas_are_ranked_and_quiet_places_are_a_list_of_their_own(told: tuple[Case, Client]) -> None:
    case, api = told
    found = api.get("/api/forecast?class=konflik").json()
    assert api.get("/api/forecast?class=bersenjata").json()["items"] == []
    if case.stage != "monthly" or not case.with_card:
        assert found["items"] == []
        return
    assert [item["rank"] for item in found["items"]] == [1, 2, 3]
    amounts = [item["expected"] for item in found["items"]]
    assert amounts == sorted(amounts, reverse=True)
    quiet = api.get("/api/forecast?class=konflik&quiet=true&days=90").json()["items"]
    assert [(item["kode"], item["quiet_rank"]) for item in quiet] == [(DISTRICT, 1)]
    assert api.get("/api/forecast?class=konflik&province=65").json()["total"] == 0
    for wrong in ("days=31", "level=4", "province=x", "quiet=perhaps"):
        assert api.get(f"/api/forecast?{wrong}").status_code == 400, wrong


def test_alarms_state_their_rate_and_heaped_places_are_told(api: Client) -> None:
    alarm = api.get(f"/api/areas/{VILLAGE}").json()["alert"]
    assert alarm["alarm"] and "1,5 peringatan palsu per tahun" in alarm["text"]
    calm = api.get("/api/areas/64.08.01.2002").json()["alert"]
    assert not calm["alarm"] and calm["text"].startswith("Tidak ada eskalasi")
    assert api.get("/api/areas/64.08.01.2003").json()["alert"] is None
    assert api.get("/api/areas/64.08").json()["alert"]["villages"] == [VILLAGE]
    assert api.get("/api/areas/64.74").json()["alert"] is None
    entry = api.get("/api/snapshots/current").json()["forecast"][0]
    assert "81 %" in entry["heap_text"] and "ibu kota" in entry["heap_text"]


def test_an_effect_whose_interval_holds_one_is_never_told(api: Client) -> None:
    effects = api.get("/api/snapshots/current?lang=en").json()["site_effects"]
    assert [item["kind"] for item in effects] == ["galian_c"]
    assert (
        effects[0]["text"]
        == "People living within 2 km of a quarry (galian C) (without permit): risk 1.8 times (1.2–2.6)."
    )
    page = api.get("/uji-balik").text
    assert "risiko 1,8 kali (1,2–2,6)" in page and "tambang batu bara" not in page


def test_the_card_is_data_and_a_page_with_its_plots(api: Client) -> None:
    card = api.get("/api/card").json()
    assert card["snapshot"] and card["sample"] is True
    assert [(e["province"], e["class"]) for e in card["entries"]] == [("64", "konflik"), ("64", "bersenjata")]
    for lang, words in (("id", "Kartu uji balik"), ("en", "Back-test card")):
        page = api.get(f"/uji-balik?lang={lang}")
        assert page.headers["content-type"].startswith("text/html") and words in page.text
        for figure in ("140", "131"):
            assert f"<td>{figure}</td>" in page.text
        plot = page.text.partition('<img src="')[2].partition('"')[0]
        drawn = api.get(plot.replace("&amp;", "&"))
        assert drawn.headers["content-type"].startswith("image/svg+xml") and drawn.content == SVG
        assert page.text.count("<img") == 1  # the other class has no plot, and no broken picture
    few = api.get("/uji-balik").text.partition('<section id="64-bersenjata">')[2].partition("</section>")[0]
    assert outlook.model_label("riwayat", "id") not in few  # baselines alone


@pytest.mark.parametrize("name", ["../manifest.json", "..%2Fmanifest.json", "64-konflik.fr.svg", "manifest.json"])
def test_no_other_file_can_be_named_as_a_plot(api: Client, name: str) -> None:
    assert api.get(f"/uji-balik/{name}").status_code == 404


def test_a_snapshot_without_a_forecast_says_so(tmp_path: Path) -> None:
    from tests.synthetic import make

    make(tmp_path)
    with client(tmp_path) as api:
        assert api.get("/api/card").json()["entries"] == []
        assert "tidak memuat prakiraan" in api.get("/uji-balik").text
        assert api.get("/api/areas/64").json()["forecast"] == []
        fact = api.get("/api/snapshots/current").json()
        assert (fact["forecast"], fact["site_effects"]) == ([], [])
        assert fact["label"] == "Indeks, bukan prakiraan"
        assert "/uji-balik" not in api.get("/wilayah/64").text


def test_the_text_page_tells_the_same(told: tuple[Case, Client]) -> None:
    _, api = told
    page = api.get(f"/wilayah/{DISTRICT}").text
    items = _of(api, f"/api/areas/{DISTRICT}")
    if items[0]["expected"] is None:
        assert items[0]["text"] in page
    else:
        assert items[0]["badge"] in page
        assert outlook.expected_text(items[0]["expected"], "id") in page
        assert (items[0]["label"] or "Prakiraan") in page
