"""The desk: what the API may do with jobs. It reads and writes small files and puts jobs in the queue; the work is the consumer's.

Light on purpose: it runs inside the server and reaches neither pandas nor geopandas nor rasterio.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from core.errors import DiskError, LockedError, NotFoundError, RequestError
from core.report import Report
from core.words import Phrase
from geo.sources.registry import READERS
from intake import filing, jobs, queue, showing
from intake.jobs import Job
from intake.wire import Tree

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".geojson", ".json", ".gpkg", ".zip", ".gz")
OUTCOMES = ("accepted", "quarantined", "duplicate")
RETRY_AFTER = 15  # seconds
PROFILES = "profiles"
_PROFILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Limits:
    """bytes of one file; jobs that may wait; uploads kept here at all; bytes of disk that stay free for the register."""

    size: int = 512 << 20
    waiting: int = 8
    kept: int = 60
    spare: int = 256 << 20


@dataclass(frozen=True)
class Draft:
    """An upload on its way in: its id, and the file its bytes go into."""

    id: str
    path: Path
    limit: int


def open_desk(workspace: Path) -> Desk:
    """The desk of a workspace, as the server calls for it."""
    return Desk(workspace, Limits())


@dataclass(frozen=True)
class Desk:
    """Blocking calls of some milliseconds; the server makes them in threads. `now` is the server's."""

    workspace: Path
    limits: Limits

    # An upload

    def begin(self, kind: str, name: str, profile: str | None, size: int | None) -> Draft:
        """Room for an upload of a size in bytes, None where its sender does not say.

        Raises RequestError E_CHOICE (kind), E_PROFILE, E_UPLOAD_LARGE, E_JOBS_FULL; DiskError E_UPLOAD_DISK.
        """
        if kind not in showing.KINDS:
            raise RequestError("E_CHOICE", name="kind", value=kind[:80], known=", ".join(showing.KINDS))
        if profile is not None:
            self._check_profile(profile, kind)
        if size is not None and size > self.limits.size:
            raise RequestError("E_UPLOAD_LARGE", limit=self.limits.size >> 20)
        home = jobs.home(self.workspace)
        if shutil.disk_usage(home).free - (size or 0) < self.limits.spare:
            raise DiskError("E_UPLOAD_DISK")
        self._check_room(home)
        made = Draft(secrets.token_hex(8), Path(), self.limits.size)
        folder = home / f"{jobs.NEW}{made.id}"
        folder.mkdir(mode=0o700)
        suffix = Path(name).suffix.lower()
        return replace(made, path=folder / f"upload{suffix if suffix in SUFFIXES else ''}")

    def submit(
        self, draft: Draft, kind: str, name: str, profile: str | None, size: int, sha256: str, now: datetime
    ) -> None:
        """The upload is whole: make it a job and queue it."""
        made = Job(
            id=draft.id,
            kind=kind,
            file=shown_name(name),
            upload=draft.path.name,
            size=size,
            sha256=sha256,
            created=jobs.stamp(now),
            changed=jobs.stamp(now),
            profile=profile,
        )
        jobs.add(self.workspace, made, draft.path.parent)
        queue.put(self.workspace, draft.id)

    def drop(self, draft: Draft) -> None:
        """The upload broke off: nothing of it stays."""
        shutil.rmtree(draft.path.parent, ignore_errors=True)

    def _check_room(self, home: Path) -> None:
        """Several workers may let in one too many each; the limit guards the disk and the queue, it is no promise."""
        known = jobs.every(self.workspace)
        arriving = sum(1 for path in home.iterdir() if path.name.startswith(jobs.NEW))
        waiting = sum(job.state in ("uploaded", "reading") or job.waiting for job in known) + arriving
        kept = sum(job.state not in ("done", "cancelled") for job in known) + arriving
        if waiting >= self.limits.waiting or kept >= self.limits.kept:
            raise RequestError("E_JOBS_FULL", seconds=RETRY_AFTER)

    def _check_profile(self, name: str, kind: str) -> None:
        if {"name": name, "kind": kind} not in self.profiles():
            known = [item["name"] for item in self.profiles() if item["kind"] == kind]
            raise RequestError("E_CHOICE", name="profile", value=name[:80], known=", ".join(known) or "-")

    # Looking

    def overview(self, lang: str) -> Tree:
        """All jobs and what may be sent in."""
        return {
            "jobs": [showing.brief(job, lang) for job in jobs.every(self.workspace)],
            "imports": filing.list_imports(self.workspace, lang),
            "kinds": showing.kinds(lang),
            "profiles": self.profiles(),
            "limit_bytes": self.limits.size,
            "suffixes": SUFFIXES,
        }

    def profiles(self) -> list[dict[str, str]]:
        """Saved mappings by name, each with its kind; files that are none are passed over."""
        found = []
        for path in sorted((self.workspace / PROFILES).glob("*.toml")):
            try:
                tree = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
                continue
            if _PROFILE.fullmatch(path.stem) and isinstance(tree.get("kind"), str):
                found.append({"name": path.stem, "kind": tree["kind"]})
        return found

    def status(self, job_id: str, lang: str) -> Tree:
        """One job; raises NotFoundError E_NO_JOB."""
        return self._shown(jobs.load(self.workspace, job_id), lang)

    def rows(self, job_id: str, outcome: str, offset: int, limit: int, lang: str) -> Tree:
        """Rows of one outcome; raises NotFoundError E_NO_JOB, RequestError E_CHOICE, LockedError E_JOB_STATE before the first reading."""
        job = jobs.load(self.workspace, job_id)
        if outcome not in OUTCOMES:
            raise RequestError("E_CHOICE", name="outcome", value=outcome[:80], known=", ".join(OUTCOMES))
        found = self._file(job_id, jobs.ROWS)
        if not found:
            raise self._wrong_state(job)
        part = found.get(outcome) or {"total": 0, "rows": []}
        return {
            "outcome": outcome,
            "total": part["total"],
            "kept": len(part["rows"]),
            "offset": offset,
            "rows": [showing.row(item, lang) | {"outcome": outcome} for item in part["rows"][offset : offset + limit]],
        }

    def quarantine(self, job_id: str) -> tuple[bytes, str]:
        """The quarantine workbook and the name to save it under; raises NotFoundError E_NO_JOB, E_NO_QUARANTINE."""
        job = jobs.load(self.workspace, job_id)
        try:
            content = (jobs.folder_of(self.workspace, job_id) / jobs.QUARANTINE).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("E_NO_QUARANTINE") from error
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(job.file).stem).strip("-.")[:60] or job.id
        return content, f"karantina-{stem}.xlsx"

    def _shown(self, job: Job, lang: str) -> Tree:
        has_quarantine = (self.workspace / jobs.HOME / job.id / jobs.QUARANTINE).is_file()
        return showing.whole(job, self._file(job.id, jobs.PREVIEW), has_quarantine, lang)

    def _file(self, job_id: str, name: str) -> dict[str, Any]:
        try:
            tree: dict[str, Any] = orjson.loads((self.workspace / jobs.HOME / job_id / name).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return {}
        return tree

    # Deciding

    def remap(
        self,
        job_id: str,
        columns: Mapping[str, str | None] | None,
        options: Mapping[str, str | int | None],
        kind: str | None,
        reader: str | None,
        now: datetime,
        lang: str,
    ) -> Tree:
        """Read again with another mapping; raises NotFoundError E_NO_JOB, LockedError E_JOB_STATE, RequestError E_BODY, E_CHOICE."""
        found = self._file(job_id, jobs.PREVIEW)

        def how(job: Job) -> Job:
            if "mapping" not in job.can:
                raise self._wrong_state(job)
            wanted = kind or job.kind
            _check_reader(wanted, reader)
            changed = wanted != job.kind or (reader is not None and reader != job.reader)
            if columns is not None and not changed:
                _check_columns(columns, found)
            return replace(
                job,
                state="uploaded",
                step="read",
                begun=False,
                attempts=0,
                revision=job.revision + 1,
                kind=wanted,
                reader=reader or (None if wanted != job.kind else job.reader),
                profile=job.profile if wanted == job.kind else None,
                columns=dict(columns) if columns is not None else None if changed else job.columns,
                options={name: value for name, value in options.items() if value is not None},
                counts=None,
                possible=None,
                missing=(),
                trouble=(),
            )

        return self._queued(job_id, how, now, lang)

    def confirm(
        self, job_id: str, who: str, save_profile: str | None, revision: int | None, now: datetime, lang: str
    ) -> Tree:
        """Enter the rows into the register; raises NotFoundError E_NO_JOB, LockedError E_JOB_STATE, E_JOB_CHANGED, RequestError E_BODY."""

        def how(job: Job) -> Job:
            if revision is not None and revision != job.revision:
                raise LockedError("E_JOB_CHANGED")
            if "confirm" not in job.can:
                raise self._wrong_state(job)
            if save_profile is not None and not _PROFILE.fullmatch(save_profile):
                raise _body("upload.profile_name", field="save_profile", value=repr(save_profile[:60]))
            return replace(
                job, state="importing", step="import", begun=False, attempts=0, who=who, save_profile=save_profile, trouble=()
            )  # fmt: skip

        return self._queued(job_id, how, now, lang)

    def cancel(self, job_id: str, now: datetime, lang: str) -> Tree | None:
        """Stop a job and remove its upload at once; a finished job leaves the list (None).

        Raises NotFoundError E_NO_JOB, LockedError E_JOB_STATE while rows are being entered.
        """
        job = jobs.load(self.workspace, job_id)
        if job.state in ("done", "cancelled"):
            jobs.remove(self.workspace, job_id)
            return None

        def how(job: Job) -> Job:
            if "cancel" not in job.can:
                raise self._wrong_state(job)
            return replace(job, state="cancelled", begun=False, trouble=())

        job = jobs.change(self.workspace, job_id, how, now)
        jobs.strip(self.workspace, job, findings=True)
        return self._shown(job, lang)

    # Reports

    def file_report(self, report: Report, who: str, why: str | None, now: datetime, lang: str) -> tuple[Tree, bool]:
        """See filing.file_report."""
        return filing.file_report(self.workspace, report, who, why, now, lang)

    def list_reports(
        self, kode: str | None, kind: str | None, verification: str | None, after: int | None, limit: int, lang: str
    ) -> tuple[list[Tree], int | None]:
        """See filing.list_reports."""
        return filing.list_reports(self.workspace, kode, kind, verification, after, limit, lang)

    def _queued(self, job_id: str, how: Any, now: datetime, lang: str) -> Tree:
        job = jobs.change(self.workspace, job_id, how, now)
        queue.put(self.workspace, job_id)
        return self._shown(job, lang)

    @staticmethod
    def _wrong_state(job: Job) -> LockedError:
        return LockedError("E_JOB_STATE", state=Phrase(f"upload.state.{'waiting' if job.waiting else job.state}"))


def shown_name(name: str) -> str:
    """What to call the file: the last part of what may be a path on the sender's machine."""
    return re.split(r"[\\/]", name)[-1].strip() or name.strip() or "-"


def _check_reader(kind: str, reader: str | None) -> None:
    if kind not in showing.KINDS:
        raise RequestError("E_CHOICE", name="kind", value=kind[:80], known=", ".join(showing.KINDS))
    if reader is not None and reader not in READERS[kind]:
        raise RequestError("E_CHOICE", name="reader", value=reader[:80], known=", ".join(READERS[kind]))


def _check_columns(columns: Mapping[str, str | None], found: Mapping[str, Any]) -> None:
    """Every field one of the reader's, every header one of the file's, where they are known."""
    fields = {item["field"] for item in found.get("mapping", ())}
    headers = {item["header"] for item in found.get("headers", ())}
    wrong = [
        Phrase("fault.unknown", {"field": f"columns.{field[:60]}"})
        for field in columns
        if fields and field not in fields
    ] + [
        Phrase("upload.no_header", {"field": f"columns.{field[:60]}", "value": repr(header[:60])})
        for field, header in columns.items()
        if header is not None and headers and header not in headers
    ]
    if wrong:
        raise RequestError("E_BODY", detail=tuple(wrong))


def _body(key: str, **params: object) -> RequestError:
    return RequestError("E_BODY", detail=(Phrase(key, params),))
