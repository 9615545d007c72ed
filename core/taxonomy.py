"""The closed lists: kinds of incident, sources of conflict, kinds and states of sites.

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
