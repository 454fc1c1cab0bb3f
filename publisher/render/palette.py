"""The colours of mail. The site's are in templates/web/style.css; both keep a contrast of 4.5:1 or more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.issue import ARCHIVE
from publisher.publication import Publication


@dataclass(frozen=True, slots=True)
class Scheme:
    """Colours of one scheme; `hues` are those of the sections, `code` those of the five kinds of words."""

    paper: str
    ink: str
    soft: str
    rule: str
    box: str
    accent: str
    on_accent: str
    hues: tuple[str, ...]
    code: Mapping[str, str]


LIGHT = Scheme(
    paper="#fdfdfc", ink="#17191e", soft="#575d69", rule="#dfe1e6", box="#f4f5f7", accent="#1c4fd6", on_accent="#ffffff",
    hues=("#1c4fd6", "#0b6e69", "#3b6d11", "#8a3d8f", "#8f4d00", "#a3313f"),
    code={"k": "#8a3d8f", "s": "#3b6d11", "c": "#575d69", "n": "#8f4d00", "f": "#1c4fd6"},
)  # fmt: skip
DARK = Scheme(
    paper="#131519", ink="#e4e6ea", soft="#a0a6b1", rule="#2c3038", box="#1b1e24", accent="#8fb3ff", on_accent="#10131a",
    hues=("#8fb3ff", "#5fc7bf", "#9ccf6b", "#dda0e0", "#e8b268", "#f29aa4"),
    code={"k": "#dda0e0", "s": "#9ccf6b", "c": "#a0a6b1", "n": "#e8b268", "f": "#8fb3ff"},
)  # fmt: skip

_ARCHIVE_HUE = 5


def hue(publication: Publication, section_id: str) -> int:
    """Return the number of a section's hue, from 1; the archive has its own, the others follow their order."""
    if section_id == ARCHIVE:
        return _ARCHIVE_HUE
    others = [number for number in range(1, len(LIGHT.hues) + 1) if number != _ARCHIVE_HUE]
    ids = [plan.id for plan in publication.sections]
    return others[ids.index(section_id) % len(others)] if section_id in ids else others[-1]
