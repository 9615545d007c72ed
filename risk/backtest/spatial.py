"""The spatial check: what a fitted model says of a regency whose past it was not shown. Letters: A places, G regencies, O windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import PetarawanError
from geo.grid import FloatArray
from risk.backtest import metrics
from risk.backtest.bootstrap import Months
from risk.backtest.rules import Rules
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model


def leave_out(
    past: History,
    origin: int,
    horizon: int,
    models: Sequence[tuple[Model, Any]],
    covariates: Covariates | None,
    counts: Sequence[FloatArray],
    drawn: Months,
    rules: Rules,
) -> dict[str, Any]:
    """Leave one regency out: gain over the default forecast made as blindly, nats per located event inside the regencies left out.

    At the first test origin every regency with test events in turn loses its past; each model, tuned as in the test, says where inside it
    events will be, and all test windows, counts O x (A,), are scored. models : the default forecast first, each with what it was tuned to.
    """
    seen = np.array(counts)
    regencies = [g for g in range(len(past.regencies)) if _told(past, seen, g)]
    scores = {model.key: np.zeros(len(seen)) for model, _ in models}
    failed: set[str] = set()
    for g in regencies:
        blind, inside = past.only(past.home != g), past.regency == g
        for model, tuned in models:
            if model.key in failed:
                continue
            try:
                expected = model.predict(blind, covariates, origin, horizon, tuned).expected
            except PetarawanError:
                failed.add(model.key)
                continue
            there = metrics.guarded(expected[inside], 0.0, rules.even_share)
            scores[model.key] += [metrics.where_score(there, window[inside]) for window in seen]
    within = np.isin(past.regency, regencies)
    located = seen[:, within].sum(axis=1)
    default = models[0][0].key
    gains = {
        key: drawn.ratio(score - scores[default], located)
        for key, score in scores.items()
        if key != default and key not in failed
    }
    return {"regencies": len(regencies), "gain": gains}


def _told(past: History, seen: FloatArray, regency: int) -> bool:
    """Whether there is anything to tell apart: events in test windows, and more than one place."""
    inside = past.regency == regency
    return bool(np.count_nonzero(inside) > 1 and seen[:, inside].any())
