"""GeoJSON features (RFC 7946) as bytes, made column by column: unknown is null, NaN never appears, text is safe inside HTML."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from formats import rows
from formats.hexagons import outlines
from store.manifest import Manifest

_CHUNK = 20_000  # rows at once; keeps the memory small


def feature_bytes(
    name: str, table: pa.Table, manifest: Manifest, properties: Sequence[str] | None = None
) -> list[bytes]:
    """One Feature per row, in order; `properties` keeps only those columns (`kode`, `snapshot` and `catatan` always stay).

    The id is the cell, the area's kode, or the record's id.
    """
    found: list[bytes] = []
    for first in range(0, table.num_rows, _CHUNK):
        found += _chunk(name, table.slice(first, _CHUNK), manifest, properties)
    return found


def _chunk(name: str, table: pa.Table, manifest: Manifest, properties: Sequence[str] | None) -> list[bytes]:
    attributes = rows.attributes(table, manifest)
    identity = _json(attributes[rows.ID.get(name, "id")])
    if properties is not None:
        keep = {*properties, "kode", "snapshot", "catatan"}
        attributes = attributes.select([column for column in attributes.column_names if column in keep])
    parts: list[pa.Array] = [
        pa.scalar('{"type":"Feature","id":'),
        identity,
        pa.scalar(',"geometry":'),
        geometries(name, table),
    ]
    for i, column in enumerate(attributes.column_names):
        parts += [
            pa.scalar(("," if i else ',"properties":{') + orjson.dumps(column).decode() + ":"),
            _json(attributes[column]),
        ]
    parts.append(pa.scalar("}}"))
    texts = pc.binary_join_element_wise(
        *[part.cast(pa.large_string()) for part in parts], pa.scalar("", pa.large_string())
    )
    return list(texts.cast(pa.large_binary()).to_pylist())


def collection(features: Sequence[bytes], **members: object) -> bytes:
    """A FeatureCollection; `members` are further members of the object (links, numberReturned, ...)."""
    more = "".join(
        f",{orjson.dumps(key).decode()}:{_safe(orjson.dumps(value).decode())}" for key, value in members.items()
    )
    head = b'{"type":"FeatureCollection"' + more.encode() + b',"features":['
    if not features:
        return head + b"]}"
    # Joined in one go: a whole table is some 300 MB, and every `+` would copy it.
    ends = [head + features[0], *features[1:]]
    ends[-1] += b"]}"
    return b",".join(ends)


def geometries(name: str, table: pa.Table) -> pa.Array:
    """The geometries as GeoJSON text (N,), `null` where the place is not known; coordinates to 5 decimals, outer rings anticlockwise."""
    if name == "cells":
        return _hexagons(table)
    if name == "areas":
        return pa.array(shapely.to_geojson(rows.shapes(name, table)), pa.string())
    lon, lat = (rows.degrees(rows.floats(table[column])).cast(pa.string()) for column in ("lon", "lat"))
    return pc.fill_null(pc.binary_join_element_wise('{"type":"Point","coordinates":[', lon, ",", lat, "]}", ""), "null")


def _hexagons(table: pa.Table) -> pa.Array:
    texts, order = [], []
    for group in outlines(rows.cells_of(table)):
        count = group.lonlat.shape[1]
        numbers = rows.degrees(group.lonlat.reshape(-1)).cast(pa.string())
        pieces: list[pa.Array | str] = []
        for i, corner in enumerate((*range(count), 0)):
            index = np.arange(len(group.rows)) * (2 * count) + 2 * corner
            pieces += [
                "],[" if i else '{"type":"Polygon","coordinates":[[[',
                numbers.take(index),
                ",",
                numbers.take(index + 1),
            ]
        pieces.append("]]]}")
        texts.append(pc.binary_join_element_wise(*pieces, ""))
        order.append(group.rows)
    if not texts:
        return pa.array([], pa.string())
    return pa.concat_arrays(texts).take(np.argsort(np.concatenate(order), kind="stable"))


def _json(column: pa.ChunkedArray) -> pa.Array:
    """A column as JSON texts."""
    kind = column.type
    if pa.types.is_floating(kind):
        text = rows.finite(column).cast(pa.string())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        coded = column.combine_chunks() if pa.types.is_dictionary(kind) else column.combine_chunks().dictionary_encode()
        words = pa.array([_safe(orjson.dumps(word).decode()) for word in coded.dictionary.to_pylist()], pa.string())
        text = words.take(coded.indices)
    elif pa.types.is_date(kind):
        text = pc.binary_join_element_wise('"', column.cast(pa.string()), '"', "")
    else:  # whole numbers and true or false
        text = column.cast(pa.string())
    flat = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    return pc.fill_null(flat, "null")


def _safe(json: str) -> str:
    """JSON that cannot end a script element or begin a tag, should somebody put it into a page."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
