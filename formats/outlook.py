"""The forecast of a snapshot in plain values and sentences: what may be shown where, why, and how it did in the back-test.

For the API, the text pages and paper alike, so that they cannot tell different things. No number is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core import codes
from core.numerals import number, quantity
from core.words import catalogue, say
from store.manifest import Manifest

Tree = dict[str, Any]
DISTRICT = 3  # the finest level a forecast is made for
NUMBERED = ("monthly", "regency", "watch")  # the stages that show numbers; but for "monthly" by regency only


def phrase(key: str, lang: str, otherwise: str) -> str:
    """The words for a key that a newer snapshot may bring without this program knowing it."""
    return catalogue(lang).get(key, otherwise)


def class_label(kind: str, lang: str) -> str:
    return phrase(f"outlook.class.{kind}", lang, kind)


def model_label(model: str, lang: str) -> str:
    return phrase(f"backtest.model.{model}", lang, model)


def _card_of(manifest: Manifest, entry: Mapping[str, Any]) -> Tree | None:
    for one in manifest.card.get("entries", ()):
        if (one["province"], one["class"]) == (entry["province"], entry["class"]):
            found: Tree = one
            return found
    return None


def entries(manifest: Manifest) -> list[Tree]:
    """What the forecast is for every province and class, each with its card; without a card nothing numbered is left to show."""
    found = []
    for entry in manifest.forecast.get("entries", ()):
        card = _card_of(manifest, entry)
        withheld = card is None and entry["stage"] in NUMBERED
        stage = "none" if withheld else entry["stage"]
        found.append({**entry, "stage": stage, "withheld": withheld, "card": card})
    return found


def of_province(manifest: Manifest, kode: str) -> list[Tree]:
    """The entries of the province an area lies in."""
    province = codes.ancestor(kode, 1)
    return [entry for entry in entries(manifest) if entry["province"] == province]


def label(entry: Mapping[str, Any], lang: str) -> str | None:
    """ "Indeks, bukan prakiraan" unless the back-test of this province and class earned the word."""
    card = entry["card"]
    earned = card is not None and entry["stage"] in NUMBERED and card["label"] == "prakiraan"
    return None if earned else say("outlook.label", lang)


def overall_label(manifest: Manifest, lang: str) -> str | None:
    """The label of the whole snapshot: none only where numbers are shown and every one of them earned the word."""
    shown = [entry for entry in entries(manifest) if entry["stage"] in NUMBERED]
    earned = bool(shown) and all(label(entry, lang) is None for entry in shown)
    return None if earned else say("outlook.label", lang)


def badge(entry: Mapping[str, Any], lang: str) -> str:
    """One line of the back-test, as it stands beside every number and on every sheet."""
    card = entry["card"]
    if card is None:
        return say("outlook.badge.untested", lang)
    return say(
        f"outlook.badge.{card['verdict']}",
        lang,
        months=number(card["months"], 0, lang),
        n=number(card["n_test"], 0, lang),
    )


def stage_text(entry: Mapping[str, Any], lang: str) -> str:
    """What is shown for the province and class, and why not more."""
    figures = {
        "events": number(entry["events_5y"], 0, lang),
        "areas": number(entry["areas"], 0, lang),
        "per_area": number(entry["per_area"], 2, lang),
        "class": class_label(entry["class"], lang),
    }
    return say(f"outlook.stage.{reason(entry)}", lang, **figures)


def reason(entry: Mapping[str, Any]) -> str:
    """Why the stage is what it is: the key of its words."""
    if entry["stage"] == "none" and entry["withheld"]:
        return "no_card"
    return str(entry.get("reason") or entry["stage"])


def heap_text(entry: Mapping[str, Any], lang: str) -> str | None:
    """How many incidents stand at the regency's capital, where that is many."""
    heap = entry.get("heap")
    if not heap or not heap.get("moved"):
        return None
    return say("outlook.heap", lang, share=number(100 * heap["share"], 0, lang))


def sentence(row: Mapping[str, Any], lang: str) -> str:
    """The expected number with its interval, in words."""
    figures = {
        "expected": expected_text(row["expected"], lang),
        "days": number(row["horizon_days"], 0, lang),
        "low": number(row["low"], 0, lang),
        "high": number(row["high"], 0, lang),
    }
    return say("outlook.sentence", lang, **figures)


def expected_text(value: float, lang: str) -> str:
    """An expected number as a person reads it."""
    return number(value, 0 if value >= 20 else 1, lang) if value >= 1 else quantity(value, lang)


