"""What may be shown of a class in a province: the data decide, not the wish (RISK, Prakiraan 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from risk.forecast.history import History
from risk.forecast.spec import Spec

Shown = Literal["none", "regency", "watch", "monthly"]


@dataclass(frozen=True)
class Stage:
    """stage: "none" no figure at all; "regency" rolled up to kabupaten; "watch" the same, and kecamatan may be ranked by the index as
    "prioritas pemantauan"; "monthly" kecamatan by kecamatan.

    events: located incidents of the window; per_area: of them per kecamatan; reason: key of the words `outlook.stage.<reason>`.
    """

    stage: Shown
    events: int
    areas: int
    per_area: float
    reason: str

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels of area whose expected numbers may be shown: 1 province, 2 kabupaten, 3 kecamatan."""
        return {"none": (), "regency": (1, 2), "watch": (1, 2), "monthly": (1, 2, 3)}[self.stage]


def decide(history: History, spec: Spec, as_of_day: int) -> Stage:
    """The stage by the located incidents of the last five years up to and with as_of_day.

    Under 30: none. 30 to 99, or under 0.3 per kecamatan: regency; there under 0.1 per kecamatan: watch. Else monthly.
    """
    rule = spec.stages
    counted = history.between(as_of_day + 1 - rule.window_days, as_of_day + 1) & (history.known <= as_of_day)
    events, areas = int(np.count_nonzero(counted & history.located)), len(history.areas)
    per_area = events / areas
    stage: Shown = "monthly"
    reason = "enough"
    if events < rule.regency_events:
        stage, reason = "none", "no_incident" if not len(history) else "too_few"
    elif per_area < rule.watch_per_area:
        stage, reason = "watch", "thin"
    elif events < rule.monthly_events:
        stage, reason = "regency", "few"
    elif per_area < rule.monthly_per_area:
        stage, reason = "regency", "sparse"
    return Stage(stage, events, areas, per_area, reason)
