"""What every file says about itself: title, date, snapshot, sources, licences, and whether the data are a sample."""

from __future__ import annotations

from core.words import say
from store.manifest import Manifest


def facts(manifest: Manifest) -> list[tuple[str, str]]:
    """(label, text) in reading order; labels in Indonesian, unique."""
    model = manifest.model.get("model", manifest.model)
    lines = [
        ("title", manifest.title),
        ("as_of", manifest.as_of),
        ("snapshot", manifest.id),
        ("model", f"{model.get('name', '')} {model.get('version', '')}".strip()),
        ("nature", say("mark.index")),
        ("crs", "WGS 84 (OGC:CRS84)"),
    ]
    if manifest.sample:
        lines.insert(1, ("mark", say("mark.sample")))
    if manifest.indicative:
        lines.append(("boundaries", say("mark.indicative")))
    named = [(say(f"formats.about.{key}"), text) for key, text in lines]
    for number, item in enumerate(manifest.inputs, 1):
        text = "; ".join(part for part in (item.name, item.source, item.licence, item.attribution) if part)
        mark = f" ({say('mark.sample')})" if item.sample else ""
        named.append((say("formats.about.source", number=number), text + mark))
    return named
