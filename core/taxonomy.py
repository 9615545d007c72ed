"""The closed lists: kinds of incident, sources and stages of conflict, grades of sources, kinds and states of sites.

Sources of conflict follow UU 7/2012 (Penanganan Konflik Sosial) article 5. Kinds keep group conflict apart from crime, as that
law does. Peaceful protest is a right and carries no harm: its base weight is 0.
"""

from __future__ import annotations

# Kind of incident -> base harm weight (no casualties). Deaths and injuries add to it in `severity`.
INCIDENT_KINDS: dict[str, float] = {
    "communal_violence": 1.0,  # bentrok antarkelompok warga
    "armed_violence": 1.0,  # kekerasan bersenjata
    "one_sided_violence": 1.0,  # kekerasan terhadap warga sipil
    "riot": 0.8,  # kerusuhan, perusakan massal
    "land_dispute": 0.5,  # sengketa lahan
    "site_dispute": 0.5,  # penolakan tambang, pabrik
    "border_dispute": 0.5,  # sengketa batas desa/kabupaten
    "election_dispute": 0.4,  # sengketa atau gangguan pemilu
    "intimidation": 0.4,  # ancaman, intimidasi
    "hate_speech": 0.2,  # ujaran kebencian, hoaks
    "crime": 0.1,  # kejahatan biasa
    "other": 0.2,
    "peaceful_protest": 0.0,  # unjuk rasa damai
}
CONFLICT_SOURCES = (
    "politics_economy_socioculture",
    "faith_ethnic",
    "boundary",
    "natural_resources",
    "unequal_distribution",
)
HOW_KNOWN = ("reported", "discovered", "media")
# Stages of handling by UU 7/2012 (its chapters II to V).
CONFLICT_STAGES = ("pencegahan", "penghentian", "pemulihan")
# How far a source is trusted (A completely .. F cannot be judged) and how far what it says is confirmed (1 .. 6 cannot be judged):
# the two-part grading of NATO AJP-2.1, which Indonesian services use as well.
SOURCE_GRADES = ("A", "B", "C", "D", "E", "F")
CREDIBILITIES = (1, 2, 3, 4, 5, 6)
# What the agency itself says of a record; only "verified" is ever published.
VERIFICATIONS = ("unverified", "verified", "doubtful", "rejected")
# How it ended; not known is null. `customary`: by pranata adat or pranata sosial (UU 7/2012 art. 40 and 41).
OUTCOMES = ("ongoing", "subsided", "mediated", "customary", "legal_process", "secured")
# Personal data found in free text, see core/privacy.py.
FLAGS = ("nik", "phone", "plate", "email", "account", "name")
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}  # hours before UTC
# Readers whose terms let nobody pass rows on: they feed the score, and no table, tile, answer or export holds them.
RESTRICTED_READERS = frozenset({"acled"})
SITE_KINDS = ("galian_c", "coal_mine", "mine", "industry", "plantation", "power_plant", "infrastructure", "other")
PERMITS = ("legal", "illegal", "proposed", "disputed", "unknown")
STAGES = ("planned", "construction", "operating", "closed", "unknown")
POST_KINDS = ("polsek", "koramil", "kantor_camat", "other")


def severity(kind: str, deaths: int | None, injured: int | None) -> float:
    """Harm weight: base weight of the kind + 1 per death up to 5 + 0.2 per injured up to 1; unknown casualties add nothing.

    The caps keep one disaster from deciding a map for years (the log-like damping of INFORM's casualty indicators).
    """
    base = INCIDENT_KINDS[kind]
    return base + min(5.0, float(deaths or 0)) + min(1.0, 0.2 * float(injured or 0))


def zone_of(kode: str) -> str:
    """Time zone of the province a code begins with (Keppres 41/1987 and the provinces split since): WIB, WITA or WIT."""
    province = kode[:2]
    if province in {"61", "62"} or province < "51":
        return "WIB"
    return "WIT" if province >= "81" else "WITA"
