"""Alarms on the real files of the test data: `python -m tests.real_alerts BOUNDARIES` prints the tables of docs/alarms.md.

BOUNDARIES is what `petarawan boundaries build --province all --out BOUNDARIES` makes. About two minutes on two cores.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path

from core import settings
from publish import inputs
from risk import alerts
from tests.real_backtests import SETS, workspace
from tests.test_alerts import AS_OF, RULE, quiet_country

CHOSEN_ON, CHECKED_ON = date(2001, 12, 31), date(2004, 12, 31)


def line(name: str, found: alerts.Escalation) -> str:
    """One row of the table."""
    if found.per_year is None or found.low is None or found.high is None:
        return f"| {name} | {found.months} | {found.why} | - | - | - |"
    checked = "-" if found.checked is None else f"{found.checked:.1f}"
    followed = (found.alarms - found.false_alarms) / found.alarms
    rate = f"{found.per_year:.1f} ({found.low:.1f}-{found.high:.1f})"
    return f"| {name} | {found.months} | {found.alarms} | {followed:.0%} | {rate} | {checked} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boundaries", type=Path)
    boundaries = parser.parse_args().boundaries
    head = "| what | months | alarms | followed by another unusual quarter | false a year (90 %) | later half, threshold of the earlier |"
    print(head + "\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        for chosen in SETS:
            folder = workspace(Path(home), chosen, boundaries)
            read = inputs.read(folder, settings.load(folder), lambda _step: None, allow_empty=True)
            events = alerts.watched(read.gathered.evidence.incidents, len(read.grid.villages))
            provinces = len(chosen.provinces)
            if chosen.name != "snpk-ntt":
                print(line(chosen.name, alerts.escalation(events, chosen.as_of, provinces, RULE)))
                continue
            for as_of in (CHOSEN_ON, CHECKED_ON):
                for days in (30, 60, 90):
                    for least in (1.0, 2.0, 3.0):
                        rule = RULE.model_copy(update={"recent_days": days, "least_recent": least})
                        name = f"{chosen.name} to {as_of.year}, {days} days, from {least:.0f} incidents"
                        print(line(name, alerts.escalation(events, as_of, provinces, rule)))
    for seed in range(4):
        found = alerts.escalation(quiet_country(seed), AS_OF, 1, RULE)
        print(line(f"nothing ever changes (seed {seed})", found))


if __name__ == "__main__":
    main()
