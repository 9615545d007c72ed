"""Every output format, by name, as a dotted address; nothing is imported before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import pyarrow as pa

from core.errors import ConfigError, RequestError
from store.manifest import Manifest

TABLES = ("cells", "areas", "incidents", "tps", "sites")


@dataclass(frozen=True)
class Format:
    """A format: the module whose `write(name, table, manifest) -> bytes` makes it, its file suffix and media type, what it can hold."""

    address: str
    suffix: str
    media_type: str
    tables: tuple[str, ...] = TABLES


FORMATS: dict[str, Format] = {
    "geojson": Format("formats.geojson", ".geojson", "application/geo+json"),
    "csv": Format("formats.csv_file", ".csv", "text/csv; charset=utf-8"),
    "geoparquet": Format("formats.geoparquet", ".parquet", "application/vnd.apache.parquet"),
    "xlsx": Format("formats.xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "gpkg": Format("formats.gpkg", ".gpkg", "application/geopackage+sqlite3"),
    "html": Format("formats.html", ".html", "text/html; charset=utf-8", ("areas",)),
}


def output(name: str) -> Format:
    """The format of that name; raises RequestError E_FORMAT naming the formats there are."""
    if name not in FORMATS:
        raise RequestError("E_FORMAT", value=name[:40], known=", ".join(FORMATS))
    return FORMATS[name]


def write(format_name: str, table_name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """A table of a snapshot as a file; raises RequestError E_FORMAT, E_TABLE or E_TOO_MANY_ROWS, ConfigError E_FORMAT_TABLE."""
    form = output(format_name)
    if table_name not in TABLES:
        raise RequestError("E_TABLE", value=table_name[:40], known=", ".join(TABLES))
    if table_name not in form.tables:
        raise ConfigError("E_FORMAT_TABLE", value=format_name, table=table_name, known=", ".join(form.tables))
    module = import_module(form.address)
    done: bytes = module.write(table_name, table, manifest)
    return done
