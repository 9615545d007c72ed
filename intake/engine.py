"""What a job's process does: read a file as an import would (a dry run, kept as files for the page), then import it.

Findings hold codes and parameters, not sentences, so that the desk can say them in any language.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from core import codes, settings
from core.errors import NotFoundError, PetarawanError
from core.words import Phrase
from geo.gazetteer import Places
from geo.sources import detect, profile, registry
from intake import importer, jobs
from intake.asked import Asked, ask
from intake.child import Order, Result, Tell
from intake.ground import point_of
from intake.importer import Progress
from intake.opening import open_file
from intake.preview import Preview, PreviewRow, preview
from intake.report import Repeat
from intake.wire import packed, packed_params
from store.register import ACCEPTED, DUPLICATE, QUARANTINED, ImportLine, Register, open_existing

KEPT = 500  # rows of each outcome that can be looked at
OPTIONS = ("header_row", "sheet", "code_system", "date_order", "number_style", "zone", "crs", "licence", "attribution")


def read(order: Order, tell: Tell) -> Result:
    """Look at the file, then read it whole; preview.json is written even where that fails, so that a person may choose otherwise."""
    asked = _asked(order)
    proposals = detect.propose(asked.path)
    seen = _look(order, asked, proposals)
    config = settings.load(order.workspace)
    register = open_existing(order.workspace)
    try:
        try:
            opened = open_file(order.workspace, config, asked, register)
        except PetarawanError:
            if seen.missing:
                return {"counts": None, "missing": seen.missing, "reader": asked.source.reader}
            raise
        places = opened.stream.places
        if opened.asked != asked:  # a workbook of ours that was mended
            asked = opened.asked
            seen = _look(order, asked, proposals)
        found = preview(
            opened,
            register,
            who=order.job.who,
            now=order.now,
            most=KEPT,
            quarantine=order.out / jobs.QUARANTINE,
            tell=tell,
        )
        before = _before(register, opened.import_id)
    finally:
        if register is not None:
            register.close()
    line = found.report.line
    warnings = [{"code": item.code, "params": packed_params(item.params)} for item in line.warnings]
    if before is not None:
        told = {
            "who": before.draft.who,
            "file": before.draft.file,
            "day": (before.finished_at or before.begun_at).date().isoformat(),
        }
        warnings.insert(0, {"code": "FILE_KNOWN", "params": told})
    _write(
        order.out / jobs.PREVIEW,
        _seen(order, asked, proposals, seen) | {"reasons": dict(line.reasons), "warnings": warnings},
    )
    _write(order.out / jobs.ROWS, _rows(found, line, places))
    return {"counts": _counts(line), "missing": (), "reader": asked.source.reader}


def enter(order: Order, tell: Tell) -> Result:
    """Import the file; a job that was under way before goes on where it stopped. The mapping is saved when that was wished."""
    asked = _asked(order)

    def told(progress: Progress) -> None:
        tell(progress.saved, progress.total)

    report = importer.import_file(
        order.workspace,
        asked.source.kind,
        asked.path,
        reader=asked.source.reader,
        profile=asked.profile,
        options=asked.options,
        who=order.job.who,
        now=order.now,
        tell=told,
    )
    if report.quarantine is not None:
        shutil.copyfile(report.quarantine, order.out / jobs.QUARANTINE)
    if order.job.save_profile is not None:
        kept = report.line.draft.mapping
        columns = {name: header for name, header in kept.items() if not name.startswith("=")}
        unused = {name: "" for name, header in (order.job.columns or {}).items() if header is None}
        profile.save(order.workspace, order.job.save_profile, profile.of_source(asked.source, {**unused, **columns}))
    return {"counts": _counts(report.line), "possible": report.possible_count, "reader": asked.source.reader}


def _asked(order: Order) -> Asked:
    """The order in the importer's words; the upload is given the name its sender knows it by, made harmless."""
    job = order.job
    options: dict[str, Any] = {name: value for name, value in job.options.items() if name in OPTIONS}
    if job.columns is not None:
        options["columns"] = {name: header or "" for name, header in job.columns.items()}
    folder = order.out.parent / "named"
    folder.mkdir(exist_ok=True)
    path = folder / harmless(job.file, Path(job.upload).suffix)
    if not path.is_symlink():
        path.symlink_to(order.upload)
    options["name"] = path.stem
    return ask(order.workspace, job.kind, path, reader=job.reader, options=options, profile=job.profile)


