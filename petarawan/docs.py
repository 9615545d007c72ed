"""Write the documentation pages that come from declarations: docs/tables.md (columns) and docs/factors.md (factors and models)."""

from __future__ import annotations

import sys
from pathlib import Path

from core import tables
from core.errors import ConfigError, Place
from core.report import DETAIL
from core.words import say
from risk import model as models
from risk.factor import factors

ROOT = Path(__file__).resolve().parents[1]
CONSTANTS = (
    "risk/forecast/forecast.toml",
    "risk/backtest/rules.toml",
    "risk/forecast/fitted.toml",
    "risk/forecast/etas.toml",
    "risk/site_effect.toml",
    "risk/alerts.toml",
    "risk/sensitivity.toml",
    "risk/simulate/variants.toml",
)
_HEAD = "<!-- Written by `make docs` from the declarations in the code; do not edit. -->\n\n"


def tables_page() -> str:
    """Every published column: name, dtype, unit, whether it may be null, meaning."""
    pages = [_HEAD + "# Tables of a snapshot\n"]
    named = {
        "cells": tables.cells(["<factor>"]),
        "cells_r4 .. cells_r7 (coarser cells)": tables.coarse_cells(["<factor>"]),
        "areas": tables.areas(["<factor>"]),
        "crosswalk": tables.CROSSWALK,
        **tables.LAYERS,
        **tables.DERIVED,
        "incidents in the register, besides (never published)": DETAIL,
    }
    for name, columns in named.items():
        pages.append(f"\n## {name}\n\n| column | dtype | unit | null | meaning |\n|---|---|---|---|---|\n")
        pages += [
            f"| `{c.name}` | {c.dtype} | {c.unit or '-'} | {'yes' if c.nullable else 'no'} | {c.meaning} |\n"
            for c in columns
        ]
    return "".join(pages)


def factors_page() -> str:
    """Every factor with its source, caveat and place in the shipped models."""
    parts = [_HEAD + "# Factors and models\n"]
    for path in sorted(models.MODELS.glob("*.toml")):
        file = models.load(path.stem).file
        parts.append(f"\n## Model `{file.name}` version {file.version}\n\n{file.cites}\n\n")
        parts.append(
            f"Combination: {file.combination}. Coverage floor: {file.coverage_floor:g}. Lower bounds of classes 2 to 5: "
            f"{', '.join(f'{t:g}' for t in file.thresholds)}.\n\n"
        )
        parts.append("| factor | weight | dimension | transform | lo | hi | reason |\n|---|---|---|---|---|---|---|\n")
        parts += [
            f"| `{i.key}` | {i.weight:g} | {i.dimension} | {i.transform} | {i.lo:g} | {i.hi:g} | {i.reason} |\n"
            for i in file.factor
        ]
    for key, factor in factors().items():
        direction = "more is riskier" if factor.direction > 0 else "less is riskier"
        measured = (factor.measure.__doc__ or "").strip().replace("\n    ", "\n")
        parts.append(
            f"\n## `{key}`: {say(f'factor.{key}.label', 'en')} ({say(f'factor.{key}.label', 'id')})\n\n"
            f"Unit: {factor.unit}; {direction}; needs {', '.join(factor.needs)}.\n\n{measured}\n\n"
            f"Source: {factor.cites}.\n\nCaveat: {factor.caveat}\n"
        )
    return "".join(parts)


def constants_page() -> str:
    """Every file of constants as it stands, comments and all: nothing has a default in code."""
    parts = [
        _HEAD
        + "# Constants\n\nEvery constant of the index stands in [factors.md](factors.md); all others here, with their reasons.\n"
    ]
    for name in CONSTANTS:
        text = (ROOT / name).read_text(encoding="utf-8").rstrip("\n")
        parts.append(f"\n## {name}\n\n```toml\n{text}\n```\n")
    return "".join(parts)


PAGES = {"constants.md": constants_page, "tables.md": tables_page, "factors.md": factors_page}


def write(folder: Path) -> None:
    """Write all pages; raises ConfigError E_OUT when the folder is not there."""
    if not folder.is_dir():
        raise ConfigError("E_OUT", place=Place(file=str(folder)), detail="not a folder")
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
