"""From a workspace folder to a published snapshot: the order of work, readable top to bottom."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa

from core import settings, tables
from core.words import LANGUAGES, say
from geo.boundaries import AreaTree
from geo.grid import Grid
from geo.layer import Layer
from publish import assemble, card_plots, factor_notes, forecast, inputs, quarantine, raster, register_layer, tiles
from publish.engine import HERE, Engine
from publish.evidence import Frames
from publish.inputs import Tell
from risk import model as models
from risk import score
from risk.factor import factors
from risk.sensitivity import sensitivity
from store.manifest import FactorNote, Manifest, Table, Warning_
from store.writer import Build, publishing

SEED = 1  # of the random weights of the sensitivity
DRAWN_KM2 = 0.1  # overlaps and gaps of the boundary file below this are drawing noise


def publish(
    workspace: Path, tell: Tell = lambda _step: None, *, allow_empty: bool = False, engine: Engine = HERE
) -> Manifest:
    """Publish the workspace and return the manifest of its new snapshot; `tell` hears the key of every step (`step.<key>`).

    Raises PetarawanError of many kinds and leaves the last snapshot in place; LockedError when somebody else publishes.
    """
    config = settings.load(workspace)
    model = models.load(config.model, workspace)
    inputs.check_readers(config)
    with publishing(workspace):
        given = inputs.read(workspace, config, tell, allow_empty=allow_empty, run=engine.run)
        ground, tree, grid, gathered = given.ground, given.tree, given.grid, given.gathered
        tell("factors")
        table, scores = engine.judge(model, gathered.evidence, grid, config.as_of)
        tell("forecast")
        outlook = forecast.make(workspace, grid, gathered.evidence, model, config.as_of)
        build = Build.start(workspace)
        try:
            tell("tables")
            cells = assemble.cells(grid, table, scores, gathered.evidence)
            areas = assemble.areas((tree, grid), config.area, model, table, scores, gathered.evidence)
            coarser = [res for res in tiles.resolutions(grid.resolution) if res < grid.resolution]
            ladder = {res: assemble.coarse(grid, res, model, table, cells, gathered.evidence) for res in coarser}
            written = _write_tables(build, model, cells, areas, ladder, assemble.crosswalk(grid), gathered.frames)
            written += _write_derived(build, outlook)
            tell("tiles")
            (build.folder / "tiles").mkdir()
            tiles.write_cells(build.folder / "tiles" / "cells.pmtiles", {**ladder, grid.resolution: cells}, model.keys)
            expected = forecast.on_map(areas, outlook.tables["forecast"])
            tiles.write_areas(build.folder / "tiles" / "areas.pmtiles", areas, model.keys, config.area, expected)
            tell("raster")
            surface = raster.surface(cells)
            raster.write_cog(build.folder / "risk.tif", cells, surface, _tags(config, (ground, *gathered.layers)))
            raster.write_png(build.folder / "tiles" / "risk.pmtiles", cells, surface)
            tell("finish")
            every = (ground, *gathered.layers)
            kinds = {layer.info.kind for layer in every}
            held_back = (
                outlook.warnings
                + factor_notes.silent(model, table, kinds)
                + register_layer.warnings(workspace, config.as_of)
            )
            draft = _manifest(config, model, (tree, grid), scores, every, written, held_back)
            shaken = sensitivity(assemble.villages(areas, model.keys), model, SEED)
            draft = replace(draft, forecast=outlook.note, card=outlook.card, sensitivity=shaken)
            return build.finish(draft, lambda snapshot_id: quarantine.write(workspace, snapshot_id, every))
        finally:
            build.abandon()


def _tags(config: settings.Workspace, layers: tuple[Layer, ...]) -> dict[str, str]:
    """What risk.tif says of itself."""
    tags = {"TITLE": config.title, "AS_OF": config.as_of.isoformat(), "MODEL": config.model}
    return {**tags, "CATATAN": say("mark.sample")} if any(layer.info.sample for layer in layers) else tags


def _write_tables(
    build: Build,
    model: models.RiskModel,
    cells: pa.Table,
    areas: pa.Table,
    ladder: dict[int, pa.Table],
    crosswalk: pa.Table,
    frames: Frames,
) -> tuple[Table, ...]:
    polygons = assemble.geo_metadata(["MultiPolygon", "Polygon"])
    written = [
        build.write_table("cells", cells, tables.cells(model.keys)),
        build.write_table("areas", areas, tables.areas(model.keys), polygons),
        build.write_table("crosswalk", crosswalk, tables.CROSSWALK),
    ]
    written += [
        build.write_table(f"cells_r{res}", part, tables.coarse_cells(model.keys)) for res, part in ladder.items()
    ]
    written += [
        build.write_table(kind, assemble.layer(frames, kind, tables.schema(columns)), columns)
        for kind, columns in tables.LAYERS.items()
    ]
    return tuple(written)


def _write_derived(build: Build, outlook: forecast.Made) -> tuple[Table, ...]:
    """The forecast's tables, and the plots of its card in both languages."""
    (build.folder / "card").mkdir()
    for entry in outlook.card["entries"]:
        if card_plots.drawable(entry):
            for lang in LANGUAGES:
                (build.folder / card_plots.name(entry, lang)).write_bytes(card_plots.svg(entry, lang))
    return tuple(build.write_table(name, outlook.tables[name], columns) for name, columns in tables.DERIVED.items())


