"""Promises of the default forecast: its formula, its parts, what it answers to poor data, and how it goes to larger areas and to cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.forecast import models, shrunken, spec, spread
from risk.forecast.history import History
from risk.forecast.outlook import Outlook
from risk.forecast.quiet import quiet, ranks
from tests import scene
from tests.histories import ORIGIN, drawn, history

SPEC = spec.load()
incidents = st.lists(st.tuples(st.integers(1, 2500), st.integers(-1, 5)), max_size=40)


def expected(past: History, days: int = 30) -> np.ndarray:
    return shrunken.forecast(past, SPEC, ORIGIN, days).expected


def test_the_formula_by_hand() -> None:
    people = [100, 200, 300, 400, 500, 1500]
    made = shrunken.forecast(
        history([(1000, 0), (365, 1), (100, 1), (10, -1, 1)], people=people, since=ORIGIN - 3000), SPEC, ORIGIN, 30
    )
    weight = np.array([2 ** (-1000 / 365), 2 ** (-1) + 2 ** (-100 / 365), 0, 0, 0, 0])
    prior = 0.1 * 6 * np.array(people) / 3000
    level = 3 / 365 * 30  # the last twelve months, the one known only to its regency among them
    assert made.expected == pytest.approx(level * (weight + prior) / (weight + prior).sum(), rel=1e-12)
    assert made.names == ("history", "people")
    assert made.parts[:, 0] == pytest.approx(level * weight / (weight + prior).sum(), rel=1e-12)


@given(incidents, st.sampled_from(["konflik", "bersenjata"]), st.booleans(), st.integers(1, 120))
@settings(max_examples=80, deadline=None)
def test_parts_sum_to_the_number_and_numbers_to_the_level(
    told: list[tuple[int, int]], kind: str, counted: bool, days: int
) -> None:
    past = history(told, kind=kind, people=None if counted else [np.nan] * 6)
    made = shrunken.forecast(past, SPEC, ORIGIN, days)
    assert np.abs(made.parts.sum(axis=1) - made.expected).max() < 1e-9
    assert made.expected.sum() == pytest.approx(shrunken.level(past, SPEC.riwayat, ORIGIN) * days)
    assert (made.expected > 0).all() and np.isfinite(made.parts).all()
    assert made.expected == pytest.approx(days / 30 * shrunken.forecast(past, SPEC, ORIGIN, 30).expected)


@given(incidents, st.integers(0, 5), st.integers(1, 300))
@settings(max_examples=50, deadline=None)
def test_one_more_incident_raises_its_own_place_most(told: list[tuple[int, int]], area: int, back: int) -> None:
    before, after = (expected(history(rows, since=0)) for rows in (told, [*told, (back, area)]))
    gained = after / after.sum() - before / before.sum()
    assert gained.argmax() == area and gained[area] > 0


def test_the_same_bits_whatever_the_order_of_incidents_of_a_day() -> None:
    past = drawn(3)
    again = replace(past, **{n: getattr(past, n).copy() for n in ("day", "known", "area", "home")})
    assert expected(past).tobytes() == expected(again).tobytes()


def test_insurgency_does_not_follow_people() -> None:
    told = [(50, 1), (20, 2)]
    few, many = (
        expected(history(told, kind="bersenjata", people=p)) for p in ([1.0] * 6, [1e6, 1.0, 1.0, 1.0, 1.0, 1.0])
    )
    assert few == pytest.approx(many)
    assert shrunken.forecast(history(told, kind="bersenjata"), SPEC, ORIGIN, 30).names == ("history", "regency", "even")
    assert few[0] > few[5] > 0, (
        "a place without history in a kabupaten with history has more, and nothing is impossible"
    )


def test_unknown_people_are_not_nobody() -> None:
    share = shrunken.people_share(history(people=[np.nan, 100, 200, 300, 0, 400]))
    assert (
        share[0] == pytest.approx(200 / 1201)
        and share[4] == pytest.approx(1 / 1201)
        and share.sum() == pytest.approx(1)
    )
    assert shrunken.people_share(history(people=[0.0] * 6)) == pytest.approx([1 / 6] * 6)
    assert shrunken.people_share(history(people=[np.nan] * 6)) == pytest.approx([1 / 6] * 6)
    mostly_unknown = shrunken.forecast(history([(9, 1)], people=[np.nan] * 4 + [5, 5]), SPEC, ORIGIN, 30)
    assert "people" not in mostly_unknown.names


def test_too_little_to_go_by_is_a_number_above_nothing() -> None:
    nothing = expected(history(since=0), 365)
    assert nothing.sum() == pytest.approx(SPEC.riwayat.level_least_events)
    one = expected(history([(700, 3)], since=0), 365)
    assert one.sum() == pytest.approx(0.5) and one.argmax() == 3
    all_at_one = expected(history([(d, 2) for d in range(1, 301)], since=0))
    assert all_at_one[2] / all_at_one.sum() > 0.98 and (all_at_one > 0).all()


def test_a_young_record_gives_its_level_by_its_own_length() -> None:
    told = [(back, 1) for back in range(2, 181, 2)]
    young = shrunken.level(history(told, since=ORIGIN - 180), SPEC.riwayat, ORIGIN)
    assert young == pytest.approx(90 / 180)
    assert shrunken.level(history(told, since=0), SPEC.riwayat, ORIGIN) == pytest.approx(90 / 365)
    assert shrunken.level(history([(3, 1)]), SPEC.riwayat, ORIGIN) == pytest.approx(1 / 90), "but by a quarter at least"


def test_the_registry_begins_with_the_default_and_its_model_is_the_forecast() -> None:
    found = models.models()
    assert next(iter(found)) == "riwayat"
    model, past = found["riwayat"], drawn(1).known_by(ORIGIN)
    made = model.predict(past, None, ORIGIN, 30, model.tune(past, None, ORIGIN))
    assert made.expected.tobytes() == expected(past).tobytes() and not model.needs_covariates


def test_an_outlook_whose_parts_do_not_sum_is_refused() -> None:
    for number, parts, scale in (
        ([1.0], [[0.5, 0.4]], "additive"),
        ([2.0], [[2.0, 0.0]], "log"),
        ([0.0], [[0.0, 0.0]], "additive"),
        ([np.nan], [[np.nan, 0.0]], "additive"),
        ([1.0], [[1.0]], "additive"),
    ):
        with pytest.raises(ValueError, match="part"):
            Outlook(np.array(number), np.array(parts), ("a", "b"), scale)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", ["additive", "log"])
def test_larger_areas_are_sums_and_their_parts_still_add_up(scale: str) -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    parts = rng.gamma(1.0, 1.0, (9, 3))
    whole = parts.sum(axis=1) if scale == "additive" else np.exp(parts.sum(axis=1))
    group = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2], np.int32)
    rolled = Outlook(whole, parts, ("a", "b", "c"), scale).rolled(group, 3)  # type: ignore[arg-type]
    assert rolled.expected == pytest.approx([whole[group == g].sum() for g in range(3)])
    assert rolled.names[-1] == ("c" if scale == "additive" else "roll")


def test_quiet_places_and_their_ranks() -> None:
    past = history([(731, 0), (730, 1), (10, 2), (9, -1, 1)], since=0)
    still = quiet(past, SPEC.quiet_days, ORIGIN)
    assert still.tolist() == [True, False, False, True, True, True]
    assert ranks(np.array([5.0, 9.0, 9.0, 1.0, 5.0, 7.0]), still).tolist() == [2, 0, 0, 4, 2, 1]
    assert ranks(np.ones(3), np.zeros(3, bool)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("counted", [True, False])
def test_cells_hold_what_their_kecamatan_holds(counted: bool) -> None:
    grid = scene.grid()
    people = scene.people(grid) if counted else None
    areas = tuple(sorted({code[:8] for code in grid.villages}))
    shares = spread.over_cells(grid, people, areas)
    amount = np.array([3.0, 0.5, 0.0])
    cells = spread.cells(shares, amount)
    assert cells.sum() == pytest.approx(3.5, abs=1e-12) and (cells >= 0).all()
    assert np.asarray(shares.sum(axis=1)).ravel() == pytest.approx([1, 1, 1])
    inside = np.unique(grid.pair_cell[np.array([grid.villages[v][:8] == areas[0] for v in grid.pair_village.tolist()])])
    assert set(np.flatnonzero(spread.cells(shares, np.array([1.0, 0.0, 0.0])))) <= set(inside.tolist())
