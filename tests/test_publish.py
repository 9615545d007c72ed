"""Promises of publishing: same in, same out; a kill leaves old or new; bad input leaves the last snapshot; the ledger adds up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
import shapely

from core.errors import PetarawanError
from geo.overlap import polygons
from publish.check import RULES, check
from publish.diff import diff
from publish.run import publish
from store.manifest import NAME
from store.snapshot import current_id, open_current, open_named
from store.writer import publishing
from tests.places import ROOT, SHARED, needs_shared

INCIDENTS = """tanggal,jenis,kecamatan,desa,korban meninggal
24 Oktober 2024,bentrok,Bontang Utara,Bontang Kuala,1
3 Juni 2024,sengketa lahan,Bontang Selatan,Berbas Tengah,0
1 Mei 2024,unjuk rasa damai,Bontang Barat,Belimbing,0
12 Oktober 2024,kerusuhan,Bontang Utara,Loktuan,0
31 Februari 2024,bentrok,Bontang Utara,Loktuan,0
2 November 2024,bentrok,Bontang Utara,Loktuan,0
5 Mei 2024,bentrok,Bontang Utara,Antah Berantah,0
"""
CONFIG = """title = "Uji Bontang"
area = ["64.74"]
resolution = {resolution}
as_of = {as_of}
model = "kaltim"
[[source]]
kind = "boundaries"
reader = "embedded"
[[source]]
kind = "incidents"
reader = "table"
path = "kejadian.csv"
"""


def workspace(folder: Path, *, resolution: int = 8, as_of: str = "2024-10-31", more: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "petarawan.toml").write_text(CONFIG.format(resolution=resolution, as_of=as_of) + more, encoding="utf-8")
    (folder / "kejadian.csv").write_text(INCIDENTS, encoding="utf-8")
    return folder


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = workspace(tmp_path_factory.mktemp("bontang"))
    publish(folder)
    return folder


def test_every_rule_of_check_holds(published: Path) -> None:
    findings = check(open_current(published))
    assert len(findings) == len(RULES)
    assert all(finding.ok for finding in findings), findings


def test_the_ledger_adds_up_and_the_quarantine_can_be_opened(published: Path) -> None:
    manifest = open_current(published).manifest
    ledger = next(item for item in manifest.inputs if item.kind == "incidents")
    assert (ledger.rows_in, ledger.accepted, ledger.quarantined) == (7, 4, 3)
    assert "R_AFTER_AS_OF" in ledger.reasons
    text = (published / "quarantine" / f"{manifest.id}.csv").read_text(encoding="utf-8-sig")
    assert "31 Februari 2024" in text
    assert "Antah Berantah" in text
    assert len(text.splitlines()) == 4


def test_a_district_without_reports_is_not_monitored(published: Path) -> None:
    areas = open_current(published).areas
    row = {r["kode"]: r for r in areas.select(["kode", "score", "class", "coverage", "level"]).to_pylist()}
    assert row["64.74.01"]["score"] is not None or row["64.74.02"]["score"] is not None
    assert all((r["score"] is None) == (r["class"] == 0) for r in row.values())


def test_same_inputs_in_another_folder_later_give_the_same_id_and_bytes(published: Path, tmp_path: Path) -> None:
    time.sleep(1.1)  # file systems and archives with whole seconds must not betray the clock
    other = workspace(tmp_path / "elsewhere")
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Makassar"}
    subprocess.run(
        [sys.executable, "-m", "petarawan", "publish", str(other)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    a, b = open_current(published), open_current(other)
    assert a.id == b.id
    one, two = _bytes(a.path), _bytes(b.path)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_another_as_of_is_another_snapshot_and_diff_says_why(published: Path, tmp_path: Path) -> None:
    folder = workspace(tmp_path / "w")
    first = publish(folder).id
    workspace(folder, as_of="2024-11-30")
    second = publish(folder).id
    assert first == current_id(published)
    assert first != second
    changes = diff(open_named(folder, first), open_named(folder, second))
    assert changes
    for change in changes:
        if change.delta is not None:
            assert sum(points for _, points in change.parts) == pytest.approx(change.delta, abs=1e-3)
    assert diff(open_named(folder, first), open_named(folder, first)) == []


@pytest.mark.parametrize("resolution", [4, 6, 9])
def test_other_resolutions(tmp_path: Path, resolution: int) -> None:
    folder = workspace(tmp_path / "w", resolution=resolution)
    west, south, east, north = publish(folder).bounds
    corners = shapely.get_coordinates(polygons(open_current(folder).cells["cell"].to_numpy()))
    assert (corners.min(axis=0) >= (west, south)).all()
    assert (corners.max(axis=0) <= (east, north)).all()
    assert all(finding.ok for finding in check(open_current(folder)))


def test_a_record_known_only_to_a_partly_mapped_area_is_quarantined(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    text = (folder / "petarawan.toml").read_text(encoding="utf-8")
    (folder / "petarawan.toml").write_text(text.replace('area = ["64.74"]', 'area = ["64.74.01"]'), encoding="utf-8")
    rows = "tanggal,jenis,kabupaten,kecamatan\n1 Mei 2024,bentrok,Bontang,\n2 Mei 2024,bentrok,Bontang,Bontang Utara\n"
    (folder / "kejadian.csv").write_text(rows, encoding="utf-8")
    ledger = next(item for item in publish(folder).inputs if item.kind == "incidents")
    assert (ledger.rows_in, ledger.accepted, ledger.reasons) == (2, 1, {"R_PARTLY_MAPPED": 1})
    assert all(finding.ok for finding in check(open_current(folder)))


def test_an_empty_source_that_was_asked_for_leaves_everything_not_monitored(tmp_path: Path) -> None:
    folder = workspace(tmp_path)
    (folder / "kejadian.csv").write_text("tanggal,jenis,kecamatan,desa\n", encoding="utf-8")
    manifest = publish(folder, allow_empty=True)
    assert manifest.class_cells[1:] == (0, 0, 0, 0, 0)
    assert all(finding.ok for finding in check(open_current(folder)))


BAD = {
    "reader": ('reader = "table"', 'reader = "sihir"', "E_READER"),
    "area": ('area = ["64.74"]', 'area = ["99.01"]', "E_AREA_UNKNOWN"),
    "missing file": ('path = "kejadian.csv"', 'path = "tidak-ada.csv"', "E_NO_FILE"),
    "model": ('model = "kaltim"', 'model = "bulan"', "E_MODEL"),
    "toml": ('title = "Uji Bontang"', 'title = "Uji', "E_CONFIG_TOML"),
    "field": ("resolution = 8", 'resolution = "delapan"', "E_CONFIG"),
    "kind": ('kind = "incidents"', 'kind = "ramalan"', "E_CONFIG"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_and_the_last_snapshot_stays(published: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(published, tmp_path / "w")
    before = _bytes(folder / "snapshots")
    old, new, code = BAD[name]
    text = (folder / "petarawan.toml").read_text()
    assert old in text
    (folder / "petarawan.toml").write_text(text.replace(old, new))
    with pytest.raises(PetarawanError) as caught:
        publish(folder)
    assert caught.value.code == code
    assert caught.value.message("id")
    assert caught.value.hint("id")
    assert _bytes(folder / "snapshots") == before
    assert open_current(folder).verify() == []
    assert not list((folder / "build").glob("*"))


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "E_EMPTY"), ("tanggal,jenis,kecamatan,desa\n", "E_NO_ROWS"), ("a,b\n1,2\n", "E_NO_HEADER")],
)
def test_fault_001_002_003_an_empty_or_headless_file_does_not_replace_a_map(
    published: Path, tmp_path: Path, content: str, code: str
) -> None:
    folder = shutil.copytree(published, tmp_path / "w")
    (folder / "kejadian.csv").write_text(content)
    with pytest.raises(PetarawanError) as caught:
        publish(folder)
    assert caught.value.code == code
    assert current_id(folder) == current_id(published)


def test_fault_127_a_second_publish_is_told(published: Path) -> None:
    with publishing(published), pytest.raises(PetarawanError) as caught:
        publish(published)
    assert caught.value.code == "E_LOCKED"


def test_the_command_line_says_the_code_and_exits_with_its_status(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "petarawan", "publish", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "E_NO_WORKSPACE" in done.stderr
    assert "Traceback" not in done.stderr


def test_fault_123_kill_at_random_moments_leaves_old_or_new(published: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(published, tmp_path / "w")
    workspace(folder, as_of="2024-11-30")
    rng = np.random.default_rng(1)
    start = time.monotonic()
    command = [sys.executable, "-m", "petarawan", "publish", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    whole_run = time.monotonic() - start
    new = current_id(folder)
    shutil.rmtree(folder / "snapshots" / new)
    (folder / "CURRENT").write_text(current_id(published) + "\n")
    killed = 0
    for _ in range(5):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole_run * float(rng.uniform(0.3, 1.0)))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        snapshot = open_current(folder)
        assert snapshot.id in {current_id(published), new}
        assert snapshot.verify() == []
        for path in (folder / "snapshots").iterdir():
            assert (path / NAME).is_file()
    assert killed
    publish(folder)
    assert current_id(folder) == new
    assert not list((folder / "build").iterdir())


@needs_shared
def test_real_polygons_tps_and_coal_sites(tmp_path: Path) -> None:
    boundaries = [str(SHARED / "boundaries" / f"wilayah_boundaries_kel_{code}.sql.gz") for code in ("64.08", "64.74")]
    (tmp_path / "petarawan.toml").write_text(
        f"""title = "Kutai Timur dan Bontang"
