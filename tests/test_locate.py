"""petarawan locate: what place a text means, ranked, every meaning kept."""

from __future__ import annotations

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from core.errors import NotFoundError
from core.words import LANGUAGES, say
from geo.atlas import Atlas
from geo.locate import CUTOFF, ELSEWHERE, EXACT, Found
from petarawan import crosswalk_cmd, locate_cmd
from tests.test_boundaries_build import GEODATA, WHEEL, needs_packages
from tests.test_crosswalk import _FOLDER, BPS

app = typer.Typer()
app.command("locate", context_settings={"ignore_unknown_options": True})(locate_cmd.command)
app.command("crosswalk")(crosswalk_cmd.crosswalk)
rows = st.integers(0, len(Atlas.load().codes) - 1)


def ask(text: str, limit: int | None = 5) -> list[Found]:
    return Atlas.load().locate(text, limit)


def codes_of(text: str) -> list[str]:
    return [item.kode for item in ask(text, None)]


def test_the_village_of_the_issue() -> None:
    (found,) = ask("Sumber Sari, Kota Bangun")
    assert (found.kode, found.name, found.level) == ("64.02.19.2007", "Sumber Sari", 4)
    assert found.path == "Kota Bangun Darat, Kabupaten Kutai Kartanegara, Kalimantan Timur"
    assert found.why == ("name", "parent_former")  # Kota Bangun gave it to Kota Bangun Darat
    assert found.lon == pytest.approx(116.66079)


@pytest.mark.parametrize(
    "text",
    [
        "sumber sari kota bangun",
        "SUMBERSARI, KOTA BANGUN DARAT",
        "Desa Sumber Sari Kecamatan Kota Bangun Kabupaten Kutai Kartanegara",
        "Desa Sumber Sari, Kec. Kota Bangun, Kab. Kutai Kartanegara, Prov. Kalimantan Timur",
        "Ds. Sumber Sari Kec.Kota Bangun Kab.Kutai Kartanegara",
        "Sumber Sari; Kota Bangun; Kukar",
        "  Sumber   Sari ,Kota Bangun, ",
        "Sumbersari, Kota Bangn",
        "Sumbr Sari, Kota Bangn",
    ],
)
def test_the_same_village_as_people_write_it(text: str) -> None:
    assert ask(text)[0].kode == "64.02.19.2007"


def test_fault_042_every_place_of_the_name_is_offered() -> None:
    everywhere = ask("Sumber Sari", None)
    assert len(everywhere) == 52
    assert sum(item.kode.startswith("64") for item in everywhere) == 6
    assert {item.score for item in everywhere if item.name == "Sumber Sari"} == {EXACT}  # none is better than another
    assert len(ask("Sumber Sari, Kalimantan Timur", None)) == 6
    assert len(ask("Sidomulyo", None)) >= 98


def test_fault_043_look_alikes_come_with_their_score_and_only_without_the_name_itself() -> None:
    (found,) = ask("Tenggarong Sebrang")
    assert (found.kode, found.why) == ("64.02.16", ("similar",))
    assert CUTOFF <= found.score < EXACT
    assert "Birang" not in {item.name for item in ask("Tenggarong Sebrang", None)}
    assert all("similar" not in item.why for item in ask("Bengalon", None))
    assert "64.08.09" in codes_of("Bangalon")
    assert ask("xqzw") == []


def test_fault_044_word_breaks_are_told() -> None:
    assert [(item.kode, item.why) for item in ask("Sukamaju, Kutai Timur")] == [("64.08.08.2003", ("name", "parent"))]
    assert ask("Suka Maju, Kutai Timur")[0].why == ("spelling", "parent")
    assert ask("Suka Maju, Kutai Timur")[0].score < EXACT


def test_a_code_of_either_system_is_offered_as_what_it_is() -> None:
    assert [(item.kode, item.why) for item in ask("64.08")] == [("64.08", ("code",))]
    assert [(item.kode, item.why) for item in ask("6404")] == [("64.08", ("code_bps",))]
    assert [(item.kode, item.why) for item in ask("ID6404")] == [("64.08", ("code_bps",))]
    both = {(item.kode, item.why) for item in ask("6402")}
    assert both == {("64.02", ("code",)), ("64.07", ("code_bps",))}
    assert ask("64.04")[0].score < EXACT  # dots put into a BPS code
    assert ask("91.01")[0].kode == "93.01"  # Merauke, before 2022
    assert ask("64.02.19.2007")[0].name == "Sumber Sari"
    assert ask("99.99") == []


