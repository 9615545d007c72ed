"""A clerk brings a spreadsheet in by the page: real Chromium, real server, real jobs, real register."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import xlsxwriter
from playwright.sync_api import Browser
from python_calamine import CalamineWorkbook

from publish.run import publish
from store.register import open_register
from tests.places import ROOT
from tests.web_client import CHROMIUM, VENDOR, Visit, chromium, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is missing"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the page's third-party files are missing: run `make setup`"),
]
WHO = "Siti Aminah"
HOSTILE = "<img src=x onerror=alert(1)>"
# Tgl and Uraian Singkat are ours by name; "Jns Kejadian" only looks like one of ours.
HEADS = ("No", "Tgl Kejadian", "Jns Kejadian", "Kecamatan", "Desa", "Korban Luka", "Uraian")
ROWS = [
    (1, "24 Oktober 2023", "Bentrok warga", "Bontang Utara", "Loktuan", 3, "Saling lempar batu"),
    (2, "3/6/2023", "Sengketa lahan", "Bontang Selatan", "Berbas Tengah", None, HOSTILE),
    (3, "31 Februari 2023", "Bentrok", "Bontang Utara", "Loktuan", 1, "Tanggal mustahil"),
    (4, "12 Okt 2023", "Penolakan pabrik", "Bontang Utara", "Antah Berantah", 0, "Desa tidak dikenal"),
    (1, "24 Oktober 2023", "Bentrok warga", "Bontang Utara", "Loktuan", 3, "Saling lempar batu"),
    (5, "Mei 2023", "Unjuk rasa damai", "Bontang Barat", "Belimbing", None, "Tertib"),
]


def _sheet(path: Path, rows: list[tuple[object, ...]], heads: tuple[str, ...] = HEADS) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.merge_range(0, 0, 0, 6, "PEMERINTAH KOTA BONTANG")
        sheet.write(1, 0, "Rekapitulasi kejadian")
        for i, row in enumerate([heads, *rows], start=3):
            sheet.write_row(i, 0, ["" if cell is None else cell for cell in row])
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unggah")
    (folder / "petarawan.toml").write_text('title = "Uji"\narea = ["64.74"]\nresolution = 7\nas_of = 2024-10-31\n')
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def base(home: Path) -> Iterator[str]:
    """The address of `petarawan serve`, with its consumer, as a user starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "petarawan", "serve", str(home), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                try:
                    urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                    break
                except URLError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Visit]:
    with visit(browser, base, 1200, 800) as seen:
        yield seen
        assert seen.foreign == []
        assert seen.complaints == []


def _open(seen: Visit, state: str = "") -> None:
    seen.page.goto("about:blank")
    seen.page.goto(f"{seen.base}/unggah#{state}")
    seen.until("document.body.dataset.ready === 'true'", 30)


def _counts(seen: Visit) -> list[int]:
    """Rows in, accepted, quarantined, duplicates, as the tiles say."""
    return [int(text.replace(".", "")) for text in seen.page.locator(".tile strong").all_inner_texts()]


