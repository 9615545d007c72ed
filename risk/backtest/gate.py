"""What a card allows: the verdict on the default forecast, the label of the map, and which fitted models have earned their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from risk.backtest.bootstrap import Triple, compare
from risk.backtest.rules import Rules

INDEX, FORECAST = "indeks", "prakiraan"


def verdict(gain: Triple, test: float, rules: Rules) -> str:
    """On the default forecast against all-past counts: "better", "no_advantage", "worse", or "too_few" test incidents to tell."""
    return "too_few" if test < rules.least_test else compare(gain)


def label(judged: str, pai: Mapping[str, Triple], rules: Rules) -> str:
    """ "prakiraan" when better than all-past counts and PAI surely above 1 at one of the stated shares of area, else "indeks"."""
    found = [pai[f"{100 * share:g}"][1] for share in rules.pai_shares]
    ahead = any(low is not None and low > 1.0 for low in found)
    return FORECAST if judged == "better" and ahead else INDEX


def reason(gain: Triple, months: int, test: float, history: int, rules: Rules) -> str | None:
    """Why a fitted model is not offered, None where it is: its paired gain over the default must be surely above 0."""
    if months < rules.gate_months:
        return "few_months"
    if test < rules.gate_test:
        return "few_test"
    if history < rules.gate_history:
        return "few_history"
    found = compare(gain)
    return None if found == "better" else found


def notes(entry: Mapping[str, Any], horizon: int, rules: Rules) -> list[str]:
    """Codes of what a reader of the entry must know, words `backtest.note.<code>`."""
    default = entry["models"]["riwayat"]
    found = []
    if entry["n_test"] < rules.least_test:
        found.append("too_few")
    else:
        year = compare(default["gain"]["counts_12"])
        if year != "better":
            found.append("worse_12" if year == "worse" else "no_advantage_12")
        if entry["verdict"] == "better" and compare(default["where_gain"]["counts_all"]) != "better":
            found.append("level_only")
    if entry["n_test_located"] < entry["n_test"]:
        found.append("unlocated")
    if entry["months"] < rules.short_months:
        found.append("short")
    if horizon > rules.step_days:
        found.append("overlap")
    if default["pai"]["people"] is None:
        found.append("no_people")
    return found
