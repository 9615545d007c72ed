"""What a publish and a back-test begin with: boundaries, grid and every record of the workspace up to its as_of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import settings
from core.errors import ConfigError, InputError, PetarawanError, Place, raise_all
from core.work import Run, one_by_one
from geo import grid as h3grid
from geo.boundaries import AreaTree, build_tree
from geo.gazetteer import Places
from geo.grid import Grid
from geo.layer import Layer
from geo.sources import registry
from publish import quarantine, register_layer
from publish.evidence import Gathered, gather

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Inputs:
    """The boundary layer, its tree, the grid on it and what was gathered on the grid."""

    ground: Layer
    tree: AreaTree
    grid: Grid
    gathered: Gathered


def read(
    workspace: Path, config: settings.Workspace, tell: Tell, *, allow_empty: bool, run: Run = one_by_one
) -> Inputs:
    """Everything the workspace declares, and its register; raises what readers raise, E_NAME_TWICE, E_NO_ROWS.

    `run` is where the grid is computed.
    """
    tell("boundaries")
    ground, tree = _ground(config, workspace)
    tell("grid")
    grid = _grid(tree, config.resolution, run)
    tell("layers")
    places = Places.of(tree)
    layers = [*_layers(config, workspace, places), *register_layer.layers(workspace, config.as_of, places)]
    _refuse_same_name(layers)
    gathered = gather(layers, grid, config.as_of, config.area)
    if not allow_empty:
        _refuse_empty(gathered.layers, workspace)
    return Inputs(ground, tree, grid, gathered)


def check_readers(config: settings.Workspace) -> None:
    """Raise what can be known wrong before anything is read: E_READER, E_ONE_BOUNDARY."""
    faults: list[PetarawanError] = []
    for number, source in enumerate(config.source, start=1):
        try:
            registry.reader(source.kind, source.reader)
        except ConfigError as error:
            error.at(_entry(number))
            faults.append(error)
    if sum(source.kind == "boundaries" for source in config.source) > 1:
        faults.append(ConfigError("E_ONE_BOUNDARY", place=Place(file=settings.FILE_NAME)))
    raise_all(faults)


def _entry(number: int) -> Place:
    """The [[source]] of that number, counted from 1."""
    return Place(file=settings.FILE_NAME, entry=number)


def _ground(config: settings.Workspace, workspace: Path) -> tuple[Layer, AreaTree]:
    found = [(n, source) for n, source in enumerate(config.source, start=1) if source.kind == "boundaries"]
    number, source = found[0] if found else (None, settings.Source(kind="boundaries", reader="embedded"))
    try:
        layer: Layer = registry.reader("boundaries", source.reader)(source, source.paths(workspace))
        return layer, build_tree(layer, config.area)
    except PetarawanError as error:
        error.at(Place(file=settings.FILE_NAME, entry=number))
        raise


def _grid(tree: AreaTree, resolution: int, run: Run) -> Grid:
    villages = tree.at_level(4)
    codes, shapes = tuple(villages["kode"].tolist()), villages.geometry.to_numpy()
    return h3grid.build(codes, shapes, resolution, indicative=tree.indicative, others=tree.others, run=run)


def _layers(config: settings.Workspace, workspace: Path, places: Places) -> list[Layer]:
    """Every source but the boundaries; all faults are told at once."""
    layers, faults = [], list[PetarawanError]()
    for number, source in enumerate(config.source, start=1):
        if source.kind == "boundaries":
            continue
        try:
            layers.append(registry.reader(source.kind, source.reader)(source, source.paths(workspace), places))
        except PetarawanError as error:
            error.at(_entry(number))
            faults.append(error)
    raise_all(faults)
    return layers


def _refuse_same_name(layers: list[Layer]) -> None:
    """Records are told apart by their layer's name; raises ConfigError E_NAME_TWICE."""
    names = [layer.info.name for layer in layers]
    twice = sorted({name for name in names if names.count(name) > 1})
    raise_all([ConfigError("E_NAME_TWICE", place=Place(file=settings.FILE_NAME), value=name) for name in twice])


def _refuse_empty(layers: tuple[Layer, ...], workspace: Path) -> None:
    """A source that gave not one usable row is a mistake unless it was asked for; why not stands in quarantine/gagal.csv.

    The register is no such source: it may hold what happened elsewhere.
    """
    files = [layer for layer in layers if layer.info.source != register_layer.SOURCE]
    empty = [layer for layer in files if layer.frame is not None and layer.frame.empty]
    if not empty:
        return
    file = quarantine.write(workspace, quarantine.FAILED, layers)
    raise_all(
        [
            InputError(
                "E_NO_ROWS",
                place=Place(file=layer.info.source),
                rows=layer.info.rows_in,
                reasons=quarantine.most_frequent(layer.info.rejected),
                file=file,
            )
            for layer in empty
        ]
    )
