"""The A3 sheet of any area: one tagged vector page with real text, the same bytes every time, whatever the names are."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
import shapely

from core.errors import ConfigError, NotFoundError
from prints import fonts
from prints.sheet import render
from store.snapshot import Snapshot
from tests import synthetic
from tests.outlook_snapshot import Case, make_outlook
from tests.places import ROOT

pytestmark = pytest.mark.skipif(
    not (fonts.FOLDER / fonts.FILES["regular"]).is_file(), reason="no fonts: run `make setup`"
)
needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not here")
needs_gdal = pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="gdalinfo (gdal-bin) is not here")
AREAS = ("64", "64.08", "64.08.02", "64.08.02.2003")
HOSTILE = {
    "64": "<img src=x onerror=alert(1)> & Co",
    "64.08": '#panic("x") $sum_1^2$ *tebal* _miring_ @rujukan',
    "64.08.02": "<svg/onload=1> \\u{41} `kode` // ]]> --> &amp; 100 %",
    "64.08.02.2001": "#{1+1} ~ \"kutip\" 'satu' <label> = Judul",
    "64.08.02.2002": "Nama\x07 dengan\u200b tanda\tdan \u202ebalik",
    "64.08.02.2003": "Sangat Panjang " * 14,
    "64.08.02.2004": "漢字 العربية",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return synthetic.make(tmp_path_factory.mktemp("prints"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return synthetic.make(tmp_path_factory.mktemp("hostile"), names=HOSTILE)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """One district of 39 tiny villages with long names and a big one."""
    patch = pytest.MonkeyPatch()
    codes = [f"64.08.01.{2001 + n}" for n in range(40)]
    boxes = [
        shapely.box(117 + 0.015 * (n % 8), 0.015 * (n // 8), 117.015 + 0.015 * (n % 8), 0.015 * (n // 8 + 1))
        for n in range(40)
    ]
    boxes[39] = shapely.union_all([shapely.box(117, -0.3, 117.5, 0), shapely.box(117.12, 0, 117.5, 0.3), boxes[39]])
    patch.setattr(synthetic, "_places", lambda: dict(zip(codes, boxes, strict=True)))
    names = {
        code: f"Persiapan Tanjungkarangbaru{n:02d} Panjangsekali Namanyabetul{n:02d}" for n, code in enumerate(codes)
    }
    try:
        return synthetic.make(tmp_path_factory.mktemp("crowded"), names=names)
    finally:
        patch.undo()


_DONE: dict[tuple[str, str, str], bytes] = {}


def sheet(snapshot: Snapshot, kode: str, lang: str = "id") -> bytes:
    """A sheet rendered once for all tests that only look at it."""
    key = (snapshot.id, kode, lang)
    if key not in _DONE:
        _DONE[key] = render(snapshot, kode, lang=lang)
    return _DONE[key]


def text_of(pdf: bytes, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("kode", AREAS)
def test_one_tagged_vector_page(snapshot: Snapshot, kode: str) -> None:
    raw = sheet(snapshot, kode)
    assert len(raw) < 1_000_000
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        assert len(pdf.pages) == 1
        assert [round(float(v) / 72 * 25.4) for v in pdf.pages[0].MediaBox] == [0, 0, 420, 297]
        assert pdf.Root.MarkInfo.Marked and "/StructTreeRoot" in pdf.Root and str(pdf.Root.Lang) == "id"
        images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
        assert images == []
        assert str(pdf.docinfo.CreationDate).startswith("D:20241031")


@pytest.mark.parametrize("kode", AREAS)
def test_same_bytes_twice(snapshot: Snapshot, kode: str) -> None:
    assert render(snapshot, kode) == sheet(snapshot, kode)


def test_same_bytes_in_another_process(snapshot: Snapshot, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from store.snapshot import open_snapshot; from prints.sheet import render;"
        "Path(sys.argv[2]).write_bytes(render(open_snapshot(Path(sys.argv[1])), '64.08.02'))"
    )
    out = tmp_path / "other.pdf"
    env = os.environ | {"PYTHONHASHSEED": "99", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, str(snapshot.path), str(out)], check=True, cwd=ROOT, env=env)
    assert out.read_bytes() == sheet(snapshot, "64.08.02")


@needs_pdftotext
def test_the_sheet_says_what_it_must(snapshot: Snapshot) -> None:
    text = flat(text_of(sheet(snapshot, "64.08.02")))
    for words in (
        "PETA KERAWANAN KONFLIK SOSIAL",
        "KECAMATAN MUARA WAHAU",
        "Kabupaten Kutai Timur, Provinsi Kalimantan Timur",
        "64.08.02",
        "TERBATAS",
        "Skala 1:150.000",
        "UTM zona 50N",
        "EPSG:32650",
        "LEGENDA",
        "Belum terpantau",
        "DIAGRAM LOKASI",
        "DESA/KELURAHAN DENGAN SKOR TERTINGGI",
        "SUMBER DATA",
        "31 Oktober 2024",
        "Model kaltim versi 1",
        snapshot.id,
        "Indeks, bukan prakiraan",
        "Batas indikatif, bukan batas resmi",
        "117°05′ BT",
        "Desa Contoh 10",
        "Muara Ancalong",
    ):
        assert words in text, words


@needs_pdftotext
def test_english(snapshot: Snapshot) -> None:
    text = flat(text_of(sheet(snapshot, "64.08.02", "en")))
    for words in ("SOCIAL CONFLICT RISK MAP", "Scale 1:150,000", "Not monitored", "31 October 2024", "117°05′ E"):
        assert words in text, words


@needs_pdftotext
def test_a_sample_says_so_on_the_map_and_in_the_margin(snapshot: Snapshot) -> None:
    text = flat(text_of(sheet(snapshot, "64.08.02"), "-raw"))
    assert text.replace(" ", "").count("DATACONTOH") >= 2  # turned, so poppler parts the letters
    assert "bukan keadaan sebenarnya" in text


@needs_pdftotext
def test_points_in_the_sheet_add_up_to_the_score(snapshot: Snapshot) -> None:
    for kode in AREAS:
        text = flat(text_of(sheet(snapshot, kode), "-raw"))
        points = [float(point.replace(",", ".")) for point in re.findall(r" \d,\d\d 0,\d\d (\d+,\d)\b", text)]
        total = re.search(r"\(jumlah poin\) (\d+,\d)", text)
        assert total and len(points) == 9 and f"{sum(points):.1f}".replace(".", ",") == total[1]


@needs_pdftotext
def test_every_sheet_carries_its_badge(snapshot: Snapshot, tmp_path: Path) -> None:
    assert "Indeks, bukan prakiraan: belum ada prakiraan yang diuji balik." in flat(
        text_of(sheet(snapshot, "64.08.02"))
    )
    cases = {"konflik": Case(600, "monthly", "better", "prakiraan"), "bersenjata": Case(60, "regency")}
    told = flat(text_of(sheet(make_outlook(tmp_path, cases), "64.08.02.2001"), "-raw"))
    earned, _, held = told.partition("KEJADIAN DIPERKIRAKAN")[2].partition("Kekerasan bersenjata")
    assert "Diperkirakan 3,3 kejadian dalam 30 hari" in earned and "Kecamatan Muara Wahau" in earned
    assert "lebih baik daripada hitungan masa lalu" in earned and "Indeks" not in earned
    assert (
        held.startswith(" Indeks, bukan prakiraan") and "data sedikit" in held and "tidak ada keunggulan nyata" in held
    )


@needs_pdftotext
def test_hostile_names_are_text_and_nothing_else(hostile: Snapshot) -> None:
    text = flat(text_of(sheet(hostile, "64.08.02"), "-layout"))
    assert HOSTILE["64.08.02"].upper().replace(" ", "") in text.replace(" ", "")  # a long name may break at a hyphen
    assert '#panic("x") $sum_1^2$ *tebal* _miring_ @rujukan' in text
    assert "<img src=x onerror=alert(1)> & Co" in text
    assert "#{1+1}" in text


@pytest.mark.parametrize("kode", [*AREAS, "64.08.02.2001", "64.08.02.2002", "64.08.02.2004"])
def test_hostile_and_long_names_stay_on_one_page(hostile: Snapshot, kode: str) -> None:
    with pikepdf.open(io.BytesIO(sheet(hostile, kode))) as pdf:
        assert len(pdf.pages) == 1


@needs_pdftotext
def test_forty_villages_whose_names_do_not_fit_are_numbered_and_listed(crowded: Snapshot) -> None:
    raw = sheet(crowded, "64.08.01")
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        assert len(pdf.pages) == 1
    text = flat(text_of(raw))
    assert "NAMA BERNOMOR PADA PETA" in text
    for n in range(40):
        assert re.search(f"Namanyabetul{n:02d}", text), n


@needs_gdal
def test_gdal_reads_scale_and_place_back(snapshot: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(sheet(snapshot, "64.08.02"))
    info = json.loads(subprocess.run(["gdalinfo", "-json", str(file)], capture_output=True, check=True).stdout)
    assert "UTM zone 50N" in info["coordinateSystem"]["wkt"]
    neat = shapely.from_wkt(info["metadata"][""]["NEATLINE"])
    west, south, east, north = neat.bounds
    assert (east - west, north - south) == pytest.approx((0.270 * 150_000, 0.268 * 150_000), rel=1e-6)
    ring = info["wgs84Extent"]["coordinates"][0]
    assert shapely.Polygon(ring).covers(shapely.box(117.12, 0.0, 117.24, 0.3))
    metres_per_pixel = info["geoTransform"][1]
    assert metres_per_pixel * info["size"][0] == pytest.approx(0.420 * 150_000, rel=1e-3)


def _open(raw: bytes) -> bytes:
    """The file with nothing packed, to look for words in."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
        )
    return out.getvalue()


