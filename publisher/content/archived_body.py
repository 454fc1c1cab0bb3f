"""Foreign Markdown -> Markdown that stands by itself: no template tags, no raw HTML, no links that lead nowhere. Pure.

Markdown as GitHub shows it passes through unchanged. Code is left alone, except that indented code becomes a fence.
"""

from __future__ import annotations

from pathlib import Path

from publisher.content.archived_addresses import Surroundings, with_addresses, with_notes_escaped
from publisher.content.archived_code import with_fences
from publisher.content.archived_html import without_html
from publisher.content.archived_notes import Notes
from publisher.content.archived_tags import without_tags
from publisher.content.archived_text import Text
from publisher.errors import Problem


def clean(body: str, path: Path, line: int, around: Surroundings) -> tuple[Text, tuple[Problem, ...]]:
    """Return the body, cleaned, and warnings; `line` is the line of the file on which the body starts."""
    notes = Notes(path)
    text = Text.of(body, range(line, line + body.count("\n") + 1))
    text = without_tags(text, notes).again()
    for _ in range(2):  # without a tag, what is below it may turn out to be no code
        text = without_html(text, notes).again()
    text = with_notes_escaped(with_addresses(text, notes, around))
    return with_fences(text, notes, diagrams=around.diagrams), tuple(notes.problems())
