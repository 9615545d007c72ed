"""Promises of the register, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError, NotFoundError, RegisterError
from store.manifest import Warning_
from store.register import ACCEPTED, ALWAYS, DUPLICATE, QUARANTINED, Filter, Possible, Register, models, open_register
from store.register.database import writing
from tests.registers import HAPPENED, NOW, TODAY, WHO, WHY, draft, held, incident, later, new, report, site

END = date(2100, 1, 1)


@pytest.fixture
def register(tmp_path: Path, register_url: str | None) -> Iterator[Register]:
    with open_register(tmp_path, register_url) as made:
        yield made


def outcomes(register: Register, import_id: str, *items: object) -> list[str]:
    return [told.outcome for told in register.add_batch(import_id, list(items), NOW)]  # type: ignore[arg-type]


def keys(register: Register, as_of: date = END, kind: str = "incidents") -> list[tuple[str, int]]:
    return [(row["key"], row["version"]) for row in register.known(kind, as_of)]


def test_an_import_keeps_every_row_and_its_ledger_adds_up(register: Register) -> None:
    line = register.begin_import(draft(), NOW)
    assert (line.state, line.draft) == ("open", draft())
    assert outcomes(register, line.id, new(1), held(2), new(3, fingerprint="f0001"), new(4)) == [
        ACCEPTED,
        QUARANTINED,
        DUPLICATE,
        ACCEPTED,
    ]
    done = register.finish_import(line.id, 5, [Warning_("DATE_ORDER", {"rows": 2})], NOW, empty=1)
    assert (done.state, done.rows_in, done.accepted, done.quarantined, done.duplicates) == ("done", 5, 3, 1, 1)
    assert (done.records, done.revised, dict(done.reasons)) == (2, 0, {"R_DATE": 1})
    assert done.warnings == (Warning_("DATE_ORDER", {"rows": 2}),)
    assert register.import_line(line.id) == done
    assert register.imports() == [done]


def test_the_rows_of_every_outcome_can_be_read_again(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1), held(2), new(3, fingerprint="f0001"), new(4), held(5, "R_COUNT"))
    assert [(row.number, row.row, row.key) for row in register.import_rows("impor-1", ACCEPTED)] == [
        (1, 2, "k0001"),
        (4, 5, "k0004"),
    ]
    assert [(row.number, row.key) for row in register.import_rows("impor-1", DUPLICATE)] == [(3, "k0001")]
    first, second = register.import_rows("impor-1", QUARANTINED)
    given = held(2)
    assert (first.code, first.column, first.value, first.sheet) == (given.code, given.column, given.value, given.sheet)
    assert (dict(first.params), dict(first.raw), first.row) == (given.params, given.raw, 3)
    assert second.code == "R_COUNT"
    assert register.import_rows("impor-1", QUARANTINED, after=2) == [second]
    assert register.import_rows("impor-1", QUARANTINED, limit=1) == [first]


def test_a_file_row_that_makes_several_records_counts_once(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1, key="a", fingerprint="fa"), new(1, key="b", fingerprint="fb"), new(2))
    outcomes(register, "impor-1", new(3, key="c", fingerprint="fa"), new(3, key="d", fingerprint="fd"))
    done = register.finish_import("impor-1", 3, [], NOW)
    assert (done.accepted, done.duplicates, done.records) == (3, 0, 4)
    assert [row.key for row in register.import_rows("impor-1", ACCEPTED, limit=1)] == ["a", "b"]


def test_fault_020_the_same_file_again_adds_nothing(register: Register) -> None:
    for _ in range(3):
        line = register.begin_import(draft(), NOW)
        outcomes(register, line.id, new(1), held(2), new(3, fingerprint="f0001"))
        done = register.finish_import(line.id, 3, [], NOW)
    assert (done.accepted, done.quarantined, done.duplicates, done.records) == (1, 1, 1, 1)
    other = register.begin_import(draft("impor-2"), later(1))
    assert outcomes(register, other.id, new(1)) == [DUPLICATE]
    assert register.finish_import(other.id, 1, [], NOW).duplicates == 1
    assert keys(register) == [("k0001", 1)]


def test_a_batch_told_twice_counts_as_accepted_twice_but_stands_once(register: Register) -> None:
    register.begin_import(draft(), NOW)
    items = (new(1), new(2, fingerprint="f0001"), held(3), new(4, key="k0001"))
    assert outcomes(register, "impor-1", *items) == outcomes(register, "impor-1", *items)
    done = register.finish_import("impor-1", 4, [], NOW)
    assert (done.accepted, done.duplicates, done.quarantined, done.records, done.revised) == (2, 1, 1, 2, 1)


def test_a_ledger_that_does_not_add_up_is_refused(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1))
    with pytest.raises(RegisterError, match="E_REGISTER_LEDGER"):
        register.finish_import("impor-1", 2, [], NOW)
    assert register.import_line("impor-1").state == "open"


def test_a_batch_is_written_wholly_or_not_at_all(register: Register) -> None:
    register.begin_import(draft(), NOW)
    for wrong in (
        new(2, incident(kind=None)),
        new(2, incident(colour="red")),
        new(2, incident(text=object())),
        new(2, incident(deaths=2**40)),
        new(2, verification="sure"),
    ):
        with pytest.raises(ValueError):
            register.add_batch("impor-1", [new(1), held(3), wrong], NOW)
        assert register.import_rows("impor-1", ACCEPTED) == register.import_rows("impor-1", QUARANTINED) == []
    with pytest.raises(NotFoundError, match="E_IMPORT_UNKNOWN"):
        register.add_batch("impor-9", [new(1)], NOW)


def test_other_content_under_a_known_key_is_a_new_version_never_a_second_record(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1))
    register.begin_import(draft("impor-2"), later(30))
    told = register.add_batch("impor-2", [new(1, incident(deaths=1), fingerprint="f9")], later(30))
    assert (told[0].outcome, told[0].key, told[0].version) == (ACCEPTED, "k0001", 2)
    assert register.finish_import("impor-2", 1, [], NOW).revised == 1
    assert [item.content["deaths"] for item in register.history("k0001")] == [None, 1]
    assert len(register.reports()) == 1


def test_a_later_import_never_undoes_what_came_after_it(register: Register) -> None:
    """The content of the first file, sent again under another name, is a duplicate: the correction stays."""
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1))
    register.correct("k0001", {"deaths": 3}, WHO, WHY, later(1))
    register.begin_import(draft("impor-2"), later(2))
    assert outcomes(register, "impor-2", new(7, key="k0001", fingerprint="f0001")) == [DUPLICATE]
    assert register.reports()[0].content["deaths"] == 3


def test_since_when_a_record_counts_as_known(register: Register) -> None:
    register.begin_import(draft(), NOW)
    told = date(2024, 5, 5)
    outcomes(register, "impor-1", new(1), new(2, known_on=told))
    register.begin_import(draft("impor-2", "sites"), NOW)
    outcomes(register, "impor-2", new(1, site(), occurred_on=None))
    made = register.add_report(report(), WHO, WHY, NOW)
    since = {item.key: (item.known_on, item.known_assumed) for item in register.reports()}
    assert since == {"k0001": (HAPPENED, True), "k0002": (told, False), made.key: (TODAY, False)}
    (place,) = register.reports(kind="sites")
    assert (place.known_on, place.known_assumed) == (ALWAYS, True)
    backdated = register.add_report(report(known_on=told, deaths=1), WHO, WHY, NOW)
    assert backdated.known_on == told


def test_the_day_a_report_is_recorded_is_the_day_at_its_place(register: Register) -> None:
    evening = NOW.replace(hour=16, minute=30)  # 23.30 WIB, 00.30 WITA of the next day, 01.30 WIT
    days = {
        kode[:2]: register.add_report(report(kode=kode), WHO, WHY, evening).known_on
        for kode in ("61.01", "64.74", "81.01")
    }
    assert days == {"61": TODAY, "64": TODAY + timedelta(days=1), "81": TODAY + timedelta(days=1)}


def test_a_correction_changes_nothing_that_was_known_before(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1))
    before = list(register.known("incidents", TODAY))
    register.correct("k0001", {"deaths": 2}, WHO, WHY, later(3))
    register.verify("k0001", "rejected", WHO, "bukan kejadian", later(5))
    assert list(register.known("incidents", TODAY)) == before
    assert [row["deaths"] for row in register.known("incidents", TODAY + timedelta(days=3))] == [2]
    assert keys(register, TODAY + timedelta(days=5)) == []
    with pytest.raises(InputError, match="E_REGISTER_KNOWN"):
        register.correct("k0001", {"deaths": 5}, WHO, WHY, later(9), known_on=TODAY)


def test_a_revision_by_import_counts_from_the_day_it_came(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1))
    register.begin_import(draft("impor-2"), later(10))
    register.add_batch("impor-2", [new(1, incident(deaths=1), fingerprint="f9", known_on=HAPPENED)], later(10))
    assert keys(register, TODAY) == [("k0001", 1)]
    assert keys(register, TODAY + timedelta(days=10)) == [("k0001", 2)]


def test_only_what_was_verified_is_published_and_a_change_nobody_judged_waits(register: Register) -> None:
    made = register.add_report(report(), WHO, WHY, NOW)
    assert keys(register) == []
    register.verify(made.key, "verified", WHO, "dicek camat", NOW)
    assert keys(register) == [(made.key, 2)]
    register.begin_import(draft(), later(1))
    changed = new(1, incident(deaths=9), key=made.key, verification="unverified")
    register.add_batch("impor-1", [changed], later(1))
    assert keys(register) == [(made.key, 2)], "an unverified change neither counts nor hides what was verified"
    register.verify(made.key, "verified", WHO, "cocok", later(2))
    assert [row["deaths"] for row in register.known("incidents", END)] == [9]
    register.verify(made.key, "doubtful", WHO, "ditarik", later(3))
    assert keys(register) == []
    left = register.known_summary("incidents", END)
    assert (left.published, left.doubtful, left.unverified, left.open_imports) == (0, 1, 0, 1)
    early = register.known_summary("incidents", TODAY)
    assert (early.published, early.doubtful, early.later) == (1, 0, 0)
    assert register.known_summary("incidents", HAPPENED).later == 1


def test_every_version_says_who_and_why_and_stays(register: Register) -> None:
    made = register.add_report(report(text="Ribut"), WHO, WHY, NOW)
    register.verify(made.key, "verified", "Camat", "hadir di lokasi", later(1))
    register.correct(made.key, {"injured": 4, "outcome": "mediated"}, "Polsek", "laporan RSUD", later(2))
    story = [(item.version, item.who, item.why, item.verification) for item in register.history(made.key)]
    assert story == [
        (1, WHO, WHY, "unverified"),
        (2, "Camat", "hadir di lokasi", "verified"),
        (3, "Polsek", "laporan RSUD", "verified"),
    ]
    assert [item.recorded_at for item in register.history(made.key)] == [NOW, later(1), later(2)]
    last = register.history(made.key)[-1]
    assert (last.content["injured"], last.content["outcome"], last.content["text"]) == (4, "mediated", "Ribut")
    assert last.content["severity"] == pytest.approx(0.8 + 0.8)


def test_what_stood_in_the_register_at_a_moment_can_be_asked(register: Register) -> None:
    made = register.add_report(report(), WHO, WHY, NOW)
    register.correct(made.key, {"deaths": 1}, WHO, WHY, later(2))
    assert [item.version for item in register.reports(recorded_by=later(1))] == [1]
    assert [item.version for item in register.reports(recorded_by=later(2))] == [2]
    assert register.reports(recorded_by=later(-1)) == []
    assert [item.version for item in register.reports(as_of=TODAY)] == [1]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda r, key: r.correct(key, {"deaths": 1}, " ", WHY, NOW), "E_REGISTER_SIGNED"),
        (lambda r, key: r.correct(key, {"deaths": 1}, WHO, "", NOW), "E_REGISTER_SIGNED"),
        (lambda r, key: r.add_report(report(deaths=1), "", WHY, NOW), "E_REGISTER_SIGNED"),
        (lambda r, key: r.correct(key, {"kind": "riot"}, WHO, WHY, NOW), "E_REGISTER_SAME"),
        (lambda r, key: r.verify(key, "unverified", WHO, WHY, NOW), "E_REGISTER_SAME"),
        (lambda r, key: r.verify(key, "sure", WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.correct(key, {"colour": "red"}, WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.correct(key, {"severity": 9.0}, WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.correct(key, {"deaths": -1}, WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.correct(key, {"kind": None}, WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.correct(key, {"kode": "6474"}, WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.correct(key, {"deaths": 1}, WHO, WHY, NOW, known_on=date(2030, 1, 1)), "E_REGISTER_KNOWN"),
        (lambda r, key: r.verify("nothing", "verified", WHO, WHY, NOW), "E_REPORT_UNKNOWN"),
        (lambda r, key: r.history("a\0b"), "E_REPORT_UNKNOWN"),
        (lambda r, key: r.add_report(report(id=key, deaths=3), WHO, WHY, NOW), "E_REPORT_KEY"),
        (lambda r, key: r.add_report(report(occurred_on=date(2030, 1, 1)), WHO, WHY, NOW), "E_REPORT"),
        (lambda r, key: r.import_line("nothing"), "E_IMPORT_UNKNOWN"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_and_leaves_the_record_alone(register: Register, act: object, code: str) -> None:
    made = register.add_report(report(), WHO, WHY, NOW)
    with pytest.raises((InputError, NotFoundError)) as caught:
        act(register, made.key)  # type: ignore[operator]
    assert caught.value.code == code
    for lang in ("id", "en"):
        assert caught.value.message(lang)
        assert caught.value.hint(lang)
    assert register.history(made.key) == [made]
    assert len(register.reports()) == 1


def test_a_report_sent_twice_stays_one(register: Register) -> None:
    made = register.add_report(report(text="Ribut"), WHO, WHY, NOW)
    assert register.add_report(report(text="Ribut"), "Budi", "lagi", later(1)) == made
    other = register.add_report(report(text="Ribut lagi"), WHO, WHY, NOW)
    assert other.key != made.key
    assert made.key.startswith("lap-")


def test_personal_data_in_the_words_is_flagged_as_it_comes_in(register: Register) -> None:
    told = "Sdr. Budi Santoso, NIK 6472011205900001, HP 0812-3456-7890, KT 1234 AB"
    made = register.add_report(report(text=told), WHO, WHY, NOW)
    assert made.flags == ("name", "nik", "phone", "plate")
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1, incident(text=told)), new(2), new(3, incident(text=told), flags=()))
    register.begin_import(draft("impor-2", "sites"), NOW)
    outcomes(register, "impor-2", new(1, site(name="Galian H. Mahmud"), occurred_on=None))
    assert {item.key: item.flags for item in register.reports(Filter(import_id="impor-1"))} == {
        "k0001": made.flags,
        "k0002": (),
        "k0003": (),
    }
    assert {item.key for item in register.reports(Filter(flagged=True))} == {made.key, "k0001"}
    assert register.reports(kind="sites")[0].flags == ("name",)
    cleaned = register.correct(made.key, {"text": "Seorang warga terluka"}, WHO, "tanpa nama", NOW)
    assert cleaned.flags == ()


def test_records_are_found_by_place_day_kind_state_and_import(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(
        register,
        "impor-1",
        new(1, incident(kode="64.08.01.2001", occurred_on=date(2024, 1, 1))),
        new(2, incident(kode="64.08.10", precision="district", kind="crime")),
        new(3, incident(kode="64.74"), verification="doubtful"),
    )
    lap = register.add_report(report(), WHO, WHY, NOW).key

    def found(**wanted: object) -> set[str]:
        return {item.key for item in register.reports(Filter(**wanted))}  # type: ignore[arg-type]

    assert found() == {"k0001", "k0002", "k0003", lap}
    assert found(kode="64.08") == {"k0001", "k0002"}
    assert found(kode="64.08.1") == set(), "64.08.1 is no part of 64.08.10"
    assert found(since=date(2024, 1, 2)) == {"k0002", "k0003", lap}
    assert found(until=date(2024, 1, 1)) == {"k0001"}
    assert found(what="crime") == {"k0002"}
    assert found(verification="doubtful") == {"k0003"}
    assert found(import_id="impor-1") == {"k0001", "k0002", "k0003"}


def test_pages_hold_every_record_once_the_latest_first(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", *(new(n) for n in range(1, 26)))
    seen: list[str] = []
    after = None
    while page := register.reports(after=after, limit=7):
        seen += [item.key for item in page]
        after = page[-1].seq
    assert seen == [f"k{n:04}" for n in range(25, 0, -1)]
    assert [item.key for item in register.each()] == seen


def test_pairs_that_may_be_the_same_are_kept_once(register: Register) -> None:
    register.begin_import(draft(), NOW)
    pair, likelier = Possible("a", "b", 80.0, "same_day"), Possible("a", "c", 91.5, "same_place")
    register.add_possible("impor-1", [pair])
    register.add_possible("impor-1", [pair, likelier])
    register.add_possible("impor-1", [])
    assert register.possible("impor-1") == [likelier, pair]
    assert register.possible("impor-2") == []


@pytest.mark.parametrize("kind", ["tps", "sites", "posts"])
def test_the_other_kinds_keep_their_columns_and_do_not_meet(register: Register, kind: str) -> None:
    contents = {
        "tps": {
            "name": "TPS 1",
            "voters": 300,
            "precision": "village",
            "kode": "64.74.01.1001",
            "lon": None,
            "lat": None,
        },
        "sites": site(),
        "posts": {
            "name": "Polsek",
            "kind": "polsek",
            "precision": "exact",
            "kode": "64.74.01.1001",
            "lon": 117.5,
            "lat": 0.1,
        },
    }
    for name, content in contents.items():
        register.begin_import(draft(name, name), NOW)
        outcomes(register, name, new(1, content, occurred_on=None))
    (row,) = register.known(kind, END)
    assert {name: row[name] for name in contents[kind]} == contents[kind]
    changed = register.correct("k0001", {"name": "Baru"}, WHO, WHY, NOW, kind=kind)
    assert changed.content["name"] == "Baru"
    assert [item.version for item in register.history("k0001", kind=kind)] == [1, 2]
    assert sum(len(register.history("k0001", kind=other)) for other in contents) == 4
    with pytest.raises(InputError, match="E_REPORT"):
        register.correct("k0001", {"name": None}, WHO, WHY, NOW, kind=kind)


def test_nothing_is_ever_updated_or_deleted(register: Register) -> None:
    register.begin_import(draft(), NOW)
    outcomes(register, "impor-1", new(1), held(2))
    register.begin_import(draft("impor-2", "sites"), NOW)
    outcomes(register, "impor-2", new(1, site(), occurred_on=None))
    register.add_possible("impor-1", [Possible("a", "b", 80.0, "")])
    register.finish_import("impor-1", 2, [], NOW)
    statements = [f"DELETE FROM {name}" for name in models.metadata.tables]
    statements += [
        f'UPDATE {name} SET "{next(iter(table.c)).name}" = NULL' for name, table in models.metadata.tables.items()
    ]
    if register.engine.dialect.name == "postgresql":
        statements += [f"TRUNCATE {name} CASCADE" for name in models.metadata.tables]
    for statement in statements:
        with pytest.raises(RegisterError), writing(register.engine) as connection:
            connection.exec_driver_sql(statement)
    with pytest.raises(RegisterError), writing(register.engine) as connection:
        copied = connection.execute(sa.select(models.reports)).mappings().one()
        insert = models.reports.insert().values({**copied, "who": "x", "why": "y"})
        if register.engine.dialect.name == "sqlite":
            insert = insert.prefix_with("OR REPLACE")
        connection.execute(insert)
    assert [item.version for item in register.history("k0001")] == [1]


def test_no_code_of_the_register_updates_or_deletes() -> None:
    changing = re.compile(r"\.(update|delete)\(|\b(UPDATE|DELETE|REPLACE)\b")
    for path in Path(models.__file__).parent.glob("*.py"):
        assert path.name == "guards.py" or not changing.search(path.read_text()), path.name


TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["\0", "a\0b", "\ud800x", "'; DROP TABLE", "%s %(x)s :y"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT, raw=st.dictionaries(TEXT, TEXT, max_size=3), lon=st.floats(-180, 180), deaths=st.integers(0, 10**6))
def test_what_goes_in_comes_out(register: Register, text: str, raw: dict[str, str], lon: float, deaths: int) -> None:
    id_ = f"impor-{len(register.imports())}"
    register.begin_import(draft(id_, file=text or "x"), NOW)
    content = incident(text=text, lon=lon, lat=0.5, deaths=deaths, precision="exact")
    item = new(1, content, key=f"{id_}-{text}", fingerprint=f"{id_}-{text}", flags=())
    told = register.add_batch(id_, [item, held(2, raw=raw, value=text)], NOW)
    stored = register.history(told[0].key)[0].content
    fits = text.encode("utf-8", "ignore").decode() == text and "\0" not in text
    assert stored["text"] == text if fits else "\ufffd" in str(stored["text"])
    assert (stored["lon"], stored["deaths"], stored["occurred_on"]) == (lon, deaths, HAPPENED)
    (kept,) = register.import_rows(id_, QUARANTINED)
    assert len(kept.raw) <= len(raw)
    assert outcomes(register, id_, item) == [ACCEPTED], "told again, it is known again"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 20), st.sampled_from(["verified", "rejected", "doubtful", "unverified"])
        ),
        max_size=8,
    )
)
def test_known_is_what_the_rule_says_for_every_day(register: Register, steps: list[tuple[int, int, str]]) -> None:
    """Against the rule written down plainly: newest judged version by then, if it is verified; and every record is counted once."""
    run = len(register.imports())
    register.begin_import(draft(f"impor-{run}"), NOW)
    names = [f"r{run}-{n}" for n in range(3)]
    told: dict[str, list[tuple[int, date, str]]] = {name: [] for name in names}
    now = NOW
    for number, (which, days, state) in enumerate(steps, 1):
        name, now = names[which], now + timedelta(days=days)
        made = register.add_batch(
            f"impor-{run}",
            [
                new(
                    number,
                    incident(deaths=number),
                    key=name,
                    fingerprint=f"{name}-{number}",
                    verification=state,
                    known_on=TODAY,
                )
            ],
            now,
        )
        last = max([TODAY, *(known for _, known, _ in told[name])])
        known = TODAY if made[0].version == 1 else max(last, now.date())
        told[name].append((made[0].version, known, state))
    for day in {TODAY - timedelta(days=1), TODAY, *(known for items in told.values() for _, known, _ in items)}:
        expected = []
        for name in names:
            judged = [item for item in told[name] if item[1] <= day and item[2] != "unverified"]
            if judged and judged[-1][2] == "verified":
                expected.append((name, judged[-1][0]))
        assert [item for item in keys(register, day) if item[0] in names] == expected
        left = register.known_summary("incidents", day)
        total = sum(1 for _ in register.each())
        assert left.published + left.unverified + left.doubtful + left.rejected + left.later == total
