"""Real village polygons from their public home: github.com/cahyadsn/wilayah_boundaries at one pinned commit, one SQL file per regency.

From a local clone or, where there is a network, from the server by git, every file is proven by the commit's own hashes (geo.fetch_git).
Where there is no git, a file comes over HTTPS and is proven by its sha256, which we know for two; the others are refused unless the user
takes them unproven (`unpinned`).
"""

from __future__ import annotations

import hashlib
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

from core import codes
from core.errors import ConfigError, InputError, Place
from geo import fetch_git, registry
from geo.sources.content import raw

COMMIT = "3c5a7960f4d227a38489094d84252bdbb3f978a5"
HOME = "https://github.com/cahyadsn/wilayah_boundaries.git"
WEB = f"https://raw.githubusercontent.com/cahyadsn/wilayah_boundaries/{COMMIT}"
SHA256 = {
    "db/kel/64/wilayah_boundaries_kel_64.08.sql": "2ceac2c758721563d7e4708109d5bc3cdfda219c0b099daa76c84370f9fc3ec3",
    "db/kel/64/wilayah_boundaries_kel_64.74.sql": "f7eb02e6188d26ededb89ab38033b991e21ea20401cd50b8f9d78c2a79d4ed61",
}
LIMIT = 64 << 20  # bytes of one file over HTTPS
SECONDS = 300.0  # of one file over HTTPS; a silence ends after SILENCE
SILENCE = 30.0
_PIECE = 1 << 16
Proof = Literal["commit", "sha256", "none"]


