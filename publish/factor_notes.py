"""What the reader of the map must know of the model's factors: a source that is missing, a factor that says nothing."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from risk.factor import factors
from risk.model import RiskModel
from risk.score import FactorTable
from store.manifest import Warning_

ALWAYS = ("incidents", "tps", "sites", "posts", "population")  # told of whatever the model


def missing(model: RiskModel, kinds: Collection[str]) -> list[Warning_]:
    """NO_<KIND> for every kind of source that is not there and is wanted, by the model or always."""
    registered = factors()
    wanted = [*ALWAYS, *(kind for key in model.keys for kind in registered[key].needs if kind != "boundaries")]
    return [Warning_(f"NO_{kind.upper()}") for kind in dict.fromkeys(wanted) if kind not in kinds]


def silent(model: RiskModel, table: FactorTable, kinds: Collection[str]) -> list[Warning_]:
    """FACTOR_UNKNOWN for a factor known nowhere though its sources are there, FACTOR_CONSTANT for one that tells no two cells apart."""
    registered = factors()
    found: list[Warning_] = []
    for f, key in enumerate(model.keys):
        label = f"@factor.{key}.label"
        known = table.known[:, f]
        sources = [kind for kind in registered[key].needs if kind != "boundaries"]
        if not known.any():
            if sources and all(kind in kinds for kind in sources):
                found.append(Warning_("FACTOR_UNKNOWN", {"factor": label}))
        elif np.count_nonzero(known) > 1 and np.ptp(table.raw[known, f]) == 0:
            found.append(Warning_("FACTOR_CONSTANT", {"factor": label}))
    return found
