"""What the desk has to do with the register: it files single reports and lists what was filed, without their words and names.

The register is opened for each call: it may be put back from a copy at any time, and its library is not loaded before it is needed.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.report import Report
from core.words import say
from intake.jobs import stamp
from intake.wire import Tree

if TYPE_CHECKING:
    from store.register import ImportLine, ReportVersion

# Of a record's content what the desk shows; never `text` or `source_name`, which may name people (UU 14/2008 art. 17).
SHOWN = (
    "occurred_on", "date_precision", "date_end", "time", "zone", "kind", "kode", "precision", "lon", "lat", "how_known",
    "source_grade", "credibility", "conflict_source", "conflict_stage", "deaths", "injured", "outcome",
)  # fmt: skip


def file_report(
    workspace: Path, report: Report, who: str, why: str | None, now: datetime, lang: str
) -> tuple[Tree, bool]:
    """Record a report; its tree, and whether it is new (the same one sent twice stays one). Raises as Register.add_report."""
    from store.register import open_register

    with open_register(workspace) as register:
        version = register.add_report(report, who, why or say("upload.report_why"), now)
    is_new = version.version == 1 and version.recorded_at == now
    return {**_brief(version), "flags": _flags(version, lang)}, is_new


def list_reports(
    workspace: Path,
    kode: str | None,
    kind: str | None,
    verification: str | None,
    after: int | None,
    limit: int,
    lang: str,
) -> tuple[list[Tree], int | None]:
    """Records as the desk sees them, the latest first, and where to go on (None at the end)."""
    from store.register import Filter, open_existing

    register = open_existing(workspace)
    if register is None:
        return [], None
    wanted = Filter(kode=kode, what=kind, verification=verification, passable=True)
    with register:
        found = register.reports(wanted, after=after, limit=limit + 1)
    rows = [{**_row(version), "flags": _flags(version, lang)} for version in found[:limit]]
    return rows, found[limit - 1].seq if len(found) > limit else None


def list_imports(workspace: Path, lang: str) -> list[Tree]:
    """The ledger of every import, the latest first."""
    from store.register import open_existing

    register = open_existing(workspace)
    if register is None:
        return []
    with register:
        return [_line(line, lang) for line in register.imports()]


def _line(line: ImportLine, lang: str) -> Tree:
    draft = line.draft
    return {
        "id": draft.id,
        "kind": draft.kind,
        "kind_label": say(f"upload.kind.{draft.kind}", lang),
        "reader": draft.reader,
        "file": draft.file,
        "sha256": draft.sha256,
        "who": draft.who,
        "at": stamp(line.finished_at or line.begun_at),
        "state": "done" if line.state == "done" else "unfinished",
        "counts": {
            "rows_in": line.rows_in,
            "accepted": line.accepted,
            "quarantined": line.quarantined,
            "duplicates": line.duplicates,
        },
    }


def _brief(version: ReportVersion) -> Tree:
    return {
        "key": version.key,
        "version": version.version,
        "verification": version.verification,
        "known_on": version.known_on.isoformat(),
        "recorded_at": stamp(version.recorded_at),
        "kode": version.content["kode"],
        "precision": version.content["precision"],
    }


def _row(version: ReportVersion) -> Tree:
    shown: dict[str, Any] = {name: version.content.get(name) for name in SHOWN}
    return {**shown, **_brief(version)}


def _flags(version: ReportVersion, lang: str) -> list[Tree]:
    return [{"flag": flag, "label": say(f"closed.flag.{flag}", lang)} for flag in version.flags]
