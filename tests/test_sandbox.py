"""The worker can do its job and nothing else; whatever it says or however it ends, its parent lives and says what happened."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigError, DiskError, InputError
from geo import sandbox
from geo.sources import sheets
from geo.worker import drivers, frames
from tests.kaltim import workbook
from tests.places import ROOT
from tests.rogue_worker import LIES

ROGUE = ROOT / "tests" / "rogue_worker.py"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that must be empty in the end."""
    folder = tmp_path / "sementara"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def rogue(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    monkeypatch.setattr(sandbox, "_MAIN", ROGUE)


def does(
    read: Mapping[str, Path] | None = None, limits: sandbox.Limits | None = None, **params: object
) -> dict[str, Any]:
    """What became of each thing a rogue task tried."""
    with sandbox.run("rogue", read or {}, params, file="berkas.xlsx", limits=limits) as answer:
        return {key: value for data, _ in answer.frames() for key, value in data["did"].items()}


def fails(limits: sandbox.Limits | None = None, **params: object) -> InputError:
    with pytest.raises(InputError) as caught:
        does(limits=limits, **params)
    for lang in ("id", "en"):
        assert caught.value.message(lang)
        assert caught.value.hint(lang)
        assert "berkas.xlsx" in caught.value.message(lang)
    return caught.value


GUARDS = sandbox.guards()
landlock = pytest.mark.skipif("landlock" not in GUARDS, reason="this kernel has no landlock")
seccomp = pytest.mark.skipif("seccomp" not in GUARDS, reason="this kernel has no seccomp filters")
offline = pytest.mark.skipif(
    not {"namespace", "seccomp"} & set(GUARDS), reason="this kernel lets nobody leave the network"
)


def test_the_guards_of_this_machine_are_told() -> None:
    assert set(GUARDS) <= {"namespace", "landlock", "capabilities", "seccomp"}


@pytest.mark.usefixtures("rogue")
@landlock
def test_it_reads_its_input_and_no_other_file(tmp_path: Path) -> None:
    given, other = tmp_path / "masukan", tmp_path / "lain"
    given.write_text("isi")
    other.write_text("rahasia")
    link = tmp_path / "taut"
    link.symlink_to(given)
    did = does({"file": given}, input=True, file=str(other), folder=str(tmp_path), write=str(tmp_path / "baru"))
    assert did == {
        "input": {"file": "isi"},
        "file": "PermissionError",
        "folder": "PermissionError",
        "write": "PermissionError",
    }
    assert does({"file": link}, input=True)["input"] == {"file": "isi"}
    assert does(file="/etc/passwd") == {"file": "PermissionError"}
    assert does(write=str(given), file=f"/proc/{os.getpid()}/environ")["file"] == "PermissionError"
    assert given.read_text() == "isi"


@landlock
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read files of others")
def test_root_still_reads_files_of_others(tmp_path: Path) -> None:
    folder = tmp_path / "milik-orang"
    folder.mkdir()
    path = workbook(folder, [["a"]])
    for item in (path, folder):
        item.chmod(0o700)
        os.chown(item, 65534, 65534)
    assert list(sheets.read_grids(path)[0].rows) == [(1, ("a",))]


@pytest.mark.usefixtures("rogue")
@offline
def test_it_reaches_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        udp.settimeout(0.2)
        did = does(connect=server.getsockname(), udp=udp.getsockname())
        assert set(did.values()) <= {"PermissionError", "OSError", "ConnectionRefusedError"}
        with pytest.raises(TimeoutError):
            server.accept()
        with pytest.raises(TimeoutError):
            udp.recv(1)


@pytest.mark.usefixtures("rogue")
@pytest.mark.parametrize(
    "without", [["leave_network"], ["_seccomp"], ["_landlock"], ["_drop_capabilities"], ["leave_network", "_seccomp"]]
)
def test_a_kernel_without_one_guard_still_works_and_says_so(without: list[str], tmp_path: Path) -> None:
    given = tmp_path / "masukan"
    given.write_text("isi")
    with socket.create_server(("127.0.0.1", 0)) as server:
        params = {"without": without, "input": True, "connect": server.getsockname()}
        with sandbox.run("rogue", {"file": given}, params, file="berkas.xlsx") as answer:
            held = set(answer.guards)
            did = next(data["did"] for data, _ in answer.frames())
    names = {"leave_network": "namespace", "_drop_capabilities": "capabilities"}
    assert held == set(GUARDS) - {names.get(name, name.lstrip("_")) for name in without}
    assert did["input"] == {"file": "isi"}
    if held & {"namespace", "seccomp", "landlock"}:  # each of them alone shuts TCP
        assert did["connect"] != "done"
    assert len(sandbox.missing(answer.guards)) == (not held & {"namespace", "seccomp"}) + ("landlock" not in held)


@pytest.mark.usefixtures("rogue")
@seccomp
def test_it_starts_no_program_and_touches_no_process() -> None:
    assert set(does(run=True, kill=os.getpid(), ptrace=os.getpid()).values()) == {"PermissionError"}


@pytest.mark.usefixtures("rogue")
def test_its_environment_holds_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETARAWAN_REGISTER_URL", "postgresql://rahasia")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    found = does(environment=True)["environment"]
    assert "rahasia" not in json.dumps(found)
    assert "HOME" not in found
    assert "PYTHONPATH" not in found
    assert {value for key, value in found.items() if "proxy" in key.lower()} == {"http://127.0.0.1:9"}
    assert found["PROJ_NETWORK"] == "OFF"


@pytest.mark.parametrize("task", ["gpkg", "shapefile", "filegdb"])
def test_gdal_knows_one_driver(task: str) -> None:
    """The list is whole for the GDAL we lock; a newer one costs a second start, which `prepare` makes."""
    driver = sandbox._DRIVERS[task]
    code = "import pyogrio; print(sorted(pyogrio.list_drivers()))"
    skip = drivers.skip(but=driver)
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        env={"GDAL_SKIP": skip, "OGR_SKIP": skip},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str([driver])


# Fault 89: killed, hung, out of memory, dead.

SMALL = sandbox.Limits(memory=400 << 20, output=1 << 20, cpu=2, wall=20)


@pytest.mark.usefixtures("rogue")
@pytest.mark.parametrize(
    ("what", "limits", "word"),
    [
        ({"eat": 1 << 30}, SMALL, "400"),
        ({"spin": True}, SMALL, "20"),
        ({"sleep": 60}, sandbox.Limits(wall=1), "1 "),
        ({"fill": True}, SMALL, "1 MiB"),
        ({"raise": signal.SIGKILL}, SMALL, "400"),
        ({"raise": signal.SIGABRT}, SMALL, "400"),
    ],
)
def test_fault_089_a_worker_out_of_its_limits_is_told(what: dict[str, Any], limits: sandbox.Limits, word: str) -> None:
    before = time.monotonic()
    error = fails(limits, **what)
    assert (error.code, error.exit_status) == ("E_WORKER_LIMIT", 2)
    assert word in error.message("id")
    assert time.monotonic() - before < 10


@pytest.mark.usefixtures("rogue")
@pytest.mark.parametrize(
    "what", [{"raise": signal.SIGSEGV}, {"raise": signal.SIGBUS}, {"leave": 3}, {"leave": 0}, {"fault": True}]
)
def test_fault_089_a_worker_that_dies_is_told(what: dict[str, Any]) -> None:
    assert fails(**what).code == "E_WORKER_ANSWER"


@pytest.mark.usefixtures("rogue")
def test_fault_124_a_full_disk_under_the_worker_is_told() -> None:
    code = "from geo.worker.frames import Writer\nwith open('/dev/full', 'r+b') as stream: Writer(stream)({})"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == frames.DISK_FULL
    with pytest.raises(DiskError, match="E_DISK") as caught:
        does(leave=frames.DISK_FULL)
    assert caught.value.message("id")


@pytest.mark.usefixtures("rogue")
@pytest.mark.parametrize("lie", sorted(LIES))
def test_fault_089_a_worker_that_lies_is_told(lie: str) -> None:
    assert fails(lie=lie).code == "E_WORKER_ANSWER"


@pytest.mark.usefixtures("rogue")
def test_what_a_worker_says_of_an_error_is_cleaned() -> None:
    params = {"detail": "<b>\x1b[31m\n" + "x" * 5000, "no such name!": 1, "bytes": {"a": 1}}
    said = [
        {"guards": []},
        {"error": "E_UNREADABLE", "params": params, "place": {"file": "/etc/passwd", "row": "x", "sheet": "A"}},
    ]
    error = fails(raw=said)
    assert error.code == "E_UNREADABLE"
    assert "\x1b" not in error.message("en")
    assert "\n" not in error.message("en")
    assert len(error.message("en")) < 600
    assert (error.place.file, error.place.row, error.place.sheet) == ("berkas.xlsx", None, "A")
    with pytest.raises(ConfigError):
        does(raw=[{"guards": []}, {"error": "E_CRS", "params": {"value": "x"}, "place": {}}])


@pytest.mark.parametrize(
    "said",
    [
        [{"rows": [[1.0]], "times": [], "faults": []}],  # a sheet nobody began is named ''
        [{"sheet": "A", "merged": []}, {"rows": [[{"a": 1}]], "times": [], "faults": []}],
        [{"sheet": "A", "merged": []}, {"rows": [[1.0]], "times": [[0, 0, "now", "2024"]], "faults": []}],
        [{"sheet": "A", "merged": []}, {"rows": [[1.0]], "times": [[9, 0, "date", "2024-01-01"]], "faults": []}],
        [{"sheet": "A", "merged": []}, {"rows": [[1.0]], "times": [], "faults": [[1, 0, "R_EVIL"]]}],
        [{"sheet": "A", "merged": [[1]]}],
        [{"sheet": "A", "merged": []}, {"rows": 5, "times": [], "faults": []}],
        [{"sheet": "A", "merged": []}, {}],
    ],
)
def test_fault_089_rows_that_are_none(
    said: list[Any], tmp_path: Path, rogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, [["a"]])
    real = sandbox.run
    lie = {"raw": [{"guards": []}, *said, {"end": True}]}
    monkeypatch.setattr(sandbox, "run", lambda task, paths, params, file: real(task, paths, lie, file=file))
    if said[0].get("sheet") is None:
        assert sheets.read_grids(path)[0].sheet == ""
        return
    with pytest.raises(InputError, match="E_WORKER_ANSWER"):
        sheets.read_grids(path)


def test_many_at_once_and_one_that_hangs(tmp_path: Path, temporary: Path) -> None:
    path = workbook(tmp_path, [["a", "b"], [1, 2]])
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(sheets.read_grids(path)[0].rows)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [((1, ("a", "b")), (2, (1.0, 2.0)))] * 4


def test_the_worker_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from geo import sandbox; import subprocess; "
        f"sandbox._MAIN = Path({str(ROGUE)!r}); popen = subprocess.Popen\n"
        "def start(*a, **k):\n    child = popen(*a, **k); print(child.pid, flush=True); return child\n"
        "subprocess.Popen = start\n"
        "with sandbox.run('rogue', {}, {'sleep': 60}, file='x'): pass"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert parent.stdout
    worker = int(parent.stdout.readline())
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        status = Path(f"/proc/{worker}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its parent")
