"""Quarry pressure: galian C and mines, above all illegal ones, near the cell."""

from __future__ import annotations

from risk.factor import Factor
from risk.sites import pressure

FACTOR = Factor(
    key="quarry_pressure",
    unit="weighted sites",
    direction=1,
    needs=("sites",),
    cites="UU 3/2020 (mining); Maus et al. 2022 (mining land use); RTM distance decay, Caplan & Kennedy 2011",
    caveat="Distance decay is assumed, not yet learned from incidents; a register of permits does not list illegal pits.",
    params=("kind", "permit", "stage", "decay_km", "cut_km"),
    measure=pressure,
    tables=("kind", "permit", "stage"),
    sums="sites",
)
