"""The third-party files: taken as listed, the same every time, nothing without its hash; and nothing of ours names a foreign host."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely

from core.errors import ConfigError
from petarawan.vendor import SUMS, land, rings_of, unbroken, vendor
from tests.places import ROOT

WEB = ROOT / "web"
# Two squares that share a side, as TopoJSON: arc 0 is the shared side, the right square walks it backwards (~0 = -1).
TOPOLOGY = {
    "transform": {"scale": [0.5, 0.5], "translate": [100.0, 0.0]},
    "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
    "objects": {
        "land": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]]},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]]},
            ],
        }
    },
}


def test_topojson_rings_close_and_share_their_side() -> None:
    left, right = (shapely.Polygon(rings[0]) for rings in rings_of(TOPOLOGY, "land"))
    assert left.equals(shapely.box(100, 0, 101, 1))
    assert right.equals(shapely.box(101, 0, 102, 1))


def test_an_island_on_the_date_line_is_no_band_around_the_world() -> None:
    fiji = np.array([[178.5, -17.0], [-179.5, -17.0], [-179.5, -16.0], [178.5, -16.0], [178.5, -17.0]])
    ring = unbroken(fiji)
    assert (ring[:, 0].min(), ring[:, 0].max()) == pytest.approx((178.5, 180.5))
    asia = np.array([[170.0, 60.0], [-175.0, 65.0], [170.0, 70.0], [20.0, 50.0], [170.0, 60.0]])
    assert unbroken(asia)[:, 0].tolist() == pytest.approx([170.0, 185.0, 170.0, 20.0, 170.0])
    assert unbroken(asia[::-1][1:])[0, 0] == pytest.approx(20.0)


def test_land_is_cut_to_the_bounds_and_rounded() -> None:
    shape = shapely.from_geojson(land(TOPOLOGY, "land", (100.3333, 0.0, 101.5, 1.0), 2))
    assert shape.bounds == pytest.approx((100.33, 0, 101.5, 1))
    assert shape.area == pytest.approx(1.17)
    points = shapely.get_coordinates(shape)
    assert np.array_equal(points, points.round(2))


def _packages(web: Path, names: list[str]) -> None:
    listed = [
        '[land]\nto = "land.geojson"\nfrom = "atlas/land.json"\nobject = "land"\nbounds = [99, -1, 103, 2]\ndecimals = 2\n[files]'
    ]
    for name in names:
        path = web / "node_modules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
        listed.append(f'"lib/{name}" = "{name}"')
    (web / "node_modules" / "atlas").mkdir()
    (web / "node_modules" / "atlas" / "land.json").write_bytes(orjson.dumps(TOPOLOGY))
    (web / "vendor.toml").write_text("\n".join(listed))


def test_files_are_taken_as_listed_hashed_and_the_same_every_time(tmp_path: Path) -> None:
    _packages(tmp_path, ["a.mjs", "b.css"])
    sums = vendor(tmp_path)
    taken = {
        p.relative_to(tmp_path / "vendor").as_posix(): p.read_bytes()
        for p in (tmp_path / "vendor").rglob("*")
        if p.is_file()
    }
    written = taken.pop("SHA256SUMS").decode().splitlines()
    assert set(taken) == {"lib/a.mjs", "lib/b.css", "land.geojson"}
    assert {name: hashlib.sha256(body).hexdigest() for name, body in taken.items()} == sums
    assert written == [f"{sums[name]}  {name}" for name in sorted(sums)]
    (tmp_path / "vendor" / "stray.js").write_text("left over")
    assert vendor(tmp_path) == sums
    assert not (tmp_path / "vendor" / "stray.js").exists()
    assert not (tmp_path / "vendor.new").exists()


def test_a_missing_package_is_told_and_the_old_files_stay(tmp_path: Path) -> None:
    _packages(tmp_path, ["a.mjs"])
    vendor(tmp_path)
    (tmp_path / "node_modules" / "a.mjs").unlink()
    with pytest.raises(ConfigError) as error:
        vendor(tmp_path)
    assert error.value.code == "E_VENDOR_MISSING"
    assert "a.mjs" in error.value.message("en")
    assert "npm ci" in error.value.hint("id")
    assert (tmp_path / "vendor" / "lib" / "a.mjs").is_file()


@pytest.mark.skipif(not (WEB / "vendor" / SUMS).is_file(), reason="web/vendor is not there: run `make setup`")
def test_what_was_taken_here_is_whole() -> None:
    taken = WEB / "vendor"
    for line in (taken / SUMS).read_text(encoding="ascii").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((taken / name).read_bytes()).hexdigest() == digest, name
    shape = shapely.from_geojson((taken / "land.geojson").read_bytes())
    inland = shapely.points([[116.8, 0.5], [117.15, -0.5], [110.4, -7.0], [106.8, -6.3]])
    assert shapely.contains(shape, inland).all() and not shape.contains(shapely.Point(118.5, -2.0))


def test_the_lock_names_no_host_and_pins_everything() -> None:
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in entry and "version" in entry for name, entry in packages.items() if name)
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in (wanted["dependencies"] | wanted["devDependencies"]).values())


def _own_files() -> list[Path]:
    return [
        path
        for path in sorted(WEB.rglob("*"))
        if path.suffix in {".html", ".js", ".css", ".json", ".svg", ".toml"}
        and not {"node_modules", "vendor", "vendor.new"} & set(path.relative_to(WEB).parts)
    ]


def test_no_foreign_host_and_nothing_inline_in_our_own_files() -> None:
    files = _own_files()
    assert len(files) > 15
    for path in files:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|wss?://|['\"]//\w", text), path.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            path.name
        )
        if path.suffix == ".html":
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), path.name
        if path.suffix == ".js":
            assert text.startswith("// @ts-check\n"), path.name
            assert len(text.splitlines()) <= 400, path.name


def test_both_languages_have_the_same_words_and_the_page_has_every_word_it_asks_for() -> None:
    indonesian, english = (
        json.loads((WEB / "i18n" / f"{lang}.json").read_text(encoding="utf-8")) for lang in ("id", "en")
    )
    assert indonesian.keys() == english.keys()
    blanks = re.compile(r"\{(\w+)\}")
    assert all(sorted(blanks.findall(indonesian[key])) == sorted(blanks.findall(english[key])) for key in indonesian)
    source = "\n".join(path.read_text(encoding="utf-8") for path in _own_files() if path.suffix in {".js", ".html"})
    asked = set(re.findall(r'\bt\("([\w.]+)"', source)) | set(re.findall(r'data-t(?:-\w+)?="([\w.]+)"', source))
    assert asked <= indonesian.keys()


def test_the_page_has_the_colours_of_the_palette_and_the_words_of_the_taxonomy() -> None:
    from core import palette, taxonomy

    text = (WEB / "js" / "palette.js").read_text(encoding="utf-8")
    found = {
        name: tuple(re.findall(r"#[0-9a-f]{6}", colours))
        for name, colours in re.findall(r"export const (\w+) = ([^;]+);", text)
    }
    assert found["CLASS_COLOURS"] == palette.CLASS_COLOURS
    assert found["HATCH_COLOUR"] == (palette.HATCH_COLOUR,)
    assert not set(found["STEP_COLOURS"] + found["DELTA_COLOURS"]) & set(found["CLASS_COLOURS"])
    words = json.loads((WEB / "i18n" / "id.json").read_text(encoding="utf-8"))
    lists = {
        "kind": (*taxonomy.INCIDENT_KINDS, *taxonomy.SITE_KINDS),
        "conflict_source": taxonomy.CONFLICT_SOURCES,
        "permit": taxonomy.PERMITS,
        "stage": taxonomy.STAGES,
        "how_known": taxonomy.HOW_KNOWN,
    }
    assert {f"{name}.{value}" for name, values in lists.items() for value in values} <= words.keys()
