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
        "shapefile": "geo.sources.boundary_files",
        "rbi10k": "geo.sources.rbi10k",
        "dukcapil": "geo.sources.dukcapil",
        "hdx_cod": "geo.sources.hdx_cod",
        "geoboundaries": "geo.sources.geoboundaries",
        "gadm": "geo.sources.gadm",
    },
    "incidents": {
        "table": "geo.sources.incident_table",
        "acled": "geo.sources.acled",
        "ucdp_ged": "geo.sources.ucdp_ged",
        "snpk": "geo.sources.snpk",
    },
    "tps": {"kpu_csv": "geo.sources.kpu_csv", "kp24": "geo.sources.kp24", "table": "geo.sources.tps_table"},
    "sites": {
        "table": "geo.sources.site_table",
        "esdm_coal": "geo.sources.esdm_coal",
        "rbi_power": "geo.sources.rbi_power",
        "maus_mining": "geo.sources.maus_mining",
    },
    "posts": {"table": "geo.sources.post_table"},
    "population": {"geotiff": "geo.sources.geotiff", "kontur": "geo.sources.kontur"},
    "elections": {"table": "geo.sources.election_table"},
    "workers": {"table": "geo.sources.worker_table"},
    "night_lights": {"geotiff": "geo.sources.night_lights"},
}


def reader(kind: str, name: str) -> Any:
    """The read function; raises ConfigError E_READER naming the readers there are."""
    address = READERS[kind].get(name)
    if address is None:
        raise ConfigError("E_READER", value=name, kind=kind, known=", ".join(sorted(READERS[kind])))
    return import_module(address).read


def spec(kind: str, name: str) -> Any:
    """The reader's `stream.Spec`, for readers of tables; raises ConfigError E_READER naming the readers that have one."""
    address = READERS[kind].get(name)
    found = getattr(import_module(address), "SPEC", None) if address else None
    if found is None:
        raise ConfigError("E_READER", value=name, kind=kind, known=", ".join(sorted(READERS[kind])))
    return found
