"""The forecast of a snapshot: what the data of each province and class carry, in tables, with the card it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core import tables
from geo.grid import BoolArray, FloatArray, Grid, IntArray
from geo.joins import Evidence
from publish import card as cards
from publish.panel import Panel
from risk import alerts, site_effect
from risk.forecast import heaping, history, interval, models, quiet, shrunken, spec, spread, stages
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.outlook import Outlook
from risk.model import RiskModel
from store.manifest import Warning_

DEFAULT = "riwayat"
REGENCY, DISTRICT = 2, 3


@dataclass(frozen=True)
class Made:
    """Tables by name, the manifest's notes on them, the card, and warnings."""

    tables: dict[str, pa.Table]
    note: dict[str, Any]
    card: dict[str, Any]
    warnings: list[Warning_]


def make(workspace: Path, grid: Grid, evidence: Evidence, model: RiskModel, as_of: date) -> Made:
    """Forecasts of every province and class as far as their data carry them; raises ConfigError E_CARD for a card that is none."""
    constants = spec.load()
    histories = history.build(grid, evidence, constants, as_of)
    card, warnings = _card(workspace, histories, constants, as_of)
    panel = Panel(model, evidence, grid)
    rows: dict[str, list[pa.Table]] = {name: [] for name in tables.DERIVED}
    entries = []
    for own in histories:
        entry, found = _one(own, card, constants, grid, evidence, panel, as_of)
        entries.append(entry)
        for name, part in found.items():
            rows[name].append(part)
    made = {
        name: pa.concat_tables([tables.schema(tables.DERIVED[name]).empty_table(), *parts])
        for name, parts in rows.items()
    }
    escalation, alarms = _alerts(grid, evidence, as_of)
    made["alerts"] = pa.concat_tables([made["alerts"], alarms])
    kinds = frozenset(kind for item in constants.classes for kind in item.kinds)
    effects = site_effect.shown(site_effect.learn(grid, evidence, as_of, kinds, cards.SEED))
    note = {
        "entries": entries,
        "site_effects": [_plain(asdict(effect)) for effect in effects],
        "escalation": escalation,
    }
    return Made(made, note, card, warnings)


def on_map(areas: pa.Table, rows: pa.Table) -> dict[str, FloatArray]:
    """The tile attributes f30_<class> (A,): expected incidents of the class in 30 days in each area, NaN where none is shown."""
    place = {kode: i for i, kode in enumerate(areas["kode"].to_pylist())}
    month = rows.filter(pc.equal(rows["horizon_days"], 30))
    found: dict[str, FloatArray] = {}
    for kind, kode, expected in zip(*(month[name].to_pylist() for name in ("class", "kode", "expected")), strict=True):
        found.setdefault(f"f30_{kind}", np.full(len(place), np.nan))[place[kode]] = expected
    return found


def _alerts(grid: Grid, evidence: Evidence, as_of: date) -> tuple[dict[str, Any] | None, pa.Table]:
    """The stated rate of false alarms and the alarms of every village; neither where no rate can be stated."""
    provinces = len({kode[:2] for kode in grid.villages})
    found = alerts.escalation(alerts.watched(evidence.incidents, len(grid.villages)), as_of, provinces, alerts.rule())
    note = alerts.note(found)
    columns = {
        "kode": list(grid.villages),
        "recent": found.recent,
        "expected": found.expected,
        "tail": found.tail,
        "alarm": found.alarm,
    }
    table = _table(tables.ALERTS, {}, columns)
    return note, table if note is not None else table.slice(0, 0)


def _card(
    workspace: Path, histories: Sequence[History], constants: spec.Spec, as_of: date
) -> tuple[dict[str, Any], list[Warning_]]:
    """The deep card if it is of these histories, else a quick one; a deep one of others is said to be old."""
    found = cards.kept(workspace, cards.digest(histories, constants, as_of))
    if found is not None:
        return found, []
    rule = constants.card
    quick = cards.make(histories, constants, as_of, horizon=rule.horizon_days, origins=rule.origins)
    old = (workspace / cards.FOLDER / cards.NAME).is_file()
    return quick, [Warning_("CARD_OLD")] if old else []


def _one(
    own: History,
    card: Mapping[str, Any],
    constants: spec.Spec,
    grid: Grid,
    evidence: Evidence,
    panel: Panel,
    as_of: date,
) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """The note of one province and class, and its rows."""
    today = history.day_number(as_of)
    own = own.known_by(today + 1)  # as the back-test does: what a row says was known only later does not count
    stage = stages.decide(own, constants, today)
    tested = next((e for e in card["entries"] if (e["province"], e["class"]) == (own.province, own.kind)), None)
    heaps = heaping.find(own, constants.heap)
    entry: dict[str, Any] = {
        "province": own.province,
        "class": own.kind,
        "stage": stage.stage,
        "reason": stage.reason,
        "events_5y": stage.events,
        "areas": stage.areas,
        "per_area": round(stage.per_area, 4),
        "heap": None
        if heaps.share is None
        else {"share": round(heaps.share, 4), "moved": round(heaps.moved, 4), "regency": list(heaps.regencies)},
        "model": DEFAULT,
        "level_30": None,
        "prior": constants.kind(own.kind).prior == "people",
    }
    if not stage.levels or tested is None:
        return entry, {}
    chosen = _chosen(tested, stage.stage)
    covariates = panel.covariates(own, today + 1) if chosen.needs_covariates else None
    entry["model"] = chosen.key
    entry["level_30"] = round(30.0 * shrunken.level(own, constants.riwayat, today + 1), 4)
    return entry, _rows(own, chosen, covariates, stage, constants, grid, evidence.people, today + 1)


