"""What an import was asked to do: kind, file and how to read it, from a command, a saved profile and the file itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from core import faults
from core.errors import ConfigError, Place
from core.settings import Source
from core.taxonomy import VERIFICATIONS
from core.words import Phrase
from geo.sources import detect, registry
from geo.sources import profile as profiles
from geo.sources.content import regular
from geo.sources.sheets import MAX_FILE
from geo.sources.stream import Stream
from intake import fingerprint
from store.manifest import sha256_of
from store.register.nouns import KINDS, ImportDraft, ImportLine

# Kinds that are no records -> what to say of them (words `intake.todo.*`).
_ELSEWHERE = {
    "boundaries": "boundaries",
    "population": "population",
    **dict.fromkeys(("elections", "workers", "night_lights"), "figures"),
}
# Mapping of an ImportDraft: field -> header, and under these names what else is needed to read the file in the same way again.
OPTIONS, HEADERS, AREA, ORIGIN, VERIFICATION = "=options", "=headers", "=area", "=asal:", "=verification"


@dataclass(frozen=True)
class Asked:
    """One file to be read: the source as a reader takes it, and what is only the import's."""

    source: Source
    path: Path
    sha256: str
    called: str  # the file's name as people know it
    profile: str | None = None
    verification: str = "verified"
    options: Mapping[str, Any] = field(default_factory=dict)  # what of `source` somebody chose

    def id(self, area: Sequence[str]) -> str:
        """The same for the same file read in the same way, whatever it is called."""
        chosen = orjson.dumps({**self.options, "name": None}, option=orjson.OPT_SORT_KEYS).decode()
        return fingerprint.import_id(self.source.kind, self.source.reader, chosen, ",".join(area), self.sha256)


def ask(
    workspace: Path,
    kind: str,
    path: Path,
    *,
    reader: str | None = None,
    options: Mapping[str, Any] | None = None,
    profile: str | None = None,
    verification: str | None = None,
    called: str | None = None,
) -> Asked:
    """Check what can be checked before the file is read; a saved profile says what nobody said now.

    Raises ConfigError E_IMPORT_KIND (with where such a file goes), E_READER, E_IMPORT_OPTION, E_IMPORT_PROFILE, or as profiles do;
    InputError as `content.regular`.
    """
    if kind not in KINDS:
        todo = Phrase(f"intake.todo.{_ELSEWHERE.get(kind, 'other')}", {"known": ", ".join(KINDS)})
        raise ConfigError("E_IMPORT_KIND", place=Place(file=str(path)), kind=kind[:40], todo=todo)
    chosen = {name: value for name, value in (options or {}).items() if value not in (None, {}, "")}
    if profile is not None:
        saved = profiles.load(workspace, profile)
        if saved.kind != kind:
            raise ConfigError("E_IMPORT_PROFILE", value=profile, theirs=saved.kind, kind=kind)
        told = saved.options()
        columns = {**told.pop("columns", {}), **chosen.pop("columns", {})}
        chosen = {**told, **chosen, **({"columns": columns} if columns else {})}
        reader, verification = reader or saved.reader, verification or saved.verification
    if verification not in (None, *VERIFICATIONS):
        wrong = {"field": "verification", "expected": ", ".join(VERIFICATIONS), "value": verification[:60]}
        raise ConfigError("E_IMPORT_OPTION", detail=Phrase("fault.one_of", wrong))
    regular(path, MAX_FILE)
    reader = reader or _proposed(kind, path)
    registry.spec(kind, reader)
    try:
        called = called or path.name
        name = chosen.get("name") or Path(called).stem
        source = Source.model_validate({**chosen, "kind": kind, "reader": reader, "name": name})
    except ValidationError as error:
        raise ConfigError("E_IMPORT_OPTION", detail=faults.phrases(error)) from error
    return Asked(source, path, sha256_of(path), called, profile, verification or "verified", chosen)


def again(workspace: Path, asked: Asked, origin: ImportLine) -> Asked:
    """The same, read as the import it came from was: its reader and its choices, where none were made now."""
    kept = origin.draft.mapping
    return ask(
        workspace,
        asked.source.kind,
        asked.path,
        reader=origin.draft.reader,
        options={**orjson.loads(kept.get(OPTIONS, "{}")), **asked.options},
        verification=kept.get(VERIFICATION),
        called=asked.called,
    )


def draft(asked: Asked, area: Sequence[str], stream: Stream, origins: Mapping[str, int], who: str) -> ImportDraft:
    """What the register keeps of an import: the columns as they were found, and all it takes to read the file so again."""
    source, info = asked.source, stream.info()
    mapping = {
        **stream.mapping,
        OPTIONS: orjson.dumps(asked.options, option=orjson.OPT_SORT_KEYS).decode(),
        HEADERS: orjson.dumps(stream.headers).decode(),
        AREA: ",".join(area),
        VERIFICATION: asked.verification,
        **{f"{ORIGIN}{import_id}": str(rows) for import_id, rows in origins.items()},
    }
    return ImportDraft(
        id=asked.id(area),
        kind=source.kind,
        reader=source.reader,
        file=asked.called,
        sha256=asked.sha256,
        profile=asked.profile,
        who=who,
        name=info.name,
        licence=info.licence,
        attribution=info.attribution,
        mapping=mapping,
    )


def _proposed(kind: str, path: Path) -> str:
    """The reader the file's content speaks for, else the plain table."""
    known = registry.READERS[kind]
    if len(known) == 1:
        return next(iter(known))
    fits = [found for found in detect.propose(path) if found.kind == kind and found.reader in known]
    return fits[0].reader if fits else "table"


def profile_of(line: ImportLine) -> profiles.Profile:
    """How an import was read, to be saved: its reader, its choices, and every column as it was found."""
    kept = line.draft.mapping
    options = orjson.loads(kept.get(OPTIONS, "{}"))
    columns = {field: header for field, header in kept.items() if not field.startswith("=")}
    source = Source.model_validate({**options, "kind": line.draft.kind, "reader": line.draft.reader})
    return profiles.of_source(source, {**columns, **options.get("columns", {})}, kept.get(VERIFICATION))
