"""The rows that could not be used, as a workbook a clerk mends and imports again: the file's own columns, then why and what to do.

Every cell is text, so that no code loses its zero and no date its spelling; a text that looks like a formula is quoted, never run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from core import formula
from core.errors import DiskError, Place, reason
from core.words import DEFAULT_LANGUAGE, say
from intake import marks

MOST_ROWS = 1_000_000  # of a sheet; the rest goes to another
MOST_COLUMNS = 16_384 - len(marks.NAMES)
MOST_LETTERS = 32_767  # of a cell
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - xlsx knows no zone; the same rows make the same bytes
_WIDTHS = {"reason": 45, "todo": 55, "code": 20, "row": 12, "origin": 20}


@dataclass(frozen=True)
class Held:
    """One quarantined row as a person sees it: reason (words `reason.<code>`), row of the file, cells by header, the cell at fault."""

    code: str
    row: int | None
    raw: Mapping[str, str]
    column: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None


def write(path: Path, headers: Sequence[str], rows: Iterable[Held], origin: str, lang: str = DEFAULT_LANGUAGE) -> Path:
    """Write the workbook at once or not at all; `origin` is the import it came from. Raises DiskError E_DISK."""
    own = tuple(title for title in dict.fromkeys(headers) if not marks.is_ours(title))[:MOST_COLUMNS]
    draft = path.with_name(f"{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError("E_DISK", place=Place(file=str(path.parent)), detail=reason(error)) from error
    try:
        # Rows are written as they come (constant memory): a million of them take no more than ten.
        book = xlsxwriter.Workbook(
            str(draft),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": str(path.parent),
            },
        )
        book.set_properties({"title": say("intake.quarantine.title", lang), "created": _EPOCH})
        _fill(book, own, rows, origin, lang)
        book.close()
        draft.replace(path)
    except (OSError, XlsxWriterException) as error:
        cause = error if isinstance(error, OSError) else error.__context__
        detail = reason(cause) if isinstance(cause, OSError) else str(error)
        raise DiskError("E_DISK", place=Place(file=str(path)), detail=detail) from error
    finally:
        draft.unlink(missing_ok=True)
    return path


def _fill(book: Any, own: Sequence[str], rows: Iterable[Held], origin: str, lang: str) -> None:
    styles = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "ours": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E7E6E6"}),
        "fault": book.add_format({"bg_color": "#F8CBAD", "num_format": "@"}),
        "fault_quoted": book.add_format({"bg_color": "#F8CBAD", "num_format": "@", "quote_prefix": True}),
        "text": book.add_format({"num_format": "@"}),
        "text_quoted": book.add_format({"num_format": "@", "quote_prefix": True}),
        "why": book.add_format({"text_wrap": True, "valign": "top", "font_color": "#404040"}),
    }
    sheet: Any = None
    line, at = MOST_ROWS + 1, {title: i for i, title in enumerate(own)}
    for held in rows:
        if line > MOST_ROWS:
            sheet, line = _sheet(book, own, styles, lang), 1
        cut = False
        for title, text in held.raw.items():
            column = at.get(title)
            if column is None or (not text and title != held.column):
                continue
            cut = cut or len(text) > MOST_LETTERS
            _put(sheet, line, column, text[:MOST_LETTERS], "fault" if title == held.column else "text", styles)
        if held.column in at and not held.raw.get(held.column or ""):
            sheet.write_blank(line, at[held.column or ""], None, styles["fault"])
        told = (
            say(f"reason.{held.code}.message", lang, **held.params),
            say(f"reason.{held.code}.hint", lang, **held.params)
            + (" " + say("intake.quarantine.cut", lang) if cut else ""),
            held.code,
            "" if held.row is None else f"{held.sheet}!{held.row}" if held.sheet else str(held.row),
            origin,
        )
        for column, text in enumerate(told, start=len(own)):
            sheet.write_string(line, column, text[:MOST_LETTERS], styles["why"])
        line += 1
    if sheet is None:
        _sheet(book, own, styles, lang)


def _put(sheet: Any, line: int, column: int, text: str, style: str, styles: Mapping[str, Any]) -> None:
    quoted = "_quoted" if formula.neutralise(text) != text else ""
    sheet.write_string(line, column, text, styles[style + quoted])


def _sheet(book: Any, own: Sequence[str], styles: Mapping[str, Any], lang: str) -> Any:
    """A new sheet with its header; the reasons stay in sight at the right, the header at the top."""
    number = len(book.worksheets()) + 1
    name = say("intake.quarantine.sheet", lang)
    sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    sheet.freeze_panes(1, 0)
    if own:
        sheet.set_column(0, len(own) - 1, 16)
    for column, key in enumerate(marks.NAMES, start=len(own)):
        sheet.set_column(column, column, _WIDTHS[key])
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for column, title in enumerate(own):
        sheet.write_string(0, column, title[:MOST_LETTERS], styles["head"])
    for column, title in enumerate(marks.titles(lang), start=len(own)):
        sheet.write_string(0, column, title, styles["ours"])
    return sheet
