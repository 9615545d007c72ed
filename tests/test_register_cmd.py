"""Promises of `petarawan register`: what an officer sees and does, in two languages, and that an export hides what it must."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from core.words import LANGUAGES
from petarawan import register_tables
from store.register import KINDS, models, open_register
from tests.cli_client import Run, Said
from tests.registers import NOW, WHO, WHY, draft, held, incident, later, new, report, site

TOML = 'title = "Uji"\narea = ["64.74"]\nresolution = 7\nas_of = 2026-12-31\n'
TOLD = "Sdr. Budi Santoso, NIK 6472011205900001, HP 0812-3456-7890"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PETARAWAN_REGISTER_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "petarawan.toml").write_text(TOML)
    return tmp_path


def keys(folder: Path) -> list[str]:
    with open_register(folder) as register:
        return [item.key for item in register.reports()]


SIGNED = ("--who", WHO, "--why", WHY)


def test_a_report_is_recorded_seen_verified_corrected_and_its_story_told(folder: Path, run: Run) -> None:
    said = run(
        "register", "add", folder, "--date", "24 Oktober 2024", "--what", "riot", "--kode", "64.74.01", "--text", TOLD, "--grade", "b2",
        "--deaths", 1, "--conflict-stage", "penghentian", *SIGNED,
    )  # fmt: skip
    assert said.status == 0, said.err
    (key,) = keys(folder)
    assert key in said.out
    assert "NIK" in said.out, "the writer hears that the text holds personal data"
    assert "Budi" not in said.out
    listed = run("register", "list", folder)
    for text in (key, "24 Oktober 2024", "Kerusuhan", "64.74.01 Bontang Utara", "Belum diperiksa", "Meninggal: 1"):
        assert text in listed.out
    assert "Budi" not in listed.out
    assert run("register", "verify", folder, key, "--who", "Camat", "--why", "hadir").status == 0
    said = run("register", "correct", folder, key, "--set", "deaths=2", "--set", "outcome=mediated", *SIGNED)
    assert "Selesai melalui mediasi" in said.out
    story = run("register", "history", folder, key).out
    for text in ("Camat", "hadir", "Terverifikasi", "Meninggal: 1 → 2", "WITA"):
        assert text in story
    with open_register(folder) as register:
        assert [item.content["source_grade"] for item in register.history(key)] == ["B"] * 3
    assert "1 terverifikasi" in run("register", "list", folder).out.replace("\n", " ")


def test_json_on_standard_input_is_taken_wholly_or_not_at_all(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sent(body: object) -> Said:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        return run("register", "add", folder, "--json")

    good = {"occurred_on": "2024-11-01", "kind": "land_dispute", "lon": 117.49, "lat": 0.13, "who": WHO, "why": WHY}
    said = sent([good, {"kind": "x", "deaths": "2", "colour": "red"}])
    assert (said.code, said.status) == ("E_REPORT", 2)
    for name in ("occurred_on", "deaths", "colour"):
        assert name in said.err
    assert sent([good, {**good, "occurred_on": "2090-01-01"}]).code == "E_REPORT"
    assert keys(folder) == []
    assert sent([good, {**good, "occurred_on": "2024-11-02"}]).status == 0
    assert sent(good).status == 0
    assert len(keys(folder)) == 2, "the same report again stays one"
    with open_register(folder) as register:
        assert {str(item.content["kode"])[:5] for item in register.reports()} == {"64.74"}
        assert {item.content["precision"] for item in register.reports()} == {"exact"}
    for body in (b"{", b"[]", b"[1]", b"7", b"\xff", b"[" * 100_000):
        assert sent(body).code == "E_REPORT_JSON"
    assert sent({**good, "lon": 100.0}).code == "E_REPORT_PLACE"
    assert sent({**good, "occurred_on": "kemarin"}).code == "E_REPORT"
    assert sent({**good, "occurred_on": 20241101}).code == "E_REPORT"
    assert sent({**good, "lon": True}).code == "E_REPORT"
    assert len(keys(folder)) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("list", "--kind", "roads"), "E_USAGE"),
        (("list", "--what", "war"), "E_USAGE"),
        (("list", "--verification", "sure"), "E_USAGE"),
        (("list", "--since", "kemarin"), "E_USAGE"),
        (("list", "--as-of", "Oktober 2024"), "E_USAGE"),
        (("add", "--date", "2024-01-01", "--what", "riot", "--kode", "64.74.01", "--who", "Ani"), "E_REGISTER_SIGNED"),
        (("add", "--date", "2024-01-01", "--what", "riot", *SIGNED), "E_REPORT_PLACE"),
        (("add", "--date", "2024-01-01", "--what", "riot", "--kode", "64.74.99", *SIGNED), "E_REPORT_PLACE"),
        (("add", "--what", "riot", "--kode", "64.74.01", *SIGNED), "E_REPORT"),
        (("add", "--date", "2024-01-01", "--what", "war", "--kode", "64.74.01", *SIGNED), "E_REPORT"),
        (("add", "--date", "2024-01-01", "--what", "riot", "--kode", "64.74.01", "--grade", "B22", *SIGNED), "E_USAGE"),
        (("add", "--date", "2024-01-01", "--what", "riot", "--kode", "64.74.01", "--grade", "G9", *SIGNED), "E_REPORT"),
        (("verify", "nothing", *SIGNED), "E_REPORT_UNKNOWN"),
        (("history", "nothing"), "E_REPORT_UNKNOWN"),
        (("correct", "nothing", "--set", "colour=red", *SIGNED), "E_USAGE"),
        (("correct", "nothing", "--set", "deaths=two", *SIGNED), "E_USAGE"),
        (("correct", "nothing", "--set", "deaths", *SIGNED), "E_USAGE"),
        (("imports", "nothing"), "E_IMPORT_UNKNOWN"),
        (("export", "--format", "pdf", "--out", "x.pdf"), "E_REGISTER_FORMAT"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_code_and_what_to_do(
    folder: Path, run: Run, arguments: tuple[str, ...], code: str
) -> None:
    said = run("register", arguments[0], folder, *arguments[1:])
    assert said.code == code, said.err
    assert "→" in said.err
    assert "Traceback" not in said.err
    assert keys(folder) == []


def test_a_folder_that_is_no_workspace_gets_no_register(tmp_path: Path, run: Run) -> None:
    assert run("register", "list", tmp_path).code == "E_NO_WORKSPACE"
    assert list(tmp_path.iterdir()) == []


def filled(folder: Path) -> None:
    with open_register(folder) as register:
        register.begin_import(draft(file="kejadian.xlsx"), NOW)
        formula = incident(
            text="=HYPERLINK(1) " + TOLD, source_name="Narasumber Rahasia", lon=117.49, lat=0.13, precision="exact"
        )
        register.add_batch("impor-1", [new(1, formula), held(2), new(3, fingerprint="f0001")], NOW)
        register.finish_import("impor-1", 3, [], NOW)
        register.begin_import(draft("impor-2", "sites"), later(1))
        register.add_batch(
            "impor-2", [new(1, site(name="Galian H. Mahmud"), key="Galian H. Mahmud|64", occurred_on=None)], NOW
        )
        register.add_report(report(), WHO, WHY, NOW)


def read(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    if path.suffix == ".xlsx":
        return [
            [str(cell) for cell in row] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        ]
    features = json.loads(path.read_bytes())["features"]
    return [list(features[0]["properties"]), *([str(v) for v in f["properties"].values()] for f in features)]


@pytest.mark.parametrize("format_", ["csv", "xlsx", "geojson"])
def test_an_export_masks_personal_data_unless_asked_for_raw(folder: Path, run: Run, format_: str) -> None:
    filled(folder)
    out = folder / f"meja.{format_}"
    assert run("register", "export", folder, "--format", format_, "--out", out).status == 0
    masked = read(out)
    assert len(masked) == 3
    text = str(masked)
    for secret in ("Budi", "6472011205900001", "0812", "Rahasia", "Ani", WHY):
        assert secret not in text
    assert "[NIK]" in text
    said = run("register", "export", folder, "--format", format_, "--out", out, "--raw")
    raw = str(read(out))
    assert "TANPA" in said.out
    for secret in ("Budi Santoso", "6472011205900001", "Narasumber Rahasia", "Ani"):
        assert secret in raw
    sites = folder / f"lokasi.{format_}"
    assert run("register", "export", folder, "--kind", "sites", "--format", format_, "--out", sites).status == 0
    assert "Mahmud" not in str(read(sites))


def test_fault_091_an_exported_text_is_no_formula(folder: Path, run: Run) -> None:
    filled(folder)
    out = folder / "meja.csv"
    run("register", "export", folder, "--out", out, "--raw")
    cells = [cell for row in read(out) for cell in row]
    assert not [cell for cell in cells if cell.startswith("=")]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)


def test_an_export_never_lands_in_the_archive(folder: Path, run: Run) -> None:
    filled(folder)
    (folder / "snapshots").mkdir()
    assert run("register", "export", folder, "--out", folder / "snapshots" / "x.csv").code == "E_OUT_ARCHIVE"
    assert run("register", "export", folder, "--out", folder).code == "E_OUT"
    assert not list((folder / "snapshots").iterdir())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_ledger_adds_up_before_the_eyes(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setenv("PETARAWAN_LANG", lang)
    filled(folder)
    said = run("register", "imports", folder)
    for word in ("impor-1", "kejadian.xlsx", "Budi", "impor-2"):
        assert word in said.out
    counts = {"id": "Baris masuk: 3", "en": "Rows in: 3"}[lang]
    assert counts in said.out
    assert {"id": "belum selesai", "en": "not finished"}[lang] in said.out
    one = run("register", "imports", folder, "impor-1")
    assert "R_DATE: " in one.out


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_column_and_value_has_its_words(lang: str, kind: str) -> None:
    from core.report import LISTS
    from core.words import say

    for column in models.CONTENT[kind]:
        assert say(f"register.column.{column.name}", lang)
    if kind == "incidents":
        for name, values in LISTS.items():
            assert all(say(f"closed.{name}.{value}", lang) for value in values)
            assert register_tables.told(kind, name, values[0], lang)
