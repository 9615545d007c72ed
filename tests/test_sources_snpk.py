"""Promises of the SNPK reader: on rows made by us in its columns, and on the real file of Nusa Tenggara Timur."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from core.settings import Source
from core.taxonomy import CONFLICT_SOURCES, INCIDENT_KINDS
from geo.aliases import aliases
from geo.atlas import Atlas
from geo.crosswalk import to_kemendagri
from geo.gazetteer import Places
from geo.layer import Layer
from geo.names import joined
from geo.sources import snpk
from geo.sources.faults import BadValue
from tests.kaltim import codes, text_file, warned
from tests.places import SHARED, needs_shared

NTT = SHARED / "incidents" / "snpk_1997_2004_ntt.csv.gz"
COLUMNS = [
    "area",
    "tanggal_kejadian",
    "tahun",
    "idkejadian",
    "kodebpsprop",
    "provinsi",
    "kodebpskab",
    "kabupaten",
    "kodebpskec1",
    "kecamatan1",
    "desa1",
    "kil_total",
    "inj_total",
    "build_dmg_total",
    "jenis_kek",
    "tp_kek1_new",
    "ben_kek1",
    "meta_tp_kek1_new",
    "insd_desc",
]
BASE = {
    "area": "NTT",
    "tanggal_kejadian": "20/07/1999",
    "kodebpskab": "5371",
    "kabupaten": "KOTA KUPANG",
    "kodebpskec1": "5371030",
    "kecamatan1": "OEBOBO",
    "kil_total": "0",
    "inj_total": "1",
    "build_dmg_total": "0",
    "jenis_kek": "1",
    "tp_kek1_new": "1103",
    "ben_kek1": "11",
}


@cache
def ntt(*left_out: str) -> Places:
    """All areas of the province by the gazetteer, each village a small square around its point."""
    atlas = Atlas.load()
    first, last = atlas.span("53")
    rows = [row for row in range(first, last) if not atlas.codes[row].startswith(left_out or ("-",))]
    points = np.nan_to_num(atlas.points[rows], nan=0.0)
    squares = shapely.box(points[:, 0], points[:, 1], points[:, 0] + 0.001, points[:, 1] + 0.001)
    columns = {
        "kode": [atlas.codes[row] for row in rows],
        "level": [atlas.codes[row].count(".") + 1 for row in rows],
        "name": [atlas.names[row] for row in rows],
    }
    return Places.from_frame(gpd.GeoDataFrame(columns, geometry=squares, crs=4326))


def read(path: Path, places: Places | None = None) -> Layer:
    layer = snpk.read(Source(kind="incidents", reader="snpk", name="snpk"), [path], places or ntt())
    assert len(layer.rows) + len(layer.info.rejected) == layer.info.rows_in
    return layer


def table(folder: Path, *rows: dict[str, str], name: str = "snpk.csv") -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**BASE, **row} for row in rows)
    return text_file(folder, out.getvalue(), name, "latin-1")


@pytest.mark.parametrize(
    ("jenis", "tipe", "bentuk", "kind", "source"),
    [
        (1, 1103, 11, "land_dispute", "natural_resources"),
        (1, 1103, 6, "communal_violence", "natural_resources"),
        (1, 1108, 10, "riot", "politics_economy_socioculture"),
        (1, 3305, 11, "election_dispute", "politics_economy_socioculture"),
        (1, 2211, 3, "riot", "politics_economy_socioculture"),
        (1, 4404, 6, "communal_violence", "faith_ethnic"),
        (1, 5511, 8, "communal_violence", None),
        (1, 5503, 7, "other", None),
        (1, 9903, 9, "armed_violence", "politics_economy_socioculture"),
        (1, 1, 13, "intimidation", None),
        (1, None, None, "other", None),
        (2, 7703, 14, "crime", None),
        (3, 8803, 11, "crime", None),
        (4, 6603, 8, "other", None),
    ],
)
def test_conflict_is_kept_apart_from_crime(
    jenis: int, tipe: int | None, bentuk: int | None, kind: str, source: str | None
) -> None:
    assert snpk.kind_of(jenis, tipe, bentuk) == kind
    assert snpk.source_of(jenis, tipe) == source
    assert kind in INCIDENT_KINDS
    assert source is None or source in CONFLICT_SOURCES


def test_a_type_of_violence_snpk_does_not_have() -> None:
    with pytest.raises(BadValue) as caught:
        snpk.kind_of(5, 1103, 11)
    assert caught.value.code == "R_SNPK_KIND"


def test_places_go_as_deep_as_is_known(tmp_path: Path) -> None:
    layer = read(
        table(
            tmp_path,
            {"desa1": "oebufu"},
            {"desa1": "naikoten 1"},  # in Kota Raja today, which was split from Oebobo
            {"desa1": "tidak pernah ada"},
            {"kecamatan1": "TIDAK ADA", "kodebpskec1": "0"},
            {"kecamatan1": "TIDAK ADA", "kodebpskec1": "0", "desa1": "oebufu"},
            {"kecamatan1": "entah berantah", "kodebpskec1": "0"},
        )
    )
    assert list(zip(layer.rows["precision"], layer.rows["kode"].str[:8], strict=True)) == [
        ("village", "53.71.04"),
        ("village", "53.71.05"),
        ("district", "53.71.04"),
        ("regency", "53.71"),
        ("village", "53.71.04"),
        ("regency", "53.71"),
    ]
    assert warned(layer) == {"SNPK_MOVED": {"rows": 1}, "SNPK_VILLAGE": {"rows": 1}, "SNPK_DISTRICT": {"rows": 1}}
    assert layer.rows["lon"].isna().all()


def test_codes_are_those_of_bps_and_must_agree_with_the_name(tmp_path: Path) -> None:
    layer = read(
        table(
            tmp_path,
            {"kodebpskab": "5301", "kabupaten": "SUMBA BARAT", "kecamatan1": "LOLI", "kodebpskec1": ""},
            {"kodebpskab": "5301", "kabupaten": "KAB KUPANG", "kecamatan1": "", "kodebpskec1": ""},
            {"kodebpskab": "999924", "kabupaten": "Tidak ada kabupaten Provinsi NUSA TENGGARA TIMUR"},
            {"kodebpskab": "5399", "kabupaten": "ENTAH"},
            {"kodebpskab": "5399", "kabupaten": "ENDE", "kecamatan1": "", "kodebpskec1": ""},
        )
    )
    assert warned(layer) == {"SNPK_CODE": {"rows": 1}}
    assert layer.rows["kode"].str[:5].tolist() == [
        "53.12",
        "53.08",
    ]  # BPS 5301 is Kemendagri 53.12, and 53.01 is Kupang
    assert codes(layer) == {"R_CODE_CONFLICT": 1, "R_TOO_COARSE": 1, "R_CODE_UNKNOWN": 1}


def test_borders_of_the_time(tmp_path: Path) -> None:
    belu = {"kodebpskab": "5306", "kabupaten": "BELU", "kodebpskec1": "", "kecamatan1": ""}
    layer = read(
        table(
            tmp_path,
            {**belu, "kecamatan1": "MALAKA BARAT"},  # in the regency Malaka since 2012
            belu,  # Belu or Malaka: nobody can say
            {**belu, "tanggal_kejadian": "20/07/2014"},  # after the split Belu is Belu
            {"kodebpskab": "5303", "kabupaten": "KAB KUPANG", "kodebpskec1": "", "kecamatan1": ""},
        )
    )
    assert layer.rows["kode"].tolist() == ["53.21.02", "53.04", "53.01"]
    assert codes(layer) == {"R_SPLIT": 1}
    assert "Malaka" in layer.info.rejected[0].params["areas"]


def test_what_is_not_on_the_map_is_told_and_newer_villages_count_for_their_district(tmp_path: Path) -> None:
    path = table(
        tmp_path, {"desa1": "oebufu"}, {"kodebpskab": "5311", "kabupaten": "ENDE", "kodebpskec1": "", "kecamatan1": ""}
    )
    village = read(path).rows["kode"].iloc[0]
    layer = read(path, ntt(village, "53.08"))
    assert (layer.rows["kode"].tolist(), layer.rows["precision"].tolist()) == (["53.71.04"], ["district"])
    assert codes(layer) == {"R_AREA_OUTSIDE": 1}
    assert layer.info.rejected[0].params == {"kode": "53.08", "name": "Kabupaten Ende"}


def test_counts_and_dates_of_every_row(tmp_path: Path) -> None:
    layer = read(
        table(
            tmp_path,
            {"kil_total": "3", "inj_total": ""},
            {"kil_total": "-1"},
            {"tanggal_kejadian": "31/02/1999"},
            {"tanggal_kejadian": ""},
            {"jenis_kek": "7"},
            {"jenis_kek": ""},
        )
    )
    assert (layer.rows["deaths"].tolist(), layer.rows["injured"].isna().tolist()) == ([3], [True])
    assert codes(layer) == {"R_COUNT": 1, "R_DATE_IMPOSSIBLE": 1, "R_DATE_EMPTY": 1, "R_SNPK_KIND": 2}


@needs_shared
def test_the_real_file_of_nusa_tenggara_timur() -> None:
    layer = read(NTT)
    with gzip.open(NTT, "rt", encoding="latin-1", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert layer.info.rows_in == len(rows) == 4_667
    assert codes(layer) == {"R_SPLIT": 38, "R_TOO_COARSE": 1}
    filled = [row for row in rows if row["kecamatan1"] != "TIDAK ADA"]
    matched = Counter(layer.rows["precision"])
    missed = warned(layer).get("SNPK_DISTRICT", {"rows": 0})["rows"]
    assert len(filled) == 4_109
    assert (len(filled) - int(str(missed))) / len(filled) >= 0.98
    assert matched == {"village": 2_089, "district": 2_038, "regency": 501}
    assert layer.rows["deaths"].sum() <= sum(int(row["kil_total"]) for row in rows)
    lost = {int(item.place.row or 0) for item in layer.info.rejected}
    kept = [row for i, row in enumerate(rows, start=2) if i not in lost]
    assert layer.rows["deaths"].sum() == sum(int(row["kil_total"]) for row in kept)
    crimes = sum(row["jenis_kek"] in "23" for row in kept)
    assert (layer.rows["kind"] == "crime").sum() == crimes


@needs_shared
def test_every_matched_district_bears_the_name_or_the_code_of_its_row() -> None:
    """Seen from the other side: what the gazetteer and BPS call the district a row went to is what the row calls it."""
    layer = read(NTT)
    with gzip.open(NTT, "rt", encoding="latin-1", newline="") as stream:
        rows = list(csv.DictReader(stream))
    called: dict[str, set[str]] = {}
    for alias in aliases():
        called.setdefault(alias.kode, set()).add(joined(alias.name, 3))
    by_row = dict(zip(layer.rows["id"].str.rpartition(":")[2].astype(int), layer.rows["kode"], strict=True))
    atlas, odd = Atlas.load(), 0
    for number, row in enumerate(rows, start=2):
        kode = by_row.get(number)
        if kode is None or row["kecamatan1"] == "TIDAK ADA" or kode.count(".") != 2:
            continue
        spot = atlas.entry(kode)
        assert spot is not None
        names = {joined(spot.name, 3)} | called.get(kode, set())
        odd += joined(row["kecamatan1"], 3) not in names and to_kemendagri(row["kodebpskec1"], "bps") != kode
    assert odd == 0
