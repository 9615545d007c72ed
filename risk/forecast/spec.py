"""Spec: every constant of the forecast and its back-test, read from forecast.toml; nothing has a default in code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import faults
from core.errors import ConfigError, Place
from core.settings import read_toml
from core.taxonomy import INCIDENT_KINDS

FILE = Path(__file__).parent / "forecast.toml"
Above = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0)]
Reason = Annotated[str, Field(min_length=10)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Kind(_Part):
    """A class of incident: its kinds, and what places without history are given (by people, or the same everywhere)."""

    key: str
    kinds: tuple[str, ...]
    prior: Literal["people", "even"]
    reason: Reason


class Riwayat(_Part):
    """Constants of the default forecast."""

    half_life_days: Annotated[float, Field(ge=90)]
    prior: Above
    people_known: Share
    floor: Above
    floor_regency: Share
    level_days: Count
    level_least_days: Count
    level_least_events: Above
    reason: Reason


class Heap(_Part):
    """When points at a regency capital are stand-ins, and how much of them is moved back."""

    radius_km: Above
    share: Share
    phi: Share
    high_share: Share
    high_phi: Share
    reason: Reason


class Stages(_Part):
    """How many located events in `window_days` carry what."""

    window_days: Count
    regency_events: Count
    monthly_events: Count
    monthly_per_area: Above
    watch_per_area: Above
    fitted_history: Count
    fitted_test: Count
    reason: Reason


class Interval(_Part):
    """How the spread of the interval is learned."""

    level: Share
    least_days: Count
    step_days: Count
    most_origins: Count
    share_days: Count
    alpha: tuple[Above, Above, Above]
    alpha_log_sd: Above
    least_pairs: Count
    widest: Annotated[float, Field(ge=1)]
    reason: Reason


class Card(_Part):
    """Constants of the back-test card."""

    horizon_days: Count
    origins: Count
    deep_origins: Count
    draws: Count
    few_test: Count
    model_months: Count
    model_test: Count
    area_shares: tuple[Share, ...]
    pei_share: Share
    reason: Reason


class Spec(_Part):
    """The whole file."""

    version: str
    horizons: tuple[Count, ...]
    quiet_days: Count
    classes: Annotated[tuple[Kind, ...], Field(alias="class", min_length=1)]
    riwayat: Riwayat
    heap: Heap
    stages: Stages
    interval: Interval
    card: Card

    def kind(self, key: str) -> Kind:
        """The class of that key; raises KeyError."""
        return {item.key: item for item in self.classes}[key]


@cache
def load(path: Path = FILE) -> Spec:
    """The spec of a file, the shipped one by default; raises ConfigError E_FORECAST_FILE for every fault of it."""
    try:
        spec = Spec.model_validate(read_toml(path, "E_FORECAST_FILE"))
    except ValidationError as error:
        raise ConfigError("E_FORECAST_FILE", place=Place(file=str(path)), detail=faults.phrases(error)) from error
    kinds = [kind for item in spec.classes for kind in item.kinds]
    strange = sorted({kind for kind in kinds if kind not in INCIDENT_KINDS or kinds.count(kind) > 1})
    if strange:
        raise ConfigError("E_FORECAST_KINDS", place=Place(file=str(path)), kinds=", ".join(strange))
    return spec
