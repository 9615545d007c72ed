"""The demo workspace: all Kaltim on the embedded boundaries with seeded sample data, everything marked DATA CONTOH."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.errors import ConfigError, Place, reason
from core.settings import FILE_NAME, Source
from geo.boundaries import build_tree
from geo.sources import embedded
from publish.sample import incidents, people, sites, stations
from publish.sample.ground import survey

AREA = "64"
_TOML = """\
# Ruang kerja contoh petarawan. Semua kejadian, TPS, lokasi, pos, dan penduduk di sini KARANGAN, bukan data resmi.
# Sample workspace: every incident, polling station, site, post and head count here is INVENTED.
title = "Peta Rawan Kalimantan Timur — DATA CONTOH"
area = ["64"]
resolution = 8
as_of = 2024-10-31
model = "kaltim"

[[source]]
kind = "boundaries"
reader = "embedded"

[[source]]
kind = "incidents"
reader = "table"
path = "contoh-kejadian.csv"
name = "kejadian-contoh"
licence = "CC0-1.0"
sample = true

[[source]]
kind = "tps"
reader = "kpu_csv"
path = "contoh-tps.csv"
name = "tps-contoh"
licence = "CC0-1.0"
sample = true

[[source]]
kind = "sites"
reader = "table"
path = "contoh-lokasi.csv"
name = "lokasi-contoh"
licence = "CC0-1.0"
sample = true

[[source]]
kind = "posts"
reader = "table"
path = "contoh-pos.csv"
name = "pos-contoh"
licence = "CC0-1.0"
sample = true

[[source]]
kind = "population"
reader = "geotiff"
path = "contoh-penduduk.tif"
name = "penduduk-contoh"
licence = "CC0-1.0"
sample = true
"""


def write_demo(folder: Path, seed: int = 640864) -> Path:
    """Write the demo workspace into `folder` and return it; the same seed gives the same bytes.

    Raises ConfigError E_DEMO_EXISTS when the folder is a workspace already, E_DEMO_FOLDER when it cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise ConfigError("E_DEMO_EXISTS", place=Place(file=str(folder / FILE_NAME)))
    ground = survey(
        build_tree(embedded.read(Source(kind="boundaries", reader="embedded"), []), [AREA]), _rng(seed, "people")
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_csv(folder / "contoh-kejadian.csv", incidents.HEADER, incidents.make(ground, _rng(seed, "incidents")))
        _write_csv(folder / "contoh-tps.csv", stations.HEADER, stations.make(ground, _rng(seed, "stations")))
        _write_csv(folder / "contoh-lokasi.csv", sites.SITE_HEADER, sites.make_sites(ground, _rng(seed, "sites")))
        _write_csv(folder / "contoh-pos.csv", sites.POST_HEADER, sites.make_posts(ground, _rng(seed, "posts")))
        people.write(folder / "contoh-penduduk.tif", ground)
        # Last, so that a folder is a workspace only when it is whole.
        (folder / FILE_NAME).write_text(_TOML, encoding="utf-8")
    except OSError as error:
        raise ConfigError("E_DEMO_FOLDER", place=Place(file=str(folder)), detail=reason(error)) from error
    return folder


def _rng(seed: int, part: str) -> np.random.Generator:
    """One stream per part, so that a change to one sample leaves the others as they are."""
    return np.random.default_rng([seed, *part.encode("ascii")])


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
