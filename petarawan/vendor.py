"""Third-party files of the page and the sheets: from web/node_modules to web/vendor, as web/vendor.toml lists them."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from rich.console import Console

from core.errors import ConfigError, Place

LIST = "vendor.toml"
SUMS = "SHA256SUMS"


def rings_of(topology: Mapping[str, Any], name: str) -> list[list[np.ndarray]]:
    """Polygons (outer ring first) of one object of a quantised TopoJSON; rings are float64 (n, 2) lon, lat degrees."""
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(indices: Sequence[int]) -> np.ndarray:
        # ~i is arc i backwards; every arc but the first repeats the point before it.
        parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    polygons: list[list[np.ndarray]] = []
    for shape in topology["objects"][name]["geometries"]:
        members = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        polygons += [[ring(indices) for indices in member] for member in members]
    return polygons


def unbroken(ring: np.ndarray) -> np.ndarray:
    """A ring that runs over the date line without the jump of 360 degrees there, its middle within -180..180; (n, 2) to (n, 2)."""
    lon = np.unwrap(ring[:, 0], period=360.0)
    lon = lon - 360.0 * np.round((lon.min() + lon.max()) / 720.0)
    return np.column_stack((lon, ring[:, 1]))


def land(topology: Mapping[str, Any], name: str, bounds: tuple[float, float, float, float], decimals: int) -> bytes:
    """GeoJSON of the land inside `bounds` (west, south, east, north), coordinates rounded to `decimals`."""
    polygons = [[unbroken(ring) for ring in rings] for rings in rings_of(topology, name)]
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    whole = shapely.make_valid(np.array(shapes, dtype=object))
    window = shapely.box(*bounds)
    cut = shapely.clip_by_rect(whole[shapely.intersects(whole, window)], *bounds)
    parts = shapely.get_parts(shapely.set_precision(cut, 10.0**-decimals))
    kept = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
    coordinates = [
        [np.round(shapely.get_coordinates(ring), decimals).tolist() for ring in shapely.get_rings(part)]
        for part in kept
    ]
    geometry = {"type": "MultiPolygon", "coordinates": coordinates}
    return orjson.dumps({"type": "Feature", "properties": {}, "geometry": geometry})


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise ConfigError("E_VENDOR_MISSING", place=Place(file=path.as_posix()))
    return path.read_bytes()


def vendor(web: Path) -> dict[str, str]:
    """Fill `web`/vendor afresh and write its SHA256SUMS; path -> SHA-256. Raises ConfigError E_VENDOR_MISSING."""
    listed = tomllib.loads(_read(web / LIST).decode("utf-8"))
    packages, target, new = web / "node_modules", web / "vendor", web / "vendor.new"
    base = listed["land"]
    files = {to: _read(packages / source) for to, source in listed["files"].items()}
    west, south, east, north = base["bounds"]
    topology = orjson.loads(_read(packages / base["from"]))
    files[base["to"]] = land(topology, base["object"], (west, south, east, north), base["decimals"])
    sums = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    files[SUMS] = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode("ascii")
    shutil.rmtree(new, ignore_errors=True)
    for name, content in files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_bytes(content)
    if target.is_dir():
        shutil.rmtree(target)
    new.rename(target)
    return sums


def main(arguments: Sequence[str]) -> int:
    """`python -m petarawan.vendor web`."""
    console = Console(stderr=True)
    try:
        sums = vendor(Path(arguments[0]))
    except ConfigError as error:
        console.print(f"{error.code}: {error.message()}\n{error.hint()}", markup=False, highlight=False)
        return error.exit_status
    console.print(f"web/vendor: {len(sums)} files", markup=False, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
