"""Promises of the ACLED reader, on rows made by us in ACLED's exact columns, of the export until 2023 and of today's."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.settings import Source
from core.taxonomy import INCIDENT_KINDS
from geo.grid import build
from geo.layer import Layer
from geo.sources import acled
from geo.sources.faults import BadValue
from geo.sources.stream import open_stream
from publish.evidence import gather
from publish.run import publish
from tests.kaltim import codes, places, read, text_file, warned

NEW = [
    "event_id_cnty",
    "event_date",
    "year",
    "time_precision",
    "disorder_type",
    "event_type",
    "sub_event_type",
    "actor1",
    "assoc_actor_1",
    "inter1",
    "actor2",
    "assoc_actor_2",
    "inter2",
    "interaction",
    "civilian_targeting",
    "iso",
    "region",
    "country",
    "admin1",
    "admin2",
    "admin3",
    "location",
    "latitude",
    "longitude",
    "geo_precision",
    "source",
    "source_scale",
    "notes",
    "fatalities",
    "tags",
    "timestamp",
]
OLD = [
    "data_id",
    "iso",
    "event_id_cnty",
    "event_id_no_cnty",
    "event_date",
    "year",
    "time_precision",
    "event_type",
    "sub_event_type",
    "actor1",
    "assoc_actor_1",
    "inter1",
    "actor2",
    "assoc_actor_2",
    "inter2",
    "interaction",
    "region",
    "country",
    "admin1",
    "admin2",
    "admin3",
    "location",
    "latitude",
    "longitude",
    "geo_precision",
    "source",
    "source_scale",
    "notes",
    "fatalities",
    "timestamp",
    "iso3",
]
SAMARINDA = {
    "admin2": "Kota Samarinda",
    "admin3": "Samarinda Ulu",
    "location": "Samarinda",
    "latitude": "-0.502",
    "longitude": "117.153",
}
BASE = {
    "event_date": "2024-10-24",
    "year": "2024",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Riots",
    "sub_event_type": "Violent demonstration",
    "actor1": "Rioters (Indonesia)",
    "inter1": "Rioters",
    "inter2": "",
    "interaction": "Rioters only",
    "iso": "360",
    "region": "Southeast Asia",
    "country": "Indonesia",
    "admin1": "East Kalimantan",
    "geo_precision": "1",
    "source": "Koran Uji",
    "source_scale": "Subnational",
    "notes": "Ditulis oleh kami untuk uji, menyebut Nama Orang.",
    "fatalities": "0",
    "timestamp": "1730200000",
    **SAMARINDA,
}


def export(folder: Path, rows: list[dict[str, str]], columns: list[str] = NEW, name: str = "acled.csv") -> Path:
    """A file as ACLED writes it; a row says what differs from BASE."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for i, row in enumerate(rows):
        writer.writerow(
            {**BASE, "event_id_cnty": f"IDN{1000 + i}", "data_id": str(i), "event_id_no_cnty": str(1000 + i), **row}
        )
    return text_file(folder, out.getvalue(), name)


def rows_of(layer: Layer) -> list[dict[str, Any]]:
    return layer.rows.drop(columns="geometry").to_dict("records")


def test_both_generations_of_the_export_are_the_same_events(tmp_path: Path) -> None:
    assert (len(NEW), len(OLD)) == (31, 31)
    new = export(
        tmp_path,
        [{"fatalities": "2"}, {"event_type": "Protests", "sub_event_type": "Peaceful protest", "inter1": "Protesters"}],
    )
    old = export(
        tmp_path,
        [
            {"event_date": "24 October 2024", "fatalities": "2", "inter1": "5", "inter2": "0", "interaction": "50"},
            {
                "event_date": "24-Oct-24",
                "event_type": "Protests",
                "sub_event_type": "Peaceful protest",
                "inter1": "6",
                "inter2": "0",
                "interaction": "60",
            },
        ],
        OLD,
        "lama.csv",
    )
    first, second = (read("incidents", "acled", path, name="acled", accessed=date(2025, 5, 16)) for path in (new, old))
    pd.testing.assert_frame_equal(pd.DataFrame(first.rows), pd.DataFrame(second.rows))
    assert [(r["kind"], r["deaths"], r["occurred_on"]) for r in rows_of(first)] == [
        ("riot", 2, date(2024, 10, 24)),
        ("peaceful_protest", 0, date(2024, 10, 24)),
    ]
    assert rows_of(first)[1]["severity"] == 0.0


def test_old_files_without_the_newer_columns(tmp_path: Path) -> None:
    few = [
        name for name in OLD if name not in ("geo_precision", "sub_event_type", "time_precision", "admin3", "timestamp")
    ]
    path = export(
        tmp_path, [{"event_type": "Riots/Protests", "inter1": code, "event_date": "16 May 2016"} for code in "56"], few
    )
    layer = read("incidents", "acled", path)
    assert layer.rows["kind"].tolist() == ["riot", "peaceful_protest"]
    assert set(layer.rows["precision"]) == {"regency"}  # "Samarinda" is the city, not a village of it
    assert "NO_GEO_PRECISION" in warned(layer)


