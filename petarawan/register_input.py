"""What an officer types into `petarawan register`, as values: days, changes, reports on standard input."""

from __future__ import annotations

import sys
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from core.errors import ConfigError, InputError
from core.report import Report
from core.words import Phrase


def usage(key: str, name: str, **params: object) -> ConfigError:
    return ConfigError("E_USAGE", detail=Phrase(key, {"name": name, **params}), command="petarawan register")


def day_of(option: str, text: str | None) -> date | None:
    """A day as people write it; raises ConfigError E_USAGE for a month, a span or no date at all."""
    from geo.sources.dates import parse
    from geo.sources.faults import BadValue

    if text is None:
        return None
    try:
        found = parse(text)
    except BadValue as bad:
        raise usage("usage.value", option) from bad
    if found is None or found.precision != "day":
        raise usage("usage.value", option)
    return found.day


def credibility(grade: str | None) -> int | None:
    """The figure of a grade like B2; raises ConfigError E_USAGE."""
    if grade is None or len(grade) == 1:
        return None
    if len(grade) != 2 or not grade[1].isascii() or not grade[1].isdigit():
        raise usage("usage.value", "--grade")
    return int(grade[1])


def from_stdin() -> list[dict[str, Any]]:
    """One report or a list of them; raises InputError E_REPORT_JSON."""
    try:
        read = orjson.loads(sys.stdin.buffer.read())
    except orjson.JSONDecodeError as error:
        raise InputError("E_REPORT_JSON", detail=f"{error.msg} ({error.lineno}:{error.colno})") from error
    trees = read if isinstance(read, list) else [read]
    if not trees or not all(isinstance(tree, dict) for tree in trees):
        raise InputError("E_REPORT_JSON", detail=Phrase("register.objects"))
    return trees


def report_of(folder: Path, tree: dict[str, Any], who: str, why: str) -> tuple[Report, str, str]:
    """A report from what was given, its place looked up where only a point is told; raises InputError E_REPORT, E_REPORT_PLACE."""
    given = {name: value for name, value in tree.items() if value is not None and name not in {"who", "why"}}
    known = {item.name for item in fields(Report)}
    faults = [Phrase("fault.unknown", {"field": name[:60]}) for name in sorted(given.keys() - known)]
    faults += [Phrase("fault.missing", {"field": name}) for name in ("occurred_on", "kind") if name not in given]
    for name in ("occurred_on", "date_end", "known_on"):
        if name in given:
            try:
                given[name] = day_of(name, given[name] if isinstance(given[name], str) else "-")
            except ConfigError:
                faults.append(Phrase("fault.date", {"field": name, "value": repr(given[name])[:60]}))
    faults += _wrong_types(given)
    if faults:
        raise InputError("E_REPORT", detail=tuple(faults))
    given["kode"] = _kode(folder, given.get("kode"), given.get("lon"), given.get("lat"))
    return Report(**given), str(tree.get("who") or who), str(tree.get("why") or why)


def _wrong_types(given: dict[str, Any]) -> list[Phrase]:
    wholes, degrees, days = (
        {"deaths", "injured", "credibility"},
        {"lon", "lat"},
        {"occurred_on", "date_end", "known_on"},
    )
    found = []
    for name, value in given.items():
        kinds = int if name in wholes else int | float if name in degrees else date if name in days else str
        if not isinstance(value, kinds) or isinstance(value, bool):
            words = "whole" if name in wholes else "number" if name in degrees else "text"
            found.append(Phrase(f"fault.{words}", {"field": name, "value": repr(value)[:60]}))
    return found


def _kode(folder: Path, kode: str | None, lon: float | None, lat: float | None) -> str:
    from core import settings
    from geo.atlas import Atlas
    from intake.ground import places_of

    if lon is not None and lat is not None:
        village = places_of(folder, settings.load(folder)).at([lon], [lat])[0]  # type: ignore[arg-type]
        if village is None:
            raise InputError("E_REPORT_PLACE", detail=Phrase("upload.place.outside", {"value": f"{lon}, {lat}"}))
        return str(village)
    if kode is None:
        raise InputError("E_REPORT_PLACE", detail=Phrase("upload.place.none"))
    if kode not in Atlas.load():
        raise InputError("E_REPORT_PLACE", detail=Phrase("upload.place.code", {"value": kode[:40]}))
    return kode


def changes_of(kind: str, given: list[str]) -> dict[str, object]:
    """field=value pairs as values of the columns' types; an empty value is null. Raises ConfigError E_USAGE."""
    from store.register.models import CONTENT

    columns = {column.name: column for column in CONTENT[kind]}
    changes: dict[str, object] = {}
    for pair in given:
        name, sign, text = pair.partition("=")
        name, text = name.strip(), text.strip()
        if not sign or (name not in columns and name != "verification"):
            raise usage("usage.one_of", f"--set {name[:40]}", choices=", ".join(columns))
        changes[name] = _value(name, text, str(columns[name].dtype) if name in columns else "string")
    return changes


def _value(name: str, text: str, dtype: str) -> object:
    if text == "":
        return None
    if dtype.startswith("date"):
        return day_of(f"--set {name}", text)
    if dtype == "string":
        return text
    try:
        return int(text) if dtype.startswith("int") else float(text.replace(",", "."))
    except ValueError as error:
        raise usage("usage.value", f"--set {name}") from error
