"""Project dispute pressure: industry, plantations, power plants and infrastructure near the cell, by permit and stage."""

from __future__ import annotations

from risk.factor import Factor
from risk.sites import pressure

FACTOR = Factor(
    key="project_dispute",
    unit="weighted sites",
    direction=1,
    needs=("sites",),
    cites="UU 7/2012 art. 5 (natural resources, community-company); RTM distance decay, Caplan & Kennedy 2011",
    caveat="Weights of permit and stage are stated judgement, not fitted.",
    params=("kind", "permit", "stage", "decay_km", "cut_km"),
    measure=pressure,
    tables=("kind", "permit", "stage"),
    sums="sites",
)
