"""Which language an answer speaks: ?lang= first, then Accept-Language, then Indonesian."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from core.words import DEFAULT_LANGUAGE, LANGUAGES


def accepted(header: str) -> str:
    """The language of ours an Accept-Language header prefers; Indonesian when it names none."""
    best, weight = DEFAULT_LANGUAGE, 0.0
    for item in header[:200].split(","):
        name, _, quality = item.partition(";")
        lang = name.strip().lower().partition("-")[0]
        try:
            q = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if lang in LANGUAGES and q > weight:
            best, weight = lang, q
    return best


def asked(request: HTTPConnection) -> str:
    """The language of a request; an unusable ?lang= is left to the parameter check to refuse."""
    wanted = request.query_params.get("lang", "")
    return wanted if wanted in LANGUAGES else accepted(request.headers.get("accept-language", ""))
