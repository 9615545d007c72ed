"""Promises of the change between two snapshots: the parts sum to it, also between different models, and the API tells the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.diff import diff
from store.changes import Change, compare
from tests.api_client import client, published

points = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.floats(0, 25, width=32), min_size=1)


def row(parts: dict[str, float], **other: object) -> dict[str, object]:
    score = sum(parts.values())
    return {
        "kode": "64.08",
        "name": "X",
        "level": 2,
        "score": score,
        **{f"contribution_{k}": v for k, v in parts.items()},
    } | other


@given(points, points)
def test_parts_sum_to_the_change_whatever_factors_the_models_have(
    before: dict[str, float], after: dict[str, float]
) -> None:
    found = compare(row(before), row(after), {}, {})
    if found is None:
        assert sum(after.values()) == pytest.approx(sum(before.values()), abs=4e-4)
        return
    assert sum(part for _, part in found.parts) == pytest.approx(found.delta, abs=4e-4)
    sizes = [abs(part) for _, part in found.parts]
    assert sizes == sorted(sizes, reverse=True)
    assert {name for name, _ in found.parts} <= before.keys() | after.keys()


def test_parts_that_cancel_out_are_a_change() -> None:
    found = compare(row({"a": 5.0, "b": 10.0}), row({"a": 10.0, "b": 5.0}), {}, {})
    assert found is not None
    assert found.delta == 0
    assert dict(found.parts) == {"a": 5.0, "b": -5.0}


def test_a_score_that_appears_or_vanishes_has_no_parts_and_no_delta() -> None:
    hidden = row({"a": 1.0}, score=None, contribution_a=None)
    for before, after in ((hidden, row({"a": 1.0})), (row({"a": 1.0}), hidden), (None, row({"a": 1.0}))):
        found = compare(before, after, {}, {})
        assert found is not None
        assert (found.delta, found.parts) == (None, ())
    assert compare(hidden, hidden, {}, {}) is None
    with pytest.raises(ValueError, match="neither"):
        compare(None, None, {}, {})


def test_a_forecast_alone_may_change() -> None:
    same = row({"a": 1.0})
    assert compare(same, same, {"konflik": 2.0}, {"konflik": 2.0}) is None
    found = compare(same, same, {"konflik": 2.0, "bersenjata": 1.0}, {"konflik": 3.5})
    assert found is not None
    assert found.forecast == (("bersenjata", 1.0, None), ("konflik", 2.0, 3.5))
    assert found.delta == 0


def test_the_api_tells_what_the_command_tells(tmp_path: Path) -> None:
    first = published(tmp_path, seed=7, as_of="2024-08-31")
    published(tmp_path, seed=9, as_of="2024-07-31")
    second = published(tmp_path, seed=8, as_of="2024-10-31")
    found: dict[str, Change] = {change.kode: change for change in diff(first, second)}
    assert [change.level for change in diff(first, second)] == sorted(change.level for change in found.values())
    with client(tmp_path) as api:
        for kode in ("64", "64.08", "64.74.01"):
            told = api.get(f"/api/areas/{kode}").json()["change"]
            assert (told["since"], told["before"], told["after"]) == (
                "2024-08-31",
                found[kode].before,
                found[kode].after,
            )
            assert [(part["factor"], part["delta"]) for part in told["parts"]] == list(found[kode].parts)
            assert sum(part["delta"] for part in told["parts"]) == pytest.approx(told["delta"], abs=1e-3)
            assert all(part["label"] != part["factor"] for part in told["parts"])
        old = api.get("/api/areas/64", params={"snapshot": first.id}).json()
        assert old["change"]["since"] == "2024-07-31"


def test_without_an_earlier_whole_snapshot_there_is_no_change(tmp_path: Path) -> None:
    broken = published(tmp_path, seed=7, as_of="2024-08-31")
    published(tmp_path, seed=8)
    (broken.path / "manifest.json").write_text("{}", encoding="utf-8")
    with client(tmp_path) as api:
        assert api.get("/api/areas/64").json()["change"] is None


def test_an_area_that_stayed_as_it_was_says_so(tmp_path: Path) -> None:
    published(tmp_path, seed=7, as_of="2024-08-31")
    published(tmp_path, seed=7)
    with client(tmp_path) as api:
        told = api.get("/api/areas/64.08").json()
        assert told["change"] == {
            "since": "2024-08-31",
            "before": told["score"],
            "after": told["score"],
            "delta": 0.0,
            "parts": [],
            "forecast": [],
        }
