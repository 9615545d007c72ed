"""What can forecast: the registry of models, in order of trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from geo.grid import FloatArray
from risk.forecast.history import History
from risk.forecast.outlook import Outlook


@dataclass(frozen=True)
class Covariates:
    """What is known of every kecamatan besides its incidents: value (A, K) raw, NaN unknown."""

    names: tuple[str, ...]
    value: FloatArray


@dataclass(frozen=True)
class Model:
    """One model; the history it is handed is already history.known_by(origin), and it sees nothing else.

    tune(history, covariates, origin) -> parameters, made once, strictly before the first month of a test.
    predict(history, covariates, origin, horizon_days, parameters) -> Outlook of origin <= day < origin + horizon_days.
    Both may raise PetarawanError where the history cannot carry the model. `needs` is a package without which the model is left out.
    """

    key: str
    tune: Callable[[History, Covariates | None, int], Any]
    predict: Callable[[History, Covariates | None, int, int, Any], Outlook]
    needs_covariates: bool
    needs: str | None = None


# Order is the order of trust; each module holds MODEL.
MODELS: tuple[str, ...] = (
    "risk.forecast.shrunken",
    "risk.forecast.eight_e",
    "risk.forecast.eight_a",
    "risk.forecast.etas",
    "risk.forecast.boosting",
)


def models() -> dict[str, Model]:
    """All registered models that can run here, by key, in order."""
    found: list[Model] = [import_module(address).MODEL for address in MODELS if find_spec(address) is not None]
    return {model.key: model for model in found if model.needs is None or find_spec(model.needs) is not None}
