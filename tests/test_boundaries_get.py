"""petarawan boundaries get: pinned files from a clone, a plain copy or a server, each proven or refused; and what they change."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core import settings
from core.errors import ConfigError, InputError
from core.settings import Source
from geo import fetch, fetch_git
from geo.boundaries import build_tree
from geo.boundary_changes import compare
from geo.sources import cahyadsn_sql, embedded
from petarawan.boundaries_cmd import app
from petarawan.boundaries_source import add_to, lines
from tests import boundary_rows as made
from tests.cli_client import fill
from tests.places import SHARED, needs_shared

needs_git = pytest.mark.skipif(not fetch_git.available(), reason="git is not installed")
PLAIN = {"http_proxy": "", "https_proxy": "", "no_proxy": "*"}


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    for key, value in PLAIN.items():
        monkeypatch.setenv(key, value)


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(item) for item in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def sql(regency: str) -> str:
    """A small file of the repository's form: the built-in polygons of a regency."""
    rows = made.kaltim()
    values = []
    for kode, name, shape in rows.loc[rows["kode"].str.startswith(regency), ["kode", "name", "geometry"]].itertuples(
        index=False
    ):
        parts = [shape] if shape.geom_type == "Polygon" else list(shape.geoms)
        path = [[[[y, x] for x, y in ring.coords] for ring in (part.exterior, *part.interiors)] for part in parts]
        values.append(f"('{kode}','{name.replace(chr(39), chr(39) * 2)}',0,0,'{path}',1)")
    return "INSERT INTO wilayah_boundaries(kode,nama,lat,lng,path,status) VALUES\n" + ",\n".join(values) + ";\n"


def copy(folder: Path) -> Path:
    """The repository's files of two regencies: one we know the hash of (when the shared files are here), one we do not."""
    kel = folder / "db" / "kel" / "64"
    kel.mkdir(parents=True)
    shared = SHARED / "boundaries" / "wilayah_boundaries_kel_64.74.sql.gz"
    content = gzip.decompress(shared.read_bytes()) if shared.is_file() else sql("64.74").encode()
    (kel / "wilayah_boundaries_kel_64.74.sql").write_bytes(content)
    (kel / "wilayah_boundaries_kel_64.72.sql").write_text(sql("64.72"), encoding="utf-8")
    return folder


