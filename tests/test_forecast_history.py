"""Promises of the history that forecasts look at: every incident once, at the right level, and nothing that was not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import tables
from core.errors import ConfigError
from core.taxonomy import INCIDENT_KINDS
from geo.joins import Evidence, Records, place
from geo.layer import Layer, LayerInfo
from geo.sources.frames import frame
from publish.evidence import gather
from risk.forecast import spec
from risk.forecast.history import History, build, day_number
from tests import scene
from tests.histories import ORIGIN, history

GRID = scene.grid()
SPEC = spec.load()


def evidence(order: list[int] | None = None, **more: list[object]) -> Evidence:
    """The scene's evidence with incidents as publish makes them: with their code; in another order of rows if asked."""
    made = scene.evidence(GRID)
    rows = scene.events()
    rows = rows if order is None else [rows[i] for i in order]
    kode, precision = (np.array([getattr(e, n) for e in rows], dtype=object) for n in ("kode", "precision"))
    lon, lat = (np.array([getattr(e, n) for e in rows]) for n in ("lon", "lat"))
    columns: dict[str, np.ndarray] = {
        "kode": kode,
        "precision": precision,
        "kind": np.array([e.kind for e in rows], dtype=object),
        "occurred_on": np.array([e.day for e in rows], dtype="datetime64[D]"),
    }
    columns |= {name: np.array(values, dtype="datetime64[D]") for name, values in more.items()}
    return replace(made, incidents=Records(place(GRID, kode, precision, lon, lat, made.people), columns))


def test_every_class_counts_its_kinds_and_every_incident_stands_in_its_kecamatan() -> None:
    konflik, armed = build(GRID, evidence(), SPEC, scene.AS_OF)
    mine = [e for e in scene.events() if e.kind in SPEC.kind("konflik").kinds]
    assert (konflik.province, konflik.kind, armed.kind, len(armed)) == ("64", "konflik", "bersenjata", 0)
    assert len(konflik) == len(mine)
    for a, code in enumerate(konflik.areas):
        assert konflik.counts(0, 40_000)[a] == sum(e.kode[:8] == code for e in mine)
    first = min(e.day for e in scene.events())
    assert konflik.since == day_number(first), "a peaceful protest is no conflict, but somebody was watching"


def test_people_area_and_centre_of_a_kecamatan() -> None:
    made = build(GRID, evidence(), SPEC, scene.AS_OF)[0]
    assert made.people == pytest.approx(
        [
            np.nansum(np.nan_to_num(scene.people(GRID))[GRID.pair_cell] * GRID.pair_part * chosen)
            for chosen in (
                np.array([GRID.villages[v][:8] == code for v in GRID.pair_village.tolist()]) for code in made.areas
            )
        ]
    )
    assert made.km2.sum() == pytest.approx(GRID.inside_km2.sum())
    assert ((made.lon > 117) & (made.lon < 117.3) & (made.lat > 0) & (made.lat < 0.3)).all()
    nobody = build(GRID, replace(evidence(), people=None), SPEC, scene.AS_OF)[0]
    assert np.isnan(nobody.people).all(), "unknown is not 0"
    assert nobody.seat_lon.shape == (1,)


def test_order_of_rows_does_not_matter() -> None:
    turned = list(range(len(scene.events())))[::-1]
    one, other = (build(GRID, item, SPEC, scene.AS_OF)[0] for item in (evidence(), evidence(turned)))
    assert one.day.tolist() == other.day.tolist()
    assert (one.counts(0, 40_000) == other.counts(0, 40_000)).all()
    assert one.digest() == build(GRID, evidence(), SPEC, scene.AS_OF)[0].digest()


def test_a_date_after_as_of_is_not_in_the_history() -> None:
    cut = scene.AS_OF - timedelta(days=100)
    made = build(GRID, evidence(), SPEC, cut)[0]
    assert len(made) == sum(e.day <= cut and e.kind in SPEC.kind("konflik").kinds for e in scene.events())


def test_known_by_looks_at_the_day_it_was_known() -> None:
    told = [e.day + timedelta(days=40) for e in scene.events()]
    told[0] = scene.events()[0].day - timedelta(days=5)  # known before it happened: as of its day
    made = build(GRID, evidence(known_on=list(told)), SPEC, scene.AS_OF)[0]
    assert (made.known >= made.day).all()
    origin = day_number(scene.AS_OF) - 25
    past = made.known_by(origin)
    assert len(past) == int(((made.day < origin) & (made.known < origin)).sum()) < int((made.day < origin).sum())
    missing: list[object] = [None for _ in told]
    unsaid = build(GRID, evidence(known_on=missing), SPEC, scene.AS_OF)[0]
    assert (unsaid.known == unsaid.day).all()