def harmless(name: str, suffix: str) -> str:
    """A file name of letters, digits, spaces and ( ) - _ . with the suffix given; never hidden, never long."""
    stem = name[: -len(suffix)] if suffix and name.lower().endswith(suffix) else name
    plain = re.sub(r"[^\w ().-]", "_", stem).strip(" .")[:60]
    return (plain or "berkas") + suffix


def _look(order: Order, asked: Asked, proposals: Sequence[detect.Proposal]) -> profile.Look:
    """What can be seen before reading; written down at once."""
    spec = registry.spec(asked.source.kind, asked.source.reader)
    seen = profile.look(asked.source, asked.path, spec)
    _write(order.out / jobs.PREVIEW, _seen(order, asked, proposals, seen))
    return seen


def _seen(order: Order, asked: Asked, proposals: Sequence[detect.Proposal], seen: profile.Look) -> dict[str, Any]:
    chosen = order.job.columns or {}
    source = asked.source
    return {
        "proposals": [
            {"kind": item.kind, "reader": item.reader, "score": item.score, "why": packed(item.why)}
            for item in proposals
        ],
        "sheets": seen.sheets,
        "headers": [{"header": title, "samples": seen.samples.get(title, ())} for title in seen.headers if title],
        "mapping": [
            {
                "field": choice.field,
                "required": choice.required,
                "header": choice.header,
                "sure": choice.header is not None
                or choice.field in chosen
                or not (choice.required or choice.proposals),
                "proposals": [{"header": header, "score": round(score)} for header, score in choice.proposals],
            }
            for choice in seen.choices
        ],
        "options": {name: getattr(source, name) for name in OPTIONS},
    }


def _rows(found: Preview, line: ImportLine, places: Places) -> dict[str, Any]:
    totals = {ACCEPTED: line.accepted, QUARANTINED: line.quarantined, DUPLICATE: line.duplicates}
    points: dict[str, tuple[float, float] | None] = {}
    return {
        outcome: {"total": totals[outcome], "rows": [_row(row, places, points) for row in rows]}
        for outcome, rows in found.rows.items()
    }


def _row(row: PreviewRow, places: Places, points: dict[str, tuple[float, float] | None]) -> dict[str, Any]:
    lon, lat = row.lon, row.lat
    if row.kode is not None and lon is None:
        if row.kode not in points:
            points[row.kode] = point_of(places, row.kode)
        lon, lat = points[row.kode] or (None, None)
    day = row.content.get("occurred_on")
    return {
        "number": row.number,
        "row": row.row,
        "sheet": row.sheet,
        "cells": row.raw,
        "reason": {"code": row.code, "params": packed_params(row.params), "column": row.column, "value": row.value}
        if row.code
        else None,
        "duplicate_of": _repeated(row.repeats),
        "kode": row.kode,
        "place": None if row.kode is None else _place(row.kode, places),
        "precision": row.precision,
        "lon": lon,
        "lat": lat,
        "occurred_on": day.isoformat() if isinstance(day, date) else None,
        "title": _title(row.content),
    }


def _title(content: Mapping[str, object]) -> object:
    """What a row is about in a word or two: its name, else its kind of incident."""
    name, kind = content.get("name"), content.get("kind")
    if isinstance(name, str):
        return name
    return packed(Phrase(f"closed.kind.{kind}")) if isinstance(kind, str) else None


def _place(kode: str, places: Places) -> str:
    """The area and what it lies in, below the province."""
    path = [codes.ancestor(kode, depth) for depth in range(codes.level(kode), 1, -1)] or [kode]
    return ", ".join(places.names[code] for code in path if code in places.names)


def _repeated(repeats: Repeat | None) -> dict[str, Any] | None:
    if repeats is None:
        return None
    key = (
        "upload.same_file_row"
        if repeats.of_file is None
        else "upload.same_row"
        if repeats.of_file
        else "upload.same_report"
    )
    return {"key": str(repeats.of_row), "label": packed(Phrase(key, {"row": repeats.of_row, "file": repeats.of_file}))}


def _before(register: Register | None, import_id: str) -> ImportLine | None:
    """The finished import of this very file, read in this very way."""
    if register is None:
        return None
    try:
        line = register.import_line(import_id)
    except NotFoundError:
        return None
    return line if line.state == "done" else None


def _counts(line: ImportLine) -> dict[str, int]:
    return {
        "rows_in": line.rows_in,
        "accepted": line.accepted,
        "quarantined": line.quarantined,
        "duplicates": line.duplicates,
    }


def _write(path: Path, tree: Mapping[str, Any]) -> None:
    path.write_bytes(orjson.dumps(tree, default=str))
