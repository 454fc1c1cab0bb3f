"""The labels that Markdown sets by itself, such as the title of an admonition, in the publication's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from publisher.language import Language, Phrase
from publisher.render.direction import keep_order

TITLES: Final = (
    Phrase("Attention"), Phrase("Caution"), Phrase("Danger"), Phrase("Error"), Phrase("Hint"), Phrase("Important"), Phrase("Info"),
    Phrase("Note"), Phrase("Tip"), Phrase("Warning"),
)  # fmt: skip
"""What admonitions and alerts are called unless the editor gives them a title."""
BACK: Final = Phrase("back")
"""The link from a footnote to its place in the text."""


def localise(root: Element, language: Language) -> None:
    """Translate labels in a tree, for all that is written from it, and keep words of the other direction in order."""
    for element in root.iter():
        kind, text = element.get("class"), element.text
        if kind == "admonition-title" and text in TITLES:
            element.text = language.say(Phrase(text))
        elif kind == "footnote-backref" and text == BACK:
            element.text = language.say(BACK)
    keep_order(root, language.direction)


HOURS_FROM: Final = 120
"""Minutes from which a time is said in hours."""


def time_of(minutes: int | None) -> Mapping[str, int] | None:
    """Return a time in minutes, and in hours when it is long, for templates/web/facts.html."""
    if minutes is None:
        return None
    return {"hours": round(minutes / 60) if minutes >= HOURS_FROM else 0, "minutes": minutes}
