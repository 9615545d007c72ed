"""The register as one more source of a publish: per record what was known by as_of and verified, on today's boundaries.

Free text, names of sources and grades stay in the register. The digest of a layer is over the rows taken, so the same rows give the same
snapshot from either database and on any machine.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from core import privacy, tables
from core.errors import Place
from core.taxonomy import RESTRICTED_READERS
from geo.gazetteer import Places
from geo.layer import Layer, LayerInfo, Rejected
from geo.sources.frames import frame
from store.manifest import Warning_
from store.register import KINDS, ImportLine, Register, open_existing

SOURCE = "register"  # what stands for the file in the ledger
REACH_KM = (
    5.0  # a point that boundaries no longer cover goes to a village this near, as readers give points on the shore
)
_AT_ONCE = 50_000
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_NAMED = ("sites", "posts")  # their names are published


@dataclass(frozen=True)
class _Terms:
    """What rows must share to stand in one layer: who may pass them on, and whom to name."""

    reader: str
    licence: str
    attribution: str


@dataclass
class _Group:
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    masked: int = 0
    assumed: int = 0


def layers(workspace: Path, as_of: date, places: Places) -> list[Layer]:
    """The layers a workspace's register gives, by kind and terms of use; none where there is no register. Raises as open_register."""
    register = open_existing(workspace)
    if register is None:
        return []
    with register:
        return [layer for kind in KINDS for layer in layers_of(register, kind, as_of, places)]


def warnings(workspace: Path, as_of: date) -> list[Warning_]:
    """How many records known by then a publish leaves in the register, and why; what was only known later leaves no trace in it."""
    register = open_existing(workspace)
    if register is None:
        return []
    found = []
    with register:
        for kind in KINDS:
            left = register.known_summary(kind, as_of)
            counts = {"unverified": left.unverified, "doubtful": left.doubtful, "rejected": left.rejected}
            if any(counts.values()):
                found.append(Warning_("REGISTER_LEFT", {"name": _name(kind), **counts}))
            if left.open_imports:
                found.append(Warning_("REGISTER_OPEN", {"name": _name(kind), "imports": left.open_imports}))
    return found


def layers_of(register: Register, kind: str, as_of: date, places: Places) -> list[Layer]:
    """The layers of one kind, in the order of their names."""
    terms = _terms(register.imports())
    groups: dict[_Terms, _Group] = {}
    rows = register.known(kind, as_of)
    while part := list(islice(rows, _AT_ONCE)):
        for row, kode in zip(part, _placed(part, places), strict=True):
            mine = terms.get(row["import_id"], _Terms(SOURCE, "", ""))
            _take(kind, groups.setdefault(mine, _Group()), row, kode)
    named = _names(kind, groups)
    return [_layer(kind, name, named[name], groups[named[name]]) for name in sorted(named)]


def _terms(lines: Iterable[ImportLine]) -> dict[str | None, _Terms]:
    return {
        line.id: _Terms(
            line.draft.reader if line.draft.reader in RESTRICTED_READERS else SOURCE,
            line.draft.licence,
            line.draft.attribution,
        )
        for line in lines
    }


def _name(kind: str) -> str:
    return f"{SOURCE}/{kind}"


def _names(kind: str, groups: Iterable[_Terms]) -> dict[str, _Terms]:
    """A name for every group: the agency's own rows have the plain one, the others are counted in the order of their terms."""
    named: dict[str, _Terms] = {}
    for terms in sorted(
        groups, key=lambda t: (t.reader != SOURCE, t.licence != "", t.reader, t.licence, t.attribution)
    ):
        named[_name(kind) if not named else f"{_name(kind)}/{len(named) + 1}"] = terms
    return named


def _placed(rows: list[dict[str, Any]], places: Places) -> Iterator[str | None]:
    """The area of every row on these boundaries: its point's village, else its own code if it is mapped, else None."""
    lon, lat = (np.array([row[axis] for row in rows], dtype=np.float64) for axis in ("lon", "lat"))
    owner = places.at(lon, lat)
    lost = np.flatnonzero((owner == None) & np.isfinite(lon) & np.isfinite(lat))  # noqa: E711
    if len(lost):
        owner[lost] = places.near(lon[lost], lat[lost], REACH_KM)[0]
    for i, row in enumerate(rows):
        if row["lon"] is not None:
            yield owner[i]
        else:
            yield row["kode"] if places.level_of(row["kode"]) else None


def _take(kind: str, group: _Group, row: dict[str, Any], kode: str | None) -> None:
    key = shown_key(kind, row["key"])
    content = {
        column.name: row.get(column.name) for column in tables.LAYERS[kind] if column.name not in {"id", "source"}
    }
    group.digest.update(
        orjson.dumps({**content, "key": row["key"]}, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    )
    if kode is None:
        column = "kode" if row["lon"] is None else "lon"
        value = row["kode"] if row["lon"] is None else f"{row['lon']:.5f}, {row['lat']:.5f}"
        code = "R_CODE_UNKNOWN" if row["lon"] is None else "R_OUTSIDE"
        group.rejected.append(Rejected(code, Place(file=SOURCE, column=column, value=value), {"id": key}))
        return
    if kind in _NAMED and privacy.flags(str(content["name"])):
        content["name"] = privacy.mask(str(content["name"]))
        group.masked += 1
    group.assumed += bool(row["known_assumed"]) and kind == "incidents"
    since = {"known_on": row["first_known"]} if kind == "incidents" else {}
    group.rows.append({**content, **since, "kode": kode, "id": key})


def shown_key(kind: str, key: str) -> str:
    """The key as it may be published: names people give things stay here, a digest stands for them."""
    if kind == "incidents" and _PLAIN_KEY.fullmatch(key) and not privacy.flags(key):
        return key
    return hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()[:16]


def _layer(kind: str, name: str, terms: _Terms, group: _Group) -> Layer:
    made: list[Mapping[str, object]] = [{**row, "id": f"{name}:{row['id']}", "source": name} for row in group.rows]
    told = []
    if terms.reader in RESTRICTED_READERS:
        told.append(Warning_("RESTRICTED", {"licence": terms.licence or terms.reader}))
    if group.assumed:
        told.append(Warning_("REGISTER_ASSUMED", {"name": name, "rows": group.assumed}))
    if group.masked:
        told.append(Warning_("REGISTER_MASKED", {"name": name, "rows": group.masked}))
    info = LayerInfo(
        name=name,
        kind=kind,
        reader=terms.reader,
        source=SOURCE,
        licence=terms.licence,
        sha256=group.digest.hexdigest(),
        rows_in=len(group.rows) + len(group.rejected),
        rejected=tuple(group.rejected),
        attribution=terms.attribution,
        warnings=tuple(told),
    )
    return Layer(info, frame(kind, made))
