"""1,000 places by name and district over all Indonesia, half of them misspelt: the gazetteer, against rapidfuzz over all names.

What a user would write today: `process.extract` over "desa, kecamatan" of all 83,762 villages. That the same place comes out first is
demanded of both sides; where either finds another of equal rank it does not count against it.
"""

from __future__ import annotations

import random

from rapidfuzz import fuzz, process

from benchmarks.race import Race
from geo.atlas import Atlas

QUERIES, PART = 1_000, 20


def race() -> Race:
    atlas = Atlas.load()
    atlas.locate("Smbr Sari, Kota Bangn")  # both sides have their names ready
    rng = random.Random(7)
    villages = [code for code in atlas.codes if len(code) == 13]
    names = {code: f"{atlas.names[atlas.row[code]]}, {atlas.path(code)[0]}".lower() for code in villages}
    unique = [code for code in rng.sample(villages, 4 * QUERIES) if len(names[code]) > 12][:QUERIES]
    asked = [_misspelt(names[code], rng) if i % 2 else names[code] for i, code in enumerate(unique)]

    def ours() -> object:
        return [[names.get(item.kode, "") for item in atlas.locate(text, 5)] for text in asked]

    def theirs() -> object:
        return [
            [names[code] for _, _, code in process.extract(text, names, scorer=fuzz.ratio, limit=5)]
            for text in asked[:PART]
        ]

    def same(a: object, b: object) -> bool:
        wanted = [names[code] for code in unique]
        hits = [sum(want in found for want, found in zip(wanted, side, strict=False)) for side in (a, b)]  # type: ignore[call-overload]
        return bool(hits[0] >= 0.98 * QUERIES and hits[1] >= 0.95 * PART)

    size = f"{QUERIES:,} queries over {len(atlas.codes):,} places"
    return Race("locate", size, ours, theirs, same, "rapidfuzz process.extract", 20, PART / QUERIES)


def _misspelt(text: str, rng: random.Random) -> str:
    """One letter left out of the village's name."""
    at = rng.randrange(1, text.index(",") - 1)
    return text[:at] + text[at + 1 :]
