"""Promises of the UCDP GED reader beyond those of test_sources_readers: all columns of the full file, and faults of coordinates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from core.errors import InputError
from core.settings import Source
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import ucdp_ged
from geo.sources.stream import open_stream
from tests.kaltim import codes, places, read, text_file, warned
from tests.places import SHARED, needs_shared
from tests.test_sources_readers import as_declared

FULL = [
    "id",
    "relid",
    "year",
    "active_year",
    "code_status",
    "type_of_violence",
    "conflict_dset_id",
    "conflict_new_id",
    "conflict_name",
    "dyad_dset_id",
    "dyad_new_id",
    "dyad_name",
    "side_a_dset_id",
    "side_a_new_id",
    "side_a",
    "side_b_dset_id",
    "side_b_new_id",
    "side_b",
    "number_of_sources",
    "source_article",
    "source_office",
    "source_date",
    "source_headline",
    "source_original",
    "where_prec",
    "where_coordinates",
    "where_description",
    "adm_1",
    "adm_2",
    "latitude",
    "longitude",
    "geom_wkt",
    "priogrid_gid",
    "country",
    "country_id",
    "region",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "deaths_a",
    "deaths_b",
    "deaths_civilians",
    "deaths_unknown",
    "best",
    "high",
    "low",
    "gwnoa",
    "gwnob",
]
BASE = {
    "id": "1",
    "relid": "IDN-2019-1-1",
    "year": "2019",
    "active_year": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_name": "Uji",
    "side_a": "Uji A",
    "side_b": "Uji B",
    "where_prec": "1",
    "latitude": "-0.502",
    "longitude": "117.153",
    "country": "Indonesia",
    "region": "Asia",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2019-05-03 00:00:00.000",
    "date_end": "2019-05-03 00:00:00.000",
    "best": "2",
    "high": "3",
    "low": "1",
}


def full(folder: Path, *rows: dict[str, str]) -> Path:
    lines = [",".join(FULL)]
    lines += [
        ",".join({**BASE, "id": str(i), **row}.get(column, "") for column in FULL) for i, row in enumerate(rows, 1)
    ]
    return text_file(folder, "\n".join(lines), "ged.csv")


def test_the_full_file(tmp_path: Path) -> None:
    path = full(
        tmp_path,
        {},
        {"where_prec": "2", "type_of_violence": "2", "date_end": "2019-05-09 00:00:00.000", "date_prec": "3"},
        {"where_prec": "3", "type_of_violence": "3", "best": "0", "low": "0"},
        {"where_prec": "4"},
        {"where_prec": "6"},
        {"where_prec": ""},
    )
    layer = read("incidents", "ucdp_ged", path)
    assert layer.rows["precision"].tolist() == ["village", "district", "regency"]
    assert layer.rows["kind"].tolist() == ["armed_violence", "communal_violence", "one_sided_violence"]
    assert layer.rows["deaths"].tolist() == [2, 2, 0]
    assert layer.rows["date_precision"].tolist() == ["day", "interval", "day"]
    assert codes(layer) == {"R_TOO_COARSE": 3}
    assert warned(layer) == {}
    assert (layer.info.licence, layer.info.restricted) == ("CC BY 4.0", False)


def test_what_ucdp_still_checks_is_not_verified(tmp_path: Path) -> None:
    path = full(tmp_path, {}, {"code_status": "Check dyad"}, {"date_end": "2019-05-09 00:00:00.000"})
    opened = open_stream(Source(kind="incidents", reader="ucdp_ged"), [path], places())
    rows = [row for batch in opened.batches() for item in batch for row in item.rows]
    assert [row["verification"] for row in rows] == [None, "unverified", None]
    assert [row["date_end"] for row in rows] == [None, None, date(2019, 5, 9)]
    assert warned(read("incidents", "ucdp_ged", path)) == {"UCDP_UNCLEAR": {"rows": 1}}


def test_a_best_estimate_outside_its_bounds_is_told(tmp_path: Path) -> None:
    layer = read("incidents", "ucdp_ged", full(tmp_path, {"best": "0"}, {"best": "9"}, {"low": "", "high": ""}))
    assert layer.rows["deaths"].tolist() == [0, 9, 2]
    assert warned(layer) == {"DEATHS_RANGE": {"rows": 2}}


@needs_shared
def test_the_real_subset_has_best_estimates_below_the_lowest() -> None:
    square = gpd.GeoDataFrame(
        {"kode": ["91.01.01.2001"], "level": [4], "name": ["Uji"]}, geometry=[shapely.box(94, -12, 142, 7)], crs=4326
    )
    path = SHARED / "incidents" / "ucdp_ged_indonesia_1989_2020.csv"
    layer = ucdp_ged.read(Source(kind="incidents", reader="ucdp_ged"), [path], Places.from_frame(square))
    assert (len(layer.rows), layer.info.rejected) == (992, ())
    assert warned(layer)["DEATHS_RANGE"] == {"rows": 9}


POINTED = {
    "acled": (
        "incidents",
        "event_id_cnty,event_date,event_type,sub_event_type,fatalities,geo_precision,latitude,longitude\n",
        "{i},2024-10-24,Riots,Mob violence,0,1,{lat},{lon}\n",
    ),
    "ucdp_ged": (
        "incidents",
        "id,type_of_violence,best,where_prec,date_start,latitude,longitude\n",
        "{i},1,0,1,2019-05-03,{lat},{lon}\n",
    ),
    "esdm_coal": ("sites", "object_name,mineral_type,latitude,longitude\n", "Uji {i},Batubara,{lat},{lon}\n"),
    "rbi_power": (
        "sites",
        "objectid_1,namobj,jnspls,thnopr,regpln,srs_id,latitude,longitude\n",
        "{i},Uji,PLTD,2010,,SRGI2013,{lat},{lon}\n",
    ),
    "table": ("tps", "no tps,pemilih,lintang,bujur\n", "{i},100,{lat},{lon}\n"),
}
GOOD = ("-0.502", "117.153")


def points(folder: Path, reader: str, *pairs: tuple[str, str], **more: object) -> Layer:
    kind, head, line = POINTED[reader]
    text = head + "".join(line.format(i=i, lat=lat, lon=lon) for i, (lat, lon) in enumerate(pairs, start=1))
    return read(kind, reader, text_file(folder, text, f"{reader}.csv"), **more)


@pytest.mark.parametrize("reader", POINTED)
def test_faults_050_to_053_what_is_no_coordinate_costs_its_row_in_every_reader(tmp_path: Path, reader: str) -> None:
    layer = points(tmp_path, reader, GOOD, ("NaN", "117.1"), ("-0.5", "inf"), ("1e300", "117.1"), ("-0.502", ""), GOOD)
    assert codes(layer) == {"R_COORDINATE": 3, "R_COORDINATE_HALF": 1}
    assert len(layer.rows) == 2


@pytest.mark.parametrize("reader", POINTED)
def test_fault_052_coordinates_as_text_are_numbers_in_every_reader(tmp_path: Path, reader: str) -> None:
    layer = points(tmp_path, reader, GOOD, ('"-0,502"', '"117,153"'))
    assert len(layer.rows) == 2
    assert layer.rows["kode"].nunique() == 1


@pytest.mark.parametrize("reader", POINTED)
def test_fault_054_swapped_coordinates_stop_every_reader(tmp_path: Path, reader: str) -> None:
    with pytest.raises(InputError) as caught:
        points(tmp_path, reader, GOOD[::-1], GOOD[::-1], GOOD)
    assert caught.value.code == "E_SWAPPED"


@pytest.mark.parametrize("reader", POINTED)
def test_fault_055_metres_are_asked_about_in_every_reader(tmp_path: Path, reader: str) -> None:
    with pytest.raises(InputError) as caught:
        points(tmp_path, reader, ("9944500", "517000"))
    assert caught.value.code == "E_PROJECTED"
    assert len(points(tmp_path, reader, ("9944500", "517000"), crs="EPSG:32750").rows) == 1


@pytest.mark.parametrize("reader", POINTED)
def test_fault_056_outside_at_sea_and_at_zero_in_every_reader(tmp_path: Path, reader: str) -> None:
    layer = points(tmp_path, reader, GOOD, ("-6.2", "106.8"), ("0.2", "119.5"), ("0", "0"))
    assert codes(layer) == {"R_OUTSIDE": 2, "R_NULL_ISLAND": 1}


def test_fault_057_a_point_of_acled_in_another_regency_than_it_says(tmp_path: Path) -> None:
    head = "event_id_cnty,event_date,event_type,sub_event_type,fatalities,geo_precision,admin2,latitude,longitude\n"
    line = "{},2024-10-24,Riots,Mob violence,0,1,{},-0.502,117.153\n"
    layer = read(
        "incidents", "acled", text_file(tmp_path, head + line.format(1, "Berau") + line.format(2, "Samarinda"))
    )
    assert len(layer.rows) == 2
    assert warned(layer)["PLACE_DIFFERS"]["rows"] == 1
    assert 150 < float(str(warned(layer)["PLACE_DIFFERS"]["km"])) < 400


@pytest.mark.parametrize("reader", POINTED)
def test_location_precision_is_a_column_of_every_record(tmp_path: Path, reader: str) -> None:
    table = as_declared(points(tmp_path, reader, GOOD, GOOD)).to_pylist()
    wanted = {"acled": "village", "ucdp_ged": "village"}.get(reader, "exact")
    assert {row["precision"] for row in table} == {wanted}
    assert all((row["lon"] is not None) == (wanted == "exact") for row in table)
