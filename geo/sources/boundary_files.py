"""Village polygons from GeoJSON (parsed here, never by GDAL) and GeoPackage (GDAL, driver forced), by the headers seen in real files.

A reader states its code system: undotted codes are refused without `code_system`, and BPS codes are refused, because they look like
Kemendagri codes and mean other places. The crs member of a GeoJSON is never followed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import numpy as np
import pyogrio
import pyproj
import shapely

from core.crs import LONLAT
from core.errors import ConfigError, InputError, Place
from core.settings import Source
from geo.layer import Layer
from geo.sources.boundary_columns import Columns, columns_of, text_of
from geo.sources.content import needed, regular, text
from geo.sources.polygons import BadShape, is_blank, polygon
from geo.sources.villages import RawVillage, layer_of

_SQLITE = b"SQLite format 3\x00"
_GPKG_IDS = (b"GPKG", b"GP10", b"GP11")
_LONLAT_NAMES = ("CRS84", "OGC:1.3:CRS84", "4326", "EPSG::4326", "EPSG:4326")
UNKNOWN = "tidak dinyatakan"


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village; which reader, by `source.reader`: geojson or gpkg.

    Raises InputError and ConfigError as `villages.layer_of`, and E_JSON, E_JSON_KEY_TWICE, E_NOT_FEATURES, E_CRS_MEMBER, E_NOT_GPKG,
    E_GPKG_LAYERS, E_NO_CRS, E_CRS, E_NO_CODE_COLUMN, E_BPS_CODES.
    """
    needed(paths, source.reader)
    if source.code_system == "bps":
        raise ConfigError("E_BPS_CODES")
    of_file = _from_geojson if source.reader == "geojson" else _from_gpkg
    found = [village for path in paths for village in of_file(source, path)]
    return layer_of(
        source, source.reader, paths, found, origin=source.name or ", ".join(p.name for p in paths), licence=UNKNOWN
    )


# GeoJSON


class _KeyTwice(ValueError):
    """The same key twice in one object; the last would win unseen."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _KeyTwice(next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i])))
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def parse(path: Path) -> dict[str, Any]:
    """The FeatureCollection of a file; raises InputError E_JSON, E_JSON_KEY_TWICE or E_NOT_FEATURES.

    The standard parser, not a faster one: it alone shows a key that stands twice, and refuses NaN.
    """
    place = Place(file=str(path))
    content = text(path)
    try:
        tree = json.loads(content, object_pairs_hook=_pairs, parse_constant=_constant)
    except _KeyTwice as error:
        raise InputError("E_JSON_KEY_TWICE", place=place, key=str(error)) from error
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", None)
        raise InputError("E_JSON", place=Place(file=str(path), row=row), detail=str(error)[:120]) from error
    if (
        not isinstance(tree, dict)
        or tree.get("type") != "FeatureCollection"
        or not isinstance(tree.get("features"), list)
    ):
        raise InputError("E_NOT_FEATURES", place=place)
    if re.search(r"\\u[dD][89a-fA-F]", content):
        _refuse_half_letters(tree, place)
    return tree


def _refuse_half_letters(tree: dict[str, Any], place: Place) -> None:
    """Raise InputError E_JSON for text with half of a surrogate pair, which is no letter and cannot be written anywhere."""
    try:
        json.dumps(tree, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("E_JSON", place=place, detail=f"{error.object[error.start]!a}") from error


def _from_geojson(source: Source, path: Path) -> Iterator[RawVillage]:
    tree = parse(path)
    ahead = _to_lonlat(source.crs) if source.crs else None
    if "crs" in tree and ahead is None and not _is_lonlat(tree["crs"]):
        raise InputError("E_CRS_MEMBER", place=Place(file=str(path), value=json.dumps(tree["crs"])[:120]))
    features = tree["features"]
    headers = dict.fromkeys(key for item in features for key in _properties(item) or ())
    columns = columns_of(list(headers), source.columns, str(path)) if headers else None
    for i, feature in enumerate(features, start=1):
        place = Place(file=path.name, row=i)
        properties = _properties(feature)
        if columns is None or properties is None:
            yield RawVillage(place, "", "", BadShape("R_NOT_FEATURE"))
            continue
        shape: shapely.Geometry | BadShape | None
        flat = False
        try:
            shape, flat = _shape(feature.get("geometry"))
            if ahead is not None and shape is not None:
                shape = _moved(shape, ahead)
        except BadShape as fault:
            shape = fault
        yield _village(place, properties, columns, shape, flat)


def _properties(feature: object) -> dict[str, Any] | None:
    """The properties of a feature; None for anything else."""
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else None


def _is_lonlat(member: object) -> bool:
    """Whether a crs member names lon/lat; a link never does, and is never followed."""
    properties = member.get("properties") if isinstance(member, dict) and member.get("type") == "name" else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return isinstance(name, str) and name.upper().endswith(_LONLAT_NAMES)


def _shape(geometry: object) -> tuple[shapely.Geometry | None, bool]:
    """The polygon of a geometry object, and whether it had heights; None for a village without polygon."""
    if geometry is None:
        return None, False
    if not isinstance(geometry, dict):
        raise BadShape("R_POLYGON_NESTING", found="0")
    kind = geometry.get("type")
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list):
        parts = [
            _shape(item) for item in geometry["geometries"] if isinstance(item, dict) and item.get("type") in _NESTING
        ]
        shapes = [part for part, _ in parts if part is not None]
        if not shapes:
            raise BadShape("R_POLYGON_NOT", found=str(kind))
        return shapely.GeometryCollection(shapes), any(flat for _, flat in parts)
    if kind not in _NESTING:
        raise BadShape("R_POLYGON_NOT", found=str(kind)[:40])
    tree = geometry.get("coordinates")
    if isinstance(tree, list) and is_blank(tree):
        return None, False
    if not isinstance(tree, list):
        raise BadShape("R_POLYGON_NESTING", found="0")
    return polygon(tree, levels=_NESTING[str(kind)]), _has_height(tree)


_NESTING = {"Polygon": 3, "MultiPolygon": 4}


def _has_height(tree: object) -> bool:
    """Whether the first position has more than two numbers."""
    while isinstance(tree, list) and tree and isinstance(tree[0], list):
        tree = tree[0]
    return isinstance(tree, list) and len(tree) > 2


# GeoPackage


def _from_gpkg(source: Source, path: Path) -> Iterator[RawVillage]:
    try:
        with _simply_named(path) as name:
            layer = _only_layer(path, name)
            meta, _, stored, fields = pyogrio.raw.read(name, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise InputError("E_NOT_GPKG", place=Place(file=str(path))) from error
    crs = source.crs or meta["crs"]
    if crs is None:
        raise InputError("E_NO_CRS", place=Place(file=str(path)))
    ahead = None if _crs(crs).to_epsg() == 4326 else _to_lonlat(crs)
    headers = [str(name) for name in meta["fields"]]
    columns = columns_of(headers, source.columns, str(path))
    for i, values in enumerate(zip(stored, *fields, strict=True)):
        shape: shapely.Geometry | BadShape | None
        flat = False
        try:
            shape, flat = _stored(values[0])
            if ahead is not None and shape is not None:
                shape = _moved(shape, ahead)
        except BadShape as fault:
            shape = fault
        yield _village(
            Place(file=path.name, sheet=layer, row=i + 1),
            dict(zip(headers, values[1:], strict=True)),
            columns,
            shape,
            flat,
        )


def _stored(wkb: bytes | None) -> tuple[shapely.Geometry | None, bool]:
    """One geometry of the file, and whether it has heights; read by itself, so that a broken one costs one row."""
    if wkb is None:
        return None, False
    try:
        shape = shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        raise BadShape("R_POLYGON_BROKEN") from error
    return (None, False) if shapely.is_empty(shape) else (shape, bool(shapely.has_z(shape)))


@contextmanager
def _simply_named(path: Path) -> Iterator[str]:
    """The file under a name that GDAL does not misread: after its prefix a colon or a quote in a folder's name ends the path."""
    with TemporaryDirectory(prefix="petarawan-") as folder:
        link = Path(folder) / "batas.gpkg"
        link.symlink_to(path.absolute())
        yield f"GPKG:{link}"


