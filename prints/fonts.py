"""Noto Sans as it lies in web/vendor/fonts: where it is, and how wide a text will be (for labels placed before Typst runs).

TrueType tables cmap (format 4), hhea and hmtx: learn.microsoft.com/typography/opentype/spec.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

from core.errors import ConfigError, Place

FAMILY = "Noto Sans"
FOLDER = Path(__file__).parents[1] / "web" / "vendor" / "fonts"
FILES = {"regular": "NotoSans-Regular.ttf", "bold": "NotoSans-Bold.ttf", "italic": "NotoSans-Italic.ttf"}


def home(folder: Path = FOLDER) -> str:
    """The folder of the font files; raises ConfigError E_PRINT_FONTS where one is missing."""
    for name in FILES.values():
        if not (folder / name).is_file():
            raise ConfigError("E_PRINT_FONTS", place=Place(file=str(folder / name)))
    return str(folder)


@cache
def _advances(style: str, folder: Path) -> tuple[dict[int, float], float]:
    """Advance width of every character in em, and that of the missing glyph."""
    raw = (folder / FILES[style]).read_bytes()
    tables: dict[bytes, int] = {}
    for i in range(struct.unpack_from(">H", raw, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", raw, 12 + 16 * i)
        tables[tag] = offset
    per_em = struct.unpack_from(">H", raw, tables[b"head"] + 18)[0]
    long = struct.unpack_from(">H", raw, tables[b"hhea"] + 34)[0]
    widths = [item[0] / per_em for item in struct.iter_unpack(">Hh", raw[tables[b"hmtx"] : tables[b"hmtx"] + 4 * long])]
    return {char: widths[min(glyph, long - 1)] for char, glyph in _cmap(raw, tables[b"cmap"]).items()}, widths[0]


def _cmap(raw: bytes, start: int) -> dict[int, int]:
    """Character to glyph, from the format 4 subtable (the Basic Multilingual Plane)."""
    glyphs: dict[int, int] = {}
    for i in range(struct.unpack_from(">H", raw, start + 2)[0]):
        at = start + struct.unpack_from(">HHI", raw, start + 4 + 8 * i)[2]
        if struct.unpack_from(">H", raw, at)[0] != 4:
            continue
        count = struct.unpack_from(">H", raw, at + 6)[0] // 2
        ends, starts, deltas, offsets = (
            struct.unpack_from(f">{count}H", raw, at + 14 + 2 * count * part + (2 if part else 0)) for part in range(4)
        )
        for k in range(count):
            for char in range(starts[k], min(ends[k], 0xFFFE) + 1):
                if offsets[k]:
                    where = at + 16 + 6 * count + 2 * k + offsets[k] + 2 * (char - starts[k])
                    glyph = struct.unpack_from(">H", raw, where)[0]
                    glyph = (glyph + deltas[k]) & 0xFFFF if glyph else 0
                else:
                    glyph = (char + deltas[k]) & 0xFFFF
                if glyph:
                    glyphs[char] = glyph
    return glyphs


def width(text: str, size: float, style: str = "regular", folder: Path = FOLDER) -> float:
    """Width of a text in the unit of `size` (the em), without kerning (which only narrows it)."""
    advances, missing = _advances(style, folder)
    return size * sum(advances.get(ord(char), missing) for char in text)
