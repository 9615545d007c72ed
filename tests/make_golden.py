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
MODELS = [tomllib.loads(path.read_text()) for path in sorted((HERE.parent / "risk" / "models").glob("*.toml"))]
# A factor is measured with the parameters of the first model, by name, that has it.
PARAMS = {item["key"]: item.get("params", {}) for model in reversed(MODELS) for item in model["factor"]}
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


def heads(cell: str) -> float | None:
    lat, lon = CENTRE[cell]
    if lon > 117.25 and lat > 0.25:
        return None
    return round(200 + 4000 * math.exp(-((lon - 117.12) ** 2 + (lat - 0.12) ** 2) / 0.004))


def part(kode: str, cell: str) -> float:
    """Part of a cell, of what is mapped of it, that is the village's."""
    return SHARE.get((kode, cell), 0.0) / sum(share for (_, c), share in SHARE.items() if c == cell)


def mean_by_part(value: dict[str, float]) -> Raw:
    """Mean of villages' values in every cell, where villages with one hold half of it."""
    result: Raw = {}
    for cell in CELLS:
        seen = [(part(kode, cell), value[kode]) for kode in scene.villages() if kode in value and (kode, cell) in SHARE]
        share = sum(p for p, _ in seen)
        result[cell] = sum(p * v for p, v in seen) / share if share >= 0.5 else None
    return result


def newest(figures: list[scene.Figure]) -> dict[str, float]:
    held: dict[str, float] = {}
    for item in sorted(figures, key=lambda item: (item.since is not None, item.since)):
        if item.since is None or item.since <= scene.AS_OF:
            held[item.kode] = item.value
    return held


def electoral_competitiveness() -> Raw:
    held = newest(scene.margins())
    value = {}
    for kode in scene.villages():
        own = held.get(kode, held.get(kode[:8], held.get(kode[:5])))
        if own is not None:
            value[kode] = own
    return mean_by_part(value)


def worker_presence() -> Raw:
    held = newest(scene.workers())
    whole = {kode for kode in held if any(other.startswith(kode + ".") for other in held)}
    people: dict[str, float] = {}
    for kode in scene.villages():
        mine = [(cell, share * h3.cell_area(cell)) for (k, cell), share in SHARE.items() if k == kode]
        if sum(size for cell, size in mine if heads(cell) is not None) >= 0.5 * sum(size for _, size in mine):
            people[kode] = sum((heads(cell) or 0) * part(kode, cell) for cell, _ in mine)
    value = {}
    for kode in scene.villages():
        area = next((a for a in (kode, kode[:8], kode[:5]) if a in held and a not in whole), None)
        if area is not None and not math.isnan(held[area]):
            value[kode] = 1000 * held[area] / sum(n for k, n in people.items() if k.startswith(area))
    return mean_by_part(value)


def night_light_change() -> Raw:
    floor = PARAMS["night_light_change"]["floor_radiance"]
    result: Raw = {}
    for cell in CELLS:
        lat, lon = CENTRE[cell]
        early, late = scene.radiance(lon, lat, 2014), scene.radiance(lon, lat, 2023)  # 2024 had not ended
        rate = math.exp((math.log(late + floor) - math.log(early + floor)) / 9) - 1
        result[cell] = None if math.isnan(rate) else 100 * rate
    return result


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
    "electoral_competitiveness": electoral_competitiveness,
    "night_light_change": night_light_change,
    "worker_presence": worker_presence,
}


def main() -> None:
    for key, make in GOLDEN.items():
        with (HERE / "golden" / f"{key}.csv").open("w", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(["cell", "raw"])
            writer.writerows([cell, "" if raw is None else f"{raw:.9g}"] for cell, raw in sorted(make().items()))


if __name__ == "__main__":
    main()
