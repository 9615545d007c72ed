"""Area codes in cells: dotted or not, Excel floats, and never one system's digits read as another's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from core import codes
from core.errors import InputError, Place
from geo.sources.faults import BadValue
from geo.sources.sheets import Cell

System = Literal["kemendagri", "bps", "kpu"]


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


def check_system(system: System | None, place: Place) -> None:
    """BPS codes are not read as Kemendagri codes: raises InputError E_CODE_BPS."""
    if system == "bps":
        raise InputError("E_CODE_BPS", place=place)


def check_forms(faults: Sequence[BadValue | None], place: Place) -> None:
    """More than half of the codes in the BPS form: raises InputError E_CODE_BPS for the file."""
    wrong = sum(fault is not None and fault.code == "R_CODE_BPS" for fault in faults)
    if wrong and 2 * wrong > len(faults):
        raise InputError("E_CODE_BPS", place=place)