def test_qr_only_where_there_is_an_address(snapshot: Snapshot) -> None:
    without, linked = (
        sheet(snapshot, "64.08.02"),
        render(snapshot, "64.08.02", base_url="https://peta.example.go.id/"),
    )
    assert without != linked and len(linked) < 1_000_000
    alternatives = {
        kind: pdf.count(b"Kode QR ke halaman") for kind, pdf in (("without", _open(without)), ("linked", _open(linked)))
    }
    assert alternatives == {"without": 0, "linked": 1}


@needs_pdftotext
def test_without_an_address_the_sheet_names_the_code_to_search(snapshot: Snapshot) -> None:
    assert "Cari kode 64.08.02" in flat(text_of(sheet(snapshot, "64.08.02")))


@pytest.mark.parametrize("kode", ["64.99", "64.08.02.2999", "kota", "", "64.08'; drop", "../../etc"])
def test_unknown_area(snapshot: Snapshot, kode: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        render(snapshot, kode)
    assert caught.value.code == "E_AREA" and kode[:40] in caught.value.message("id") and caught.value.hint("en")


def test_unknown_layout(snapshot: Snapshot) -> None:
    with pytest.raises(ConfigError) as caught:
        render(snapshot, "64", layout="a0")
    assert caught.value.code == "E_LAYOUT" and "a3" in caught.value.hint("id")


def test_missing_fonts_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        fonts.home(tmp_path)
    assert caught.value.code == "E_PRINT_FONTS" and "make setup" in caught.value.hint("id")


@needs_pdftotext
def test_an_area_without_a_score_is_told_as_unmonitored_and_never_as_zero(snapshot: Snapshot) -> None:
    rows = snapshot.areas.select(["kode", "level", "score"]).to_pylist()
    kode = next(row["kode"] for row in rows if row["score"] is None and row["level"] == 4)
    text = flat(text_of(sheet(snapshot, kode), "-raw"))
    assert "Belum terpantau bukan berarti aman" in text and "Tidak diperingkat" in text
    assert re.search(r"\(jumlah poin\) –", text)


@needs_pdftotext
def test_an_area_mapped_in_part_says_so(snapshot: Snapshot) -> None:
    assert "hanya sebagian dipetakan" in flat(text_of(sheet(snapshot, "64"), "-raw"))
