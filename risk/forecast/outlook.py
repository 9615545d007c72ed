"""Outlook: what one model expects in every area, with parts that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.grid import FloatArray, IntArray

EXACT = 1e-9
ROLL = "roll"  # part of a summed log-additive outlook: the logarithm of a sum is not a mean of logarithms


@dataclass(frozen=True)
class Outlook:
    """expected (A,) incidents over the horizon, above 0; parts (A, K) sum to it ("additive") or to its natural logarithm ("log").

    Raises ValueError where they do not within 1e-9 (of the larger of 1 and the sum), or where a number is not finite.
    """

    expected: FloatArray
    parts: FloatArray
    names: tuple[str, ...]
    scale: Literal["additive", "log"]

    def __post_init__(self) -> None:
        if self.parts.shape != (len(self.expected), len(self.names)):
            raise ValueError(f"parts have shape {self.parts.shape}")
        if not (np.isfinite(self.expected).all() and np.isfinite(self.parts).all() and (self.expected > 0).all()):
            raise ValueError("an expected number must be finite and above 0, its parts finite")
        whole = self.expected if self.scale == "additive" else np.log(self.expected)
        if (np.abs(self.parts.sum(axis=1) - whole) > EXACT * np.maximum(1.0, np.abs(whole))).any():
            raise ValueError("parts do not sum to the expected number")

    def rolled(self, group: IntArray, size: int) -> Outlook:
        """The outlook of larger areas, expected numbers summed; group (A,) index below `size`, every group has a member.

        Additive parts are summed; log parts are means weighted by the expected numbers, and a last part closes the sum exactly.
        """
        expected = np.bincount(group, self.expected, size).astype(np.float64)
        weight = np.ones(len(group)) if self.scale == "additive" else self.expected / expected[group]
        summed = [np.bincount(group, weight * part, size).astype(np.float64) for part in self.parts.T]
        parts = np.column_stack(summed)
        if self.scale == "additive":
            return Outlook(expected, parts, self.names, "additive")
        parts = np.column_stack((parts, np.log(expected) - parts.sum(axis=1)))
        return Outlook(expected, parts, (*self.names, ROLL), "log")
