"""A published forecast: what the data carry, standing on a card made of exactly these data, adding up, and withheld where it must be."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import tables
from core.errors import ConfigError
from publish import card as cards
from publish import card_plots, check_forecast, forecast
from publish.run import publish
from store.manifest import Manifest
from store.snapshot import Snapshot, open_current
from tests.cli_client import TOML, Run, fill

DISTRICTS = ("Bontang Utara", "Bontang Selatan", "Bontang Barat")
VILLAGES = {"Bontang Utara": "Bontang Kuala", "Bontang Selatan": "Berbas Tengah", "Bontang Barat": "Kanaan"}


def rows(count: int, kind: str = "bentrok", days: int = 1700, only: str | None = None) -> str:
    """Incidents up to 2024-10-31, evenly over the days before; every sixth in the second, every twelfth in the third district."""
    lines = ["tanggal,jenis,kecamatan,desa,korban meninggal"]
    for i in range(count):
        day = date(2024, 10, 31) - timedelta(days=i * days // max(count, 1))
        where = only or (DISTRICTS[2] if i % 12 == 5 else DISTRICTS[1] if i % 6 == 2 else DISTRICTS[0])
        lines.append(f"{day.isoformat()},{kind},{where},{VILLAGES[where]},0")
    return "\n".join(lines) + "\n"


def made(folder: Path, text: str) -> Snapshot:
    publish(fill(folder, TOML, text), allow_empty=True)
    return open_current(folder)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return made(tmp_path_factory.mktemp("prakiraan"), rows(600))


def column(snapshot: Snapshot, table: str, name: str) -> list[object]:
    return list(snapshot.table(table)[name].to_pylist())


@pytest.mark.parametrize(
    ("count", "stage", "levels"), [(20, "none", set()), (60, "regency", {1, 2}), (150, "monthly", {1, 2, 3})]
)
def test_the_number_of_incidents_decides_what_is_published(
    tmp_path: Path, count: int, stage: str, levels: set[int]
) -> None:
    snapshot = made(tmp_path, rows(count))
    entry = next(item for item in snapshot.manifest.forecast["entries"] if item["class"] == "konflik")
    assert (entry["stage"], entry["events_5y"]) == (stage, count)
    assert set(column(snapshot, "forecast", "level")) == levels
    assert (snapshot.table("forecast_cells").num_rows > 0) == (stage == "monthly")
    assert check_forecast.forecast(snapshot).ok


def test_parts_levels_and_cells_add_up(many: Snapshot) -> None:
    table = many.table("forecast")
    assert check_forecast.forecast(many).ok
    parts: dict[tuple[object, ...], float] = {}
    for row in many.table("forecast_parts").to_pylist():
        key = (row["class"], row["kode"], row["horizon_days"])
        parts[key] = parts.get(key, 0.0) + row["value"]
    for row in table.to_pylist():
        assert parts[row["class"], row["kode"], row["horizon_days"]] == pytest.approx(row["expected"], abs=1e-9)
        assert row["low"] <= row["expected"] <= row["high"]
    for days in (30, 90):
        sums = [
            sum(row["expected"] for row in table.to_pylist() if (row["level"], row["horizon_days"]) == (level, days))
            for level in (1, 2, 3)
        ]
        cells = sum(column(many, "forecast_cells", f"expected_{days}"))  # type: ignore[arg-type]
        assert sums == pytest.approx([sums[0]] * 3, rel=1e-12)
        assert cells == pytest.approx(sums[0], rel=1e-5)


def test_three_months_are_three_months_of_the_same_level(many: Snapshot) -> None:
    by_key = {(row["kode"], row["horizon_days"]): row["expected"] for row in many.table("forecast").to_pylist()}
    for kode, days in by_key:
        assert by_key[kode, 90] == pytest.approx(3 * by_key[kode, 30]), days


def test_the_card_is_of_exactly_these_data_and_has_plots(many: Snapshot) -> None:
    card = many.manifest.card
    entry = next(item for item in card["entries"] if item["class"] == "konflik")
    assert card["depth"] == cards.QUICK
    assert card["origins"] == entry["months"] == 12
    assert {"riwayat", "nol", "penduduk", "bulan_lalu", "counts_12", "counts_all", "conflictology", "kde"} <= set(
        entry["models"]
    )
    names = {file.path for file in many.manifest.files}
    assert {card_plots.name(entry, lang) for lang in ("id", "en")} <= names


def test_a_plot_is_the_same_bytes_every_time_and_says_nothing_of_the_machine(many: Snapshot) -> None:
    entry = many.manifest.card["entries"][0]
    first = card_plots.svg(entry, "id")
    assert first == card_plots.svg(entry, "id")
    assert first != card_plots.svg(entry, "en")
    assert b"<dc:date>" not in first
    assert b"http" not in first.replace(b"http://www.w3.org", b"").replace(b"http://purl.org", b"").replace(
        b"http://creativecommons.org", b""
    )


def test_a_deep_card_is_taken_while_it_is_of_these_data_and_said_to_be_old_afterwards(run: Run, tmp_path: Path) -> None:
    folder = fill(tmp_path / "ruang", TOML, rows(150))
    assert run("backtest", folder, "--origins", 6).status == 0
    publish(folder)
    assert (open_current(folder).manifest.card["depth"], open_current(folder).manifest.card["origins"]) == ("deep", 6)
    fill(folder, TOML, rows(151))
    publish(folder)
    manifest = open_current(folder).manifest
    assert (manifest.card["depth"], manifest.card["origins"]) == ("quick", 12)
    assert "CARD_OLD" in {warning.code for warning in manifest.warnings}


def test_a_damaged_card_is_an_error_and_the_last_snapshot_stays(tmp_path: Path) -> None:
    folder = fill(tmp_path, TOML, rows(40))
    publish(folder)
    before = (folder / "CURRENT").read_text()
    (folder / "backtest").mkdir()
    for text in ("{", "[]", "{}", '{"digest": 1}', "null"):
        (folder / "backtest" / "card.json").write_text(text)
        with pytest.raises(ConfigError) as caught:
            publish(folder)
        assert caught.value.code == "E_CARD"
        assert (folder / "CURRENT").read_text() == before


def test_backtest_of_a_part_is_put_aside(run: Run, tmp_path: Path) -> None:
    folder = fill(tmp_path / "ruang", TOML, rows(150))
    said = run("backtest", folder, "--quick", "--until", "2023-12-31")
    assert said.status == 0, said.err
    assert not (folder / "backtest" / "card.json").exists()
    (card,) = (folder / "backtest").glob("2023-12-31-*/card.json")
    tree = json.loads(card.read_text())
    assert tree["last"] <= "2023-12-31"
    page = (card.parent / "index.html").read_text()
    assert "<script" not in page
    assert "Kartu" in page


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--until", "2025-01-01"), "E_BACKTEST_RANGE"),
        (("--until", "1999-01-01"), "E_NO_HISTORY"),
        (("--province", "11"), "E_NO_HISTORY"),
        (("--class", "apa"), "E_NO_HISTORY"),
        (("--horizon", "0"), "E_USAGE"),
        (("--origins", "tiga"), "E_USAGE"),
    ],
)
def test_what_cannot_be_back_tested_is_said(run: Run, tmp_path: Path, arguments: tuple[str, str], code: str) -> None:
    said = run("backtest", fill(tmp_path / "ruang", TOML, rows(20)), *arguments)
    assert said.code == code, said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "text",
    [
        rows(0),
        rows(1),
        rows(40, days=1),  # all on one day
        rows(150, only="Bontang Utara"),  # all in one place
        rows(150, kind="unjuk rasa damai"),  # a right, and never forecast
        rows(150).replace("2024-", "2031-"),  # after as_of
    ],
    ids=["none", "one", "one-day", "one-place", "peaceful", "later"],
)
def test_poor_histories_give_no_number_that_is_none(tmp_path: Path, text: str) -> None:
    snapshot = made(tmp_path, text)
    assert check_forecast.forecast(snapshot).ok
    for name in tables.DERIVED:
        table = snapshot.table(name)
        for field in table.schema:
            if pa.types.is_floating(field.type):
                assert np.isfinite(table[field.name].to_numpy()).all()
    assert b"NaN" not in snapshot.manifest.to_bytes()
    if "damai" in text:
        assert not snapshot.table("forecast").num_rows


def _tampered(snapshot: Snapshot, folder: Path, name: str, change: dict[str, object]) -> Snapshot:
    """The snapshot with one column of one table changed."""
    shutil.copytree(snapshot.path, folder)
    path = folder / f"{name}.parquet"
    table = pq.read_table(path)
    for column_name, value in change.items():
        at = table.schema.get_field_index(column_name)
        values = [value, *table[column_name].to_pylist()[1:]]
        table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    pq.write_table(table, path)
    return Snapshot(folder, snapshot.manifest)


@pytest.mark.parametrize(
    ("name", "change", "trouble"),
    [
        ("forecast", {"expected": 99.0}, "parts"),
        ("forecast", {"low": 99}, "range"),
        ("forecast_parts", {"value": 99.0}, "parts"),
        ("forecast_cells", {"expected_30": 99.0}, "cells"),
    ],
)
def test_check_finds_what_does_not_add_up(
    many: Snapshot, tmp_path: Path, name: str, change: dict[str, object], trouble: str
) -> None:
    finding = check_forecast.forecast(_tampered(many, tmp_path / "rusak", name, change))
    assert not finding.ok
    assert trouble in finding.trouble


def test_check_refuses_a_forecast_without_its_card(many: Snapshot) -> None:
    bare: Manifest = replace(many.manifest, card={})
    finding = check_forecast.forecast(Snapshot(many.path, bare))
    assert not finding.ok
    assert "card" in finding.trouble


def test_the_map_carries_the_expected_number_of_the_area(many: Snapshot) -> None:
    found = forecast.on_map(many.areas, many.table("forecast"))
    assert set(found) == {"f30_konflik"}
    level = np.array(many.areas["level"].to_pylist())
    assert np.isfinite(found["f30_konflik"][level < 4]).all()
    assert np.isnan(found["f30_konflik"][level == 4]).all()
