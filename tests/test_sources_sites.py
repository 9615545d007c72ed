"""Promises of the readers of sites: power plants of the topographic map, mining areas seen from space."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from core.settings import Source
from geo.layer import Layer
from geo.sources.stream import open_stream
from tests.kaltim import codes, places, read, text_file, warned

POWER = "objectid_1,namobj,jnspls,thnopr,regpln,srs_id,longitude,latitude\n"


def power(folder: Path, *rows: str) -> Layer:
    return read("sites", "rbi_power", text_file(folder, POWER + "\n".join(rows), "pembangkit.csv"))


def test_power_plants(tmp_path: Path) -> None:
    layer = power(
        tmp_path,
        "1,PLTU Uji,PLTU,2015,Kalimantan,SRGI 2013,117.153,-0.502",
        "2,,PLTD,0,,WGS 84,117.153,-0.503",
        "3,PLTS Uji,PLTS,,,,117.153,-0.503",
    )
    assert layer.rows["name"].tolist() == ["PLTU Uji", "PLTD", "PLTS Uji"]
    assert set(layer.rows["kind"]) == {"power_plant"}
    assert set(layer.rows["permit"]) == {"unknown"}
    assert list(zip(layer.rows["stage"], layer.rows["valid_from"], strict=True)) == [
        ("operating", date(2015, 1, 1)),
        ("unknown", None),
        ("unknown", None),
    ]
    assert layer.info.attribution.startswith("Badan Informasi Geospasial")


def test_rows_in_another_system_or_with_no_year_are_named(tmp_path: Path) -> None:
    layer = power(
        tmp_path,
        "1,A,PLTU,2015,,UTM 50N,117.153,-0.502",
        "2,B,PLTU,2015,,Peta lokal,117.153,-0.502",
        "3,C,PLTU,dua ribu,,SRGI2013,117.153,-0.502",
        "4,D,PLTU,20155,,SRGI2013,117.153,-0.502",
        "5,E,PLTU,-,,SRGI2013,117.153,-0.502",
    )
    assert codes(layer) == {"R_SRS": 2, "R_YEAR": 2}
    assert len(layer.rows) == 1


def mines(folder: Path, rows: list[tuple[str, shapely.Geometry | None]], name: str = "mining.gpkg") -> Path:
    columns = {
        "ISO3_CODE": [code for code, _ in rows],
        "COUNTRY_NAME": [{"IDN": "Indonesia", "MYS": "Malaysia"}.get(code, "-") for code, _ in rows],
        "AREA": [1.5 for _ in rows],
    }
    frame = gpd.GeoDataFrame(columns, geometry=[shape for _, shape in rows], crs=4326)
    path = folder / name
    frame.to_file(path, driver="GPKG" if name.endswith("gpkg") else "GeoJSON", layer="mining_polygons")
    return path


def test_mining_areas_of_indonesia_alone(tmp_path: Path) -> None:
    bow = shapely.Polygon([(117.15, -0.51), (117.16, -0.50), (117.16, -0.51), (117.15, -0.50)])
    ring = shapely.Point(117.155, -0.505).buffer(0.004).difference(shapely.Point(117.155, -0.505).buffer(0.003))
    path = mines(
        tmp_path,
        [
            ("MYS", shapely.box(110, 1, 110.1, 1.1)),
            ("IDN", ring),
            ("IDN", bow),
            ("IDN", shapely.box(106, -6.3, 106.1, -6.2)),
        ],
    )
    layer = read("sites", "maus_mining", path)
    assert warned(layer) == {"FOREIGN": {"file": "mining.gpkg", "rows": 1}}
    assert (layer.info.rows_in, len(layer.rows), codes(layer)) == (3, 2, {"R_OUTSIDE": 1})
    assert set(layer.rows["kind"]) == {"mine"}
    assert set(layer.rows["permit"]) == set(layer.rows["stage"]) == {"unknown"}
    assert set(layer.rows["precision"]) == {"exact"}
    inside = shapely.Point(layer.rows["lon"].iloc[0], layer.rows["lat"].iloc[0])
    assert ring.contains(inside)  # its middle would be in the hole
    assert places().at(inside.x, inside.y)[0] == layer.rows["kode"].iloc[0]
    assert layer.info.licence == "CC BY-SA 4.0"
    assert layer.rows["id"].tolist() == ["mining:2", "mining:3"]  # numbers of the features in their file


def test_their_area_goes_along(tmp_path: Path) -> None:
    square = shapely.box(117.15, -0.51, 117.16, -0.50)
    opened = open_stream(Source(kind="sites", reader="maus_mining"), [mines(tmp_path, [("IDN", square)])], places())
    rows = [row for batch in opened.batches() for item in batch for row in item.rows]
    assert rows[0]["area_km2"] == pytest.approx(
        1.113 * 1.1057, rel=0.003
    )  # a hundredth of a degree squared at the equator


def test_rows_without_an_area_are_named_and_the_same_as_geojson(tmp_path: Path) -> None:
    square = shapely.box(117.15, -0.51, 117.16, -0.50)
    rows = [("IDN", square), ("IDN", None), ("IDN", shapely.Point(117.155, -0.505))]
    features = [
        {
            "type": "Feature",
            "properties": {"ISO3_CODE": code, "COUNTRY_NAME": "Indonesia"},
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in rows
    ]
    path = text_file(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), "mining.geojson")
    layer = read("sites", "maus_mining", path)
    assert len(layer.rows) == 1
    assert codes(layer) == {"R_NO_PLACE": 1, "R_NOT_AREA": 1}
