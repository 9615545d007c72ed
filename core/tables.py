"""Every column petarawan publishes, declared once: dtype, unit, nullability, meaning.

Writers build their arrow schema here, readers and documentation read it here, and tests hold both to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One published column; `unit` is '' where the value has none."""

    name: str
    dtype: pa.DataType
    meaning: str
    unit: str = ""
    nullable: bool = False

    def field(self) -> pa.Field:
        return pa.field(self.name, self.dtype, nullable=self.nullable)


_S, _F4, _F8, _I1, _I4 = pa.string(), pa.float32(), pa.float64(), pa.int8(), pa.int32()
_U8, _B, _D, _WKB = pa.uint64(), pa.bool_(), pa.date32(), pa.binary()

_JUDGED = (
    Column("score", _F4, "risk index; null where coverage is under the model's floor", "0..100", True),
    Column("class", _I1, "0 not monitored, 1 very low to 5 very high, by the model's fixed thresholds"),
    Column("coverage", _F4, "share of the model's weight whose factors are known here", "0..1"),
)


def factor_columns(keys: Sequence[str]) -> tuple[Column, ...]:
    """raw_, value_, known_ and contribution_ for every factor, in the model's order."""
    columns: list[Column] = []
    for key in keys:
        columns += [
            Column(f"raw_{key}", _F4, f"{key} as measured, in the factor's unit; null where not known", "factor", True),
            Column(
                f"value_{key}", _F4, f"{key} normalised by the model's fixed bounds; null where not known", "0..1", True
            ),
            Column(f"known_{key}", _B, f"whether {key} is known here"),
            Column(
                f"contribution_{key}",
                _F4,
                f"points of the score due to {key}; null where there is no score",
                "points",
                True,
            ),
        ]
    return tuple(columns)


def cells(keys: Sequence[str]) -> tuple[Column, ...]:
    """One row per H3 cell, sorted by cell."""
    return (
        Column("cell", _U8, "H3 index"),
        Column(
            "kode",
            _S,
            "Kemendagri code of the one village that owns the cell (area figures go by the crosswalk: do not sum cells by kode)",
        ),
        *_JUDGED,
        Column("gap", _B, "the cell's centre lies in no village; it was given to the nearest"),
        Column("area_km2", _F4, "area of the part of the cell inside the mapped area", "km2"),
        Column("people", _F4, "people in the cell; null where no population source covers it", "people", True),
        Column("incidents", _F4, "expected number of incidents; null without a source", "incidents", True),
        Column("tps", _F4, "expected number of polling stations; null without a source", "TPS", True),
        Column(
            "voters", _F4, "expected number of registered voters; null where no TPS source gives them", "people", True
        ),
        Column("sites", _F4, "expected number of project sites; null without a source", "sites", True),
        *factor_columns(keys),
    )


def coarse_cells(keys: Sequence[str]) -> tuple[Column, ...]:
    """One row per parent cell at a coarser resolution, by the same roll-up rule as areas; it has no one owner."""
    return tuple(replace(column, nullable=True) if column.name == "kode" else column for column in cells(keys))


def areas(keys: Sequence[str]) -> tuple[Column, ...]:
    """One row per province, regency, district and village, sorted by kode; GeoParquet, WKB in OGC:CRS84."""
    return (
        Column("kode", _S, "Kemendagri code, dotted"),
        Column("level", _I1, "1 province, 2 regency, 3 district, 4 village"),
        Column("name", _S, "name as the boundary source writes it"),
        Column("parent", _S, "kode one level up", nullable=True),
        Column("area_km2", _F8, "area in an equal-area projection (EPSG:6933)", "km2"),
        Column("partial", _B, "only a part of the area is mapped; all its figures are of that part"),
        *_JUDGED,
        Column("rank", _I4, "1 is the highest score of its level; null where there is no score", nullable=True),
        Column("max_score", _F4, "highest score of a cell that the area owns", "0..100", True),
        Column("max_cell", _U8, "that cell", nullable=True),
        Column("incidents", _F8, "expected number (area records are spread); null without a source", "incidents", True),
        Column("tps", _F8, "polling stations; null without a source", "TPS", True),
        Column("voters", _F8, "registered voters; null where no TPS source gives them", "people", True),
        Column("sites", _F8, "project sites; null without a source", "sites", True),
        Column("people", _F8, "people; null where no population source covers the area", "people", True),
        Column("label_lon", _F8, "longitude of a point inside, for labels and for flying to", "degrees"),
        Column("label_lat", _F8, "latitude of that point", "degrees"),
        *factor_columns(keys),
        Column("geometry", _WKB, "polygon or multipolygon", "WKB, OGC:CRS84"),
    )


CROSSWALK = (
    Column("kode", _S, "village"),
    Column("cell", _U8, "H3 index"),
    Column("share", _F4, "share of the cell's area inside the village", "0..1"),
)

_PLACED = (
    Column("precision", _S, "exact, village, district or regency: how well the place is known"),
    Column("kode", _S, "deepest Kemendagri code that is known"),
    Column("lon", _F8, "longitude; null where no point is known", "degrees", True),
    Column("lat", _F8, "latitude; null where no point is known", "degrees", True),
    Column("source", _S, "name of the input it came from"),
)

