"""Promises of the sources behind the newer factors: election results, counts of foreign workers, night lights."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterstats import zonal_stats

from core.errors import ConfigError, InputError, PetarawanError
from core.words import say
from geo.layer import Layer
from geo.overlap import polygons
from geo.sources.night_lights import years_told
from geo.zonal import cell_light, cell_sums
from publish.check import check
from publish.evidence import gather
from publish.run import publish
from store.manifest import Manifest
from store.snapshot import open_current
from tests import scene
from tests.kaltim import codes, read, text_file, warned, workbook

GRID = scene.grid()
INSIDE = (GRID.lon > 117.04) & (GRID.lon < 117.26) & (GRID.lat > 0.04) & (GRID.lat < 0.26)


def elections(folder: Path, text: str) -> Layer:
    return read("elections", "table", text_file(folder, text, "hasil.csv"))


def workers(folder: Path, text: str) -> Layer:
    return read("workers", "table", text_file(folder, text, "tka.csv"))


def test_votes_become_a_margin_of_all_valid_votes(tmp_path: Path) -> None:
    layer = elections(
        tmp_path,
        "Kode;Desa;Paslon 1;Paslon 2;Paslon 3;Suara Sah;Tanggal\n"
        "64.74.01.1001;Bontang Kuala;1.200;900;300;2.400;27/11/2024\n"
        "64.74.01.1002;;10;10;;;2020\n"
        "64.74.01.1003;;5;5;1;12;2020\n"
        "64.74.01.1004;;0;0;0;0;2020\n"
        "64.74.01.1005;;;;;;2020\n"
        "64.74.01.1002;;9;1;;;2020\n",
    )
    assert layer.rows["margin"].tolist() == [pytest.approx(12.5), 0.0]
    assert layer.rows["since"].tolist() == [date(2024, 11, 27), date(2020, 12, 31)]
    assert codes(layer) == {"R_VOTES_TOTAL": 1, "R_VOTES_NONE": 1, "R_MARGIN_EMPTY": 1, "R_FIGURE_TWICE": 1}


def test_one_pair_against_the_empty_column(tmp_path: Path) -> None:
    layer = elections(tmp_path, "kode,Pasangan Calon 01,Kotak Kosong\n64.74.01,60,40\n")
    assert layer.rows["margin"].tolist() == [20.0]
    assert warned(layer) == {"FIGURE_UNDATED": {"rows": 1}}


def test_a_stated_margin_must_lie_in_0_to_100(tmp_path: Path) -> None:
    layer = elections(
        tmp_path,
        'kode,Selisih (%),tahun\n64.74.01,"4,7%",2020\n64.74.02,120,2020\n64.74.03,-3,2020\n64.72.01,tipis,2020\n'
        "64.72.02,,2020\n64.72.03,8.25 %,2020\n",
    )
    assert layer.rows["margin"].tolist() == [4.7, 8.25]
    assert codes(layer) == {"R_MARGIN": 2, "R_NUMBER": 1, "R_MARGIN_EMPTY": 1}


def test_margins_given_as_shares_are_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path, [["Kode", "Selisih"], ["64.74.01", 0.047], ["64.74.02", 0.12]], "hasil.xlsx")
    with pytest.raises(InputError, match="E_MARGIN_SHARE"):
        read("elections", "table", file)


def test_a_file_without_votes_or_margin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_ELECTION_COLUMNS") as caught:
        elections(tmp_path, "kode,paslon 1,dpt\n64.74.01,100,200\n")
    assert "dpt" in caught.value.message("id")


def test_a_point_stands_for_its_village_and_bps_codes_are_not_guessed(tmp_path: Path) -> None:
    layer = elections(tmp_path, "lon,lat,selisih,tahun\n117.5,0.13,3,2020\n")
    assert layer.rows["precision"].tolist() == ["village"]
    assert layer.rows["kode"].str.count(r"\.").tolist() == [3]
    with pytest.raises(InputError, match="E_CODE_SYSTEM"):
        elections(tmp_path, "kode,selisih,tahun\n6404,3,2020\n6403,9,2020\n")


def test_few_workers_are_withheld_and_none_is_none(tmp_path: Path) -> None:
    layer = workers(
        tmp_path,
        "Kecamatan;Kabupaten;Jumlah TKA;Keadaan\nBontang Utara;Kota Bontang;4;Juni 2024\nBontang Selatan;Kota Bontang;5;Juni 2024\n"
        "Bontang Barat;Kota Bontang;0;Juni 2024\nSangatta Utara;Kutai Timur;;Juni 2024\nMuara Badak;Kutai Kartanegara;-1;Juni 2024\n",
    )
    found = dict(zip(layer.rows["kode"], layer.rows["workers"], strict=True))
    assert np.isnan(found["64.74.01"])
    assert (found["64.74.02"], found["64.74.03"]) == (5.0, 0.0)
    assert set(layer.rows["since"]) == {date(2024, 6, 30)}
    assert codes(layer) == {"R_WORKERS_EMPTY": 1, "R_COUNT": 1}
    assert warned(layer) == {"WORKERS_FEW": {"rows": 1}}


@pytest.mark.parametrize("column", ["Nama", "No. Paspor", "NIK", "Tanggal Lahir", "Passport Number"])
def test_a_list_of_persons_is_refused(tmp_path: Path, column: str) -> None:
    with pytest.raises(InputError, match="E_WORKER_PERSONS") as caught:
        workers(tmp_path, f"kode,{column},tka\n64.74.01,x,1\n")
    assert column in caught.value.message("en")


def tif(path: Path, data: np.ndarray, step: float, north: float = 0.4, **more: object) -> Path:
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "nodata": -999.0, "crs": "EPSG:4326", **more}
    transform = Affine(step, 0, 116.9, 0, -step, north)
    with rasterio.open(path, "w", height=data.shape[0], width=data.shape[1], transform=transform, **profile) as target:
        target.write(data.astype(profile["dtype"]), 1)
    return path


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # inside rasterstats
def test_rasterstats_agrees_on_the_mean_light(tmp_path: Path) -> None:
    path = tif(tmp_path / "l.tif", np.random.default_rng(2).random((600, 600)) * 60, 0.5 / 600)
    cells = np.flatnonzero(INSIDE)
    shapes = polygons(GRID.cell[cells]).tolist()
    theirs = np.array([item["mean"] for item in zonal_stats(shapes, str(path), stats=["mean"])])
    assert np.allclose(cell_light([path], GRID)[cells], theirs, rtol=0.01)


def test_tiles_make_one_picture_and_a_missing_tile_is_unknown(tmp_path: Path) -> None:
    data = np.random.default_rng(4).random((100, 100)).astype(np.float32) * 9
    whole = cell_light([tif(tmp_path / "w.tif", data, 0.005)], GRID)
    upper = tif(tmp_path / "u.tif", data[:47], 0.005)
    lower = tif(tmp_path / "d.tif", data[47:], 0.005, north=0.4 - 47 * 0.005)
    assert np.allclose(cell_light([upper, lower], GRID), whole, equal_nan=True)
    half = cell_light([upper], GRID)
    assert np.isnan(half[GRID.lat < 0.14]).all()
    assert np.allclose(half[(GRID.lat > 0.19) & INSIDE], whole[(GRID.lat > 0.19) & INSIDE])
    assert np.allclose(cell_light([upper, lower, upper, lower], GRID), whole, equal_nan=True)  # the same ones twice


def test_noise_below_zero_is_dark_and_nodata_is_unknown(tmp_path: Path) -> None:
    data = np.full((100, 100), -0.3)
    data[:, 50:] = -999.0
    light = cell_light([tif(tmp_path / "l.tif", data, 0.005)], GRID)
    assert (light[(GRID.lon < 117.13) & INSIDE] == 0).all()
    assert np.isnan(light[(GRID.lon > 117.17) & INSIDE]).all()


def test_a_raster_of_people_is_read_as_before(tmp_path: Path) -> None:
    data = np.full((50, 50), 3.0)
    data[:5] = -7.0  # not declared: no people
    sums = cell_sums(tif(tmp_path / "p.tif", data, 0.01), GRID)
    assert (sums[np.isfinite(sums)] > 0).all()


def lights(path: Path, year: int | None) -> Layer:
    return read("night_lights", "geotiff", path, year=year)


def test_night_lights_need_a_year_and_sane_values(tmp_path: Path) -> None:
    good = tif(tmp_path / "VNL_v21_npp_2019_global_c202205302300.average.tif", np.ones((50, 60)), 0.02, north=1.0)
    layer = lights(good, 2019)
    assert (layer.info.year, layer.raster, warned(layer)) == (2019, good, {})
    with pytest.raises(ConfigError, match="E_YEAR_NEEDED"):
        lights(good, None)
    assert warned(lights(good, 2024))["LIGHTS_YEAR"] == {"file": good.name, "year": 2024, "told": "2019"}
    for value, code in ((-900.0, "E_LIGHTS_NEGATIVE"), (3e38, "E_LIGHTS_HUGE")):
        data = np.ones((50, 60))
        data[3, 3] = value
        with pytest.raises(InputError, match=code) as caught:
            lights(tif(tmp_path / "buruk.tif", data, 0.02, north=1.0), 2019)
        assert caught.value.hint("id")
    dark = tif(tmp_path / "gelap.tif", np.full((50, 60), -999.0), 0.02, north=1.0)
    with pytest.raises(InputError, match="E_RASTER_EMPTY"):
        lights(dark, 2019)


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("VNL_v2_npp_201204-201303_global_vcmcfg_c202101211500.average.tif", [2012, 2013]),
        ("F182013.v4c_web.stable_lights.avg_vis.tif", [2013]),
        ("cahaya_2019.tif", [2019]),
        ("cahaya.tif", []),
        ("64_08_1234.tif", []),
    ],
)
def test_years_a_file_name_tells(name: str, years: list[int]) -> None:
    assert years_told(name) == years


def test_lights_that_were_not_yet_there_are_not_used(tmp_path: Path) -> None:
    layers = [
        read(
            "night_lights",
            "geotiff",
            tif(tmp_path / f"l{year}.tif", np.full((50, 60), bright), 0.02, north=1.0),
            year=year,
        )
        for year, bright in ((2024, 9.0), (2019, 2.0))
    ]
    early = gather(layers, GRID, date(2024, 12, 30), ["64.08"])
    assert early.evidence.lights is not None
    assert early.evidence.lights.years == (2019,)
    assert codes(early.layers[0]) == {"R_AFTER_AS_OF": 1}
    assert early.layers[0].info.ledger().accepted == 0
    assert "LIGHTS_ONE_YEAR" in warned(early.layers[0])
    late = gather(layers, GRID, date(2024, 12, 31), ["64.08"])
    assert late.evidence.lights is not None
    assert late.evidence.lights.years == (2019, 2024)
    assert not any(warned(layer) for layer in late.layers)
    assert late.evidence.people is None  # light is no population


def test_two_kinds_of_sensor_do_not_compare(tmp_path: Path) -> None:
    old = tif(tmp_path / "f182013.tif", np.full((50, 60), 7), 0.02, north=1.0, dtype="uint8", nodata=255)
    new = tif(tmp_path / "v2023.tif", np.full((50, 60), 3.0), 0.02, north=1.0)
    layers = [lights(old, 2013), lights(new, 2023)]
    assert set(warned(gather(layers, GRID, date(2024, 1, 1), ["64.08"]).layers[0])) == {"LIGHTS_SENSORS"}


def test_a_margin_of_a_whole_regency_holds_in_the_part_that_is_mapped(tmp_path: Path) -> None:
    layers = [
        elections(tmp_path, "kode,selisih,tahun\n64.74,12.5,2020\n"),
        workers(tmp_path, "kode,jumlah tka,tahun\n64.74,90,2020\n64.74.01,9,2020\n"),
    ]
    gathered = gather(layers, GRID, date(2024, 1, 1), ["64.74.01"])
    assert gathered.evidence.elections is not None
    assert gathered.evidence.elections.kode.tolist() == ["64.74"]
    assert gathered.evidence.workers is not None
    assert gathered.evidence.workers.kode.tolist() == ["64.74.01"]  # whose 90 are mostly elsewhere
    assert codes(gathered.layers[1]) == {"R_PARTLY_MAPPED": 1}


def test_a_second_source_that_gave_nothing_changes_nothing(tmp_path: Path) -> None:
    full = elections(tmp_path, "kode,selisih,tahun\n64.74,12.5,2020\n")
    none = elections(tmp_path, "kode,selisih,tahun\n64.74,300,2020\n")
    for layers in ([full, none], [none, full]):
        found = gather(layers, GRID, date(2024, 1, 1), ["64.74"]).evidence.elections
        assert found is not None
        assert found.value.tolist() == [12.5]
    empty = gather([none], GRID, date(2024, 1, 1), ["64.74"]).evidence.elections
    assert empty is not None
    assert len(empty) == 0


_AREA = """title = "Uji"
area = ["64.74"]
resolution = 8
as_of = 2024-12-31
model = "{model}"
"""
_SOURCES = """
[[source]]
kind = "elections"
reader = "table"
path = "hasil.csv"
[[source]]
kind = "workers"
reader = "table"
path = "tka.csv"
[[source]]
kind = "night_lights"
reader = "geotiff"
path = "c2019.tif"
year = 2019
[[source]]
kind = "night_lights"
reader = "geotiff"
path = "c2023.tif"
year = 2023
[[source]]
kind = "incidents"
reader = "table"
path = "kejadian.csv"
[[source]]
kind = "sites"
reader = "table"
path = "lokasi.csv"
[[source]]
kind = "population"
reader = "geotiff"
path = "penduduk.tif"
"""


def workspace(folder: Path, model: str, sources: str = _SOURCES) -> Path:
    def cover(value: float) -> np.ndarray:
        rng = np.random.default_rng(int(value))
        return value * (0.5 + rng.random((60, 80)))

    folder.mkdir()
    (folder / "petarawan.toml").write_text(_AREA.format(model=model) + sources)
    text_file(folder, "kode,selisih,tahun\n64.74,12.5,2020\n64.74.01,3,2024\n", "hasil.csv")
    text_file(
        folder,
        "kode,jumlah tka,tahun\n64.74.01,120,2023\n64.74.02,3,2023\n64.74.03,40,2023\n64.74.03,31,2025\n",
        "tka.csv",
    )
    rows = [f"2024-{m:02d}-03,land_dispute,64.74.0{d}" for m in range(1, 11) for d in (1, 2, 3)]
    text_file(folder, "\n".join(["tanggal,jenis,kode", *rows]) + "\n", "kejadian.csv")
    text_file(folder, "nama,jenis,izin,tahap,lon,lat\nA,galian c,ilegal,operasi,117.48,0.13\n", "lokasi.csv")
    for name, value in (("c2019", 2.0), ("c2023", 5.0), ("penduduk", 30.0)):
        tif(folder / f"{name}.tif", cover(value), 0.01)
    return folder


def said(manifest: Manifest) -> dict[str, dict[str, object]]:
    return {warning.code: dict(warning.params) for warning in manifest.warnings}


def test_a_workspace_with_all_of_them_is_published(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "sda", "sumber_daya")
    manifest = publish(folder)
    snapshot = open_current(folder)
    areas = snapshot.areas.to_pylist()
    district = {row["kode"]: row for row in areas if row["level"] == 3}
    assert district["64.74.01"]["raw_worker_presence"] > 0
    assert district["64.74.02"]["raw_worker_presence"] is None  # 3 workers: withheld
    assert all(row["raw_night_light_change"] > 0 for row in district.values())
    kept = {item.name: (item.accepted, item.quarantined) for item in manifest.inputs}
    assert kept["tka"] == (3, 1)  # the count of 2025 came after as_of
    warnings = said(manifest)
    assert warnings["WORKERS_FEW"] == {"rows": 1}
    assert not {"NO_WORKERS", "NO_NIGHT_LIGHTS", "NO_ELECTIONS"} & warnings.keys()
    assert all(finding.ok for finding in check(snapshot))
    count = district["64.74.01"]["raw_worker_presence"] * district["64.74.01"]["people"] / 1000
    assert count == pytest.approx(120, rel=0.1)  # cells on the border are shared with districts that have other rates
    found = manifest.sensitivity
    villages = [row for row in areas if row["level"] == 4 and row["score"] is not None]
    assert found["places"] == len(villages) > 0
    assert 0.5 < found["random"]["kept"] <= 1
    assert not [table.name for table in manifest.tables if table.name in ("workers", "elections")]


def test_what_the_model_lacks_is_told(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "p", "pilkada", _SOURCES.split('[[source]]\nkind = "workers"')[0])
    warnings = said(publish(folder))
    assert {"NO_INCIDENTS", "NO_TPS", "NO_SITES", "NO_POSTS", "NO_POPULATION"} <= warnings.keys()
    assert not {"NO_WORKERS", "NO_NIGHT_LIGHTS", "NO_ELECTIONS"} & warnings.keys()
    assert "FACTOR_CONSTANT" not in warnings
    (folder / "hasil.csv").write_text("kode,selisih,tahun\n64.74,12.5,2020\n")
    assert said(publish(folder))["FACTOR_CONSTANT"] == {"factor": "@factor.electoral_competitiveness.label"}
    (folder / "hasil.csv").write_text("kode,selisih,tanggal\n64.74,12.5,2025-02-01\n")
    warnings = said(publish(folder, allow_empty=True))
    assert warnings["FACTOR_UNKNOWN"] == {"factor": "@factor.electoral_competitiveness.label"}
    for lang, name in (("id", "Ketatnya persaingan"), ("en", "Electoral competitiveness")):
        assert name in say("warning.FACTOR_UNKNOWN", lang, **warnings["FACTOR_UNKNOWN"])
    (folder / "petarawan.toml").write_text(_AREA.format(model="pilkada"))
    assert "NO_ELECTIONS" in said(publish(folder))


def test_wrong_years_in_the_workspace_are_faults(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "w", "sumber_daya")
    text = (folder / "petarawan.toml").read_text()
    for wrong in ('"2019"', "1066", "2019.5"):
        (folder / "petarawan.toml").write_text(text.replace("year = 2019", f"year = {wrong}"))
        with pytest.raises(PetarawanError, match="E_CONFIG"):
            publish(folder)
