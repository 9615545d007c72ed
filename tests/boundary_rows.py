"""Boundary files as their publishers write them, made from villages we have: the same polygons under other people's columns."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from core.settings import Source
from geo.boundaries import areas_km2
from geo.crosswalk_table import pairs
from geo.layer import Layer
from geo.sources import cahyadsn_sql, embedded
from geo.sources.registry import reader
from tests.places import SHARED


@cache
def kaltim() -> gpd.GeoDataFrame:
    """All 1,038 villages of Kalimantan Timur, indicative polygons."""
    return embedded.read(Source(kind="boundaries", reader="embedded"), []).rows


def bontang() -> gpd.GeoDataFrame:
    """The 15 villages of Bontang, indicative polygons."""
    rows = kaltim()
    return rows[rows["kode"].str.startswith("64.74")].reset_index(drop=True)


@cache
def real() -> gpd.GeoDataFrame:
    """The 156 real polygons of Kutai Timur and Bontang; only where the shared files are."""
    files = [SHARED / "boundaries" / f"wilayah_boundaries_kel_{kode}.sql.gz" for kode in ("64.08", "64.74")]
    return cahyadsn_sql.read(Source(kind="boundaries", reader="cahyadsn_sql"), files).rows


@cache
def bps_codes() -> dict[str, str]:
    """Kemendagri village code to the BPS code of ten digits, where the crosswalk has one."""
    return {pair.kode: pair.code for pair in pairs() if pair.system == "bps" and len(pair.code) == 10}


def rbi(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """As BIG's ADMINISTRASI_AR_DESAKEL: dotted Kemendagri codes, empty BPS codes, heights, LUAS in km2."""
    kode = rows["kode"]
    return gpd.GeoDataFrame(
        {
            "OBJECTID": range(1, len(rows) + 1),
            "NAMOBJ": rows["name"],
            "FCODE": "BA03070040",
            "METADATA": "TASWIL1000020221227_DATA_BATAS_DESAKELURAHAN",
            "SRS_ID": "SRGI 2013",
            "KDBBPS": None,
            "KDCBPS": None,
            "KDCPUM": kode.str[:8],
            "KDEBPS": None,
            "KDEPUM": kode,
            "KDPKAB": kode.str[:5],
            "KDPPUM": kode.str[:2],
            "LUASWH": 0.0,
            "TIPADM": 1,
            "WADMKC": rows["kecamatan"],
            "WADMKD": rows["name"],
            "WADMKK": rows["kabupaten"].str.replace("Kabupaten ", "", regex=False),
            "WADMPR": rows["provinsi"],
            "UUPP": "Hasil Delineasi Batas Desa 2018",
            "LUAS": areas_km2(rows.geometry.to_numpy()),
        },
        geometry=shapely.force_3d(rows.geometry.to_numpy(), 0.0),
        crs="EPSG:4326",
    )


