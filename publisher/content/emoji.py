"""GitHub's `:name:` for an emoji. Pure.

The names are in emoji.json, which tools/emoji_names.py makes from the table that GitHub publishes.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Final

from markdown_it.rules_core import StateCore

NAME: Final = re.compile(r"(?<![\w:]):([a-z0-9+_-]{1,60}):(?![\w:])")

ONLY_ON_GITHUB: Final = frozenset({
    "accessibility", "atom", "basecamp", "basecampy", "bowtie", "dependabot", "electron", "feelsgood", "finnadie", "fishsticks",
    "goberserk", "godmode", "hurtrealbad", "neckbeard", "octocat", "rage1", "rage2", "rage3", "rage4", "shipit", "suspect", "trollface",
})  # fmt: skip
"""Names of pictures that GitHub has drawn itself: no character stands for them."""


def with_emoji(text: str) -> str:
    """Return a text with the emoji in place of their names.

    >>> with_emoji("Done :tada:, at 10:30:00, :nothing:")
    'Done 🎉, at 10:30:00, :nothing:'
    """
    if ":" not in text:
        return text
    return NAME.sub(lambda found: _table().get(found[1], found[0]), text)


def emoji_names(state: StateCore) -> None:
    """Replace the names in all words that are not code. Runs before characters that were escaped become text."""
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "text":
                child.content = with_emoji(child.content)


@functools.cache
def _table() -> dict[str, str]:
    table: dict[str, str] = json.loads(Path(__file__).with_name("emoji.json").read_text("utf-8"))
    return table
