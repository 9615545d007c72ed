"""/tiles/{layer}.json: TileJSON 3.0.0 pointing at the versioned tiles of the snapshot."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.params import FromSnapshot, InLanguage
from api.replies import json_reply
from api.served import TILE_LAYERS
from core.errors import NotFoundError

router = APIRouter()


@router.get("/tiles/{layer}.json")
async def tilejson(request: Request, served: FromSnapshot, lang: InLanguage, layer: str) -> Response:
    """Where the tiles of a layer are; asked for anew each time, since the version in the address moves with CURRENT."""
    archive = served.archive(layer) if layer in TILE_LAYERS else None
    if archive is None:
        raise NotFoundError("E_NO_TILES", value=layer[:80])
    west, south, east, north = served.manifest.bounds
    tree = {
        "tilejson": "3.0.0",
        "name": f"{served.manifest.title}: {layer}",
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [
            f"{str(request.base_url).rstrip('/')}/tiles/{layer}/{served.id}/{{z}}/{{x}}/{{y}}.{archive.extension}"
        ],
        "minzoom": archive.min_zoom,
        "maxzoom": archive.max_zoom,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, archive.min_zoom],
        "attribution": "; ".join(
            dict.fromkeys(item.attribution for item in served.manifest.inputs if item.attribution)
        ),
        # Attribution is text, not markup: readers that show it as HTML must not run what a source's name says.
        **({"vector_layers": archive.metadata.get("vector_layers", [])} if archive.extension == "mvt" else {}),
        **served.marks(lang),
    }
    return json_reply(request, tree)
