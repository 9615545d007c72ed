"""From rows a reader gave to items the register takes: each with its key and its fingerprint, or the reason it waits in quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from geo.layer import Rejected
from geo.sources.records import row_id
from geo.sources.stream import LayerRow, Read, Stream
from intake import fingerprint
from intake.marks import is_ours
from store.register.nouns import NewRow, QuarantinedRow

Item = NewRow | QuarantinedRow
TWICE = "R_TWICE"
_LASTING = ("sites", "posts")  # things that stay, listed again and again
_APART = ("id", "source", "known_on", "verification", "flags")


@dataclass(frozen=True, slots=True)
class Judged:
    """One file row and what the register is to make of it; `items` is empty for a usable row that holds nothing to record."""

    read: Read
    items: tuple[Item, ...]


@dataclass
class Judge:
    """Makes items of one stream's rows; `verification` is what a record counts as whose file does not say.

    A record nobody has a name for is called after its import and row, so that keys ascend as they are written.
    """

    stream: Stream
    import_id: str
    verification: str = "verified"
    _cells: fingerprint.Cells = field(init=False)
    _before: dict[str, NewRow] = field(init=False, default_factory=dict)
    _named: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self._cells = fingerprint.Cells(self.stream.source.kind, self.stream.headers, self.stream.mapping.values())

    def batches(self, size: int) -> Iterator[list[Judged]]:
        """Every row of the file once, in its order."""
        self._before.clear()
        self._named.clear()
        for batch in self.stream.batches(size):
            yield [Judged(read, self._items(read)) for read in batch]

    def _items(self, read: Read) -> tuple[Item, ...]:
        if read.rejected is not None:
            return (self._aside(read, read.rejected),)
        made = tuple(self._new(read, row, part) for part, row in enumerate(read.rows))
        if made and not made[0].key.startswith(self.import_id):
            self._before.setdefault(self._cells.mark(read.raw), made[0])
        return made

    def _new(self, read: Read, row: LayerRow, part: int) -> NewRow:
        kind = self.stream.source.kind
        content = {name: value for name, value in row.items() if name not in _APART}
        identity, prefix = str(row["id"]), f"{self.stream.name}:"
        if identity == row_id(self.stream.name, read.record):
            key = self._own_name(row) or f"{self.import_id}:{read.number:07}"
            mark = self._cells.mark(read.raw, _day_told(read, row))
            if part:
                key, mark = f"{key}.{part}", fingerprint.of_record(kind, f"{mark}.{part}", {})
        else:  # the world has a name for it: under that name it is revised when the file says something new
            # A polling station is the same in whichever list it stands; event numbers are each publisher's own.
            scope = kind if kind == "tps" else self.stream.source.reader
            key = f"{scope}:{identity.removeprefix(prefix)}"
            mark = fingerprint.of_record(kind, key, content)
        day, known_on, verification = row.get("occurred_on"), row.get("known_on"), row.get("verification")
        return NewRow(
            number=read.number,
            row=read.record.row,
            key=key,
            fingerprint=mark,
            content=content,
            kode=str(row["kode"]),
            occurred_on=day if isinstance(day, date) else None,
            known_on=known_on if isinstance(known_on, date) else None,
            verification=str(verification or self.verification),
        )

    def _own_name(self, row: LayerRow) -> str | None:
        """What a site or post is known by: name, kind, area and point, so that a later list revises it instead of doubling it.

        Several alike in one file are told apart by their order; None where the file gives no name.
        """
        if self.stream.source.kind not in _LASTING or row["name"] == row["id"]:
            return None
        point = "" if row["lon"] is None else f"|{row['lon']:.3f},{row['lat']:.3f}"
        name = " ".join(str(row["name"]).casefold().split())[:80]
        told = f"{name}|{row['kind']}|{row['kode']}{point}"
        self._named[told] += 1
        return told if self._named[told] == 1 else f"{told}#{self._named[told]}"

    def _aside(self, read: Read, bad: Rejected) -> Item:
        before = self._before.get(self._cells.mark(read.raw)) if bad.code == TWICE else None
        if before is not None:  # every cell the same: no fault, a repeat
            return NewRow(
                read.number,
                read.record.row,
                before.key,
                before.fingerprint,
                before.content,
                before.kode,
                before.occurred_on,
            )
        return QuarantinedRow(
            number=read.number,
            row=read.record.row,
            code=bad.code,
            column=bad.place.column,
            value=bad.place.value,
            params=bad.params,
            raw={title: text for title, text in bad.raw.items() if not is_ours(title)},
            sheet=bad.place.sheet,
        )


def _day_told(read: Read, row: LayerRow) -> dict[str, date] | None:
    """Header of the row's date -> the day it means, where it is one day."""
    title, day = read.record.headers.get("tanggal"), row.get("occurred_on")
    if title is None or not isinstance(day, date) or row.get("date_precision") != "day":
        return None
    return {title: day}
