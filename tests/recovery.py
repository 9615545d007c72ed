"""What the forecast does on invented provinces whose truth is known: the tables of docs/recovery.md.

Run by hand: `python -m tests.recovery [recovery] [silence] [coverage] [gate] [shuffled] [--write]` (all of them: about 30 minutes on one
core). With --write the tables of docs/recovery.md are replaced, without it they are printed only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from risk.backtest import protocol
from risk.forecast import etas, interval, shrunken, spec
from risk.forecast.history import History
from risk.forecast.models import models
from risk.simulate.recipe import names, recipe
from risk.simulate.simulate import Simulated, shuffled, simulate
from tests.places import ROOT

PAGE = ROOT / "docs" / "recovery.md"
SPEC = spec.load()
FITTED = ("8e", "8a", "8b")
YEAR = 365
LEVELS = {3: "kecamatan", 2: "kabupaten", 1: "province"}
TRUTHS = (("branching", ".2f"), ("decay_days", ".1f"), ("range_km", ".1f"))
SILENT = (
    (0.0, "sparse"),
    (0.0, "base"),
    (0.1, "sparse"),
    (0.1, "base"),
    (0.2, "sparse"),
    (0.2, "base"),
    (0.0, "hidden"),
)
Row = Sequence[object]


def table(head: Row, rows: list[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(item) for item in row) + " |" for row in lines)


def recovery() -> str:
    """Well-specified: is the truth inside the 90 % intervals in about 90 % of the provinces?"""
    rows: list[Row] = []
    for name, seeds in (("base", 40), ("sparse", 40), ("dense", 10)):
        worlds = [simulate(recipe(name), seed) for seed in range(1, seeds + 1)]
        fits = [etas.fit(world.history, world.covariates, world.end) for world in worlds]
        events = round(float(np.mean([fit.events for fit in fits])))
        for key, form in TRUTHS:
            found: list[etas.Estimate] = [getattr(fit, key) for fit in fits]
            rows.append(_recovered(name, events, key, getattr(worlds[0].truth, key), found, form))
        site = [_site(fit) for fit in fits]
        rows.append(_recovered(name, events, "site risk", worlds[0].truth.site_risk, site, ".2f"))
    head = (
        "variant",
        "incidents fitted",
        "parameter",
        "truth",
        "mean estimate",
        "sd over seeds",
        "mean of the 90 % intervals",
        "truth inside",
    )
    return table(head, rows)


def _site(fit: etas.Fit) -> etas.Estimate:
    at = fit.names.index("site")
    power, effect = 1.0 / float(fit.scale[at]), fit.effects[at]
    return etas.Estimate(effect.value**power, effect.low**power, effect.high**power, effect.told)


def _recovered(name: str, events: int, key: str, truth: float, found: list[etas.Estimate], form: str) -> Row:
    value = np.array([item.value for item in found])
    inside = [item.told and item.low <= truth <= item.high for item in found]
    low, high = (float(np.mean([getattr(item, end) for item in found])) for end in ("low", "high"))
    return (
        name, events, key.replace("_", " "), format(truth, form), format(value.mean(), form), format(value.std(), ".3f"),
        f"{low:{form}} to {high:{form}}", f"{sum(inside)} of {len(found)}",
    )  # fmt: skip


def silence() -> str:
    """Where nothing is triggered: how often is a triggering told?"""
    rows: list[Row] = []
    for branching, name in SILENT:
        worlds = [simulate(recipe(name, branching=branching), seed) for seed in range(1, 31)]
        fits = [etas.fit(world.history, world.covariates, world.end) for world in worlds]
        events, days, value = (
            float(np.mean(found))
            for found in zip(*((fit.events, fit.decay_days.value, fit.branching.value) for fit in fits), strict=True)
        )
        told = sum(fit.branching.told for fit in fits)
        shown = f"{days:.0f}" if 2 * told > len(fits) else "-"
        rows.append((branching, name, round(events), f"{value:.2f}", shown, f"{told} of {len(fits)}"))
    return table(
        ("true branching", "variant", "incidents fitted", "mean estimate", "mean decay, days", "triggering told"), rows
    )


def _default(past: History, origin: int, horizon: int) -> np.ndarray:
    return shrunken.forecast(past, SPEC, origin, horizon).expected


def _covered(world: Simulated, horizon: int, windows: int) -> dict[int, tuple[float, float, float]]:
    """By level: mean randomised PIT inside the 90 % interval, share of counts inside its whole numbers, alpha."""
    history, share = world.history, SPEC.interval.level
    parts: dict[int, list[np.ndarray]] = {level: [] for level in LEVELS}
    plain: dict[int, list[np.ndarray]] = {level: [] for level in LEVELS}
    alphas: dict[int, list[float]] = {level: [] for level in LEVELS}
    for window in range(windows):
        origin = world.end - horizon * (1 + window)
        past = history.known_by(origin)
        spread = interval.learn(past, origin, horizon, _default, SPEC.interval)
        expected = _default(past, origin, horizon)
        kecamatan, kabupaten = interval.located_share(past, origin, SPEC.interval.share_days)
        came = history.between(origin, origin + horizon)
        counted = {
            3: history.counts(origin, origin + horizon),
            2: np.bincount(history.home[came], minlength=len(history.regencies)).astype(float),
            1: np.array([float(came.sum())]),
        }
        hoped = {
            3: expected * kecamatan,
            2: np.bincount(history.regency, expected) * kabupaten,
            1: expected.sum(keepdims=True),
        }
        for level in LEVELS:
            size = spread.size(level)
            low, high = interval.bounds(hoped[level], size, share)
            parts[level].append(interval.coverage(counted[level], hoped[level], size, share))
            plain[level].append((counted[level] >= low) & (counted[level] <= high))
            alphas[level].append(1.0 / size)
    return {
        level: (
            float(np.concatenate(parts[level]).mean()),
            float(np.concatenate(plain[level]).mean()),
            float(np.mean(alphas[level])),
        )
        for level in LEVELS
    }


def coverage(seeds: int = 24, windows: int = 12) -> str:
    """How often do the 90 % intervals of the default forecast hold what came?"""
    rows: list[Row] = []
    for name in names():
        for horizon in SPEC.horizons:
            found = [_covered(simulate(recipe(name), seed), horizon, windows) for seed in range(1, seeds + 1)]
            cells = []
            for level in LEVELS:
                pit, whole, alpha = (np.array([item[level][part] for item in found]) for part in range(3))
                error = 100 * pit.std() / np.sqrt(len(pit) - 1)
                cells.append(f"{100 * pit.mean():.1f} ± {error:.1f} ({100 * whole.mean():.0f}; {alpha.mean():.2f})")
            rows.append((name, horizon, *cells))
    return table(("variant", "days", *LEVELS.values()), rows)


def _run(history: History, world: Simulated, end: int, origins: int, keys: Sequence[str], seed: int) -> dict[str, Any]:
    known = models()
    return protocol.run(
        history, SPEC, horizon=30, origins=origins, end=end, models=[known[key] for key in ("riwayat", *keys)],
        covariates=world.covariates, seed=seed,
    )  # fmt: skip


def _interval(triple: Sequence[float | None] | None, form: str = "+.3f") -> str:
    if triple is None or any(item is None for item in triple):
        return "-"
    value, low, high = triple
    return f"{value:{form}} ({low:{form}} to {high:{form}})"


def gate(seeds: int = 3) -> str:
    """Which fitted model is offered by 24 months, and what it then gains over the default in the year after, which no one had seen."""
    rows: list[Row] = []
    for name in names():
        for seed in range(1, seeds + 1):
            world = simulate(recipe(name), seed)
            decided = _run(
                world.history.only(world.history.day < world.end - YEAR), world, world.end - YEAR, 24, FITTED, seed
            )
            after = _run(world.history, world, world.end, 12, FITTED, seed)
            for key in FITTED:
                gain = decided["models"].get(key, {}).get("gain", {}).get("riwayat")
                later = after["models"].get(key, {}).get("gain", {}).get("riwayat")
                offered = key in decided["offered"]
                if offered and not (gain and gain[1] > 0):
                    raise SystemExit(f"{name} {seed}: {key} was offered although it failed the gate: {gain}")
                told = "offered" if offered else f"no: {decided['why'].get(key)}"
                rows.append((name, seed, decided["n_test"], key, _interval(gain), told, _interval(later)))
    head = (
        "variant",
        "seed",
        "test incidents",
        "model",
        "gain over riwayat, nats per incident",
        "gate",
        "gain in the year after",
    )
    return table(head, rows)


def unpatterned(seeds: int = 8) -> str:
    """Shuffled places: PAI about 1, and the label says index."""
    rows: list[Row] = []
    for seed in range(1, seeds + 1):
        world = simulate(recipe("base"), seed)
        entry = _run(shuffled(world.history, seed), world, world.end, 24, FITTED, seed)
        pai = entry["models"]["riwayat"]["pai"]["area"]
        offered = ", ".join(entry["offered"])
        shares = [_interval(pai[share], ".2f") for share in ("1", "5", "10")]
        rows.append((seed, entry["n_test"], *shares, entry["verdict"], entry["label"], offered))
    return table(
        ("seed", "test incidents", "PAI at 1 % of area", "at 5 %", "at 10 %", "verdict", "label", "offered"), rows
    )


TABLES: dict[str, Callable[[], str]] = {
    "recovery": recovery,
    "silence": silence,
    "coverage": coverage,
    "gate": gate,
    "shuffled": unpatterned,
}


def _wanted(words: list[str]) -> Iterator[str]:
    yield from (name for name in TABLES if name in words or not set(words) & set(TABLES))


def main(words: list[str]) -> None:
    for name in _wanted(words):
        made = TABLES[name]()
        print(f"{name}\n{made}\n", flush=True)
        if "--write" in words:
            page = PAGE.read_text(encoding="utf-8")
            before, rest = page.split(f"<!-- {name} -->\n")
            after = rest[rest.index("<!-- end -->") :]
            PAGE.write_text(f"{before}<!-- {name} -->\n{made}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
