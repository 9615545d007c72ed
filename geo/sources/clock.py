"""Time of day as people write it in Indonesia: '14.30 WITA', 'pukul 14:30', 'jam 2 siang', Excel's part of a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from geo.sources.faults import BadValue, remembered

_ZONES = {"wib": "WIB", "wita": "WITA", "wit": "WIT", "7": "WIB", "8": "WITA", "9": "WIT"}
_CLOCK = re.compile(
    r"(?:±|\+/-|kira-kira|kurang lebih|sekitar|sekira|sktr|lebih kurang)?\s*(?:pada\s+)?(?P<said>pukul|jam|pkl|pk|at)?[\s.:,]*"
    r"(?:(?P<hour>\d{1,2})(?:\s*[.:h]\s*(?P<minute>\d{2})(?:[.:]\d{2}(?:[.,]\d+)?)?)?|(?P<four>\d{4}))\s*"
    r"(?P<part>am|pm|a\.m\.?|p\.m\.?|pagi|siang|sore|petang|malam|dini hari|subuh)?\s*"
    r"(?:(?P<zone>wita|wib|wit)|(?:gmt|utc)?\s*\+\s*0?(?P<offset>[789])(?::?00)?|(?P<utc>z|utc|gmt))?\.?"
)
_UNTIL = re.compile(r"\s*(?:s\.?\s*/\s*d\.?|s\.d\.?|sd|sampai(?: dengan)?|hingga|–|—|-|\bto\b)\s*")


@dataclass(frozen=True)
class Clock:
    """HH:MM as told, and the zone told with it (WIB, WITA, WIT); None where it is not told."""

    time: str
    zone: str | None = None


@remembered
def parse(value: object) -> Clock | None:
    """The time of a cell, of '14.30 - 16.00' the first; None for an empty one.

    A time in UTC is refused, for its day may be another one here. Raises BadValue R_TIME.
    """
    if value is None or (isinstance(value, str) and not value.strip(" -–")):
        return None
    if isinstance(value, datetime):
        return Clock(f"{value:%H:%M}")
    if isinstance(value, float) and 0.0 <= value < 1.0:
        return Clock(of_day(value))
    if not isinstance(value, str):
        raise BadValue("R_TIME")
    text = " ".join(value.lower().split())
    found = _CLOCK.fullmatch(text)
    if found is None:
        ends = _UNTIL.split(text, maxsplit=1)
        found = _CLOCK.fullmatch(ends[0])
        last = _CLOCK.fullmatch(ends[1]) if len(ends) == 2 and ends[1] not in ("selesai", "selesai.") else found
        if found is None or last is None or len(ends) != 2:
            raise BadValue("R_TIME")
        return Clock(_time(found), _zone(found) or _zone(last))
    return Clock(_time(found), _zone(found))


def of_day(part: float) -> str:
    """Excel's part of a day as HH:MM, to the minute, never the next day."""
    hour, minute = divmod(min(round(part * 1440), 1439), 60)
    return f"{hour:02d}:{minute:02d}"


def _time(found: re.Match[str]) -> str:
    if found["utc"]:
        raise BadValue("R_TIME")
    if found["four"]:
        hour, minute = int(found["four"][:2]), int(found["four"][2:])
    else:
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
    # A number alone is no time: '14' may be anything, '1430' a year or a code.
    if not (found["minute"] or found["said"] or found["part"] or found["zone"]):
        raise BadValue("R_TIME")
    hour = _hour(hour, (found["part"] or "").replace(".", ""))
    if hour > 23 or minute > 59:
        raise BadValue("R_TIME")
    return f"{hour:02d}:{minute:02d}"


def _hour(hour: int, part: str) -> int:
    """The hour of 24; '12 malam' is refused, for it is the night between two days."""
    if not part or hour > 12:
        return hour
    if part in ("am", "pm"):
        return hour % 12 + (12 if part == "pm" else 0)
    if part in ("sore", "petang") or (part == "siang" and hour < 5) or (part == "malam" and 6 <= hour < 12):
        return hour % 12 + 12
    if part == "malam":
        raise BadValue("R_TIME")
    return hour


def _zone(found: re.Match[str]) -> str | None:
    return _ZONES.get(found["zone"] or found["offset"] or "")
