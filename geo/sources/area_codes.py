"""Area codes in cells: dotted or not, Excel floats, and never one system's digits read as another's."""

from __future__ import annotations

import re
from typing import Literal

from core import codes
from geo.sources.faults import BadValue, remembered
from geo.sources.sheets import Cell

System = Literal["kemendagri", "bps", "kpu"]


@remembered
def parse(value: Cell) -> tuple[str, bool] | None:
    """The dotted code and whether the cell had the dots; None for an empty cell.

    Raises BadValue R_CODE_FORM (no code has this form), R_CODE_BPS (only BPS codes have this form).
    """
    if value is None:
        return None
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e11 else repr(value)
    else:
        text = str(value).strip().strip("'")
    text = re.sub(r"^(\d{4,10})\.0$", r"\1", text)  # an Excel number saved as text
    if text.isascii() and text.isdigit():
        # BPS districts have 7 digits; BPS villages have 10 with the third digit of their district in seventh place,
        # where Kemendagri has 1 (kelurahan), 2 (desa) or 3 (desa adat).
        if len(text) == 7 or (len(text) == 10 and text[6] not in "123"):
            raise BadValue("R_CODE_BPS")
        dotted = codes.dotted(text)
        if dotted is None:
            raise BadValue("R_CODE_FORM")
        return dotted, False
    dotted = re.sub(r"[\s./\-]+", ".", text)
    if not codes.is_code(dotted):
        raise BadValue("R_CODE_FORM")
    return dotted, True


@remembered
def parse_bps(value: Cell) -> str | None:
    """The digits of a BPS code of any level (2, 4, 7 or 10), with or without dots or HDX's "ID" before; None for an empty cell.

    Raises BadValue R_CODE_FORM.
    """
    if value is None:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e11 else str(value)
    text = re.sub(r"^(\d{2,10})\.0$", r"\1", text.strip().strip("'")).upper().removeprefix("ID")
    digits = re.sub(r"[\s./\-]+", "", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) in (2, 4, 7, 10)):
        raise BadValue("R_CODE_FORM")
    return digits
