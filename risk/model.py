"""RiskModel: weights, fixed bounds, thresholds and reasons, read from risk/models/<name>.toml; nothing has a default in code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core import faults
from core.errors import ConfigError, PetarawanError, Place, raise_all
from core.settings import read_toml
from geo.grid import FloatArray
from risk.factor import factors

MODELS = Path(__file__).parent / "models"


class Weighted(BaseModel):
    """One factor in a model: weight, dimension, transform, bounds in the factor's unit, reason and its own parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    key: str
    weight: Annotated[float, Field(gt=0, le=1)]
    dimension: Literal["history", "exposure", "vulnerability", "capacity"]
    transform: Literal["identity", "log1p"]
    lo: float
    hi: float
    reason: Annotated[str, Field(min_length=10)]
    params: dict[str, float | dict[str, float]] = Field(default_factory=dict)


class ModelFile(BaseModel):
    """The whole TOML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str
    version: str
    combination: Literal["arithmetic", "geometric"]
    geometric_floor: Annotated[float, Field(gt=0, lt=0.5)] | None = None  # with "geometric", and only there
    coverage_floor: Annotated[float, Field(gt=0, le=1)]
    thresholds: Annotated[list[float], Field(min_length=4, max_length=4)]
    cites: str
    factor: Annotated[list[Weighted], Field(min_length=1)]


@dataclass(frozen=True)
class RiskModel:
    """A checked model; `tree` is the file as parsed, for the manifest."""

    file: ModelFile
    tree: dict[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.file.factor)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """(F,) the dimension of every factor."""
        return tuple(item.dimension for item in self.file.factor)

    @property
    def weights(self) -> FloatArray:
        """(F,) sums to 1."""
        return np.array([item.weight for item in self.file.factor])


def load(name: str, folder: Path | None = None) -> RiskModel:
    """A model by name (shipped) or by a path relative to `folder` (a .toml file); raises ConfigError E_MODEL_* for every fault."""
    path = (folder or MODELS) / name if name.endswith(".toml") else MODELS / f"{name}.toml"
    place = Place(file=str(path))
    if not path.is_file():
        known = ", ".join(sorted(item.stem for item in MODELS.glob("*.toml")))
        raise ConfigError("E_MODEL", value=name, known=known)
    try:
        tree = read_toml(path, "E_MODEL_FILE")
        file = ModelFile.model_validate(tree)
    except ValidationError as error:
        raise ConfigError("E_MODEL_FILE", place=place, detail=faults.phrases(error)) from error
    raise_all(_faults(file, place))
    return RiskModel(file, tree)


def of_tree(tree: dict[str, Any]) -> RiskModel:
    """The model in a manifest; raises ConfigError E_MODEL_* when this version of the program cannot use it."""
    try:
        file = ModelFile.model_validate(tree)
    except ValidationError as error:
        raise ConfigError("E_MODEL_FILE", detail=faults.phrases(error)) from error
    raise_all(_faults(file, Place()))
    return RiskModel(file, tree)


def _faults(file: ModelFile, place: Place) -> list[PetarawanError]:
    registered = factors()
    faults: list[PetarawanError] = []
    for item in file.factor:
        factor = registered.get(item.key)
        if factor is None:
            faults.append(ConfigError("E_MODEL_FACTOR", place=place, key=item.key, known=", ".join(registered)))
        elif set(factor.params) != set(item.params):
            faults.append(
                ConfigError(
                    "E_MODEL_PARAMS",
                    place=place,
                    key=item.key,
                    wanted=", ".join(factor.params),
                    found=", ".join(item.params),
                )
            )
        else:
            unusable = [name for name, value in item.params.items() if not _usable(name, value, name in factor.tables)]
            faults += [ConfigError("E_MODEL_VALUE", place=place, key=item.key, name=name) for name in unusable]
        if item.transform == "log1p" and item.lo < 0:
            faults.append(ConfigError("E_MODEL_LOG", place=place, key=item.key, lo=item.lo))
        if not item.lo < item.hi:
            faults.append(ConfigError("E_MODEL_BOUNDS", place=place, key=item.key, lo=item.lo, hi=item.hi))
    keys = [item.key for item in file.factor]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        faults.append(ConfigError("E_MODEL_TWICE", place=place, key=key))
    if (file.combination == "geometric") != (file.geometric_floor is not None):
        faults.append(ConfigError("E_MODEL_COMBINATION", place=place, found=file.combination))
    total = sum(item.weight for item in file.factor)
    if abs(total - 1.0) > 1e-9:
        faults.append(ConfigError("E_MODEL_WEIGHTS", place=place, total=f"{total:.6f}"))
    if sorted(set(file.thresholds)) != file.thresholds or not 0 < file.thresholds[0] <= file.thresholds[-1] < 100:
        faults.append(ConfigError("E_MODEL_THRESHOLDS", place=place, found=file.thresholds))
    return faults


def _usable(name: str, value: float | dict[str, float], is_table: bool) -> bool:
    """A number above 0; or a table with a `default` and nothing below 0, nor a length or a time of 0."""
    if not isinstance(value, dict):
        return not is_table and value > 0
    measured = name.endswith(("_days", "_km"))
    return is_table and "default" in value and all(item > 0 or (item == 0 and not measured) for item in value.values())
