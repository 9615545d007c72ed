"""The indicative boundaries: what the committed files hold, and that the packages give exactly them."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import codes
from core.errors import ConfigError, InputError
from core.settings import Source
from geo import registry
from geo.boundaries import areas_km2
from geo.build_embedded import ISLET, Packages, build, load, registry_bytes, write_all
from geo.packages import BPS, OUTLINES, POINTS, verify
from geo.sources import embedded
from geo.voronoi import GRID, cells, separate

DATA = registry.DATA
EMBEDDED = Source(kind="boundaries", reader="embedded")
_FOLDER = Path(os.environ.get("PETARAWAN_PACKAGES", Path.home() / ".cache" / "petarawan"))
WHEEL, GEODATA = _FOLDER / POINTS.file, _FOLDER / OUTLINES.file
needs_packages = pytest.mark.skipif(
    not (WHEEL.is_file() and GEODATA.is_file()), reason=f"the two packages are not in PETARAWAN_PACKAGES ({_FOLDER})"
)


def test_the_embedded_layer_is_kalimantan_timur_with_every_village() -> None:
    layer = embedded.read(EMBEDDED, [])
    kode = layer.rows["kode"].tolist()
    assert (len(kode), len({k[:8] for k in kode}), len({k[:5] for k in kode})) == (1038, 105, 10)
    assert kode == sorted(kode)
    assert all(codes.is_code(k) and codes.level(k) == 4 for k in kode)
    assert layer.info.indicative
    assert layer.info.ledger().accepted == 1038
    shapes = layer.rows.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert areas_km2(shapes).min() > 0.05


def test_area_agrees_with_the_ellipsoid() -> None:
    """EPSG:6933 against the geodesic area of the same polygons, which is computed without any projection."""
    shapes = embedded.read(EMBEDDED, []).rows.geometry.to_numpy()
    geod = pyproj.Geod(ellps="WGS84")
    geodesic = sum(geod.geometry_area_perimeter(shape)[0] for shape in shapes) / 1e6
    assert areas_km2(shapes).sum() == pytest.approx(geodesic, rel=1e-5)


def test_upper_names_are_those_of_the_registry() -> None:
    rows = embedded.read(EMBEDDED, []).rows
    for column, width in (("provinsi", 2), ("kabupaten", 5), ("kecamatan", 8)):
        assert [registry.name_of(k[:width]) for k in rows["kode"]] == rows[column].tolist()


def test_sources_toml_names_origin_licence_date_and_the_hash_of_every_file() -> None:
    listed = tomllib.loads((DATA / "SOURCES.toml").read_text(encoding="utf-8"))
    for package in listed["package"]:
        assert {"name", "version", "sha256", "licence", "origin", "retrieved"} <= package.keys()
    assert [package["sha256"] for package in listed["package"]] == [POINTS.sha256, OUTLINES.sha256, BPS.sha256]
    named = {entry["name"]: entry["sha256"] for entry in listed["file"]}
    assert set(named) == {path.name for path in DATA.iterdir()} - {"SOURCES.toml"}
    for name, expected in named.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == expected


def test_registry_holds_the_whole_country() -> None:
    entries = registry.entries()
    counts = [sum(item.level == level for item in entries.values()) for level in (1, 2, 3)]
    assert counts == [38, 514, 7285]
    assert all(codes.parent(kode) in entries for kode in entries if codes.level(kode) > 1)
    assert registry.name_of("64.08") == "Kabupaten Kutai Timur"
    assert registry.name_of("64.07") == "Kabupaten Kutai Barat"
    assert registry.name_of("64.08.01.2001") is None
    assert registry.name_of("64.04") is None  # BPS writes Kutai Timur so; Kemendagri has no such code


def test_seats_are_regency_capitals_inside_the_country() -> None:
    seats = registry.seats()
    assert len(seats.kode) == len(seats.lon) == len(seats.lat)
    assert len(seats.kode) >= 513  # one regency's point in the register lies in Africa and is not used
    at = seats.kode.index("64.74")
    assert (seats.lon[at], seats.lat[at]) == pytest.approx((117.444, 0.0695), abs=0.01)
    assert ((seats.lon > 94) & (seats.lon < 142)).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40), st.integers(0, 2**32 - 1))
@example([(0.0, 1e-06), (0.0, 0.0)], 0)
@settings(max_examples=60, deadline=None)
def test_every_place_belongs_to_the_nearest_point(raw: list[tuple[float, float]], seed: int) -> None:
    """Against brute force: the polygon around a place is that of the nearest point; nothing overlaps, nothing is left over."""
    domain = shapely.union(shapely.box(0, 0, 1, 1), shapely.box(1.2, 0, 1.4, 0.3))
    points, _ = separate(np.array(raw, dtype=np.float64), domain)
    shapes = cells(points, domain)
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(domain), abs=1e-4)
    places = np.random.default_rng(seed).random((50, 2))
    distance = np.sqrt(((places[:, None] - points[None]) ** 2).sum(axis=2))
    nearest = distance.argmin(axis=1)
    off = shapely.distance(shapes[nearest], shapely.points(places))
    assert off.max() <= 4 * GRID


def test_points_at_one_place_are_moved_apart_by_a_fixed_rule() -> None:
    domain = shapely.box(0, 0, 1, 1)
    corner = np.zeros((30, 2))
    points, moved = separate(corner, domain)
    assert moved.tolist() == [False] + [True] * 29
    assert len(np.unique(points, axis=0)) == 30
    assert shapely.intersects_xy(domain, points[:, 0], points[:, 1]).all()
    assert (points == separate(corner, domain)[0]).all()
    assert (shapely.area(cells(points, domain)) > 0).all()


def _invented() -> Packages:
    """One province, one kecamatan: a village inside, one at sea, one in the neighbour province, one without a point, one twice."""
    import pandas as pd

    def frame(rows: list[tuple[str, int, str, float, float]]) -> pd.DataFrame:
        table = pd.DataFrame(rows, columns=["kode", "level", "name", "lon", "lat"])
        table.insert(3, "capital", "")
        return table

    nan = float("nan")
    upper = frame(
        [
            ("11", 1, "P", 100.5, 0.5),
            ("11.01", 2, "K", 100.5, 0.5),
            ("11.01.01", 3, "C", 100.25, 0.25),
            ("12", 1, "Q", 101.5, 0.5),
        ]
    )
    villages = frame(
        [
            ("11.01.01.2001", 4, "dalam", 100.5, 0.5),
            ("11.01.01.2002", 4, "laut", 99.5, 0.5),
            ("11.01.01.2003", 4, "tetangga", 101.4, 0.4),
            ("11.01.01.2004", 4, "tanpa titik", nan, nan),
            ("11.01.01.2005", 4, "kembar", 100.5, 0.5),
        ]
    )
    return Packages(upper, {"11": villages}, {"11": shapely.box(100, 0, 101, 1), "12": shapely.box(101, 0, 102, 1)})


def test_every_village_gets_a_polygon_wherever_its_point_lies() -> None:
    built = build(_invented(), "11")
    assert built.placed == {"own": 2, "district": 1, "regency": 0, "moved": 1, "islet": 1, "separated": 1}
    shapes = shapely.from_wkb(built.table.column("geometry").to_numpy(zero_copy_only=False))
    assert shapely.is_valid(shapes).all()
    assert (shapely.area(shapes) > 0).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.contains_xy(shapes[1], 99.5, 0.5)
    assert shapely.area(shapes[1]) >= 0.9 * np.pi * ISLET**2
    assert not shapely.intersects(shapes[2], shapely.box(101.001, 0, 102, 1)).any()
    assert shapely.contains_xy(shapes[3], 100.25, 0.25)


def test_unknown_province() -> None:
    with pytest.raises(ConfigError, match="E_AREA_UNKNOWN"):
        _invented().provinces("99")


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    fake = tmp_path / POINTS.file
    fake.write_bytes(b"not the wheel")
    with pytest.raises(InputError, match="E_PACKAGE_HASH"):
        verify(fake, POINTS)
    with pytest.raises(InputError, match="E_NO_FILE"):
        verify(tmp_path / "none", POINTS)


def test_other_files_are_not_read_as_ours(tmp_path: Path) -> None:
    junk = tmp_path / "64.parquet"
    junk.write_bytes(b"PAR1 but not really")
    with pytest.raises(InputError, match="E_NOT_EMBEDDED"):
        embedded.read(EMBEDDED, [junk])
    foreign = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(embedded.DEFAULT).select(["kode", "name"]), foreign)
    with pytest.raises(InputError, match="E_NOT_EMBEDDED"):
        embedded.read(EMBEDDED, [foreign])
    with pytest.raises(InputError, match="E_NO_FILE"):
        embedded.read(EMBEDDED, [tmp_path / "99.parquet"])
    with pytest.raises(InputError, match="E_CODE_TWICE"):
        embedded.read(EMBEDDED, [embedded.DEFAULT, embedded.DEFAULT])


@needs_packages
def test_a_rebuild_gives_the_same_bytes(tmp_path: Path) -> None:
    packages = load(WHEEL, GEODATA)
    assert [item.table.num_rows for item in write_all(packages, ["64"], tmp_path)] == [1038]
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in DATA.iterdir()}
    for name in ("64.parquet", "registry.csv.gz", "villages.csv.gz", "SOURCES.toml"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name
    assert registry_bytes(packages.registry) == (DATA / "registry.csv.gz").read_bytes()


@needs_packages
@pytest.mark.slow
def test_all_of_indonesia(tmp_path: Path) -> None:
    """All 83,762 villages of 38 provinces get a polygon, wherever their point lies; the parts of one province never overlap."""
    packages = load(WHEEL, GEODATA)
    built = list(write_all(packages, packages.provinces("all"), tmp_path))
    assert len(built) == 38
    assert sum(item.table.num_rows for item in built) == 83_762
    assert {len(item.table) == sum(item.placed.values()) - item.placed["separated"] for item in built} == {True}
    for path in sorted(tmp_path.glob("*.parquet")):
        shapes = embedded.read(EMBEDDED, [path]).rows.geometry.to_numpy()
        assert shapely.coverage_is_valid(shapes), path.name
        assert (shapely.area(shapes) > 0).all(), path.name