@pytest.mark.parametrize(
    ("event", "sub_event", "actors", "kind"),
    [
        ("Protests", "Peaceful protest", ("6", "0"), "peaceful_protest"),
        ("Protests", "Protest with intervention", ("6", "1"), "other"),
        ("Protests", "Excessive force against protesters", ("Protesters", "State forces"), "one_sided_violence"),
        ("Riots", "Mob violence", ("5", "7"), "communal_violence"),
        ("Riots", "Violent demonstration", ("Rioters", ""), "riot"),
        ("Battles", "Armed clash", ("Identity militia", "Identity militia"), "communal_violence"),
        ("Battles", "Armed clash", ("4", "4"), "communal_violence"),
        ("Battles", "Armed clash", ("1", "2"), "armed_violence"),
        ("Battle-No change of territory", "", ("1", "3"), "armed_violence"),
        ("Explosions/Remote violence", "Remote explosive/landmine/IED", ("3", "7"), "armed_violence"),
        ("Remote violence", "", ("3", "7"), "armed_violence"),
        ("Violence against civilians", "Attack", ("3", "7"), "one_sided_violence"),
        ("Violence against civilians", "Abduction/forced disappearance", ("4", "7"), "one_sided_violence"),
        ("Strategic developments", "Looting/property destruction", ("5", "7"), "riot"),
        ("Strategic developments", "Agreement", ("1", "2"), None),
        ("Strategic developments", "Arrests", ("1", "7"), None),
        ("Strategic development", "", ("1", "0"), None),
        ("Headquarters or base established", "", ("2", "0"), None),
        ("Non-violent transfer of territory", "", ("2", "0"), None),
    ],
)
def test_kinds(event: str, sub_event: str, actors: tuple[str, str], kind: str | None) -> None:
    assert acled.kind_of(event, sub_event, actors) == kind
    assert kind is None or kind in INCIDENT_KINDS


def test_an_event_type_acled_never_had() -> None:
    with pytest.raises(BadValue) as caught:
        acled.kind_of("Unjuk rasa", "")
    assert caught.value.code == "R_ACLED_KIND"


@pytest.mark.parametrize(
    ("geo", "location", "district", "regency", "precision"),
    [
        (1, "Samarinda", "Samarinda Ulu", "Kota Samarinda", "regency"),
        (1, "Samarinda - Samarinda Ulu", "Samarinda Ulu", "Samarinda", "district"),
        (1, "Tenggarong", "Tenggarong", "Kutai Kartanegara", "district"),
        (1, "Sangatta", "Sangatta Utara", "Kutai Timur", "district"),
        (1, "Loa Duri Ilir", "Loa Janan", "Kutai Kartanegara", "village"),
        (2, "Loa Duri Ilir", "Loa Janan", "Kutai Kartanegara", "district"),
        (2, "Bontang", "Bontang Utara", "Bontang", "regency"),
        (3, "Samarinda", "", "", None),
        (0, "Samarinda", "", "", None),
    ],
)
def test_a_town_point_is_never_exact(
    geo: int, location: str, district: str, regency: str, precision: str | None
) -> None:
    assert acled.known_to(geo, location, district, regency) == precision


def test_rows_know_their_precision_and_none_is_a_point(tmp_path: Path) -> None:
    layer = read(
        "incidents",
        "acled",
        export(
            tmp_path,
            [
                {},
                {"location": "Loa Duri Ilir"},
                {"location": "Loa Duri Ilir", "geo_precision": "2"},
                {"geo_precision": "3"},
                {"geo_precision": "entah"},
            ],
        ),
    )
    assert layer.rows["precision"].tolist() == ["regency", "village", "district"]
    assert layer.rows["kode"].str.count(r"\.").tolist() == [1, 3, 2]
    assert layer.rows["lon"].isna().all()
    assert codes(layer) == {"R_TOO_COARSE": 2}


def test_dates_by_their_precision(tmp_path: Path) -> None:
    layer = read("incidents", "acled", export(tmp_path, [{"time_precision": str(n)} for n in (1, 2, 3)]))
    assert list(zip(layer.rows["occurred_on"], layer.rows["date_precision"], strict=True)) == [
        (date(2024, 10, 24), "day"),
        (date(2024, 10, 24), "interval"),
        (date(2024, 10, 1), "month"),
    ]


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    rows = [
        {"event_id_cnty": "IDN1"},
        {"event_id_cnty": "IDN1"},  # the second line of an event in a dyadic export
        {"event_id_cnty": ""},
        {"event_date": ""},
        {"event_date": "31 February 2024"},
        {"event_type": "Strategic developments", "sub_event_type": "Agreement"},
        {"event_type": "Demo", "sub_event_type": "Demo"},
        {"fatalities": "-1"},
        {"latitude": "5.5", "longitude": "95.3"},
        {"latitude": "-0.502", "longitude": ""},
    ]
    layer = read("incidents", "acled", export(tmp_path, rows))
    assert codes(layer) == {
        "R_TWICE": 1,
        "R_ID_EMPTY": 1,
        "R_DATE_EMPTY": 1,
        "R_DATE_IMPOSSIBLE": 1,
        "R_NOT_INCIDENT": 1,
        "R_ACLED_KIND": 1,
        "R_COUNT": 1,
        "R_OUTSIDE": 1,
        "R_COORDINATE_HALF": 1,
    }
    assert len(layer.rows) + len(layer.info.rejected) == len(rows)


