"""Pressure of project sites on a cell: one formula for quarries and for projects."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo.grid import FloatArray, Grid
from geo.joins import DAY, Evidence, Records
from risk.factor import Measured, Params, lookup, number, unknown
from risk.kernels import exponential, near_sum


def pressure(evidence: Evidence, grid: Grid, as_of: date, params: Params) -> Measured:
    """raw : (N,) sum of kind x permit x stage weight x exp(-d/decay_km) over sites valid on as_of, within `cut_km`.

    Kinds without a weight in `kind` do not count. Known everywhere once the sources hold a site of a kind that counts: a list of sites is
    an inventory, absence on it means none is registered; without such a list nothing is known.
    """
    sites = evidence.sites
    if sites is None or not is_inventory(sites, params):
        return unknown(grid)
    raw = near_sum(
        grid, sites, amounts(sites, as_of, params), number(params, "cut_km"), exponential(number(params, "decay_km"))
    )
    return raw, np.ones(grid.size, bool)


def is_inventory(sites: Records, params: Params) -> bool:
    """Whether there is a site of a kind that counts, valid on the day or not."""
    return bool((lookup(params, "kind", sites.columns["kind"]) > 0).any())


def amounts(sites: Records, as_of: date, params: Params) -> FloatArray:
    """(S,) kind x permit x stage weight of every site, 0 where it is not valid on as_of."""
    kind, permit, stage = (lookup(params, name, sites.columns[name]) for name in ("kind", "permit", "stage"))
    today = np.datetime64(as_of, "D")
    begins, ends = sites.columns["valid_from"].astype(DAY), sites.columns["valid_to"].astype(DAY)
    valid = (np.isnat(begins) | (begins <= today)) & (np.isnat(ends) | (ends >= today))
    return np.where(valid, kind * permit * stage, 0.0)