def git(folder: Path, *arguments: str) -> str:
    environment = os.environ | {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "uji"), ("EMAIL", "uji@example.org"), ("DATE", "2026-08-20T00:00:00Z"))
    }
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with the copy; its commit is the pinned one for this test."""
    folder = copy(tmp_path / "wilayah_boundaries")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "data")
    monkeypatch.setattr(fetch, "COMMIT", git(folder, "rev-parse", "HEAD"))
    return folder


@contextmanager
def served(folder: Path, handler: type[BaseHTTPRequestHandler] | None = None) -> Iterator[str]:
    """A loopback server of a folder's files; its address."""
    quiet = type("Quiet", (handler or SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    bound = quiet if handler else partial(quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


# From a clone


@needs_git
def test_from_a_clone_the_pinned_commit_is_read_whatever_is_checked_out(clone: Path, tmp_path: Path) -> None:
    file = clone / "db/kel/64/wilayah_boundaries_kel_64.72.sql"
    before = file.read_bytes()
    file.write_text("rusak", encoding="utf-8")  # the working copy does not count
    git(clone, "commit", "--quiet", "-am", "later")
    out = tmp_path / "out"
    with fetch.local(clone) as home:
        found, absent = fetch.fetch(["64.72"], out, home)
    assert [(item.file.name, item.proof) for item in found] == [("wilayah_boundaries_kel_64.72.sql", "commit")]
    assert found[0].file.read_bytes() == before
    assert absent == []
    assert sorted(path.name for path in out.iterdir()) == ["wilayah_boundaries_kel_64.72.sql"]


@needs_git
def test_regencies_the_commit_does_not_have_are_named(clone: Path, tmp_path: Path) -> None:
    with fetch.local(clone) as home:
        found, absent = fetch.fetch(["64"], tmp_path / "out", home)
    assert [item.path[-9:-4] for item in found] == ["64.72", "64.74"]
    assert absent == ["64.01", "64.02", "64.03", "64.07", "64.08", "64.09", "64.11", "64.71"]
    with fetch.local(clone) as home, pytest.raises(InputError, match="E_NOTHING_FETCHED"):
        fetch.fetch(["64.08"], tmp_path / "out", home)


def loose(clone: Path, name: str) -> Path:
    return clone / ".git" / "objects" / name[:2] / name[2:]


@needs_git
def test_a_clone_that_was_tampered_with_is_noticed(clone: Path, tmp_path: Path) -> None:
    """Another content under the name of the pinned one: git itself does not look at every read."""
    path = "db/kel/64/wilayah_boundaries_kel_64.72.sql"
    pinned = git(clone, "rev-parse", f"HEAD:{path}")
    (tmp_path / "other").write_text(sql("64.72").replace("64.72.01.1001", "64.72.01.1009"), encoding="utf-8")
    other = git(clone, "hash-object", "-w", str(tmp_path / "other"))
    loose(clone, pinned).chmod(0o644)
    shutil.copyfile(loose(clone, other), loose(clone, pinned))
    with fetch.local(clone) as home, pytest.raises(InputError, match="E_GIT"):
        fetch.fetch(["64.72"], tmp_path / "out", home)
    assert list((tmp_path / "out").iterdir()) == []


@needs_git
def test_a_replaced_object_does_not_stand_in(clone: Path, tmp_path: Path) -> None:
    """`git replace` makes git answer with another object; here the commit's own is read."""
    pinned = git(clone, "rev-parse", "HEAD:db/kel/64/wilayah_boundaries_kel_64.72.sql")
    (tmp_path / "other").write_text("lain", encoding="utf-8")
    git(clone, "replace", pinned, git(clone, "hash-object", "-w", str(tmp_path / "other")))
    with fetch.local(clone) as home:
        found, _ = fetch.fetch(["64.72"], tmp_path / "out", home)
    assert found[0].file.read_text(encoding="utf-8") == sql("64.72")


@needs_git
def test_a_clone_without_the_commit_or_that_is_none(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "COMMIT", "1" * 40)
    with pytest.raises(InputError, match="E_NO_COMMIT") as caught, fetch.local(clone) as home:
        fetch.fetch(["64.74"], tmp_path / "out", home)
    assert f"fetch origin {'1' * 40}" in caught.value.hint("id")
    with pytest.raises(InputError, match="E_NO_REPOSITORY"), fetch.local(tmp_path):
        pass
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    with pytest.raises(InputError, match="E_GIT"), fetch.local(tmp_path / "empty") as home:
        fetch.fetch(["64.74"], tmp_path / "out", home)


@needs_git
def test_git_fetches_one_commit_and_only_the_files_asked_for(clone: Path, tmp_path: Path) -> None:
    """The way the network goes, over a local address: no history, no other files."""
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        git(clone, "config", key, "true")
    bare = tmp_path / "bare.git"
    fetch_git.fetch_commit(f"file://{clone}", fetch.COMMIT, bare)
    with fetch_git.Repository(bare, fetch.COMMIT, local=False) as repository:
        assert repository.names("db/kel/64") == [f"wilayah_boundaries_kel_64.{n}.sql" for n in ("72", "74")]
        assert repository.names("db/none") == []
        assert repository.content("db/kel/64/wilayah_boundaries_kel_64.72.sql") == sql("64.72").encode()
        assert repository.content("db/kel/64/none.sql") is None
    other = git(clone, "rev-parse", "HEAD:db/kel/64/wilayah_boundaries_kel_64.74.sql")
    assert other not in git(bare, "cat-file", "--batch-check", "--batch-all-objects")
    with pytest.raises(InputError, match="E_FETCH"):
        fetch_git.fetch_commit(f"file://{clone}", "1" * 40, tmp_path / "none.git")


# From a plain copy, and over HTTP


@needs_shared
def test_a_plain_copy_is_proven_by_the_hashes_we_know(tmp_path: Path) -> None:
    folder = copy(tmp_path / "copy")
    with fetch.local(folder) as home:
        found, _ = fetch.fetch(["64.74.01"], tmp_path / "out", home)
    assert [item.proof for item in found] == ["sha256"]
    with fetch.local(folder) as home, pytest.raises(InputError, match="E_UNPINNED") as caught:
        fetch.fetch(["64.72", "64.74"], tmp_path / "out", home)
    assert "64.72" in caught.value.message("id")
    with fetch.local(folder) as home:
        found, _ = fetch.fetch(["64.72", "64.74"], tmp_path / "out", home, unpinned=True)
    assert [item.proof for item in found] == ["none", "sha256"]


def test_a_known_file_that_differs_by_a_byte_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    folder = copy(tmp_path / "copy")
    file = folder / "db/kel/64/wilayah_boundaries_kel_64.74.sql"
    file.write_bytes(file.read_bytes() + b"\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / file.name).write_text("dulu", encoding="utf-8")
    with fetch.local(folder) as home, pytest.raises(InputError, match="E_FETCH_HASH"):
        fetch.fetch(["64.74"], out, home, unpinned=True)  # even so
    assert [path.read_text(encoding="utf-8") for path in out.iterdir()] == ["dulu"]


@needs_shared
def test_from_a_mirror_over_http(tmp_path: Path) -> None:
    with served(copy(tmp_path / "copy")) as address, fetch.network(address) as home:
        found, absent = fetch.fetch(["64.74"], tmp_path / "out", home)
        assert (found[0].proof, absent) == ("sha256", [])
        with pytest.raises(InputError, match="E_UNPINNED"):
            fetch.fetch(["64.72"], tmp_path / "out", home)
        _, absent = fetch.fetch(["64.71", "64.72"], tmp_path / "out", home, unpinned=True)
        assert absent == ["64.71"]


class Trouble(BaseHTTPRequestHandler):
    """A server that has nothing good to give."""

    def do_GET(self) -> None:
        if "64.74" in self.path:
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 20))
            self.end_headers()
            self.wfile.write(b"x" * (1 << 17))  # and no more
        elif "64.72" in self.path:
            self.send_response(503)
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            for _ in range(80):
                self.wfile.write(b"x" * (1 << 20))

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True


def test_a_server_that_stops_refuses_or_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "LIMIT", 1 << 22)
    with served(tmp_path, Trouble) as address, fetch.network(address) as home:
        for regency, code in (("64.74", "E_FETCH"), ("64.72", "E_FETCH"), ("64.71", "E_TOO_LARGE")):
            with pytest.raises(InputError, match=f"^{code}: "):
                fetch.fetch([regency], tmp_path / "out", home, unpinned=True)
    assert list((tmp_path / "out").iterdir()) == []


def test_without_a_network_it_says_so_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with fetch.network(dead) as home, pytest.raises(InputError, match="E_FETCH") as caught:
        fetch.fetch(["64.74"], tmp_path / "out", home)
    assert "--repo" in caught.value.hint("id")
    monkeypatch.setattr(fetch, "HOME", f"{dead}/wilayah.git")
    if fetch_git.available():
        with pytest.raises(InputError, match="E_FETCH"), fetch.network():
            pass
    with pytest.raises(ConfigError, match="E_ADDRESS"), fetch.network("file:///etc"):
        pass


@pytest.mark.parametrize(
    ("area", "found"),
    [
        (["64.08"], ["64.08"]),
        (["64.08.01.2001", "64.74.01"], ["64.08", "64.74"]),
        (["64"], ["64.01", "64.02", "64.03", "64.07", "64.08", "64.09", "64.11", "64.71", "64.72", "64.74"]),
        (["6408"], "E_AREA_NOT_CODE"),
        (["../x"], "E_AREA_NOT_CODE"),
        (["64.08", "64.99"], "E_NO_REGENCY"),
        (["99"], "E_NO_REGENCY"),
    ],
)
def test_the_regencies_of_an_area(area: list[str], found: list[str] | str) -> None:
    if isinstance(found, list):
        assert fetch.regencies(area) == found
    else:
        with pytest.raises(ConfigError, match=found):
            fetch.regencies(area)


# The command


@needs_git
def test_get_reports_what_changes_and_adds_the_source_when_asked(clone: Path, tmp_path: Path) -> None:
    folder = fill(tmp_path / "ruang")
    text = run("get", "--area", "64.72", "--out", folder / "batas", "--repo", clone, "--workspace", folder)
    for said in ("versi git", "Perubahan terhadap batas bawaan", "Pohon wilayah utuh", "Ditambahkan ke", "[[source]]"):
        assert said in text
    source = settings.load(folder).source[-1]
    assert (source.kind, source.reader, source.licence) == ("boundaries", "cahyadsn_sql", "MIT")
    assert source.path == ["batas/wilayah_boundaries_kel_64.72.sql"]
    assert source.paths(folder)[0].is_file()
    with pytest.raises(ConfigError, match="E_ONE_BOUNDARY"):
        run("get", "--area", "64.72", "--out", folder / "batas", "--repo", clone, "--workspace", folder)
    text = run("get", "--area", "64.72", "--out", tmp_path / "lain", "--repo", clone)
    block = tomllib.loads(text[text.index("[[source]]") :])
    assert block["source"][0]["path"] == [str(tmp_path / "lain" / "wilayah_boundaries_kel_64.72.sql")]


def test_adding_a_source_leaves_every_byte_before_it(tmp_path: Path) -> None:
    folder = fill(tmp_path / "ruang")
    path = folder / "petarawan.toml"
    before = path.read_bytes().replace(b"\n", b"\r\n").rstrip() + b"  # akhir"
    path.write_bytes(before)
    block = lines([folder / 'desa "baru".sql'], folder, "1" * 40)
    add_to(folder, block)
    assert path.read_bytes().startswith(before)
    assert settings.load(folder).source[-1].path == ['desa "baru".sql']
    assert sorted(item.name for item in folder.iterdir()) == ["kejadian.csv", "petarawan.toml"]
    with pytest.raises(ConfigError, match="E_ONE_BOUNDARY"):
        add_to(folder, block)


def test_compare_with_itself_finds_nothing() -> None:
    tree = build_tree(embedded.read(Source(kind="boundaries", reader="embedded"), []), ["64.74"])
    for change in compare(tree, tree):
        assert (change.added, change.lost, change.renamed, change.moved) == ((), (), (), ())
        assert change.other_share == pytest.approx(0.0, abs=1e-12)
        assert change.both == len(tree.at_level(change.level))


@needs_shared
def test_compare_gives_the_shares_that_were_measured(tmp_path: Path) -> None:
    """Kutai Timur and Bontang: land with another code was measured at .443, .220 and .096 for desa, kecamatan, kabupaten."""
    files = [SHARED / "boundaries" / f"wilayah_boundaries_kel_{kode}.sql.gz" for kode in ("64.08", "64.74")]
    after = build_tree(cahyadsn_sql.read(Source(kind="boundaries", reader="cahyadsn_sql"), files), ["64"])
    before = build_tree(embedded.read(Source(kind="boundaries", reader="embedded"), []), ["64.08", "64.74"])
    share = {item.level: item.other_share for item in compare(before, after)}
    assert share[4] == pytest.approx(0.443, abs=0.01)
    assert share[3] == pytest.approx(0.220, abs=0.01)
    assert share[2] == pytest.approx(0.096, abs=0.01)
    text = run("compare", *files)
    assert "Berpindah kode" in text
    assert "64.74 Kota Bontang" in text


def test_compare_names_what_is_new_gone_renamed_and_moved(tmp_path: Path) -> None:
    frame = made.rbi(made.bontang())
    frame.loc[0, ["KDEPUM", "WADMKD"]] = ["64.74.01.1099", "Desa Baru"]
    frame.loc[1, "WADMKD"] = "Nama Lain"
    frame.loc[2, "WADMKD"] = frame.loc[2, "WADMKD"].upper()  # spelling only
    frame = frame.drop(columns="LUAS")
    frame.geometry = [shape.buffer(0.02) if i == 4 else shape for i, shape in enumerate(frame.geometry)]
    text = run("compare", made.write_json(tmp_path / "a.json", frame), "--reader", "rbi10k")
    rows = made.bontang()
    assert "baru (1): 64.74.01.1099" in text
    assert f"hilang (1): {rows['kode'][0]}" in text
    assert f"berganti nama (1): {rows['kode'][1]} {rows['name'][1]} → Nama Lain" in text
    assert f"{rows['kode'][4]} {rows['name'][4]}" in text
    far = made.write_json(
        tmp_path / "b.json",
        made.rbi(made.bontang()).assign(
            KDEPUM=[f"65.74.01.{1001 + i}" for i in range(15)], KDCPUM="65.74.01", KDPKAB="65.74", KDPPUM="65"
        ),
    )
    assert "tidak ada yang dapat dibandingkan" in run("compare", far, "--reader", "rbi10k")


def test_a_folder_stands_for_the_boundary_files_in_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="E_NO_BOUNDARY_FILES"):
        run("check", tmp_path)
    (tmp_path / "baca.txt").write_text("x", encoding="utf-8")
    (tmp_path / "a.sql").write_text(sql("64.72"), encoding="utf-8")
    assert "Pohon wilayah utuh" in run("check", tmp_path)


def test_check_tells_the_people_a_file_counts(tmp_path: Path) -> None:
    text = run("check", made.write_json(tmp_path / "a.json", made.dukcapil(made.bontang())), "--reader", "dukcapil")
    assert "10.500 jiwa di 15 desa" in text


def test_fault_048_check_writes_the_whole_list_of_what_had_no_match(tmp_path: Path) -> None:
    frame = made.gadm(made.bontang())
    frame.loc[[0, 3, 5], ["NAME_4", "CC_4"]] = "TidakAda", "NA"
    file = made.write_json(tmp_path / "a.json", frame)
    text = run("check", file, "--reader", "gadm", "--accept-licence", "--out", tmp_path)
    assert "3 baris dikarantina" in text
    assert "R_UNMATCHED" in text
    rows = (tmp_path / "quarantine" / "batas.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 4
    assert all("Tidak Ada, Bontang Utara, Bontang, Kalimantan Timur" in row for row in rows[1:3])