def test_without_an_incident_layer_there_is_an_empty_history() -> None:
    made = build(GRID, replace(evidence(), incidents=None), SPEC, scene.AS_OF)
    assert [len(item) for item in made] == [0, 0]
    assert made[0].start is None and made[0].counts(0, 40_000).sum() == 0


def test_larger_areas_are_known_as_such() -> None:
    made = history([(5, -1, 1), (4, -1), (3, 2)])
    assert made.located.tolist() == [False, False, True]
    assert made.home.tolist() == [1, -1, 0]


@given(
    st.lists(st.tuples(st.integers(1, 900), st.integers(0, 5)), max_size=30), st.integers(0, 60), st.integers(0, 900)
)
@settings(max_examples=50, deadline=None)
def test_what_comes_later_changes_nothing_known_by_then(told: list[tuple[int, int]], delay: int, back: int) -> None:
    made = history(told, delay=delay, since=0)
    origin = ORIGIN - back
    early = history([row for row in told if row[0] > back and row[0] - delay > back], delay=delay, since=0)
    assert made.known_by(origin).digest() == early.digest()


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": np.array([5, 3])},
        {"known": np.array([1, 1])},
        {"home": np.array([1, 1], np.int32)},
        {"area": np.array([99, 0], np.int32)},
        {"people": np.zeros(3)},
        {"km2": np.zeros(6)},
        {"regencies": ("64.02", "64.01")},
    ],
)
def test_a_history_that_does_not_hold_together_is_refused(wrong: dict[str, object]) -> None:
    good = history([(5, 1), (3, 1)])
    with pytest.raises((ValueError, IndexError)):
        replace(good, **wrong)


def test_digest_sees_everything() -> None:
    base = history([(5, 1), (3, 2)])
    changed = [
        replace(base, province="65"),
        replace(base, people=base.people + 1),
        replace(base, area=np.array([0, 2], np.int32)),
        replace(base, known=base.known + 1),
        replace(base, since=3),
    ]
    assert len({base.digest(), *(item.digest() for item in changed)}) == 6
    narrow: History = replace(base, day=base.day.astype(np.int32))
    assert narrow.digest() == base.digest(), "by value, not by width"


def test_every_harmful_kind_but_crime_is_forecast_once() -> None:
    kinds = [kind for item in SPEC.classes for kind in item.kinds]
    assert sorted(kinds) == sorted(kind for kind, harm in INCIDENT_KINDS.items() if harm > 0 and kind != "crime")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("half_life_days = 365.0", "half_life_days = 30.0", "E_FORECAST_FILE"),
        ("prior = 0.1 #", "# prior", "E_FORECAST_FILE"),
        ('"riot",', '"riots",', "E_FORECAST_KINDS"),
        ('kinds = ["armed_violence",', 'kinds = ["riot",', "E_FORECAST_KINDS"),
        ("[heap]", "[heap", "E_FORECAST_FILE"),
    ],
)
def test_a_wrong_file_of_constants_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = spec.FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "forecast.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        spec.load(file)
    assert error.value.code == code and error.value.message("id") and error.value.hint("id")


def test_days_count_from_1970() -> None:
    assert day_number(date(1970, 1, 1)) == 0 and day_number(date(2024, 10, 31)) == 20_027


def _layer(name: str, reader: str, told: date) -> Layer:
    row: dict[str, object] = {column.name: None for column in tables.INCIDENTS}
    row |= {
        "id": f"{name}:1",
        "occurred_on": date(2024, 5, 1),
        "date_precision": "day",
        "kind": "riot",
        "severity": 0.8,
    }
    row |= {"how_known": "reported", "precision": "village", "kode": GRID.villages[0], "source": name, "known_on": told}
    info = LayerInfo(name=name, kind="incidents", reader=reader, source="x", licence="-", sha256="0", rows_in=1)
    return Layer(info, frame("incidents", [row]))


def test_the_day_a_report_came_in_reaches_the_history_but_not_the_day_acled_last_wrote_a_row() -> None:
    """What a row says of its report day counts; ACLED's timestamp is of its last revision, often years after it was known."""
    layers = [_layer("laporan", "table", date(2024, 6, 9)), _layer("acled", "acled", date(2026, 1, 1))]
    found = gather(layers, GRID, scene.AS_OF, ["64.08"])
    made = build(GRID, found.evidence, SPEC, scene.AS_OF)[0]
    assert sorted((made.known - made.day).tolist()) == [0, 39]
    assert all("known_on" not in [column.name for column in columns] for columns in tables.LAYERS.values())
