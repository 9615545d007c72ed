"""The archive: manifest, writer and reader of immutable snapshots."""
