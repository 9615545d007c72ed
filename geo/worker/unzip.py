"""Task `unzip`: the members of one map layer in a zip, as frames; names are looked at and never become paths."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import InputError
from geo.sources import zips
from geo.worker.frames import Writer

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GDB = (".gdbtable", ".gdbtablx", ".gdbindexes", ".atx", ".spx", ".freelist", ".horizon")
_ZIP = (b"PK\x03\x04",)


def run(read: Mapping[str, Path], params: Mapping[str, Any], write: Writer) -> None:
    """Frames {kind, layer}, then {part} with bytes; a part longer than one piece comes in several. params : inflated bytes, layer.

    Raises InputError E_ZIP_NO_LAYER, E_ZIP_NESTED, E_LAYERS, E_NO_LAYER, or what `zips.opened` and `zips.inflate` raise.
    """
    with zips.opened(read["file"], int(params["inflated"])) as archive:
        items = [item for item in archive.infolist() if not item.is_dir() and not _hidden(zips.plain(item))]
        shapes = {zips.plain(item): item for item in items if zips.plain(item).lower().endswith(".shp")}
        folders = sorted({name for item in items if (name := _gdb(zips.plain(item)))})
        if shapes:
            _shapefile(archive, items, _chosen(sorted(shapes), params.get("layer")), write)
        elif len(folders) > 1:
            raise InputError("E_LAYERS", layers=", ".join(folders))
        elif folders:
            write({"kind": "filegdb", "layer": folders[0]})
            for item in items:
                path = PurePosixPath(zips.plain(item))
                if _gdb(str(path)) and (path.suffix.lower() in _GDB or path.name in ("gdb", "timestamps")):
                    _member(archive, item, path.name, write)
        elif any(zips.starts_with(archive, item, _ZIP) for item in items[:100]):
            raise InputError("E_ZIP_NESTED")
        else:
            raise InputError("E_ZIP_NO_LAYER")


def _hidden(name: str) -> bool:
    """What macOS and editors leave beside the data."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _gdb(name: str) -> str:
    """The folder .gdb a member lies in, or ''."""
    parts = PurePosixPath(name).parts
    return next((part for part in parts[:-1] if part.lower().endswith(".gdb")), "")


def _chosen(names: list[str], layer: str | None) -> str:
    """The one .shp meant."""
    stems = {name: PurePosixPath(name).stem for name in names}
    fit = [name for name in names if layer is None or layer in (stems[name], name)]
    if len(fit) == 1:
        return fit[0]
    if not fit:
        raise InputError("E_NO_LAYER", layer=layer, layers=", ".join(stems.values()))
    raise InputError("E_LAYERS", layers=", ".join(stems.values() if len(set(stems.values())) == len(names) else names))


def _shapefile(archive: zipfile.ZipFile, items: list[zipfile.ZipInfo], shape: str, write: Writer) -> None:
    stem = shape[:-4].casefold()
    write({"kind": "shapefile", "layer": PurePosixPath(shape).stem})
    for item in items:
        name = zips.plain(item)
        if name[:-4].casefold() == stem and name[-4:].lower() in _PARTS:
            _member(archive, item, name[-3:].lower(), write)


def _member(archive: zipfile.ZipFile, item: zipfile.ZipInfo, part: str, write: Writer) -> None:
    write({"part": part})
    for piece in zips.inflate(archive, item):
        write({"part": part}, piece)
