"""Constants of the fitted models, read from fitted.toml; nothing has a default in code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import faults
from core.errors import ConfigError, Place
from core.settings import read_toml

FILE = Path(__file__).parent / "fitted.toml"
T = TypeVar("T", bound=BaseModel)
Above = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Kernel(_Part):
    """Half-lives and reach of the history features."""

    recent_days: Above
    year_days: Above
    long_days: Above
    near_km: Above


class Penalty(_Part):
    """The elastic net and how it is chosen."""

    mix: Annotated[float, Field(ge=0, le=1)]
    steps: Annotated[int, Field(ge=2)]
    span: Annotated[float, Field(gt=0, lt=1)]
    folds: Annotated[int, Field(ge=2)]
    fold_windows: Count
    standard_errors: Annotated[float, Field(ge=0)]


class Boosting(_Part):
    """Gradient boosting, the extra."""

    iterations: Count
    learning_rate: Above
    leaves: Annotated[int, Field(ge=2)]
    least_rows: Count
    l2: Annotated[float, Field(ge=0)]
    bins: Annotated[int, Field(ge=2, le=255)]


class Fitted(_Part):
    """The whole file."""

    version: str
    window_days: Count
    windows: Count
    first_days: Count
    least_events: Count
    kernel: Kernel
    penalty: Penalty
    boosting: Boosting
    covariates: dict[str, Literal["identity", "log1p", "left_out"]]


def read(shape: type[T], path: Path) -> T:
    """The constants of a file in their shape; raises ConfigError E_FITTED_FILE for every fault of it."""
    try:
        return shape.model_validate(read_toml(path, "E_FITTED_FILE"))
    except ValidationError as error:
        raise ConfigError("E_FITTED_FILE", place=Place(file=str(path)), detail=faults.phrases(error)) from error


@cache
def fitted() -> Fitted:
    """The constants as shipped."""
    return read(Fitted, FILE)
