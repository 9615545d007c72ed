"""From layers to the arrays the factors read, and to the frames the snapshot keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from core import codes
from core.errors import Place
from core.tables import FIGURES, LAYERS
from geo import zonal
from geo.figures import Figures, Lights
from geo.grid import BoolArray, FloatArray, Grid
from geo.joins import Evidence, Records, area_people, place
from geo.layer import Layer, Rejected
from geo.registry import seats
from risk.score import as_published
from store.manifest import Warning_

Frames = dict[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Gathered:
    """The evidence, the frames by kind (declared columns) and the layers with their ledgers, after what as_of and area cut off.

    Rows of a restricted layer (its terms let nobody pass them on) count in the evidence and are in no frame.
    """

    evidence: Evidence
    frames: Frames
    layers: tuple[Layer, ...]


_DATED = {"incidents": "occurred_on", **dict.fromkeys(FIGURES, "since")}
_WHOLE = "elections"  # a margin holds in every part of its area, a count does not
_LIGHTS = "night_lights"


def up_to(layer: Layer, as_of: date) -> Layer:
    """A layer without what happened, was counted or was seen after as_of."""
    if layer.info.kind == _LIGHTS and date(_year(layer), 12, 31) > as_of:
        here = Place(file=layer.info.source, column="year", value=str(layer.info.year))
        return replace(layer, info=replace(layer.info, rejected=(Rejected("R_AFTER_AS_OF", here),)))
    column = _DATED.get(layer.info.kind)
    if column is None:
        return layer
    later = (pd.to_datetime(layer.rows[column]) > pd.Timestamp(as_of)).to_numpy()
    return _without(layer, later, "R_AFTER_AS_OF", column)


def inside(layer: Layer, mapped: Sequence[str]) -> Layer:
    """A layer without records known only to an area of which `mapped` names a part: most likely they lie in the other."""
    vague = (layer.rows["precision"] != "exact").to_numpy()
    within = [any(codes.covers(code, kode) for code in mapped) for kode in layer.rows["kode"]]
    return _without(layer, vague & ~np.array(within, dtype=bool), "R_PARTLY_MAPPED", "kode")


def _without(layer: Layer, wrong: BoolArray, code: str, column: str) -> Layer:
    """The layer less some rows; they go to quarantine, so the ledger still adds up."""
    if not wrong.any():
        return layer
    rejected = tuple(
        Rejected(code, _where(layer, str(key), column, str(value)), {"id": str(key)})
        for key, value in zip(layer.rows["id"][wrong], layer.rows[column][wrong], strict=True)
    )
    return Layer(
        replace(layer.info, rejected=layer.info.rejected + rejected), layer.rows[~wrong].reset_index(drop=True)
    )


def _where(layer: Layer, key: str, column: str, value: str) -> Place:
    """The row of a record, which the id of a table's record ends with: `name:row`, or `name:table.row` from the second table on."""
    number = re.fullmatch(r".*:(?:\d+\.)?(\d+)", key, re.DOTALL) if layer.info.reader == "table" else None
    return Place(file=layer.info.source, row=int(number[1]) if number else None, column=column, value=value)


def gather(layers: Sequence[Layer], grid: Grid, as_of: date, mapped: Sequence[str]) -> Gathered:
    """Everything the factors may look at, and what may be published; layers of one kind follow one another in the workspace's order.

    `mapped` are the workspace's area codes.
    """
    layers = tuple(up_to(layer, as_of) for layer in layers)
    layers = tuple(
        layer if layer.frame is None or layer.info.kind == _WHOLE else inside(layer, mapped) for layer in layers
    )
    layers = _warned(layers)
    people = _people([layer for layer in layers if layer.info.kind == "population"], grid)
    by_kind = {kind: [layer for layer in layers if layer.info.kind == kind] for kind in LAYERS}
    by_kind = {kind: mine for kind, mine in by_kind.items() if mine}
    records = {
        kind: _records(_together([_witnessed(layer) for layer in mine]), grid, people) for kind, mine in by_kind.items()
    }
    frames = {kind: _together([_published(layer) for layer in mine]) for kind, mine in by_kind.items()}
    home = seats()
    evidence = Evidence(
        incidents=records.get("incidents"),
        tps=records.get("tps"),
        sites=records.get("sites"),
        posts=records.get("posts"),
        people=people,
        seat_lon=np.asarray(home.lon, dtype=np.float64),
        seat_lat=np.asarray(home.lat, dtype=np.float64),
        elections=_figures([layer for layer in layers if layer.info.kind == "elections"], "margin", grid, None),
        workers=_figures([layer for layer in layers if layer.info.kind == "workers"], "workers", grid, people),
        lights=_lights(layers, grid),
    )
    return Gathered(evidence, frames, layers)


