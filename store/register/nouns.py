"""The nouns of the register: what an import says of itself, the rows it brings, and versions of what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from store.manifest import Warning_

KINDS = ("incidents", "tps", "sites", "posts")
ACCEPTED, DUPLICATE, QUARANTINED = "accepted", "duplicate", "quarantined"
# Since when a thing that only stands somewhere (a TPS, a site, a post) counts as known where its file does not say.
ALWAYS = date(1, 1, 1)


@dataclass(frozen=True)
class ImportDraft:
    """One file on its way in. `id` is the same for the same file read the same way, so that doing it again adds nothing."""

    id: str
    kind: str
    reader: str
    file: str
    sha256: str
    profile: str | None
    who: str
    name: str
    licence: str
    attribution: str
    mapping: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no register for {self.kind!r}")


@dataclass(frozen=True)
class ImportLine:
    """The ledger of one import. Once `done`: accepted + quarantined + duplicates = rows_in; counts are rows of the file.

    `records` counts what the accepted rows made, `revised` how many of those are new versions of a known key.
    """

    draft: ImportDraft
    begun_at: datetime
    state: str = "open"  # or "done"
    finished_at: datetime | None = None
    rows_in: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    records: int = 0
    revised: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # quarantine code -> rows
    warnings: tuple[Warning_, ...] = ()

    @property
    def id(self) -> str:
        return self.draft.id

    def __post_init__(self) -> None:
        if self.state == "done" and self.accepted + self.quarantined + self.duplicates != self.rows_in:
            raise ValueError(f"{self.draft.id}: the ledger does not add up")


@dataclass(frozen=True)
class NewRow:
    """One record of a file row. `number` counts the rows of the source from 1, `row` is the row as a spreadsheet shows it.

    content : the columns core.tables (and core.report.DETAIL) declare for the kind, without `id` and `source`
    known_on : None where the file does not say; then the day it happened (incidents) or always (the rest), marked as assumed
    flags : kinds of personal data; None lets the register look
    """

    number: int
    row: int | None
    key: str
    fingerprint: str
    content: Mapping[str, object]
    kode: str
    occurred_on: date | None
    known_on: date | None = None
    verification: str = "verified"
    flags: tuple[str, ...] | None = None


@dataclass(frozen=True)
class QuarantinedRow:
    """One file row that could not be used: the reason (words `reason.<code>`), where, and the row as found."""

    number: int
    row: int | None
    code: str
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one item of a batch; `key` is that of the record it made or repeats, `version` above 1 means it was revised."""

    number: int
    outcome: str
    key: str = ""
    version: int = 0


@dataclass(frozen=True)
class ImportRow:
    """One line of an import's ledger as it is kept."""

    number: int
    row: int | None
    outcome: str
    key: str = ""
    version: int = 0
    code: str = ""
    sheet: str | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Possible:
    """Two records of one kind that may be the same thing; both stay. `score` 0..100."""

    key: str
    other: str
    score: float
    why: str


@dataclass(frozen=True)
class ReportVersion:
    """One version of one record: what was known, since when, and who wrote it down when and why.

    `who` and `why` of an imported row are those of its import ("" where the import gave no reason).
    """

    seq: int
    kind: str
    key: str
    version: int
    recorded_at: datetime
    who: str
    why: str
    known_on: date
    known_assumed: bool
    verification: str
    flags: tuple[str, ...]
    import_id: str | None
    row: int | None
    content: Mapping[str, object]


@dataclass(frozen=True)
class Filter:
    """Which records: inside an area, of incidents also by day; every part may be left out."""

    kode: str | None = None
    since: date | None = None
    until: date | None = None
    what: str | None = None  # kind of incident
    verification: str | None = None
    import_id: str | None = None
    flagged: bool | None = None
    passable: bool = False  # only what may be passed on (core.taxonomy.RESTRICTED_READERS may not)


@dataclass(frozen=True)
class Summary:
    """How many records of a kind a publish takes, and how many it leaves out and why."""

    published: int
    unverified: int  # nobody has judged them yet
    doubtful: int
    rejected: int
    later: int  # only known after as_of
    open_imports: int
