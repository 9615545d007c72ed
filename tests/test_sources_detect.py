"""Every reader is proposed for its own files, by content and never by their names; what nobody reads gets no proposal."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from core.words import say
from geo.sources import registry
from geo.sources.detect import propose
from tests.kaltim import text_file, workbook
from tests.places import SHARED, needs_shared
from tests.test_sources_acled import NEW, OLD, export
from tests.test_sources_kontur import GRID, table
from tests.test_sources_snpk import table as snpk_table
from tests.test_sources_ucdp import full

SQUARE = shapely.box(117.15, -0.51, 117.16, -0.50)
INCIDENTS = "No;Tanggal Kejadian;Jenis Konflik;Kecamatan;Desa;Meninggal\n1;24 Oktober 2024;Bentrok warga;Loa Kulu;Sumber Sari;0\n"
SITES = "Nama;Jenis;Status Izin;Tahap;Lintang;Bujur\nA;Galian C;Tanpa izin;operasi;-0.5;117.1\nB;Batubara;berizin;operasi;-0.5;117.1\n"
POSTS = "Nama;Jenis;Kecamatan\nPolsek Loa Kulu;Polsek;Loa Kulu\nKoramil 1;Koramil;Loa Kulu\n"
TPS = "No TPS;Desa;Kecamatan;DPT\n1;Sumber Sari;Loa Kulu;300\n"
KPU = "idProvinsi,idKabupaten,kabupaten,idKecamatan,kecamatan,idDesa,desa,noTps,pemilih\n64,6408,K,640801,M,6408012001,S,1,300\n"
KP24 = "kode_kpu,kode,kabkota,kecamatan,desa,tps_max_no,tps_ext_begin,tps_ext_end,jumlah_tps\n1,64.08.01.2001,K,M,S,12,,,12\n"
ESDM = "longitude,latitude,mineral_type,mineral_grade,object_name,total_resource,year_measured\n117.3,0.1,Batubara,x,A,1,2022\n"
POWER = "objectid_1,namobj,jnspls,thnopr,regpln,srs_id,longitude,latitude\n1,A,PLTU,2015,,SRGI,117.1,-0.5\n"


def best(path: Path) -> tuple[str, str] | None:
    found = propose(path)
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    for item in found:
        assert item.reader in registry.READERS[item.kind]
        assert 0 < item.score <= 1
        for lang in ("id", "en"):
            assert say(item.why.key, lang, **item.why.params)
    return (found[0].kind, found[0].reader) if found else None


def layer(
    folder: Path, columns: dict[str, list[object]], name: str, shape: shapely.Geometry = SQUARE, crs: int = 4326
) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=[shape], crs=crs)
    path = folder / name
    if name.endswith(".zip"):
        frame.to_file(folder / "layer.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.glob("layer.*"):
                archive.write(part, part.name)
        return path
    frame.to_file(path, driver="GPKG" if name.endswith("gpkg") else "GeoJSON")
    return path


@pytest.mark.parametrize(
    ("text", "kind", "reader"),
    [
        (INCIDENTS, "incidents", "table"),
        (SITES, "sites", "table"),
        (POSTS, "posts", "table"),
        (TPS, "tps", "table"),
        (KPU, "tps", "kpu_csv"),
        (KP24, "tps", "kp24"),
        (ESDM, "sites", "esdm_coal"),
        (POWER, "sites", "rbi_power"),
    ],
)
def test_tables_whatever_they_are_called(tmp_path: Path, text: str, kind: str, reader: str) -> None:
    assert best(text_file(tmp_path, text, "data.bin")) == (kind, reader)
    assert best(text_file(tmp_path, text, "data.csv", "utf-16")) == (kind, reader)
    packed = tmp_path / "data.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert best(packed) == (kind, reader)
    split = [line.split(";" if ";" in text else ",") for line in text.splitlines()]
    head: list[list[object]] = [["PEMERINTAH KABUPATEN UJI"], [], [None, "Rekapitulasi", "Tahun"]]
    assert best(workbook(tmp_path, [*head, *split])) == (kind, reader)


def test_the_great_sources(tmp_path: Path) -> None:
    assert best(export(tmp_path, [{}], NEW)) == ("incidents", "acled")
    assert best(export(tmp_path, [{}], OLD)) == ("incidents", "acled")
    assert best(full(tmp_path, {})) == ("incidents", "ucdp_ged")
    assert best(snpk_table(tmp_path, {})) == ("incidents", "snpk")
    assert best(table(tmp_path, GRID.cell, [1] * GRID.size)) == ("population", "kontur")


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.zip"])
def test_layers_of_areas_by_their_attributes(tmp_path: Path, name: str) -> None:
    rbi = {
        "KDEPUM": ["64.74.01.1001"],
        "WADMKD": ["A"],
        "WADMKC": ["B"],
        "WADMKK": ["C"],
        "WADMPR": ["D"],
        "NAMOBJ": ["A"],
    }
    assert best(layer(tmp_path, rbi, name)) == ("boundaries", "rbi10k")
    gadm = {
        "GID_4": ["IDN.1_1"],
        "NAME_1": ["A"],
        "NAME_2": ["B"],
        "NAME_3": ["C"],
        "NAME_4": ["D"],
        "CC_4": ["6404010001"],
    }
    assert best(layer(tmp_path, gadm, name)) == ("boundaries", "gadm")
    cod = {"ADM4_PCODE": ["ID6404010001"], "ADM4_EN": ["A"], "ADM3_EN": ["B"], "ADM2_EN": ["C"], "ADM1_EN": ["D"]}
    assert best(layer(tmp_path, cod, name)) == ("boundaries", "hdx_cod")
    own = {"kode": ["64.74.01.1001"], "nama": ["A"]}
    wanted = {"a.gpkg": "gpkg", "a.geojson": "geojson", "a.zip": "shapefile"}[name]
    assert best(layer(tmp_path, own, name)) == ("boundaries", wanted)
    if name != "a.zip":  # ten letters are all a shapefile has for a name
        maus = {"ISO3_CODE": ["IDN"], "COUNTRY_NAME": ["Indonesia"], "AREA": [1.0]}
        assert best(layer(tmp_path, maus, name)) == ("sites", "maus_mining")


def test_a_raster_and_a_dump(tmp_path: Path) -> None:
    tif = tmp_path / "x.csv"
    tif.write_bytes(b"II*\x00" + bytes(100))
    assert best(tif) == ("population", "geotiff")
    sql = (
        "-- dump\nINSERT INTO wilayah_boundaries(kode,nama,lat,lng,path) VALUES ('64.74.01.1001','A',0.1,117.5,'[]');\n"
    )
    assert best(text_file(tmp_path, sql, "x.txt")) == ("boundaries", "cahyadsn_sql")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"PK\x03\x04rusak",
        b"\x1f\x8brusak",
        b"SQLite format 3\x00" + bytes(100),
        b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>",
        b'{"type": "FeatureCollection", "features": [{"properties": {"a":',
        b'{"properties": ' * 5000,
        b"a;b;c\n1;2;3\n",
        b"\x00\x01\x02" * 50,
    ],
)
def test_what_nobody_reads_gets_no_proposal_and_no_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert propose(path) == []
    assert propose(tmp_path / "tidak-ada") == []


def test_a_point_layer_is_no_boundary(tmp_path: Path) -> None:
    own = {"kode": ["64.74.01.1001"], "nama": ["A"]}
    found = propose(layer(tmp_path, own, "a.geojson", shapely.Point(117.1, -0.5)))
    assert "boundaries" not in {item.kind for item in found}
    keys = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": None, "properties": {"kode": "1"}}],
    }
    assert best(text_file(tmp_path, json.dumps(keys), "b.geojson")) is None


@needs_shared
def test_the_real_files() -> None:
    wanted = {
        "rbi10k_Kota_Bontang.json": ("boundaries", "rbi10k"),
        "wilayah_boundaries_kel_64.08.sql.gz": ("boundaries", "cahyadsn_sql"),
        "wilayah_boundaries_kel_64.74.sql.gz": ("boundaries", "cahyadsn_sql"),
        "snpk_1997_2004_ntt.csv.gz": ("incidents", "snpk"),
        "ucdp_ged_indonesia_1989_2020.csv": ("incidents", "ucdp_ged"),
        "esdm_coal_kutai_timur.csv": ("sites", "esdm_coal"),
        "kp24_tps_per_desa_64.08_64.74.csv": ("tps", "kp24"),
    }
    found = {path.name: best(path) for path in SHARED.rglob("*.*") if path.name in wanted}
    assert found == wanted
