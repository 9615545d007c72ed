"""Golden tables of the factors by other means: h3-py, shapely, math and loops over tests/scene.py's lists. No petarawan code.

Run `python -m tests.make_golden` to write tests/golden/<factor>.csv anew; look at the difference before you commit it.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import h3
import shapely

from tests import scene

HERE = Path(__file__).parent
MODEL = tomllib.loads((HERE.parent / "risk" / "models" / "kaltim.toml").read_text())
PARAMS = {item["key"]: item.get("params", {}) for item in MODEL["factor"]}
Raw = dict[str, float | None]


def hexagon(cell: str) -> shapely.Geometry:
    return shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])


CELLS = sorted({cell for shape in scene.villages().values() for cell in h3.geo_to_cells(shape, scene.RESOLUTION)} | {
    # cells whose centre lies outside but most of whose area lies inside
    cell
    for shape in scene.villages().values()
    for inner in h3.geo_to_cells(shape, scene.RESOLUTION)
    for cell in h3.grid_disk(inner, 1)
    if hexagon(cell).intersection(shapely.union_all(list(scene.villages().values()))).area >= 0.5 * hexagon(cell).area
})  # fmt: skip
CENTRE = {cell: h3.cell_to_latlng(cell) for cell in CELLS}
SHARE = {
    (kode, cell): share
    for kode, shape in scene.villages().items()
    for cell in CELLS
    if (share := hexagon(cell).intersection(shape).area / hexagon(cell).area) > 1e-9
}


def owner(cell: str) -> str:
    lat, lon = CENTRE[cell]
    holders = [kode for kode, shape in scene.villages().items() if shape.contains(shapely.Point(lon, lat))]
    return holders[0] if holders else max(scene.villages(), key=lambda kode: SHARE.get((kode, cell), 0))


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return h3.great_circle_distance(a, b, unit="km")


def village_mass(kode: str) -> dict[str, float]:
    """Share of a village by cell, by area."""
    size = {cell: share * h3.cell_area(cell) for (k, cell), share in SHARE.items() if k == kode}
    total = sum(size.values())
    return {cell: value / total for cell, value in size.items()}


def sources(item: scene.Event | scene.Place, amount: float) -> list[tuple[tuple[float, float], float]]:
    """Points (lat, lon) with amounts that stand for one record."""
    if item.precision == "exact":
        return [((item.lat, item.lon), amount)]
    inside = [kode for kode in scene.villages() if kode == item.kode or kode.startswith(item.kode + ".")]
    size = {kode: sum(s * h3.cell_area(c) for (k, c), s in SHARE.items() if k == kode) for kode in inside}
    total = sum(size.values())
    return [
        (CENTRE[cell], amount * size[kode] / total * part)
        for kode in inside
        for cell, part in village_mass(kode).items()
    ]


def around(items: list, amount: Callable, cut: float, weight: Callable[[float], float]) -> dict[str, float]:
    points = [point for item in items if amount(item) for point in sources(item, amount(item))]
    return {cell: sum(a * weight(d) for place, a in points if (d := km(CENTRE[cell], place)) <= cut) for cell in CELLS}


def age(event: scene.Event) -> int:
    return (scene.AS_OF - event.day).days


def district_counts(keep: Callable[[scene.Event], bool]) -> dict[str, float]:
    count: dict[str, float] = defaultdict(float)
    for event in scene.events():
        if keep(event):
            count[event.kode[:8]] += 1
    return count


def where_reported(values: dict[str, float]) -> Raw:
    seen = district_counts(lambda e: age(e) <= PARAMS["incident_history"]["monitor_days"])
    return {cell: value if seen[owner(cell)[:8]] > 0 else None for cell, value in values.items()}


def incident_history() -> Raw:
    p = PARAMS["incident_history"]
    h = p["bandwidth_km"]

    def amount(event: scene.Event) -> float:
        half = p["half_life_days"].get(event.kind, p["half_life_days"]["default"])
        return event.severity * 0.5 ** (age(event) / half) * math.log(2) * 365.25 / half

    density = around(scene.events(), amount, h, lambda d: 3 / (math.pi * h**2) * (1 - min(1, (d / h) ** 2)) ** 2)
    return where_reported({cell: 100 * value for cell, value in density.items()})


def near_repeat() -> Raw:
    p = PARAMS["near_repeat"]
    return where_reported(
        around(scene.events(), lambda e: e.severity if age(e) <= p["days"] else 0, p["radius_km"], lambda d: 1.0)
    )


def escalation() -> Raw:
    p = PARAMS["escalation"]
    recent = district_counts(lambda e: e.severity > 0 and age(e) < p["recent_days"])
    past = district_counts(lambda e: e.severity > 0 and p["recent_days"] <= age(e) < p["recent_days"] + p["past_days"])
    ratio = {}
    for cell in CELLS:
        district = owner(cell)[:8]
        expected = past[district] * p["recent_days"] / p["past_days"]
        ratio[cell] = (recent[district] + p["prior"]) / (expected + p["prior"])
    return where_reported(ratio)


def tps_exposure() -> Raw:
    covered = {item.kode[:8] for item in scene.stations()}
    near = around(scene.stations(), lambda _s: 1.0, PARAMS["tps_exposure"]["radius_km"], lambda d: 1.0)
    return {cell: value if owner(cell)[:8] in covered else None for cell, value in near.items()}


def _pressure(key: str) -> Raw:
    p = PARAMS[key]

    def amount(site: scene.Place) -> float:
        if (site.valid_from and site.valid_from > scene.AS_OF) or (site.valid_to and site.valid_to < scene.AS_OF):
            return 0.0
        tables = ((p["kind"], site.kind), (p["permit"], site.permit), (p["stage"], site.stage))
        return math.prod(table.get(name, table["default"]) for table, name in tables)

    return dict(around(scene.sites(), amount, p["cut_km"], lambda d: math.exp(-d / p["decay_km"])))


def population() -> Raw:
    result: Raw = {}
    for cell in CELLS:
        lat, lon = CENTRE[cell]
        heads = round(200 + 4000 * math.exp(-((lon - 117.12) ** 2 + (lat - 0.12) ** 2) / 0.004))
        result[cell] = None if lon > 117.25 and lat > 0.25 else heads / h3.cell_area(cell)
    return result


def _nearest(points: list[tuple[float, float]]) -> Raw:
    return {cell: min(km(CENTRE[cell], (lat, lon)) for lon, lat in points) for cell in CELLS}


def border_proximity() -> Raw:
    districts = {cell: {k[:8] for k, c in SHARE if c == cell} for cell in CELLS}
    edge = [(CENTRE[cell][1], CENTRE[cell][0]) for cell, names in districts.items() if len(names) > 1]
    return _nearest(edge)


GOLDEN: dict[str, Callable[[], Raw]] = {
    "incident_history": incident_history,
    "near_repeat": near_repeat,
    "escalation": escalation,
    "tps_exposure": tps_exposure,
    "quarry_pressure": lambda: _pressure("quarry_pressure"),
    "project_dispute": lambda: _pressure("project_dispute"),
    "population": population,
    "remoteness": lambda: _nearest(list(scene.SEATS)),
    "border_proximity": border_proximity,
    "post_distance": lambda: _nearest(list(scene.POSTS)),
}


def main() -> None:
    for key, make in GOLDEN.items():
        with (HERE / "golden" / f"{key}.csv").open("w", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["cell", "raw"])
            writer.writerows([cell, "" if raw is None else f"{raw:.9g}"] for cell, raw in sorted(make().items()))


if __name__ == "__main__":
    main()
