"""H3 cells: uint64 inside, 15-digit hexadecimal strings at the border; plain bit arithmetic, no library needed.

Layout of an H3 index (h3geo.org, "H3Index Bit Layout"): bits 52-55 resolution, 45-51 base cell, then 15 digits of 3 bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.errors import RequestError

CellArray = npt.NDArray[np.uint64]
_RES_SHIFT = np.uint64(52)
_RES_MASK = np.uint64(0xF)


def resolution(cells: CellArray) -> npt.NDArray[np.int8]:
    """The resolution 0..15 of every cell; shape (N,) to (N,)."""
    return ((cells >> _RES_SHIFT) & _RES_MASK).astype(np.int8)


def parents(cells: CellArray, res: int) -> CellArray:
    """The parent of every cell at `res` (not finer than the cells); uint64 (N,) to uint64 (N,)."""
    if cells.size and int(resolution(cells).min()) < res:
        raise ValueError(f"cells are coarser than resolution {res}")
    # All digits finer than `res` become 7 (unused), as the H3 index demands.
    unused = np.uint64((1 << (3 * (15 - res))) - 1)
    return (cells & ~(_RES_MASK << _RES_SHIFT)) | (np.uint64(res) << _RES_SHIFT) | unused


def parent_groups(cells: CellArray, res: int) -> tuple[CellArray, npt.NDArray[np.intp]]:
    """Distinct parents at `res` of ascending cells of one resolution, (G,), and where each one's run of children starts, (G,).

    Children follow their parent in cell order, so no sorting is needed and np.add.reduceat sums by parent.
    """
    parent = parents(cells, res)
    start = np.flatnonzero(np.concatenate((np.ones(min(1, len(parent)), bool), parent[1:] != parent[:-1])))
    return parent[start], start


def to_text(cell: int) -> str:
    """One cell as GeoJSON and addresses show it."""
    return f"{int(cell):x}"


def to_texts(cells: CellArray) -> list[str]:
    """Many cells as text, in order."""
    return [f"{cell:x}" for cell in cells.tolist()]


def from_text(text: str) -> int:
    """A cell from its text; raises RequestError E_CELL when it is not 15 hexadecimal digits of a cell index."""
    try:
        cell = int(text, 16) if len(text) == 15 and text.isascii() and text.isalnum() else 0
    except ValueError:
        cell = 0
    if cell >> 56 != 8:  # mode 1 (cell), all reserved bits 0
        raise RequestError("E_CELL", value=text[:40])
    return cell
