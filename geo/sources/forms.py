"""What a file is, by its first bytes (of a zip also by its names), never by its ending; and what we do not open, with what to do."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import InputError, Place
from core.words import Phrase
from geo.sources import zips

_MAGIC = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "packed"),
    (b"7z\xbc\xaf", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ", "packed"),
    (b"(\xb5/\xfd", "packed"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "parquet"),
    (b"ORC", "parquet"),
    (b"fgb\x03", "flatgeobuf"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook"),
    (b"CDF", "science"),
    (b"\x89HDF", "science"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
)
_SQLITE = b"SQLite format 3\x00"
_GPKG_IDS = (b"GPKG", b"GP10", b"GP11")
_XML = (
    (rb"<(?:\w+:)?ogrvrtdatasource|<vrtdataset|<ogrvrt", "vrt"),
    (rb"<(?:\w+:)?kml\b|opengis\.net/kml|google\.com/kml", "kml"),
    (rb"<(?:\w+:)?featurecollection|<gml:|opengis\.net/gml|opengis\.net/wfs", "gml"),
    (rb"<gpx\b", "gpx"),
    (rb"<(?:\w+:)?workbook\b|excel\.sheet|schemas-microsoft-com:office:spreadsheet", "xmlsheet"),
    (rb"<osm\b", "osm"),
    (rb"<svg\b", "image"),
    (rb"<!doctype html|<html\b|<table\b|<meta\b", "html"),
)
_HTML = (b"<!doctype html", b"<html", b"<table", b"<meta")
# Kinds a reader of tables always called "no table": told so, with the table formats.
_NO_TABLE = frozenset({"pdf", "image", "gzip", "packed", "sqlite", "gpkg", "tiff"})
_OURS = {
    "table": frozenset({"text", "workbook", "damaged"}),
    "layer": frozenset({"json", "gpkg", "shapefile", "filegdb", "zip", "damaged"}),
}


def form_of(path: Path, head: bytes) -> str:
    """The kind of a file from its first 4 KiB: text, json, workbook, gpkg, shapefile, filegdb, tiff, html, or a kind nobody here opens."""
    for mark, name in _MAGIC:
        # A table may begin with the header ORC or MZ; only a binary file has such bytes soon after.
        if head.startswith(mark) and not (mark.isalnum() and min(head[:64]) > 8):
            return name
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path)
    if head.startswith(_SQLITE):
        return "gpkg" if head[68:72] in _GPKG_IDS else "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head[4:8] == b"ftyp":
        return "image"
    plain = _letters(head)
    if plain.startswith(b"<"):
        return next((name for pattern, name in _XML if re.search(pattern, plain)), "xml")
    if b"<html" in plain[:512]:
        return "html"
    if plain.startswith(b"{"):
        return "gdalg" if b"gdal_streamed_alg" in plain else "json"
    return "text"


def _letters(head: bytes) -> bytes:
    """The beginning as lower-case letters of one byte, whatever the encoding, without blanks before it."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[:64].count(0) > 8:
        head = head.replace(b"\x00", b"").lstrip(b"\xff\xfe")
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def _zip(path: Path) -> str:
    """What is in a zip, by the names of its directory; of a directory that cannot be read the worker says more."""
    names = [name.lower() for name in zips.names(path)]
    if any(name.endswith(".shp") for name in names):
        return "shapefile"
    if any(".gdb/" in name or name.endswith(".gdbtable") for name in names):
        return "filegdb"
    if any(name.endswith(".kml") for name in names):
        return "kml"
    if not names:
        return "damaged"
    if {"[content_types].xml", "mimetype", "content.xml"} & set(names) or any(name.startswith("xl/") for name in names):
        return "workbook"
    return "zip"


def refuse_foreign(path: Path, head: bytes, *, of: str) -> str:
    """The kind of a file when readers of a `table` or a `layer` take it.

    Raises InputError E_HTML, E_NOT_TABLE, or E_FOREIGN that names the kind and what to save as.
    """
    kind = form_of(path, head)
    if kind in _OURS[of]:
        return kind
    place = Place(file=path.name)
    if kind == "html":
        raise InputError("E_HTML", place=place)
    if of == "table" and kind in _NO_TABLE:
        raise InputError("E_NOT_TABLE", place=place)
    raise InputError("E_FOREIGN", place=place, kind=Phrase(f"form.{kind}"), todo=Phrase(f"form.todo.{of}"))
