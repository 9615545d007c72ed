"""The sensitivity of a snapshot's villages to the weights of its model, from the published area table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.grid import FloatArray
from risk.model import RiskModel
from risk.score import FactorTable
from risk.sensitivity import sensitivity

VILLAGE = 4


def steadiness(areas: pa.Table, model: RiskModel, seed: int) -> dict[str, Any]:
    """`risk.sensitivity.sensitivity` of the villages in areas.parquet: what stands in the manifest as `sensitivity`."""
    villages = areas.filter(pc.equal(areas["level"], VILLAGE))

    def columns(prefix: str) -> FloatArray:
        read = [villages[f"{prefix}_{key}"].cast(pa.float64()).to_numpy() for key in model.keys]
        return np.column_stack(read).astype(np.float64)

    known = np.column_stack([villages[f"known_{key}"].to_numpy() for key in model.keys]).astype(bool)
    return sensitivity(FactorTable(model.keys, columns("raw"), columns("value"), known), model, seed)
