"""Every reader on its own kind of file, and on the real files where they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from core import tables, taxonomy
from core.errors import InputError
from core.settings import Source
from geo.boundaries import build_tree
from geo.gazetteer import Places
from geo.layer import Layer
from geo.sources import ucdp_ged
from geo.sources.kinds import classify
from geo.sources.registry import reader
from tests.kaltim import codes, places, read, text_file, warned
from tests.places import SHARED, needs_shared

UCDP = SHARED / "incidents" / "ucdp_ged_indonesia_1989_2020.csv"
KPU = "idProvinsi,provinsi,idKabupaten,kabupaten,idKecamatan,kecamatan,idDesa,desa,noTps,pemilih\n"


def as_declared(layer: Layer) -> pa.Table:
    """The frame has exactly the declared columns and fits their schema, nulls and all."""
    columns = tables.LAYERS[layer.info.kind]
    assert list(layer.rows.columns) == [*(column.name for column in columns), "geometry"]
    plain = pd.DataFrame(layer.rows.drop(columns="geometry"))
    table = pa.Table.from_pandas(plain, schema=tables.schema(columns), preserve_index=False)
    for column in columns:
        assert column.nullable or table.column(column.name).null_count == 0
    ids = layer.rows["id"].tolist()
    assert len(set(ids)) == len(ids)
    assert set(layer.rows["precision"]) <= set(tables.PRECISIONS)
    exact = layer.rows["precision"] == "exact"
    assert (layer.rows.geometry.notna() == exact).all()
    return table


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Bentrok antarwarga", "communal_violence"),
        ("tawuran", "communal_violence"),
        ("Sengketa Lahan Plasma", "land_dispute"),
        ("UNJUK RASA", "peaceful_protest"),
        ("demo damai", "peaceful_protest"),
        ("unjuk rasa berujung bentrok", "communal_violence"),
        ("Pembakaran kantor", "riot"),
        ("penolakan tambang", "site_dispute"),
        ("Violence against civilians", "one_sided_violence"),
        ("land_dispute", "land_dispute"),
        ("kurang jelas", None),
        ("", None),
    ],
)
def test_kinds_of_incidents_by_their_words(text: str, kind: str | None) -> None:
    assert classify("incident", text) == kind


def test_permits_are_not_read_into_words_that_deny_them() -> None:
    assert classify("permit", "Tanpa izin") == "illegal"
    assert classify("permit", "Berizin (IUP)") == "legal"
    assert classify("permit", "belum ada kejelasan izin") is None
    assert classify("permit", "tidak ada data") is None
    assert classify("permit", "Dalam proses izin") == "proposed"


def test_every_word_stands_for_a_value_of_the_closed_lists() -> None:
    lists = {
        "incident": taxonomy.INCIDENT_KINDS,
        "conflict_source": taxonomy.CONFLICT_SOURCES,
        "how_known": taxonomy.HOW_KNOWN,
        "site": taxonomy.SITE_KINDS,
        "permit": taxonomy.PERMITS,
        "stage": taxonomy.STAGES,
        "post": taxonomy.POST_KINDS,
        "precision": tables.PRECISIONS,
    }
    for category, values in lists.items():
        for value in values:
            assert classify(category, value) == value


def test_incidents_in_indonesian_and_in_english_are_the_same(tmp_path: Path) -> None:
    one = text_file(
        tmp_path,
        "No,Desa/Kelurahan,Kec.,Tgl. Kejadian,Jenis Konflik,Uraian,Korban Meninggal,Korban Luka,Sumber Konflik,Cara Diketahui\n"
        "1,Sumber Sari,Loa Kulu,24 Okt 2024,Sengketa lahan,nama orang 6472010101900001,,2,SDA,media\n",
        "a.csv",
    )
    two = text_file(
        tmp_path,
        "date,kind,village,district,deaths,injured,conflict source,how known\n"
        "2024-10-24,land_dispute,Sumber Sari,Loa Kulu,,2,natural_resources,media\n",
        "b.csv",
    )
    first, second = (read("incidents", "table", path, name="x") for path in (one, two))
    pd.testing.assert_frame_equal(pd.DataFrame(first.rows), pd.DataFrame(second.rows))
    row = as_declared(first).to_pylist()[0]
    assert row["severity"] == pytest.approx(taxonomy.severity("land_dispute", None, 2))
    assert (row["deaths"], row["injured"], row["conflict_source"]) == (None, 2, "natural_resources")
    assert "orang" not in str(row)


def test_unknown_kinds_are_other_and_counted_and_bad_rows_are_named(tmp_path: Path) -> None:
    text = (
        "tanggal;jenis;kecamatan;meninggal\n"
        "03/04/2024;entah apa;Loa Kulu;0\n"
        "31 Februari 2024;demo;Loa Kulu;0\n"
        "kemarin;demo;Loa Kulu;0\n"
        ";demo;Loa Kulu;0\n"
        "Oktober 2024;demo;Loa Kulu;-1\n"
        "1 s/d 3 Juni 2024;demo;Loa Kulu;nihil\n"
    )
    layer = read("incidents", "table", text_file(tmp_path, text))
    assert codes(layer) == {"R_DATE_IMPOSSIBLE": 1, "R_DATE_RELATIVE": 1, "R_DATE_EMPTY": 1, "R_COUNT": 1}
    assert warned(layer) == {"KIND": {"rows": 1}, "DATE_ORDER": {"rows": 1}}
    assert layer.rows["kind"].tolist() == ["other", "peaceful_protest"]
    assert layer.rows["date_precision"].tolist() == ["day", "interval"]
    bad = layer.info.rejected[0]
    assert (bad.place.file, bad.place.row, bad.place.column, bad.place.value) == (
        "kejadian.csv",
        3,
        "tanggal",
        "31 Februari 2024",
    )
    assert bad.raw["kecamatan"] == "Loa Kulu"


def test_sites(tmp_path: Path) -> None:
    text = (
        "Nama,Jenis,Status Izin,Status,Mulai,Sampai,Lintang,Bujur,Penanggung Jawab\n"
        "A,Galian C,Tanpa izin,aktif,2021,,-0.502,117.153,seseorang\n"
        ",Tambang batubara,berizin,Operasi Produksi,1 Januari 2020,Juni 2025,-0.503,117.154,\n"
        "C,entah,?,?,2024,2020,-0.503,117.154,\n"
        "D,entah,mungkin,nanti,,,-0.503,117.154,\n"
    )
    layer = read("sites", "table", text_file(tmp_path, text, "lokasi.csv"))
    rows = as_declared(layer).to_pylist()
    assert [(r["kind"], r["permit"], r["stage"]) for r in rows] == [
        ("galian_c", "illegal", "operating"),
        ("coal_mine", "legal", "operating"),
        ("other", "unknown", "unknown"),
    ]
    assert (rows[0]["valid_from"], rows[0]["valid_to"]) == (date(2021, 1, 1), None)
    assert rows[1]["valid_to"] == date(2025, 6, 30)
    assert rows[1]["name"] == "lokasi:3"
    assert codes(layer) == {"R_DATE_ORDER": 1}
    assert set(warned(layer)) == {"KIND", "PERMIT", "STAGE"}
    assert "seseorang" not in str(rows)


def test_posts(tmp_path: Path) -> None:
    text = "Nama;Jenis;Kecamatan\nPolsek A;;Loa Kulu\nKantor;Kantor Camat;Loa Kulu\nX;Koramil 0906;Loa Kulu\nGudang;;Loa Kulu\n"
    layer = read("posts", "table", text_file(tmp_path, text, "pos.csv"))
    assert [row["kind"] for row in as_declared(layer).to_pylist()] == ["polsek", "kantor_camat", "koramil", "other"]


def test_kpu_stations(tmp_path: Path) -> None:
    head = "64,KALIMANTAN TIMUR,6408,KUTAI TIMUR,640801,MUARA ANCALONG,6408012001,SENYIUR,"
    path = text_file(
        tmp_path, KPU + "".join(f"{head}{cell}\n" for cell in ("1,300", "TPS 02,", "2,300", "0,300", "3,-5", "4,1e400"))
    )
    layer = read("tps", "kpu_csv", path)
    rows = as_declared(layer).to_pylist()
    assert [(row["name"], row["voters"], row["kode"]) for row in rows] == [
        ("TPS 001", 300, "64.08.01.2001"),
        ("TPS 002", None, "64.08.01.2001"),
    ]
    assert codes(layer) == {"R_TWICE": 1, "R_TPS_NUMBER": 1, "R_COUNT": 1, "R_NUMBER": 1}


def test_kpu_codes_of_bps_are_refused(tmp_path: Path) -> None:
    path = text_file(tmp_path, KPU + "64,KALTIM,6404,KUTAI TIMUR,6404010,MUARA ANCALONG,6404010001,SENYIUR,1,300\n")
    with pytest.raises(InputError) as caught:
        read("tps", "kpu_csv", path)
    assert caught.value.code == "E_CODE_BPS"


def test_waste_sites_are_no_polling_stations(tmp_path: Path) -> None:
    path = text_file(tmp_path, "kode desa,desa,no tps,pemilih,keterangan\n64.08.01.2001,Senyiur,1,0,TPS sampah pasar\n")
    with pytest.raises(InputError) as caught:
        read("tps", "kpu_csv", path)
    assert caught.value.code == "E_TPS_WASTE"


def test_kp24_totals_must_agree(tmp_path: Path) -> None:
    head = "kode,desa,tps_max_no,tps_ext_begin,tps_ext_end,jumlah_tps\n"
    rows = [
        "64.08.01.2001,Senyiur,3,901,902,5",
        "64.08.01.2002,,3,,,4",
        "64.08.01.2003,,3,901,,3",
        "64.08.01.2004,,3,902,901,",
        "64.08.01.2001,,1,,,1",
    ]
    layer = read("tps", "kp24", text_file(tmp_path, head + "\n".join(rows)))
    assert layer.rows["name"].tolist() == ["TPS 001", "TPS 002", "TPS 003", "TPS 901", "TPS 902"]
    assert codes(layer) == {"R_TPS_TOTAL": 1, "R_TPS_RANGE": 2, "R_TWICE": 1}
    assert layer.info.rows_in == 5
    assert layer.rows["voters"].isna().all()


@needs_shared
def test_real_kp24_stations_and_real_coal_points_over_the_real_polygons() -> None:
    source = Source(kind="boundaries", reader="cahyadsn_sql", code_system="kemendagri")
    files = [SHARED / "boundaries" / f"wilayah_boundaries_kel_{code}.sql.gz" for code in ("64.08", "64.74")]
    real = Places.of(build_tree(reader("boundaries", "cahyadsn_sql")(source, files), ["64.08", "64.74"]))
    stations = SHARED / "tps" / "kp24_tps_per_desa_64.08_64.74.csv"
    tps: Layer = reader("tps", "kp24")(Source(kind="tps", reader="kp24"), [stations], real)
    as_declared(tps)
    assert len(tps.rows) == 1_717
    assert tps.rows["kode"].str[:5].value_counts().to_dict() == {"64.08": 1_185, "64.74": 532}
    assert (tps.info.rows_in, tps.info.rejected) == (156, ())
    assert set(tps.rows["precision"]) == {"village"}
    points = SHARED / "sites" / "esdm_coal_kutai_timur.csv"
    coal: Layer = reader("sites", "esdm_coal")(Source(kind="sites", reader="esdm_coal"), [points], real)
    as_declared(coal)
    assert (coal.info.rows_in, len(coal.rows), codes(coal)) == (63, 59, {"R_OUTSIDE_NEAR": 3, "R_OUTSIDE": 1})
    assert set(coal.rows["permit"]) == {"unknown"}


@needs_shared
def test_real_ucdp_events_are_all_accounted_for() -> None:
    outside = read("incidents", "ucdp_ged", UCDP)
    assert (outside.info.rows_in, codes(outside)) == (992, {"R_OUTSIDE": 992})  # none of them in Kaltim
    # The country as squares of one degree: half of them mapped.
    points = pd.read_csv(UCDP)
    corner = sorted(
        {(int(lon // 1), int(lat // 1)) for lon, lat in zip(points["longitude"], points["latitude"], strict=True)}
    )
    names = [f"11.01.01.{2001 + i}" for i in range(len(corner))]
    squares = gpd.GeoDataFrame(
        {"kode": names, "level": 4, "name": names},
        geometry=[shapely.box(x, y, x + 1, y + 1) for x, y in corner],
        crs=4326,
    )
    source = Source(kind="incidents", reader="ucdp_ged")
    layer = ucdp_ged.read(source, [UCDP], Places.from_frame(squares.iloc[::2]))
    as_declared(layer)
    ledger = layer.info.ledger()
    assert (ledger.rows_in, ledger.accepted + ledger.quarantined) == (992, 992)
    assert 200 < ledger.accepted < 992
    assert set(layer.rows["precision"]) == {"district"}
    assert layer.rows["lon"].isna().all()
    assert "NO_WHERE_PREC" in warned(layer)
    whole = ucdp_ged.read(source, [UCDP], Places.from_frame(squares))
    assert (len(whole.rows), whole.info.rejected) == (992, ())
    assert whole.rows["deaths"].sum() == points["best_death"].sum()
    assert (whole.info.licence, whole.info.attribution[:7]) == ("CC BY 4.0", "Uppsala")


def test_ucdp_full_file_by_where_prec(tmp_path: Path) -> None:
    head = "id,type_of_violence,where_prec,latitude,longitude,date_start,date_end,best,high,low\n"
    rows = [
        f"{i},{kind},{prec},-0.502,117.153,2019-05-0{day} 00:00:00,2019-05-03 00:00:00,{deaths},9,0"
        for i, (kind, prec, day, deaths) in enumerate(
            [(1, 1, 3, 2), (2, 2, 1, 0), (3, 3, 3, ""), (1, 4, 3, 1), (9, 1, 3, 1), (1, 1, 4, 1)]
        )
    ]
    layer = read("incidents", "ucdp_ged", text_file(tmp_path, head + "\n".join([*rows, rows[0]])), name="ged")
    table = as_declared(layer).to_pylist()
    assert [(r["precision"], r["kode"].count("."), r["date_precision"], r["deaths"]) for r in table] == [
        ("village", 3, "day", 2),
        ("district", 2, "interval", 0),
        ("regency", 1, "day", None),
    ]
    assert codes(layer) == {"R_TOO_COARSE": 1, "R_KIND": 1, "R_DATE_ORDER": 1, "R_TWICE": 1}
    assert warned(layer) == {}


def test_ucdp_points_off_the_coast_go_to_the_nearest_within_ten_kilometres(tmp_path: Path) -> None:
    shape = max(places().shapes, key=lambda item: item.bounds[2])
    east, lat = max(shapely.get_coordinates(shape).tolist())
    head = "id,type_of_violence,where_prec,latitude,longitude,year,month,day,best\n"
    rows = "\n".join(f"{i}.0,1,1,{lat},{east + off},2019.0,5.0,3,1.0" for i, off in enumerate((0.05, 0.12)))
    layer = read("incidents", "ucdp_ged", text_file(tmp_path, head + rows))
    assert layer.rows["id"].tolist() == ["kejadian:0"]
    assert warned(layer)["NEAREST"]["rows"] == 1
    assert codes(layer) == {"R_OUTSIDE": 1}