area = ["64.08", "64.74"]
resolution = 7
as_of = 2024-10-31
[[source]]
kind = "boundaries"
reader = "cahyadsn_sql"
path = {boundaries}
[[source]]
kind = "tps"
reader = "kp24"
path = "{SHARED / "tps" / "kp24_tps_per_desa_64.08_64.74.csv"}"
[[source]]
kind = "sites"
reader = "esdm_coal"
path = "{SHARED / "sites" / "esdm_coal_kutai_timur.csv"}"
"""
    )
    manifest = publish(tmp_path)
    snapshot = open_current(tmp_path)
    assert all(finding.ok for finding in check(snapshot))
    areas = snapshot.areas
    assert np.bincount(areas["level"].to_numpy(), minlength=5)[2:].tolist() == [2, 21, 156]
    tps = {row["kode"]: row["tps"] for row in areas.filter(pc.equal(areas["level"], 2)).to_pylist()}
    assert tps == {"64.08": 1185, "64.74": 532}
    assert snapshot.table("tps").num_rows == 1717
    coal = next(item for item in manifest.inputs if item.reader == "esdm_coal")
    assert (coal.rows_in, coal.accepted + coal.quarantined) == (63, 63)
    assert {w.code for w in manifest.warnings} >= {"NO_INCIDENTS", "NOT_MONITORED"}
    assert manifest.class_cells[1:] == (0, 0, 0, 0, 0), "no incident history: nothing is scored"
    assert pc.max(areas["coverage"]).as_py() < 0.5
