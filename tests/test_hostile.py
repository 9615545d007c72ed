"""Family E, files made to do harm, through every door: nothing is fetched, nothing else read, nothing written, and it is said in words."""

from __future__ import annotations

import atexit
import json
import shutil
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
import xlsxwriter

from core.errors import InputError, PetarawanError
from core.settings import Source
from geo import sandbox
from geo.sources import boundary_files, detect, vectors
from geo.sources.sheets import read_grids
from geo.sources.vectors import read_features
from tests import hostile_files as files
from tests.hostile_files import MAKERS, Maker, Scene
from tests.import_client import bring, workspace
from tests.kaltim import read

CANARY = "kanari-4f1d9b"


@cache
def _workspace() -> Path:
    """Where imports go; gone with the tests."""
    folder = tempfile.TemporaryDirectory(prefix="petarawan-uji-")
    atexit.register(folder.cleanup)
    return workspace(Path(folder.name) / "ruang")


def boundaries(reader: str) -> Callable[[Path], object]:
    return lambda path: boundary_files.read(Source(kind="boundaries", reader=reader), [path])


# Every way in for a file of somebody else: what it gives back, or a PetarawanError. New doors belong here.
DOORS: dict[str, Callable[[Path], object]] = {
    "table": read_grids,
    "layer": read_features,
    "layer with crs": lambda path: read_features(path, crs="EPSG:32650"),
    "geojson": lambda path: read_features(path, form="json"),
    "gpkg": lambda path: read_features(path, form="gpkg"),
    "boundaries geojson": boundaries("geojson"),
    "boundaries gpkg": boundaries("gpkg"),
    "boundaries shapefile": boundaries("shapefile"),
    "population": lambda path: read("population", "geotiff", path),
    "detect": detect.propose,
    "import": lambda path: bring(_workspace(), path),
    "incidents": lambda path: read("incidents", "table", path),
}


# The ways that differ from each other; the rest stand behind one of these and have their own tests below.
DIFFERENT = ("table", "layer", "layer with crs", "geojson", "gpkg", "detect", "import")


@pytest.fixture
def heard() -> Iterator[tuple[str, list[str]]]:
    """The address of a listener, and every connection made to it."""
    calls: list[str] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            calls.append(self.request.recv(200).decode("latin-1"))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", calls
        server.shutdown()
        thread.join()