def test_a_point_in_either_order() -> None:
    one, two = ask("117.1, -0.5"), ask("-0,5 117,1")
    assert one == two
    assert all(item.kode.startswith("64.72") and item.why == ("point",) for item in one)
    assert [item.km for item in one] == sorted(item.km for item in one if item.km is not None)
    assert ask("0, 0") == ask("10.5, 52.1") == []


def test_parents_that_do_not_fit_are_said() -> None:
    found = ask("Sumber Sari, Balikpapan", None)
    assert all("elsewhere" in item.why and item.score >= ELSEWHERE for item in found)
    assert all(item.kode.startswith("64.") for item in found[:6])  # those of the same province first


def test_former_parents_capitals_and_beginnings() -> None:
    assert [(item.kode, item.why) for item in ask("Long Bagun, Kutai Barat")] == [
        ("64.11.01", ("name", "parent_former"))
    ]
    assert ask("Sangatta")[0].why == ("seat",)
    assert [item.kode for item in ask("Sangatta, Kutai Timur")][:2] == ["64.08.04", "64.08.12"]
    assert [item.kode for item in ask("Kota Bogor")] == ["32.71"]
    assert [item.kode for item in ask("Bogor")][:2] == ["32.01", "32.71"]
    assert ask("Kab. Bogor")[0].kode == "32.01"


@given(rows)
@settings(max_examples=200, deadline=None)
def test_every_place_is_found_by_its_name_and_its_parents(row: int) -> None:
    atlas = Atlas.load()
    code = atlas.codes[row]
    text = ", ".join([atlas.names[row].replace(",", " "), *atlas.path(code)])
    found = ask(text, None)
    best = [item.kode for item in found if item.score == found[0].score]
    assert code in best
    assert found[0].score >= 99
    assert found == sorted(found, key=lambda item: (-item.score, item.level, item.kode))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    for item in ask(text, None):
        assert item.kode in Atlas.load()
        assert 0 <= item.score <= EXACT
        assert item.why


def test_every_reason_has_words() -> None:
    asked = (
        "Sumber Sari, Kota Bangun",
        "6402",
        "91.01",
        "117.1,-0.5",
        "Toba Samosir",
        "Sumbr Sari, Kota Bangn",
        "Sangatta",
    )
    for text in (*asked, "Sumber Sari, Balikpapan"):
        for item in ask(text, None):
            assert all(say(f"gazetteer.why.{why}", lang) for why in item.why for lang in LANGUAGES)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False, env={"COLUMNS": "100"})
    return done.stdout


def test_the_command_shows_codes_whole_and_says_how_many_more() -> None:
    text = run("locate", "Sumber Sari,", "Kota", "Bangun")
    assert "64.02.19.2007" in text and "116.66079, -0.31883" in text and "induk sebelum pemekaran" in text
    text = run("locate", "Sumber Sari", "--limit", "2")
    assert "2 dari 52" in text
    assert "titik desa" in run("locate", "-0.5,117.1")
    assert "kode BPS" in run("locate", "6404")
    with pytest.raises(NotFoundError, match="E_NO_SUCH_PLACE") as caught:
        run("locate", "xqzw")
    assert "xqzw" in caught.value.message("id")
    assert caught.value.hint("en")


def test_the_command_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate_cmd, "language", lambda: "en")
    assert "parent before the split" in run("locate", "Sumber Sari, Kota Bangun")


@needs_packages
@pytest.mark.skipif(not (_FOLDER / BPS.file).is_file(), reason=f"{BPS.file} is not in PETARAWAN_PACKAGES")
def test_the_crosswalk_is_made_by_a_command(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = run("crosswalk", "--out", tmp_path, "--wheel", WHEEL, "--geodata", GEODATA, "--bps", _FOLDER / BPS.file)
    assert "514" in text
    assert (tmp_path / "crosswalk.csv.gz").stat().st_size > 400_000