def nearest(entry: Mapping[str, Any], kode: str, rows: Callable[[str], Sequence[Tree]]) -> list[Tree]:
    """The rows of the entry's class for an area, else for the nearest area above it that has any; `rows` gives those of a code.

    None at a stage without numbers. A village has its district's, a district its regency's where the data carry no more.
    """
    if entry["stage"] not in NUMBERED:
        return []
    for depth in range(min(codes.level(kode), DISTRICT), 0, -1):
        found = [row for row in rows(codes.ancestor(kode, depth)) if row["class"] == entry["class"]]
        if found:
            return sorted(found, key=lambda row: row["horizon_days"])
    return []


def whose(row: Mapping[str, Any], kode: str, name: str, lang: str) -> str:
    """Whose number it is, where it is not the area's own; `name` is the name of the row's area."""
    if row["kode"] == kode:
        return ""
    return say(f"outlook.{'village' if row['level'] == DISTRICT else 'regency'}_note", lang, name=name)


def notes(entry: Mapping[str, Any], row: Mapping[str, Any] | None, lang: str) -> str:
    """What must be known beside a number: few data, heaped places, no incident lately."""
    parts: list[str | None] = []
    if row is not None and row.get("quiet"):
        parts.append(
            say("outlook.quiet_ranked", lang, rank=number(row["quiet_rank"], 0, lang))
            if row.get("quiet_rank") is not None
            else say("outlook.quiet", lang)
        )
    if entry["stage"] in NUMBERED and entry["stage"] != "monthly":
        parts.append(stage_text(entry, lang))
    parts.append(heap_text(entry, lang))
    return " ".join(part for part in parts if part)


def site_effects(manifest: Manifest, lang: str) -> list[Tree]:
    """The learned effects of sites with their sentence; one whose interval holds 1 is never told."""
    found = []
    for effect in manifest.forecast.get("site_effects", ()):
        if effect["low"] <= 1.0 <= effect["high"]:
            continue
        kind = phrase(f"outlook.site.{effect['kind']}", lang, effect["kind"])
        permit = phrase(f"outlook.permit.{effect['permit']}", lang, "") if effect.get("permit") else ""
        text = say(
            "outlook.site_effect",
            lang,
            radius=number(effect["radius_km"], 0 if float(effect["radius_km"]).is_integer() else 1, lang),
            kind=f"{kind} {permit}".strip(),
            **{name: number(effect[name], 1, lang) for name in ("rr", "low", "high")},
        )
        found.append({**effect, "text": text})
    return found


def alert_text(row: Mapping[str, Any], escalation: Mapping[str, Any] | None, lang: str) -> str:
    """How the recent days of a village compare with its own past, and how often such an alarm was false."""
    told = say(
        f"outlook.alert.{'alarm' if row['alarm'] else 'calm'}",
        lang,
        recent=quantity(row["recent"], lang),
        expected=quantity(row["expected"], lang),
        days=number((escalation or {}).get("recent_days"), 0, lang),
    )
    return f"{told} {rate_text(escalation, lang)}".strip() if row["alarm"] else told


def rate_text(escalation: Mapping[str, Any] | None, lang: str) -> str:
    """The stated rate of false alarms, or nothing where it is not known."""
    if not escalation or escalation.get("false_alarms_per_year") is None:
        return ""
    figures = {
        "rate": number(escalation["false_alarms_per_year"], 1, lang),
        "months": number(escalation.get("months"), 0, lang),
        "false": number(escalation.get("false_alarms"), 0, lang),
        "alarms": number(escalation.get("alarms"), 0, lang),
    }
    return say(f"outlook.alert.{'rate' if escalation.get('alarms') is None else 'rate_of'}", lang, **figures)


def rows_of(table: pa.Table, column: str, value: object) -> list[Tree]:
    """The rows of a table with a value in a column."""
    found: list[Tree] = table.filter(pc.equal(table[column], pa.scalar(value, table[column].type))).to_pylist()
    return found


def parts_of(parts: Sequence[Mapping[str, Any]], row: Mapping[str, Any], lang: str) -> list[Tree]:
    """What an expected number is made of, by name; they sum to it (or to its logarithm, see scale)."""
    return [
        {
            "part": part["part"],
            "label": phrase(f"forecast.part.{part['part']}", lang, part["part"]),
            "value": part["value"],
        }
        for part in parts
        if (part["class"], part["horizon_days"]) == (row["class"], row["horizon_days"])
    ]