def dukcapil(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """As Dukcapil's map service: capitals, codes as numbers, people, and luas_wilayah of the regency on every village."""
    return gpd.GeoDataFrame(
        {
            "no_prop": rows["kode"].str[:2].astype(float),
            "nama_prop": rows["provinsi"].str.upper(),
            "nama_kab": rows["kabupaten"].str.upper(),
            "nama_kec": rows["kecamatan"].str.upper(),
            "kode_desa_spatial": rows["kode"].str.replace(".", "", regex=False).astype(float),
            "nama_kel": rows["name"].str.upper(),
            "jumlah_penduduk": np.arange(len(rows)) * 100.0,
            "luas_wilayah": "31.239,84",
        },
        geometry=rows.geometry.to_numpy(),
        crs="EPSG:4326",
    )


def hdx(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """As the Common Operational Dataset: p-codes are 'ID' and the BPS code; villages BPS has no code for here are left out."""
    known = bps_codes()
    rows = rows[rows["kode"].isin(known)].reset_index(drop=True)
    code = rows["kode"].map(known)
    return gpd.GeoDataFrame(
        {
            "ADM4_EN": rows["name"],
            "ADM4_PCODE": "ID" + code,
            "ADM3_EN": rows["kecamatan"],
            "ADM3_PCODE": "ID" + code.str[:7],
            "ADM2_EN": rows["kabupaten"].str.replace("Kabupaten ", "", regex=False),
            "ADM2_PCODE": "ID" + code.str[:4],
            "ADM1_EN": "Kalimantan Timur",
            "ADM1_PCODE": "ID64",
            "ADM0_EN": "Indonesia",
        },
        geometry=rows.geometry.to_numpy(),
        crs="EPSG:4326",
    )


def gadm(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """As GADM 4.1: names without spaces, 'NA' for nothing, CC_4 of BPS, and Mahakam Ulu still in Kutai Barat."""

    def tight(text: str) -> str:
        return re.sub(r"[^A-Za-z0-9]", "", text)

    regency = rows["kabupaten"].str.replace("Kabupaten ", "", regex=False).str.replace("Kota ", "", regex=False)
    regency = regency.replace("Mahakam Ulu", "Kutai Barat")
    return gpd.GeoDataFrame(
        {
            "GID_4": [f"IDN.14.1.1.{i}_1" for i in range(len(rows))],
            "COUNTRY": "Indonesia",
            "NAME_1": "KalimantanTimur",
            "NAME_2": [tight(text) for text in regency],
            "NAME_3": [tight(text) for text in rows["kecamatan"]],
            "NAME_4": [tight(text) for text in rows["name"]],
            "VARNAME_4": "NA",
            "TYPE_4": "Desa",
            "CC_4": rows["kode"].map(bps_codes()).fillna("NA"),
        },
        geometry=rows.geometry.to_numpy(),
        crs="EPSG:4326",
    )


def geoboundaries(rows: gpd.GeoDataFrame, level: int = 4) -> gpd.GeoDataFrame:
    """As geoBoundaries: names only, one level a file; upper levels dissolved."""
    column = {4: "kode", 3: "kecamatan", 2: "kabupaten"}[level]
    if level < 4:
        with np.errstate(invalid="ignore"):
            rows = rows.assign(key=rows["kode"].str[: {3: 8, 2: 5}[level]]).dissolve(by="key").reset_index()
    return gpd.GeoDataFrame(
        {
            "shapeName": rows["name" if level == 4 else column],
            "shapeISO": "",
            "shapeID": [f"{n}B" for n in range(len(rows))],
            "shapeGroup": "IDN",
            "shapeType": f"ADM{level}",
        },
        geometry=rows.geometry.to_numpy(),
        crs="EPSG:4326",
    )


def write_json(path: Path, frame: gpd.GeoDataFrame) -> Path:
    """GeoJSON by the standard library, numbers as they are."""
    features = []
    columns = [name for name in frame.columns if name != "geometry"]
    shapes = [
        None if shape is None else json.loads(text)
        for shape, text in zip(frame.geometry, shapely.to_geojson(frame.geometry.to_numpy()), strict=True)
    ]
    for values, shape in zip(frame[columns].itertuples(index=False), shapes, strict=True):
        cells: dict[str, Any] = {
            name: value.item() if isinstance(value, np.generic) else None if value != value else value
            for name, value in zip(columns, values, strict=True)
        }
        features.append({"type": "Feature", "properties": cells, "geometry": shape})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write_gdal(path: Path, frame: gpd.GeoDataFrame, driver: str, *layers: str, without: tuple[str, ...] = ()) -> Path:
    """GeoPackage, or a zip of a Shapefile or a FileGDB, by GDAL; `without` leaves out parts of a Shapefile (.prj).

    The last layer has the frame, those before it are dissolved to one polygon.
    """
    names = layers or ("desa",)
    with np.errstate(invalid="ignore"):
        whole = (
            frame.dissolve().reindex(columns=frame.columns).set_crs(frame.crs, allow_override=True)
            if names[1:]
            else frame
        )
    folder = path.with_suffix("")
    target = path
    if driver != "GPKG":
        folder.mkdir()
        target = folder / "batas.gdb"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # column names cut to ten letters, a missing crs: the point of it
        for name in names:
            rows = frame if name == names[-1] else whole
            file = folder / f"{name}.shp" if driver == "ESRI Shapefile" else target
            rows.to_file(file, driver=driver, layer=name, promote_to_multi=driver == "OpenFileGDB")
    if driver == "GPKG":
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix not in without:
                packed.write(file, file.relative_to(folder))
    return path


# Reading them back


def source(name: str, **more: Any) -> Source:
    return Source.model_validate({"kind": "boundaries", "reader": name, **more})


def read(name: str, *paths: Path, **more: Any) -> Layer:
    layer: Layer = reader("boundaries", name)(source(name, **more), list(paths))
    assert layer.info.rows_in == len(layer.rows) + len(layer.info.rejected)
    assert layer.rows["kode"].is_monotonic_increasing
    assert layer.rows["kode"].is_unique
    assert layer.info.reader == name
    return layer


def reasons(layer: Layer) -> list[str]:
    return [item.code for item in layer.info.rejected]


def warned(layer: Layer) -> dict[str, dict[str, Any]]:
    return {item.code: item.params for item in layer.info.warnings}


def same_ground(layer: Layer, rows: gpd.GeoDataFrame, within: float = 1e-9) -> None:
    """The layer has these villages, where they were (`within` degrees)."""
    assert layer.rows["kode"].tolist() == sorted(rows["kode"])
    want = rows.sort_values("kode").geometry.to_numpy()
    assert not shapely.has_z(layer.rows.geometry.to_numpy()).any()
    assert [same(one, other, within) for one, other in zip(layer.rows.geometry, want, strict=True)].count(False) == 0


def same(one: shapely.Geometry, other: shapely.Geometry, within: float = 1e-9) -> bool:
    """The same shape, whether one part is written as Polygon or as MultiPolygon."""
    parts = [shapely.normalize(shapely.MultiPolygon(shapely.get_parts(shape).tolist())) for shape in (one, other)]
    return bool(shapely.equals_exact(*parts, within))
