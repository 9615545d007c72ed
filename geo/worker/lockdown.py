"""What the worker takes from itself before it looks at a file: network, other files, other programs, memory without end.

Every guard is tried; those the kernel does not have or permit are left out and not claimed. Sources: the kernel's landlock(7),
seccomp(2), capabilities(7), prctl(2), network_namespaces(7); system call numbers of asm/unistd_64.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_PDEATHSIG, _DUMPABLE, _SECCOMP, _NO_NEW_PRIVS, _CAPBSET_DROP = 1, 4, 22, 38, 24
_NEWNET, _NEWUSER = 0x40000000, 0x10000000


def limit(limits: Mapping[str, int], parent: int) -> None:
    """Memory (address space), processor seconds, bytes of a file written, open files; no core dump; dies with its parent.

    limits : memory bytes, cpu seconds, output bytes, files count
    """
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # gone before it was asked for
        sys.exit(1)
    _prctl(_DUMPABLE, 0)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it; too long an answer ends the worker
    for name, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, limits["output"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
    ):
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        soft = value if name != resource.RLIMIT_CPU else max(1, value - 1)  # a second to be told by a signal of its own
        resource.setrlimit(name, (soft, value))
    try:  # where memory runs out for the whole machine, this process is the one to go
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        return


def leave_network() -> list[str]:
    """An empty network namespace; must come before anything starts a thread."""
    if not sys.platform.startswith("linux"):
        return []
    if _libc.unshare(_NEWNET) == 0 or _libc.unshare(_NEWUSER | _NEWNET) == 0:
        return ["namespace"]
    return []


def close(readable: Iterable[Path]) -> list[str]:
    """No file but these (and the libraries of Python), no socket, no program, no privilege; the guards that hold.

    A folder means all in it. Call it when everything is imported and nothing hostile was read.
    """
    if not sys.platform.startswith("linux") or _prctl(_NO_NEW_PRIVS, 1) != 0:
        return []
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 - guards hold for this thread and those it starts
        return []
    held = []
    if _landlock(readable):
        held.append("landlock")
    if _drop_capabilities(keep=_DAC_READ_SEARCH if held else 0):
        held.append("capabilities")
    if _seccomp():
        held.append("seccomp")
    return held


def _prctl(option: int, value: int, more: object = 0) -> int:
    return int(_libc.prctl(option, ctypes.c_ulong(value), more, 0, 0)) if sys.platform.startswith("linux") else -1


# Landlock: which files may be opened.

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # ABI -> how many bits of file rights it knows; 16 from ABI 5
_O_PATH = 0o10000000


def _landlock(readable: Iterable[Path]) -> bool:
    abi = _libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if abi < 1:
        return False
    handled = (1 << _FILE_RIGHTS.get(abi, 16)) - 1
    rules = struct.pack("=Q", handled)
    if abi >= 4:
        rules += struct.pack("=Q", 0b11)  # bind and connect of TCP: handled and never allowed
    if abi >= 6:
        rules += struct.pack("=Q", 0b11)  # abstract sockets and signals stay in this process
    ruleset = _libc.syscall(_CREATE, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        allowed = [(Path(folder), _READ_FILE | _READ_DIR) for folder in sorted(libraries)]
        allowed += [(path, _READ_FILE | (_READ_DIR if path.is_dir() else 0)) for path in readable]
        return all(_allow(ruleset, path, access) for path, access in allowed if path.exists()) and (
            _libc.syscall(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0
        )
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: int) -> bool:
    opened = os.open(path, _O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", access, opened)
        return bool(_libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(opened)


_DAC_READ_SEARCH = 1 << 2  # root reads files of others: for the few files landlock allows, never without it


def _drop_capabilities(keep: int) -> bool:
    """Even as root, and in its own user namespace, this process may do what any user may, and what `keep` adds."""
    for number in range(64):
        _prctl(_CAPBSET_DROP, number)
    header = struct.pack("=Ii", 0x20080522, 0)
    held = ctypes.create_string_buffer(24)
    if _libc.capget(header, held) != 0:
        return False
    keep &= struct.unpack("=6I", held.raw)[1]
    return bool(_libc.capset(header, struct.pack("=6I", keep, keep, 0, 0, 0, 0)) == 0)


# Seccomp: which system calls are refused (EPERM), where there is no namespace to hide the network.

_REFUSED: dict[str, tuple[int, Sequence[int]]] = {
    # socket socketpair execve execveat fork vfork clone clone3 ptrace process_vm_readv process_vm_writev kill io_uring_setup
    # mount unshare setns bpf perf_event_open userfaultfd keyctl add_key request_key open_by_handle_at
    "x86_64": (
        0xC000003E,
        (41, 53, 59, 322, 57, 58, 56, 435, 101, 310, 311, 62, 425, 165, 272, 308, 321, 298, 323, 250, 248, 249, 304),
    ),
    "aarch64": (
        0xC00000B7,
        (198, 199, 221, 281, 220, 435, 117, 270, 271, 129, 425, 40, 97, 268, 280, 241, 282, 219, 217, 218, 265),
    ),
}


def _seccomp() -> bool:
    if platform.machine() not in _REFUSED:
        return False
    arch, refused = _REFUSED[platform.machine()]
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06
    kill, allow, refuse = 0x80000000, 0x7FFF0000, 0x00050001  # the last: EPERM
    many = len(refused)
    steps = [
        (load, 0, 0, 4),
        (equal, 1, 0, arch),
        (give, 0, 0, kill),
        (load, 0, 0, 0),
        (above, many + 1, 0, 0x40000000),
    ]
    steps += [(equal, many - i, 0, number) for i, number in enumerate(refused)]
    steps += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    head = struct.pack("@HP", len(steps), ctypes.addressof(program))
    return _prctl(_SECCOMP, 2, ctypes.c_char_p(head)) == 0