def test_a_clerk_imports_a_spreadsheet_from_drop_to_register(page: Visit, home: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    _open(page)
    page.page.set_input_files("#file", _sheet(tmp_path / "laporan.xlsx", ROWS))
    # The column that only looks like ours is not used: the page asks, and the clerk says yes.
    page.until("document.querySelector('.columns-table tr.lacking select') !== null", 60)
    assert page.page.locator("#confirm").is_disabled()
    choice = page.page.locator(".columns-table tr.lacking select")
    assert "mirip" in choice.locator("option").nth(1).inner_text()
    choice.select_option("Jns Kejadian")
    page.page.click("#reread")
    page.until("document.querySelector('#rows table') !== null", 60)
    assert _counts(page) == [6, 3, 2, 1]
    assert "31 Februari 2023" in page.text("#rows .at-fault")
    assert "Antah Berantah" in page.text("#rows")
    page.page.click('[data-outcome="duplicate"]')
    page.until("document.querySelector('#rows').textContent.includes('Sama dengan')")
    page.page.click('[data-outcome="accepted"]')
    page.until("document.querySelectorAll('#rows tbody tr').length === 3")
    assert HOSTILE in page.text("#rows"), "what people wrote is text, never markup"
    page.until("Number(document.querySelector('#desk-map').dataset.points) >= 3", 20)
    page.page.fill("#who", WHO)
    page.page.fill("#save-profile", "Laporan Bulanan")
    page.page.click("#confirm")
    page.until("document.querySelector('#result') !== null", 60)
    assert "6 baris = 3 diterima + 2 karantina + 1 ganda" in page.text("#result")
    assert time.monotonic() - begun < 120
    with open_register(home) as register:
        line = next(item for item in register.imports() if item.draft.file == "laporan.xlsx")
        assert (line.rows_in, line.accepted, line.quarantined, line.duplicates) == (6, 3, 2, 1)
        assert line.draft.who == WHO
        days = {row["occurred_on"] for row in register.known("incidents", date(2024, 10, 31))}
    assert days == {date(2023, 10, 24), date(2023, 6, 3), date(2023, 5, 1)}
    assert (home / "profiles" / "laporan-bulanan.toml").is_file()


def test_the_quarantine_is_mended_and_brought_in_with_the_saved_columns(
    page: Visit, home: Path, tmp_path: Path
) -> None:
    wrong = [(7, "30 Februari 2022", "Bentrok", "Bontang Utara", "Guntung", 0, "Salah hari")]
    _open(page)
    page.page.select_option("#profile", "laporan-bulanan")
    page.page.set_input_files("#file", _sheet(tmp_path / "susulan.xlsx", wrong))
    page.until("document.querySelector('#rows table') !== null", 60)
    assert _counts(page) == [1, 0, 1, 0]
    assert page.page.locator("#confirm").is_disabled(), "nothing to bring in"
    with page.page.expect_download() as waiting:
        page.page.click("#quarantine")
    taken = tmp_path / "karantina.xlsx"
    waiting.value.save_as(taken)
    lines = CalamineWorkbook.from_path(str(taken)).get_sheet_by_index(0).to_python()
    mended = tmp_path / "diperbaiki.xlsx"
    with xlsxwriter.Workbook(mended) as book:
        sheet = book.add_worksheet()
        for i, line in enumerate(lines):
            sheet.write_row(i, 0, ["27 Februari 2022" if cell == "30 Februari 2022" else cell for cell in line])
    page.page.click("#cancel")
    page.until("document.querySelector('#file') !== null")
    page.page.select_option("#profile", "laporan-bulanan")
    page.page.set_input_files("#file", mended)
    page.until("document.querySelector('#rows table') !== null", 60)
    assert _counts(page) == [1, 1, 0, 0]


def test_the_keyboard_alone_is_enough(page: Visit, tmp_path: Path) -> None:
    page.page.goto(f"{page.base}/unggah")
    page.until("document.body.dataset.ready === 'true'", 30)
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(12):
        page.page.keyboard.press("Tab")
        seen.add(page.page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {"file", "kind"} <= seen
    with page.page.expect_file_chooser() as chooser:
        page.page.focus("#file")
        page.page.keyboard.press("Enter")
    rows = [(n, f"{n}/7/2021", "Bentrok", "Bontang Utara", "Guntung", 0, f"Kejadian {n}") for n in range(1, 4)]
    heads = ("No", "Tanggal", "Jenis", "Kecamatan", "Desa", "Luka", "Uraian")
    chooser.value.set_files(_sheet(tmp_path / "papan-ketik.xlsx", rows, heads))
    page.until("document.querySelector('#rows table') !== null", 60)
    page.page.focus("#who")
    page.page.keyboard.type(WHO)
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('#result') !== null", 60)
    assert "3 baris = 3 diterima" in page.text("#result")


def test_what_is_no_table_is_told_and_the_page_goes_on(page: Visit, tmp_path: Path) -> None:
    path = tmp_path / "gambar.xlsx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 200)
    _open(page)
    page.page.set_input_files("#file", path)
    page.until("document.querySelector('#fault') !== null", 60)
    assert page.text("#fault")
    assert page.page.locator("#confirm").is_disabled()
    page.page.click("#cancel")
    page.until("document.querySelector('#file') !== null")


def test_english_and_a_narrow_screen(browser: Browser, base: str) -> None:
    with visit(browser, base, 390, 780) as seen:
        _open(seen, "lang=en")
        assert seen.page.evaluate("document.documentElement.lang") == "en"
        assert "Upload data" in seen.text("h1")
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert seen.complaints == []


def test_the_map_page_leads_here(page: Visit) -> None:
    page.open()
    assert page.page.get_attribute("#upload", "href") == "/unggah"