INCIDENTS = (
    Column("id", _S, "unique within the snapshot"),
    Column("occurred_on", _D, "day (or first day of the month or interval) it happened"),
    Column("date_precision", _S, "day, month or interval"),
    Column("kind", _S, "class of incident, see core/taxonomy.py"),
    Column("conflict_source", _S, "source of conflict by UU 7/2012 art. 5", nullable=True),
    Column("severity", _F4, "harm weight from deaths, injuries and kind, see core/taxonomy.py", "weight"),
    Column("deaths", _I4, "people killed", "people", True),
    Column("injured", _I4, "people injured", "people", True),
    Column("how_known", _S, "reported, discovered or media"),
    *_PLACED,
)

TPS = (
    Column("id", _S, "unique within the snapshot"),
    Column("name", _S, "name or number as announced"),
    Column("voters", _I4, "registered voters (DPT)", "people", True),
    *_PLACED,
)

SITES = (
    Column("id", _S, "unique within the snapshot"),
    Column("name", _S, "name of the place or project"),
    Column("kind", _S, "kind of site, see core/taxonomy.py"),
    Column("permit", _S, "legal, illegal, proposed, disputed or unknown"),
    Column("stage", _S, "planned, construction, operating, closed or unknown"),
    Column("valid_from", _D, "first day it counts", nullable=True),
    Column("valid_to", _D, "last day it counts", nullable=True),
    *_PLACED,
)

POSTS = (
    Column("id", _S, "unique within the snapshot"),
    Column("name", _S, "name of the post"),
    Column("kind", _S, "polsek, koramil, kantor_camat or other"),
    *_PLACED,
)

_OF_CLASS = Column("class", _S, "class of incident that is forecast, see risk/forecast/forecast.toml")
FORECAST = (
    _OF_CLASS,
    Column("kode", _S, "province, regency or district; no villages: the data do not carry them"),
    Column("level", _I1, "1 province, 2 regency, 3 district"),
    Column("horizon_days", _I4, "days after as_of the numbers are for", "days"),
    Column("stage", _S, "monthly: districts are shown; regency: regencies and provinces only"),
    Column("model", _S, "what made it: riwayat, or a model that earned its place in the back-test"),
    Column("scale", _S, "additive: parts sum to `expected`; log: parts sum to its logarithm"),
    Column("expected", _F8, "expected number of incidents of the class", "incidents"),
    Column("low", _I4, "lower end of the 90 % interval", "incidents"),
    Column("high", _I4, "upper end of the 90 % interval", "incidents"),
    Column("rank", _I4, "1 is the most expected of its level, class and horizon, province by province"),
    Column("quiet", _B, "no incident of the class there in the last 24 months"),
    Column("quiet_rank", _I4, "rank among the quiet districts of the province", nullable=True),
)
FORECAST_PARTS = (
    _OF_CLASS,
    Column("kode", _S, "province, regency or district"),
    Column("horizon_days", _I4, "days after as_of", "days"),
    Column("part", _S, "what this part of the expected number is due to"),
    Column("value", _F8, "incidents, or natural logarithm of a rate where the forecast's scale is log", "see scale"),
)
FORECAST_CELLS = (
    _OF_CLASS,
    Column("cell", _U8, "H3 index"),
    Column("expected_30", _F4, "the district's expected number in 30 days, shared out by people", "incidents"),
    Column("low_30", _I4, "lower end of its 90 % interval", "incidents"),
    Column("high_30", _I4, "upper end of its 90 % interval", "incidents"),
    Column("expected_90", _F4, "the same in 90 days", "incidents"),
    Column("low_90", _I4, "lower end of its 90 % interval", "incidents"),
    Column("high_90", _I4, "upper end of its 90 % interval", "incidents"),
)
ALERTS = (
    Column("kode", _S, "village"),
    Column("recent", _F8, "harmful incidents of the recent days (area records are spread)", "incidents"),
    Column("expected", _F8, "what its own past lets expect in as many days", "incidents"),
    Column("tail", _F8, "chance of at least so many if nothing has changed", "0..1"),
    Column("alarm", _B, "the tail is under the threshold that gives the stated rate of false alarms"),
)
# Derived tables that every snapshot holds, empty where there is nothing to show.
DERIVED = {
    "forecast": FORECAST,
    "forecast_parts": FORECAST_PARTS,
    "forecast_cells": FORECAST_CELLS,
    "alerts": ALERTS,
}

LAYERS = {"incidents": INCIDENTS, "tps": TPS, "sites": SITES, "posts": POSTS}

# Figures that each stand for a whole area: read for the factors, never published as rows.
_SINCE = Column("since", _D, "first day the figure may be used; null where the source does not say", nullable=True)
FIGURES = {
    "elections": (
        Column("id", _S, "unique within the layer"),
        _SINCE,
        Column("margin", _F8, "votes of the first less those of the second, of all valid votes", "percent"),
        *_PLACED,
    ),
    "workers": (
        Column("id", _S, "unique within the layer"),
        _SINCE,
        Column("workers", _F8, "foreign workers (TKA) in the area; null where they are few", "people", True),
        *_PLACED,
    ),
}
PRECISIONS = ("exact", "village", "district", "regency")


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The arrow schema of a declared table."""
    return pa.schema([column.field() for column in columns])
