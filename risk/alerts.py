"""Escalation per village: the recent days against the village's own past, with a rate of false alarms counted on that past.

Letters: U villages, R incidents, P (incident, village) pairs. Days are counted from 1970-01-01.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy import special

from geo.grid import BoolArray, FloatArray, IntArray
from geo.joins import DAY, Records
from risk.forecast.constants import read

FILE = Path(__file__).with_name("alerts.toml")
YEAR = 365.25
LOCAL = ("exact", "village", "district")  # an incident known only to its regency says nothing of a village
DayArray = npt.NDArray[np.int64]
Above = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class Rule(BaseModel):
    """risk/alerts.toml, where the reasons stand."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    version: str
    recent_days: Count
    step_days: Count
    follow_days: Count
    half_life_days: Annotated[float, Field(ge=90)]
    least_days: Count
    most_months: Count
    least_months: Annotated[int, Field(ge=2)]
    least_events: Count
    false_per_year: Above
    least_recent: Above
    most_tail: Annotated[float, Field(gt=0, lt=1)]
    least_shape: Above
    most_shape: Above
    level: Annotated[float, Field(gt=0, lt=1)]


@cache
def rule() -> Rule:
    """The constants as shipped; raises ConfigError E_FITTED_FILE."""
    return read(Rule, FILE)


@dataclass(frozen=True)
class Watched:
    """Incidents on villages: day it happened and day it was known (R,); pairs (P,): which part of an incident lies in a village.

    The parts of an incident sum to 1.
    """

    units: int
    day: DayArray
    known: DayArray
    row: IntArray
    unit: IntArray
    part: FloatArray


@dataclass(frozen=True)
class Escalation:
    """Every village's recent days, and how often such an alarm was false in the past.

    recent, expected : float64 (U,), incidents of the recent days, and what the past lets expect in as many days; tail : float64 (U,),
    chance of at least so many if nothing has changed; alarm : bool (U,). threshold : the tail under which there is an alarm. months,
    alarms, false_alarms : looks of the replay and what they gave; per_year, low, high : false alarms a year with their interval; checked :
    the same in the later half of the months with a threshold from the earlier half, None where a half is short. why : "" or few_months,
    few_events or never (no past look gave an alarm: places are known too roughly); then there is no alarm and no rate.
    """

    recent_days: int
    recent: FloatArray
    expected: FloatArray
    tail: FloatArray
    alarm: BoolArray
    threshold: float
    months: int
    alarms: int
    false_alarms: int
    per_year: float | None
    low: float | None
    high: float | None
    checked: float | None
    why: str


def watched(incidents: Records | None, villages: int) -> Watched:
    """Harmful incidents (severity above 0) known to their district or better; known_on where the source says, else the day it happened."""
    if incidents is None or not len(incidents):
        none = np.empty(0, np.int32)
        return Watched(villages, np.empty(0, np.int64), np.empty(0, np.int64), none, none, np.empty(0))
    columns, placement = incidents.columns, incidents.placement
    chosen = (columns["severity"].astype(np.float64) > 0) & np.isin(columns["precision"], LOCAL)
    rows = np.flatnonzero(chosen & ((placement.village >= 0) | (placement.area >= 0)))
    day = columns["occurred_on"].astype(DAY).astype(np.int64)
    known = day
    if "known_on" in columns:
        told = columns["known_on"].astype(DAY)
        known = np.where(np.isnat(told), day, np.maximum(told.astype(np.int64), day))
    is_point = placement.area[rows] < 0
    point, vague = np.flatnonzero(is_point), np.flatnonzero(~is_point)
    spread = placement.area_villages[placement.area[rows[vague]]].tocoo()
    return Watched(
        villages,
        day[rows],
        known[rows],
        np.concatenate((point, vague[spread.row])).astype(np.int32),
        np.concatenate((placement.village[rows[point]], spread.col)).astype(np.int32),
        np.concatenate((np.ones(len(point)), spread.data)),
    )


