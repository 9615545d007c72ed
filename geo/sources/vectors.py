"""A map layer of somebody else as rows: GeoJSON by our own parser, GeoPackage, zipped shapefile and geodatabase by GDAL, all in the worker.

Shapes come back as WKB in lon/lat (EPSG:4326), 2-D; a shape nobody can use is a fault of its row, never of the file, and is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import shapely

from core.errors import InputError, Place, reason
from core.words import DEFAULT_LANGUAGE, catalogue
from geo import sandbox
from geo.sources import shapefile_parts
from geo.sources.content import LIMIT, regular
from geo.sources.forms import refuse_foreign
from geo.sources.sheets import Cell, read_head
from geo.sources.zips import MAX_INFLATED

MAX_VERTICES = 2_000_000  # of one feature
_REASON = 40  # letters of a code


class Fault(NamedTuple):
    """Why a row has no usable shape: words `reason.<code>`."""

    code: str
    params: Mapping[str, str]


class Feature(NamedTuple):
    """One row: its number (1-based, in file order), its cells by column, its shape; None where it has none or a fault."""

    number: int
    properties: dict[str, Cell]
    wkb: bytes | None


@dataclass(frozen=True)
class Features:
    """All rows of one layer; a column a row lacks is not in its properties.

    layer : its name, None for GeoJSON; crs : what the file or the caller said ('OGC:CRS84', 'EPSG:32650', a name); shapes are in
    lon/lat by it, so metres under a crs of degrees show as numbers beyond 180. faults, heights : by row number.
    """

    file: str
    layer: str | None
    crs: str
    columns: list[str]
    rows: list[Feature] = field(repr=False)
    faults: Mapping[int, Fault] = field(default_factory=dict, repr=False)
    heights: frozenset[int] = frozenset()


def read_features(
    path: Path, *, crs: str | None = None, layer: str | None = None, form: str | None = None, most: int | None = None
) -> Features:
    """The one layer of a file, or the one named; of a GeoJSON its features.

    `crs` counts instead of what the file says; `form` (json, gpkg, shapefile, filegdb) is what the caller insists on; `most` rows are
    read and the rest is not looked at, to see what a file is.
    Raises InputError E_EMPTY, E_FOREIGN, E_HTML, E_NOT_GPKG, E_GPKG_LAYERS, E_GPKG_OPEN, E_NO_CRS, E_LAYERS, E_NO_LAYER, E_NOT_LAYER,
    E_SHAPE_*, E_ZIP_*, E_BROKEN, E_PASSWORD, E_TOO_BIG, E_JSON*, E_NOT_FEATURES, E_CRS_MEMBER, E_GEOJSON_VERTICES, E_LAYER_WIDE,
    E_WORKER_*, and as `content.regular`; ConfigError E_CRS.
    """
    regular(path, LIMIT)
    kind = form or refuse_foreign(path, read_head(path, 4096), of="layer")
    wanted: dict[str, object] = {"crs": crs, "layer": layer, "most": most}
    if kind == "json":
        return _read("geojson", {"file": path}, wanted | {"vertices": MAX_VERTICES}, path)
    if kind == "gpkg":
        _check_gpkg(path)
        wanted |= {"error": "E_NOT_GPKG", "layers": "E_GPKG_LAYERS"}
        with TemporaryDirectory(prefix="petarawan-") as folder:
            # A name GDAL does not misread: after its prefix a colon or a quote in a folder's name ends the path.
            link = Path(folder) / "layer.gpkg"
            link.symlink_to(path.absolute())
            return _read("gpkg", {"open": link}, wanted, path)
    with _unpacked(path, layer) as (kind, name, parts):
        wanted |= {"error": "E_NOT_LAYER", "layers": "E_LAYERS"}
        if kind == "shapefile":
            try:
                drawn = shapefile_parts.check(name, parts)
            except InputError as error:
                error.at(Place(file=path.name))
                raise
            found = _read("shapefile", {"open": parts["shp"], **parts}, wanted | {"layer": None}, path, name)
            return _accounted(found, drawn[:most].tolist())
        return _read("filegdb", {"open": parts.pop(""), **parts}, wanted, path)


def _accounted(found: Features, drawn: list[bool]) -> Features:
    """The rows, each of which has the shape that is drawn for it, or a fault; GDAL leaves out what it cannot read."""
    if len(found.rows) != len(drawn):
        raise InputError("E_WORKER_ANSWER", place=Place(file=found.file))
    lost = [row.number for row, shape in zip(found.rows, drawn, strict=True) if shape and row.wkb is None]
    faults = {number: Fault("R_POLYGON_BROKEN", {}) for number in lost if number not in found.faults}
    return replace(found, faults={**found.faults, **faults})


def _check_gpkg(path: Path) -> None:
    """By its first bytes; and no changes may lie beside it, where they would not be read."""
    try:
        with path.open("rb") as stream:
            head = stream.read(100)
    except OSError as error:
        raise InputError("E_UNREADABLE", place=Place(file=str(path)), detail=reason(error)) from error
    if not head.startswith(b"SQLite format 3\x00") or head[68:72] not in (b"GPKG", b"GP10", b"GP11"):
        raise InputError("E_NOT_GPKG", place=Place(file=str(path)))
    for ending in ("-wal", "-journal"):
        more = path.with_name(path.name + ending)
        if more.is_file() and more.stat().st_size:
            raise InputError("E_GPKG_OPEN", place=Place(file=path.name), wal=more.name)


@contextmanager
def _unpacked(path: Path, layer: str | None) -> Iterator[tuple[str, str, dict[str, Path]]]:
    """What kind of layer a zip holds, its name, and its parts under names of ours; of a geodatabase the folder is ''."""
    params = {"inflated": MAX_INFLATED, "layer": layer}
    with TemporaryDirectory(prefix="petarawan-") as folder:
        with sandbox.run("unzip", {"file": path}, params, file=path.name) as answer:
            kind, name, parts = "", "", {}
            for data, blob in answer.frames():
                if "kind" in data:
                    kind, name = str(data["kind"]), str(data["layer"])[:200]
                    base = Path(folder) / ("layer.gdb" if kind == "filegdb" else "layer")
                    if kind == "filegdb":
                        base.mkdir()
                        parts[""] = base
                    continue
                part = str(data.get("part"))
                if kind not in ("shapefile", "filegdb") or not _sound(part) or part in list(parts)[:-1]:
                    raise InputError("E_WORKER_ANSWER", place=Place(file=path.name))
                parts[part] = base / part if kind == "filegdb" else base.with_suffix(f".{part}")
                with parts[part].open("ab") as stream:
                    stream.write(blob)
        yield kind, name, parts


def _sound(part: str) -> bool:
    """A name that is only a name."""
    return (
        part.replace(".", "").replace("_", "").isalnum()
        and part.isascii()
        and not part.startswith(".")
        and len(part) < 60
    )


def _read(
    task: str, paths: Mapping[str, Path], params: Mapping[str, object], path: Path, name: str | None = None
) -> Features:
    # A GeoJSON is held whole as text, twice for a moment; every other format is read piece by piece.
    limits = replace(sandbox.LIMITS, memory=max(sandbox.LIMITS.memory, 5 * path.stat().st_size))
    with sandbox.run(task, paths, {"task": task, **params}, file=path.name, limits=limits) as answer:
        try:
            return _features(answer, path.name, name)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError("E_WORKER_ANSWER", place=Place(file=path.name)) from error


def _features(answer: sandbox.Answer, file: str, name: str | None) -> Features:
    """Rows from what the worker says; KeyError, TypeError, ValueError or IndexError where it is no such thing."""
    columns: list[str] = []
    layer, crs = name, ""
    rows: list[Feature] = []
    faults: dict[int, Fault] = {}
    heights: set[int] = set()
    for data, blob in answer.frames():
        if "columns" in data:
            columns = [str(column) for column in data["columns"]]
            layer, crs = name or data.get("layer"), str(data["crs"])
            continue
        before, at = len(rows), 0
        times = {(int(row), int(column)): _TIMES[kind](text) for row, column, kind, text in data["times"]}
        for i, (cells, size) in enumerate(zip(data["rows"], data["shapes"], strict=True)):
            # GeoJSON names the key of every cell; layers of GDAL have one width.
            pairs = zip(columns, cells, strict=True) if columns else ((str(key), value) for key, value in cells)
            properties: dict[str, Cell] = dict(pairs)
            for j, column in enumerate(columns if times else ()):
                if (i, j) in times:
                    properties[column] = times[i, j]
            if not _CELLS.issuperset(map(type, properties.values())):
                raise TypeError("no cell")
            wkb = None
            if size is not None:
                wkb = blob[at : at + int(size)]
                at += int(size)
            rows.append(Feature(before + i + 1, properties, wkb))
        if at != len(blob) or not _readable([row.wkb for row in rows[before:]]):
            raise ValueError("shapes do not add up")
        for row, code, params in data["faults"]:
            clean = {str(key)[:_REASON]: str(value)[:120] for key, value in params.items()}
            faults[before + int(row) + 1] = Fault(_known(code), clean)
        heights |= {before + int(row) + 1 for row in data["heights"]}
    return Features(file, layer, crs, columns, rows, faults, frozenset(heights))


def _readable(wkbs: list[bytes | None]) -> bool:
    """Whether every WKB is one: whoever reads them later need not ask."""
    stored = np.array([*wkbs, None], dtype=object)[:-1]
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(stored, on_invalid="ignore")
    return int(shapely.is_missing(shapes).sum()) == wkbs.count(None)


_CELLS = frozenset({str, int, float, bool, date, datetime, type(None)})
_TIMES: Mapping[str, Any] = {"date": date.fromisoformat, "datetime": datetime.fromisoformat}


def _known(code: object) -> str:
    """A reason we have words for."""
    if isinstance(code, str) and f"reason.{code}.message" in catalogue(DEFAULT_LANGUAGE):
        return code
    raise ValueError("no reason")
