"""A small workspace with every source a what-if may touch: the city of Bontang with sites, posts and people, all invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio

CONFIG = """title = "Uji skenario"
area = ["64.74"]
resolution = 8
as_of = 2024-10-31
model = "{model}"
"""
SOURCE = """[[source]]
kind = "{kind}"
reader = "{reader}"
path = "{path}"
sample = true
"""
INCIDENTS = """tanggal,jenis,kecamatan,desa,korban meninggal
24 Oktober 2024,bentrok,Bontang Utara,Bontang Kuala,1
3 Juni 2024,sengketa lahan,Bontang Selatan,Berbas Tengah,0
12 Oktober 2024,kerusuhan,Bontang Utara,Loktuan,0
"""  # none in Bontang Barat: not monitored
SITES = """Nama,Jenis,Status Izin,Tahap,Kode,Lintang,Bujur
Galian satu,Galian C,Tanpa izin,Operasi,,0.11000,117.44000
Tambang dua,Tambang batubara,Berizin,Operasi,,0.14000,117.47000
Galian desa,Galian C,Tanpa izin,Operasi,64.74.02.1003,,
Pabrik empat,Industri,Berizin,Rencana,,0.16500,117.47500
"""
POSTS = """Nama,Jenis,Lintang,Bujur
Polsek Bontang Utara,Polsek,0.13500,117.49000
"""


def write(folder: Path, *, model: str = "kaltim", sites: str = SITES, posts: str = POSTS) -> Path:
    """The workspace; an empty text leaves its source out."""
    folder.mkdir(parents=True, exist_ok=True)
    toml = CONFIG.format(model=model)
    files = {"incidents": INCIDENTS, "sites": sites, "posts": posts}
    for kind, text in files.items():
        if text:
            (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
            toml += SOURCE.format(kind=kind, reader="table", path=f"{kind}.csv")
    _people(folder / "orang.tif")
    toml += SOURCE.format(kind="population", reader="geotiff", path="orang.tif")
    (folder / "petarawan.toml").write_text(toml, encoding="utf-8")
    return folder


def _people(path: Path) -> None:
    """People per pixel of about 1 km, most in the east; a corner without figures."""
    rng = np.random.default_rng(7)
    heads = rng.gamma(0.6, 40.0, (40, 40)).astype(np.float32) * np.linspace(0.2, 3.0, 40, dtype=np.float32)
    heads[:6, :6] = -99999.0
    shape = {"driver": "GTiff", "width": 40, "height": 40, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    place = rasterio.Affine(0.01, 0.0, 117.25, 0.0, -0.01, 0.35)
    with rasterio.open(path, "w", transform=place, nodata=-99999.0, **shape) as file:
        file.write(heads, 1)
