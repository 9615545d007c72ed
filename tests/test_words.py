"""Promises of the words: both languages have every key with the same parameters; every code that is raised has its words."""

from __future__ import annotations

import re
import string

import pytest

from core.words import LANGUAGES, catalogue, say
from risk.factor import factors
from tests.places import ROOT

ROOMS = ("core", "store", "formats", "geo", "risk", "publish", "intake", "api", "prints", "petarawan")
SOURCES = {path: path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py")}


def _parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert catalogue("id").keys() == catalogue("en").keys()


def test_translations_take_the_same_parameters() -> None:
    different = [k for k in catalogue("id") if _parameters(catalogue("id")[k]) != _parameters(catalogue("en")[k])]
    assert not different


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_raised_in_the_source_has_message_and_hint(lang: str) -> None:
    words = catalogue(lang)
    codes = {code for text in SOURCES.values() for code in re.findall(r'"(E_[A-Z0-9_]+)"', text)}
    assert len(codes) > 20
    missing = [c for c in sorted(codes) if f"error.{c}.message" not in words or f"error.{c}.hint" not in words]
    assert not missing
    reasons = {code for text in SOURCES.values() for code in re.findall(r'"(R_[A-Z0-9_]+)"', text)}
    unexplained = [c for c in sorted(reasons) if f"reason.{c}.message" not in words or f"reason.{c}.hint" not in words]
    assert not unexplained


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_factor_has_its_words(lang: str) -> None:
    for key in factors():
        for part in ("label", "help", "unit"):
            assert say(f"factor.{key}.{part}", lang)


def test_a_parameter_that_was_not_given_shows_as_a_dash() -> None:
    assert "-" in say("error.E_READER.message", "en")
