"""A file into the register: read, judged and written in batches, each of one transaction; killed anywhere, run again, the same ledger.

A row is acknowledged (`tell`) only after its batch is on the disk. Nothing is written before the whole file was read once without a
fault, so an unreadable file leaves no trace.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from core import settings
from core.errors import InputError, LockedError, Place
from core.words import DEFAULT_LANGUAGE
from intake import duplicates, quarantine_xlsx
from intake.asked import HEADERS, ask, draft
from intake.items import Judge
from intake.opening import Opened, known_import, maybe_register, open_file
from intake.preview import preview
from intake.report import Report, report_of
from store.manifest import Warning_, sha256_of
from store.register import QUARANTINED, ImportLine, ImportRow, Register, open_register

BATCH = 20_000
FOLDER = "quarantine"
LOCK = ".import.lock"


@dataclass(frozen=True)
class Progress:
    """Rows that are safe on the disk, of all there are."""

    saved: int
    total: int


Tell = Callable[[Progress], None]


def import_file(
    workspace: Path,
    kind: str,
    path: Path,
    *,
    reader: str | None = None,
    profile: str | None = None,
    options: Mapping[str, Any] | None = None,
    verification: str | None = None,
    called: str | None = None,
    who: str,
    now: datetime,
    dry_run: bool = False,
    tell: Tell = lambda _progress: None,
    batch: int = BATCH,
    lang: str = DEFAULT_LANGUAGE,
) -> Report:
    """Import one file; the same file again adds nothing, an unfinished one is gone on with. A dry run writes nothing at all.

    `options` are fields of core.settings.Source (columns, code_system, crs, ...); `called` is the file's name as people know it. A mended
    quarantine workbook is read as the file it came from and accounted to that import. Raises PetarawanError of many kinds before anything
    is written; afterwards InputError E_FILE_CHANGED, or what the register raises, with the rows acknowledged kept and the import open to be
    gone on with.
    """
    config = settings.load(workspace)
    asked = ask(
        workspace, kind, path, reader=reader, options=options, profile=profile, verification=verification, called=called
    )
    with maybe_register(workspace) as existing:
        done = _done(existing, asked.id(config.area), workspace, lang, write=not dry_run)
        if done is not None:
            return done
        opened = open_file(workspace, config, asked, existing)
        if dry_run:
            done = _done(existing, opened.import_id, workspace, lang, write=False)
            return done or preview(opened, existing, who=who, now=now, lang=lang).report
    with open_register(workspace) as register, _alone(workspace, opened.import_id):
        done = _done(register, opened.import_id, workspace, lang)
        return done or _write(workspace, register, opened, who, now, tell, batch, lang)


def _write(
    workspace: Path,
    register: Register,
    opened: Opened,
    who: str,
    now: datetime,
    tell: Tell,
    batch: int,
    lang: str,
) -> Report:
    asked, stream = opened.asked, opened.stream
    line = register.begin_import(draft(opened.asked, opened.area, stream, opened.origins, who), now)
    saved = empty = 0
    tell(Progress(0, stream.total))
    try:
        for judged in Judge(stream, line.id, asked.verification).batches(batch):
            register.add_batch(line.id, [item for one in judged for item in one.items], now)
            saved += len(judged)
            empty += sum(not one.items for one in judged)
            tell(Progress(saved, stream.total))
    except InputError as error:
        raise InputError("E_FILE_CHANGED", place=Place(file=asked.called), saved=saved) from error
    if sha256_of(asked.path) != asked.sha256:
        raise InputError("E_FILE_CHANGED", place=Place(file=asked.called), saved=saved)
    warnings: list[Warning_] = list(stream.ledger.all_warnings())
    if asked.source.kind == "incidents":
        warnings += duplicates.find(register, line.id)
    line = register.finish_import(line.id, saved, warnings, now, empty=empty)
    return report_of(register, line, quarantine_file(workspace, register, line, lang))


def quarantine_file(workspace: Path, register: Register, line: ImportLine, lang: str = DEFAULT_LANGUAGE) -> Path | None:
    """The workbook of a finished import's quarantine, written where it is missing; None where every row was usable."""
    if not line.quarantined:
        return None
    stem = re.sub(r"[^\w.-]+", "_", Path(line.draft.file).stem)[:60].strip("._") or "berkas"
    path = workspace / FOLDER / f"{stem}-{line.id}.xlsx"
    if not path.exists():
        headers: list[str] = orjson.loads(line.draft.mapping.get(HEADERS, "[]"))
        beyond = dict.fromkeys(title for row in _quarantined(register, line.id) for title in row.raw)
        held = (
            quarantine_xlsx.Held(row.code, row.row, row.raw, row.column, row.params, row.sheet)
            for row in _quarantined(register, line.id)
        )
        quarantine_xlsx.write(path, (*headers, *beyond), held, line.id, lang)
    return path


def _quarantined(register: Register, import_id: str) -> Iterator[ImportRow]:
    after = 0
    while rows := register.import_rows(import_id, QUARANTINED, after, BATCH):
        yield from rows
        after = rows[-1].number


def _done(
    register: Register | None, import_id: str, workspace: Path, lang: str, *, write: bool = True
) -> Report | None:
    """What became of this file when it was imported before."""
    line = known_import(register, import_id)
    if register is None or line is None or line.state != "done":
        return None
    held = quarantine_file(workspace, register, line, lang) if write else None
    return report_of(register, line, held, already=True)


@contextmanager
def _alone(workspace: Path, import_id: str) -> Iterator[None]:
    """Hold this import among the processes of a workspace; raises LockedError E_IMPORT_RUNNING. Other files may be imported meanwhile."""
    with (workspace / LOCK).open("ab") as handle:
        try:
            # One byte of the lock file for every import: no file of its own to leave behind.
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(import_id[:15], 16))
        except OSError as error:
            if isinstance(error, BlockingIOError | PermissionError):
                raise LockedError("E_IMPORT_RUNNING", place=Place(file=str(workspace))) from error
            raise
        yield
