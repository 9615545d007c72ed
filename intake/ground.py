"""The places of a workspace, as publish will see them: the boundaries it names, else the embedded ones."""

from __future__ import annotations

from pathlib import Path

import shapely

from core import codes, settings
from core.errors import PetarawanError, Place
from geo.boundaries import build_tree
from geo.gazetteer import Places
from geo.sources import registry


def places_of(workspace: Path, config: settings.Workspace) -> Places:
    """Villages and names of the mapped area; raises as the boundary reader and `build_tree` do, naming the [[source]]."""
    found = [(n, source) for n, source in enumerate(config.source, start=1) if source.kind == "boundaries"]
    number, source = found[0] if found else (None, settings.Source(kind="boundaries", reader="embedded"))
    try:
        layer = registry.reader("boundaries", source.reader)(source, source.paths(workspace))
        return Places.of(build_tree(layer, config.area))
    except PetarawanError as error:
        error.at(Place(file=settings.FILE_NAME, entry=number))
        raise


def point_of(places: Places, kode: str) -> tuple[float, float] | None:
    """A point inside an area, to show where it is and for nothing else; None for a code that is not mapped. Degrees."""
    mine = [i for i, village in enumerate(places.codes.tolist()) if codes.covers(kode, village)]
    if not mine:
        return None
    largest = max(mine, key=lambda i: float(shapely.area(places.shapes[i])))
    point = shapely.point_on_surface(places.shapes[largest])
    return round(float(point.x), 5), round(float(point.y), 5)
