"""Promises of the archive: nothing half-written is ever read, same content same id, damage is noticed, one writer at a time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pytest

from core import tables
from core.errors import LockedError, SnapshotError
from store.manifest import NAME, SCHEMA, Input, parse
from store.snapshot import current_id, open_current, open_named, open_snapshot
from store.writer import Build, publishing, set_current
from tests.synthetic import make


def test_same_content_same_id_and_bytes(tmp_path: Path) -> None:
    one, two = make(tmp_path / "a"), make(tmp_path / "b")
    assert one.id == two.id
    for path in sorted(one.path.rglob("*")):
        assert path.read_bytes() == (two.path / path.name).read_bytes()
    assert make(tmp_path / "a", seed=8).id != one.id


def test_publishing_the_same_again_keeps_the_folder(tmp_path: Path) -> None:
    first = make(tmp_path)
    stamp = (first.path / NAME).stat().st_mtime_ns
    assert make(tmp_path).id == first.id
    assert (first.path / NAME).stat().st_mtime_ns == stamp
    assert len(list((tmp_path / "snapshots").iterdir())) == 1


def test_publishing_again_heals_a_damaged_copy(tmp_path: Path) -> None:
    first = make(tmp_path)
    (first.path / "cells.parquet").write_bytes(b"gone")
    assert open_current(tmp_path).verify() == ["cells.parquet"]
    assert make(tmp_path).verify() == []


def test_fault_126_one_flipped_bit_is_noticed(tmp_path: Path) -> None:
    snapshot = make(tmp_path)
    for name in ("areas.parquet", "cells.parquet"):
        raw = bytearray((snapshot.path / name).read_bytes())
        raw[len(raw) // 2] ^= 1
        (snapshot.path / name).write_bytes(raw)
        assert name in snapshot.verify()


def test_a_manifest_that_was_edited_is_refused(tmp_path: Path) -> None:
    snapshot = make(tmp_path)
    file = snapshot.path / NAME
    file.write_bytes(file.read_bytes().replace(b"Contoh sintetis", b"Bukan sintetis!"))
    with pytest.raises(SnapshotError) as caught:
        open_current(tmp_path)
    assert caught.value.code == "E_SNAPSHOT_BROKEN"


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b'{"schema": 1}', b"\xff"])
def test_no_manifest_is_no_traceback(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / NAME).write_bytes(raw)
    with pytest.raises(SnapshotError):
        open_snapshot(tmp_path)


def test_fault_129_another_schema_is_refused_with_a_message(tmp_path: Path) -> None:
    snapshot = make(tmp_path)
    with pytest.raises(SnapshotError) as caught:
        parse(snapshot.manifest.to_bytes().replace(b'"schema": 2', b'"schema": 99'), "m")
    assert caught.value.code == "E_SNAPSHOT_SCHEMA"
    assert "99" in caught.value.message()


def test_a_missing_file_is_noticed_on_opening(tmp_path: Path) -> None:
    snapshot = make(tmp_path)
    (snapshot.path / "tps.parquet").unlink()
    with pytest.raises(SnapshotError, match=r"tps\.parquet"):
        open_current(tmp_path)


def test_fault_127_two_publishers_one_is_told(tmp_path: Path) -> None:
    with publishing(tmp_path), pytest.raises(LockedError) as caught, publishing(tmp_path):
        pass
    assert caught.value.code == "E_LOCKED"
    with publishing(tmp_path):
        pass


def test_left_overs_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    snapshot = make(tmp_path)
    left = tmp_path / "build" / "1.tmp"
    left.mkdir(parents=True)
    (left / "cells.parquet").write_bytes(b"half")
    with publishing(tmp_path):
        assert not left.exists()
    assert open_current(tmp_path).id == snapshot.id


def test_names_outside_the_archive_are_not_opened(tmp_path: Path) -> None:
    make(tmp_path)
    for name in ("../x", "/etc", "", ".", "nothing"):
        with pytest.raises(SnapshotError) as caught:
            open_named(tmp_path, name)
        assert caught.value.code == "E_SNAPSHOT_UNKNOWN"


def test_nothing_published_says_so(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        open_current(tmp_path)
    assert caught.value.code == "E_NO_SNAPSHOT"


def test_current_moves_and_older_snapshots_stay(tmp_path: Path) -> None:
    old, new = make(tmp_path), make(tmp_path, seed=8)
    assert current_id(tmp_path) == new.id
    assert open_named(tmp_path, old.id).verify() == []
    set_current(tmp_path, old.id)
    assert open_current(tmp_path).id == old.id


def test_a_table_that_breaks_its_declaration_is_not_written(tmp_path: Path) -> None:
    with publishing(tmp_path):
        build = Build.start(tmp_path)
        bad = pa.table(
            {
                "kode": pa.array([None], pa.string()),
                "cell": pa.array([1], pa.uint64()),
                "share": pa.array([1.0], pa.float32()),
            }
        )
        with pytest.raises(pa.ArrowInvalid, match="kode"):
            build.write_table("crosswalk", bad, tables.CROSSWALK)


def test_a_ledger_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="3"):
        Input("a", "tps", "t", "f", "CC0", "0", rows_in=3, accepted=1, quarantined=1)


def test_a_change_of_columns_needs_another_schema_number() -> None:
    """Readers open what has their schema number, so columns may not change under it: bump store.manifest.SCHEMA, then this digest."""
    every = {"cells": tables.cells(["f"]), "coarse": tables.coarse_cells(["f"]), "areas": tables.areas(["f"])}
    every |= {"crosswalk": tables.CROSSWALK, **tables.LAYERS, **tables.DERIVED}
    told = repr([(name, c.name, str(c.dtype), c.nullable) for name, columns in every.items() for c in columns])
    assert (SCHEMA, hashlib.sha256(told.encode()).hexdigest()[:12]) == (2, "a53b3aa4e9a5")
