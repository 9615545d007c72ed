"""Every reader, by kind and name, as a dotted address; nothing is imported before it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from core.errors import ConfigError

# Boundary readers: read(source, paths) -> Layer. All others: read(source, paths, places) -> Layer.
READERS: dict[str, dict[str, str]] = {
    "boundaries": {
        "embedded": "geo.sources.embedded",
        "cahyadsn_sql": "geo.sources.cahyadsn_sql",
        "geojson": "geo.sources.boundary_files",
        "gpkg": "geo.sources.boundary_files",
    },
    "incidents": {"table": "geo.sources.incident_table", "ucdp_ged": "geo.sources.ucdp_ged"},
    "tps": {"kpu_csv": "geo.sources.kpu_csv", "kp24": "geo.sources.kp24"},
    "sites": {"table": "geo.sources.site_table", "esdm_coal": "geo.sources.esdm_coal"},
    "posts": {"table": "geo.sources.post_table"},
    "population": {"geotiff": "geo.sources.geotiff"},
}


def reader(kind: str, name: str) -> Any:
    """The read function; raises ConfigError E_READER naming the readers there are."""
    address = READERS[kind].get(name)
    if address is None:
        raise ConfigError("E_READER", value=name, kind=kind, known=", ".join(sorted(READERS[kind])))
    return import_module(address).read