def test_what_the_agency_gets_to_know_beside_the_published_columns(tmp_path: Path) -> None:
    source = Source(kind="incidents", reader="acled", accessed=date(2025, 5, 16))
    path = export(tmp_path, [{}, {"timestamp": "1000"}, {"timestamp": "2024-10-29"}])
    rows = [row for batch in open_stream(source, [path], places()).batches() for item in batch for row in item.rows]
    assert [row["known_on"] for row in rows] == [date(2024, 10, 29), None, None]
    assert {row["source_name"] for row in rows} == {"Koran Uji"}
    assert "Nama Orang" not in str(rows)


def test_fault_122_the_layer_says_that_its_rows_may_not_be_passed_on(tmp_path: Path) -> None:
    path = export(tmp_path, [{}, {"event_date": "2023-01-05"}])
    layer = read("incidents", "acled", path, accessed=date(2025, 5, 16))
    assert layer.info.restricted
    assert layer.info.licence == "ACLED Terms of Use"
    assert layer.info.attribution == (
        "Armed Conflict Location & Event Data (ACLED), acleddata.com; diakses/accessed 2025-05-16; Indonesia 2023-01-05 – 2024-10-24"
    )
    assert warned(layer)["RESTRICTED"] == {"licence": "ACLED Terms of Use"}
    assert "ACLED_ACCESS" not in warned(layer)
    assert "ACLED_ACCESS" in warned(read("incidents", "acled", path))
    assert not read(
        "incidents", "table", text_file(tmp_path, "tanggal,jenis,kecamatan\n2024-10-24,demo,Loa Kulu\n")
    ).info.restricted


def test_fault_122_its_rows_feed_the_evidence_and_stand_in_no_published_table(tmp_path: Path) -> None:
    both = [
        read("incidents", "acled", export(tmp_path, [{"location": "Loa Duri Ilir"}] * 3), name="a"),
        read(
            "incidents",
            "table",
            text_file(tmp_path, "tanggal,jenis,lintang,bujur\n2024-10-24,demo,-0.502,117.153\n"),
            name="b",
        ),
    ]
    village = places().at(117.153, -0.502)[0]
    shapes = places().shapes[places().codes == village]
    gathered = gather(both, build((village,), shapes, 7, indicative=False), date(2024, 12, 31), [village])
    assert gathered.evidence.incidents is not None
    assert len(gathered.evidence.incidents) == 4
    assert gathered.frames["incidents"]["source"].tolist() == ["b"]
    alone = gather(both[:1], build((village,), shapes, 7, indicative=False), date(2024, 12, 31), [village])
    assert alone.evidence.incidents is not None
    assert (len(alone.evidence.incidents), len(alone.frames["incidents"])) == (3, 0)


def test_fault_122_nothing_of_its_rows_stands_in_a_snapshot_and_their_count_does(tmp_path: Path) -> None:
    village = min(code for code in places().codes if code.startswith("64.74"))
    spot = places().shapes[list(places().codes).index(village)].representative_point()
    here = {
        "latitude": f"{spot.y:.5f}",
        "longitude": f"{spot.x:.5f}",
        "location": "Tempat Rahasia",
        "admin2": "",
        "admin3": "",
    }
    export(tmp_path, [here] * 12)
    toml = (
        'title = "Uji"\narea = ["64.74"]\nas_of = 2024-12-31\nresolution = 7\n'
        '[[source]]\nkind = "incidents"\nreader = "acled"\npath = "acled.csv"\naccessed = 2025-05-16\n'
    )
    (tmp_path / "petarawan.toml").write_text(toml)
    manifest = publish(tmp_path)
    assert manifest.inputs[1].attribution.endswith("diakses/accessed 2025-05-16; Indonesia 2024-10-24 – 2024-10-24")
    snapshot = tmp_path / "snapshots" / manifest.id
    assert pq.read_table(snapshot / "incidents.parquet").num_rows == 0
    areas = pq.read_table(snapshot / "areas.parquet", columns=["kode", "incidents"]).to_pylist()
    assert {row["kode"]: row["incidents"] for row in areas}["64.74"] == pytest.approx(12)
    for path in snapshot.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(
                secret in content for secret in (b"IDN100", b"Koran Uji", b"Tempat Rahasia", b"Nama Orang")
            ), path