class Home(Protocol):
    """Where files come from; `proof` is what vouches for all of them, besides the sha256 we know."""

    @property
    def proof(self) -> Proof: ...

    def content(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""


@dataclass(frozen=True)
class Fetched:
    """One file as written: its path in the repository, where it lies now, its hash, and what vouches for it."""

    path: str
    file: Path
    sha256: str
    proof: Proof


def remote_path(regency: str) -> str:
    """Where the villages of a regency lie in the repository."""
    return f"db/kel/{regency[:2]}/wilayah_boundaries_kel_{regency}.sql"


def regencies(area: Sequence[str]) -> list[str]:
    """The regencies an area lies in, or holds, in code order; raises ConfigError E_AREA_NOT_CODE or E_NO_REGENCY."""
    wrong = [code for code in area if not codes.is_code(code)]
    if wrong:
        raise ConfigError("E_AREA_NOT_CODE", place=Place(value=", ".join(wrong)))
    every = [entry.kode for entry in registry.entries().values() if entry.level == 2]
    found = {kode for kode in every for code in area if codes.covers(code, kode) or codes.covers(kode, code)}
    none = [code for code in area if not any(codes.covers(code, kode) or codes.covers(kode, code) for kode in found)]
    if none:
        raise ConfigError("E_NO_REGENCY", place=Place(value=", ".join(none)))
    return sorted(found)


def fetch(
    area: Sequence[str], out: Path, home: Home, *, unpinned: bool = False, tell: Callable[[str], None] = lambda _: None
) -> tuple[list[Fetched], list[str]]:
    """Write the files of an area's regencies into `out`; the files, and the regencies the pinned commit has no file for.

    Raises InputError E_UNPINNED before anything is fetched, E_FETCH_HASH, E_NOTHING_FETCHED, and as `home.content`. A file that fails
    leaves what `out` held before.
    """
    wanted = regencies(area)
    unknown = [kode for kode in wanted if remote_path(kode) not in SHA256]
    if unknown and home.proof == "none" and not unpinned:
        raise InputError("E_UNPINNED", codes=", ".join(unknown), commit=COMMIT[:8])
    found, absent = list[Fetched](), list[str]()
    out.mkdir(parents=True, exist_ok=True)
    for kode in wanted:
        tell(kode)
        content = home.content(remote_path(kode))
        if content is None:
            absent.append(kode)
        else:
            found.append(_write(out, remote_path(kode), content, home.proof))
    if not found:
        raise InputError("E_NOTHING_FETCHED", codes=", ".join(absent), commit=COMMIT[:8])
    return found, absent


def _write(out: Path, path: str, content: bytes, proof: Proof) -> Fetched:
    digest = hashlib.sha256(content).hexdigest()
    known = SHA256.get(path)
    if known is not None and digest != known:
        raise InputError("E_FETCH_HASH", place=Place(file=path, value=digest), expected=known)
    file = out / path.rpartition("/")[2]
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return Fetched(path, file, digest, proof if known is None or proof == "commit" else "sha256")


# Homes


@contextmanager
def local(folder: Path) -> Iterator[Home]:
    """A clone on this machine, or a folder with the repository's files (from its zip, say), which proves nothing by itself.

    Raises InputError E_NO_REPOSITORY, and as `fetch_git.Repository`.
    """
    if (folder / ".git").exists() or (folder / "objects").is_dir():
        with fetch_git.Repository(folder, COMMIT) as repository:
            yield _Commit(repository)
    elif (folder / "db" / "kel").is_dir():
        yield _Folder(folder)
    else:
        raise InputError("E_NO_REPOSITORY", place=Place(file=str(folder)))


@contextmanager
def network(address: str | None = None) -> Iterator[Home]:
    """The repository's own server: by git where there is one, else over HTTPS; `address` is that of a mirror of its plain files.

    Raises ConfigError E_ADDRESS, InputError E_FETCH, and as `fetch_git.Repository`.
    """
    if address is not None and not address.startswith(("https://", "http://")):
        raise ConfigError("E_ADDRESS", place=Place(value=address))
    if address is not None or not fetch_git.available():
        yield _Web((address or WEB).rstrip("/"))
        return
    with TemporaryDirectory(prefix="petarawan-") as folder:
        bare = Path(folder) / "wilayah.git"
        fetch_git.fetch_commit(HOME, COMMIT, bare)
        with fetch_git.Repository(bare, COMMIT, local=False) as repository:
            yield _Commit(repository)


@dataclass(frozen=True)
class _Commit:
    repository: fetch_git.Repository
    proof: Proof = "commit"

    def content(self, path: str) -> bytes | None:
        return self.repository.content(path)


@dataclass(frozen=True)
class _Folder:
    folder: Path
    proof: Proof = "none"

    def content(self, path: str) -> bytes | None:
        file = self.folder / path
        return raw(file, LIMIT) if file.exists() else None


@dataclass(frozen=True)
class _Web:
    base: str
    proof: Proof = "none"

    def content(self, path: str) -> bytes | None:
        """Raises InputError E_FETCH (no network, refused, too slow) or E_TOO_LARGE."""
        address = f"{self.base}/{path}"
        end = time.monotonic() + SECONDS
        request = urllib.request.Request(address, headers={"User-Agent": "petarawan"})
        try:
            with urllib.request.urlopen(request, timeout=SILENCE) as answer:
                pieces, size, promised = list[bytes](), 0, answer.length
                while piece := answer.read(_PIECE):
                    size += len(piece)
                    if size > LIMIT:
                        raise InputError("E_TOO_LARGE", place=Place(file=address), limit=LIMIT >> 20)
                    if time.monotonic() > end:
                        raise InputError("E_FETCH", address=address, detail=f"> {SECONDS:.0f} s")
                    pieces.append(piece)
                if (
                    promised is not None and size != promised
                ):  # read() ends without a word where the connection breaks off
                    raise InputError("E_FETCH", address=address, detail=f"{size:,} < {promised:,} B")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 404:
                return None
            raise InputError("E_FETCH", address=address, detail=f"HTTP {error.code}") from error
        except (OSError, HTTPException) as error:
            raise InputError("E_FETCH", address=address, detail=str(getattr(error, "reason", error))[:200]) from error
        return b"".join(pieces)
