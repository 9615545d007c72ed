"""Promises of the report as a noun: it is whole or it is refused, with every fault named at once, in both languages."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import tables
from core.errors import InputError
from core.report import DETAIL, LISTS, Report
from core.taxonomy import ZONES, severity, zone_of
from core.words import LANGUAGES
from store.register import models

DAY = date(2024, 10, 24)


def made(**given: Any) -> Report:
    return Report(**{"occurred_on": DAY, "kind": "riot", "kode": "64.74.01", **given})


def test_a_report_and_the_register_have_the_same_columns() -> None:
    content = made().content()
    apart = {"known_on", "verification"}
    assert content.keys() - apart == {column.name for column in models.CONTENT["incidents"]}
    declared = {column.name for column in (*tables.INCIDENTS, *DETAIL)}
    assert {item.name for item in fields(Report)} <= declared
    assert set(LISTS) <= declared
    assert not {column.name for column in DETAIL} & {column.name for column in tables.INCIDENTS}


@pytest.mark.parametrize(
    ("kode", "point", "precision"),
    [("64.74", None, "regency"), ("64.74.01", None, "district"), ("64.74.01.1001", None, "village"), ("64.74.01.1001", 117.5, "exact")],
)  # fmt: skip
def test_precision_follows_from_what_is_known(kode: str, point: float | None, precision: str) -> None:
    assert made(kode=kode, lon=point, lat=None if point is None else 0.1).precision == precision


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InputError, match="E_REPORT") as caught:
        made(
            kind="war", source_grade="G", credibility=7, time="25.00", zone="WIBB", deaths=-1, injured=10**9, kode="6474", outcome="x",
            date_end=date(2024, 1, 1), known_on=date(2024, 1, 1), text="a\0b", source_name="x" * 301, how_known="guess",
        )  # fmt: skip
    for lang in LANGUAGES:
        told = caught.value.message(lang)
        for name in (
            "kind", "source_grade", "credibility", "time", "zone", "deaths", "injured", "kode", "outcome", "date_end", "known_on", "text",
            "source_name", "how_known",
        ):  # fmt: skip
            assert re.search(rf"\b{name}\b", told), name


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(117.5, None), (0.0, 0.0), (float("nan"), 0.1), (float("inf"), 0.1), (181.0, 0.1), (117.5, 91.0), (1e300, 0.0)],
)
def test_fault_050_to_056_what_is_no_point_is_refused(lon: float, lat: float | None) -> None:
    with pytest.raises(InputError, match="E_REPORT"):
        made(kode="64.74.01.1001", lon=lon, lat=lat)


def test_a_point_belongs_to_a_village() -> None:
    with pytest.raises(InputError, match="E_REPORT"):
        made(lon=117.5, lat=0.1)


@given(
    st.text(max_size=60), st.one_of(st.none(), st.integers(-5, 10**7)), st.one_of(st.none(), st.integers(-5, 10**7)), st.text(max_size=20)
)  # fmt: skip
def test_a_report_is_whole_or_refused(text: str, deaths: int | None, injured: int | None, time: str) -> None:
    try:
        report = made(text=text, deaths=deaths, injured=injured, time=time or None)
    except InputError as error:
        assert error.code == "E_REPORT"
        assert all(error.message(lang) for lang in LANGUAGES)
    else:
        assert report.severity == severity("riot", deaths, injured)
        assert report.content()["deaths"] == deaths, "unknown stays unknown"


def test_every_province_has_its_zone() -> None:
    zones = {"WIB": (11, 36), "WITA": (51, 53), "WIT": (81, 97)}
    for zone, (first, last) in zones.items():
        assert {zone_of(f"{code}.01") for code in range(first, last + 1)} == {zone}
    assert [zone_of(str(code)) for code in (61, 62, 63, 64, 65, 71, 76)] == ["WIB", "WIB", *["WITA"] * 5]
    assert set(ZONES) == set(LISTS["zone"])
