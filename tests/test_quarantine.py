"""What could not be used is written where a person can mend it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from core import formula
from core.words import LANGUAGES, catalogue
from geo.layer import Layer
from publish import quarantine
from tests.kaltim import read, text_file

ROOT = Path(quarantine.__file__).parents[1]


def rejected(folder: Path) -> Layer:
    text = "tanggal;jenis;kecamatan;catatan\nkemarin;=HYPERLINK(1);Loa Kulu;x\n31 Februari 2024;+62812;@y;-1\n=1+1;demo;Loa Kulu;é\n"
    return read("incidents", "table", text_file(folder, text), name="=nama")


def test_one_line_per_row_in_two_languages_with_the_row_as_found(tmp_path: Path) -> None:
    layer = rejected(tmp_path)
    path = quarantine.write(tmp_path, "2024-10-31-abc", [layer])
    assert path == tmp_path / "quarantine" / "2024-10-31-abc.csv"
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(raw.decode("utf-8-sig").splitlines())
    assert head[:4] == ["Sumber", "Berkas", "Lembar", "Baris"]
    assert [row[6] for row in rows] == [item.code for item in layer.info.rejected]
    assert json.loads(rows[0][9]) == {
        "tanggal": "kemarin",
        "jenis": "=HYPERLINK(1)",
        "kecamatan": "Loa Kulu",
        "catatan": "x",
    }
    assert rows[0][7] == catalogue("id")["reason.R_DATE_RELATIVE.message"]
    assert quarantine.write(tmp_path, "2024-10-31-abc", [layer]).read_bytes() == raw
    assert list(path.parent.iterdir()) == [path]
    english = quarantine.write(tmp_path, "en", [layer], "en").read_text("utf-8-sig")
    assert catalogue("en")["reason.R_DATE_RELATIVE.message"] in english


def test_fault_091_no_cell_is_a_formula(tmp_path: Path) -> None:
    _, *rows = csv.reader(quarantine.write(tmp_path, "x", [rejected(tmp_path)]).read_text("utf-8-sig").splitlines())
    for row in rows:
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r"))
            assert not cell.startswith("-") or re.fullmatch(r"-\d+([.,]\d+)?", cell)
    assert rows[0][0] == "'=nama"
    assert quarantine.neutral("-0,502") == "-0,502"
    for text in ("＝1+1", "'=1+1", "=1+1"):
        assert formula.restore(quarantine.neutral(text)) == text != quarantine.neutral(text)


def test_nothing_rejected_is_a_header_alone(tmp_path: Path) -> None:
    assert len(quarantine.write(tmp_path, "x", []).read_text("utf-8-sig").splitlines()) == 1


def test_every_code_the_readers_use_has_words_in_both_languages() -> None:
    missing = []
    for path in [*(ROOT / "geo").rglob("*.py"), *(ROOT / "publish").rglob("*.py")]:
        for code in re.findall(r'"([ER]_[A-Z0-9_]+[A-Z0-9])"', path.read_text(encoding="utf-8")):
            keys = [f"{'error' if code[0] == 'E' else 'reason'}.{code}.{part}" for part in ("message", "hint")]
            missing += [(path.name, lang, key) for lang in LANGUAGES for key in keys if key not in catalogue(lang)]
    assert missing == []
