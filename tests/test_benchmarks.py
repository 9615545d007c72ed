"""The races are fair: both sides give the same answer (times are printed by `make bench`, never tested)."""

from __future__ import annotations

from importlib import import_module

import pytest

from benchmarks.__main__ import RACES


@pytest.mark.parametrize("name", ["polyfill", "rollup", "nearest"])
def test_both_sides_agree(name: str) -> None:
    race = import_module(f"benchmarks.{name}").race()
    assert race.same(race.ours(), race.theirs())


def test_every_race_is_registered() -> None:
    assert set(RACES) >= {"polyfill", "rollup", "nearest", "kernel", "zonal"}
