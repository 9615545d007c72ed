"""The cahyadsn SQL reader: its tokenizer, its traps, and the real files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, InputError
from core.settings import Source
from geo.layer import Layer
from geo.sources import cahyadsn_sql
from geo.sources.sql_values import Row, SqlFault, rows
from tests.places import SHARED, needs_shared

SOURCE = Source(kind="boundaries", reader="cahyadsn_sql")
HEAD = "INSERT INTO wilayah_boundaries(kode,nama,lat,lng,path) VALUES\n"


def square(lat: float, lng: float, size: float = 0.1) -> list[list[list[float]]]:
    """A polygon as `path` writes it: [lat, lng]."""
    a, b, c, d = lat, lng, lat + size, lng + size
    return [[[a, b], [a, d], [c, d], [c, b], [a, b]]]


def line(kode: str, path: object, name: str = "Desa") -> str:
    value = path if isinstance(path, str) else "'" + json.dumps(path) + "'"
    return f"('{kode}','{name}',0.1,117.1,{value})"


def read(folder: Path, text: str, source: Source = SOURCE) -> Layer:
    path = folder / "kel.sql"
    path.write_text(text, encoding="utf-8")
    return cahyadsn_sql.read(source, [path])


def reasons(layer: Layer) -> list[str]:
    return [item.code for item in layer.info.rejected]


def test_a_path_is_lat_lng_and_nesting_tells_the_kind(tmp_path: Path) -> None:
    text = HEAD + line("64.08.01.2001", square(0.5, 117.0)) + ",\n"
    text += line("64.08.01.2002", [square(0.7, 117.0), square(0.9, 117.0)]) + ";\n"
    layer = read(tmp_path, text)
    assert shapely.equals(layer.rows.geometry[0], shapely.box(117.0, 0.5, 117.1, 0.6))
    assert layer.rows.geometry[1].geom_type == "MultiPolygon"
    assert layer.rows["kecamatan"].tolist() == ["Muara Ancalong"] * 2
    assert layer.rows["kabupaten"][0] == "Kabupaten Kutai Timur"
    assert layer.rows["provinsi"][0] == "Kalimantan Timur"
    assert (layer.info.rows_in, len(layer.info.rejected)) == (2, 0)


def test_quotes_comments_other_statements_and_several_inserts(tmp_path: Path) -> None:
    text = "/* it's a header; with 'quotes' */\n-- don't stop\n# nor here's\nSET NAMES 'utf8';\n"
    text += "DROP TABLE IF EXISTS `wilayah_boundaries`;\n"
    text += "CREATE TABLE `wilayah_boundaries` (`kode` varchar(13), PRIMARY KEY (`kode`)) COMMENT='a;b';\n"
    text += "INSERT INTO other(kode,path) VALUES ('64.08.01.2009','[[[');\n"
    text += HEAD + line("64.08.01.2001", square(0.5, 117.0), "Ma''rang (Lama)") + ";\n"
    text += "insert ignore into `db`.`wilayah_boundaries` (`kode`, `nama`, `lat`, `lng`, `path`, `status`) values "
    text += f"('64.08.01.2002', 'Se\\'i; Baru', NULL, -1.5e2, '{json.dumps(square(0.7, 117.0))}', 1) ON DUPLICATE KEY UPDATE nama='x';\n"
    layer = read(tmp_path, text)
    assert layer.rows["name"].tolist() == ["Ma'rang (Lama)", "Se'i; Baru"]


@given(
    st.lists(st.tuples(st.text(), st.one_of(st.none(), st.text(), st.floats(-1e6, 1e6))), min_size=1, max_size=8),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_whatever_was_written_is_read_back(written: list[tuple[str, str | float | None]], backslash: bool) -> None:
    def quoted(value: str | float | None) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, float):
            return repr(value)
        escaped = value.replace("\\", "\\\\").replace("'", "\\'" if backslash else "''")
        return f"'{escaped}'"

    tuples = [f"({quoted(name)} /* ' */ , {quoted(value)})" for name, value in written]
    text = "-- '\nINSERT INTO t (a, b) VALUES " + ",\n".join(tuples) + ";"
    found = list(rows(text))
    assert [row.values for row in found] == [tuple(item) for item in written]
    assert {(row.table, row.columns) for row in found} == {("t", ("a", "b"))}


def test_rows_know_their_line() -> None:
    assert [row.line for row in rows("\n\nINSERT INTO t VALUES\n('a'),\n('b\n\n'),\n('c');")] == [4, 5, 8]
    assert next(rows("INSERT INTO t VALUES (1)")) == Row("t", (), (1.0,), 1)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("INSERT INTO t VALUES\n('a'),\n('b','never closed);\n", "E_SQL_QUOTE", 3),
        ("INSERT INTO t VALUES\n('a','closed by the next);\n('b');", "E_SQL_ROW", 2),
        ("INSERT INTO t VALUES ('a'", "E_SQL_ROW", 1),
        ("INSERT INTO t VALUES\n(SELECT 1);", "E_SQL_ROW", 2),
    ],
)
def test_a_cut_or_strange_statement_names_its_line(text: str, code: str, at: int) -> None:
    with pytest.raises(SqlFault) as caught:
        list(rows(text))
    assert (caught.value.code, caught.value.line) == (code, at)


def test_a_cut_file_is_an_input_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_SQL_QUOTE") as caught:
        read(tmp_path, HEAD + line("64.08.01.2001", square(0.5, 117.0))[:-4])
    assert caught.value.place.row == 2
    assert caught.value.message("id")
    assert caught.value.hint("en")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E_EMPTY_FILE"),
        (b" \n", "E_EMPTY_FILE"),
        (gzip.compress(b"x" * 5000, mtime=0)[:30], "E_GZIP"),
        (b"\x1f\x8bnot gzip at all", "E_GZIP"),
        (b"\xff\xfe\x00bad", "E_NOT_UTF8"),
        (b"SELECT 1;", "E_SQL_NONE"),
        (b"INSERT INTO other VALUES (1);", "E_SQL_NONE"),
    ],
)
def test_unusable_files_say_what_they_are(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "kel.sql"
    path.write_bytes(content)
    with pytest.raises(InputError, match=code):
        cahyadsn_sql.read(SOURCE, [path])


def test_no_path_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="E_PATH_NEEDED"):
        cahyadsn_sql.read(SOURCE, [])
    with pytest.raises(InputError, match="E_NO_FILE"):
        cahyadsn_sql.read(SOURCE, [tmp_path / "none.sql"])


def test_gzip_with_a_bom_is_the_same_as_plain(tmp_path: Path) -> None:
    text = HEAD + line("64.08.01.2001", square(0.5, 117.0)) + ";"
    packed = tmp_path / "kel.sql.gz"
    packed.write_bytes(gzip.compress("\ufeff".encode() + text.encode()))
    assert cahyadsn_sql.read(SOURCE, [packed]).rows.equals(read(tmp_path, text).rows)


def test_several_files_are_one_layer_and_the_same_code_twice_is_refused(tmp_path: Path) -> None:
    for i, kode in enumerate(("64.74.01.1001", "64.08.01.2001")):
        (tmp_path / f"{i}.sql").write_text(HEAD + line(kode, square(0.5 + i, 117.0)) + ";", encoding="utf-8")
    files = [tmp_path / "0.sql", tmp_path / "1.sql"]
    assert cahyadsn_sql.read(SOURCE, files).rows["kode"].tolist() == ["64.08.01.2001", "64.74.01.1001"]
    with pytest.raises(InputError, match="E_CODE_TWICE"):
        cahyadsn_sql.read(SOURCE, [*files, files[0]])


GOOD = line("64.08.01.2001", square(0.5, 117.0)) + ",\n" + line("64.08.01.2002", square(0.7, 117.0)) + ",\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line("64.08.01", square(1.5, 117.0)), "R_NOT_VILLAGE"),
        (line("64.08.1.2003", square(1.5, 117.0)), "R_VILLAGE_CODE"),
        ("('64.08.01.2003','x',1)", "R_SQL_COLUMNS"),
        (f"(64.08,'x',1,1,'{square(1.5, 117.0)}')", "R_SQL_COLUMNS"),
        (line("64.08.01.2003", "'not json'"), "R_POLYGON_JSON"),
        (line("64.08.01.2003", "'[[[NaN,117.0]]]'"), "R_POLYGON_JSON"),
        (line("64.08.01.2003", "'12'"), "R_POLYGON_NESTING"),
        (line("64.08.01.2003", [[0.5, 117.0], [0.6, 117.0]]), "R_POLYGON_NESTING"),
        (line("64.08.01.2003", [[["0.5", "117.0"]] * 4]), "R_POLYGON_NUMBER"),
        (line("64.08.01.2003", [[[0.5, 117.0], [0.6]]]), "R_POLYGON_NUMBER"),
        (line("64.08.01.2003", [[[0.5, 117.0], [0.6, 117.0]]]), "R_POLYGON_RING"),
        (line("64.08.01.2003", [square(1.5, 117.0)[0][:-1]]), "R_POLYGON_OPEN"),
        (line("64.08.01.2003", square(1.5, 17.0)), "R_POLYGON_OUTSIDE"),
        (line("64.08.01.2003", square(1e300, 117.0)), "R_POLYGON_OUTSIDE"),
        (line("64.08.01.2003", square(117.0, 0.5)), "R_POLYGON_SWAPPED"),
        (line("64.08.01.2003", square(50000.0, 500000.0, 100.0)), "R_POLYGON_METRES"),
        (
            line("64.08.01.2003", [[[0.5, 117.0], [0.6, 117.1], [0.5, 117.1], [0.6, 117.0], [0.5, 117.0]]]),
            "R_POLYGON_MEND",
        ),
        (line("64.08.01.2003", [[[0.5, 117.0], [0.6, 117.1], [0.7, 117.2], [0.5, 117.0]]]), "R_POLYGON_FLAT"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason_and_the_rest_is_used(tmp_path: Path, row: str, reason: str) -> None:
    layer = read(tmp_path, HEAD + GOOD + row + ";\n")
    assert reasons(layer) == [reason]
    assert layer.info.rejected[0].place.row == 4
    assert (layer.info.rows_in, len(layer.rows)) == (3, 2)
    assert layer.info.ledger().reasons == {reason: 1}


def test_a_whole_swapped_file_is_one_error_not_a_quarantine(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_SWAPPED_FILE"):
        read(tmp_path, HEAD + ",".join(line(f"64.08.01.200{i}", square(117.0 + i, 0.5)) for i in range(3)) + ";")


def test_only_upper_levels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="E_NO_VILLAGES") as caught:
        read(tmp_path, HEAD + line("64.08", square(0.5, 117.0)) + ";")
    assert "R_NOT_VILLAGE" in caught.value.message("en")


@needs_shared
def test_the_real_files_of_kutai_timur_and_bontang() -> None:
    files = [SHARED / "boundaries" / f"wilayah_boundaries_kel_{kode}.sql.gz" for kode in ("64.08", "64.74")]
    layer = cahyadsn_sql.read(SOURCE, files)
    kode = layer.rows["kode"]
    assert (len(kode), kode.str[:8].nunique(), kode.str[:5].nunique()) == (156, 21, 2)
    assert (layer.info.rows_in, len(layer.info.rejected)) == (156, 0)
    west, south, east, north = shapely.total_bounds(layer.rows.geometry.to_numpy())
    assert (115 < west < east < 120, -1 < south < north < 3) == (True, True)
    assert layer.rows.set_index("kode").loc["64.74.01.1001", "name"] == "Bontang Kuala"
    assert layer.rows.set_index("kode").loc["64.74.01.1001", "kecamatan"] == "Bontang Utara"
