"""The question POST /api/scenario takes: sites added, moved, changed, closed or removed, posts added, other weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST = 100  # entries of one list
CELLS, CELLS_MOST = 2000, 5000  # changed cells in an answer
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1, max_length=200)]
# As core.taxonomy has them; a test holds the two to each other.
SiteKind = Literal["galian_c", "coal_mine", "mine", "industry", "plantation", "power_plant", "infrastructure", "other"]
Permit = Literal["legal", "illegal", "proposed", "disputed", "unknown"]
Stage = Literal["planned", "construction", "operating", "closed", "unknown"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewPost(_Body):
    """A post where there is none."""

    lon: Degrees
    lat: Degrees


class NewSite(_Body):
    """A site that is on no list."""

    kind: SiteKind
    permit: Permit = "unknown"
    stage: Stage = "unknown"
    lon: Degrees
    lat: Degrees


class MovedSite(_Body):
    """A listed site elsewhere."""

    id: Id
    lon: Degrees
    lat: Degrees


class ChangedSite(_Body):
    """A listed site in another state; null: as it is."""

    id: Id
    kind: SiteKind | None = None
    permit: Permit | None = None
    stage: Stage | None = None


class Sites(_Body):
    """What happens to the list of sites. Closed: its stage is `closed`; removed: as though it had never been listed."""

    add: Annotated[list[NewSite], Field(max_length=MOST)] = []
    move: Annotated[list[MovedSite], Field(max_length=MOST)] = []
    change: Annotated[list[ChangedSite], Field(max_length=MOST)] = []
    close: Annotated[list[Id], Field(max_length=MOST)] = []
    remove: Annotated[list[Id], Field(max_length=MOST)] = []


class Posts(_Body):
    """What happens to the list of posts."""

    add: Annotated[list[NewPost], Field(max_length=MOST)] = []


class Question(_Body):
    """One what-if. `cells`: at most so many changed cells in the answer; `geometry`: with their hexagons."""

    sites: Sites = Sites()
    posts: Posts = Posts()
    weights: Annotated[
        dict[Annotated[str, Field(max_length=60)], Annotated[float, Field(strict=True, ge=0, le=1)]],
        Field(max_length=MOST),
    ] = {}
    cells: Annotated[int, Field(strict=True, ge=0, le=CELLS_MOST)] = CELLS
    geometry: Annotated[bool, Field(strict=True)] = False