def escalation(events: Watched, as_of: date, provinces: int, constants: Rule) -> Escalation:
    """The villages on the morning after as_of; the threshold lets at most `false_per_year` false alarms a year and province through.

    A village's rate is Gamma(a + x, b + t): x its past incidents and t the time, both fading with the half-life (discounted Gamma-Poisson,
    Harvey & Fernandes 1989), a and b from the spread between the villages by moments (Clayton & Kaldor 1987). So the recent number is
    negative binomial, and `tail` its chance. The same is done at every past month with what was known then, and the threshold is the
    largest whose alarms were false no more often than allowed.
    """
    now = (as_of - date(1970, 1, 1)).days + 1
    looks = _looks(events, now, constants)
    today = _look(events, now, constants)
    kept = replace(today, alarm=np.zeros(events.units, bool))
    if len(looks) < constants.least_months:
        return replace(kept, months=len(looks), why="few_months")
    if len(events.day) < constants.least_events:
        return replace(kept, months=len(looks), why="few_events")
    tails, falses, month = _replayed(events, looks, constants)
    allowed = constants.false_per_year * provinces
    threshold = _threshold(tails, falses, allowed * _years(len(looks), constants), constants.most_tail)
    alarms, wrong = int((tails < threshold).sum()), int((falses & (tails < threshold)).sum())
    if not alarms:
        return replace(kept, months=len(looks), why="never")
    low, high = _interval(wrong, constants.level)
    years = _years(len(looks), constants)
    return replace(
        today,
        alarm=(today.tail < threshold) & (today.recent >= constants.least_recent - 1e-9),
        threshold=threshold,
        months=len(looks),
        alarms=alarms,
        false_alarms=wrong,
        per_year=wrong / years,
        low=low / years,
        high=high / years,
        checked=_checked(tails, falses, month, len(looks), allowed, constants),
    )


def note(found: Escalation) -> dict[str, float | int | None] | None:
    """What a manifest says of the alarms; None where there are none to speak of."""
    if found.per_year is None or found.low is None or found.high is None:
        return None
    return {
        "level": 4,
        "recent_days": found.recent_days,
        "threshold": round(found.threshold, 6),
        "months": found.months,
        "alarms": found.alarms,
        "false_alarms": found.false_alarms,
        "false_alarms_per_year": round(found.per_year, 2),
        "low": round(found.low, 2),
        "high": round(found.high, 2),
        "checked_per_year": None if found.checked is None else round(found.checked, 2),
    }


def _years(looks: int, constants: Rule) -> float:
    return looks * constants.step_days / YEAR


def _looks(events: Watched, now: int, constants: Rule) -> list[int]:
    """Past mornings, latest first, each with enough record before it and enough days after it to say what was false."""
    if not len(events.day):
        return []
    first = int(events.day.min()) + constants.least_days + constants.recent_days
    last = now - constants.follow_days
    return list(range(last, first - 1, -constants.step_days))[: constants.most_months]


def _sums(events: Watched, weight: FloatArray) -> FloatArray:
    """(U,) sums over incidents of weight (R,) x part."""
    return np.bincount(events.unit, weight[events.row] * events.part, events.units).astype(np.float64)


def _look(events: Watched, morning: int, constants: Rule) -> Escalation:
    """The villages as that morning sees them, by what was known then."""
    known = (events.day < morning) & (events.known < morning)
    recent = _sums(events, (known & (events.day >= morning - constants.recent_days)).astype(np.float64))
    shape, time = _rates(events, morning, constants)
    blank = np.zeros(events.units, bool)
    expected, tail = shape / time * constants.recent_days, _tail(recent, shape, time, constants.recent_days)
    return Escalation(constants.recent_days, recent, expected, tail, blank, 0.0, 0, 0, 0, None, None, None, None, "")


