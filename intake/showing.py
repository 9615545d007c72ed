"""A job as the page and the API show it: JSON trees in the language asked for; the shapes promised in docs/api.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.words import Phrase, catalogue, say
from geo.sources.registry import READERS
from intake.jobs import Job
from intake.wire import Tree, told_error, told_warning, unpacked, unpacked_params

KINDS = ("incidents", "tps", "sites", "posts")
OPTIONS = ("header_row", "sheet", "code_system", "date_order", "number_style", "zone", "crs", "licence", "attribution")
CHOICES: dict[str, tuple[str, ...]] = {
    "code_system": ("kemendagri", "bps", "kpu"),
    "date_order": ("dmy", "mdy"),
    "number_style": ("id", "en"),
    "zone": ("WIB", "WITA", "WIT"),
}


def kinds(lang: str) -> list[Tree]:
    """What may be imported, and by which readers."""
    return [
        {
            "value": kind,
            "label": say(f"upload.kind.{kind}", lang),
            "readers": [{"value": name, "label": reader_label(name, lang)} for name in READERS[kind]],
        }
        for kind in KINDS
    ]


def reader_label(name: str, lang: str) -> str:
    """What a reader reads; its own name where nobody wrote words for it."""
    return catalogue(lang).get(f"upload.reader.{name}", name)


def brief(job: Job, lang: str) -> Tree:
    """A job in a list."""
    href = f"/api/imports/{job.id}"
    under_way = job.begun and job.state in ("reading", "importing")
    return {
        "id": job.id,
        "href": href,
        "state": job.state,
        "state_label": say(f"upload.state.{'waiting' if job.waiting else job.state}", lang),
        "can": job.can,
        "waiting": job.waiting,
        "revision": job.revision,
        "file": {"name": job.file, "size": job.size, "sha256": job.sha256},
        "kind": job.kind,
        "kind_label": say(f"upload.kind.{job.kind}", lang),
        "reader": job.reader,
        "profile": job.profile,
        "created": job.created,
        "changed": job.changed,
        "progress": {
            "step": job.step if under_way else None,
            "label": say(f"upload.step.{job.step}", lang) if under_way else None,
            "done": job.done,
            "total": job.total,
        },
        "counts": job.counts,
        "possible": job.possible,
        "missing": job.missing,
        "error": told_error(job.trouble, job.file, lang) if job.trouble else None,
    }


def whole(job: Job, found: Mapping[str, Any], has_quarantine: bool, lang: str) -> Tree:
    """A job with everything that was found in its file; `found` is preview.json, empty before the first reading."""
    sheets = [{"value": name, "label": name} for name in found.get("sheets", ())]
    return brief(job, lang) | {
        "proposals": [
            {
                "kind": item["kind"],
                "reader": item["reader"],
                "label": say("upload.kind." + item["kind"], lang) + ": " + reader_label(item["reader"], lang),
                "score": item["score"],
                "why": _said(item.get("why"), lang),
            }
            for item in found.get("proposals", ())
            if item["kind"] in KINDS
        ],
        "headers": found.get("headers", []),
        "mapping": [
            {**item, "label": field_label(item["field"], lang)} for item in found.get("mapping", ())
        ],
        "options": {name: found.get("options", job.options).get(name) for name in OPTIONS},
        "choices": {"sheet": sheets}
        | {
            name: [{"value": value, "label": say(f"upload.choice.{name}.{value}", lang)} for value in values]
            for name, values in CHOICES.items()
        },
        "reasons": [
            {"code": code, "count": count, "label": reason_label(code, lang)}
            for code, count in sorted(found.get("reasons", {}).items(), key=lambda item: (-item[1], item[0]))
        ],
        "warnings": [told_warning(item, lang) for item in found.get("warnings", ())],
        "quarantine": f"/api/imports/{job.id}/quarantine.xlsx" if has_quarantine else None,
    }  # fmt: skip


def row(item: Mapping[str, Any], lang: str) -> Tree:
    """One row of the file with what became of it."""
    reason, same = item.get("reason"), item.get("duplicate_of")
    return {
        **item,
        "title": _said(item.get("title"), lang),
        "duplicate_of": same and {**same, "label": _said(same["label"], lang)},
        "reason": None
        if reason is None
        else {
            "code": reason["code"],
            "message": say(f"reason.{reason['code']}.message", lang, **unpacked_params(reason["params"])),
            "hint": say(f"reason.{reason['code']}.hint", lang, **unpacked_params(reason["params"])),
            "column": reason["column"],
            "value": reason["value"],
        },
    }


def field_label(field: str, lang: str) -> str:
    """What a field means to a clerk; its own key where nobody wrote words for it."""
    words = catalogue(lang)
    return words.get(f"field.{field}") or words.get(f"upload.field.{field}") or field.replace("_", " ")


def reason_label(code: str, lang: str) -> str:
    """A reason without the values of one row: its own short words, else the message up to where the values begin."""
    words = catalogue(lang)
    text = words.get(f"upload.reason.{code}") or words.get(f"reason.{code}.message", code)
    if "{" not in text:
        return text
    whole_sentences = text[: text.index("{")].rpartition(". ")[0]
    return f"{whole_sentences}." if whole_sentences else text.format_map(_Dots())


class _Dots(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def _said(value: object, lang: str) -> object:
    """Words kept as a phrase, or plain text as it is."""
    phrase = unpacked(value)
    return say(phrase.key, lang, **phrase.params) if isinstance(phrase, Phrase) else phrase
