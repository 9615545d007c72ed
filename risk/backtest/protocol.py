"""The back-test of one class in one province: at every origin each model and baseline speaks from what was known then, and is scored after.

Letters: A places, O windows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from core.errors import PetarawanError
from geo.grid import FloatArray
from risk.backtest import bootstrap, gate, rules, spatial, tally, windows
from risk.backtest.baselines import Baselines, Forecast, Index
from risk.backtest.bootstrap import Months
from risk.backtest.rules import Rules
from risk.backtest.tally import Books, Ground, Scene, Sums
from risk.forecast import heaping, interval, quiet
from risk.forecast.history import History
from risk.forecast.models import Covariates, Model
from risk.forecast.spec import Spec

DEFAULT = "riwayat"
BEATEN = ("counts_all", "counts_12")  # what every gain is paired with; a fitted model's with the default as well
_DIGITS = 6
_EPOCH = date(1970, 1, 1)
Tell = Callable[[str], None]
CovariatesAt = Callable[[int], Covariates | None]


def run(
    history: History,
    spec: Spec,
    *,
    horizon: int,
    origins: int,
    end: int,
    models: Sequence[Model],
    covariates: CovariatesAt | Covariates | None = None,
    index: Index | None = None,
    seed: int,
    tell: Tell = lambda _step: None,
) -> dict[str, Any]:
    """One entry of the card: plain JSON, floats rounded to six digits, null where there is no number.

    `horizon` in days; `origins` forecasts, a month apart, the last one's window ending before day `end`; `models` with the default
    forecast first; `covariates` a table or what gives that of a day; `index` gives the scores (A,) of a day; `tell` hears what is
    scored next. Raises ValueError without the default, an origin or a horizon; a fitted model that refuses the history is left out.
    """
    if origins < 1 or horizon < 1 or not models or models[0].key != DEFAULT:
        raise ValueError("a back-test needs an origin, a horizon and the default forecast first")
    rule = rules.of(spec)
    days = windows.origins(end, horizon, origins, rule.step_days)
    known = [history.known_by(day) for day in days]
    scenes = [_scene(history, past, day, horizon, rule) for day, past in zip(days, known, strict=True)]
    ground = Ground.of(history, horizon, rule)
    books = Books.of(scenes, ground)
    tell("baselines")
    sums = _baselines(history, days, known, index, scenes, ground)
    why: dict[str, str] = {}
    counted = windows.numbers(history, [(scene.window, scene.quiet) for scene in scenes])
    few = counted[0] < rule.least_test
    used: list[tuple[Model, Any]] = []
    for model in models:
        if few and model.key != DEFAULT:
            why[model.key] = "too_few"
            continue
        tell(model.key)
        try:
            tuned = model.tune(known[0], _at(covariates, days[0]), days[0])
            made = [
                Forecast(model.predict(past, _at(covariates, day), day, horizon, tuned).expected)
                for day, past in zip(days, known, strict=True)
            ]
        except PetarawanError as error:
            if model.key == DEFAULT:
                raise
            why[model.key] = error.code
            continue
        if model.key == DEFAULT:
            made = _stated(made, model, tuned, days, known, spec, horizon)
        used.append((model, tuned))
        sums[model.key] = [tally.measure(f, scene, ground) for f, scene in zip(made, scenes, strict=True)]
    drawn = bootstrap.months(origins, -(-horizon // rule.step_days), rule.resamples, rule.confidence, seed)
    entry = _entry(history, known, sums, scenes, counted, books, ground, drawn, spec)
    _judge(entry, [model.key for model, _ in used[1:]], why, horizon, rule)
    if used[1:]:
        tell("spatial")
        entry["spatial"] = spatial.leave_out(
            known[0],
            days[0],
            horizon,
            used,
            _at(covariates, days[0]),
            [scene.window.counts for scene in scenes],
            drawn,
            rule,
        )
    tree: dict[str, Any] = plain(entry)
    return tree


def span(days: Sequence[int]) -> tuple[str, str]:
    """First and last origin as ISO dates."""
    first, last = (_EPOCH + timedelta(days=int(day)) for day in (days[0], days[-1]))
    return first.isoformat(), last.isoformat()


def plain(tree: Any) -> Any:
    """The tree as plain JSON: tuples as lists, floats rounded; raises ValueError for a number that is none."""
    if isinstance(tree, Mapping):
        return {str(key): plain(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [plain(value) for value in tree]
    if isinstance(tree, float):
        if tree != tree or tree in (float("inf"), float("-inf")):
            raise ValueError("not a number in a card")
        return round(tree, _DIGITS) + 0.0  # no minus zero
    return tree


def _at(covariates: CovariatesAt | Covariates | None, day: int) -> Covariates | None:
    return covariates(day) if callable(covariates) else covariates


def _scene(history: History, past: History, day: int, horizon: int, rule: Rules) -> Scene:
    return Scene(
        windows.observe(history, day, day + horizon),
        quiet.quiet(past, rule.quiet_days, day),
        interval.located_share(past, day, rule.level_days),
    )


def _stated(
    made: Sequence[Forecast],
    model: Model,
    tuned: Any,
    days: Sequence[int],
    known: Sequence[History],
    spec: Spec,
    horizon: int,
) -> list[Forecast]:
    """The forecasts with the intervals they would have been published with."""
    held: dict[int, FloatArray] = {}

    def expected(history: History, origin: int, length: int) -> FloatArray:
        """Of one origin once: what was known at it is the same from whichever later origin it is looked back at."""
        if origin not in held:
            held[origin] = model.predict(history, None, origin, length, tuned).expected
        return held[origin]

    return [
        replace(forecast, dispersion=interval.learn(past, day, horizon, expected, spec.interval))
        for forecast, past, day in zip(made, known, days, strict=True)
    ]


def _baselines(
    history: History,
    days: Sequence[int],
    known: Sequence[History],
    index: Index | None,
    scenes: Sequence[Scene],
    ground: Ground,
) -> dict[str, list[Sums]]:
    """Sums of every baseline that speaks at every origin."""
    baselines = Baselines(history, ground.horizon, days[0], index, ground.rules)
    made = [baselines.at(day, past) for day, past in zip(days, known, strict=True)]
    return {
        key: [tally.measure(forecasts[key], scene, ground) for forecasts, scene in zip(made, scenes, strict=True)]
        for key in baselines.keys
        if all(key in forecasts for forecasts in made)
    }


def _entry(
    history: History,
    known: Sequence[History],
    sums: Mapping[str, Sequence[Sums]],
    scenes: Sequence[Scene],
    counted: tuple[int, int, int],
    books: Books,
    ground: Ground,
    drawn: Months,
    spec: Spec,
) -> dict[str, Any]:
    models = {}
    for key, mine in sums.items():
        rivals = BEATEN if key in (*BEATEN, DEFAULT) else (*BEATEN, DEFAULT)
        against = {name: sums[name] for name in rivals if name != key}
        models[key] = tally.summary(
            mine, against, scenes, books, ground, drawn, brief=counted[0] < ground.rules.least_test
        )
    return {
        "province": history.province,
        "class": history.kind,
        "months": len(scenes),
        "n_test": counted[0],
        "n_test_located": counted[1],
        "n_new": counted[2],
        "n_history": len(known[0]),
        "heap_share": heaping.find(known[-1], spec.heap).share,
        "level_eo": models[DEFAULT]["eo"],
        "areas": len(history.areas),
        "models": models,
        "spatial": None,
    }


def _judge(entry: dict[str, Any], fitted: Sequence[str], why: dict[str, str], horizon: int, rule: Rules) -> None:
    """Verdict, label, offered models and notes into the entry."""
    default = entry["models"][DEFAULT]
    entry["verdict"] = gate.verdict(default["gain"]["counts_all"], entry["n_test"], rule)
    entry["label"] = gate.label(entry["verdict"], default["pai"]["area"], rule)
    offered = [DEFAULT]
    for key in fitted:
        gain = entry["models"][key]["gain"][DEFAULT]
        refused = gate.reason(gain, entry["months"], entry["n_test"], entry["n_history"], rule)
        if refused is None:
            offered.append(key)
        else:
            why[key] = refused
    entry["offered"], entry["why"] = offered, why
    entry["notes"] = gate.notes(entry, horizon, rule)
