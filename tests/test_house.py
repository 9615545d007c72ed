"""The house rules that no library checks: sizes of files, no hosts of package registries, locks in step, declared dependencies."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from tests.places import ROOT


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_is_over_400_lines() -> None:
    long = {
        name: count
        for name in _tracked()
        if name.endswith((".py", ".js"))
        and not name.startswith("tests/")
        and (count := len((ROOT / name).read_text().splitlines())) > 400
    }
    assert not long


def test_no_package_registry_host_and_no_path_of_a_machine_is_committed() -> None:
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", r"registry\." + "npmjs", r"deb\.debian\." + "org"])
    )
    machine = re.compile(r"(?<![A-Za-z0-9_.])/(?:work|farm|tmp/bash_jobs)/")
    found = []
    for name in _tracked():
        if name.endswith((".png", ".parquet", ".gz", ".pdf", ".woff2", ".ttf")):
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        if hosts.search(text) or machine.search(text):
            found.append(name)
    assert not found


def test_the_two_lists_of_needs_are_in_step() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = [line for line in (ROOT / "requirements.in").read_text().splitlines() if line and not line.startswith("#")]
    assert sorted(project["dependencies"]) == sorted(listed)
    dev = (ROOT / "requirements-dev.in").read_text().splitlines()
    wanted = [line for line in dev if line and not line.startswith(("#", "-r"))]
    assert sorted(project["optional-dependencies"]["dev"]) == sorted(wanted)


def test_every_locked_package_has_hashes() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        pins = re.findall(r"^[a-z0-9][^\n#]*==", text, flags=re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)


def test_readers_start_light() -> None:
    code = (
        "import sys, api.app, prints.sheet, store.snapshot; "
        "heavy = {'geopandas', 'pandas', 'rasterio', 'scipy.spatial'} & set(sys.modules); "
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
