"""Back-tests on the real files of the test data: `python -m tests.real_backtests BOUNDARIES` prints the tables of docs/backtests.md.

BOUNDARIES is what `petarawan boundaries build --province all --out BOUNDARIES` makes. About five minutes on two cores.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from core import settings
from core.words import say
from publish import card as cards
from publish import inputs
from publish.panel import Panel
from risk import model as risk_models
from risk.backtest import metrics, rules, windows
from risk.backtest.baselines import Baselines
from risk.backtest.bootstrap import Triple
from risk.forecast import history, shrunken, spec
from tests.places import ROOT, SHARED

PAGE = ROOT / "docs" / "backtests.md"
NTT, UCDP = "snpk_1997_2004_ntt.csv.gz", "ucdp_ged_indonesia_1989_2020.csv"
PROVINCES = ("11", "12", "18", "31", "34", "35", "51", "53", "61", "62", "72", "73", "76", "81", "82")
PROVINCES += ("91", "92", "94", "95", "96")  # those in which UCDP GED has an event


@dataclass(frozen=True)
class Set:
    """One file and the windows it is tried on: last day, months, horizon in days."""

    name: str
    file: str
    reader: str
    provinces: tuple[str, ...]
    resolution: int
    as_of: date
    windows: tuple[tuple[date, int, int], ...]


SETS = (
    Set(
        "snpk-ntt",
        NTT,
        "snpk",
        ("53",),
        8,
        date(2004, 12, 31),
        (
            (date(2002, 12, 31), 24, 30),
            (date(2004, 12, 31), 24, 30),
            (date(2004, 12, 31), 12, 30),
            (date(2004, 12, 31), 24, 90),
        ),
    ),
    Set(
        "ucdp",
        UCDP,
        "ucdp_ged",
        PROVINCES,
        7,  # twenty provinces; the index of 96 origins on cells of res 8 would take an hour
        date(2020, 12, 31),
        ((date(2001, 12, 31), 24, 30), (date(2005, 12, 31), 48, 30), (date(2020, 12, 31), 48, 30)),
    ),
)


def workspace(home: Path, chosen: Set, boundaries: Path) -> Path:
    """A folder with the one source."""
    folder = home / chosen.name
    folder.mkdir()
    paths = [str((boundaries / f"{code}.parquet").resolve()) for code in chosen.provinces]
    lines = [
        f'title = "{chosen.name}"',
        f"area = {list(chosen.provinces)}",
        f"resolution = {chosen.resolution}",
        f"as_of = {chosen.as_of}",
        *("[[source]]", 'kind = "boundaries"', 'reader = "embedded"', f"path = {paths}"),
        *("[[source]]", 'kind = "incidents"', f'reader = "{chosen.reader}"'),
        f'path = "{(SHARED / "incidents" / chosen.file).resolve()}"',
    ]
    (folder / "petarawan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def table(card: dict[str, Any]) -> list[str]:
    """The entries with at least a hundred test incidents in full, the others in a line each."""
    lines: list[str] = []
    for entry in card["entries"]:
        if not entry["n_test"]:
            continue
        default = entry["models"]["riwayat"]
        head = f"{entry['province']} {entry['class']}"
        told = (
            f"{entry['n_test']} test incidents ({entry['n_test_located']} located, {entry['n_new']} at new places), "
            f"{entry['n_history']} before, {entry['areas']} kecamatan, E/O {default['eo']:.2f}"
        )
        said = say(f"backtest.verdict.{entry['verdict']}", "en")
        if entry["verdict"] == "too_few":
            lines.append(f"- **{head}**: {told}. {said}; label {entry['label']}.")
            continue
        notes = [say(f"backtest.note.{code}", "en") for code in entry["notes"]]
        lines += ["", f"**{head}**: {told}. {said}; label **{entry['label']}**. {' '.join(notes)}", ""]
        columns = ("model", "log score", "gain, all past", "gain, 12 months", "where only, all past")
        columns += ("hit 10 %", "PAI 5 %", "PAI new", "E/O", "Brier", "CRPS", "cover")
        lines += ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
        for key, model in entry["models"].items():
            row = (
                key,
                _number(model["log_score"], 3),
                _triple(model["gain"].get("counts_all"), 3),
                _triple(model["gain"].get("counts_12"), 3),
                _triple(model["where_gain"].get("counts_all"), 3),
                _triple(model["hit"]["area"]["10"], 2),
                _triple(model["pai"]["area"]["5"], 1),
                _triple(model["new"], 1),
                _number(model["eo"], 2),
                _number(model["brier"], 4),
                _number(model["crps"], 4),
                _number(model["coverage"], 3),
            )
            lines.append("| " + " | ".join(row) + " |")
        fitted = [
            f"{key} {_triple(m['gain']['riwayat'], 3)}" for key, m in entry["models"].items() if "riwayat" in m["gain"]
        ]
        refused = [f"{key} ({say(f'backtest.why.{why}', 'en')})" for key, why in entry["why"].items()]
        lines += ["", f"Gain over riwayat: {'; '.join(fitted) or '-'}."]
        lines += [f"Offered: {', '.join(entry['offered'])}; not offered: {', '.join(refused) or '-'}."]
        if entry["spatial"] is not None:
            gains = [f"{key} {_triple(gain, 3)}" for key, gain in entry["spatial"]["gain"].items()]
            lines += [f"Regency left out ({entry['spatial']['regencies']}): {'; '.join(gains)}.", ""]
    return lines


def floors(own: history.History, constants: spec.Spec, until: date, months: int, horizon: int) -> str:
    """Where-only gain of the default over all-past counts with every floor the baseline may choose from, nats per located event."""
    rule = rules.of(constants)
    end = history.day_number(until) + 1
    lead = dict.fromkeys(rule.floors, 0.0)
    located = 0.0
    days = windows.origins(end, horizon, months, rule.step_days)
    chosen = Baselines(own, horizon, days[0], None, rule).tuned.floor["counts_all"]
    for day in days:
        past, window = own.known_by(day), windows.observe(own, day, day + horizon)
        made = shrunken.forecast(past, constants, day, horizon).expected
        located += window.located
        for floor in lead:
            counted = past.counts(day - 100_000, day) + floor
            lead[floor] += metrics.where_score(made, window.counts) - metrics.where_score(counted, window.counts)
    told = ", ".join(f"{floor:g}: {gain / located:.3f}" for floor, gain in lead.items())
    return f"Where-only gain over all-past counts by their floor (chosen: {chosen:g}): {told}."


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _triple(value: Triple | None, digits: int) -> str:
    if value is None or value[0] is None:
        return "-"
    middle, low, high = (_number(item, digits) for item in value)
    return f"{middle} ({low} to {high})"


def told(chosen: Set, boundaries: Path, kept: Path | None) -> list[str]:
    """All tables of one file; the cards as JSON into `kept`."""
    constants, lines = spec.load(), list[str]()
    with tempfile.TemporaryDirectory() as home:
        folder = workspace(Path(home), chosen, boundaries)
        config = settings.load(folder)
        given = inputs.read(folder, config, lambda _step: None, allow_empty=True)
        every = history.build(given.grid, given.gathered.evidence, constants, config.as_of)
        panel = Panel(risk_models.load(config.model, folder), given.gathered.evidence, given.grid)
        for until, months, horizon in chosen.windows:
            card = cards.make(every, constants, config.as_of, horizon=horizon, origins=months, panel=panel, until=until)
            lines += [
                "",
                f"### {chosen.name}: origins {card['first']} to {card['last']} ({months}), {horizon} days",
                "",
            ]
            lines += table(card)
            judged = {(e["province"], e["class"]) for e in card["entries"] if e["verdict"] != "too_few"}
            for own in every:
                if (own.province, own.kind) in judged:
                    lines += ["", f"{own.province} {own.kind}: {floors(own, constants, until, months, horizon)}"]
            if kept is not None:
                kept.mkdir(exist_ok=True)
                name = f"{chosen.name}-{until}-{months}-{horizon}.json"
                (kept / name).write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boundaries", type=Path)
    parser.add_argument("--cards", type=Path, help="keep the cards here as JSON")
    parser.add_argument("--only", choices=[item.name for item in SETS])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/backtests.md")
    asked = parser.parse_args()
    for chosen in SETS:
        if asked.only in (None, chosen.name):
            lines = told(chosen, asked.boundaries, asked.cards)
            print("\n".join(lines), flush=True)
            if asked.write:
                write(chosen.name, lines)


def write(name: str, lines: list[str]) -> None:
    """The tables between their marks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(f"<!-- {name} -->\n")
    after = rest.split("<!-- end -->", 1)[1]
    body = "\n".join(lines).strip("\n")
    PAGE.write_text(f"{before}<!-- {name} -->\n{body}\n<!-- end -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
