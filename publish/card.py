"""The back-test card of a workspace: the one `petarawan backtest` left if it is of exactly this history, else a quick one made now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from core.errors import ConfigError, Place
from publish.panel import Panel
from risk.backtest import protocol, rules, windows
from risk.forecast import etas, models
from risk.forecast.constants import fitted
from risk.forecast.history import History, day_number
from risk.forecast.spec import Spec

FOLDER, NAME = "backtest", "card.json"
SEED = 20120702  # of every bootstrap; the day UU 7/2012 was enacted is as good as any
QUICK, DEEP = "quick", "deep"
Card = dict[str, Any]
Tell = Callable[[History, str], None]


def digest(histories: Sequence[History], spec: Spec, as_of: date) -> str:
    """What a card stands on: every history, the constants of the forecast, the models' own, and the day."""
    held = hashlib.sha256()
    told = [
        spec.model_dump(mode="json"),
        rules.of(spec).__dict__,
        fitted().model_dump(mode="json"),
        etas.constants(),
        as_of.isoformat(),
    ]
    held.update(json.dumps(told, sort_keys=True, default=list).encode())
    for history in histories:
        held.update(history.digest().encode())
    return held.hexdigest()


def make(
    histories: Sequence[History],
    spec: Spec,
    as_of: date,
    *,
    horizon: int,
    origins: int,
    panel: Panel | None = None,
    until: date | None = None,
    tell: Tell = lambda _history, _step: None,
) -> Card:
    """The card of all histories with incidents; with a panel the index is a rival and every model is tried (deep), else the default alone.

    `until` is the last day of the last window (as_of without it).
    """
    registered = models.models()
    tried = list(registered.values()) if panel is not None else [registered[protocol.DEFAULT]]
    end = day_number(until or as_of) + 1
    days = windows.origins(end, horizon, origins, rules.of(spec).step_days)
    entries = []
    for history in histories:
        if not len(history.known_by(end)):
            continue
        entries.append(
            protocol.run(
                history,
                spec,
                horizon=horizon,
                origins=origins,
                end=end,
                models=tried,
                covariates=None if panel is None else partial(panel.covariates, history),
                index=None if panel is None else partial(panel.scores, history),
                seed=SEED,
                tell=partial(tell, history),
            )
        )
    first, last = protocol.span(days)
    return {
        "horizon_days": horizon,
        "origins": origins,
        "first": first,
        "last": last,
        "seed": SEED,
        "spec": rules.of(spec).version,
        "depth": QUICK if panel is None else DEEP,
        "digest": digest(histories, spec, as_of),
        "entries": entries,
    }


def write(path: Path, card: Card) -> None:
    """Write a card whole or not at all; at FOLDER/NAME of a workspace the next publish finds it."""
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    temporary.replace(path)


def kept(workspace: Path, wanted: str) -> Card | None:
    """The card `petarawan backtest` left, None where there is none or it is of another history.

    Raises ConfigError E_CARD where the file is no card.
    """
    path = workspace / FOLDER / NAME
    if not path.is_file():
        return None
    try:
        card = orjson.loads(path.read_bytes())
        fits = card["digest"] == wanted
        complete = {"entries", "horizon_days", "origins", "depth"} <= set(card)
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ConfigError("E_CARD", place=Place(file=str(path)), detail=str(error)) from error
    if not complete:
        raise ConfigError("E_CARD", place=Place(file=str(path)), detail="entries")
    return dict(card) if fits else None
