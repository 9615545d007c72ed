"""The forecast, the alarm and the back-test of a place as JSON trees: the shapes promised in docs/api.md."""

from __future__ import annotations

from typing import Any

from api.served import Served
from core import codes
from core.words import say
from formats import outlook

Tree = dict[str, Any]


def _judged(entry: Tree, lang: str) -> Tree:
    """What stands beside every number of a province and class."""
    card = entry["card"]
    return {
        "label": outlook.label(entry, lang),
        "verdict": None if card is None else card["verdict"],
        "badge": outlook.badge(entry, lang),
    }


def entries(served: Served, lang: str) -> list[Tree]:
    """Every province and class of the snapshot: what is shown, why, and how it did."""
    found = []
    for entry in outlook.entries(served.manifest):
        at = served.areas.row_of.get(entry["province"])
        shown = {name: value for name, value in entry.items() if name not in ("card", "withheld")}
        found.append(
            {
                **shown,
                "province_name": entry["province"] if at is None else served.areas.name[at],
                "class_label": outlook.class_label(entry["class"], lang),
                "text": outlook.stage_text(entry, lang),
                "heap_text": outlook.heap_text(entry, lang),
                "card": _brief_card(entry["card"]),
                **_judged(entry, lang),
            }
        )
    return found


def _brief_card(card: Tree | None) -> Tree | None:
    """The figures of a card that are always printed; the whole of it is at /api/card."""
    if card is None:
        return None
    names = ("verdict", "label", "months", "n_test", "n_test_located", "n_new", "level_eo", "heap_share", "offered")
    return {name: card.get(name) for name in names}


def of_area(served: Served, kode: str, lang: str) -> list[Tree]:
    """One item per class and horizon; where no number is shown, one item per class that says what is shown instead and why.

    A village, and a district where the data carry regencies only, is told the number of the area above it that has one.
    """
    found: list[Tree] = []
    for entry in outlook.of_province(served.manifest, kode):
        rows = outlook.nearest(entry, kode, served.derived.of_area)
        parts = served.derived.parts_of(rows[0]["kode"]) if rows else []
        item = {
            "class": entry["class"],
            "class_label": outlook.class_label(entry["class"], lang),
            "stage": entry["stage"],
            "model": entry["model"],
            "model_label": outlook.model_label(entry["model"], lang),
            **_judged(entry, lang),
        }
        if not rows:
            none = dict.fromkeys(
                ("horizon_days", "expected", "low", "high", "rank", "quiet", "quiet_rank", "scale", "of")
            )
            found.append({**item, **none, "text": outlook.stage_text(entry, lang), "parts": [], "note": ""})
        found += [
            {
                **item,
                **{
                    name: row[name]
                    for name in (
                        "horizon_days",
                        "model",
                        "expected",
                        "low",
                        "high",
                        "rank",
                        "quiet",
                        "quiet_rank",
                        "scale",
                    )
                },
                "model_label": outlook.model_label(row["model"], lang),
                "of": row["kode"],
                "text": outlook.sentence(row, lang),
                "parts": outlook.parts_of(parts, row, lang),
                "note": _note(served, entry, row, kode, lang),
            }
            for row in rows
        ]
    return found


def _note(served: Served, entry: Tree, row: Tree, kode: str, lang: str) -> str:
    """What must be known beside a number, beginning with whose number it is."""
    at = served.areas.row_of.get(row["kode"])
    name = row["kode"] if at is None else served.areas.name[at]
    return f"{outlook.whose(row, kode, name, lang)} {outlook.notes(entry, row, lang)}".strip()


def ranking(served: Served, kind: str, level: int, days: int, *, quiet: bool, province: str | None) -> list[Tree]:
    """The areas of a level by rank; `quiet`: only those without an incident in 24 months, by their rank among themselves."""
    order = "quiet_rank" if quiet else "rank"
    shown = {
        entry["province"]
        for entry in outlook.entries(served.manifest)
        if entry["stage"] in outlook.NUMBERED and entry["class"] == kind
    }
    found = []
    for row in served.derived.ranked(kind, level, days):
        code = codes.ancestor(row["kode"], 1)
        if code not in shown or province not in (None, code) or (quiet and row["quiet_rank"] is None):
            continue
        at = served.areas.row_of.get(row["kode"])
        names = ("kode", "expected", "low", "high", "rank", "quiet", "quiet_rank", "stage", "model")
        found.append(
            {"name": row["kode"] if at is None else served.areas.name[at], **{name: row[name] for name in names}}
        )
    return sorted(found, key=lambda item: (codes.ancestor(item["kode"], 1), item[order], item["kode"]))


def of_cell(served: Served, cell: int, kode: str | None, lang: str) -> list[Tree]:
    """One item per class and horizon, of the snapshot's own cells only."""
    if kode is None:
        return []
    found = []
    rows = {row["class"]: row for row in served.derived.of_cell(cell)}
    for entry in outlook.of_province(served.manifest, kode):
        row = rows.get(entry["class"])
        if row is None or entry["stage"] not in outlook.NUMBERED:
            continue
        for days in (30, 90):
            one = {
                "horizon_days": days,
                **{name: row[f"{name}_{days}"] for name in ("expected", "low", "high")},
            }
            found.append(
                {
                    "class": entry["class"],
                    "class_label": outlook.class_label(entry["class"], lang),
                    "stage": entry["stage"],
                    "model": entry["model"],
                    **_judged(entry, lang),
                    **one,
                    "text": outlook.sentence(one, lang),
                    "note": say("outlook.cell_note", lang),
                }
            )
    return found


def alert(served: Served, kode: str, lang: str) -> Tree | None:
    """A village: its recent days against its own past; a larger area: the villages inside whose alarm is on."""
    escalation = served.manifest.forecast.get("escalation")
    if codes.level(kode) > outlook.DISTRICT:
        row = served.derived.alert(kode)
        return None if row is None else {**row, "text": outlook.alert_text(row, escalation, lang)}
    inside = served.derived.alarms_inside(kode)
    if not inside:
        return None
    text = f"{say('outlook.alert.inside', lang, n=len(inside))} {outlook.rate_text(escalation, lang)}".strip()
    return {"kode": kode, "alarm": True, "villages": inside, "text": text}
