"""Numbers, degrees and dates as the reader's language writes them: 1.234,5 in Indonesian, 1,234.5 in English."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from core.words import say


def number(value: float | None, decimals: int = 0, lang: str = "id") -> str:
    """A number with separators; an en dash where there is none (unknown is not 0)."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:z,.{decimals}f}"  # z: no minus before a zero
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))


def quantity(value: float | None, lang: str = "id") -> str:
    """An expected count as the page writes it: whole, or three figures below 100; what is there but tiny is not 0."""
    if value is None or math.isnan(value) or value >= 100 or value == round(value):
        return number(value, 0, lang)
    if value < 0.01:
        return f"<{number(0.01, 2, lang)}"
    return number(value, 2 if value < 10 else 1, lang)


def degrees(value: float, axis: str, lang: str = "id") -> str:
    """117°30′ BT; seconds only where there are any; `axis` is lon or lat."""
    seconds = round(abs(value) * 3600)
    text = f"{seconds // 3600}°"
    if seconds % 3600:
        text += f"{seconds % 3600 // 60:02d}′"
    if seconds % 60:
        text += f"{seconds % 60:02d}″"
    side = "" if not seconds else say(f"side.{axis}.{'plus' if value > 0 else 'minus'}", lang)
    return f"{text} {side}".strip()


def day(text: str, lang: str = "id") -> str:
    """An ISO date in words: 31 Oktober 2024."""
    when = date.fromisoformat(text)
    return f"{when.day} {say(f'month.{when.month}', lang)} {when.year}"


def apportion(parts: Sequence[float], total: float, decimals: int = 1) -> list[float]:
    """Parts rounded so that their sum is the rounded total (largest remainders), for tables that must add up."""
    unit = 10**decimals
    scaled = [part * unit for part in parts]
    floors = [math.floor(value + 1e-9) for value in scaled]
    missing = round(total * unit) - sum(floors)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - scaled[i], i))
    for i in order[: max(0, missing)]:
        floors[i] += 1
    return [value / unit for value in floors]