def _manifest(
    config: settings.Workspace,
    model: models.RiskModel,
    ground: tuple[AreaTree, Grid],
    scores: score.ScoreTable,
    layers: tuple[Layer, ...],
    written: tuple[Table, ...],
    held_back: list[Warning_],
) -> Manifest:
    registered = factors()
    tree, grid = ground
    class_cells, class_km2 = assemble.classes_by_area(scores, grid.inside_km2)
    return Manifest(
        title=config.title,
        as_of=config.as_of.isoformat(),
        area=tuple(config.area),
        resolution=config.resolution,
        version=version("petarawan"),
        model=model.tree,
        factors=tuple(
            FactorNote(item.key, registered[item.key].unit, item.weight, item.dimension, registered[item.key].cites)
            for item in model.file.factor
        ),
        thresholds=tuple(model.file.thresholds),
        bounds=_bounds(grid),
        sample=any(layer.info.sample for layer in layers),
        indicative=grid.indicative,
        audience="internal",
        inputs=tuple(layer.info.ledger() for layer in layers),
        tables=written,
        files=(),
        class_cells=class_cells,
        class_km2=class_km2,
        warnings=(*_warnings(layers, model, tree, grid, scores), *held_back),
    )


def _bounds(grid: Grid) -> tuple[float, float, float, float]:
    """West, south, east, north of all cells, corners and all, with a little air; degrees."""
    edge_km = float(np.sqrt(grid.cell_km2.max() / 2.598))  # a hexagon's area is 2.598 edge^2
    pad = max(0.02, 1.3 * edge_km / 110.0)  # some cells are longer than a regular hexagon
    west, south, east, north = grid.lon.min() - pad, grid.lat.min() - pad, grid.lon.max() + pad, grid.lat.max() + pad
    return round(float(west), 5), round(float(south), 5), round(float(east), 5), round(float(north), 5)


def _warnings(
    layers: tuple[Layer, ...], model: models.RiskModel, tree: AreaTree, grid: Grid, scores: score.ScoreTable
) -> list[Warning_]:
    """What the reader of the map must know, most important first."""
    kinds = {layer.info.kind for layer in layers}
    found: list[Warning_] = []
    if any(layer.info.sample for layer in layers):
        found.append(Warning_("SAMPLE"))
    if grid.indicative:
        found.append(Warning_("INDICATIVE"))
    found += factor_notes.missing(model, kinds)
    hidden = int(np.count_nonzero(scores.classes == 0))
    if hidden:
        percent, floor = round(100.0 * hidden / grid.size, 1), round(100.0 * model.file.coverage_floor)
        found.append(Warning_("NOT_MONITORED", {"cells": hidden, "percent": percent, "floor": floor}))
    if tree.unmapped:
        named = ", ".join(tree.unmapped[:10]) + (" ..." if len(tree.unmapped) > 10 else "")
        found.append(Warning_("NO_GEOMETRY", {"villages": len(tree.unmapped), "codes": named}))
    if tree.drawn.overlaps_km2 >= DRAWN_KM2 or tree.drawn.gaps_km2 >= DRAWN_KM2:
        overlaps, gaps = (round(km2, 2) for km2 in (tree.drawn.overlaps_km2, tree.drawn.gaps_km2))
        found.append(Warning_("DRAWN", {"overlaps": overlaps, "gaps": gaps}))
    found += [
        Warning_("QUARANTINED", {"name": layer.info.name, "rows": len(layer.info.rejected), "of": layer.info.rows_in})
        for layer in layers
        if layer.info.rejected
    ]
    for layer in layers:
        found += layer.info.warnings
    return found
