"""Tasks `gpkg`, `shapefile`, `filegdb`: one layer by GDAL, which here knows one driver and may open the named files alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw

from core.errors import InputError
from geo.worker import shapes
from geo.worker.frames import Writer

_DRIVER = {"gpkg": "GPKG", "shapefile": "ESRI Shapefile", "filegdb": "OpenFileGDB"}
_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
)
_BATCH = 5_000  # rows GDAL reads at once


def data_folders() -> list[Path]:
    """Tables of PROJ and GDAL."""
    return [*shapes.data_folders(), *(Path(folder) for folder in [pyogrio.get_gdal_data_path()] if folder)]


def prepare(task: str) -> None:
    """One driver, and no other: should GDAL know one that our list lacks, start again without it. Before the locks, which forbid that."""
    more = set(pyogrio.list_drivers()) - {_DRIVER[task]}
    if more and "PETARAWAN_AGAIN" not in os.environ:
        skip = ",".join((os.environ["OGR_SKIP"], *sorted(more)))
        os.environ.update(OGR_SKIP=skip, GDAL_SKIP=skip, PETARAWAN_AGAIN="1")
        os.execv(sys.executable, [sys.executable, "-I", *sys.argv])
    if more:
        raise RuntimeError(f"drivers left: {sorted(more)}")


def run(read: Mapping[str, Path], params: Mapping[str, Any], write: Writer) -> None:
    """Frames {layer, columns, crs}, then rows as `shapes.Rows`; params : task, layer, crs, most (rows), and the codes for
    a file that does not open (error) and one of several layers (layers).

    Raises InputError by that code, E_LAYERS, E_NO_LAYER, E_NO_CRS; ConfigError E_CRS.
    """
    path = f"GPKG:{read['open']}" if params["task"] == "gpkg" else str(read["open"])
    options: dict[str, Any] = {"IMMUTABLE": "YES"} if params["task"] == "gpkg" else {}
    try:
        layer = _layer(path, params)
        start, most = 0, params.get("most") or sys.maxsize
        rows = shapes.Rows(write)
        ahead: Any = None
        while True:
            asked = min(_BATCH, most - start)
            meta, _, stored, fields = pyogrio.raw.read(
                path, layer=layer, skip_features=start, max_features=asked, datetime_as_string=True, **options
            )
            if not start:
                crs = params.get("crs") or meta["crs"]
                if crs is None:
                    raise InputError("E_NO_CRS")
                system = shapes.system(str(crs))
                ahead, name = shapes.to_lonlat(system), shapes.name_of(system)
                write({"layer": layer, "columns": [str(header) for header in meta["fields"]], "crs": name})
            kinds = [_KINDS.get(kind, "") for kind in meta["ogr_types"]]
            for values in zip(stored, *fields, strict=True):
                _row(rows, values[0], values[1:], kinds, ahead, name)
            start += len(stored)
            if len(stored) < asked or start >= most:
                break
        rows.flush()
    except UnicodeDecodeError as error:
        raise InputError("E_LAYER_ENCODING", encoding=error.encoding) from error
    except _ERRORS as error:
        raise InputError(str(params["error"]), detail=str(error)[:120]) from error


def _layer(path: str, params: Mapping[str, Any]) -> str:
    """The layer named, or the only one with geometry."""
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    wanted = params.get("layer")
    if params["task"] == "shapefile" and len(layers) == 1:
        return layers[0]  # it was chosen by name when it was unpacked
    if wanted is not None and wanted not in layers:
        raise InputError("E_NO_LAYER", layer=wanted, layers=", ".join(layers) or "-")
    if wanted is None and len(layers) != 1:
        raise InputError(str(params["layers"]), layers=", ".join(layers) or "-")
    return str(wanted or layers[0])


_KINDS = {"OFTDate": "date", "OFTDateTime": "datetime"}


def _moment(text: str, kind: str) -> str | None:
    """A day or a time of day in ISO form, without a zone (a GeoPackage says UTC of every time, meant or not); None for anything else."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
    return found.date().isoformat() if kind == "date" else found.replace(tzinfo=None).isoformat()


def _row(rows: shapes.Rows, wkb: bytes | None, values: tuple[Any, ...], kinds: list[str], ahead: Any, crs: str) -> None:
    cells: list[Any] = []
    times: list[tuple[int, str, str]] = []
    for i, (value, kind) in enumerate(zip(values, kinds, strict=True)):
        cell = _cell(value)
        text = _moment(cell, kind) if kind and isinstance(cell, str) else None
        if text:
            times.append((i, kind, text))
        cells.append(None if text else cell)
    fault = None
    found, tall = None, False
    try:
        if wkb is not None:
            found, tall = shapes.out(shapes.from_wkb(wkb), ahead, crs)
    except shapes.NoShape as reason:
        fault = reason
    rows.add(cells, times, found, tall, fault)


def _cell(value: Any) -> Any:
    """A value as JSON has it; whole numbers stay whole, bytes and lists are named and not carried."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if value is None or isinstance(value, bool | int):
        return value
    return str(value) if isinstance(value, date | time) else f"<{type(value).__name__}>"