def _people(layers: list[Layer], grid: Grid) -> FloatArray | None:
    """(N,) people per cell, as the snapshot holds them; where several sources cover a cell the first one named counts."""
    people: FloatArray | None = None
    for layer in layers:
        here = zonal.people(layer, grid)
        people = here if people is None else np.where(np.isfinite(people), people, here)
    return None if people is None else as_published(people)


def _seen(layers: Sequence[Layer]) -> dict[int, list[Layer]]:
    """Layers of night lights by year, those after as_of left out."""
    mine = [layer for layer in layers if layer.info.kind == _LIGHTS and not layer.info.rejected]
    return {year: [layer for layer in mine if _year(layer) == year] for year in sorted({_year(x) for x in mine})}


def _year(layer: Layer) -> int:
    """The year a raster of night lights is of; its reader refuses one without."""
    return layer.info.year or 0


def _warned(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers, with a word where the night lights left show no change: of one year only, or of two kinds of sensor."""
    first = next((layer for layer in layers if layer.info.kind == _LIGHTS), None)
    if first is None:
        return layers
    years = _seen(layers)
    rasters = [layer.raster for mine in years.values() for layer in mine if layer.raster is not None]
    words = []
    if len(years) < 2:
        words.append(Warning_("LIGHTS_ONE_YEAR", {"years": ", ".join(map(str, years)) or "-"}))
    if len({zonal.is_whole(path) for path in rasters}) > 1:
        words.append(Warning_("LIGHTS_SENSORS", {"years": ", ".join(map(str, years))}))
    told = replace(first, info=replace(first.info, warnings=(*first.info.warnings, *words)))
    return tuple(told if layer is first else layer for layer in layers)


def _lights(layers: Sequence[Layer], grid: Grid) -> Lights | None:
    """Mean radiance of the cells in every year there is."""
    years = _seen(layers)
    if not years:
        return None
    tiles = [[layer.raster for layer in mine if layer.raster is not None] for mine in years.values()]
    return Lights(tuple(years), np.stack([zonal.cell_light(paths, grid) for paths in tiles]))


def _figures(layers: Sequence[Layer], column: str, grid: Grid, people: FloatArray | None) -> Figures | None:
    """All figures of one kind, each with the people of its area where they are known."""
    if not layers:
        return None
    filled = [layer for layer in layers if len(layer.rows)] or layers[:1]  # an empty one says nothing of the types
    rows = pd.concat([layer.rows[["kode", "since", column]] for layer in filled], ignore_index=True)
    kode = rows["kode"].to_numpy(dtype=object)
    return Figures(
        kode=kode,
        since=pd.to_datetime(rows["since"]).to_numpy().astype("datetime64[D]"),
        value=rows[column].to_numpy(dtype=np.float64, na_value=np.nan),
        people=area_people(grid, kode, people),
    )


def _witnessed(layer: Layer) -> gpd.GeoDataFrame:
    """The rows as evidence. ACLED says when a row was last written, which may be years after it was known, so its day counts instead."""
    return layer.rows.drop(columns="known_on", errors="ignore") if layer.info.restricted else layer.rows


def _published(layer: Layer) -> gpd.GeoDataFrame:
    """The rows that may stand in the snapshot's tables: none of a restricted layer."""
    return layer.rows.iloc[:0] if layer.info.restricted else layer.rows


def _together(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """One frame of several layers; ids begin with the name of their source and names are unique, so ids are."""
    if len(frames) > 1 and any(len(frame) for frame in frames):
        frames = [frame for frame in frames if len(frame)]  # an empty one says nothing of the columns' types
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)


def _records(frame: gpd.GeoDataFrame, grid: Grid, people: FloatArray | None) -> Records:
    lon = frame["lon"].to_numpy(dtype=np.float64, na_value=np.nan)
    lat = frame["lat"].to_numpy(dtype=np.float64, na_value=np.nan)
    kode, precision = (frame[name].to_numpy(dtype=object) for name in ("kode", "precision"))
    columns = {}
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        if name in {"occurred_on", "known_on", "valid_from", "valid_to"}:
            columns[name] = pd.to_datetime(frame[name]).to_numpy().astype("datetime64[D]")
        elif name in {"severity", "voters", "deaths", "injured"}:
            columns[name] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            columns[name] = frame[name].to_numpy(dtype=object)
    return Records(place(grid, kode, precision, lon, lat, people), columns)
