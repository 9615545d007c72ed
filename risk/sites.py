"""Pressure of project sites on a cell: one formula for quarries and for projects."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import Grid
from geo.joins import DAY, Evidence
from risk.factor import Measured, Params, lookup, number, unknown
from risk.kernels import exponential, near_sum


def pressure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) sum of kind x permit x stage weight x exp(-d/decay_km) over sites valid on as_of, within `cut_km`.

    Kinds without a weight in `kind` do not count. Known everywhere once the sources hold a site of a kind that counts: a list of sites is
    an inventory, absence on it means none is registered; without such a list nothing is known.
    """
    sites = evidence.sites
    if sites is None or not len(sites):
        return unknown(grid)
    kind = lookup(params, "kind", sites.columns["kind"])
    if not (kind > 0).any():
        return unknown(grid)
    today = np.datetime64(as_of, "D")
    begins, ends = sites.columns["valid_from"].astype(DAY), sites.columns["valid_to"].astype(DAY)
    valid = (np.isnat(begins) | (begins <= today)) & (np.isnat(ends) | (ends >= today))
    amount = kind * lookup(params, "permit", sites.columns["permit"]) * lookup(params, "stage", sites.columns["stage"])
    raw = near_sum(
        grid, sites, np.where(valid, amount, 0.0), number(params, "cut_km"), exponential(number(params, "decay_km"))
    )
    return raw, np.ones(grid.size, bool)