def _rates(events: Watched, morning: int, constants: Rule) -> tuple[FloatArray, float]:
    """Shape (U,) and time (days) of the gamma each village's rate is known to, by the incidents before the recent days."""
    known = (events.day < morning) & (events.known < morning)
    start = morning - constants.recent_days
    age = (start - events.day).astype(np.float64)
    faded = np.where(known & (age > 0), np.exp2(-np.maximum(age, 0.0) / constants.half_life_days), 0.0)
    past = _sums(events, faded)
    length = float(start - events.day.min()) if len(events.day) else 0.0
    shape, time = _prior(past, max(length, 0.0), constants)
    return shape + past, time + _exposure(length, constants.half_life_days)


def _tail(count: FloatArray, shape: FloatArray, time: float, days: int) -> FloatArray:
    """(U,) chance of at least `count` incidents in so many days: negative binomial, for parts of incidents by the beta integral."""
    chance = np.ones(len(count))
    some = count > 0
    chance[some] = special.betainc(count[some], shape[some], days / (time + days))
    return chance


def _exposure(length: float, half_life: float) -> float:
    """Days of record, each fading with its age."""
    return -half_life / math.log(2.0) * math.expm1(-math.log(2.0) * max(length, 0.0) / half_life)


def _prior(past: FloatArray, length: float, constants: Rule) -> tuple[float, float]:
    """Shape (incidents) and time (days) of the gamma that the villages' rates come from, by moments."""
    exposure = _exposure(length, constants.half_life_days)
    squared = _exposure(length, constants.half_life_days / 2.0)
    # As if half an incident more had happened (Krichevsky & Trofimov 1981): no rate is 0.
    mean = (float(past.sum()) + 0.5) / max(len(past), 1)
    if exposure <= 0:
        return constants.least_shape, YEAR
    excess = float(past.var()) - mean * squared / exposure
    shape = mean * mean / excess if excess > 0 else constants.most_shape
    shape = float(np.clip(shape, constants.least_shape, constants.most_shape))
    return shape, shape * exposure / mean


def _replayed(events: Watched, looks: list[int], constants: Rule) -> tuple[FloatArray, BoolArray, IntArray]:
    """What every past look could have given an alarm for: its tail, whether it would have been false, and the number of the look."""
    tails, falses, month = [np.empty(0)], [np.empty(0, bool)], [np.empty(0, np.int32)]
    for number, morning in enumerate(looks):
        seen = _look(events, morning, constants)
        could = np.flatnonzero((seen.recent >= constants.least_recent - 1e-9) & (seen.tail < constants.most_tail))
        after = (events.day >= morning) & (events.day < morning + constants.follow_days)
        came = _tail(
            _sums(events, after.astype(np.float64)), *_rates(events, morning, constants), constants.follow_days
        )
        tails.append(seen.tail[could])
        falses.append(came[could] >= constants.most_tail)
        month.append(np.full(len(could), number, np.int32))
    return np.concatenate(tails), np.concatenate(falses), np.concatenate(month)


def _threshold(tails: FloatArray, falses: BoolArray, allowed: float, most: float) -> float:
    """The largest threshold under which no more than `allowed` false alarms lie; `most` where all may pass."""
    wrong = np.sort(tails[falses])
    limit = int(np.floor(allowed + 1e-9))
    return most if len(wrong) <= limit else float(wrong[limit])


def _interval(count: int, level: float) -> tuple[float, float]:
    """The exact interval of a Poisson mean (Garwood 1936)."""
    outside = (1.0 - level) / 2.0
    low = float(special.gammaincinv(count, outside)) if count else 0.0
    return low, float(special.gammaincinv(count + 1, 1.0 - outside))


def _checked(
    tails: FloatArray, falses: BoolArray, month: IntArray, looks: int, allowed: float, constants: Rule
) -> float | None:
    """False alarms a year in the later half of the looks with the threshold of the earlier half; None where a half is short."""
    half = looks // 2
    if half < constants.least_months:
        return None
    earlier = month >= half  # looks are numbered from the latest
    years = _years(looks - half, constants)
    threshold = _threshold(tails[earlier], falses[earlier], allowed * years, constants.most_tail)
    later = ~earlier & falses & (tails < threshold)
    return float(later.sum()) / _years(half, constants)