def _chosen(tested: Mapping[str, Any], stage: str) -> Model:
    """The first model in order of trust that earned its place, at kecamatan; else the default."""
    registered = models.models()
    offered = [key for key in registered if key in tested["offered"]] if stage == "monthly" else []
    return registered[next((key for key in offered if key != DEFAULT), DEFAULT)]


def _rows(
    own: History,
    chosen: Model,
    covariates: Covariates | None,
    stage: stages.Stage,
    constants: spec.Spec,
    grid: Grid,
    people: FloatArray | None,
    origin: int,
) -> dict[str, pa.Table]:
    tuned = chosen.tune(own, covariates, origin)

    def expected(past: History, day: int, days: int) -> FloatArray:
        return chosen.predict(past, covariates, day, days, tuned).expected

    still = quiet.quiet(own, constants.quiet_days, origin)
    shares = spread.over_cells(grid, people, own.areas) if DISTRICT in stage.levels else None
    rows: list[pa.Table] = []
    parts: list[pa.Table] = []
    cells: dict[str, FloatArray | IntArray] = {}
    for horizon in constants.horizons:
        outlook = chosen.predict(own, covariates, origin, horizon, tuned)
        learned = interval.learn(own, origin, horizon, expected, constants.interval)
        for level in stage.levels:
            codes, mine, silent = _at_level(own, outlook, still, level)
            said = {
                "class": own.kind,
                "level": level,
                "horizon_days": horizon,
                "stage": stage.stage,
                "model": chosen.key,
            }
            said |= {"scale": mine.scale}
            low, high = interval.bounds(mine.expected, learned.size(level), constants.interval.level)
            every = np.ones(len(codes), bool)
            quiet_rank = quiet.ranks(mine.expected, silent)
            found = {"kode": codes, "expected": mine.expected, "low": low, "high": high, "quiet": silent}
            found |= {"rank": quiet.ranks(mine.expected, every)}
            found |= {"quiet_rank": pa.array(quiet_rank, mask=~silent if level == DISTRICT else every)}
            rows.append(_table(tables.FORECAST, said, found))
            for name, values in zip(mine.names, mine.parts.T, strict=True):
                told = {"class": own.kind, "horizon_days": horizon, "part": name}
                parts.append(_table(tables.FORECAST_PARTS, told, {"kode": codes, "value": values}))
        if shares is not None:
            amount = spread.cells(shares, outlook.expected)
            # A cell is a thinned district: each incident falls into it with the same chance, so it keeps the district's size.
            low, high = interval.bounds(amount, learned.size(DISTRICT), constants.interval.level)
            cells |= {f"expected_{horizon}": amount, f"low_{horizon}": low, f"high_{horizon}": high}
    made = {"forecast": pa.concat_tables(rows), "forecast_parts": pa.concat_tables(parts)}
    if cells:
        some = np.flatnonzero(cells["expected_30"] > 0)
        found = {"cell": grid.cell[some]} | {name: values[some] for name, values in cells.items()}
        made["forecast_cells"] = _table(tables.FORECAST_CELLS, {"class": own.kind}, found)
    return made


def _at_level(own: History, outlook: Outlook, still: BoolArray, level: int) -> tuple[Sequence[str], Outlook, BoolArray]:
    """Codes, outlook and whether nothing happened there lately; larger areas are sums."""
    if level == DISTRICT:
        return own.areas, outlook, still
    if level == REGENCY:
        stirred = np.bincount(own.regency, ~still, len(own.regencies))
        return own.regencies, outlook.rolled(own.regency, len(own.regencies)), np.asarray(stirred == 0)
    whole: IntArray = np.zeros(len(own.areas), np.int32)
    return (own.province,), outlook.rolled(whole, 1), np.array([still.all()])


def _table(columns: Sequence[tables.Column], same: Mapping[str, object], found: Mapping[str, Any]) -> pa.Table:
    """A declared table: what is the same in every row, and columns."""
    schema = tables.schema(columns)
    size = len(next(iter(found.values())))
    held = {name: pa.array([value] * size) for name, value in same.items()}
    held |= {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in found.items()}
    return pa.table([held[field.name].cast(field.type) for field in schema], schema=schema)


def _plain(effect: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 4) if isinstance(value, float) else value for key, value in effect.items() if key != "why"
    }
