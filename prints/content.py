"""What a sheet says in words and numbers, taken from the snapshot; nothing is computed here but rounding and counting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from h3ronpy.vector import cells_to_coordinates

from core import codes
from core.errors import NotFoundError
from core.numerals import apportion, day, degrees, number, quantity
from core.words import say
from formats import outlook
from prints.mapsvg import clean
from store.snapshot import Snapshot

Facts = dict[str, Any]
TOP = 5


@dataclass(frozen=True)
class Subject:
    """The area of the sheet: its row, the rows of its ancestors from the province down, the language."""

    row: Facts
    ancestors: tuple[Facts, ...]
    lang: str

    @property
    def kode(self) -> str:
        return str(self.row["kode"])

    @property
    def level(self) -> int:
        return int(self.row["level"])

    @property
    def name(self) -> str:
        return titled(self.row, self.lang)


def titled(row: Facts, lang: str) -> str:
    """The name with its kind: Kecamatan Loa Kulu, Kota Bontang; a kind the name already has is not said twice."""
    level, name = int(row["level"]), clean(str(row["name"]))
    kind = 5 if level == 4 and str(row["kode"]).rpartition(".")[2].startswith("1") else level
    known = {1: ("provinsi", "daerah"), 2: ("kabupaten", "kota", "kab."), 3: ("kecamatan",), 4: ("desa", "kelurahan")}[
        level
    ]
    return name if name.lower().startswith(known) else f"{say(f'sheet.kind.{kind}', lang)} {name}"


def subject(snapshot: Snapshot, kode: str, lang: str) -> Subject:
    """The area of a code; raises NotFoundError E_AREA where the snapshot has none."""
    wanted = [codes.ancestor(kode, n) for n in range(1, codes.level(kode) + 1)] if codes.is_code(kode) else []
    columns = [name for name in snapshot.areas.column_names if name != "geometry"]
    table = snapshot.areas.select(columns).filter(pc.is_in(snapshot.areas["kode"], pa.array(wanted, pa.string())))
    rows = {row["kode"]: row for row in table.to_pylist()}
    if kode not in rows:
        raise NotFoundError("E_AREA", value=kode[:40])
    return Subject(rows[kode], tuple(rows[code] for code in wanted[:-1] if code in rows), lang)


def label_of(key: str, lang: str) -> str:
    """A factor in words."""
    return say(f"factor.{key}.label", lang)


def heading(who: Subject, snapshot: Snapshot) -> Facts:
    """Title block."""
    lang = who.lang
    return {
        "title": say("sheet.title", lang),
        "theme": say("sheet.theme", lang),
        "name": who.name.upper(),
        "path": ", ".join(titled(row, lang) for row in reversed(who.ancestors)),
        "code": say("sheet.code", lang, kode=who.kode),
        "stamp": say("sheet.stamp", lang),
        "workspace": clean(snapshot.manifest.title),
    }


def judgement(who: Subject, snapshot: Snapshot) -> Facts:
    """The score of the area and where it comes from; the points add up to the score as printed."""
    lang, row, manifest = who.lang, who.row, snapshot.manifest
    score = row["score"]
    parts = [row[f"contribution_{key}"] or 0.0 for key in snapshot.keys]
    points = apportion(parts, score) if score is not None else [None] * len(parts)
    level = pc.and_(pc.equal(snapshot.areas["level"], who.level), pc.is_valid(snapshot.areas["rank"]))
    rank = {"rank": number(row["rank"], 0, lang), "of": number(pc.sum(level).as_py() or 0, 0, lang)}
    counts = {name: quantity(row[name], lang) for name in ("incidents", "tps", "sites")}
    counts |= {name: number(row[name], 0, lang) for name in ("voters", "people")}
    factors: list[Facts] = []
    for note, point in zip(manifest.factors, points, strict=True):
        value = row[f"value_{note.key}"] if row[f"known_{note.key}"] else None
        factors.append(
            {
                "label": label_of(note.key, lang),
                "value": number(value, 2, lang) if value is not None else say("sheet.score.unknown", lang),
                "known": value is not None,
                "weight": number(note.weight, 2, lang),
                "points": number(point, 1, lang) if value is not None else "–",
                "bar": point or 0.0,
            }
        )
    widest = max((item["bar"] for item in factors), default=0.0) or 1.0
    for item in factors:
        item["bar"] = item["bar"] / widest
    return {
        "head": say("sheet.score.head", lang),
        "score": number(score, 1, lang),
        "class": int(row["class"]),
        "class_label": say(f"class.{row['class']}", lang),
        "coverage": say("sheet.score.coverage", lang, share=number(100 * row["coverage"], 0, lang)),
        "rank": say("sheet.rank.text", lang, **rank, level=say(f"sheet.rank.{who.level}", lang))
        if row["rank"] is not None
        else say("sheet.rank.none", lang),
        "highest": say("sheet.score.highest", lang, score=number(row["max_score"], 1, lang)),
        "unmonitored": say("sheet.score.unmonitored", lang) if score is None else "",
        "counts": say("sheet.score.counts", lang, **counts, km2=number(row["area_km2"], 1, lang))
        + (f" · {say('mark.partial', lang)}" if row["partial"] else ""),
        "columns": [say(f"sheet.score.{name}", lang) for name in ("factor", "value", "weight", "points")],
        "factors": factors,
        "total": say("sheet.score.total", lang),
        "rounding": say("sheet.score.rounding", lang),
    }


def badge(who: Subject, snapshot: Snapshot) -> Facts:
    """What is expected of the area and how that did in the back-test, class by class: the badge every sheet carries."""
    lang, manifest = who.lang, snapshot.manifest
    items: list[Facts] = []
    above = {str(row["kode"]): titled(row, lang) for row in (*who.ancestors, who.row)}
    for entry in outlook.of_province(manifest, who.kode):
        rows: list[Facts] = []
        if entry["stage"] in outlook.NUMBERED:
            table = snapshot.table("forecast")
            rows = outlook.nearest(entry, who.kode, partial(outlook.rows_of, table, "kode"))
        told = [outlook.sentence(row, lang) for row in rows]
        told += [outlook.whose(rows[0], who.kode, above.get(str(rows[0]["kode"]), ""), lang)] if rows else []
        told += [outlook.notes(entry, rows[0], lang)] if rows else [outlook.stage_text(entry, lang)]
        items.append(
            {
                "class": outlook.class_label(entry["class"], lang),
                "text": " ".join(text for text in told if text),
                "label": outlook.label(entry, lang) or "",
                "badge": outlook.badge(entry, lang),
            }
        )
    return {
        "head": say("sheet.badge.head", lang),
        "items": items,
        "none": say("sheet.badge.none", lang),
    }


def highest(who: Subject, snapshot: Snapshot) -> Facts:
    """The five highest villages of the area (of a village: its cells) with their top factor in words."""
    lang, village = who.lang, who.level == 4
    columns = ["kode", "score", "class", *(f"contribution_{key}" for key in snapshot.keys)]
    if village:
        table = snapshot.table("cells", ["cell", *columns])
        table = table.filter(pc.equal(table["kode"], who.kode))
    else:
        table = snapshot.areas.select([*columns, "level", "name"])
        table = table.filter(pc.and_(pc.equal(table["level"], 4), pc.starts_with(table["kode"], who.kode + ".")))
    order = [("score", "descending"), ("cell" if village else "kode", "ascending")]
    table = table.filter(pc.is_valid(table["score"])).sort_by(order).slice(0, TOP)
    where = _cell_names(table["cell"].to_numpy(), lang) if village else []
    districts = snapshot.areas.filter(pc.equal(snapshot.areas["level"], 3)).select(["kode", "name"])
    within = dict(zip(*(column.to_pylist() for column in districts.columns), strict=True))
    rows = []
    for i, row in enumerate(table.to_pylist()):
        top = max(snapshot.keys, key=lambda key: row[f"contribution_{key}"] or 0.0)
        rows.append(
            {
                "place": where[i] if village else clean(row["name"]),
                "within": clean(within[codes.ancestor(row["kode"], 3)]) if who.level < 3 else "",
                "score": number(row["score"], 1, lang),
                "class": int(row["class"]),
                "class_label": say(f"class.{row['class']}", lang),
                "factor": label_of(top, lang),
            }
        )
    return {
        "head": say(f"sheet.top.{'cells' if village else 'villages'}", lang),
        "columns": [say(f"sheet.top.{name}", lang) for name in ("place", "score", "class", "factor")],
        "rows": rows,
        "none": say("sheet.top.none", lang),
    }


def _cell_names(cells: np.ndarray[Any, np.dtype[np.uint64]], lang: str) -> list[str]:
    centres = pa.record_batch(cells_to_coordinates(np.ascontiguousarray(cells)))
    lat, lon = centres.column("lat").to_pylist(), centres.column("lng").to_pylist()
    pairs = zip(lat, lon, strict=True)
    return [f"{degrees(round(y, 3), 'lat', lang)} {degrees(round(x, 3), 'lon', lang)}" for y, x in pairs]


def class_rows(who: Subject, snapshot: Snapshot) -> list[Facts]:
    """The classes from the highest down, then "belum terpantau": range, own cells and their km2."""
    lang = who.lang
    table = snapshot.table("cells", ["kode", "class", "area_km2"])
    own = pc.or_(pc.equal(table["kode"], who.kode), pc.starts_with(table["kode"], who.kode + "."))
    table = table.filter(own)
    of = table["class"].to_numpy()
    km2 = np.bincount(of, weights=table["area_km2"].to_numpy().astype(np.float64), minlength=6)
    cells = np.bincount(of, minlength=6)
    limits = [0.0, *snapshot.manifest.thresholds, 100.0]
    decimals = 0 if all(float(limit).is_integer() for limit in limits) else 1
    return [
        {
            "class": n,
            "label": say(f"class.{n}", lang),
            "range": "–".join(number(limits[i], decimals, lang) for i in (n - 1, n))
            if n
            else say("sheet.legend.none", lang),
            "cells": number(int(cells[n]), 0, lang),
            "km2": number(float(km2[n]), 1, lang),
        }
        for n in (5, 4, 3, 2, 1, 0)
    ]


def sources(snapshot: Snapshot, lang: str) -> list[str]:
    """One line per input: what, from whom, under which licence, how much of it was used."""
    lines = []
    for item in snapshot.manifest.inputs:
        rows = {"accepted": number(item.accepted, 0, lang), "rows": number(item.rows_in, 0, lang)}
        notes = [item.attribution or item.source]
        stated = item.licence.strip("- ")
        notes += [say(f"sheet.sources.{'licence' if stated else 'unlicensed'}", lang, licence=stated)]
        notes += [say("sheet.sources.rows", lang, **rows)] + (
            [say("sheet.sources.sample", lang)] if item.sample else []
        )
        lines.append(clean(f"{item.name}: {'; '.join(note for note in notes if note)}"))
    return lines


def edition(who: Subject, snapshot: Snapshot, linked: bool) -> Facts:
    """The small print: date, model, snapshot id, what the map is not."""
    lang, manifest = who.lang, snapshot.manifest
    model = {"name": manifest.model.get("name", "-"), "version": manifest.model.get("version", "-")}
    return {
        "head": say("sheet.edition.head", lang),
        "lines": [
            say("sheet.edition.as_of", lang, date=day(manifest.as_of, lang)),
            say("sheet.edition.model", lang, **model),
            say("sheet.edition.snapshot", lang, id=manifest.id),
        ],
        "notes": [
            say("sheet.edition.index", lang),
            say("sheet.edition.unmonitored", lang),
            say(f"sheet.edition.{'indicative' if manifest.indicative else 'official'}", lang),
        ],
        "sample": say("sheet.edition.sample", lang) if manifest.sample else "",
        "scan": say("sheet.edition.scan", lang) if linked else say("sheet.edition.search", lang, kode=who.kode),
    }
