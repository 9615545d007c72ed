"""Documentation is tested: generated pages are fresh, named commands exist, pictures are there, the twins say the same."""

from __future__ import annotations

import re

import typer
from typer.main import get_command

from petarawan import docs
from petarawan.cli import app
from tests.places import ROOT

ENGLISH, INDONESIAN = (ROOT / name for name in ("README.md", "README.id.md"))


def test_generated_pages_are_fresh() -> None:
    for name, page in docs.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page(), f"docs/{name} is stale: make docs"


def test_links_and_pictures_of_the_readme_are_there() -> None:
    for readme in (ENGLISH, INDONESIAN):
        for target in re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{readme.name}: {target}"


def test_commands_in_the_readme_exist() -> None:
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    for readme in (ENGLISH, INDONESIAN):
        lines = re.findall(r"^    petarawan (\w+)", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert set(lines) >= {"publish", "check", "serve", "print", "export", "diff", "boundaries"}
        assert set(lines) <= set(command.commands)


def test_the_twins_show_the_same_examples() -> None:
    def shown(text: str) -> list[str]:
        lines = [line.split("#")[0].rstrip() for line in text.splitlines() if line.startswith("    ")]
        return [line.replace("LAMA BARU", "OLD NEW") for line in lines if line]

    assert shown(ENGLISH.read_text(encoding="utf-8")) == shown(INDONESIAN.read_text(encoding="utf-8"))


def test_make_knows_the_targets_the_readme_names() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)", ENGLISH.read_text(encoding="utf-8")))
    assert {"run", "test"} <= named <= made


def test_the_method_page_names_the_thresholds_and_weights_in_force() -> None:
    from risk import model as models

    model = models.load("kaltim")
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    assert ", ".join(f"{t:g}" for t in model.file.thresholds) in text
    history = sum(item.weight for item in model.file.factor if item.dimension == "history")
    assert f"{history:.2f} of the weight" in text
    assert history > model.file.coverage_floor > 1 - history, "silence must never be scored"