@pytest.fixture
def scene(tmp_path: Path, heard: tuple[str, list[str]]) -> Iterator[Scene]:
    secret = tmp_path / "rahasia.csv"
    secret.write_text(f"nama,{CANARY}\n{CANARY},{CANARY}\n")
    folder = tmp_path / "kiriman"
    folder.mkdir()
    yield Scene(folder, heard[0], secret)
    assert heard[1] == []
    assert secret.read_text() == f"nama,{CANARY}\n{CANARY},{CANARY}\n"
    assert not list(tmp_path.rglob("keluar*"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LIMITS", sandbox.Limits(cpu=10, wall=20, memory=1 << 30))


def through(door: Callable[[Path], object], path: Path) -> tuple[str, str]:
    """The error code, or '', and everything that was said or read."""
    try:
        found = door(path)
    except PetarawanError as error:
        said = [text for lang in ("id", "en") for text in (error.message(lang), error.hint(lang))]
        assert all(said)
        return error.code, "\n".join(said) + repr(vars(error))
    frame = getattr(found, "rows", None)
    return "", repr(found) + (frame.to_csv() if isinstance(frame, gpd.pd.DataFrame) else repr(frame))


# What the doors say; '' where the rest of the file may rightly be read, since the hostile part of it is not looked at.
SAID: dict[Maker, dict[str, str]] = {
    files.vrt: {
        "layer": "E_FOREIGN",
        "table": "E_FOREIGN",
        "geojson": "E_JSON",
        "gpkg": "E_NOT_GPKG",
        "incidents": "E_FOREIGN",
    },
    files.raster_vrt: {"layer": "E_FOREIGN", "table": "E_FOREIGN"},
    files.gdalg: {"layer": "E_FOREIGN", "geojson": "E_NOT_FEATURES", "incidents": "E_FOREIGN"},
    files.link: {"layer": "E_CRS_MEMBER"},
    files.kml: {"layer": "E_FOREIGN", "table": "E_FOREIGN", "incidents": "E_FOREIGN"},
    files.kmz: {"layer": "E_FOREIGN"},
    files.gml: {"layer": "E_FOREIGN", "table": "E_FOREIGN", "incidents": "E_FOREIGN"},
    files.xml: {"table": "E_FOREIGN", "incidents": "E_FOREIGN"},
    files.slip: {"layer": "E_ZIP_PATH"},
    files.slip_windows: {"layer": "E_ZIP_PATH"},
    files.absolute: {"layer": "E_ZIP_PATH"},
    files.drive: {"layer": "E_ZIP_PATH"},
    files.symlink: {"layer": "E_ZIP_LINK"},
    files.symlink_as_data: {"layer": "E_ZIP_LINK"},
    files.bomb: {"layer": "E_ZIP_BOMB"},
    files.nested: {"layer": "E_ZIP_NESTED", "table": "E_FOREIGN"},
    files.liar: {"layer": "E_BROKEN"},
    files.overlapping: {"layer": "E_LAYERS"},
    files.crowd: {"layer": "E_ZIP_MEMBERS"},
    files.twins: {"layer": "E_ZIP_TWICE"},
    files.locked: {"layer": "E_PASSWORD"},
    files.grids_of_prj: {"layer": "E_CRS"},
    files.init_of_prj: {"layer": "E_NO_CRS"},
    files.address_of_prj: {"layer": "E_NO_CRS"},
    files.triggers: {"layer": ""},
    files.views: {"layer": "E_NOT_GPKG"},
    files.view_extension: {"layer": "E_NOT_GPKG"},
    files.view_functions: {"layer": "E_NOT_GPKG"},
    files.virtual: {"layer": "E_GPKG_LAYERS"},
    files.attached: {"layer": "E_NOT_GPKG"},
    files.sqlite: {"layer": "E_FOREIGN", "table": "E_NOT_TABLE"},
    files.duckdb: {"layer": "E_FOREIGN", "table": "E_FOREIGN"},
    files.parquet: {"layer": "E_FOREIGN", "table": "E_FOREIGN"},
    files.flatgeobuf: {"layer": "E_FOREIGN"},
    files.deep: {"layer": "E_JSON_DEPTH"},
    files.deep_objects: {"layer": "E_JSON_DEPTH"},
    files.twice: {"layer": "E_JSON_KEY_TWICE"},
    files.halves: {"layer": "E_JSON"},
    files.entities: {"table": "E_UNREADABLE"},
    files.entities_of_strings: {"table": "E_UNREADABLE"},
    files.entities_of_styles: {"table": ""},
    files.foreign_links: {"table": ""},
    files.foreign_sheet: {"table": "E_UNREADABLE"},
    files.ods_entities: {"table": "E_UNREADABLE"},
    files.ods_repeats: {"table": "E_UNREADABLE"},
    files.html: {"table": "E_HTML"},
    files.ole: {"table": "E_UNREADABLE"},
}


@pytest.mark.slow
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_faults_074_to_086_nothing_is_fetched_read_or_written(maker: Maker, scene: Scene) -> None:
    path = maker(scene)
    before = {item: item.stat().st_mtime_ns for item in scene.folder.parent.rglob("*") if item.is_file()}
    content = path.read_bytes()
    for name in dict.fromkeys((*DIFFERENT, *SAID.get(maker, {}))):
        code, said = through(DOORS[name], path)
        assert CANARY not in said
        if name in SAID.get(maker, {}):
            assert (name, code) == (name, SAID[maker][name])
    assert path.read_bytes() == content
    assert {item: item.stat().st_mtime_ns for item in scene.folder.parent.rglob("*") if item.is_file()} == before


def code_of(path: Path, door: str = "layer") -> str:
    return through(DOORS[door], path)[0]


@pytest.mark.parametrize("door", sorted(DOORS.keys() - {"detect"}))
def test_fault_076_a_path_is_only_ever_a_file(door: str, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene.folder)
    for text in (
        f"/vsicurl/{scene.url}/a.gpkg",
        f"/vsizip/vsicurl/{scene.url}/a.zip",
        "/vsis3/bucket/a.gpkg",
        f"{scene.url}/a.geojson",
        "PG:host=127.0.0.1 dbname=x",
        f"GPKG:{scene.secret}:tabel",
        f"/vsistdin/{scene.secret}",
        f"CSV:{scene.secret}",
    ):
        assert code_of(Path(text), door) == "E_NO_FILE"
        assert detect.propose(Path(text)) == []


@pytest.mark.parametrize("door", ["table", "layer", "gpkg"])
def test_a_name_that_gdal_would_misread(door: str, scene: Scene) -> None:
    folder = scene.folder / 'GPKG:a "b" [1] #%?&mode=rwc'
    folder.mkdir()
    path = Path(shutil.move(files.gpkg(scene), folder / "vsicurl:x.gpkg"))
    assert code_of(path, door) == ("E_NOT_TABLE" if door == "table" else "")


# By number, through the doors that matter.


def told(maker: Maker, scene: Scene, **doors: str) -> None:
    path = maker(scene)
    assert {door: code_of(path, door) for door in doors} == doors


def test_fault_074_a_vrt_named_geojson(scene: Scene) -> None:
    told(files.vrt, scene, table="E_FOREIGN", layer="E_FOREIGN", geojson="E_JSON", gpkg="E_NOT_GPKG")
    told(files.raster_vrt, scene, population="E_NOT_TIFF", layer="E_FOREIGN")


def test_fault_075_a_pipeline_as_json(scene: Scene) -> None:
    told(files.gdalg, scene, table="E_FOREIGN", layer="E_FOREIGN", geojson="E_NOT_FEATURES")


def test_fault_077_a_crs_link_is_never_followed(scene: Scene) -> None:
    told(files.link, scene, layer="E_CRS_MEMBER", geojson="E_CRS_MEMBER")
    assert len(read_features(files.link(scene), crs="EPSG:4326").rows) == 1  # what the caller says counts, and no link


def test_fault_078_kml_with_entities_and_links(scene: Scene) -> None:
    told(files.kml, scene, table="E_FOREIGN", layer="E_FOREIGN", incidents="E_FOREIGN")
    told(files.kmz, scene, table="E_FOREIGN", layer="E_FOREIGN", incidents="E_FOREIGN")
    with pytest.raises(InputError) as caught:
        read_features(files.kml(scene))
    assert "KML" in caught.value.message("id")
    assert "GeoJSON" in caught.value.hint("id")


def test_fault_079_gml_with_a_schema_elsewhere(scene: Scene) -> None:
    told(files.gml, scene, table="E_FOREIGN", layer="E_FOREIGN", incidents="E_FOREIGN")


@pytest.mark.parametrize("maker", [files.slip, files.slip_windows, files.absolute, files.drive])
def test_fault_081_a_zip_that_leads_out(maker: Maker, scene: Scene) -> None:
    told(maker, scene, layer="E_ZIP_PATH")


@pytest.mark.parametrize("maker", [files.symlink, files.symlink_as_data])
def test_fault_081_a_zip_with_a_link(maker: Maker, scene: Scene) -> None:
    told(maker, scene, layer="E_ZIP_LINK")


def test_fault_082_a_bomb_is_stopped_while_it_inflates(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files.bomb(scene)
    assert path.stat().st_size < 600_000
    assert code_of(path) == "E_ZIP_BOMB"
    monkeypatch.setattr(vectors, "MAX_INFLATED", 1 << 28)
    assert code_of(path) == "E_TOO_BIG"


def test_fault_082_other_zips_that_swell_or_lie(scene: Scene) -> None:
    told(files.nested, scene, layer="E_ZIP_NESTED")
    told(files.liar, scene, layer="E_BROKEN")
    told(files.crowd, scene, layer="E_ZIP_MEMBERS")


def test_fault_085_databases_of_other_kinds(scene: Scene) -> None:
    for maker in (files.duckdb, files.parquet, files.flatgeobuf):
        told(maker, scene, table="E_FOREIGN", layer="E_FOREIGN")
    told(files.sqlite, scene, table="E_NOT_TABLE", layer="E_FOREIGN")


@pytest.mark.parametrize("maker", [files.deep, files.deep_objects])
def test_fault_086_nesting_of_200_000(maker: Maker, scene: Scene) -> None:
    told(maker, scene, layer="E_JSON_DEPTH", geojson="E_JSON_DEPTH")


# Fault 84: a shapefile that is not whole.


def whole(scene: Scene) -> dict[str, bytes]:
    return files.shapefile(scene.folder, rows=237)


@pytest.mark.parametrize("part", ["shx", "dbf"])
def test_fault_084_a_part_is_missing(part: str, scene: Scene) -> None:
    parts = whole(scene)
    del parts[f"titik.{part}"]
    with pytest.raises(InputError, match="E_SHAPE_PART") as caught:
        read_features(files.zipped(scene, "a.zip", parts))
    assert f".{part}" in caught.value.message("id")
    assert caught.value.place.file == "a.zip"


@pytest.mark.parametrize(
    ("part", "keep", "code"),
    [
        ("shp", 0.57, "E_SHAPE_CUT"),
        ("shx", 0.57, "E_SHAPE_CUT"),
        ("dbf", 0.57, "E_SHAPE_CUT"),
        ("shp", 0.001, "E_SHAPE_BROKEN"),
        ("dbf", 0.0, "E_SHAPE_BROKEN"),
    ],
)
def test_fault_084_a_cut_shapefile_is_refused_and_not_half_read(
    part: str, keep: float, code: str, scene: Scene
) -> None:
    parts = whole(scene)
    name = f"titik.{part}"
    parts[name] = parts[name][: int(len(parts[name]) * keep)]
    assert code_of(files.zipped(scene, "a.zip", parts)) == code


def test_fault_084_a_cut_shapefile_whose_head_was_mended_too(scene: Scene) -> None:
    parts = whole(scene)
    cut = bytearray(parts["titik.shp"][: 100 + 28 * 134])
    cut[24:28] = struct.pack(">i", len(cut) // 2)
    parts["titik.shp"] = bytes(cut)
    with pytest.raises(InputError, match="E_SHAPE_COUNT") as caught:
        read_features(files.zipped(scene, "a.zip", parts))
    assert {"134", "237"} <= set(caught.value.message("id").replace(",", " ").split())


def test_fault_084_parts_of_two_files(scene: Scene) -> None:
    parts = whole(scene) | {"titik.dbf": files.shapefile(scene.folder, rows=3)["titik.dbf"]}
    assert code_of(files.zipped(scene, "a.zip", parts)) == "E_SHAPE_COUNT"


def test_fault_084_an_index_that_points_elsewhere(scene: Scene) -> None:
    parts = whole(scene)
    index = bytearray(parts["titik.shx"])
    index[100:104] = struct.pack(">i", 2_000_000_000)
    index[108:112] = struct.pack(">i", -5)
    parts["titik.shx"] = bytes(index)
    assert code_of(files.zipped(scene, "a.zip", parts)) == "E_SHAPE_COUNT"


def test_fault_084_a_shape_gdal_leaves_out_is_a_fault_of_its_row(scene: Scene) -> None:
    frame = gpd.GeoDataFrame(
        {"a": range(5)}, geometry=[shapely.box(i, 0, i + 1, 1) for i in range(4)] + [None], crs="EPSG:4326"
    )
    frame.to_file(scene.folder / "p.shp")
    parts = {path.name: path.read_bytes() for path in scene.folder.glob("p.*")}
    shape = bytearray(parts["p.shp"])
    at = 100 + (8 + struct.unpack(">i", shape[104:108])[0] * 2)  # the second record
    shape[at + 8 + 36 : at + 8 + 44] = struct.pack("<ii", 0, 0)  # no ring, no point
    found = read_features(files.zipped(scene, "a.zip", parts | {"p.shp": bytes(shape)}))
    assert [row.properties["a"] for row in found.rows] == [0, 1, 2, 3, 4]
    assert [row.wkb is None for row in found.rows] == [False, True, False, False, True]
    assert {number: fault.code for number, fault in found.faults.items()} == {2: "R_POLYGON_BROKEN"}
    shape[at + 8 + 36 : at + 8 + 44] = struct.pack("<ii", 1, 2_000_000_000)  # one ring of very many points
    assert code_of(files.zipped(scene, "b.zip", parts | {"p.shp": bytes(shape)})) == "E_NOT_LAYER"


def test_rows_marked_as_deleted_are_not_there(scene: Scene) -> None:
    parts = files.shapefile(scene.folder, rows=4)
    table = bytearray(parts["titik.dbf"])
    start, width = struct.unpack("<HH", table[8:12])
    table[start + width] = ord("*")
    found = read_features(files.zipped(scene, "a.zip", parts | {"titik.dbf": bytes(table)}))
    assert [row.properties["nama"] for row in found.rows] == ["Titik 0", "Titik 2", "Titik 3"]


def test_a_whole_shapefile_is_read_whole(scene: Scene) -> None:
    parts = whole(scene)
    found = read_features(
        files.zipped(scene, "a.zip", {f"Dalam Map/{key.upper()}": value for key, value in parts.items()})
    )
    assert (found.layer, found.crs, found.columns, len(found.rows), dict(found.faults)) == (
        "TITIK",
        "EPSG:4326",
        ["nama"],
        237,
        {},
    )
    assert [row.number for row in found.rows] == list(range(1, 238))
    assert shapely.from_wkb(found.rows[5].wkb).coords[:] == [(pytest.approx(117.15), -0.5)]


def test_fault_058_no_prj_is_refused_unless_a_crs_is_given(scene: Scene) -> None:
    parts = files.shapefile(scene.folder, crs="EPSG:32650")
    assert read_features(files.zipped(scene, "a.zip", parts)).crs == "EPSG:32650"
    del parts["titik.prj"]
    path = files.zipped(scene, "a.zip", parts)
    assert code_of(path) == "E_NO_CRS"
    assert read_features(path, crs="EPSG:32650").crs == "EPSG:32650"
    assert code_of(path, "layer with crs") == ""


def test_fault_059_metres_that_are_called_degrees_stay_metres_for_all_to_see(scene: Scene) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(500_000, 55_000)], crs="EPSG:32650")
    frame.to_file(scene.folder / "m.shp")
    parts = {path.name: path.read_bytes() for path in scene.folder.glob("m.*")}
    moved = read_features(files.zipped(scene, "a.zip", parts)).rows[0].wkb
    assert shapely.from_wkb(moved).x == pytest.approx(117.0)
    parts["m.prj"] = files.shapefile(scene.folder)["titik.prj"]
    found = read_features(files.zipped(scene, "b.zip", parts))
    assert (found.crs, shapely.from_wkb(found.rows[0].wkb).x) == ("EPSG:4326", 500_000)


@pytest.mark.parametrize(
    ("cpg", "stored", "code"),
    [
        ("UTF-8", "Désa".encode(), ""),
        ("1252", "Désa".encode("cp1252"), ""),
        ("ISO-8859-1", "Désa".encode("latin-1"), ""),
        ("UTF-8", "Désa".encode("cp1252"), "E_LAYER_ENCODING"),
    ],
)
def test_the_encoding_of_the_cpg_counts(cpg: str, stored: bytes, code: str, scene: Scene) -> None:
    parts = files.shapefile(scene.folder)
    parts["titik.dbf"] = parts["titik.dbf"].replace(b"Titik 0", stored.ljust(7))
    parts["titik.cpg"] = cpg.encode()
    path = files.zipped(scene, "a.zip", parts)
    assert code_of(path) == code
    if not code:
        assert read_features(path).rows[0].properties["nama"] == "Désa"


@pytest.mark.parametrize("cpg", [b"UTF-99", b"", b"\xff\xfe\x00", b"../../rahasia", b"A" * 5000])
def test_a_strange_cpg_is_no_crash(cpg: bytes, scene: Scene) -> None:
    parts = files.shapefile(scene.folder) | {"titik.cpg": cpg}
    assert code_of(files.zipped(scene, "a.zip", parts)) in ("", "E_LAYER_ENCODING", "E_NOT_LAYER")


def test_several_layers_are_asked_about(scene: Scene) -> None:
    parts = files.shapefile(scene.folder)
    two = {f"{stem}{key[5:]}": value for stem in ("desa", "kecamatan") for key, value in parts.items()}
    path = files.zipped(scene, "a.zip", two)
    with pytest.raises(InputError, match="E_LAYERS") as caught:
        read_features(path)
    assert "desa, kecamatan" in caught.value.message("id")
    assert read_features(path, layer="kecamatan").layer == "kecamatan"
    assert code_of(path, "layer") == "E_LAYERS"
    with pytest.raises(InputError, match="E_NO_LAYER"):
        read_features(path, layer="../desa")


def test_what_programs_leave_beside_the_data_is_not_a_layer(scene: Scene) -> None:
    parts = files.shapefile(scene.folder)
    more = {
        "__MACOSX/._titik.shp": b"x",
        ".DS_Store": b"x",
        "titik.shp.xml": b"<a/>",
        "baca.txt": b"x",
        "titik.qix": b"\x00" * 50,
    }
    assert code_of(files.zipped(scene, "a.zip", parts | more)) == ""


def test_a_geodatabase_in_a_zip(scene: Scene) -> None:
    frame = gpd.GeoDataFrame({"nama": ["A"]}, geometry=[shapely.Point(117.1, -0.5)], crs="EPSG:4326")
    frame.to_file(scene.folder / "x.gdb", driver="OpenFileGDB", layer="desa")
    parts = {f"x.gdb/{path.name}": path.read_bytes() for path in (scene.folder / "x.gdb").iterdir()}
    found = read_features(files.zipped(scene, "x.zip", parts))
    assert (found.layer, found.rows[0].properties, len(found.rows)) == ("desa", {"nama": "A"}, 1)
    broken = {key: value[: len(value) // 2] for key, value in parts.items()}
    assert code_of(files.zipped(scene, "y.zip", broken)) in ("E_NOT_LAYER", "E_WORKER_ANSWER")


# Fault 85: what a GeoPackage may hold.


def test_fault_085_triggers_do_nothing_and_rows_are_read(scene: Scene) -> None:
    found = read_features(files.triggers(scene))
    assert [row.properties["nama"] for row in found.rows] == ["A", "B"]


@pytest.mark.parametrize("maker", [files.view_extension, files.view_functions, files.virtual])
def test_fault_085_functions_and_modules_are_not_there(maker: Maker, scene: Scene) -> None:
    assert code_of(maker(scene)) in ("E_NOT_GPKG", "E_GPKG_LAYERS")


def test_fault_085_a_view_that_never_ends_is_stopped(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LIMITS", sandbox.Limits(cpu=2, wall=4))
    assert code_of(files.endless(scene)) == "E_WORKER_LIMIT"


def test_changes_still_open_elsewhere_are_not_left_out_unseen(scene: Scene) -> None:
    path = files.gpkg(scene)
    for ending in ("wal", "journal"):
        beside = path.with_name(f"desa.gpkg-{ending}")
        beside.write_bytes(b"x" * 100)
        assert code_of(path) == "E_GPKG_OPEN"
        beside.write_bytes(b"")
        assert code_of(path) == ""


def test_a_geopackage_left_in_wal_mode_is_read(scene: Scene) -> None:
    path = files.gpkg(scene)
    data = bytearray(path.read_bytes())
    data[18] = data[19] = 2
    path.write_bytes(bytes(data))
    assert len(read_features(path).rows) == 2
    assert sorted(item.name for item in scene.folder.iterdir()) == ["desa.gpkg"]


# GeoJSON by our own parser.


def geojson(scene: Scene, tree: Any) -> Path:
    return scene.write("titik.geojson", tree if isinstance(tree, str) else json.dumps(tree))


@pytest.mark.parametrize(
    ("coordinates", "code"),
    [
        (["117.1", "-0.5"], "R_SHAPE_NUMBER"),
        ([True, False], "R_SHAPE_NUMBER"),
        ([None, 1], "R_SHAPE_NUMBER"),
        ([10**400, 1], "R_SHAPE_NUMBER"),
        ([117.1], "R_SHAPE_NESTING"),
        (117.1, "R_SHAPE_NESTING"),
        ({"x": 1}, "R_SHAPE_NESTING"),
        ([[117.1, -0.5]], "R_SHAPE_NESTING"),
        (None, "R_SHAPE_NESTING"),
    ],
)
def test_faults_050_to_053_of_a_point(coordinates: Any, code: str, scene: Scene) -> None:
    tree = files.points()
    tree["features"] *= 2
    tree["features"][1] = {**tree["features"][0], "geometry": {"type": "Point", "coordinates": coordinates}}
    found = read_features(geojson(scene, tree))
    assert {number: fault.code for number, fault in found.faults.items()} == {2: code}
    assert (found.rows[1].wkb, len(found.rows)) == (None, 2)
    assert found.rows[0].wkb is not None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_fault_050_a_number_json_has_not(number: str, scene: Scene) -> None:
    assert code_of(geojson(scene, json.dumps(files.points()).replace("117.15", number))) == "E_JSON"


def test_fault_051_numbers_beyond_the_earth_are_handed_on_or_faults(scene: Scene) -> None:
    found = read_features(geojson(scene, json.dumps(files.points()).replace("117.15", "1e300")))
    assert shapely.from_wkb(found.rows[0].wkb).x == 1e300
    found = read_features(geojson(scene, json.dumps(files.points()).replace("117.15", "1e400")))
    assert found.faults[1].code == "R_SHAPE_NUMBER"
    found = read_features(geojson(scene, json.dumps(files.points()).replace("117.15", "1e300")), crs="EPSG:32650")
    assert found.faults[1].code == "R_SHAPE_CRS"


def test_fault_069_too_many_vertices_are_refused_early(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "MAX_VERTICES", 1000)
    line = {"type": "LineString", "coordinates": [[117 + i / 1e4, 0.5] for i in range(1001)]}
    tree = files.points()
    tree["features"].append({"type": "Feature", "properties": {}, "geometry": line})
    with pytest.raises(InputError, match="E_GEOJSON_VERTICES") as caught:
        read_features(geojson(scene, tree))
    assert caught.value.params == {"number": 2, "limit": 1000}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "E_NOT_FEATURES"),
        ("[]", "E_NOT_FEATURES"),
        ('{"type":"FeatureCollection"}', "E_NOT_FEATURES"),
        ('{"type":"FeatureCollection","features":{}}', "E_NOT_FEATURES"),
        ('{"type":"FeatureCollection","features":null}', "E_NOT_FEATURES"),
        ('{"type":"Topology","features":[]}', "E_NOT_FEATURES"),
        ('{"type":"FeatureCollection","features":[]', "E_JSON"),
        ('{"type":"FeatureCollection","features":[}', "E_JSON"),
        ('{"type":"FeatureCollection","features":[{},]}', "E_JSON"),
        ('{"type":"FeatureCollection","features":[],}', "E_JSON"),
        ('{"type":"FeatureCollection" "features":[]}', "E_JSON"),
        ('{"type":"FeatureCollection","features":[]} {"a":1}', "E_JSON"),
        ('{type:"FeatureCollection"}', "E_JSON"),
        ('{"type":"FeatureCollection","type":"x","features":[]}', "E_JSON_KEY_TWICE"),
        ('{"type":"FeatureCollection","features":[],"features":[]}', "E_JSON_KEY_TWICE"),
        ("", "E_EMPTY_FILE"),
    ],
)
def test_what_is_no_feature_collection(text: str, code: str, scene: Scene) -> None:
    assert code_of(geojson(scene, text), "geojson") == code


def test_members_in_any_order_and_properties_of_any_kind(scene: Scene) -> None:
    properties = {"a": 1, "b": 2**70, "c": {"x": [1, "é"]}, "d": None, "e": True, "f": 1.5, "g": "teks"}
    row = {"geometry": None, "properties": properties, "type": "Feature"}
    found = read_features(
        geojson(scene, {"features": [row, 7, {"type": "Feature"}], "name": "x", "type": "FeatureCollection"})
    )
    assert found.rows[0].properties == properties | {"b": str(2**70), "c": '{"x": [1, "é"]}'}
    assert [type(value) for value in found.rows[0].properties.values()] == [int, str, str, type(None), bool, float, str]
    assert {number: fault.code for number, fault in found.faults.items()} == {2: "R_NOT_FEATURE", 3: "R_NOT_FEATURE"}
    assert found.columns == list(properties)


def test_a_file_of_no_rows(scene: Scene) -> None:
    found = read_features(geojson(scene, '{"type":"FeatureCollection","features":[]}'))
    assert (found.rows, found.columns, found.crs) == ([], [], "OGC:CRS84")


@pytest.mark.parametrize("form", ["json", "gpkg", "shapefile"])
def test_a_look_at_the_first_rows(form: str, scene: Scene) -> None:
    frame = gpd.GeoDataFrame({"a": range(9)}, geometry=[shapely.Point(117 + i, 0) for i in range(9)], crs="EPSG:4326")
    if form == "shapefile":
        path = files.zipped(scene, "a.zip", files.shapefile(scene.folder, rows=9))
    else:
        path = scene.folder / f"a.{form}"
        frame.to_file(path, driver="GPKG" if form == "gpkg" else "GeoJSON")
    whole = read_features(path)
    assert [len(read_features(path, most=most).rows) for most in (1, 8, 9, 10)] == [1, 8, 9, 9]
    assert read_features(path, most=4).rows == whole.rows[:4]
    assert read_features(path, most=4).columns == whole.columns


def test_batches_are_one_layer(scene: Scene) -> None:
    rows = 5_003  # more than the worker asks for at once
    frame = gpd.GeoDataFrame(
        {"a": range(rows)}, geometry=[shapely.Point(117, i / 1e4) for i in range(rows)], crs="EPSG:4326"
    )
    frame.to_file(scene.folder / "a.gpkg", driver="GPKG")
    found = read_features(scene.folder / "a.gpkg")
    assert [row.properties["a"] for row in found.rows] == list(range(rows))
    assert [row.number for row in found.rows] == list(range(1, rows + 1))
    assert [shapely.from_wkb(row.wkb).y for row in found.rows[::1000]] == [i / 1e4 for i in range(0, rows, 1000)]


def test_too_many_columns(scene: Scene) -> None:
    tree = files.points()
    tree["features"] = [{"type": "Feature", "properties": {f"k{i}": 1}, "geometry": None} for i in range(2001)]
    assert code_of(geojson(scene, tree)) == "E_LAYER_WIDE"


def test_fault_089_a_geojson_that_swells_in_memory_is_stopped(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LIMITS", sandbox.Limits(memory=400 << 20))
    tree = json.dumps(files.points()).replace("[117.15, -0.5]", "[" + "[]," * 4_000_000 + "[]]")
    assert code_of(geojson(scene, tree)) == "E_WORKER_LIMIT"
    assert code_of(geojson(scene, files.points())) == ""


def test_fault_017_and_019_come_through_the_worker(scene: Scene) -> None:
    rows = [["a", "b"], [("=1+1", ""), ("=NA()", "#N/A")], [("=1+1", 2), 3]]
    grid = read_grids(files.workbook(scene.folder, rows))[0]
    assert grid.faults == {(2, 0): "R_FORMULA", (2, 1): "R_CELL_ERROR"}
    assert list(grid.rows)[2] == (3, (2.0, 3.0))


@pytest.mark.parametrize("rows", [3, 2_000])
def test_fault_019_error_values_of_an_old_workbook(rows: int, scene: Scene) -> None:
    grid = read_grids(files.old_workbook(scene, rows))[0]
    assert list(grid.rows)[:2] == [(1, ("nama", "jumlah", "galat", "rumus")), (2, ("A", 7.0, None, None))]
    assert grid.faults == {(row, column): "R_CELL_ERROR" for row in range(2, rows + 2) for column in (2, 3)}


def test_faults_017_and_019_of_an_ods(scene: Scene) -> None:
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    wrong = 'table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error"'
    row = text.format("x") + '<table:table-cell table:number-columns-repeated="2"/>'
    row += f"<table:table-cell {wrong}><text:p>#N/A</text:p></table:table-cell>"
    row += '<table:table-cell table:formula="of:=1+1"/>' + text.format("y")
    head = f"<table:table-row>{text.format('a')}</table:table-row>"
    path = files.ods(scene, f'{head}<table:table-row table:number-rows-repeated="2">{row}</table:table-row>{head}')
    grid = read_grids(path)[0]
    assert list(grid.rows)[2] == (3, ("x", None, None, None, None, "y"))
    assert grid.faults == {(r, c): code for r in (2, 3) for c, code in ((3, "R_CELL_ERROR"), (4, "R_FORMULA"))}


def test_merged_cells_are_told(scene: Scene) -> None:
    path = scene.folder / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().merge_range(0, 0, 0, 3, "Laporan")
    assert read_grids(path)[0].merged == ((1, 0, 1, 3),)


def test_these_files_do_harm_where_gdal_is_let_alone(tmp_path: Path, heard: tuple[str, list[str]]) -> None:
    """The control: without our doors the same files read the secret and call the listener."""
    secret = tmp_path / "rahasia.csv"
    secret.write_text(f"nama,x\n{CANARY},{CANARY}\n")
    scene = Scene(tmp_path, heard[0], secret)
    code = "import sys, pyogrio.raw; print(pyogrio.raw.read(sys.argv[1], layer=int(sys.argv[2]))[3])"
    call = [sys.executable, "-c", code]
    done = subprocess.run([*call, files.vrt(scene), "0"], capture_output=True, text=True, check=False)
    assert CANARY in done.stdout
    assert heard[1] == []
    subprocess.run([*call, files.link(scene), "0"], capture_output=True, check=False)
    assert heard[1]
