"""The constants of the back-test: rules.toml and what forecast.toml says of the card; nothing has a default in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from risk.forecast.spec import Spec

_FILE = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Rules:
    """Days are whole days, shares are parts of 1, floors are events per place."""

    version: str
    step_days: int
    tune_origins: int
    tune_events: int
    resamples: int
    confidence: float
    level_days: int
    level_least_days: int
    level_least_events: float
    month_days: int
    quiet_days: int
    floors: tuple[float, ...]
    default_floor: float
    even_share: float
    kde_km: tuple[float, ...]
    ensemble: int
    shares: tuple[float, ...]
    pei_share: float
    curve: tuple[float, ...]
    places_share: float
    people_known: float
    bins: int
    interval: float
    least_test: int
    gate_months: int
    gate_test: int
    gate_history: int
    pai_shares: tuple[float, ...]
    short_months: int


def of(spec: Spec) -> Rules:
    """The rules that go with a spec; the level of baselines is counted as the default forecast counts its own."""
    tree = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    origins, place, hits, gate = tree["origins"], tree["place"], tree["hits"], tree["gate"]
    return Rules(
        version=f"{spec.version}.{tree['version']}",
        step_days=origins["step_days"],
        tune_origins=origins["tune"],
        tune_events=origins["tune_events"],
        resamples=spec.card.draws,
        confidence=tree["bootstrap"]["confidence"],
        level_days=spec.riwayat.level_days,
        level_least_days=spec.riwayat.level_least_days,
        level_least_events=spec.riwayat.level_least_events,
        month_days=tree["level"]["month_days"],
        quiet_days=spec.quiet_days,
        floors=tuple(place["floors"]),
        default_floor=place["default_floor"],
        even_share=place["even_share"],
        kde_km=tuple(place["kde_km"]),
        ensemble=place["ensemble"],
        shares=tuple(spec.card.area_shares),
        pei_share=spec.card.pei_share,
        curve=tuple(hits["curve"]),
        places_share=hits["places_share"],
        people_known=hits["people_known"],
        bins=tree["reliability"]["bins"],
        interval=spec.interval.level,
        least_test=spec.card.few_test,
        gate_months=spec.card.model_months,
        gate_test=spec.card.model_test,
        gate_history=spec.stages.fitted_history,
        pai_shares=tuple(gate["pai_shares"]),
        short_months=gate["short_months"],
    )
