"""petarawan boundaries build | check: what they print and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core import words
from core.errors import CheckFailed, ConfigError, InputError
from geo.packages import OUTLINES, POINTS, fetch
from petarawan.boundaries_cmd import app
from tests.test_boundaries_build import GEODATA, WHEEL, needs_packages


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("PETARAWAN_LANG", raising=False)


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(item) for item in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_check_of_the_embedded_boundaries(monkeypatch: pytest.MonkeyPatch) -> None:
    text = run("check")
    for found in ("1.038", "105", "10", "Tumpang-tindih", "batas indikatif, bukan batas resmi", "Pohon wilayah utuh"):
        assert found in text
    monkeypatch.setenv("PETARAWAN_LANG", "en")
    assert "The tree of areas is whole" in run("check", "--area", "64.74", "--area", "64.08")


def test_check_fails_with_its_own_error(tmp_path: Path) -> None:
    path = tmp_path / "desa.geojson"
    box = {"type": "Polygon", "coordinates": [[[117, 0], [118, 0], [118, 1], [117, 1], [117, 0]]]}
    villages = [("64.08.01.2001", box), ("64.08.01.2002", None)]
    features = [{"type": "Feature", "properties": {"kode": k, "nama": "x"}, "geometry": g} for k, g in villages]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with pytest.raises(CheckFailed, match="E_BOUNDARIES") as caught:
        run("check", path)
    assert caught.value.exit_status == 9
    with pytest.raises(ConfigError, match="E_AREA_UNKNOWN"):
        run("check", path, "--area", "65")
    with pytest.raises(InputError, match="E_NO_VILLAGES"):
        run("check", path, "--code-system", "bps")
    with pytest.raises(ConfigError, match="E_CODE_SYSTEM"):
        run("check", path, "--code-system", "pos")


def test_check_of_what_is_not_there_or_not_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_NO_FILE"):
        run("check", tmp_path / "none.gpkg")
    with pytest.raises(ConfigError, match="E_READER"):
        run("check", tmp_path / "desa.docx")
    with pytest.raises(ConfigError, match="E_READER"):
        run("check", "--reader", "peta")


def test_help_is_in_both_languages() -> None:
    for command, said in (
        ("build", ("Susun", "Build")),
        ("check", ("Periksa", "Check")),
        ("get", ("Ambil", "Fetch")),
        ("compare", ("Apa yang berubah", "What changes")),
    ):
        text = run(command, "--help")
        assert all(word in text for word in (*said, " / "))


@needs_packages
def test_build_from_given_packages(tmp_path: Path) -> None:
    text = run("build", "--province", "64", "--out", tmp_path, "--wheel", WHEEL, "--geodata", GEODATA)
    assert "1.038 desa dari 1 provinsi" in text
    assert {path.name for path in tmp_path.iterdir()} >= {"64.parquet", "SOURCES.toml", "registry.csv.gz"}
    assert "Pohon wilayah utuh" in run("check", tmp_path / "64.parquet")
    with pytest.raises(ConfigError, match="E_AREA_UNKNOWN"):
        run("build", "--province", "99", "--out", tmp_path, "--wheel", WHEEL, "--geodata", GEODATA)
    with pytest.raises(InputError, match="E_PACKAGE_HASH"):
        run("build", "--out", tmp_path, "--wheel", GEODATA, "--geodata", GEODATA)


def test_a_client_that_fails_is_told_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.packages._command", lambda package, cache: ["sh", "-c", "echo no network >&2; exit 1"])
    for package in (POINTS, OUTLINES):
        with pytest.raises(InputError, match="E_PACKAGE_FETCH") as caught:
            fetch(package, tmp_path)
        assert "no network" in caught.value.message("id")
    (tmp_path / POINTS.file).write_bytes(b"cut short")
    with pytest.raises(InputError, match="E_PACKAGE_HASH"):
        fetch(POINTS, tmp_path)


def test_every_word_of_this_room_can_be_said() -> None:
    for lang in words.LANGUAGES:
        for key in words.catalogue(lang):
            if key.startswith(("error.E_", "reason.R_POLYGON", "boundaries.", "warning.")):
                assert words.say(key, lang)
