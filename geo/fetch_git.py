"""Files of one commit out of a git repository, each proven to belong to it: commit, trees and contents are hashed again here.

A commit's id is the hash of what it holds, down to every byte of every file, so a file that comes with this proof is the file that was
pinned, whoever gave it. git itself only fetches and unpacks.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from core.errors import InputError, Place

LIMIT = 256 << 20  # bytes of one object; the largest file of villages has some 30 MiB
SECONDS = 900.0  # for git to fetch a commit without its files
# A transfer slower than 1,000 bytes a second for a minute is given up.
_PATIENCE = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")
# No file git writes grows beyond 512 MiB (ulimit counts 512 bytes or, in some shells, 1,024).
_BOUNDED = ("sh", "-c", 'ulimit -f 1048576; exec git "$@"', "git")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}


def available() -> bool:
    """Whether there is a git to ask."""
    return shutil.which("git") is not None


class Repository:
    """A repository whose objects are read through one `git cat-file`; a context manager.

    local : nothing is fetched from elsewhere, even where the repository is a partial clone.
    Raises InputError E_GIT (no git, not a repository, it stopped) when opened or read.
    """

    def __init__(self, folder: Path, commit: str, *, local: bool = True) -> None:
        self.folder, self.commit, self._local = folder, commit, local

    def __enter__(self) -> Self:
        if not available():
            raise InputError("E_GIT", place=Place(file=str(self.folder)), detail="git: -")
        start = ["git", "-c", "protocol.allow=never"] if self._local else [*_BOUNDED, *_PATIENCE]
        environment = os.environ | _QUIET | ({"GIT_NO_LAZY_FETCH": "1"} if self._local else {})
        self._errors = TemporaryDirectory(prefix="petarawan-")
        self._log = (Path(self._errors.name) / "log").open("w+", encoding="utf-8", errors="replace")
        self._git = subprocess.Popen(
            [*start, "-C", str(self.folder), "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._git.stdin, self._git.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self._git.kill()
        self._git.wait()
        self._log.close()
        self._errors.cleanup()

    def names(self, folder: str) -> list[str]:
        """Names in a folder of the commit, sorted; empty where it has no such folder."""
        found = self._find(folder)
        return sorted(_entries(self._object(found, "tree"))) if found else []

    def content(self, path: str) -> bytes | None:
        """The bytes of a file of the commit; None where the commit has no such file.

        Raises InputError E_NO_COMMIT (the repository lacks the commit or a part of it), E_GIT_HASH, E_TOO_LARGE, E_GIT.
        """
        found = self._find(path)
        return None if found is None else self._object(found, "blob")

    def _find(self, path: str) -> str | None:
        """The id of a path, walked down from the commit."""
        commit = self._object(self.commit, "commit")
        found = commit.split(b"\n", 1)[0].removeprefix(b"tree ").decode("ascii")
        for part in PurePosixPath(path).parts:
            inside = _entries(self._object(found, "tree")).get(part)
            if inside is None:
                return None
            found = inside
        return found

    def _object(self, name: str, kind: str) -> bytes:
        """The content of an object, hashed again."""
        place = Place(file=str(self.folder), value=name)
        sent, answers = self._git.stdin, self._git.stdout
        if sent is None or answers is None:
            raise InputError("E_GIT", place=place, detail="-")
        try:
            sent.write(f"{name}\n".encode())
            sent.flush()
        except BrokenPipeError as error:
            raise InputError("E_GIT", place=place, detail=self._said()) from error
        head = answers.readline().split()
        if len(head) < 2:
            raise InputError("E_GIT", place=place, detail=self._said())
        if head[1] == b"missing":
            raise InputError("E_NO_COMMIT", place=place, commit=self.commit)
        size = int(head[2])
        if size > LIMIT:
            raise InputError("E_TOO_LARGE", place=place, limit=LIMIT >> 20)
        content = answers.read(size)
        answers.read(1)
        if head[1].decode() != kind or object_id(kind, content) != name:
            raise InputError("E_GIT_HASH", place=place)
        return content

    def _said(self) -> str:
        """The last line git wrote to its error stream."""
        self._log.seek(0)
        return (self._log.read().strip().splitlines() or ["-"])[-1][:200]


def object_id(kind: str, content: bytes) -> str:
    """The id git gives to an object (SHA-1 of its kind, length and content)."""
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def _entries(tree: bytes) -> dict[str, str]:
    """Names and ids in a tree object: mode, space, name, NUL, 20 bytes; again and again."""
    found, start = {}, 0
    while start < len(tree):
        end = tree.index(b"\0", start)
        name = tree[start:end].partition(b" ")[2].decode("utf-8", "replace")
        found[name] = tree[end + 1 : end + 21].hex()
        start = end + 21
    return found


def fetch_commit(url: str, commit: str, folder: Path) -> None:
    """Make a bare repository in `folder` with one commit and its trees, without files: those come when they are read.

    Raises InputError E_FETCH (no network, the server does not give the commit, too slow).
    """
    steps = (
        ["init", "--quiet", "--bare", str(folder)],
        ["-C", str(folder), "remote", "add", "origin", url],
        ["-C", str(folder), "fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", commit],
    )
    for step in steps:
        try:
            done = subprocess.run(
                [*_BOUNDED, *_PATIENCE, *step],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=SECONDS,
                env=os.environ | _QUIET,
            )
        except subprocess.TimeoutExpired as error:
            raise InputError("E_FETCH", address=url, detail=f"> {SECONDS:.0f} s") from error
        if done.returncode:
            detail = (done.stderr.strip().splitlines() or ["-"])[-1]
            raise InputError("E_FETCH", address=url, detail=detail[:200])