def _only_layer(path: Path, opened: str) -> str:
    """The name of the one layer with geometry, after checking by its first bytes that this is a GeoPackage."""
    place = Place(file=str(path))
    regular(path)
    with path.open("rb") as stream:
        head = stream.read(100)
    if not head.startswith(_SQLITE) or head[68:72] not in _GPKG_IDS:
        raise InputError("E_NOT_GPKG", place=place)
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(opened) if kind is not None]
    except pyogrio.errors.DataSourceError as error:
        raise InputError("E_NOT_GPKG", place=place) from error
    if len(layers) != 1:
        raise InputError("E_GPKG_LAYERS", place=place, layers=", ".join(layers) or "-")
    return layers[0]


# both


def _to_lonlat(crs: object) -> pyproj.Transformer:
    """The way from a coordinate system to lon/lat; raises ConfigError E_CRS when it is not known."""
    return pyproj.Transformer.from_crs(_crs(crs), LONLAT, always_xy=True)


def _crs(crs: object) -> pyproj.CRS:
    try:
        return pyproj.CRS(crs)
    except pyproj.exceptions.CRSError as error:
        raise ConfigError("E_CRS", value=str(crs)) from error


def _moved(shape: shapely.Geometry, ahead: pyproj.Transformer) -> shapely.Geometry:
    """The shape in lon/lat, 2-D; where the projection has no answer the numbers are infinite, and refused later."""
    xy = shapely.get_coordinates(shape)
    lon, lat = ahead.transform(xy[:, 0], xy[:, 1])
    return shapely.set_coordinates(shapely.force_2d(shape), np.column_stack((lon, lat)))


def _village(
    place: Place, properties: Mapping[str, Any], columns: Columns, shape: shapely.Geometry | BadShape | None, flat: bool
) -> RawVillage:
    raw = {key: text_of(properties.get(key)) for key in columns.used()}
    parents = tuple(text_of(properties.get(name)) or None if name else None for name in columns.parents)
    return RawVillage(
        place=place,
        kode=text_of(properties.get(columns.kode)),
        name=text_of(properties.get(columns.name)),
        shape=shape,
        parents=(parents[0], parents[1], parents[2]),
        raw=raw,
        flat=flat,
    )
