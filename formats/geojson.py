"""GeoJSON (RFC 7946)."""

from __future__ import annotations

import pyarrow as pa

from formats.about import facts
from formats.features import collection, feature_bytes
from store.manifest import Manifest


def write(name: str, table: pa.Table, manifest: Manifest) -> bytes:
    """A FeatureCollection with a member `petarawan` telling title, date, snapshot, sources and licences."""
    return collection(feature_bytes(name, table, manifest), name=name, petarawan=dict(facts(manifest)))
